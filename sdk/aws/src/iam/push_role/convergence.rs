//! From the role that is there to the one that is wanted.

use rosa_ecr_model::{Call, Diagnostic, Diagnostics, Failure, State};

use super::calls::{self, ObservedPushRole};
use super::refusals::{elsewhere, taken};
use super::{COMPONENT, POLICY_NAME, PushRole, PushRoleOutputs, object};
use crate::claims;
use crate::iam::policy_document as policies;
use crate::provider::Aws;
use crate::wait;

/// Waits until a role that was made a moment ago can be read: a plan that follows would take it for gone.
pub(super) async fn readable(call: &Call<Aws>, state: State<PushRole>) -> Result<State<PushRole>, Failure<PushRole>> {
    let name = state.inputs.role();
    let waited = wait::until(call, &format!("the role {name} to be readable"), || async {
        let found = calls::find(call, name, POLICY_NAME).await?;
        Ok(found.filter(|found| found.push_policy.is_some()))
    })
    .await;
    match waited {
        Ok(_) => Ok(state),
        Err(diagnostics) => Err(Failure::with_state(state, diagnostics)),
    }
}

/// Takes the role of that name, if an earlier apply has left it, and brings it to what is wanted.
pub(super) async fn adopt(call: &Call<Aws>, inputs: PushRole) -> Result<State<PushRole>, Failure<PushRole>> {
    let name = inputs.role();
    let found =
        wait::until(call, &format!("the role {name} to be readable"), || calls::find(call, name, POLICY_NAME)).await?;
    if !call.owner().owns(COMPONENT, &found.tags) {
        return Err(taken(&found).into());
    }
    if found.mark().claim.is_some() && found.mark().claim == call.claim() {
        // The answer to the first attempt of this very create was lost.
        return converge(call, found, inputs, POLICY_NAME).await;
    }
    claims::created_first(call, &object(name), found.mark())?;
    if found.path != inputs.path {
        return Err(elsewhere(&found, &inputs.path).into());
    }
    call.warn(Diagnostic::warning(format!("The role {name} was taken over")).detail(format!(
        "{} was made by an earlier apply that was interrupted. If another configuration manages it, take it out of \
             one of them.",
        found.arn
    )));
    converge(call, found, inputs, POLICY_NAME).await
}

/// Changes what differs, one put each. A failure carries what was changed by then.
pub(super) async fn converge(
    call: &Call<Aws>,
    mut found: ObservedPushRole,
    inputs: PushRole,
    policy_name: &str,
) -> Result<State<PushRole>, Failure<PushRole>> {
    match put_differences(call, &mut found, &inputs, policy_name).await {
        Ok(()) => {
            let State { inputs: now, outputs } = inputs.observed(call, &found, policy_name);
            let tags_all = call.tags().all(&inputs.tags);
            Ok(State {
                inputs: PushRole { tags: inputs.tags, ..now },
                outputs: PushRoleOutputs { tags_all, ..outputs },
            })
        }
        Err(diagnostics) => Err(Failure::with_state(inputs.observed(call, &found, policy_name), diagnostics)),
    }
}

async fn put_differences(
    call: &Call<Aws>,
    found: &mut ObservedPushRole,
    wanted: &PushRole,
    policy_name: &str,
) -> Result<(), Diagnostics> {
    let name = wanted.role();
    // What is taken over is claimed first: from then on, another declaration lets go of it.
    if found.mark().claim != call.claim() {
        calls::retag(call, name, &mut found.tags, &wanted.wanted_tags(call)).await?;
    }
    let (trust, push) = (wanted.trust_policy()?, wanted.pushes().policy());
    if !policies::same(&found.trust_policy, &trust) {
        calls::put_trust(call, name, &trust).await?;
        found.trust_policy = trust;
    }
    if !found.push_policy.as_deref().is_some_and(|there| policies::same(there, &push)) {
        calls::put_policy(call, name, policy_name, &push).await?;
        found.push_policy = Some(push);
    }
    // A state of before has no description: the role keeps what it has.
    let description = wanted.description.clone().unwrap_or_else(|| found.description.clone());
    if found.max_session_duration != wanted.max_session_duration || found.description != description {
        calls::put_properties(call, name, &description, wanted.max_session_duration).await?;
        found.max_session_duration = wanted.max_session_duration;
        found.description = description;
    }
    if found.permissions_boundary.as_deref() != wanted.boundary() {
        calls::put_boundary(call, name, wanted.boundary()).await?;
        found.permissions_boundary = wanted.boundary().map(str::to_owned);
    }
    calls::retag(call, name, &mut found.tags, &wanted.wanted_tags(call)).await
}
