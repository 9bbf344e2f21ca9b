//! From a rule that is there to the state of a resource, and whether it is what a resource wants.

use rosa_ecr_model::{Call, Diagnostic, Diagnostics, Resource, State};

use super::{ObservedRule, PullThroughCacheRule, PullThroughCacheRuleOutputs, calls};
use crate::ecr::by_prefix::operations::OnePerPrefix;
use crate::ecr::by_prefix::{ByPrefix, Met, ROOT};
use crate::provider::Aws;

impl OnePerPrefix for PullThroughCacheRule {
    type Observed = ObservedRule;

    const SORT: ByPrefix = ByPrefix { what: "pull through cache rule", type_name: Self::TYPE };

    fn prefix(&self) -> &str {
        &self.prefix
    }

    fn region(&self) -> &Option<String> {
        &self.region
    }

    fn observed_prefix(found: &ObservedRule) -> &str {
        &found.prefix
    }

    fn observed_created_at(found: &ObservedRule) -> Option<&str> {
        found.created_at.as_deref()
    }

    fn created_at(outputs: &mut PullThroughCacheRuleOutputs) -> &mut Option<String> {
        &mut outputs.created_at
    }

    /// The inputs of a rule that is there, before it is looked at.
    fn existing(prefix: &str, region: Option<String>) -> Self {
        Self {
            prefix: prefix.to_owned(),
            upstream_registry_url: String::new(),
            upstream_repository_prefix: ROOT.to_owned(),
            credential_arn: None,
            custom_role_arn: None,
            adopt_existing: false,
            region,
            timeouts: None,
        }
    }

    /// Whether a rule with these inputs is there.
    fn is_met_by(&self, found: &ObservedRule) -> bool {
        self.has_upstream_of(found)
            && self.credential_arn == found.credential_arn
            && self.custom_role_arn == found.custom_role_arn
    }

    /// What a create says of the rule that it meets: a warning that it takes it.
    ///
    /// # Errors
    /// If it must not, or cannot.
    fn judged(&self, found: &ObservedRule, met: &Met) -> Result<Diagnostic, Diagnostic> {
        let warning = met.judged(self.is_met_by(found), self.adopt_existing)?;
        let stays = |found: &Option<String>, wanted: &Option<String>| found.is_some() && wanted.is_none();
        let what = if !self.has_upstream_of(found) {
            format!("It is for {} ({}).", found.upstream_registry_url, found.upstream_repository_prefix)
        } else if stays(&found.credential_arn, &self.credential_arn) {
            "It has a secret, and credential_arn is not set.".to_owned()
        } else if stays(&found.custom_role_arn, &self.custom_role_arn) {
            "It has a role, and custom_role_arn is not set.".to_owned()
        } else {
            return Ok(warning);
        };
        let object = format!("{} for {}", Self::SORT.what, self.prefix);
        Err(Diagnostic::error(format!("The {object} cannot be changed into this one"))
            .detail(format!("{what} ECR can change the secret and the role of a rule, and nothing else."))
            .fix(format!(
                "Delete it first: `aws ecr delete-pull-through-cache-rule --ecr-repository-prefix {}`. The repositories that it \
                 has filled stay.",
                self.prefix
            ))
            .at("prefix")
            .collision(object))
    }

    /// The state of a rule that is there, for a resource with these inputs.
    fn observed(&self, call: &Call<Aws>, found: &ObservedRule) -> State<Self> {
        State {
            inputs: Self {
                upstream_registry_url: found.upstream_registry_url.clone(),
                upstream_repository_prefix: found.upstream_repository_prefix.clone(),
                credential_arn: found.credential_arn.clone(),
                custom_role_arn: found.custom_role_arn.clone(),
                region: Some(call.region_of(&self.region).to_owned()),
                ..self.clone()
            },
            outputs: PullThroughCacheRuleOutputs {
                id: self.prefix.clone(),
                registry_id: found.registry_id.clone(),
                created_at: found.created_at.clone(),
                claim: call.claim().map(str::to_owned),
            },
        }
    }

    async fn find(call: &Call<Aws>, region: &str, prefix: &str) -> Result<Option<ObservedRule>, Diagnostics> {
        calls::find(call, region, prefix).await
    }

    async fn make(&self, call: &Call<Aws>, region: &str) -> Result<Option<ObservedRule>, Diagnostics> {
        calls::create(call, region, self).await
    }

    async fn change(&self, call: &Call<Aws>, region: &str, found: ObservedRule) -> Result<ObservedRule, Diagnostics> {
        calls::update(call, region, self).await?;
        let (credential_arn, custom_role_arn) = (self.credential_arn.clone(), self.custom_role_arn.clone());
        Ok(ObservedRule { credential_arn, custom_role_arn, ..found })
    }

    async fn remove(call: &Call<Aws>, region: &str, prefix: &str) -> Result<(), Diagnostics> {
        calls::delete(call, region, prefix).await
    }
}

impl PullThroughCacheRule {
    fn has_upstream_of(&self, found: &ObservedRule) -> bool {
        self.upstream_registry_url == found.upstream_registry_url
            && self.upstream_repository_prefix == found.upstream_repository_prefix
    }
}
