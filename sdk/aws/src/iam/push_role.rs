//! `rosa_ecr_push_role`: the role of a build pipeline that pushes.
//!
//! | Operation | Calls of IAM (each needs the IAM action of its name) |
//! |---|---|
//! | plan of a create | `GetRole`, `GetRolePolicy` where one exists |
//! | create | `CreateRole` with `TagRole`, `PutRolePolicy`; then what read calls; where the role exists already, what update calls |
//! | read | `GetRole`, `GetRolePolicy` |
//! | update | of `UpdateAssumeRolePolicy`, `PutRolePolicy`, `UpdateRole`, `PutRolePermissionsBoundary`, `DeleteRolePermissionsBoundary`, `TagRole`, `UntagRole` what changed |
//! | delete | `GetRole`, `DeleteRolePolicy`, `DeleteRole`; `ListAttachedRolePolicies`, `ListRolePolicies`, `ListInstanceProfilesForRole` to say what is in the way; with `force_detach_policies` these first, and `DetachRolePolicy`, `RemoveRoleFromInstanceProfile` |
//! | import | what read calls; `ListRolePolicies` where the inline policy has another name |
//!
//! What the two policies say is in [`role_trust`](super::role_trust) and [`push_policy`](super::push_policy). IAM cannot rename
//! or move a role: `name` and `path` force replacement. An edit of a policy is one put.
//!
//! A `name_prefix` is completed by what the role is for, so that the plan knows the name, and a create that was interrupted
//! finds its role again.

mod calls;
mod convergence;
mod detachment;
mod listing;
mod observation;
mod refusals;
mod rules;

use std::collections::{BTreeMap, BTreeSet};

use rosa_ecr_derive::{Inputs, Outputs};
use rosa_ecr_model::{
    Call, Change, Diagnostic, Diagnostics, Failure, IdentityAttribute, Intent, Known, Page, RealObject, Resource,
    State, TimeoutDefaults, Timeouts,
};

use self::calls::{Created, ObservedPushRole};
use self::convergence::{adopt, converge, readable};
pub use self::listing::PushRoleQuery;
use self::observation::annotations;
use self::refusals::taken;
use super::{irsa, names, push_policy, role_trust};
use crate::claims::{self, Mark};
use crate::import_id::{self, Imported};
use crate::page;
use crate::partition::Partition;
use crate::provider::Aws;
use crate::tags::{self, Tags};
use crate::tags::{Owner, TagPolicy};

/// The component that ownership tags name.
const COMPONENT: &str = "push-role";

/// The name of the inline policy, where this resource gives it.
const POLICY_NAME: &str = "rosa-ecr-push";

