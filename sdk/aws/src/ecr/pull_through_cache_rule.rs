//! `rosa_ecr_pull_through_cache_rule`: images of another registry that ECR fetches at the first pull, and keeps.
//!
//! | Operation | Calls of ECR (each needs the IAM action of its name) |
//! |---|---|
//! | plan of a create | `DescribePullThroughCacheRules` |
//! | create | `CreatePullThroughCacheRule`, `DescribePullThroughCacheRules`; if there is one already, what an update calls |
//! | read | `DescribePullThroughCacheRules` |
//! | update | `DescribePullThroughCacheRules`, `UpdatePullThroughCacheRule` |
//! | delete | `DescribePullThroughCacheRules`, `DeletePullThroughCacheRule` |
//!
//! ECR can change the secret and the role of a rule, and cannot take them away. So `prefix`, `upstream_registry_url`,
//! `upstream_repository_prefix` and `region` force replacement, and so does leaving out `credential_arn` or `custom_role_arn` again.
//! Repositories that a rule has filled stay.
//!
//! Source: Amazon ECR User Guide, "Sync an upstream registry with an Amazon ECR private registry".

use std::collections::BTreeSet;

use rosa_ecr_derive::{Inputs, Outputs};
use rosa_ecr_model::{
    Attributes as _, Call, Change, Diagnostic, Diagnostics, Failure, IdentityAttribute, Intent, Known, MoveSource,
    Page, Path, RealObject, Resource, State, TimeoutDefaults, Timeouts,
};

use super::by_prefix::operations::{self, OnePerPrefix};
use super::by_prefix::{self, Met, ROOT};
use crate::claims;
use crate::provider::Aws;
use crate::{move_source, page, region, rules};

mod calls;
mod listing;
mod observation;
mod upstream;

use calls::ObservedRule;
pub use listing::PullThroughCacheRuleQuery;

/// A rule by which ECR fetches images from another registry when they are pulled for the first time, and keeps them. A cluster
/// without a way out pulls them from ECR alone.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct PullThroughCacheRule {
    /// What the names of the repositories begin with that hold the images: with `quay`, `quay.io/team/app` is pulled as
    /// `<registry>/quay/team/app`. `ROOT` is for all names that no other rule is for. From 2 to 30 characters. Changing it
    /// makes a new rule.
    #[attr(replace, check(by_prefix::rule_prefix))]
    pub prefix: String,
    /// Host of the registry that images come from. Without a login: `public.ecr.aws`, `quay.io`, `registry.k8s.io`. With
    /// `credential_arn`: `registry-1.docker.io`, `ghcr.io`, `registry.gitlab.com`, `cgr.dev`, `<name>.azurecr.io`. Another
    /// registry of ECR: `<account>.dkr.ecr.<region>.amazonaws.com`. Changing it makes a new rule.
    #[attr(replace, check(upstream::check))]
    pub upstream_registry_url: String,
    /// What the names of the repositories in the other registry begin with, in place of `prefix`; `ROOT` for all. It cannot be set
    /// if `prefix` is `ROOT`. From 2 to 30 characters. Changing it makes a new rule.
    #[attr(default = "ROOT", replace, check(by_prefix::rule_prefix))]
    pub upstream_repository_prefix: String,
    /// ARN of the secret in AWS Secrets Manager with the login to the other registry. Its name begins with
    /// `ecr-pullthroughcache/`, and it is in the account and region of the rule. Leaving it out again makes a new rule.
    #[attr(check(upstream::credential_arn))]
    pub credential_arn: Option<String>,
    /// ARN of the role that ECR assumes to pull from another registry of ECR, in the account of this one. It is needed if that
    /// registry belongs to another account. Leaving it out again makes a new rule.
    #[attr(check(rules::role_arn))]
    pub custom_role_arn: Option<String>,
    /// Whether a rule for this prefix that something else made is taken over instead of being an error, and gets this secret and
    /// role.
    #[attr(default = false)]
    pub adopt_existing: bool,
    /// Region of the rule; the provider's where it is not set. Changing it makes a new rule.
    #[attr(computed, replace)]
    pub region: Option<String>,
    /// Time limits.
    #[attr(block)]
    pub timeouts: Option<Timeouts>,
}

