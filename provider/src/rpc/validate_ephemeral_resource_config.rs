//! ValidateEphemeralResourceConfig: what is wrong with an ephemeral block, as far as it is known.

use std::sync::Arc;

use rosa_ecr_model::Provider;
use rosa_ecr_proto::tfplugin6::validate_ephemeral_resource_config;
use rosa_ecr_wire as wire;

use super::answer::{Answered, asks};
use super::registry::Registry;

asks! {
    validate_ephemeral_resource_config "ValidateEphemeralResourceConfig" of type_name;
}

pub(super) async fn handle<P: Provider>(
    registry: Arc<Registry<P>>,
    request: Arc<validate_ephemeral_resource_config::Request>,
) -> Answered<validate_ephemeral_resource_config::Request> {
    let resource = registry.ephemeral(&request.type_name)?;
    let config = resource.read_value("configuration", request.config.as_ref())?;
    Ok(validate_ephemeral_resource_config::Response { diagnostics: wire::diagnostics(&resource.validate(&config)) })
}
