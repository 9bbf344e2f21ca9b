//! Identities of resources. None has one yet: the list of their schemas is empty, which hosts understand.

use std::sync::Arc;

use rosa_ecr_model::{Diagnostic, Provider};
use rosa_ecr_proto::tfplugin6::{get_resource_identity_schemas, upgrade_resource_identity};

use super::answer::{Answered, asks};
use super::host::Host;

asks! {
    get_resource_identity_schemas "GetResourceIdentitySchemas";
    upgrade_resource_identity "UpgradeResourceIdentity" of type_name;
}

pub(super) async fn schemas<P: Provider>(
    _: Arc<Host<P>>,
    _: Arc<get_resource_identity_schemas::Request>,
) -> Answered<get_resource_identity_schemas::Request> {
    Ok(get_resource_identity_schemas::Response::default())
}

pub(super) async fn upgrade<P: Provider>(
    host: Arc<Host<P>>,
    request: Arc<upgrade_resource_identity::Request>,
) -> Answered<upgrade_resource_identity::Request> {
    let kind = host.kind(&request.type_name)?;
    Err(Diagnostic::error(format!("{} has no identity", kind.type_name()))
        .detail(format!("In {} {} resources are known by their state alone.", P::NAME, P::VERSION))
        .fix("Upgrade the provider to the version that wrote the identity, or a later one.")
        .into())
}
