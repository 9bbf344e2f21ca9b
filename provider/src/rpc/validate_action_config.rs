//! ValidateActionConfig: what is wrong with an action block, as far as it is known.

use std::sync::Arc;

use rosa_ecr_model::Provider;
use rosa_ecr_proto::tfplugin6::validate_action_config;
use rosa_ecr_wire as wire;

use super::action_config;
use super::answer::{Answered, asks};
use super::registry::Registry;

asks! {
    validate_action_config "ValidateActionConfig" of type_name;
}

pub(super) async fn handle<P: Provider>(
    registry: Arc<Registry<P>>,
    request: Arc<validate_action_config::Request>,
) -> Answered<validate_action_config::Request> {
    let action = registry.action(&request.type_name)?;
    let config = action_config::read(&action, request.config.as_ref())?;
    Ok(validate_action_config::Response { diagnostics: wire::diagnostics(&action.validate(&config)) })
}
