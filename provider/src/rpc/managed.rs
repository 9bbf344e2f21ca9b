//! Managed resources: the way from a configuration to an object.

use std::sync::Arc;

use rosa_ecr_model::{Diagnostic, Kind, Provider, Value};
use rosa_ecr_proto::tfplugin6::{apply_resource_change, plan_resource_change, read_resource, validate_resource_config};

use super::answer::{Answered, asks};
use super::declaration;
use super::host::Host;
use super::identity;
use super::served::Served;
use rosa_ecr_wire as wire;

asks! {
    validate_resource_config "ValidateResourceConfig" of type_name;
    read_resource "ReadResource" of type_name
        repeats new_state = current_state, private = private, new_identity = current_identity;
    plan_resource_change "PlanResourceChange" of type_name
        repeats planned_state = prior_state, planned_private = prior_private, planned_identity = prior_identity;
    apply_resource_change "ApplyResourceChange" of type_name
        repeats new_state = prior_state, private = planned_private, new_identity = planned_identity;
}

pub(super) async fn validate<P: Provider>(
    host: Arc<Host<P>>,
    request: Arc<validate_resource_config::Request>,
) -> Answered<validate_resource_config::Request> {
    let kind = host.kind(&request.type_name)?;
    let config = kind.read_value("configuration", request.config.as_ref())?;
    Ok(validate_resource_config::Response { diagnostics: wire::diagnostics(&kind.validate(&config)) })
}

pub(super) async fn read<P: Provider>(
    host: Arc<Host<P>>,
    request: Arc<read_resource::Request>,
) -> Answered<read_resource::Request> {
    let kind = host.kind(&request.type_name)?;
    let state = kind.read_value("state", request.current_state.as_ref())?;
    let known = identity::read(&kind, request.current_identity.as_ref())?;
    let read = match &state {
        Value::Null => Default::default(),
        state => kind.read(&declaration::of_state(host.session.reading()?, &request.private), state).await,
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

pub(super) async fn plan<P: Provider>(
    host: Arc<Host<P>>,
    request: Arc<plan_resource_change::Request>,
) -> Answered<plan_resource_change::Request> {
    let kind = host.kind(&request.type_name)?;
    let prior = kind.read_value("prior state", request.prior_state.as_ref())?;
    let config = match kind.read_value("proposed state", request.proposed_new_state.as_ref())? {
        Value::Null => Value::Null,
        // A null configuration would be planned as a delete, which this is not.
        _ => match kind.read_value("configuration", request.config.as_ref())? {
            Value::Null => return Err(Diagnostic::error(format!("{} has no configuration", request.type_name)).into()),
            config => config,
        },
    };
    let (token, call) = declaration::of_plan(host.session.planning()?, &request.prior_private, prior.is_null());
    let planned = kind.plan(call.as_ref(), &prior, &config).await;
    let warnings = planned.diagnostics.into_result()?;
    let mut requires_replace = Vec::new();
    for path in planned.replace.iter().map(wire::path) {
        // Elements of one set have one path.
        if !requires_replace.contains(&path) {
            requires_replace.push(path);
        }
    }
    let identity = kind.identity_of(&planned.state);
    let planned_identity = match &prior {
        _ if planned.state.is_null() => None,
        // It stays the object that it is, be it under a new name. Another one has another identity, as far as that is
        // known already.
        prior if !prior.is_null() && requires_replace.is_empty() => {
            let known = identity::read(&kind, request.prior_identity.as_ref())?;
            let known = identity::keep(&kind, &known, &kind.identity_of(prior))?;
            identity::write(&kind, &identity::lay_over(&kind, &known, &identity))?
        }
        _ => identity::write(&kind, &identity)?,
    };
    Ok(plan_resource_change::Response {
        planned_state: kind.write_value("planned state", &planned.state)?,
        planned_identity,
        requires_replace,
        planned_private: declaration::completing(token, planned.completes.as_deref()),
        diagnostics: wire::diagnostics(&warnings),
        ..plan_resource_change::Response::default()
    })
}

pub(super) async fn apply<P: Provider>(
    host: Arc<Host<P>>,
    request: Arc<apply_resource_change::Request>,
) -> Answered<apply_resource_change::Request> {
    let kind = host.kind(&request.type_name)?;
    let prior = kind.read_value("prior state", request.prior_state.as_ref())?;
    let planned = kind.read_value("planned state", request.planned_state.as_ref())?;
    let planned_identity = identity::read(&kind, request.planned_identity.as_ref())?;
    let call = declaration::of_state(host.session.changing()?, &request.planned_private);
    let mut applied = kind.apply(&call, &prior, &planned).await;
    if prior.is_null() && applied.was_there && applied.diagnostics.has_errors() {
        let left = std::mem::take(&mut applied.state);
        applied.diagnostics.push(kept_out(&kind, &left));
    }
    let has_failed = prior.is_null() && applied.diagnostics.has_errors();
    // State first: errors and what is real go out together.
    let new_state = kind.write_value("new state", &applied.state).map_err(|misfit| {
        let mut diagnostics = applied.diagnostics.clone();
        diagnostics.extend(misfit);
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
        private: declaration::after_create(&request.planned_private, has_failed),
        diagnostics: wire::diagnostics(&applied.diagnostics),
        ..apply_resource_change::Response::default()
    })
}

/// Says that a failed create keeps no state, and why: an engine replaces what a failed create has left in it, and this was
/// there before.
fn kept_out<C>(kind: &Served<dyn Kind<C>>, left: &Value) -> Diagnostic {
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
