//! UpgradeResourceState: a state that another version of the provider has written.

use std::sync::Arc;

use rosa_ecr_model::Provider;
use rosa_ecr_proto::tfplugin6::upgrade_resource_state;

use super::answer::{Answered, asks};
use super::registry::Registry;
use super::stored_state;

asks! {
    upgrade_resource_state "UpgradeResourceState" of type_name;
}

pub(super) async fn handle<P: Provider>(
    registry: Arc<Registry<P>>,
    request: Arc<upgrade_resource_state::Request>,
) -> Answered<upgrade_resource_state::Request> {
    let kind = registry.kind(&request.type_name)?;
    let state = stored_state::upgrade::<P>(&kind, request.version, request.raw_state.as_ref()).await?;
    Ok(upgrade_resource_state::Response {
        upgraded_state: kind.write_value("upgraded state", &state)?,
        ..upgrade_resource_state::Response::default()
    })
}
