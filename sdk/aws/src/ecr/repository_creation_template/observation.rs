//! From a template that is there to the state of a resource, and whether it is what a resource wants.

use std::collections::BTreeSet;

use rosa_ecr_model::{Call, Diagnostic, Diagnostics, Resource, State};

use super::{ObservedTemplate, RepositoryCreationTemplate, RepositoryCreationTemplateOutputs, calls};
use crate::ecr::by_prefix::operations::OnePerPrefix;
use crate::ecr::by_prefix::{ByPrefix, Met};
use crate::ecr::encryption::encryption_of;
use crate::ecr::lifecycle_document;
use crate::iam::policy_document as policies;
use crate::provider::Aws;
use crate::tags::Tags;

impl OnePerPrefix for RepositoryCreationTemplate {
    type Observed = ObservedTemplate;

    const SORT: ByPrefix = ByPrefix { what: "repository creation template", type_name: Self::TYPE };

    fn prefix(&self) -> &str {
        &self.prefix
    }

    fn region(&self) -> &Option<String> {
        &self.region
    }

    fn observed_prefix(found: &ObservedTemplate) -> &str {
        &found.prefix
    }

    fn observed_created_at(found: &ObservedTemplate) -> Option<&str> {
        found.created_at.as_deref()
    }

    fn created_at(outputs: &mut RepositoryCreationTemplateOutputs) -> &mut Option<String> {
        &mut outputs.created_at
    }

    /// The inputs of a template that is there, before it is looked at.
    fn existing(prefix: &str, region: Option<String>) -> Self {
        Self {
            prefix: prefix.to_owned(),
            applied_for: BTreeSet::new(),
            description: None,
            image_tag_mutability: String::new(),
            image_tag_mutability_exclusion_filters: BTreeSet::new(),
            encryption_type: None,
            kms_key_arn: None,
            lifecycle_policy: None,
            repository_policy: None,
            resource_tags: Tags::new(),
            custom_role_arn: None,
            adopt_existing: false,
            region,
            timeouts: None,
        }
    }

    /// Whether a template with these inputs is there. A key that is left open may be any.
    fn is_met_by(&self, found: &ObservedTemplate) -> bool {
        self.applied_for == found.applied_for
            && self.description.as_deref().unwrap_or_default() == found.description.as_deref().unwrap_or_default()
            && self.image_tag_mutability == found.mutability
            && self.image_tag_mutability_exclusion_filters == found.filters
            && self.encryption_type() == found.encryption_type
            && (self.kms_key_arn.is_none() || self.kms_key_arn == found.kms_key_arn)
            && same(self.lifecycle_policy.as_deref(), found.lifecycle_policy.as_deref(), lifecycle_document::same)
            && same(self.repository_policy.as_deref(), found.repository_policy.as_deref(), policies::same)
            && self.resource_tags == found.resource_tags
            && self.custom_role_arn == found.custom_role_arn
    }

    /// The state of a template that is there, for a resource with these inputs: policies in its own spelling if they say the same.
    fn observed(&self, call: &Call<Aws>, found: &ObservedTemplate) -> State<Self> {
        let spelt = |own: &Option<String>, found: &Option<String>, is_same: fn(&str, &str) -> bool| {
            if same(own.as_deref(), found.as_deref(), is_same) { own.clone() } else { found.clone() }
        };
        State {
            inputs: Self {
                applied_for: found.applied_for.clone(),
                description: spelt(&self.description, &found.description, str::eq),
                image_tag_mutability: found.mutability.clone(),
                image_tag_mutability_exclusion_filters: found.filters.clone(),
                encryption_type: Some(found.encryption_type.clone()),
                kms_key_arn: found.kms_key_arn.clone(),
                lifecycle_policy: spelt(&self.lifecycle_policy, &found.lifecycle_policy, lifecycle_document::same),
                repository_policy: spelt(&self.repository_policy, &found.repository_policy, policies::same),
                resource_tags: found.resource_tags.clone(),
                custom_role_arn: found.custom_role_arn.clone(),
                region: Some(call.region_of(&self.region).to_owned()),
                ..self.clone()
            },
            outputs: RepositoryCreationTemplateOutputs {
                id: self.prefix.clone(),
                registry_id: found.registry_id.clone(),
                created_at: found.created_at.clone(),
                claim: call.claim().map(str::to_owned),
            },
        }
    }

    fn judged(&self, found: &ObservedTemplate, met: &Met) -> Result<Diagnostic, Diagnostic> {
        met.judged(self.is_met_by(found), self.adopt_existing)
    }

    async fn find(call: &Call<Aws>, region: &str, prefix: &str) -> Result<Option<ObservedTemplate>, Diagnostics> {
        calls::find(call, region, prefix).await
    }

    async fn make(&self, call: &Call<Aws>, region: &str) -> Result<Option<ObservedTemplate>, Diagnostics> {
        calls::create(call, region, self).await
    }

    async fn change(
        &self,
        call: &Call<Aws>,
        region: &str,
        found: ObservedTemplate,
    ) -> Result<ObservedTemplate, Diagnostics> {
        let updated = calls::update(call, region, self).await?;
        Ok(ObservedTemplate { created_at: found.created_at, ..updated })
    }

    async fn remove(call: &Call<Aws>, region: &str, prefix: &str) -> Result<(), Diagnostics> {
        calls::delete(call, region, prefix).await
    }
}

impl RepositoryCreationTemplate {
    /// The encryption of a template with these inputs.
    pub(super) fn encryption_type(&self) -> &str {
        self.encryption_type.as_deref().unwrap_or(encryption_of(self.kms_key_arn.as_deref()))
    }
}

/// Whether two texts say the same. An empty one is none.
fn same(one: Option<&str>, other: Option<&str>, is_same: fn(&str, &str) -> bool) -> bool {
    match (one.filter(|text| !text.is_empty()), other.filter(|text| !text.is_empty())) {
        (Some(one), Some(other)) => is_same(one, other),
        (one, other) => one == other,
    }
}
