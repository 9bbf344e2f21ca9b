//! `rosa_ecr_pull_policy_attachment`: the permission of worker nodes to pull.
//!
//! | Operation | Calls of IAM (each needs the IAM action of its name) |
//! |---|---|
//! | plan | `GetInstanceProfile` where a profile is named |
//! | create, update | that; `ListAttachedRolePolicies`, `ListRoleTags`; where they show that something is missing, `TagRole`, `AttachRolePolicy` |
//! | read | `ListAttachedRolePolicies`, `ListRoleTags` |
//! | delete | `UntagRole`, `ListAttachedRolePolicies`, `ListRoleTags`; for the last one to go, `DetachRolePolicy` |
//!
//! `role_name` and `instance_profile_name` force replacement. A profile that gets another role does not: the policy
//! moves. Roles are shared, and the policy may have been there before: [`shared_role`](super::shared_role) says how that
//! stays safe.

mod ids;

use std::collections::BTreeSet;

use rosa_ecr_derive::{Inputs, Outputs};
use rosa_ecr_model::{
    Attributes as _, Call, Change, Diagnostic, Diagnostics, Failure, IdentityAttribute, Intent, Known, MoveSource,
    Page, RealObject, Resource, State, TimeoutDefaults, Timeouts,
};

use super::instance_profile::{Profile, await_role_of_profile, find_role_of_profile, look_at_profile, role_of_profile};
use super::names;
use super::shared_role::{self, Mark as RoleMark, Source};
use crate::claims::{self, Mark};
use crate::provider::Aws;
use crate::{move_source, page, tags};

/// Lets worker nodes pull from the account's ECR repositories: attaches `AmazonEC2ContainerRegistryReadOnly` to their
/// role. The role may be shared between clusters, and the policy goes only with the last of them.
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
    /// ARN of the policy.
    pub policy_arn: String,
    /// Whether the role has the policy, and keeps it while this attachment needs it: false also where another cluster
    /// could take it away, because the tag that speaks for this attachment is gone from the role.
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

