//! StopProvider: the end of work in flight.

use std::sync::Arc;

use rosa_ecr_model::Provider;
use rosa_ecr_proto::tfplugin6::stop_provider;

use super::answer::{Answered, asks};
use super::registry::Registry;

asks! {
    stop_provider::Request, "StopProvider", stop_provider::Response: why => {
        stop_provider::Response { error: why.to_string() }
    };
}

pub(super) async fn handle<P: Provider>(
    registry: Arc<Registry<P>>,
    _: Arc<stop_provider::Request>,
) -> Answered<stop_provider::Request> {
    registry.session.stop();
    Ok(stop_provider::Response::default())
}
