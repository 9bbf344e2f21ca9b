//! The plan of an attachment: what it depends on, what it makes known, and what it refuses and warns of.

use rosa_ecr_model::{Attributes as _, Call, Change, Diagnostic, Diagnostics, Intent, Known, Resource as _, State};

use super::{PullPolicyAttachment, PullPolicyAttachmentPartial, object, source_of};
use crate::claims;
use crate::iam::instance_profile::{Profile, find_role_of_profile, look_at_profile};
use crate::iam::pull_permission::{PullPermission, too_large};
use crate::iam::shared_role::{self, Mark};
use crate::iam::worker_role;
use crate::provider::Aws;

/// What the plan of an attachment has to know.
#[derive(Debug, Default)]
pub struct PullPolicyAttachmentFacts {
    pub(super) region: Option<String>,
    /// The role of the instance profile, if one is named and exists.
    pub(super) role_of_profile: Option<String>,
    pub(super) account: Option<String>,
    /// What to say if the create takes it over.
    pub(super) taking_over: Option<Diagnostic>,
}

/// The name of the inline policy that goes with a mark, if one does.
pub(super) fn policy_name(mark: &Mark) -> Option<String> {
    (mark.permission == PullPermission::Scoped).then(|| mark.policy_name())
}

/// That repositories are named for a scoped permission, and only for it.
pub(super) fn check_scope(inputs: &PullPolicyAttachmentPartial, report: &mut Diagnostics) {
    let (Known::Now(permission), Known::Now(arns)) = (&inputs.permission, &inputs.repository_arns) else { return };
    match (PullPermission::named(permission), arns.is_empty()) {
        (Some(PullPermission::Scoped), true) => report.push(
            Diagnostic::error("A scoped permission without repositories")
                .detail("permission is \"scoped\", and repository_arns is empty.")
                .fix("Name the repositories in repository_arns; or set permission to \"pull_only\" to allow all.")
                .at("repository_arns"),
        ),
        (Some(PullPermission::Scoped), false) => report.extend(too_large(arns)),
        (Some(_), false) => report.push(
            Diagnostic::error("Repositories of a permission for all")
                .detail(format!(
                    "permission is \"{permission}\", which is for all repositories, and repository_arns names some."
                ))
                .fix("Set permission = \"scoped\" to allow only these, or remove repository_arns.")
                .at("repository_arns"),
        ),
        _ => {}
    }
}

/// Reads what the plan depends on.
pub(super) async fn survey(
    call: &Call<Aws>,
    intent: Intent<'_, PullPolicyAttachment>,
) -> Result<PullPolicyAttachmentFacts, Diagnostics> {
    let wanted = match &intent {
        Intent::Create(inputs) => PullPolicyAttachment::complete((*inputs).clone()).ok(),
        _ => None,
    };
    let role_of_profile = match intent {
        // What is not there yet may come with this apply: the create waits for it.
        Intent::Create(inputs) => match inputs.instance_profile_name.now() {
            Some(Some(profile)) => match look_at_profile(call, profile).await? {
                Profile::Role(role) => Some(role),
                Profile::Missing | Profile::WithoutRole => None,
            },
            _ => None,
        },
        Intent::Update { inputs, .. } => match inputs.instance_profile_name.now() {
            Some(Some(profile)) => find_role_of_profile(call, profile).await?,
            _ => None,
        },
        Intent::Delete(_) => None,
    };
    let mut facts = PullPolicyAttachmentFacts {
        region: Some(call.region().to_owned()),
        account: call.identity().await?.map(|identity| identity.account),
        role_of_profile,
        taking_over: None,
    };
    if let Some(wanted) = wanted
        && let Some(role) = wanted.role_name.as_ref().or(facts.role_of_profile.as_ref())
    {
        let object = object(wanted.source()?, wanted.owner.as_deref());
        let mark = wanted.mark(None)?;
        if let Some(claim) = shared_role::marked(call, role, &mark).await? {
            let role = format!("The role {role}");
            facts.taking_over = claims::taking_over(call, &object, &role, claim.as_deref(), PullPolicyAttachment::TYPE);
        }
    }
    Ok(facts)
}

/// Completes the plan.
pub(super) fn plan(
    facts: &PullPolicyAttachmentFacts,
    change: &mut Change<PullPolicyAttachment>,
    report: &mut Diagnostics,
) {
    report.extend(facts.taking_over.clone());
    if change.prior.is_none() || !change.replace.is_empty() {
        change.outputs.account_id = Known::Now(facts.account.clone());
        change.outputs.claim = Known::Later;
    }
    let prior = change.prior.as_ref().filter(|_| change.replace.is_empty());
    let (inputs, outputs) = (&change.inputs, &mut change.outputs);
    let named = inputs.role_name.clone().zip(inputs.instance_profile_name.clone());
    outputs.id = named.clone().and_then(|(role, profile)| {
        let source = source_of(role.as_deref(), profile.as_deref());
        Known::from(source.map(|source| source.to_string()))
    });
    outputs.role = match named.clone() {
        Known::Now((Some(role), _)) => Known::Now(role),
        Known::Now((None, Some(_))) => match (&facts.role_of_profile, prior) {
            (Some(role), _) => Known::Now(role.clone()),
            // The profile is gone, or could not be read: the role that has the policy stays.
            (None, Some(prior)) => Known::Now(prior.outputs.role.clone()),
            _ => Known::Later,
        },
        _ => Known::Later,
    };
    let chosen = inputs.permission.clone().map(|name| PullPermission::named(&name));
    match (&facts.region, &chosen) {
        (Some(region), Known::Now(chosen)) => {
            outputs.policy_arn = Known::Now(chosen.and_then(|chosen| chosen.policy_arn(region)));
        }
        (Some(_), Known::Later) => outputs.policy_arn = Known::Later,
        // Nobody could be asked: what the state has stays.
        (None, _) => {}
    }
    let whole = chosen.zip(named).zip(inputs.owner.clone());
    outputs.policy_name = whole.map(|((chosen, (role, profile)), owner)| {
        let source = source_of(role.as_deref(), profile.as_deref())?;
        policy_name(&Mark::of(chosen?, owner.as_deref(), source))
    });
    outputs.attached = Known::Now(true);
    outputs.imported = match (prior, &inputs.permission) {
        (Some(prior), Known::Now(permission)) => {
            Known::Now(prior.outputs.imported && prior.inputs.permission == *permission)
        }
        (Some(prior), Known::Later) if prior.outputs.imported => Known::Later,
        _ => Known::Now(false),
    };
    if let (Known::Now(role), Known::Now(Some(chosen))) = (&outputs.role, chosen) {
        let is_news =
            |prior: &State<PullPolicyAttachment>| prior.outputs.role != *role || prior.inputs.chosen() != chosen;
        if prior.is_none_or(is_news) {
            report.extend(worker_role::shared_by_all(role, chosen, "permission"));
        }
    }
}

/// What a destroy leaves, and what it takes away from others.
pub(super) fn plan_delete(prior: &State<PullPolicyAttachment>, report: &mut Diagnostics) {
    if prior.inputs.keep_on_destroy {
        return;
    }
    let (role, permission) = (&prior.outputs.role, prior.inputs.chosen());
    let keeper = Some("keep_on_destroy");
    report.extend(worker_role::taken_from_all(role, permission, prior.outputs.imported, keeper));
}
