//! Ephemeral resources. There are none yet.

use std::sync::Arc;

use rosa_ecr_model::Provider;

use super::answer::{Answered, Ask, asks};
use super::host::Host;

asks! {
    validate_ephemeral_resource_config "ValidateEphemeralResourceConfig" of type_name;
    open_ephemeral_resource "OpenEphemeralResource" of type_name;
    renew_ephemeral_resource "RenewEphemeralResource" of type_name;
    close_ephemeral_resource "CloseEphemeralResource" of type_name;
}

pub(super) async fn absent<P: Provider, Q: Ask>(host: Arc<Host<P>>, request: Arc<Q>) -> Answered<Q> {
    host.absent("ephemeral resource", request.subject())
}
