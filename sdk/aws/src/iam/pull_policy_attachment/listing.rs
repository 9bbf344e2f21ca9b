//! Attachments that a query finds: those that marks on roles speak of.
//!
//! It calls `ListRoles`, page by page, and for each role that EC2 instances may have `ListAttachedRolePolicies` and
//! `ListRoleTags`; for a scoped permission `GetRolePolicy`. Roles come sorted by name.

use std::collections::BTreeSet;

use futures::{StreamExt as _, TryStreamExt as _, stream};
use rosa_ecr_derive::Inputs;
use rosa_ecr_model::{Call, Diagnostics, Listed, Listing, State, Violation};

use super::{PullPolicyAttachment, PullPolicyAttachmentOutputs, grant};
use crate::error::failed;
use crate::iam::pull_permission::PullPermission;
use crate::iam::shared_role::{self, ObservedRole, Source};
use crate::iam::worker_role;
use crate::provider::Aws;
use crate::rules;

/// How many roles are looked at at once.
const AT_ONCE: usize = 8;

/// Pull permissions that rosa-ecr has given to roles which EC2 instances may have. An owner with uppercase letters is listed as
/// the role's tag has it, in lowercase and with a hash; attachments of instance profiles with such an owner are left out.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct PullPolicyAttachmentQuery {
    /// What the names of the roles start with, such as `ManagedOpenShift-`; any if it is not set.
    #[attr(check(name_prefix))]
    pub role_name_prefix: Option<String>,
    /// The cluster in whose name, or in the name of one of whose registries, the roles have the permission; any if it is not set.
    #[attr(check(rules::cluster_name))]
    pub cluster_name: Option<String>,
}

fn name_prefix(prefix: &str) -> Result<(), Violation> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c);
    if (1..=64).contains(&prefix.len()) && prefix.chars().all(allowed) {
        return Ok(());
    }
    Err(Violation::rule("It has from 1 to 64 characters: letters and digits of ASCII, and +=,.@_-"))
}

impl Listed for PullPolicyAttachment {
    type Query = PullPolicyAttachmentQuery;

    fn query_permissions() -> BTreeSet<&'static str> {
        BTreeSet::from(["iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRoleTags", "iam:ListRoles"])
    }

    async fn list(
        call: &Call<Aws>,
        query: PullPolicyAttachmentQuery,
        limit: Option<usize>,
    ) -> Result<Vec<Listing<Self>>, Diagnostics> {
        let limit = limit.unwrap_or(usize::MAX);
        let roles = worker_role::listed(call).await;
        let mut roles = roles.map_err(|error| failed("iam:ListRoles", "list the roles", &error))?;
        roles.retain(|role| query.role_name_prefix.as_deref().is_none_or(|prefix| role.starts_with(prefix)));
        roles.sort();
        let cluster = query.cluster_name.as_deref();
        let found = stream::iter(roles).map(|role| of_role(call, role, cluster)).buffered(limit.clamp(1, AT_ONCE));
        let found = found.map_ok(|listings| stream::iter(listings.into_iter().map(Ok))).try_flatten();
        found.take(limit).try_collect().await
    }
}

/// The attachments that the marks of a role speak of.
async fn of_role(
    call: &Call<Aws>,
    role: String,
    cluster: Option<&str>,
) -> Result<Vec<Listing<PullPolicyAttachment>>, Diagnostics> {
    let Some(found) = shared_role::look(call, &role).await? else { return Ok(Vec::new()) };
    let mut listings = Vec::new();
    for (permission, owner, source) in found.marks() {
        if cluster.is_some_and(|cluster| owner.as_deref().and_then(|owner| owner.split('/').next()) != Some(cluster)) {
            continue;
        }
        listings.extend(listed(call, &role, &found, permission, owner, &source).await?);
    }
    Ok(listings)
}

/// The attachment that a mark speaks of; `None` if only the mark is there.
async fn listed(
    call: &Call<Aws>,
    role: &str,
    found: &ObservedRole,
    permission: PullPermission,
    owner: Option<String>,
    source: &str,
) -> Result<Option<Listing<PullPolicyAttachment>>, Diagnostics> {
    let (role_name, instance_profile_name) = match Source::parse(source) {
        Some(Source::Role(role)) => (Some(role.to_owned()), None),
        Some(Source::InstanceProfile(profile)) => (None, Some(profile.to_owned())),
        None => return Ok(None),
    };
    let display_name = match &owner {
        Some(owner) => format!("{source} for {owner}"),
        None => source.to_owned(),
    };
    let mut inputs = PullPolicyAttachment {
        role_name,
        instance_profile_name,
        permission: permission.name().to_owned(),
        owner,
        ..PullPolicyAttachment::nobodys()
    };
    let mark = inputs.mark(None)?;
    if permission == PullPermission::Scoped {
        let Some(scope) = shared_role::scope_of(call, role, &mark).await? else { return Ok(None) };
        inputs.repository_arns = scope;
    }
    let seen = grant::look_at(found.clone(), &mark, Some(&inputs.repository_arns), &inputs.repository_arns);
    let unseen = PullPolicyAttachment::outputs(call, &inputs, role.to_owned()).await?;
    let claim = found.claim_on(&mark).map(str::to_owned);
    let outputs = PullPolicyAttachmentOutputs { attached: seen.serves, claim, ..unseen };
    Ok(seen.serves.then_some(Listing { display_name, state: State { inputs, outputs } }))
}