/// An IAM role with which the pods of the listed service accounts and the listed principals of IAM, and no others, push
/// images to the listed repositories, and to no other.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct PushRole {
    /// Name of the role. Set it or `name_prefix`. Changing it makes a new role.
    #[attr(computed, replace, check(names::role_name))]
    pub name: Option<String>,
    /// What the name of the role starts with, 1 to 50 characters. The rest is made from what the role is for: whom it trusts,
    /// where it pushes, and its path. So roles of one prefix must differ in that when they are made; a later change of it
    /// keeps the name. A prefix that the name does not start with makes a new role.
    #[attr(check(rules::name_prefix))]
    pub name_prefix: Option<String>,
    /// ARNs of the repositories that can be pushed to. With `create_repositories` one may end in `*`, such as
    /// `arn:aws:ecr:us-east-1:123456789012:repository/mirror/*`.
    #[attr(count(1..), each(push_policy::repository_arn_or_prefix))]
    pub repository_arns: BTreeSet<String>,
    /// Whether the role may make repositories, within `repository_arns` only. A push makes the repository that it goes to, if
    /// a repository creation template for `CREATE_ON_PUSH` covers its name: `oc mirror` needs that.
    #[attr(default = false)]
    pub create_repositories: bool,
    /// ARN of the cluster's OIDC provider. Goes together with `service_accounts`.
    #[attr(check(irsa::oidc_provider_arn))]
    pub oidc_provider_arn: Option<String>,
    /// The service accounts that may have the role, each as `namespace:name`. They or `trusted_principals` are required.
    #[attr(default = [], each(irsa::service_account))]
    pub service_accounts: BTreeSet<String>,
    /// ARNs of roles, users or accounts of IAM that may assume the role besides, such as the role of a bastion from which
    /// images are mirrored. An account, `arn:aws:iam::<account>:root`, stands for all in it whom their own policies allow
    /// to.
    #[attr(default = [], each(role_trust::principal))]
    pub trusted_principals: BTreeSet<String>,
    /// Description of the role, at most 1000 characters. Where it is not set, a new role has one of this provider's, and one
    /// that exists keeps what it has.
    #[attr(computed, check(rules::description))]
    pub description: Option<String>,
    /// Path of the role, such as `/pipelines/`. Changing it makes a new role; where it is not set, a role keeps what it
    /// has.
    #[attr(default = "/", replace, check(rules::path))]
    pub path: String,
    /// ARN of the policy that bounds what the role can ever be allowed. An empty text is none, as if it were not set.
    #[attr(check(rules::boundary))]
    pub permissions_boundary: Option<String>,
    /// Whether a destroy takes away what others have given the role in the meantime: managed policies are detached, inline
    /// ones deleted, and instance profiles lose the role. Otherwise they are in the way of the destroy, which names them. A
    /// destroy reads it from the state: apply a change of it before you destroy.
    #[attr(default = false)]
    pub force_detach_policies: bool,
    /// How long a session of the role may last, in seconds: from 3600 to 43200.
    #[attr(default = 3600, range(3600..=43200))]
    pub max_session_duration: i64,
    /// Tags of the role, besides the provider's `default_tags`.
    #[attr(default = {}, keys(tags::check_key), each(tags::check_value))]
    pub tags: Tags,
    /// Time limits.
    #[attr(block)]
    pub timeouts: Option<Timeouts>,
}

/// What a push role says of itself.
#[derive(Clone, Debug, PartialEq, Outputs)]
pub struct PushRoleOutputs {
    /// The name of the role.
    pub id: String,
    /// ARN of the role.
    pub arn: String,
    /// The annotations that a service account needs to have the role.
    pub service_account_annotations: BTreeMap<String, String>,
    /// The policy that says who may have the role, as it is.
    pub trust_policy: String,
    /// The inline policy that says what the role may do, as it is; null where it is gone.
    pub push_policy: Option<String>,
    /// Name of the inline policy.
    pub push_policy_name: String,
    /// All tags, with the provider's `default_tags`.
    pub tags_all: Tags,
    /// Unique id of the role. It distinguishes the role from a later one of the same name.
    pub unique_id: Option<String>,
    /// The claim of this resource on the role: the value of its tag `rosa-ecr/claim`. A role with another claim belongs to
    /// another resource, and is neither changed nor deleted.
    pub claim: Option<String>,
}

/// What the plan of a push role has to know.
#[derive(Debug, Default)]
pub struct PushRoleFacts {
    account: Option<String>,
    partition: Option<&'static str>,
    owner: Owner,
    tags: Option<TagPolicy>,
    /// The role of that name, if a create would meet one.
    existing: Option<ObservedPushRole>,
    /// What to say if the create takes it over.
    taking_over: Option<Diagnostic>,
}

impl Resource for PushRole {
    const TYPE: &'static str = "rosa_ecr_push_role";
    const PAGE: Page = page::permissions(&["let builds on the cluster push"]);
    const TIMEOUTS: TimeoutDefaults = TimeoutDefaults::minutes(2, 2, 2);
    const IDENTITY: &'static [IdentityAttribute] =
        &[IdentityAttribute { name: "name", description: "Name of the role.", required: true }];
    type Outputs = PushRoleOutputs;
    type Context = Aws;
    type Facts = PushRoleFacts;

