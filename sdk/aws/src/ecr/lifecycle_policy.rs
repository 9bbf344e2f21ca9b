//! `rosa_ecr_lifecycle_policy`: which images of a repository expire.
//!
//! | Operation | Calls of ECR (each needs the IAM action of its name) |
//! |---|---|
//! | plan of a create | `GetLifecyclePolicy` |
//! | create, update | `PutLifecyclePolicy` |
//! | read | `GetLifecyclePolicy` |
//! | delete | `DeleteLifecyclePolicy` |
//!
//! `repository` and `region` force replacement. An edit is one put, so that there is never a moment without a policy.

use std::collections::BTreeSet;

use rosa_ecr_derive::{Inputs, Outputs};
use rosa_ecr_model::{
    Call, Change, Diagnostic, Diagnostics, Failure, IdentityAttribute, Intent, Known, Relocation, Resource, State,
    Timeouts,
};

use super::lifecycle_document::{self as document, Retention};
use super::taken;
use crate::error::{code, failed};
use crate::{Aws, region, relocation, rules};

/// The lifecycle policy of a repository: written as JSON, or as two numbers.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct LifecyclePolicy {
    /// Name of the repository. Changing it makes a new policy.
    #[attr(replace, check(rules::repository_name))]
    pub repository: String,
    /// The policy as JSON. Order and layout of it mean nothing. Not together with `untagged_days` and `keep_count`, which
    /// write it.
    #[attr(computed, check(document::check))]
    pub policy: Option<String>,
    /// Days after which an untagged image expires: 1 or more.
    #[attr(range(1..))]
    pub untagged_days: Option<i64>,
    /// How many tagged images stay, the newest ones: 1 or more.
    #[attr(range(1..))]
    pub keep_count: Option<i64>,
    /// Region of the repository; the provider's where it is not set. Changing it makes a new policy.
    #[attr(computed, replace)]
    pub region: Option<String>,
    /// Time limits.
    #[attr(block)]
    pub timeouts: Option<Timeouts>,
}

/// What a lifecycle policy says of itself.
#[derive(Clone, Debug, PartialEq, Outputs)]
pub struct LifecyclePolicyOutputs {
    /// The name of the repository.
    pub id: String,
    /// The account that the registry belongs to.
    pub registry_id: String,
}

/// What the plan of a lifecycle policy has to know.
#[derive(Debug, Default)]
pub struct LifecyclePolicyFacts {
    account: Option<String>,
    /// The policy that a create would replace.
    existing: Option<String>,
}