/// What a pull through cache rule says of itself.
#[derive(Clone, Debug, PartialEq, Outputs)]
pub struct PullThroughCacheRuleOutputs {
    /// The prefix.
    pub id: String,
    /// The account that the registry belongs to.
    pub registry_id: String,
    /// When the rule was made, as RFC 3339 has it. It distinguishes the rule from a later one for the same prefix, which is
    /// neither changed nor deleted.
    pub created_at: Option<String>,
    /// The claim of this resource on the rule. A rule carries no tags, so only the state has it: it tells declarations of one run
    /// from each other.
    pub claim: Option<String>,
}

/// What the plan of a pull through cache rule has to know.
#[derive(Debug, Default)]
pub struct PullThroughCacheRuleFacts {
    account: Option<String>,
    /// The rule that a create would meet, and what to say of it.
    existing: Option<(ObservedRule, Met)>,
}

impl Resource for PullThroughCacheRule {
    const TYPE: &'static str = "rosa_ecr_pull_through_cache_rule";
    const PAGE: Page = page::repositories(&["cache images of another registry"]);
    const IDENTITY: &'static [IdentityAttribute] = &[by_prefix::IDENTITY, region::IDENTITY];
    const UNIQUE_OUTPUTS: &'static [&'static str] = &["created_at"];
    const MOVE_SOURCES: &'static [&'static str] = &["aws_ecr_pull_through_cache_rule"];
    const TIMEOUTS: TimeoutDefaults = TimeoutDefaults::minutes(2, 2, 2);
    type Outputs = PullThroughCacheRuleOutputs;
    type Context = Aws;
    type Facts = PullThroughCacheRuleFacts;

    fn permissions() -> BTreeSet<&'static str> {
        BTreeSet::from([
            "ecr:CreatePullThroughCacheRule",
            "ecr:DeletePullThroughCacheRule",
            "ecr:DescribePullThroughCacheRules",
            "ecr:UpdatePullThroughCacheRule",
        ])
    }

    fn timeouts(&self) -> Option<&Timeouts> {
        self.timeouts.as_ref()
    }

    fn resolve(context: Option<&Aws>, config: &Self::Partial, inputs: &mut Self::Partial) {
        inputs.region = region::resolve(context, &config.region, &inputs.region);
    }

    fn validate(inputs: &Self::Partial, report: &mut Diagnostics) {
        if let (Known::Now(url), Known::Now(None)) = (&inputs.upstream_registry_url, &inputs.credential_arn) {
            report.extend(upstream::secret_missing(url));
        }
        if let (Known::Now(prefix), Known::Now(upstream)) = (&inputs.prefix, &inputs.upstream_repository_prefix)
            && prefix == ROOT
            && upstream != ROOT
        {
            report.push(
                Diagnostic::error("A rule for all repositories has no prefix in the other registry")
                    .detail(format!("prefix is \"{ROOT}\", and upstream_repository_prefix is \"{upstream}\"."))
                    .fix("Leave out upstream_repository_prefix, or give the rule a prefix of its own.")
                    .at("upstream_repository_prefix"),
            );
        }
    }

    fn objects(inputs: &Self::Partial, context: &Aws) -> Vec<RealObject> {
        operations::objects::<Self>(&inputs.prefix, &inputs.region, context)
    }

    fn claim(state: &State<Self>) -> Option<&str> {
        state.outputs.claim.as_deref()
    }

    fn takes_over(inputs: &Self::Partial) -> bool {
        inputs.adopt_existing == Known::Now(true)
    }

    async fn verify(call: &Call<Aws>, state: &State<Self>) -> Result<(), Diagnostics> {
        claims::same_account(call, Some(&state.outputs.registry_id)).await
    }

    async fn survey(call: &Call<Aws>, intent: Intent<'_, Self>) -> Result<PullThroughCacheRuleFacts, Diagnostics> {
        let account = call.identity().await?.map(|identity| identity.account);
        let mut facts = PullThroughCacheRuleFacts { account, ..PullThroughCacheRuleFacts::default() };
        match intent {
            Intent::Create(inputs) => {
                if let (Known::Now(prefix), Known::Now(Some(region))) = (&inputs.prefix, &inputs.region)
                    && !call.is_marked_for_replacement(&Self::SORT.object(prefix, region))
                {
                    let there = calls::find(call, region, prefix).await?;
                    facts.existing = there.map(|found| (found, Self::SORT.met(call, prefix, region)));
                }
            }
            Intent::Update { prior, inputs, replace } if replace || !taken_away(&prior.inputs, inputs).is_empty() => {
                call.mark_for_replacement(
                    &Self::SORT.object(&prior.inputs.prefix, call.region_of(&prior.inputs.region)),
                );
            }
            Intent::Update { .. } | Intent::Delete(_) => {}
        }
        Ok(facts)
    }

    fn plan(facts: &PullThroughCacheRuleFacts, change: &mut Change<Self>, report: &mut Diagnostics) {
        let inputs = &change.inputs;
        by_prefix::check_role(facts.account.as_deref(), &inputs.custom_role_arn, report);
        if let (Some(account), Known::Now(Some(region))) = (&facts.account, &inputs.region) {
            if let Known::Now(Some(secret)) = &inputs.credential_arn {
                report.extend(upstream::secret_elsewhere(secret, account, region));
            }
            if let (Known::Now(url), Known::Now(None)) = (&inputs.upstream_registry_url, &inputs.custom_role_arn) {
                report.extend(upstream::role_missing(url, account));
            }
        }
        if let (Some((found, met)), Ok(wanted)) = (&facts.existing, Self::complete(inputs.clone())) {
            report.push(wanted.judged(found, met).unwrap_or_else(|refused| refused));
        }
        if let Some(prior) = &change.prior {
            change.replace.extend(taken_away(&prior.inputs, inputs));
        }
        if change.prior.is_none() || !change.replace.is_empty() {
            change.outputs.id = change.inputs.prefix.clone();
            change.outputs.registry_id = facts.account.clone().into();
            (change.outputs.created_at, change.outputs.claim) = (Known::Later, Known::Later);
        }
    }

    async fn create(call: &Call<Aws>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
        operations::create(call, inputs).await
    }

    async fn read(call: &Call<Aws>, state: State<Self>) -> Result<Option<State<Self>>, Diagnostics> {
        operations::read(call, state).await
    }

    async fn update(call: &Call<Aws>, prior: State<Self>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
        operations::update(call, prior, inputs).await
    }

    async fn delete(call: &Call<Aws>, state: State<Self>) -> Result<(), Failure<Self>> {
        operations::delete(call, state).await
    }

    async fn import(call: &Call<Aws>, id: &str) -> Result<State<Self>, Diagnostics> {
        operations::import(call, id).await
    }

    fn move_state(source: &MoveSource<'_>) -> Option<Result<State<Self>, Diagnostics>> {
        move_source::is_aws(source, "aws_ecr_pull_through_cache_rule").then(|| {
            let prefix = move_source::required(source, "ecr_repository_prefix")?;
            let outputs = PullThroughCacheRuleOutputs {
                id: prefix.to_owned(),
                registry_id: source.text("registry_id").unwrap_or_default().to_owned(),
                created_at: None,
                claim: claims::unread(),
            };
            Ok(State { inputs: Self::existing(prefix, move_source::region(source)), outputs })
        })
    }

    async fn probe(call: &Call<Aws>, inputs: Self) -> Result<Option<State<Self>>, Diagnostics> {
        operations::probe(call, inputs).await
    }
}

/// The arguments that the rule has had, and that ECR cannot take away from it.
fn taken_away(prior: &PullThroughCacheRule, wanted: &PullThroughCacheRulePartial) -> Vec<Path> {
    let arguments = [
        ("credential_arn", &prior.credential_arn, &wanted.credential_arn),
        ("custom_role_arn", &prior.custom_role_arn, &wanted.custom_role_arn),
    ];
    let gone = arguments.into_iter().filter(|(_, prior, wanted)| prior.is_some() && **wanted == Known::Now(None));
    gone.map(|(name, ..)| Path::from(name)).collect()
}

#[cfg(test)]
mod tests;
