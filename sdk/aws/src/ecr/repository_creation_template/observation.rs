//! From a template that is there to the state of a resource, and whether it is what a resource wants.

use std::collections::BTreeSet;

use rosa_ecr_model::{Call, State};

use super::{ObservedTemplate, RepositoryCreationTemplate, RepositoryCreationTemplateOutputs, region_of};
use crate::ecr::encryption::encryption_of;
use crate::ecr::lifecycle_document;
use crate::iam::policy_document as policies;
use crate::provider::Aws;
use crate::tags::Tags;

impl RepositoryCreationTemplate {
    /// The inputs of a template that is there, before it is looked at.
    pub(super) fn existing(prefix: &str, region: Option<String>) -> Self {
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

    /// The encryption of a template with these inputs.
    pub(super) fn encryption_type(&self) -> &str {
        self.encryption_type.as_deref().unwrap_or(encryption_of(self.kms_key_arn.as_deref()))
    }

    /// Whether a template with these inputs is there. A key that is left open may be any.
    pub(super) fn is_met_by(&self, found: &ObservedTemplate) -> bool {
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
    pub(super) fn observed(&self, call: &Call<Aws>, found: &ObservedTemplate) -> State<Self> {
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
                region: Some(region_of(call, self).to_owned()),
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
}

/// Whether two texts say the same. An empty one is none.
fn same(one: Option<&str>, other: Option<&str>, is_same: fn(&str, &str) -> bool) -> bool {
    match (one.filter(|text| !text.is_empty()), other.filter(|text| !text.is_empty())) {
        (Some(one), Some(other)) => is_same(one, other),
        (one, other) => one == other,
    }
}
