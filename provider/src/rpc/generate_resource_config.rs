//! GenerateResourceConfig: configuration for objects that exist, to import many of them.

use std::sync::Arc;

use rosa_ecr_model::{Provider, Value, to_config};
use rosa_ecr_proto::tfplugin6::generate_resource_config;

use super::answer::{Answered, asks};
use super::registry::Registry;

asks! {
    generate_resource_config "GenerateResourceConfig" of type_name;
}

/// What a person would write for the object: nothing that goes without saying, and enough that the plan is empty.
pub(super) async fn handle<P: Provider>(
    registry: Arc<Registry<P>>,
    request: Arc<generate_resource_config::Request>,
) -> Answered<generate_resource_config::Request> {
    let kind = registry.kind(&request.type_name)?;
    let state = kind.read_value("state", request.state.as_ref())?;
    // A list without its objects has no state to offer, and none to write down.
    let config = match &state {
        Value::Null => Value::Null,
        state => {
            let block = &kind.schema().block;
            // What the plan says depends on the provider's configuration, such as the region. It may not be there.
            let call = registry.session.planning().ok().flatten();
            let planned = kind.plan(call.as_ref(), state, &to_config(block, state, |_| false)).await;
            let is_certain = !planned.diagnostics.has_errors();
            to_config(block, state, |name| !is_certain || planned.state.get(name) != state.get(name))
        }
    };
    Ok(generate_resource_config::Response {
        config: kind.write_value("configuration", &config)?,
        ..generate_resource_config::Response::default()
    })
}
