//! ReadResource: the state of an object as it is now.

use std::sync::Arc;

use rosa_ecr_model::{Provider, Value};
use rosa_ecr_proto::tfplugin6::read_resource;
use rosa_ecr_wire as wire;

use super::answer::{Answered, asks};
use super::identity;
use super::private_state;
use super::registry::Registry;

asks! {
    read_resource "ReadResource" of type_name
        repeats new_state = current_state, private = private, new_identity = current_identity;
}

pub(super) async fn handle<P: Provider>(
    registry: Arc<Registry<P>>,
    request: Arc<read_resource::Request>,
) -> Answered<read_resource::Request> {
    let kind = registry.kind(&request.type_name)?;
    let state = kind.read_value("state", request.current_state.as_ref())?;
    let known = identity::read(&kind, request.current_identity.as_ref())?;
    let read = match &state {
        Value::Null => Default::default(),
        state => kind.read(&private_state::of_state(registry.session.reading()?, &request.private), state).await,
    };
    let read = read.diagnostics.into_result().map(|warnings| (read.state, warnings));
    let (state, warnings) = read?;
    let new_identity = match &state {
        Value::Null => None,
        state => identity::write(&kind, &identity::keep(&kind, &known, &kind.identity_of(state))?)?,
    };
    Ok(read_resource::Response {
        new_state: kind.write_value("state", &state)?,
        new_identity,
        private: request.private.clone(),
        diagnostics: wire::diagnostics(&warnings),
        ..read_resource::Response::default()
    })
}
