//! `rosa_ecr_lifecycle_policy`: which images of a repository expire.
//!
//! | Operation | Calls of ECR (each needs the IAM action of its name) |
//! |---|---|
//! | plan of a create | `GetLifecyclePolicy` |
//! | create, update | `GetLifecyclePolicy`, `ListTagsForResource` and `TagResource` of the repository, `PutLifecyclePolicy` |
//! | read | `GetLifecyclePolicy` |
//! | delete | `GetLifecyclePolicy`, `ListTagsForResource`, `DeleteLifecyclePolicy` |
//!
//! `repository` and `region` force replacement. An edit is one put, so that there is never a moment without a policy.

use std::collections::BTreeSet;

use rosa_ecr_derive::{Inputs, Outputs};
use rosa_ecr_model::{
    Call, Change, Diagnostic, Diagnostics, Failure, IdentityAttribute, Intent, Known, MoveSource, Page, RealObject,
    Resource, State, Timeouts,
};

use super::document::{Holder, There};
use super::lifecycle_document::{self as document, Retention};
use super::{LIFECYCLE_POLICY, taken};
use crate::claims;
use crate::error::{code, failed};
use crate::import_id::{self, Imported};
use crate::provider::Aws;
use crate::{move_source, page, region, rules};

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
    /// The claim of this resource on the policy. On a repository that rosa-ecr has made it is the value of the tag
    /// `rosa-ecr/lifecycle-policy`: a policy with another claim belongs to another resource, and is neither changed nor deleted.
    pub claim: Option<String>,
}

/// What the plan of a lifecycle policy has to know.
#[derive(Debug, Default)]
pub struct LifecyclePolicyFacts {
    account: Option<String>,
    /// The policy that a create would replace.
    existing: Option<String>,
    /// What to say if the create takes it over.
    taking_over: Option<Diagnostic>,
}

