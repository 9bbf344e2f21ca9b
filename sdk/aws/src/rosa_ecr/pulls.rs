//! The pull permissions of a registry's roles: what their plan depends on, makes known, refuses and warns of.

use std::collections::BTreeMap;

use futures::future::try_join_all;
use rosa_ecr_model::{Call, Change, Diagnostic, Diagnostics, Known, State};

use super::parts::{profile_key, role_key};
use super::{RosaEcr, RosaEcrPartial};
use crate::iam;
use crate::iam::pull_permission::PullPermission;
use crate::iam::worker_role::{shared_by_all, taken_from_all};
use crate::provider::Aws;

/// The roles of instance profiles. One that does not exist may come with the apply; where it had a role before, that one
/// keeps the policy.
pub(super) async fn find_roles(
    call: &Call<Aws>,
    inputs: &RosaEcrPartial,
    prior: Option<&State<RosaEcr>>,
) -> Result<BTreeMap<String, Option<String>>, Diagnostics> {
    let known = |profile: &str| prior.and_then(|prior| prior.outputs.pull_roles.get(&profile_key(profile)).cloned());
    let profiles = inputs.instance_profile_names.now().into_iter().flatten();
    let lookups = profiles.map(|profile| async move {
        let role = iam::find_role_of_profile(call, profile).await?;
        Ok::<_, Diagnostics>((profile.clone(), role.or_else(|| known(profile))))
    });
    Ok(try_join_all(lookups).await?.into_iter().collect())
}

/// The roles that get the permission, by what names them.
pub(super) fn planned(
    profiles: &BTreeMap<String, Option<String>>,
    inputs: &RosaEcrPartial,
) -> Known<BTreeMap<String, String>> {
    let names = inputs.worker_role_names.clone().zip(inputs.instance_profile_names.clone());
    names.and_then(|(roles, named)| {
        let mut carry: BTreeMap<String, String> = roles.into_iter().map(|role| (role_key(&role), role)).collect();
        for profile in named {
            match profiles.get(&profile) {
                Some(Some(role)) => carry.insert(profile_key(&profile), role.clone()),
                _ => return Known::Later,
            };
        }
        Known::Now(carry)
    })
}

/// That a scoped permission can name the repository.
pub(super) fn without_account(inputs: &RosaEcrPartial, account: Option<&str>) -> Option<Diagnostic> {
    let is_scoped = inputs.pull_permission.now().is_some_and(|name| name == PullPermission::Scoped.name());
    let names = [inputs.worker_role_names.now(), inputs.instance_profile_names.now()];
    let has_roles = names.into_iter().flatten().any(|names| !names.is_empty());
    (is_scoped && has_roles && account.is_none()).then(|| {
        Diagnostic::error("The repository's ARN is not known")
            .detail("pull_permission is \"scoped\", whose policy names the repository by its ARN, and the account in it is not known.")
            .fix("Remove skip_requesting_account_id from the provider block, or set pull_permission to \"pull_only\".")
            .at("pull_permission")
    })
}

/// What is allowed and probably not meant.
pub(super) fn warn(change: &Change<RosaEcr>, report: &mut Diagnostics) {
    let inputs = &change.inputs;
    let Known::Now(Some(permission)) = inputs.pull_permission.clone().map(|name| PullPermission::named(&name)) else {
        return;
    };
    let Known::Now(roles) = &change.outputs.pull_roles else { return };
    let prior = change.prior.as_ref().filter(|_| change.replace.is_empty());
    let is_news = |role: &String| {
        let had = |prior: &State<RosaEcr>| {
            prior.inputs.pull_permission == permission.name()
                && prior.outputs.pull_roles.values().any(|one| one == role)
        };
        !prior.is_some_and(had)
    };
    let mut news: Vec<&String> = roles.values().filter(|role| is_news(role)).collect();
    news.sort();
    news.dedup();
    report.extend(news.iter().filter_map(|role| shared_by_all(role, permission, "pull_permission")));
    if permission == PullPermission::Scoped && inputs.generate_idms == Known::Now(true) && !news.is_empty() {
        report.push(
            Diagnostic::warning("The roles cannot pull from image mirrors")
                .detail(
                    "pull_permission is \"scoped\", which is for the registry's own repository. Each mirror in idms_mirrors is a \
                     repository of its own.",
                )
                .fix(
                    "Let a rosa_ecr_pull_policy_attachment with an owner of its own name them in repository_arns; or set \
                     pull_permission = \"pull_only\".",
                )
                .at("pull_permission"),
        );
    }
}

/// What a destroy may take away from others.
pub(super) fn warn_of_delete(prior: &State<RosaEcr>, report: &mut Diagnostics) {
    let Some(permission) = PullPermission::named(&prior.inputs.pull_permission) else { return };
    let mut roles: Vec<&String> = prior.outputs.pull_roles.values().collect();
    roles.sort();
    roles.dedup();
    report.extend(roles.into_iter().filter_map(|role| taken_from_all(role, permission, false, None)));
}
