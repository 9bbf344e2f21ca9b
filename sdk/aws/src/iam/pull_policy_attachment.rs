//! `rosa_ecr_pull_policy_attachment`: the permission of worker nodes to pull.
//!
//! | Operation | Calls of IAM (each needs the IAM action of its name) |
//! |---|---|
//! | plan | `GetInstanceProfile` if a profile is named; `ListAttachedRolePolicies`, `ListRoleTags` |
//! | create, update | that; if something is missing, `TagRole`, and `AttachRolePolicy` or, scoped, `GetRolePolicy`, `PutRolePolicy` |
//! | read | `ListAttachedRolePolicies`, `ListRoleTags`; scoped: `GetRolePolicy` |
//! | delete | `UntagRole`, `ListAttachedRolePolicies`, `ListRoleTags`; for the last one to go `DetachRolePolicy`; scoped: `DeleteRolePolicy` |
//!
//! `role_name` and `instance_profile_name` force replacement. A profile that gets another role does not: the policy
//! moves. Roles are shared, and the policy may have been there before: [`shared_role`](super::shared_role) says how that
//! stays safe. Another `permission` is given before the old one is taken away; what an interrupted change leaves is recognised by its
//! mark, and goes with the next update or the destroy.

mod grant;
mod ids;
mod listing;
mod planning;

use std::collections::BTreeSet;

use rosa_ecr_derive::{Inputs, Outputs};
use rosa_ecr_model::{
    Call, Change, Diagnostic, Diagnostics, Failure, IdentityAttribute, Intent, Known, MoveSource, Page, RealObject,
    Resource, State, TimeoutDefaults, Timeouts,
};

pub use listing::PullPolicyAttachmentQuery;
pub use planning::PullPolicyAttachmentFacts;

use super::instance_profile::{await_role_of_profile, find_role_of_profile, role_of_profile};
use super::names;
use super::pull_permission::{self, PullPermission};
use super::shared_role::{self, Detached, Mark as RoleMark, Source};
use crate::claims::{self, Mark};
use crate::provider::Aws;
use crate::{move_source, page, tags};

/// Lets worker nodes pull from ECR: gives their role a policy. The role may be shared between clusters: a policy of AWS goes only with
/// the last of them, and a scoped one is each one's own.
///
/// Which clusters need the policy is kept in tags of the role that start with `rosa-ecr/`. Where another configuration
/// owns the role, let it leave them alone, with `ignore_tags { key_prefixes = ["rosa-ecr/"] }` in its AWS provider.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct PullPolicyAttachment {
    /// Name of the role, as on ROSA Classic. Either this or `instance_profile_name`. Changing it makes a new attachment.
    #[attr(replace, check(names::role_name))]
    pub role_name: Option<String>,
    /// Name of the instance profile whose role it is, as of a machine pool of ROSA with hosted control planes. Changing
    /// it makes a new attachment.
    #[attr(replace, check(names::instance_profile_name))]
    pub instance_profile_name: Option<String>,
    /// What the role may pull: `read_only` attaches AWS's policy `AmazonEC2ContainerRegistryReadOnly`, which also lets it
    /// list and describe; `pull_only` attaches `AmazonEC2ContainerRegistryPullOnly`; both are for all repositories. `scoped` puts an
    /// inline policy for `repository_arns`. Changing it gives the new permission before it takes the old one away. Source:
    /// Amazon ECR User Guide, "AWS managed policies for Amazon Elastic Container Registry".
    #[attr(default = "read_only", one_of("read_only", "pull_only", "scoped"))]
    pub permission: String,
    /// ARNs of the repositories of a `scoped` permission; behind a prefix they may have wildcards, such as
    /// `…:repository/mirror/*`. Required with `scoped`, and only there. The inline policies of a role may have 10,240
    /// characters together.
    #[attr(default = [], each(pull_permission::repository_arn))]
    pub repository_arns: BTreeSet<String>,
    /// Whether the role keeps the permission when this resource is destroyed, for a role that the platform or other tools
    /// need it on, too. The policy then counts as one that was there before. A destroy reads it from the state: apply a change
    /// of it before you destroy.
    #[attr(default = false)]
    pub keep_on_destroy: bool,
    /// In whose name the role gets the policy, such as the cluster's name: at most 100 characters. Where several
    /// configurations name one role, give each an owner of its own: without it they count as one, and the first of them
    /// that goes takes the policy away.
    #[attr(check(tags::check_owner))]
    pub owner: Option<String>,
    /// Time limits.
    #[attr(block)]
    pub timeouts: Option<Timeouts>,
}

