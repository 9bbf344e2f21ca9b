//! PlanAction: what is wrong with an invocation, and what there is to know before it, as far as the arguments are known.
//!
//! Nothing is ever deferred: while the provider's configuration is unknown, the arguments are checked and no more.

use std::sync::Arc;

use rosa_ecr_model::Provider;
use rosa_ecr_proto::tfplugin6::plan_action;
use rosa_ecr_wire as wire;

use super::action_config;
use super::answer::{Answered, asks};
use super::registry::Registry;
use super::session::with_warnings;

asks! {
    plan_action "PlanAction" of action_type;
}

pub(super) async fn handle<P: Provider>(
    registry: Arc<Registry<P>>,
    request: Arc<plan_action::Request>,
) -> Answered<plan_action::Request> {
    let action = registry.action(&request.action_type)?;
    let config = action_config::read(&action, request.config.as_ref())?;
    let call = registry.session.planning()?;
    let planned = action.plan(call.as_ref(), &config).await;
    let warnings = match &call {
        Some(call) => with_warnings(call, planned)?.1,
        None => planned.map(|()| Default::default())?,
    };
    Ok(plan_action::Response { diagnostics: wire::diagnostics(&warnings), ..plan_action::Response::default() })
}
