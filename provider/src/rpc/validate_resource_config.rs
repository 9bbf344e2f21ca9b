//! ValidateResourceConfig: what is wrong with a resource block, as far as it is known.

use std::sync::Arc;

use rosa_ecr_model::Provider;
use rosa_ecr_proto::tfplugin6::validate_resource_config;
use rosa_ecr_wire as wire;

use super::answer::{Answered, asks};
use super::registry::Registry;

asks! {
    validate_resource_config "ValidateResourceConfig" of type_name;
}

pub(super) async fn handle<P: Provider>(
    registry: Arc<Registry<P>>,
    request: Arc<validate_resource_config::Request>,
) -> Answered<validate_resource_config::Request> {
    let kind = registry.kind(&request.type_name)?;
    let config = kind.read_value("configuration", request.config.as_ref())?;
    Ok(validate_resource_config::Response { diagnostics: wire::diagnostics(&kind.validate(&config)) })
}
