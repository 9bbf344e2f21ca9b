//! ConfigureProvider: the beginning of a session.

use std::sync::Arc;

use rosa_ecr_model::{self as model, Configured, Provider};
use rosa_ecr_proto::tfplugin6::configure_provider;

use super::answer::{Answered, asks};
use super::provider_config::read;
use super::registry::Registry;
use super::session::Configuration;

asks! {
    configure_provider "ConfigureProvider";
}

pub(super) async fn handle<P: Provider>(
    registry: Arc<Registry<P>>,
    request: Arc<configure_provider::Request>,
) -> Answered<configure_provider::Request> {
    tracing::debug!(terraform_version = request.terraform_version, "a session begins");
    registry.session.begin();
    let config = read(&registry, request.config.as_ref())?;
    let configuration = match model::configure_provider::<P>(&registry.block, &config).await? {
        Configured::Open(context, unknown) => Configuration::Open(Arc::new(context), unknown),
        Configured::Unknown(unknown) => Configuration::Unknown(unknown),
    };
    registry.session.configure(configuration);
    Ok(configure_provider::Response::default())
}