impl Resource for LifecyclePolicy {
    const TYPE: &'static str = "rosa_ecr_lifecycle_policy";
    const PAGE: Page = page::repositories(&["delete old images"]);
    const IDENTITY: &'static [IdentityAttribute] = &[super::REPOSITORY_IDENTITY, region::IDENTITY];
    const MOVE_SOURCES: &'static [&'static str] = &["aws_ecr_lifecycle_policy"];
    type Outputs = LifecyclePolicyOutputs;
    type Context = Aws;
    type Facts = LifecyclePolicyFacts;

    fn permissions() -> BTreeSet<&'static str> {
        BTreeSet::from([
            "ecr:DeleteLifecyclePolicy",
            "ecr:GetLifecyclePolicy",
            "ecr:ListTagsForResource",
            "ecr:PutLifecyclePolicy",
            "ecr:TagResource",
        ])
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
            if written.is_some() && own.is_some() {
                report.push(document::contradictory("policy".into()));
            } else if days.is_some() != count.is_some() || days.is_some() == own.is_some() {
                report.push(document::incomplete("policy".into()));
            }
        }
    }

    fn objects(inputs: &Self::Partial, context: &Aws) -> Vec<RealObject> {
        let region = inputs.region.now().map(|region| region.as_deref().unwrap_or_else(|| context.region()));
        let named = inputs.repository.now().zip(region);
        named.map(|(name, region)| RealObject::new(LIFECYCLE_POLICY.object(name, region))).into_iter().collect()
    }

    fn claim(state: &State<Self>) -> Option<&str> {
        state.outputs.claim.as_deref()
    }

    async fn verify(call: &Call<Aws>, state: &State<Self>) -> Result<(), Diagnostics> {
        claims::same_account(call, Some(&state.outputs.registry_id)).await
    }

    async fn survey(call: &Call<Aws>, intent: Intent<'_, Self>) -> Result<LifecyclePolicyFacts, Diagnostics> {
        let account = call.identity().await?.map(|identity| identity.account);
        let mut facts = LifecyclePolicyFacts { account, ..LifecyclePolicyFacts::default() };
        if let Intent::Create(inputs) = intent
            && let (Known::Now(name), Known::Now(Some(region))) = (&inputs.repository, &inputs.region)
        {
            facts.existing = get(call, region, name).await?.map(|(text, _)| text);
            let object = LIFECYCLE_POLICY.object(name, region);
            let there = facts.existing.is_some();
            facts.taking_over = there.then(|| super::taking_over(call, &object, Self::TYPE));
        }
        Ok(facts)
    }

    fn plan(facts: &LifecyclePolicyFacts, change: &mut Change<Self>, report: &mut Diagnostics) {
        if let (Some(existing), Known::Now(Some(wanted)), Known::Now(name)) =
            (&facts.existing, &change.inputs.policy, &change.inputs.repository)
            && !document::same(existing, wanted)
        {
            report.push(taken(Self::TYPE, LIFECYCLE_POLICY.what, name));
        } else {
            report.extend(facts.taking_over.clone());
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
            change.outputs.claim = Known::Later;
        }
    }

    async fn create(call: &Call<Aws>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
        let (text, holder) = there(call, &inputs).await?;
        let wanted = inputs.text()?;
        if text.as_deref().is_some_and(|text| !document::same(text, &wanted)) {
            return Err(taken(Self::TYPE, LIFECYCLE_POLICY.what, &inputs.repository).into());
        }
        if let Some(holder) = holder {
            holder.note(call, region_of(call, &inputs)).await?;
        }
        put(call, inputs).await
    }

    async fn read(call: &Call<Aws>, state: State<Self>) -> Result<Option<State<Self>>, Diagnostics> {
        let (region, name) = (region_of(call, &state.inputs), &state.inputs.repository);
        Self::look(&LIFECYCLE_POLICY.reading(call, region, name).await?, state.inputs).await
    }

    async fn update(call: &Call<Aws>, prior: State<Self>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
        let (text, holder) = there(call, &inputs).await?;
        let (before, wanted) = (prior.inputs.text()?, inputs.text()?);
        let there = There { text: text.as_deref(), holder: holder.as_ref() };
        let says = |text: &str| document::same(text, &before) || document::same(text, &wanted);
        there.changes(call, &inputs.object(call), prior.outputs.claim.as_deref(), says)?;
        put(call, inputs).await
    }

    async fn delete(call: &Call<Aws>, state: State<Self>) -> Result<(), Failure<Self>> {
        let (text, holder) = there(call, &state.inputs).await?;
        let there = There { text: text.as_deref(), holder: holder.as_ref() };
        let says = |text: &str| state.inputs.policy.as_deref().is_none_or(|own| document::same(own, text));
        if !there.deletes(call, &state.inputs.object(call), state.outputs.claim.as_deref(), says) {
            return Ok(());
        }
        Ok(remove(call, &state.inputs).await?)
    }

    async fn import(call: &Call<Aws>, id: &str) -> Result<State<Self>, Diagnostics> {
        let (region, name) = import_id::read(call, Imported::Repository, id).await?;
        let (text, registry_id) = get(call, region, name).await?.ok_or_else(|| {
            Diagnostic::error(format!("The repository {name} in {region} has no lifecycle policy"))
                .fix("Check the name of the repository, and the region and account of the provider.")
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
        let claim = LIFECYCLE_POLICY.claim(call, region, name).await?;
        Ok(State { inputs, outputs: LifecyclePolicyOutputs { id: name.to_owned(), registry_id, claim } })
    }

    fn move_state(source: &MoveSource<'_>) -> Option<Result<State<Self>, Diagnostics>> {
        move_source::is_aws(source, "aws_ecr_lifecycle_policy").then(|| {
            let repository = move_source::required(source, "repository")?.to_owned();
            let outputs = LifecyclePolicyOutputs {
                id: repository.clone(),
                registry_id: source.text("registry_id").unwrap_or_default().to_owned(),
                claim: claims::unread(),
            };
            let inputs = Self {
                repository,
                policy: source.text("policy").map(str::to_owned),
                untagged_days: None,
                keep_count: None,
                region: move_source::region(source),
                timeouts: None,
            };
            Ok(State { inputs, outputs })
        })
    }

    async fn probe(call: &Call<Aws>, inputs: Self) -> Result<Option<State<Self>>, Diagnostics> {
        let (wanted, region, name) =
            (inputs.policy.clone(), region_of(call, &inputs).to_owned(), inputs.repository.clone());
        let there = Self::look(call, inputs).await?.filter(|there| there.inputs.policy == wanted);
        let Some(mut there) = there else { return Ok(None) };
        there.outputs.claim = LIFECYCLE_POLICY.claim(call, &region, &name).await?;
        Ok(Some(there))
    }
}

impl LifecyclePolicy {
    /// The policy that a resource with these inputs has, if it is there.
    pub(crate) async fn look(call: &Call<Aws>, inputs: Self) -> Result<Option<State<Self>>, Diagnostics> {
        let there = get(call, region_of(call, &inputs), &inputs.repository).await?;
        Ok(there.map(|(text, registry_id)| {
            let claim = call.claim().map(str::to_owned);
            let outputs = LifecyclePolicyOutputs { id: inputs.repository.clone(), registry_id, claim };
            let region = Some(region_of(call, &inputs).to_owned());
            State { inputs: Self { region, ..inputs }.observed(text), outputs }
        }))
    }

    /// The policy as a person reads it.
    fn object(&self, call: &Call<Aws>) -> String {
        LIFECYCLE_POLICY.object(&self.repository, region_of(call, self))
    }

    /// The text of the policy.
    fn text(&self) -> Result<String, Diagnostics> {
        let retention = self.untagged_days.zip(self.keep_count);
        let retention = retention.map(|(untagged_days, keep_count)| Retention { untagged_days, keep_count }.document());
        Ok(self.policy.clone().or(retention).ok_or_else(|| document::incomplete("policy".into()))?)
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

/// The lifecycle policy of a repository, as a person reads it.
pub(crate) fn object(repository: &str, region: &str) -> String {
    LIFECYCLE_POLICY.object(repository, region)
}

/// The text of the policy that is there, and who holds it.
async fn there(call: &Call<Aws>, inputs: &LifecyclePolicy) -> Result<(Option<String>, Option<Holder>), Diagnostics> {
    let (region, name) = (region_of(call, inputs), &inputs.repository);
    let (policy, holder) = futures::try_join!(get(call, region, name), LIFECYCLE_POLICY.holder(call, region, name))?;
    Ok((policy.map(|(text, _)| text), holder))
}

/// Refuses to put a policy where another declaration holds one.
///
/// # Errors
/// If one does.
pub(crate) async fn refuse_held(call: &Call<Aws>, inputs: &LifecyclePolicy) -> Result<(), Diagnostics> {
    let holder = LIFECYCLE_POLICY.holder(call, region_of(call, inputs), &inputs.repository).await?;
    match holder.as_ref().and_then(|holder| holder.claim(call)) {
        Some(claim) if Some(claim) != call.claim() && LifecyclePolicy::look(call, inputs.clone()).await?.is_some() => {
            Err(taken(LifecyclePolicy::TYPE, LIFECYCLE_POLICY.what, &inputs.repository).into())
        }
        _ => Ok(()),
    }
}

/// Removes the policy.
pub(crate) async fn remove(call: &Call<Aws>, inputs: &LifecyclePolicy) -> Result<(), Diagnostics> {
    let name = &inputs.repository;
    match call.ecr(region_of(call, inputs)).delete_lifecycle_policy().repository_name(name).send().await {
        Ok(_) => Ok(()),
        Err(error) if is_gone(code(&error)) => Ok(()),
        Err(error) => {
            let doing = format!("delete the lifecycle policy of {name}");
            Err(failed("ecr:DeleteLifecyclePolicy", doing, &error).into())
        }
    }
}

/// Puts the policy, whatever is there.
pub(crate) async fn put(
    call: &Call<Aws>,
    mut inputs: LifecyclePolicy,
) -> Result<State<LifecyclePolicy>, Failure<LifecyclePolicy>> {
    let region = region_of(call, &inputs).to_owned();
    let text = inputs.text()?;
    inputs.policy = Some(text.clone());
    let doing = format!("put the lifecycle policy of {}", inputs.repository);
    let request =
        call.ecr(&region).put_lifecycle_policy().repository_name(&inputs.repository).lifecycle_policy_text(text);
    let put = request.send().await.map_err(|error| failed("ecr:PutLifecyclePolicy", &doing, &error))?;
    let outputs = LifecyclePolicyOutputs {
        id: inputs.repository.clone(),
        registry_id: put.registry_id.unwrap_or_default(),
        claim: call.claim().map(str::to_owned),
    };
    inputs.region = Some(region);
    Ok(State { inputs, outputs })
}

fn is_gone(code: Option<&str>) -> bool {
    matches!(code, Some("LifecyclePolicyNotFoundException" | "RepositoryNotFoundException"))
}

#[cfg(test)]
mod tests;