/// What an attachment says of itself.
#[derive(Clone, Debug, PartialEq, Outputs)]
pub struct PullPolicyAttachmentOutputs {
    /// `role/<name>` or `instance-profile/<name>`.
    pub id: String,
    /// Name of the role that has the policy.
    pub role: String,
    /// ARN of the policy of AWS; null if the permission is `scoped`.
    pub policy_arn: Option<String>,
    /// Name of the inline policy; null if the permission is not `scoped`.
    pub policy_name: Option<String>,
    /// Whether the role has the policy as it should be, and keeps it while this attachment needs it: false also if another
    /// cluster could take it away, because the tag that speaks for this attachment is gone from the role.
    pub attached: bool,
    /// Whether the attachment was imported, or moved here from another provider: a destroy then detaches the policy
    /// although the role had it before, unless another cluster needs it.
    pub imported: bool,
    /// The account that the role belongs to.
    pub account_id: Option<String>,
    /// The claim of this resource on the attachment. It stands in the value of the role's tag that speaks for the attachment: one
    /// with another claim belongs to another resource, and stays.
    pub claim: Option<String>,
}

impl Resource for PullPolicyAttachment {
    const TYPE: &'static str = "rosa_ecr_pull_policy_attachment";
    const PAGE: Page = page::permissions(&["let the nodes of a cluster pull"]);
    const IDENTITY: &'static [IdentityAttribute] =
        &[IdentityAttribute { name: "id", description: "`role/<name>` or `instance-profile/<name>`.", required: true }];
    // Owners share a role, each with an attachment of its own.
    const NATURAL_KEY: &'static [&'static str] = &["role_name", "instance_profile_name", "owner"];
    const MOVE_SOURCES: &'static [&'static str] = &["aws_iam_role_policy_attachment"];
    const TIMEOUTS: TimeoutDefaults = TimeoutDefaults::minutes(2, 2, 2);
    type Outputs = PullPolicyAttachmentOutputs;
    type Context = Aws;
    type Facts = PullPolicyAttachmentFacts;

    fn permissions() -> BTreeSet<&'static str> {
        BTreeSet::from([
            "iam:AttachRolePolicy",
            "iam:DeleteRolePolicy",
            "iam:DetachRolePolicy",
            "iam:GetInstanceProfile",
            "iam:GetRolePolicy",
            "iam:ListAttachedRolePolicies",
            "iam:ListRoleTags",
            "iam:PutRolePolicy",
            "iam:TagRole",
            "iam:UntagRole",
        ])
    }

    fn timeouts(&self) -> Option<&Timeouts> {
        self.timeouts.as_ref()
    }

    fn validate(inputs: &Self::Partial, report: &mut Diagnostics) {
        if let (Known::Now(role), Known::Now(profile)) = (&inputs.role_name, &inputs.instance_profile_name)
            && role.is_some() == profile.is_some()
        {
            report.push(not_exactly_one(role.is_some()));
        }
        planning::check_scope(inputs, report);
    }

    fn objects(inputs: &Self::Partial, _: &Aws) -> Vec<RealObject> {
        let named = inputs.role_name.now().zip(inputs.instance_profile_name.now()).zip(inputs.owner.now());
        let source = named.and_then(|((role, profile), _)| source_of(role.as_deref(), profile.as_deref()));
        let object = source.zip(named).map(|(source, (_, owner))| RealObject {
            planned: true,
            name: object(source, owner.as_deref()),
            sharing: "If both need the permission for different clusters, give each its own owner.",
        });
        object.into_iter().collect()
    }

    fn claim(state: &State<Self>) -> Option<&str> {
        state.outputs.claim.as_deref()
    }

    async fn verify(call: &Call<Aws>, state: &State<Self>) -> Result<(), Diagnostics> {
        claims::same_account(call, state.outputs.account_id.as_deref()).await
    }

    async fn survey(call: &Call<Aws>, intent: Intent<'_, Self>) -> Result<PullPolicyAttachmentFacts, Diagnostics> {
        planning::survey(call, intent).await
    }

    fn plan(facts: &PullPolicyAttachmentFacts, change: &mut Change<Self>, report: &mut Diagnostics) {
        planning::plan(facts, change, report);
    }

    fn plan_delete(_: &PullPolicyAttachmentFacts, prior: &State<Self>, report: &mut Diagnostics) {
        planning::plan_delete(prior, report);
    }

    async fn create(call: &Call<Aws>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
        let role = match inputs.source()? {
            Source::Role(role) => role.to_owned(),
            Source::InstanceProfile(profile) => await_role_of_profile(call, profile).await?,
        };
        grant::attached(call, inputs, role, false).await
    }

    async fn read(call: &Call<Aws>, state: State<Self>) -> Result<Option<State<Self>>, Diagnostics> {
        let (inputs, role) = (&state.inputs, &state.outputs.role);
        let bare = inputs.mark(None)?;
        let Some(seen) = grant::look(call, role, &bare, &inputs.repository_arns).await? else { return Ok(None) };
        let there = Mark { claim: seen.role.claim_on(&bare), unique: None };
        let call = &claims::reading(call, there);
        let mark = inputs.mark(call.claim())?;
        if seen.role.is_taken(&mark) {
            call.claims().lose(&object(inputs.source()?, inputs.owner.as_deref()), call.claim());
        }
        // Another's policy that this attachment was imported with serves as long as it is there.
        let serves = seen.serves || (state.outputs.imported && seen.is_there);
        // What an interrupted change of the permission has left goes with the next apply.
        let is_clean = grant::stale(&seen.role, &mark, inputs.marks(call.claim())?).is_empty();
        if !serves && !seen.is_left && is_clean {
            return Ok(None);
        }
        let claim = call.claim().map(str::to_owned);
        let outputs = PullPolicyAttachmentOutputs { attached: serves && is_clean, claim, ..state.outputs };
        Ok(Some(State { outputs, inputs: state.inputs }))
    }

    async fn update(call: &Call<Aws>, prior: State<Self>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
        let role = match &inputs.instance_profile_name {
            Some(profile) => find_role_of_profile(call, profile).await?.unwrap_or_else(|| prior.outputs.role.clone()),
            None => prior.outputs.role.clone(),
        };
        let before = prior.inputs.mark(prior.outputs.claim.as_deref())?;
        let is_reclaimed = call.claim() != prior.outputs.claim.as_deref();
        let found = shared_role::look(call, &prior.outputs.role).await?;
        if !is_reclaimed && found.as_ref().is_some_and(|found| found.is_taken(&before)) {
            let object = object(prior.inputs.source()?, prior.inputs.owner.as_deref());
            return Err(claims::held(&object).into());
        }
        let keep = |state: State<Self>| State {
            outputs: PullPolicyAttachmentOutputs { account_id: prior.outputs.account_id.clone(), ..state.outputs },
            ..state
        };
        let wanted = inputs.mark(None)?;
        let of_prior = prior.inputs.marks(prior.outputs.claim.as_deref())?;
        let mut leaving: Vec<RoleMark> = Vec::new();
        if role != prior.outputs.role || wanted != prior.inputs.mark(None)? {
            leaving.push(before.clone());
        }
        leaving.extend(found.iter().flat_map(|found| grant::stale(found, &before, of_prior.clone())));
        leaving.retain(|mark| role != prior.outputs.role || mark.clone().claiming(None) != wanted);
        let imported = prior.outputs.imported;
        let stays_imported = imported && inputs.permission == prior.inputs.permission;
        if leaving.is_empty() {
            return grant::attached(call, inputs, role, stays_imported).await.map(keep);
        }
        // The state forgets the old role, owner and permission only when nothing of them is left. The new mark comes before
        // the old one goes, so that the role can always pull.
        let changed = async {
            let is_kept = inputs.keep_on_destroy;
            let state =
                grant::attached(call, inputs, role, stays_imported).await.map_err(|failure| failure.diagnostics)?;
            for mark in leaving {
                let is_taken_over = imported && !is_kept && mark.permission == before.permission;
                grant::take(call, &prior.outputs.role, &mark, is_taken_over).await?;
            }
            Ok::<_, Diagnostics>(keep(state))
        };
        changed.await.map_err(|diagnostics| Failure::with_state(prior, diagnostics))
    }

    async fn delete(call: &Call<Aws>, state: State<Self>) -> Result<(), Failure<Self>> {
        let (inputs, role) = (&state.inputs, &state.outputs.role);
        let object = object(inputs.source()?, inputs.owner.as_deref());
        if call.claims().is_held_by_another(&object, call.claim()) {
            call.warn(claims::kept(&object));
            return Ok(());
        }
        let mark = inputs.mark(call.claim())?;
        if let Some(found) = shared_role::look(call, role).await? {
            for mark in grant::stale(&found, &mark, inputs.marks(call.claim())?) {
                grant::take(call, role, &mark, false).await?;
            }
        }
        let detached = if inputs.keep_on_destroy {
            shared_role::leave(call, role, &mark).await?
        } else {
            grant::take(call, role, &mark, state.outputs.imported).await?
        };
        if detached == Detached::Taken {
            call.warn(claims::kept(&object));
        }
        Ok(())
    }

    async fn import(call: &Call<Aws>, id: &str) -> Result<State<Self>, Diagnostics> {
        let (inputs, permission) = Self::of_id(id)?;
        let role = match inputs.source()? {
            Source::Role(role) => role.to_owned(),
            Source::InstanceProfile(profile) => role_of_profile(call, profile).await?,
        };
        let found = shared_role::look(call, &role).await?.ok_or_else(|| shared_role::no_such_role(&role))?;
        let inputs = inputs.recognized(call, &role, &found, permission).await?;
        let claim = found.claim_on(&inputs.mark(None)?).map(str::to_owned);
        let unseen = Self::outputs(call, &inputs, role).await?;
        Ok(State { inputs, outputs: PullPolicyAttachmentOutputs { attached: true, imported: true, claim, ..unseen } })
    }

    fn move_state(source: &MoveSource<'_>) -> Option<Result<State<Self>, Diagnostics>> {
        move_source::is_aws(source, "aws_iam_role_policy_attachment").then(|| {
            let role = move_source::required(source, "role")?.to_owned();
            let policy_arn = move_source::required(source, "policy_arn")?.to_owned();
            let Some(permission) = PullPermission::of_policy(&policy_arn) else {
                let why = format!(
                    "It attaches {policy_arn}, and not AWS's AmazonEC2ContainerRegistryReadOnly or \
                     AmazonEC2ContainerRegistryPullOnly."
                );
                return Err(move_source::refused(source, why));
            };
            let permission = permission.name().to_owned();
            let inputs = Self { role_name: Some(role.clone()), permission, ..Self::nobodys() };
            let outputs = PullPolicyAttachmentOutputs {
                id: Source::Role(&role).to_string(),
                role,
                policy_arn: Some(policy_arn),
                policy_name: None,
                attached: true,
                imported: true,
                account_id: None,
                claim: claims::unread(),
            };
            Ok(State { inputs, outputs })
        })
    }

    async fn probe(call: &Call<Aws>, inputs: Self) -> Result<Option<State<Self>>, Diagnostics> {
        let role = match inputs.source()? {
            Source::Role(role) => Some(role.to_owned()),
            Source::InstanceProfile(profile) => find_role_of_profile(call, profile).await?,
        };
        let Some(role) = role else { return Ok(None) };
        Self::left(call, inputs, role).await
    }
}

