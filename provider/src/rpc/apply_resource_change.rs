//! ApplyResourceChange: a planned create, update or delete.

use std::sync::Arc;

use rosa_ecr_model::{Diagnostic, Kind, Provider, Value};
use rosa_ecr_proto::tfplugin6::apply_resource_change;
use rosa_ecr_wire as wire;

use super::answer::{Answered, asks};
use super::bound_type::BoundType;
use super::identity;
use super::private_state;
use super::registry::Registry;

asks! {
    apply_resource_change "ApplyResourceChange" of type_name
        repeats new_state = prior_state, private = planned_private, new_identity = planned_identity;
}

pub(super) async fn handle<P: Provider>(
    registry: Arc<Registry<P>>,
    request: Arc<apply_resource_change::Request>,
) -> Answered<apply_resource_change::Request> {
    let kind = registry.kind(&request.type_name)?;
    let prior = kind.read_value("prior state", request.prior_state.as_ref())?;
    let planned = kind.read_value("planned state", request.planned_state.as_ref())?;
    let planned_identity = identity::read(&kind, request.planned_identity.as_ref())?;
    let call = private_state::of_state(registry.session.changing()?, &request.planned_private);
    let mut applied = kind.apply(&call, &prior, &planned).await;
    if prior.is_null() && applied.pre_existing && applied.diagnostics.has_errors() {
        let left = std::mem::take(&mut applied.state);
        applied.diagnostics.push(kept_out(&kind, &left));
    }
    let has_failed = prior.is_null() && applied.diagnostics.has_errors();
    // State first: errors and what is real go out together.
    let new_state = kind.write_value("new state", &applied.state).map_err(|errors| {
        let mut diagnostics = applied.diagnostics.clone();
        diagnostics.extend(errors);
        diagnostics
    })?;
    let new_identity = match &applied.state {
        Value::Null => Ok(None),
        state => identity::keep(&kind, &planned_identity, &kind.identity_of(state))
            .and_then(|identity| identity::write(&kind, &identity)),
    };
    let new_identity = new_identity.unwrap_or_else(|errors| {
        applied.diagnostics.extend(errors);
        request.planned_identity.clone()
    });
    Ok(apply_resource_change::Response {
        new_state,
        new_identity,
        private: private_state::after_create(&request.planned_private, has_failed),
        diagnostics: wire::diagnostics(&applied.diagnostics),
        ..apply_resource_change::Response::default()
    })
}

/// Says that a failed create keeps no state, and why: an engine replaces what a failed create has left in it, and this was
/// there before.
fn kept_out<C>(kind: &BoundType<dyn Kind<C>>, left: &Value) -> Diagnostic {
    let type_name = kind.type_name();
    let give_up = match kind.import_id(&kind.identity_of(left)) {
        Ok(id) => format!("`terraform import {type_name}.<name> {id}` first"),
        Err(_) => "an import first".to_owned(),
    };
    Diagnostic::error(format!("This {type_name} is not in the state"))
        .detail(
            "It took over what was there before. In the state it would be tainted by the failure, and the next apply would \
             delete and replace it. Nothing that was there or was made is deleted.",
        )
        .fix(format!(
            "Resolve the other error and apply again, with the same arguments: what was there and what was made meanwhile \
             is found by its ownership tags and completed. To remove all of it instead, run {give_up}, and then destroy it."
        ))
}