impl Resource for LifecyclePolicy {
    const TYPE: &'static str = "rosa_ecr_lifecycle_policy";
    const IDENTITY: &'static [IdentityAttribute] = &[super::REPOSITORY_IDENTITY, region::IDENTITY];
    const RELOCATES: &'static [&'static str] = &["aws_ecr_lifecycle_policy"];
    type Outputs = LifecyclePolicyOutputs;
    type Context = Aws;
    type Facts = LifecyclePolicyFacts;

    fn permissions() -> BTreeSet<&'static str> {
        BTreeSet::from(["ecr:DeleteLifecyclePolicy", "ecr:GetLifecyclePolicy", "ecr:PutLifecyclePolicy"])
    }

    fn timeouts(&self) -> Option<&Timeouts> {
        self.timeouts.as_ref()
    }

    fn resolve(context: Option<&Aws>, config: &Self::Partial, inputs: &mut Self::Partial) {
        inputs.region = region::resolve(context, &config.region, &inputs.region);
        if config.policy == Known::Now(None) {
            let retention = config.untagged_days.zip(config.keep_count);
            inputs.policy = retention.map(|(days, count)| {
                days.zip(count).map(|(untagged_days, keep_count)| Retention { untagged_days, keep_count }.document())
            });
        }
    }

    fn validate(inputs: &Self::Partial, report: &mut Diagnostics) {
        if let (Known::Now(days), Known::Now(count), Known::Now(policy)) =
            (&inputs.untagged_days, &inputs.keep_count, &inputs.policy)
        {
            // Both numbers write a policy: one that means something else stands beside them. One that means the same may
            // be there, because Terraform writes down both where it generates configuration by itself.
            let written = days.zip(*count).map(|(untagged_days, keep_count)| Retention { untagged_days, keep_count });
            let own = policy
                .as_ref()
                .filter(|policy| written.is_none_or(|written| !document::same(&written.document(), policy)));
            if days.is_some() != count.is_some() || days.is_some() == own.is_some() {
                report.push(document::incomplete("policy".into()));
            }
        }
    }

    async fn survey(call: &Call<Aws>, intent: Intent<'_, Self>) -> Result<LifecyclePolicyFacts, Diagnostics> {
        let existing = match intent {
            Intent::Create(inputs) => match (&inputs.repository, &inputs.region) {
                (Known::Now(name), Known::Now(Some(region))) => get(call, region, name).await?.map(|(text, _)| text),
                _ => None,
            },
            _ => None,
        };
        Ok(LifecyclePolicyFacts { account: call.identity().await?.map(|identity| identity.account), existing })
    }

    fn plan(facts: &LifecyclePolicyFacts, change: &mut Change<Self>, report: &mut Diagnostics) {
        if let (Some(existing), Known::Now(Some(wanted)), Known::Now(name)) =
            (&facts.existing, &change.inputs.policy, &change.inputs.repository)
            && !document::same(existing, wanted)
        {
            report.push(taken(Self::TYPE, "lifecycle policy", name));
        }
        if let Some(prior) = &change.prior
            && let (Some(now), Known::Now(Some(wanted))) = (&prior.inputs.policy, &change.inputs.policy)
            && document::same(now, wanted)
        {
            change.inputs.policy = Known::Now(Some(now.clone()));
        }
        if change.prior.is_none() || !change.replace.is_empty() {
            change.outputs.id = change.inputs.repository.clone();
            change.outputs.registry_id = facts.account.clone().into();
        }
    }

    async fn create(call: &Call<Aws>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
        put(call, inputs).await
    }

    async fn read(call: &Call<Aws>, state: State<Self>) -> Result<Option<State<Self>>, Diagnostics> {
        Self::look(call, state.inputs).await
    }

    async fn update(call: &Call<Aws>, _: State<Self>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
        put(call, inputs).await
    }

    async fn delete(call: &Call<Aws>, state: State<Self>) -> Result<(), Failure<Self>> {
        let name = &state.inputs.repository;
        let request = call.ecr(region_of(call, &state.inputs)).delete_lifecycle_policy().repository_name(name);
        match request.send().await {
            Ok(_) => Ok(()),
            Err(error) if is_gone(code(&error)) => Ok(()),
            Err(error) => {
                Err(failed("ecr:DeleteLifecyclePolicy", format!("delete the lifecycle policy of {name}"), &error)
                    .into())
            }
        }
    }

    async fn import(call: &Call<Aws>, id: &str) -> Result<State<Self>, Diagnostics> {
        let (region, name) = region::of_import_id(call, id);
        let (text, registry_id) = get(call, region, name).await?.ok_or_else(|| {
            Diagnostic::error(format!("The repository {name} in {region} has no lifecycle policy"))
                .fix("Check the name of the repository, and the region and account of the provider block.")
        })?;
        // A policy that two numbers write is theirs: they are what a configuration most probably says.
        let retention = Retention::of(&text);
        let inputs = Self {
            repository: name.to_owned(),
            policy: Some(retention.map_or(text, Retention::document)),
            untagged_days: retention.map(|retention| retention.untagged_days),
            keep_count: retention.map(|retention| retention.keep_count),
            region: Some(region.to_owned()),
            timeouts: None,
        };
        Ok(State { inputs, outputs: LifecyclePolicyOutputs { id: name.to_owned(), registry_id } })
    }

    fn relocate(source: &Relocation<'_>) -> Option<Result<State<Self>, Diagnostics>> {
        relocation::is_aws(source, "aws_ecr_lifecycle_policy").then(|| {
            let repository = relocation::required(source, "repository")?.to_owned();
            let outputs = LifecyclePolicyOutputs {
                id: repository.clone(),
                registry_id: source.text("registry_id").unwrap_or_default().to_owned(),
            };
            let inputs = Self {
                repository,
                policy: source.text("policy").map(str::to_owned),
                untagged_days: None,
                keep_count: None,
                region: relocation::region(source),
                timeouts: None,
            };
            Ok(State { inputs, outputs })
        })
    }

    async fn probe(call: &Call<Aws>, inputs: Self) -> Result<Option<State<Self>>, Diagnostics> {
        let wanted = inputs.policy.clone();
        Ok(Self::look(call, inputs).await?.filter(|there| there.inputs.policy == wanted))
    }
}