impl PullPolicyAttachment {
    /// This attachment to that role, if the role is there.
    pub(crate) async fn look(call: &Call<Aws>, inputs: Self, role: &str) -> Result<Option<State<Self>>, Diagnostics> {
        let outputs = Self::outputs(call, &inputs, role.to_owned()).await?;
        Self::read(call, State { outputs, inputs }).await
    }

    /// What an interrupted create of this attachment has left on the role: its mark, with or without the policy.
    async fn left(call: &Call<Aws>, inputs: Self, role: String) -> Result<Option<State<Self>>, Diagnostics> {
        let mark = inputs.mark(None)?;
        let seen = grant::look(call, &role, &mark, &inputs.repository_arns).await?;
        let Some(seen) = seen.filter(|seen| seen.role.carries(&mark)) else { return Ok(None) };
        let unseen = Self::outputs(call, &inputs, role).await?;
        let claim = seen.role.claim_on(&mark).map(str::to_owned);
        Ok(Some(State { outputs: PullPolicyAttachmentOutputs { attached: seen.serves, claim, ..unseen }, inputs }))
    }

    /// Whether the instance profile has another role by now than the one that has the policy.
    pub(crate) async fn has_moved(call: &Call<Aws>, state: &State<Self>) -> Result<bool, Diagnostics> {
        let Some(profile) = &state.inputs.instance_profile_name else { return Ok(false) };
        Ok(find_role_of_profile(call, profile).await?.is_some_and(|role| role != state.outputs.role))
    }

