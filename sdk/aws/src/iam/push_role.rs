//! `rosa_ecr_push_role`: the role of a build pipeline that pushes.
//!
//! | Operation | Calls of IAM (each needs the IAM action of its name) |
//! |---|---|
//! | plan of a create | `GetRole`, `GetRolePolicy` where one exists |
//! | create | `CreateRole` with `TagRole`, `PutRolePolicy`; then what read calls; where the role exists already, what update calls |
//! | read | `GetRole`, `GetRolePolicy` |
//! | update | of `UpdateAssumeRolePolicy`, `PutRolePolicy`, `UpdateRole`, `PutRolePermissionsBoundary`, `DeleteRolePermissionsBoundary`, `TagRole`, `UntagRole` what changed |
//! | delete | `GetRole`, `DeleteRolePolicy`, `DeleteRole`; `ListAttachedRolePolicies`, `ListRolePolicies`, `ListInstanceProfilesForRole` to say what is in the way |
//! | import | what read calls; `ListRolePolicies` where the inline policy has another name |
//!
//! What the two policies say is in [`irsa`](super::irsa). IAM cannot rename or move a role: `name` and `path` force
//! replacement. An edit of a policy is one put.

mod calls;
mod convergence;
mod listing;
mod refusals;

use std::collections::{BTreeMap, BTreeSet};

use rosa_ecr_derive::{Inputs, Outputs};
use rosa_ecr_model::{
    Call, Change, Diagnostic, Diagnostics, Failure, IdentityAttribute, Intent, Known, Page, RealObject, Resource,
    State, TimeoutDefaults, Timeouts, Violation,
};

use self::calls::{Created, ObservedPushRole};
use self::convergence::{adopt, converge, readable};
pub use self::listing::PushRoleQuery;
use self::refusals::taken;
use super::{irsa, names, policy_document as policies};
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

