//! What a registry says of itself, and how the outputs follow from inputs and parts.

use std::collections::{BTreeMap, BTreeSet};

use rosa_ecr_derive::{Object, Outputs};

use super::RosaEcr;
use crate::ec2::endpoint_service as services;
use crate::ecr::encryption::encryption_of;
use crate::openshift::ImageMirror;
use crate::tags::Tags;

/// What a registry says of itself. Outputs of parts that are off are null.
#[derive(Clone, Debug, PartialEq, Outputs)]
pub struct RosaEcrOutputs {
    /// `{cluster_name}/{repository_name}`.
    pub id: String,
    /// URL of the repository, for push and pull, without a tag.
    pub repository_url: Option<String>,
    /// ARN of the repository.
    pub repository_arn: Option<String>,
    /// The account that the registry belongs to.
    pub registry_id: Option<String>,
    /// Host of the registry, for a login.
    pub registry_url: Option<String>,
    /// The registry's configuration in one object.
    #[attr(nested)]
    pub ecr_summary: Option<EcrSummary>,
    /// Path of the image mirror file.
    pub idms_config_path: Option<String>,
    /// Text of the image mirror file.
    pub idms_config_content: Option<String>,
    /// The image mirrors, as the rhcs provider's image mirror resource takes them.
    #[attr(nested)]
    pub image_mirrors: Option<Vec<ImageMirror>>,
    /// Id of the VPC endpoint for the ECR API.
    pub ecr_api_endpoint_id: Option<String>,
    /// Id of the VPC endpoint for push and pull.
    pub ecr_dkr_endpoint_id: Option<String>,
    /// Ids of the endpoints for `additional_endpoints`, by service; null while no endpoints are made.
    pub additional_endpoint_ids: Option<BTreeMap<String, String>>,
    /// Ids of the endpoints that the VPC had already and that are used; null while no endpoints are made.
    pub used_endpoint_ids: Option<BTreeSet<String>>,
    /// Id of the security group that was made for the endpoints.
    pub endpoint_security_group_id: Option<String>,
    /// Whether VPC endpoints are made.
    pub vpc_endpoints_enabled: bool,
    /// The roles that carry the pull permission, by what named them: `role/<name>` or `instance-profile/<name>`.
    pub pull_roles: BTreeMap<String, String>,
    /// What is not as it should be and no other attribute shows, a sentence each. The next apply repairs it.
    pub drift: Vec<String>,
    /// All tags of the repository, with the provider's `default_tags`.
    pub tags_all: Tags,
    /// When the repository was made, as RFC 3339 has it. It distinguishes the repository from a later one of the same name.
    pub repository_created_at: Option<String>,
    /// The claim of this resource on its objects: the value of their tag `rosa-ecr/claim`. Objects with another claim belong to
    /// another resource, and are neither changed nor deleted.
    pub claim: Option<String>,
}

impl RosaEcrOutputs {
    /// The id of each endpoint, by service.
    pub(super) fn endpoints(&self) -> BTreeMap<&'static str, &String> {
        let id = |service| match service {
            "api" => self.ecr_api_endpoint_id.as_ref(),
            "dkr" => self.ecr_dkr_endpoint_id.as_ref(),
            other => self.additional_endpoint_ids.as_ref().and_then(|ids| ids.get(other)),
        };
        services::SERVICES.into_iter().filter_map(|service| Some((service, id(service)?))).collect()
    }

    /// The id of each endpoint that is the registry's own, by service.
    pub(super) fn own_endpoints(&self) -> BTreeMap<&'static str, String> {
        let own = self.endpoints().into_iter().filter(|(_, id)| !self.uses(id));
        own.map(|(service, id)| (service, id.clone())).collect()
    }

    /// Whether that endpoint is used, and not the registry's own.
    pub(super) fn uses(&self, id: &str) -> bool {
        self.used_endpoint_ids.as_ref().is_some_and(|used| used.contains(id))
    }
}

/// The registry's configuration in one object.
#[derive(Clone, Debug, PartialEq, Object)]
pub struct EcrSummary {
    /// Name of the repository.
    pub repository_name: String,
    /// URL of the repository.
    pub repository_url: String,
    /// Host of the registry.
    pub registry_url: String,
    /// `KMS` or `AES256`.
    pub encryption: String,
    /// Whether images are scanned when they are pushed.
    pub scan_on_push: bool,
    /// Whether a tag can be moved to another image.
    pub tag_mutability: String,
    /// Whether the repository survives a destroy.
    pub prevent_destroy: bool,
    /// What becomes of old images, and of the repository when the cluster goes.
    pub lifecycle_note: String,
}

impl EcrSummary {
    /// The summary of a registry with these inputs at these addresses.
    pub(super) fn of(inputs: &RosaEcr, repository_url: &str, registry_url: &str) -> Self {
        Self {
            repository_name: inputs.name(),
            repository_url: repository_url.to_owned(),
            registry_url: registry_url.to_owned(),
            encryption: encryption_of(inputs.kms_key_arn.as_deref()).to_owned(),
            scan_on_push: inputs.scan_on_push,
            tag_mutability: inputs.image_tag_mutability.clone(),
            prevent_destroy: inputs.prevent_destroy,
            lifecycle_note: lifecycle_note(inputs),
        }
    }
}

fn lifecycle_note(inputs: &RosaEcr) -> String {
    let images = if inputs.lifecycle_policy_enabled {
        let (days, count) = (inputs.lifecycle_untagged_days, inputs.lifecycle_keep_count);
        let kept = match &inputs.lifecycle_tag_patterns {
            None => format!("the newest {count} tagged images stay"),
            Some(patterns) => {
                format!("of the images tagged {} the newest {count} of each pattern stay", patterns.join(" or "))
            }
        };
        format!("Untagged images expire after {days} days, {kept}.")
    } else {
        "This registry lets no image expire.".to_owned()
    };
    let repository = match (inputs.prevent_destroy, inputs.force_delete) {
        (true, _) => "The repository survives a destroy.",
        (false, true) => "A destroy deletes the repository with its images.",
        (false, false) => "A destroy deletes the repository if it is empty.",
    };
    format!("{images} {repository}")
}
