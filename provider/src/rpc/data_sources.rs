//! Data sources. There are none yet.

use std::sync::Arc;

use rosa_ecr_model::Provider;

use super::answer::{Answered, Ask, asks};
use super::host::Host;

asks! {
    validate_data_resource_config "ValidateDataResourceConfig" of type_name;
    read_data_source "ReadDataSource" of type_name;
}

pub(super) async fn absent<P: Provider, Q: Ask>(host: Arc<Host<P>>, request: Arc<Q>) -> Answered<Q> {
    host.absent("data source", request.subject())
}
