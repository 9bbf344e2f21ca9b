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

use super::document::There;
use super::lifecycle_document::{self as document, Retention};
use super::{LIFECYCLE_POLICY, taken};
use crate::claims;
use crate::import_id::{self, Imported};
use crate::provider::Aws;
use crate::{move_source, page, region, rules};

mod calls;
mod listing;

use calls::{get, there};
pub(crate) use calls::{put, refuse_held, remove};

/// The lifecycle policy of a repository: written as JSON, or as two numbers.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct LifecyclePolicy {
    /// Name of the repository. Changing it makes a new policy.
    #[attr(replace, check(rules::repository_name))]
    pub repository: String,
    /// The policy as JSON. Order and layout of it mean nothing. Each rule of it that ECR would refuse is an error in the plan.
    /// Not together with `untagged_days` and `keep_count`, which write it.
    #[attr(computed, check(document::check))]
    pub policy: Option<String>,
    /// Days after which an untagged image expires: 1 or more.
    #[attr(range(1..))]
    pub untagged_days: Option<i64>,
    /// How many tagged images stay, the newest ones: 1 or more. What has a tag is an image here: signatures, attestations and
    /// SBOMs of cosign (`sha256-<digest>.sig`, `.att`, `.sbom`) and the fallback tags of OCI referrers (`sha256-<digest>`) count,
    /// and push images out. See `tag_patterns`, and `rosa_ecr_lifecycle_policy_preview`, which tells how many there are.
    #[attr(range(1..))]
    pub keep_count: Option<i64>,
    /// The tags that `keep_count` is about, such as `["v*", "nightly-*"]`; all of them where it is not set. `*` stands for
    /// anything, at most four times. Of the images of each pattern the newest `keep_count` stay; an image with tags of several
    /// patterns is up to the first. Tagged images that no pattern fits are not counted and never expire: signatures neither,
    /// whose tags start with `sha256-`. ECR removes those that refer to an image by their `subject` within 24 hours of it
    /// (Amazon ECR User Guide, "Lifecycle policy evaluation rules"); cosign's older ones have none and stay. From 1 to 49
    /// patterns.
    #[attr(count(1..=49), each(document::check_pattern))]
    pub tag_patterns: Option<Vec<String>>,
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
            let retention = config.untagged_days.zip(config.keep_count).zip(config.tag_patterns.clone());
            inputs.policy = retention.map(|((days, count), patterns)| {
                Retention::wanted(days, count, patterns.as_deref()).map(|retention| retention.document())
            });
        }
    }

    fn validate(inputs: &Self::Partial, report: &mut Diagnostics) {
        let numbers = (inputs.untagged_days, inputs.keep_count);
        document::check_arguments(numbers, &inputs.tag_patterns, &inputs.policy, true, report);
    }

    fn objects(inputs: &Self::Partial, context: &Aws) -> Vec<RealObject> {
        let region = context.planned_region(&inputs.region);
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
            holder.note(call, call.region_of(&inputs.region)).await?;
        }
        put(call, inputs).await
    }

    async fn read(call: &Call<Aws>, state: State<Self>) -> Result<Option<State<Self>>, Diagnostics> {
        let (region, name) = (call.region_of(&state.inputs.region), &state.inputs.repository);
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
        let inputs = Self::imported(region, name, text);
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
                tag_patterns: None,
                region: move_source::region(source),
                timeouts: None,
            };
            Ok(State { inputs, outputs })
        })
    }

    async fn probe(call: &Call<Aws>, inputs: Self) -> Result<Option<State<Self>>, Diagnostics> {
        let (wanted, region, name) =
            (inputs.policy.clone(), call.region_of(&inputs.region).to_owned(), inputs.repository.clone());
        let there = Self::look(call, inputs).await?.filter(|there| there.inputs.policy == wanted);
        let Some(mut there) = there else { return Ok(None) };
        there.outputs.claim = LIFECYCLE_POLICY.claim(call, &region, &name).await?;
        Ok(Some(there))
    }
}

impl LifecyclePolicy {
    /// The policy that a resource with these inputs has, if it is there.
    pub(crate) async fn look(call: &Call<Aws>, inputs: Self) -> Result<Option<State<Self>>, Diagnostics> {
        let there = get(call, call.region_of(&inputs.region), &inputs.repository).await?;
        Ok(there.map(|(text, registry_id)| {
            let claim = call.claim().map(str::to_owned);
            let outputs = LifecyclePolicyOutputs { id: inputs.repository.clone(), registry_id, claim };
            let region = Some(call.region_of(&inputs.region).to_owned());
            State { inputs: Self { region, ..inputs }.observed(text), outputs }
        }))
    }

    /// The policy as a person reads it.
    fn object(&self, call: &Call<Aws>) -> String {
        LIFECYCLE_POLICY.object(&self.repository, call.region_of(&self.region))
    }

    /// The text of the policy.
    fn text(&self) -> Result<String, Diagnostics> {
        let retention = Retention::wanted(self.untagged_days, self.keep_count, self.tag_patterns.as_deref());
        let written = || retention.map(|retention| retention.document());
        Ok(self.policy.clone().or_else(written).ok_or_else(|| document::incomplete("policy".into()))?)
    }

    /// The inputs of a policy that is there. One that two numbers write is theirs: they are what a configuration most probably
    /// says.
    fn imported(region: &str, repository: &str, text: String) -> Self {
        let retention = Retention::of(&text);
        Self {
            repository: repository.to_owned(),
            policy: Some(retention.as_ref().map_or(text, Retention::document)),
            untagged_days: retention.as_ref().map(|retention| retention.untagged_days),
            keep_count: retention.as_ref().map(|retention| retention.keep_count),
            tag_patterns: retention.and_then(|retention| retention.tag_patterns),
            region: Some(region.to_owned()),
            timeouts: None,
        }
    }

    /// These inputs where the policy is really `text`: the user's spelling if it means the same.
    fn observed(self, text: String) -> Self {
        if self.policy.as_deref().is_some_and(|own| document::same(own, &text)) {
            return self;
        }
        let retention = Retention::of(&text).filter(|_| self.untagged_days.is_some());
        Self {
            untagged_days: retention.as_ref().map(|retention| retention.untagged_days),
            keep_count: retention.as_ref().map(|retention| retention.keep_count),
            tag_patterns: retention.and_then(|retention| retention.tag_patterns),
            policy: Some(text),
            ..self
        }
    }
}

/// The lifecycle policy of a repository, as a person reads it.
pub(crate) fn object(repository: &str, region: &str) -> String {
    LIFECYCLE_POLICY.object(repository, region)
}

#[cfg(test)]
mod tests;
