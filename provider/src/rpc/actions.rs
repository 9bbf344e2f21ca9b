//! Actions. There are none yet.

use std::sync::Arc;

use rosa_ecr_model::Provider;
use rosa_ecr_proto::tfplugin6::invoke_action::{self, event};
use rosa_ecr_wire as wire;

use super::answer::{Answered, Ask, Events, asks, only};
use super::block_kind::BlockKind;
use super::registry::Registry;

asks! {
    validate_action_config "ValidateActionConfig" of type_name;
    plan_action "PlanAction" of action_type;
}

asks! {
    invoke_action::Request, "InvokeAction" of action_type, Events<invoke_action::Event>: why => {
        let completed = event::Completed { diagnostics: wire::diagnostics(why) };
        only(invoke_action::Event { r#type: Some(event::Type::Completed(completed)) })
    };
}

pub(super) async fn absent<P: Provider, Q: Ask>(registry: Arc<Registry<P>>, request: Arc<Q>) -> Answered<Q> {
    Err(registry.no_such(BlockKind::Action, request.subject()))
}
