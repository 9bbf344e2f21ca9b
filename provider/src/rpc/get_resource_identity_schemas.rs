//! GetResourceIdentitySchemas: the identities of resources that have one.

use std::collections::BTreeMap;
use std::sync::Arc;

use rosa_ecr_model::Provider;
use rosa_ecr_proto::tfplugin6::get_resource_identity_schemas;
use rosa_ecr_wire as wire;

use super::answer::{Answered, asks};
use super::registry::Registry;

asks! {
    get_resource_identity_schemas "GetResourceIdentitySchemas";
}

pub(super) async fn handle<P: Provider>(
    registry: Arc<Registry<P>>,
    _: Arc<get_resource_identity_schemas::Request>,
) -> Answered<get_resource_identity_schemas::Request> {
    let mut identity_schemas: BTreeMap<_, _> = registry.kinds.map(|kind| wire::identity_schema(kind.identity()));
    identity_schemas.retain(|_, schema| !schema.identity_attributes.is_empty());
    Ok(get_resource_identity_schemas::Response {
        identity_schemas,
        ..get_resource_identity_schemas::Response::default()
    })
}