    /// What is said of an attachment that nobody has looked at yet.
    async fn outputs(
        call: &Call<Aws>,
        inputs: &Self,
        role: String,
    ) -> Result<PullPolicyAttachmentOutputs, Diagnostics> {
        let mark = inputs.mark(None)?;
        Ok(PullPolicyAttachmentOutputs {
            id: inputs.source()?.to_string(),
            role,
            policy_arn: mark.permission.policy_arn(call.region()),
            policy_name: planning::policy_name(&mark),
            attached: false,
            imported: false,
            account_id: call.identity().await?.map(|identity| identity.account),
            claim: call.claim().map(str::to_owned),
        })
    }

    /// Nothing named, for nobody in particular.
    fn nobodys() -> Self {
        Self {
            role_name: None,
            instance_profile_name: None,
            permission: PullPermission::ReadOnly.name().to_owned(),
            repository_arns: BTreeSet::new(),
            keep_on_destroy: false,
            owner: None,
            timeouts: None,
        }
    }

    /// The permission. Validation leaves no other name.
    fn chosen(&self) -> PullPermission {
        PullPermission::named(&self.permission).unwrap_or(PullPermission::ReadOnly)
    }

    /// What the role is marked with, under that claim.
    fn mark(&self, claim: Option<&str>) -> Result<RoleMark, Diagnostics> {
        Ok(RoleMark::of(self.chosen(), self.owner.as_deref(), self.source()?).claiming(claim))
    }

