//! GetFunctions: the signatures of the functions.

use std::sync::Arc;

use rosa_ecr_model::Provider;
use rosa_ecr_proto::tfplugin6::get_functions;
use rosa_ecr_wire as wire;

use super::answer::{Answered, asks};
use super::registry::Registry;

asks! {
    get_functions "GetFunctions";
}

pub(super) async fn handle<P: Provider>(
    registry: Arc<Registry<P>>,
    _: Arc<get_functions::Request>,
) -> Answered<get_functions::Request> {
    Ok(get_functions::Response {
        functions: registry.functions.map(wire::function),
        ..get_functions::Response::default()
    })
}
