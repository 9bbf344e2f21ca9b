//! ValidateProviderConfig: what is wrong with the provider block, as far as it is known.

use std::sync::Arc;

use rosa_ecr_model::{Provider, validate_provider};
use rosa_ecr_proto::tfplugin6::validate_provider_config;
use rosa_ecr_wire as wire;

use super::answer::{Answered, asks};
use super::provider_config::read;
use super::registry::Registry;

asks! {
    validate_provider_config "ValidateProviderConfig";
}

pub(super) async fn handle<P: Provider>(
    registry: Arc<Registry<P>>,
    request: Arc<validate_provider_config::Request>,
) -> Answered<validate_provider_config::Request> {
    let config = read(&registry, request.config.as_ref())?;
    let report = validate_provider::<P>(&registry.block, &config);
    Ok(validate_provider_config::Response { diagnostics: wire::diagnostics(&report) })
}
