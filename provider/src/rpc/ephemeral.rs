//! Ephemeral resources. Nothing of them is kept here: what renewing and closing need is in the private bytes, which the
//! host of the provider holds meanwhile.

use std::sync::Arc;

use rosa_ecr_model::{Diagnostic, Provider};
use rosa_ecr_proto::tfplugin6::{
    close_ephemeral_resource, open_ephemeral_resource, renew_ephemeral_resource, validate_ephemeral_resource_config,
};

use super::answer::{Answered, asks};
use super::host::Host;
use super::session::told;
use rosa_ecr_wire as wire;

asks! {
    validate_ephemeral_resource_config "ValidateEphemeralResourceConfig" of type_name;
    open_ephemeral_resource "OpenEphemeralResource" of type_name;
    renew_ephemeral_resource "RenewEphemeralResource" of type_name;
    close_ephemeral_resource "CloseEphemeralResource" of type_name;
}

pub(super) async fn validate<P: Provider>(
    host: Arc<Host<P>>,
    request: Arc<validate_ephemeral_resource_config::Request>,
) -> Answered<validate_ephemeral_resource_config::Request> {
    let resource = host.ephemeral(&request.type_name)?;
    let config = resource.read_value("configuration", request.config.as_ref())?;
    Ok(validate_ephemeral_resource_config::Response { diagnostics: wire::diagnostics(&resource.validate(&config)) })
}

/// Hosts ask when the configuration is known.
pub(super) async fn open<P: Provider>(
    host: Arc<Host<P>>,
    request: Arc<open_ephemeral_resource::Request>,
) -> Answered<open_ephemeral_resource::Request> {
    let resource = host.ephemeral(&request.type_name)?;
    let config = resource.read_value("configuration", request.config.as_ref())?;
    if config.is_null() {
        return Err(Diagnostic::error(format!("{} has no configuration", request.type_name)).into());
    }
    let call = host.session.reading()?;
    let (opened, warnings) = told(&call, resource.open(&call, &config).await)?;
    Ok(open_ephemeral_resource::Response {
        result: resource.write_value("result", &opened.outputs)?,
        renew_at: opened.renew_at.map(Into::into),
        private: Some(opened.private),
        diagnostics: wire::diagnostics(&warnings),
        ..open_ephemeral_resource::Response::default()
    })
}

pub(super) async fn renew<P: Provider>(
    host: Arc<Host<P>>,
    request: Arc<renew_ephemeral_resource::Request>,
) -> Answered<renew_ephemeral_resource::Request> {
    let resource = host.ephemeral(&request.type_name)?;
    let call = host.session.reading()?;
    let (renewed, warnings) = told(&call, resource.renew(&call, request.private()).await)?;
    Ok(renew_ephemeral_resource::Response {
        renew_at: renewed.renew_at.map(Into::into),
        private: Some(renewed.private),
        diagnostics: wire::diagnostics(&warnings),
    })
}

pub(super) async fn close<P: Provider>(
    host: Arc<Host<P>>,
    request: Arc<close_ephemeral_resource::Request>,
) -> Answered<close_ephemeral_resource::Request> {
    let resource = host.ephemeral(&request.type_name)?;
    let call = host.session.reading()?;
    let ((), warnings) = told(&call, resource.close(&call, request.private()).await)?;
    Ok(close_ephemeral_resource::Response { diagnostics: wire::diagnostics(&warnings) })
}
