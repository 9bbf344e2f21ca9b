//! CloseEphemeralResource.

use std::sync::Arc;

use rosa_ecr_model::Provider;
use rosa_ecr_proto::tfplugin6::close_ephemeral_resource;
use rosa_ecr_wire as wire;

use super::answer::{Answered, asks};
use super::registry::Registry;
use super::session::with_warnings;

asks! {
    close_ephemeral_resource "CloseEphemeralResource" of type_name;
}

pub(super) async fn handle<P: Provider>(
    registry: Arc<Registry<P>>,
    request: Arc<close_ephemeral_resource::Request>,
) -> Answered<close_ephemeral_resource::Request> {
    let resource = registry.ephemeral(&request.type_name)?;
    let call = registry.session.reading()?;
    let ((), warnings) = with_warnings(&call, resource.close(&call, request.private()).await)?;
    Ok(close_ephemeral_resource::Response { diagnostics: wire::diagnostics(&warnings) })
}