    fn permissions() -> BTreeSet<&'static str> {
        BTreeSet::from([
            "iam:CreateRole",
            "iam:DeleteRole",
            "iam:DeleteRolePermissionsBoundary",
            "iam:DeleteRolePolicy",
            "iam:GetRole",
            "iam:GetRolePolicy",
            "iam:ListAttachedRolePolicies",
            "iam:ListInstanceProfilesForRole",
            "iam:ListRolePolicies",
            "iam:PutRolePermissionsBoundary",
            "iam:PutRolePolicy",
            "iam:TagRole",
            "iam:UntagRole",
            "iam:UpdateAssumeRolePolicy",
            "iam:UpdateRole",
        ])
    }

    fn permissions_by_argument() -> BTreeMap<&'static str, BTreeSet<&'static str>> {
        BTreeMap::from([(
            "force_detach_policies",
            BTreeSet::from(["iam:DetachRolePolicy", "iam:RemoveRoleFromInstanceProfile"]),
        )])
    }

    fn timeouts(&self) -> Option<&Timeouts> {
        self.timeouts.as_ref()
    }

    fn resolve(_: Option<&Aws>, config: &Self::Partial, inputs: &mut Self::Partial) {
        rules::resolve(config, inputs);
    }

    fn validate(inputs: &Self::Partial, report: &mut Diagnostics) {
        rules::validate(inputs, report);
    }

    fn objects(inputs: &Self::Partial, _: &Aws) -> Vec<RealObject> {
        let name = inputs.name.now().and_then(Option::as_deref);
        name.map(|name| RealObject::new(object(name))).into_iter().collect()
    }

    fn claim(state: &State<Self>) -> Option<&str> {
        state.outputs.claim.as_deref()
    }

    async fn verify(call: &Call<Aws>, state: &State<Self>) -> Result<(), Diagnostics> {
        claims::same_account(call, claims::account_of(&state.outputs.arn)).await
    }

    async fn survey(call: &Call<Aws>, intent: Intent<'_, Self>) -> Result<PushRoleFacts, Diagnostics> {
        let mut facts = PushRoleFacts {
            account: call.identity().await?.map(|identity| identity.account),
            partition: Some(Partition::of_region(call.region()).name),
            owner: call.owner().clone(),
            tags: Some(call.tags().clone()),
            existing: None,
            taking_over: None,
        };
        match intent {
            Intent::Create(inputs) => {
                if let Known::Now(Some(name)) = &inputs.name {
                    let found = calls::find(call, name, POLICY_NAME).await?;
                    let owned = found.as_ref().filter(|found| call.owner().owns(COMPONENT, &found.tags));
                    facts.taking_over = owned.and_then(|found| {
                        claims::taking_over(call, &object(name), &found.arn, found.mark().claim, Self::TYPE)
                    });
                    facts.existing = found.filter(|found| !call.is_marked_for_replacement(&found.arn));
                }
            }
            Intent::Update { prior, replace: true, .. } | Intent::Delete(prior) => {
                call.mark_for_replacement(&prior.outputs.arn);
            }
            Intent::Update { .. } => {}
        }
        Ok(facts)
    }

    fn plan(facts: &PushRoleFacts, change: &mut Change<Self>, report: &mut Diagnostics) {
        report.extend(facts.taking_over.clone());
        let (inputs, outputs) = (&change.inputs, &mut change.outputs);
        if let Some(found) = &facts.existing {
            if !facts.owner.owns(COMPONENT, &found.tags) {
                report.push(taken(found));
            } else if rules::is_of_another(inputs, found) {
                report.push(refusals::prefix_taken(found));
            }
        }
        if change.prior.is_none() || !change.replace.is_empty() {
            let place = Known::from(facts.partition).zip(facts.account.clone().into());
            let name = inputs.name.clone().and_then(Known::from);
            let named = inputs.path.clone().zip(name.clone());
            outputs.id = name;
            outputs.arn = place
                .zip(named)
                .map(|((partition, account), (path, name))| format!("arn:{partition}:iam::{account}:role{path}{name}"));
            outputs.service_account_annotations = outputs.arn.clone().map(annotations);
            outputs.push_policy_name = Known::Now(POLICY_NAME.to_owned());
            (outputs.unique_id, outputs.claim) = (Known::Later, Known::Later);
        }
        outputs.trust_policy = observation::trust(inputs).and_then(|trust| trust.policy().ok().into());
        outputs.push_policy = observation::pushes(inputs).map(|pushes| Some(pushes.policy()));
        outputs.tags_all = tags::planned(facts.tags.as_ref(), &inputs.tags, tags::OWN_TAGS, report);
    }

    async fn create(call: &Call<Aws>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
        let inputs = inputs.completed();
        let trust = inputs.trust_policy()?;
        match calls::create(call, &inputs, &trust, &inputs.wanted_tags(call)).await? {
            Created::Now(fresh) => readable(call, converge(call, *fresh, inputs, POLICY_NAME).await?).await,
            Created::Exists => adopt(call, inputs).await,
        }
    }

    async fn read(call: &Call<Aws>, state: State<Self>) -> Result<Option<State<Self>>, Diagnostics> {
        let name = state.inputs.role();
        let Some(found) = calls::find(call, name, &state.outputs.push_policy_name).await? else { return Ok(None) };
        if !claims::reads(call, &object(name), mark(&state), found.mark()) {
            return Ok(None);
        }
        let mut now = state.inputs.observed(call, &found, &state.outputs.push_policy_name);
        // Of a later role that another declaration holds, the state does not take the id.
        now.outputs.unique_id = state.outputs.unique_id.or(now.outputs.unique_id);
        Ok(Some(now))
    }

    async fn update(call: &Call<Aws>, prior: State<Self>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
        let (policy_name, name) = (&prior.outputs.push_policy_name, inputs.role());
        let found = calls::find(call, name, policy_name).await?.ok_or_else(|| {
            Diagnostic::error(format!("The role {name} is gone"))
                .detail("It was deleted while this was going on.")
                .fix("Run this again: a new one is made.")
        })?;
        claims::changes(call, &object(name), mark(&prior), found.mark())?;
        let mut updated = converge(call, found, inputs, policy_name).await?;
        // The plan has promised it: a state of before has none.
        updated.outputs.unique_id = prior.outputs.unique_id;
        Ok(updated)
    }

    async fn delete(call: &Call<Aws>, state: State<Self>) -> Result<(), Failure<Self>> {
        let name = state.inputs.role();
        let Some(found) = calls::find_role(call, name).await? else { return Ok(()) };
        if !claims::deletes(call, &object(name), mark(&state), found.mark()) {
            return Ok(());
        }
        if state.inputs.force_detach_policies {
            detachment::detach(call, name).await?;
        }
        Ok(calls::delete(call, name, &state.outputs.push_policy_name).await?)
    }

    async fn import(call: &Call<Aws>, id: &str) -> Result<State<Self>, Diagnostics> {
        let (_, id) = import_id::read(call, Imported::Role, id).await?;
        if let Err(violation) = names::role_name(id) {
            let wrong = Diagnostic::error(format!("\"{id}\" is no name of a role"));
            return Err(wrong.detail(violation.rule).fix(violation.fix).into());
        }
        let (found, policy_name) = calls::find_with_policy(call, id, POLICY_NAME).await?.ok_or_else(|| {
            Diagnostic::error(format!("There is no role {id}")).fix("Check the name, and the account of the provider.")
        })?;
        Self::imported(call, id, &found, &policy_name)
    }

    async fn probe(call: &Call<Aws>, inputs: Self) -> Result<Option<State<Self>>, Diagnostics> {
        let inputs = inputs.completed();
        let found = calls::find(call, inputs.role(), POLICY_NAME).await?;
        let own = found.filter(|found| call.owner().owns(COMPONENT, &found.tags));
        Ok(own.map(|found| inputs.observed(&found.claiming(call), &found, POLICY_NAME)))
    }
}

/// The role as a person reads it.
fn object(name: &str) -> String {
    format!("IAM role {name}")
}

/// What the state recorded of its role.
fn mark(state: &State<PushRole>) -> Mark<'_> {
    Mark { claim: state.outputs.claim.as_deref(), unique: state.outputs.unique_id.as_deref() }
}

#[cfg(test)]
mod tests;