/// An IAM role with which the pods of the listed service accounts, and nothing else, push images to the listed
/// repositories, and to no other.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct PushRole {
    /// Name of the role. Changing it makes a new role.
    #[attr(replace, check(names::role_name))]
    pub name: String,
    /// ARNs of the repositories that can be pushed to.
    #[attr(count(1..), each(irsa::repository_arn))]
    pub repository_arns: BTreeSet<String>,
    /// ARN of the cluster's OIDC provider.
    #[attr(check(irsa::oidc_provider_arn))]
    pub oidc_provider_arn: String,
    /// The service accounts that may have the role, each as `namespace:name`.
    #[attr(count(1..), each(irsa::service_account))]
    pub service_accounts: BTreeSet<String>,
    /// Path of the role, such as `/pipelines/`. Changing it makes a new role; where it is not set, a role keeps what it
    /// has.
    #[attr(default = "/", replace, check(path))]
    pub path: String,
    /// ARN of the policy that bounds what the role can ever be allowed.
    #[attr(check(policy_arn))]
    pub permissions_boundary: Option<String>,
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

    fn timeouts(&self) -> Option<&Timeouts> {
        self.timeouts.as_ref()
    }

    fn validate(inputs: &Self::Partial, report: &mut Diagnostics) {
        tags::check_number(&inputs.tags, tags::OWN_TAGS, report);
    }

    fn objects(inputs: &Self::Partial, _: &Aws) -> Vec<RealObject> {
        inputs.name.now().map(|name| RealObject::new(object(name))).into_iter().collect()
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
                if let Known::Now(name) = &inputs.name {
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
        if let Some(found) = &facts.existing
            && !facts.owner.owns(COMPONENT, &found.tags)
        {
            report.push(taken(found));
        }
        if change.prior.is_none() || !change.replace.is_empty() {
            let place = Known::from(facts.partition).zip(facts.account.clone().into());
            let named = inputs.path.clone().zip(inputs.name.clone());
            outputs.id = inputs.name.clone();
            outputs.arn = place
                .zip(named)
                .map(|((partition, account), (path, name))| format!("arn:{partition}:iam::{account}:role{path}{name}"));
            outputs.service_account_annotations = outputs.arn.clone().map(annotations);
            outputs.push_policy_name = Known::Now(POLICY_NAME.to_owned());
            (outputs.unique_id, outputs.claim) = (Known::Later, Known::Later);
        }
        let trusted = inputs.oidc_provider_arn.clone().zip(inputs.service_accounts.clone());
        outputs.trust_policy =
            trusted.and_then(|(provider, accounts)| irsa::trust_policy(&provider, &accounts).ok().into());
        outputs.push_policy = inputs.repository_arns.clone().map(|arns| Some(irsa::push_policy(&arns)));
        outputs.tags_all = tags::planned(facts.tags.as_ref(), &inputs.tags, tags::OWN_TAGS, report);
    }

    async fn create(call: &Call<Aws>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
        let trust = inputs.trust_policy()?;
        match calls::create(call, &inputs, &trust, &inputs.wanted_tags(call)).await? {
            Created::Now(fresh) => readable(call, converge(call, *fresh, inputs, POLICY_NAME).await?).await,
            Created::Exists => adopt(call, inputs).await,
        }
    }

    async fn read(call: &Call<Aws>, state: State<Self>) -> Result<Option<State<Self>>, Diagnostics> {
        let name = &state.inputs.name;
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
        let policy_name = &prior.outputs.push_policy_name;
        let found = calls::find(call, &inputs.name, policy_name).await?.ok_or_else(|| {
            Diagnostic::error(format!("The role {} is gone", inputs.name))
                .detail("It was deleted while this was going on.")
                .fix("Run this again: a new one is made.")
        })?;
        claims::changes(call, &object(&inputs.name), mark(&prior), found.mark())?;
        let mut updated = converge(call, found, inputs, policy_name).await?;
        // The plan has promised it: a state of before has none.
        updated.outputs.unique_id = prior.outputs.unique_id;
        Ok(updated)
    }

    async fn delete(call: &Call<Aws>, state: State<Self>) -> Result<(), Failure<Self>> {
        let name = &state.inputs.name;
        let Some(found) = calls::find_role(call, name).await? else { return Ok(()) };
        if !claims::deletes(call, &object(name), mark(&state), found.mark()) {
            return Ok(());
        }
        Ok(calls::delete(call, &state.inputs.name, &state.outputs.push_policy_name).await?)
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
        let found = calls::find(call, &inputs.name, POLICY_NAME).await?;
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

impl PushRole {
    /// The state of a role that is there, as an import gives it.
    fn imported(
        call: &Call<Aws>,
        name: &str,
        found: &ObservedPushRole,
        policy_name: &str,
    ) -> Result<State<Self>, Diagnostics> {
        let (oidc_provider_arn, service_accounts) = irsa::trusted_by(&found.trust_policy).ok_or_else(|| {
            Diagnostic::error(format!("The role {name} is not one of service accounts"))
                .detail("Its trust policy names no OIDC provider with service accounts.")
                .fix("Import a role that pods use. Others belong to the AWS provider's aws_iam_role.")
        })?;
        let inputs = Self {
            name: name.to_owned(),
            repository_arns: found.push_policy.as_deref().map(irsa::repositories_of).unwrap_or_default(),
            oidc_provider_arn,
            service_accounts,
            path: found.path.clone(),
            permissions_boundary: None,
            max_session_duration: found.max_session_duration,
            tags: Tags::new(),
            timeouts: None,
        };
        Ok(inputs.observed(&found.claiming(call), found, policy_name))
    }

    fn trust_policy(&self) -> Result<String, Diagnostics> {
        irsa::trust_policy(&self.oidc_provider_arn, &self.service_accounts).map_err(|violation| {
            Diagnostic::error("No policy can name these service accounts")
                .detail(violation.rule)
                .fix(violation.fix)
                .at("service_accounts")
                .into()
        })
    }

    /// All tags that the role shall carry, ours among them.
    fn wanted_tags(&self, call: &Call<Aws>) -> Tags {
        let mut wanted = call.tags().merged(&self.tags);
        wanted.extend(call.owner().tags(COMPONENT));
        wanted.extend(tags::claim(call.claim()));
        wanted
    }

    /// The state of a role that is there, for a resource with these inputs. Policies that say what the inputs say, or what
    /// other inputs would, show as those inputs; any other shows as itself.
    fn observed(&self, call: &Call<Aws>, found: &ObservedPushRole, policy_name: &str) -> State<Self> {
        let visible = call.tags().visible(&found.tags);
        let says = |provider: &str, accounts: &BTreeSet<String>| {
            let own = irsa::trust_policy(provider, accounts).ok()?;
            policies::same(&own, &found.trust_policy).then(|| (provider.to_owned(), accounts.clone(), own))
        };
        let trusted = says(&self.oidc_provider_arn, &self.service_accounts).or_else(|| {
            irsa::trusted_by(&found.trust_policy).and_then(|(provider, accounts)| says(&provider, &accounts))
        });
        let (oidc_provider_arn, service_accounts, trust_policy) = trusted.unwrap_or_else(|| {
            (self.oidc_provider_arn.clone(), self.service_accounts.clone(), found.trust_policy.clone())
        });
        let there = found.push_policy.as_deref();
        let says = |arns: BTreeSet<String>| {
            let own = irsa::push_policy(&arns);
            there.is_some_and(|there| policies::same(&own, there)).then_some((arns, Some(own)))
        };
        let (repository_arns, push_policy) = says(self.repository_arns.clone())
            .or_else(|| says(irsa::repositories_of(there?)))
            .unwrap_or_else(|| (self.repository_arns.clone(), found.push_policy.clone()));
        State {
            inputs: Self {
                name: self.name.clone(),
                repository_arns,
                oidc_provider_arn,
                service_accounts,
                path: found.path.clone(),
                permissions_boundary: found.permissions_boundary.clone(),
                max_session_duration: found.max_session_duration,
                tags: call.tags().without_defaults(&visible, &self.tags),
                timeouts: self.timeouts.clone(),
            },
            outputs: PushRoleOutputs {
                id: self.name.clone(),
                arn: found.arn.clone(),
                service_account_annotations: annotations(found.arn.clone()),
                trust_policy,
                push_policy,
                push_policy_name: policy_name.to_owned(),
                tags_all: visible,
                unique_id: Some(found.unique_id.clone()).filter(|id| !id.is_empty()),
                claim: call.claim().map(str::to_owned),
            },
        }
    }
}

fn annotations(arn: String) -> BTreeMap<String, String> {
    BTreeMap::from([(irsa::ANNOTATION.to_owned(), arn)])
}

/// Source: IAM API Reference, `CreateRole`, `Path`.
fn path(path: &str) -> Result<(), Violation> {
    let is_path = path == "/"
        || (path.len() > 2
            && path.len() <= 512
            && path.starts_with('/')
            && path.ends_with('/')
            && path.chars().all(|c| c.is_ascii_graphic()));
    if is_path {
        return Ok(());
    }
    let violation = Violation::rule("A path begins and ends with '/' and has at most 512 characters of ASCII.");
    let trimmed = path.trim_matches('/');
    if trimmed.is_empty() { Err(violation) } else { Err(violation.fix(format!("Write it as \"/{trimmed}/\"."))) }
}

fn policy_arn(arn: &str) -> Result<(), Violation> {
    let fields: Vec<&str> = arn.splitn(6, ':').collect();
    match fields[..] {
        ["arn", partition, "iam", "", account, policy]
            if partition.starts_with("aws")
                && (account == "aws" || crate::rules::is_account(account))
                && policy.strip_prefix("policy/").is_some_and(|name| !name.is_empty()) =>
        {
            Ok(())
        }
        _ => Err(Violation::rule("It must be the ARN of a policy: arn:<partition>:iam::<account>:policy/<name>.")
            .fix("`aws iam list-policies --scope Local` prints those of the account.")),
    }
}

#[cfg(test)]
mod tests;
