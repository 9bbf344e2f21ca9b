//! PlanResourceChange: what an apply will do.

use std::sync::Arc;

use rosa_ecr_model::{Diagnostic, Provider, Value};
use rosa_ecr_proto::tfplugin6::plan_resource_change;
use rosa_ecr_wire as wire;

use super::answer::{Answered, asks};
use super::identity;
use super::private_state;
use super::registry::Registry;

asks! {
    plan_resource_change "PlanResourceChange" of type_name
        repeats planned_state = prior_state, planned_private = prior_private, planned_identity = prior_identity;
}

pub(super) async fn handle<P: Provider>(
    registry: Arc<Registry<P>>,
    request: Arc<plan_resource_change::Request>,
) -> Answered<plan_resource_change::Request> {
    let kind = registry.kind(&request.type_name)?;
    let prior = kind.read_value("prior state", request.prior_state.as_ref())?;
    let config = match kind.read_value("proposed state", request.proposed_new_state.as_ref())? {
        Value::Null => Value::Null,
        // A null configuration would be planned as a delete, which this is not.
        _ => match kind.read_value("configuration", request.config.as_ref())? {
            Value::Null => return Err(Diagnostic::error(format!("{} has no configuration", request.type_name)).into()),
            config => config,
        },
    };
    let (token, call) = private_state::of_plan(registry.session.planning()?, &request.prior_private, prior.is_null());
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
        planned_private: private_state::completing(token, planned.completes.as_deref()),
        diagnostics: wire::diagnostics(&warnings),
        ..plan_resource_change::Response::default()
    })
}
