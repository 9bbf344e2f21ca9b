//! UpgradeResourceIdentity: an identity that another version of the provider has written.

use std::sync::Arc;

use rosa_ecr_model::{Diagnostic, Provider, Value, identity_type};
use rosa_ecr_proto::tfplugin6::upgrade_resource_identity;
use rosa_ecr_wire as wire;

use super::answer::{Answered, asks};
use super::bound_type::unreadable;
use super::identity::write;
use super::registry::Registry;

asks! {
    upgrade_resource_identity "UpgradeResourceIdentity" of type_name;
}

/// There is one version of each identity, which reads back what it wrote.
pub(super) async fn handle<P: Provider>(
    registry: Arc<Registry<P>>,
    request: Arc<upgrade_resource_identity::Request>,
) -> Answered<upgrade_resource_identity::Request> {
    let kind = registry.kind(&request.type_name)?;
    if kind.identity().is_empty() || request.version != 0 {
        let title = match kind.identity() {
            [] => format!("{} has no identity", kind.type_name()),
            _ => format!("The identity of {} is of version {}", kind.type_name(), request.version),
        };
        return Err(Diagnostic::error(title)
            .detail(format!("It was written by a later version than {} {}.", P::NAME, P::VERSION))
            .fix("Upgrade the provider to the version that wrote the identity, or a later one.")
            .into());
    }
    let unreadable = |error| unreadable("stored identity", kind.type_name(), &error);
    let json = request.raw_identity.as_ref().map(|identity| &identity.json[..]).unwrap_or_default();
    let json = wire::parse_json(json).map_err(unreadable)?;
    let identity =
        Value::from_json(&json, &identity_type(kind.identity())).map_err(|error| unreadable(error.into()))?;
    Ok(upgrade_resource_identity::Response {
        upgraded_identity: write(&kind, &identity)?,
        ..upgrade_resource_identity::Response::default()
    })
}
