//! What an attachment is on its role: a mark, and the policy that goes with it.

use std::collections::BTreeSet;

use rosa_ecr_model::{Call, Diagnostics, Failure, State};

use super::{PullPolicyAttachment, PullPolicyAttachmentOutputs};
use crate::iam::pull_permission::PullPermission;
use crate::iam::shared_role::{self, Detached, Mark, NotAttached, ObservedRole};
use crate::provider::Aws;

/// What there is of an attachment.
pub(super) struct Seen {
    /// Whether the role has the policy, wherever it came from.
    pub is_there: bool,
    /// Whether the role has the permission, and keeps it while it is needed.
    pub serves: bool,
    /// Whether something is left that a delete would remove.
    pub is_left: bool,
    pub role: ObservedRole,
}

/// Looks for an attachment on its role; `None` where there is no such role.
pub(super) async fn look(
    call: &Call<Aws>,
    role: &str,
    mark: &Mark,
    repository_arns: &BTreeSet<String>,
) -> Result<Option<Seen>, Diagnostics> {
    let scope = async {
        match mark.permission {
            PullPermission::Scoped => shared_role::scope_of(call, role, mark).await,
            _ => Ok(None),
        }
    };
    let (found, scope) = futures::try_join!(shared_role::look(call, role), scope)?;
    Ok(found.map(|role| look_at(role, mark, scope.as_ref(), repository_arns)))
}

/// What there is of an attachment on that role. `scope` is what its inline policy allows, if it has one.
pub(super) fn look_at(
    role: ObservedRole,
    mark: &Mark,
    scope: Option<&BTreeSet<String>>,
    repository_arns: &BTreeSet<String>,
) -> Seen {
    let is_there = match mark.permission {
        PullPermission::Scoped => scope == Some(repository_arns),
        managed => role.has(managed),
    };
    let (serves, is_left) = match mark.permission {
        PullPermission::Scoped => (is_there && role.carries(mark), scope.is_some() || role.carries(mark)),
        _ => (role.serves(mark), role.has_left(mark)),
    };
    Seen { is_there, serves, is_left, role }
}

/// Gives a role the permission of that mark.
pub(super) async fn give(
    call: &Call<Aws>,
    role: &str,
    mark: &Mark,
    repository_arns: &BTreeSet<String>,
) -> Result<(), NotAttached> {
    match mark.permission.policy_arn(call.region()) {
        Some(policy) => shared_role::attach(call, role, mark, &policy).await,
        None => shared_role::put_inline(call, role, mark, repository_arns).await,
    }
}

/// Takes the permission of that mark from a role, unless something else needs it.
pub(super) async fn take(
    call: &Call<Aws>,
    role: &str,
    mark: &Mark,
    is_taken_over: bool,
) -> Result<Detached, Diagnostics> {
    match mark.permission.policy_arn(call.region()) {
        Some(policy) => shared_role::detach(call, role, mark, &policy, is_taken_over).await,
        None => shared_role::delete_inline(call, role, mark).await,
    }
}

/// The marks of an attachment on a role for other permissions than that of its own: what an interrupted change has left.
pub(super) fn stale(role: &ObservedRole, own: &Mark, all: impl IntoIterator<Item = Mark>) -> Vec<Mark> {
    let is_stale = |mark: &Mark| mark.permission != own.permission && role.carries(mark) && !role.is_taken(mark);
    all.into_iter().filter(is_stale).collect()
}

/// Gives the role the permission and says so. From the first write on, a failure leaves a state: a delete then undoes the rest.
pub(super) async fn attached(
    call: &Call<Aws>,
    inputs: PullPolicyAttachment,
    role: String,
    imported: bool,
) -> Result<State<PullPolicyAttachment>, Failure<PullPolicyAttachment>> {
    let mark = inputs.mark(call.claim())?;
    let unseen = PullPolicyAttachment::outputs(call, &inputs, role.clone()).await?;
    let given = give(call, &role, &mark, &inputs.repository_arns).await;
    let outputs = PullPolicyAttachmentOutputs { attached: given.is_ok(), imported, ..unseen };
    let state = State { inputs, outputs };
    match given {
        Ok(()) => Ok(state),
        Err(NotAttached { wrote: false, diagnostics }) => Err(diagnostics.into()),
        Err(NotAttached { wrote: true, diagnostics }) => Err(Failure::with_state(state, diagnostics)),
    }
}