/// What the plan of an attachment has to know.
#[derive(Debug, Default)]
pub struct PullPolicyAttachmentFacts {
    policy_arn: Option<String>,
    /// The role of the instance profile, if one is named and exists.
    role_of_profile: Option<String>,
    account: Option<String>,
    /// What to say if the create takes it over.
    taking_over: Option<Diagnostic>,
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
            "iam:DetachRolePolicy",
            "iam:GetInstanceProfile",
            "iam:ListAttachedRolePolicies",
            "iam:ListRoleTags",
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
        let wanted = match &intent {
            Intent::Create(inputs) => Self::complete((*inputs).clone()).ok(),
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
            policy_arn: Some(shared_role::policy_arn(call.region())),
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
                facts.taking_over = claims::taking_over(call, &object, &role, claim.as_deref(), Self::TYPE);
            }
        }
        Ok(facts)
    }

    fn plan(facts: &PullPolicyAttachmentFacts, change: &mut Change<Self>, report: &mut Diagnostics) {
        report.extend(facts.taking_over.clone());
        if change.prior.is_none() || !change.replace.is_empty() {
            change.outputs.account_id = Known::Now(facts.account.clone());
            change.outputs.claim = Known::Later;
        }
        let (inputs, outputs) = (&change.inputs, &mut change.outputs);
        let named = inputs.role_name.clone().zip(inputs.instance_profile_name.clone());
        outputs.id = named.clone().and_then(|(role, profile)| {
            let source = role.as_deref().map(Source::Role).or(profile.as_deref().map(Source::InstanceProfile));
            Known::from(source.map(|source| source.to_string()))
        });
        outputs.role = match named {
            Known::Now((Some(role), _)) => Known::Now(role),
            Known::Now((None, Some(_))) => match (&facts.role_of_profile, &change.prior) {
                (Some(role), _) => Known::Now(role.clone()),
                // The profile is gone, or nobody could be asked: the role that has the policy stays.
                (None, Some(prior)) if change.replace.is_empty() => Known::Now(prior.outputs.role.clone()),
                _ => Known::Later,
            },
            _ => Known::Later,
        };
        outputs.policy_arn = match &facts.policy_arn {
            Some(arn) => Known::Now(arn.clone()),
            None => outputs.policy_arn.clone(),
        };
        outputs.attached = Known::Now(true);
        let prior = change.prior.as_ref().filter(|_| change.replace.is_empty());
        outputs.imported = Known::Now(prior.is_some_and(|prior| prior.outputs.imported));
    }

    async fn create(call: &Call<Aws>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
        let role = match inputs.source()? {
            Source::Role(role) => role.to_owned(),
            Source::InstanceProfile(profile) => await_role_of_profile(call, profile).await?,
        };
        attached(call, inputs, role, false).await
    }

    async fn read(call: &Call<Aws>, state: State<Self>) -> Result<Option<State<Self>>, Diagnostics> {
        let found = shared_role::look(call, &state.outputs.role).await?;
        let bare = state.inputs.mark(None)?;
        let there = Mark { claim: found.as_ref().and_then(|found| found.claim_on(&bare)), unique: None };
        let call = &claims::reading(call, there);
        let mark = state.inputs.mark(call.claim())?;
        if found.as_ref().is_some_and(|found| found.is_taken(&mark)) {
            call.claims().lose(&object(state.inputs.source()?, state.inputs.owner.as_deref()), call.claim());
        }
        // Another's policy that this attachment was imported with serves as long as it is there.
        let is_served =
            |found: &shared_role::ObservedRole| found.serves(&mark) || (state.outputs.imported && found.attached);
        Ok(found.filter(|found| is_served(found) || found.has_left(&mark)).map(|found| {
            let attached = is_served(&found);
            let claim = call.claim().map(str::to_owned);
            State { outputs: PullPolicyAttachmentOutputs { attached, claim, ..state.outputs }, inputs: state.inputs }
        }))
    }

    async fn update(call: &Call<Aws>, prior: State<Self>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
        let role = match &inputs.instance_profile_name {
            Some(profile) => find_role_of_profile(call, profile).await?.unwrap_or_else(|| prior.outputs.role.clone()),
            None => prior.outputs.role.clone(),
        };
        let imported = prior.outputs.imported;
        let before = prior.inputs.mark(prior.outputs.claim.as_deref())?;
        let is_reclaimed = call.claim() != prior.outputs.claim.as_deref();
        let found = shared_role::look(call, &prior.outputs.role).await?;
        if !is_reclaimed && found.is_some_and(|found| found.is_taken(&before)) {
            let object = object(prior.inputs.source()?, prior.inputs.owner.as_deref());
            return Err(claims::held(&object).into());
        }
        let keep = |state: State<Self>| State {
            outputs: PullPolicyAttachmentOutputs { account_id: prior.outputs.account_id.clone(), ..state.outputs },
            ..state
        };
        if role == prior.outputs.role && inputs.mark(None)? == prior.inputs.mark(None)? {
            return attached(call, inputs, role, imported).await.map(keep);
        }
        // The state forgets the old role and the old owner only when nothing of them is left. The new mark comes before the
        // old one goes, so that a policy that stays is never taken away.
        let moved = async {
            let state = attached(call, inputs, role, imported).await.map_err(|failure| failure.diagnostics)?;
            shared_role::detach(call, &prior.outputs.role, &before, imported).await.map(|_| keep(state))
        };
        moved.await.map_err(|diagnostics| Failure::with_state(prior, diagnostics))
    }

    async fn delete(call: &Call<Aws>, state: State<Self>) -> Result<(), Failure<Self>> {
        let mark = state.inputs.mark(call.claim())?;
        let object = object(state.inputs.source()?, state.inputs.owner.as_deref());
        let is_taken = call.claims().is_held_by_another(&object, call.claim())
            || shared_role::detach(call, &state.outputs.role, &mark, state.outputs.imported).await?
                == shared_role::Detached::Taken;
        if is_taken {
            call.warn(claims::kept(&object));
        }
        Ok(())
    }

    async fn import(call: &Call<Aws>, id: &str) -> Result<State<Self>, Diagnostics> {
        let inputs = Self::of_id(id)?;
        let role = match inputs.source()? {
            Source::Role(role) => role.to_owned(),
            Source::InstanceProfile(profile) => role_of_profile(call, profile).await?,
        };
        let found = shared_role::look(call, &role).await?.ok_or_else(|| shared_role::no_such_role(&role))?;
        let policy_arn = shared_role::policy_arn(call.region());
        if !found.attached {
            return Err(Diagnostic::error(format!("The role {role} does not have the pull policy"))
                .detail(format!("{policy_arn} is not attached to it, so there is no attachment to import."))
                .fix("Leave the import out: the next apply attaches it.")
                .into());
        }
        let claim = found.claim_on(&inputs.mark(None)?).map(str::to_owned);
        let unseen = Self::outputs(call, inputs.source()?.to_string(), role).await?;
        Ok(State { inputs, outputs: PullPolicyAttachmentOutputs { attached: true, imported: true, claim, ..unseen } })
    }

    fn move_state(source: &MoveSource<'_>) -> Option<Result<State<Self>, Diagnostics>> {
        move_source::is_aws(source, "aws_iam_role_policy_attachment").then(|| {
            let role = move_source::required(source, "role")?.to_owned();
            let policy_arn = move_source::required(source, "policy_arn")?.to_owned();
            if !shared_role::is_pull_policy(&policy_arn) {
                let why = format!("It attaches {policy_arn}, and not AWS's AmazonEC2ContainerRegistryReadOnly.");
                return Err(move_source::refused(source, why));
            }
            let inputs = Self { role_name: Some(role.clone()), ..Self::nobodys() };
            let id = Source::Role(&role).to_string();
            let (account_id, claim) = (None, claims::unread());
            let outputs =
                PullPolicyAttachmentOutputs { id, role, policy_arn, attached: true, imported: true, account_id, claim };
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
    /// The attachment of that id in an owner's name to that role, if the role is there.
    pub(crate) async fn look(
        call: &Call<Aws>,
        owner: &str,
        id: &str,
        role: &str,
    ) -> Result<Option<State<Self>>, Diagnostics> {
        let inputs = Self { owner: Some(owner.to_owned()), ..Self::of_id(id)? };
        Self::read(call, State { outputs: Self::outputs(call, id.to_owned(), role.to_owned()).await?, inputs }).await
    }

    /// What an interrupted create of this attachment has left on the role: its mark, with or without the policy.
    pub(crate) async fn left(call: &Call<Aws>, inputs: Self, role: String) -> Result<Option<State<Self>>, Diagnostics> {
        let mark = inputs.mark(None)?;
        let Some(found) = shared_role::look(call, &role).await? else { return Ok(None) };
        let serves = found.serves(&mark);
        if !found.carries(&mark) {
            return Ok(None);
        }
        let unseen = Self::outputs(call, inputs.source()?.to_string(), role).await?;
        let claim = found.claim_on(&mark).map(str::to_owned);
        Ok(Some(State { outputs: PullPolicyAttachmentOutputs { attached: serves, claim, ..unseen }, inputs }))
    }

    /// Whether the instance profile has another role by now than the one that has the policy.
    pub(crate) async fn has_moved(call: &Call<Aws>, state: &State<Self>) -> Result<bool, Diagnostics> {
        let Some(profile) = &state.inputs.instance_profile_name else { return Ok(false) };
        Ok(find_role_of_profile(call, profile).await?.is_some_and(|role| role != state.outputs.role))
    }

    /// What is said of an attachment that nobody has looked at yet.
    async fn outputs(call: &Call<Aws>, id: String, role: String) -> Result<PullPolicyAttachmentOutputs, Diagnostics> {
        let policy_arn = shared_role::policy_arn(call.region());
        let account_id = call.identity().await?.map(|identity| identity.account);
        let claim = call.claim().map(str::to_owned);
        Ok(PullPolicyAttachmentOutputs { id, role, policy_arn, attached: false, imported: false, account_id, claim })
    }

    /// Nothing named, for nobody in particular.
    fn nobodys() -> Self {
        Self { role_name: None, instance_profile_name: None, owner: None, timeouts: None }
    }

    /// What the role is marked with, under that claim.
    fn mark(&self, claim: Option<&str>) -> Result<RoleMark, Diagnostics> {
        Ok(RoleMark::of(self.owner.as_deref(), self.source()?).claiming(claim))
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

/// Attaches the policy and says so. From the first write on, a failure leaves a state: a delete then undoes the rest.
async fn attached(
    call: &Call<Aws>,
    inputs: PullPolicyAttachment,
    role: String,
    imported: bool,
) -> Result<State<PullPolicyAttachment>, Failure<PullPolicyAttachment>> {
    let (id, mark) = (inputs.source()?.to_string(), inputs.mark(call.claim())?);
    let unseen = PullPolicyAttachment::outputs(call, id, role.clone()).await?;
    let attached = shared_role::attach(call, &role, &mark).await;
    let outputs = PullPolicyAttachmentOutputs { attached: attached.is_ok(), imported, ..unseen };
    let state = State { inputs, outputs };
    match attached {
        Ok(()) => Ok(state),
        Err(shared_role::NotAttached { wrote: false, diagnostics }) => Err(diagnostics.into()),
        Err(shared_role::NotAttached { wrote: true, diagnostics }) => Err(Failure::with_state(state, diagnostics)),
    }
}

fn not_exactly_one(both: bool) -> Diagnostic {
    let what = if both { "Both are set, and they may mean different roles." } else { "Neither is set." };
    Diagnostic::error("Either role_name or instance_profile_name")
        .detail(format!("The role is named by one of them. {what}"))
        .fix("On ROSA Classic set role_name; on ROSA with hosted control planes set instance_profile_name.")
        .at("role_name")
}

#[cfg(test)]
mod tests;
