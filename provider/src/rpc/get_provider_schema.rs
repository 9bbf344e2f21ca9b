//! GetProviderSchema: the schemas of everything.

use std::sync::Arc;

use rosa_ecr_model::{Provider, Schema};
use rosa_ecr_proto::tfplugin6::{ActionSchema, get_provider_schema};
use rosa_ecr_wire as wire;

use super::answer::{Answered, asks};
use super::capabilities::capabilities;
use super::registry::Registry;

asks! {
    get_provider_schema "GetProviderSchema";
}

pub(super) async fn handle<P: Provider>(
    registry: Arc<Registry<P>>,
    _: Arc<get_provider_schema::Request>,
) -> Answered<get_provider_schema::Request> {
    Ok(get_provider_schema::Response {
        provider: Some(wire::schema(&Schema { version: 0, block: registry.block.clone() })),
        resource_schemas: registry.kinds.map(|kind| wire::schema(kind.schema())),
        data_source_schemas: registry.data_sources.map(|kind| wire::schema(kind.schema())),
        ephemeral_resource_schemas: registry.ephemeral.map(|kind| wire::schema(kind.schema())),
        list_resource_schemas: registry.lists.map(|kind| wire::schema(kind.schema())),
        action_schemas: registry.actions.map(|kind| ActionSchema { schema: Some(wire::schema(kind.schema())) }),
        functions: registry.functions.map(wire::function),
        server_capabilities: Some(capabilities()),
        ..get_provider_schema::Response::default()
    })
}
