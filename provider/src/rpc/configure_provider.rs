//! ConfigureProvider: the beginning of a session.

use std::sync::Arc;

use rosa_ecr_model::{Provider, are_open, context_of, unknown_in};
use rosa_ecr_proto::tfplugin6::configure_provider;

use super::answer::{Answered, asks};
use super::provider_config::{does_not_fit, read};
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
    let unknown = unknown_in(&config);
    let configuration = if are_open(&unknown, P::OPEN) {
        let context = context_of::<P>(config, does_not_fit::<P>).await?;
        Configuration::Open(Arc::new(context), unknown)
    } else {
        Configuration::Unknown(unknown)
    };
    registry.session.configure(configuration);
    Ok(configure_provider::Response::default())
}
