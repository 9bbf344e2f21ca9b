//! RenewEphemeralResource.

use std::sync::Arc;

use rosa_ecr_model::Provider;
use rosa_ecr_proto::tfplugin6::renew_ephemeral_resource;
use rosa_ecr_wire as wire;

use super::answer::{Answered, asks};
use super::registry::Registry;
use super::session::with_warnings;

asks! {
    renew_ephemeral_resource "RenewEphemeralResource" of type_name;
}

pub(super) async fn handle<P: Provider>(
    registry: Arc<Registry<P>>,
    request: Arc<renew_ephemeral_resource::Request>,
) -> Answered<renew_ephemeral_resource::Request> {
    let resource = registry.ephemeral(&request.type_name)?;
    let call = registry.session.reading()?;
    let (renewed, warnings) = with_warnings(&call, resource.renew(&call, request.private()).await)?;
    Ok(renew_ephemeral_resource::Response {
        renew_at: renewed.renew_at.map(Into::into),
        private: Some(renewed.private),
        diagnostics: wire::diagnostics(&warnings),
    })
}
