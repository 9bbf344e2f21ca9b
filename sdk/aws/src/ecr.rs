//! Amazon ECR: repositories and what belongs to them.

mod authorization_token;
mod by_prefix;
mod delete_images;
mod document;
mod document_query;
pub(crate) mod encryption;
mod image_scan_findings;
mod images;
mod lifecycle_document;
pub(crate) mod lifecycle_policy;
mod lifecycle_policy_preview;
mod principals;
mod pull_through_cache_rule;
mod registry;
mod repositories;
pub(crate) mod repository;
mod repository_creation_template;
mod repository_lookup;
mod repository_policy;
mod scan_images;

pub use authorization_token::{AuthorizationToken, AuthorizationTokenOutputs};
pub use delete_images::DeleteImages;
pub use document_query::DocumentQuery;
pub use image_scan_findings::{ImageScanFindings, ImageScanFindingsOutputs, ScanFinding, VulnerablePackage};
pub use images::{Image, Images, ImagesOutputs};
pub(crate) use images::{Sought, seek};
pub(crate) use lifecycle_document::{
    Retention, broken as broken_lifecycle_rules, check as check_lifecycle_policy, check_pattern,
    repeated as repeated_pattern,
};
pub use lifecycle_policy::{LifecyclePolicy, LifecyclePolicyHandles, LifecyclePolicyOutputs};
pub use lifecycle_policy_preview::{LifecyclePolicyPreview, LifecyclePolicyPreviewOutputs, PreviewedImage};
pub use pull_through_cache_rule::{
    PullThroughCacheRule, PullThroughCacheRuleFacts, PullThroughCacheRuleOutputs, PullThroughCacheRuleQuery,
};
pub use registry::{
    AccountSetting, RegistryPolicy, RegistryScanning, RegistrySettingFacts, RegistrySettingOutputs,
    RegistrySettingQuery, Replication, ReplicationDestination, ReplicationFilter, ReplicationRule, ScanningFilter,
    ScanningRule, Signing, SigningFilter, SigningRule,
};
pub use repositories::{FoundRepository, Repositories, RepositoriesOutputs};
pub use repository::{ExclusionFilter, Repository, RepositoryHandles, RepositoryOutputs, RepositoryQuery};
pub use repository_creation_template::{
    RepositoryCreationTemplate, RepositoryCreationTemplateFacts, RepositoryCreationTemplateOutputs,
    RepositoryCreationTemplateQuery,
};
pub use repository_lookup::{RepositoryLookup, RepositoryLookupOutputs};
pub use repository_policy::{RepositoryPolicy, RepositoryPolicyFacts, RepositoryPolicyOutputs};
pub use scan_images::ScanImages;

use rosa_ecr_model::{Call, Diagnostic, IdentityAttribute, import_command, text};

use crate::provider::Aws;

/// The repository in the identity of what belongs to one.
const REPOSITORY_IDENTITY: IdentityAttribute =
    IdentityAttribute { name: "repository", description: "Name of the repository.", required: true };

/// A repository's lifecycle policy.
static LIFECYCLE_POLICY: document::Document =
    document::Document { what: "lifecycle policy", tag: "rosa-ecr/lifecycle-policy" };

/// A repository's policy.
static REPOSITORY_POLICY: document::Document = document::Document { what: "policy", tag: "rosa-ecr/repository-policy" };

/// Why a policy must not be put over one that something else has put there.
fn taken(type_name: &str, what: &str, repository: &str) -> Diagnostic {
    Diagnostic::error(format!("The repository {repository} has another {what} already"))
        .detail("It was not put there by this resource, so it is left alone.")
        .fix(text![
            "To manage it here, import it: ",
            import_command(type_name, repository),
            ". The next plan then shows what changes.",
        ])
        .at("repository")
        .collision(format!("the {what} of {repository}"))
}

/// Says in a plan that a create would find a policy that says the same, and take it over.
fn taking_over(call: &Call<Aws>, object: &str, type_name: &str) -> Diagnostic {
    Diagnostic::warning(format!("The {object} exists and is taken over"))
        .detail(
            "It says what this resource wants. Another declaration may hold it, which then lets go of it. If it is deleted \
             before, it is put again.",
        )
        .fix(call.declaration().renaming(type_name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_that_is_there_is_a_collision() {
        let refusal = taken("rosa_ecr_lifecycle_policy", "lifecycle policy", "dev/tools");
        assert_eq!(refusal.owner(), Some("the lifecycle policy of dev/tools"));
    }
}