    /// What the role would be marked with for each permission, under that claim.
    fn marks(&self, claim: Option<&str>) -> Result<Vec<RoleMark>, Diagnostics> {
        let source = self.source()?;
        let of = |permission| RoleMark::of(permission, self.owner.as_deref(), source).claiming(claim);
        Ok(PullPermission::ALL.map(of).into())
    }

    /// Through what the role is named.
    fn source(&self) -> Result<Source<'_>, Diagnostics> {
        let source = source_of(self.role_name.as_deref(), self.instance_profile_name.as_deref());
        source.ok_or_else(|| not_exactly_one(self.role_name.is_some()).into())
    }
}

/// Through what a role is named, where exactly one is given.
fn source_of<'a>(role: Option<&'a str>, profile: Option<&'a str>) -> Option<Source<'a>> {
    match (role, profile) {
        (Some(role), None) => Some(Source::Role(role)),
        (None, Some(profile)) => Some(Source::InstanceProfile(profile)),
        _ => None,
    }
}

/// The attachment as a person reads it.
fn object(source: Source<'_>, owner: Option<&str>) -> String {
    let owner = owner.map_or_else(String::new, |owner| format!(" for {owner}"));
    format!("pull permission of {source}{owner}")
}

fn not_exactly_one(both: bool) -> Diagnostic {
    let what = if both { "Both are set, and they may mean different roles." } else { "Neither is set." };
    Diagnostic::error("Either role_name or instance_profile_name")
        .detail(format!("The role is named by one of them. {what}"))
        .fix("On ROSA Classic set role_name; on ROSA with hosted control planes set instance_profile_name.")
        .at("role_name")
}

#[cfg(test)]
mod test_changes;
#[cfg(test)]
mod tests;
