//! ValidateDataResourceConfig: what is wrong with a data block, as far as it is known.

use std::sync::Arc;

use rosa_ecr_model::Provider;
use rosa_ecr_proto::tfplugin6::validate_data_resource_config;
use rosa_ecr_wire as wire;

use super::answer::{Answered, asks};
use super::registry::Registry;

asks! {
    validate_data_resource_config "ValidateDataResourceConfig" of type_name;
}

pub(super) async fn handle<P: Provider>(
    registry: Arc<Registry<P>>,
    request: Arc<validate_data_resource_config::Request>,
) -> Answered<validate_data_resource_config::Request> {
    let source = registry.data_source(&request.type_name)?;
    let config = source.read_value("configuration", request.config.as_ref())?;
    Ok(validate_data_resource_config::Response { diagnostics: wire::diagnostics(&source.validate(&config)) })
}