impl LifecyclePolicy {
    /// The policy that a resource with these inputs has, if it is there.
    pub(crate) async fn look(call: &Call<Aws>, inputs: Self) -> Result<Option<State<Self>>, Diagnostics> {
        let there = get(call, region_of(call, &inputs), &inputs.repository).await?;
        Ok(there.map(|(text, registry_id)| {
            let outputs = LifecyclePolicyOutputs { id: inputs.repository.clone(), registry_id };
            let region = Some(region_of(call, &inputs).to_owned());
            State { inputs: Self { region, ..inputs }.observed(text), outputs }
        }))
    }

    /// These inputs where the policy is really `text`: the user's spelling if it means the same.
    fn observed(self, text: String) -> Self {
        if self.policy.as_deref().is_some_and(|own| document::same(own, &text)) {
            return self;
        }
        let retention = Retention::of(&text).filter(|_| self.untagged_days.is_some());
        Self {
            untagged_days: retention.map(|retention| retention.untagged_days),
            keep_count: retention.map(|retention| retention.keep_count),
            policy: Some(text),
            ..self
        }
    }
}

fn region_of<'a>(call: &'a Call<Aws>, inputs: &'a LifecyclePolicy) -> &'a str {
    inputs.region.as_deref().unwrap_or_else(|| call.region())
}

/// The policy text of a repository and its registry; `None` where there is no policy, or no repository.
async fn get(call: &Call<Aws>, region: &str, repository: &str) -> Result<Option<(String, String)>, Diagnostics> {
    match call.ecr(region).get_lifecycle_policy().repository_name(repository).send().await {
        Ok(policy) => Ok(policy.lifecycle_policy_text.zip(policy.registry_id)),
        Err(error) if is_gone(code(&error)) => Ok(None),
        Err(error) => {
            Err(failed("ecr:GetLifecyclePolicy", format!("read the lifecycle policy of {repository}"), &error).into())
        }
    }
}

async fn put(
    call: &Call<Aws>,
    mut inputs: LifecyclePolicy,
) -> Result<State<LifecyclePolicy>, Failure<LifecyclePolicy>> {
    let region = region_of(call, &inputs).to_owned();
    if let (Some(untagged_days), Some(keep_count)) = (inputs.untagged_days, inputs.keep_count)
        && inputs.policy.is_none()
    {
        inputs.policy = Some(Retention { untagged_days, keep_count }.document());
    }
    let text = inputs.policy.clone().ok_or_else(|| document::incomplete("policy".into()))?;
    let doing = format!("put the lifecycle policy of {}", inputs.repository);
    let request =
        call.ecr(&region).put_lifecycle_policy().repository_name(&inputs.repository).lifecycle_policy_text(text);
    let put = request.send().await.map_err(|error| failed("ecr:PutLifecyclePolicy", &doing, &error))?;
    let outputs =
        LifecyclePolicyOutputs { id: inputs.repository.clone(), registry_id: put.registry_id.unwrap_or_default() };
    inputs.region = Some(region);
    Ok(State { inputs, outputs })
}

fn is_gone(code: Option<&str>) -> bool {
    matches!(code, Some("LifecyclePolicyNotFoundException" | "RepositoryNotFoundException"))
}
