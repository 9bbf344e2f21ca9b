//! OpenEphemeralResource. Nothing of it is kept here: what renewing and closing need is in the private bytes, which the
//! host of the provider holds meanwhile.

use std::sync::Arc;

use rosa_ecr_model::{Diagnostic, Provider};
use rosa_ecr_proto::tfplugin6::open_ephemeral_resource;
use rosa_ecr_wire as wire;

use super::answer::{Answered, asks};
use super::registry::Registry;
use super::session::with_warnings;

asks! {
    open_ephemeral_resource "OpenEphemeralResource" of type_name;
}

/// Hosts ask when the configuration is known.
pub(super) async fn handle<P: Provider>(
    registry: Arc<Registry<P>>,
    request: Arc<open_ephemeral_resource::Request>,
) -> Answered<open_ephemeral_resource::Request> {
    let resource = registry.ephemeral(&request.type_name)?;
    let config = resource.read_value("configuration", request.config.as_ref())?;
    if config.is_null() {
        return Err(Diagnostic::error(format!("{} has no configuration", request.type_name)).into());
    }
    let call = registry.session.reading()?;
    let (opened, warnings) = with_warnings(&call, resource.open(&call, &config).await)?;
    Ok(open_ephemeral_resource::Response {
        result: resource.write_value("result", &opened.outputs)?,
        renew_at: opened.renew_at.map(Into::into),
        private: Some(opened.private),
        diagnostics: wire::diagnostics(&warnings),
        ..open_ephemeral_resource::Response::default()
    })
}
