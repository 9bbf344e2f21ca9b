//! Amazon ECR: repositories and what belongs to them.

mod authorization_token;
mod images;
mod lifecycle_document;
mod lifecycle_policy;
pub(crate) mod repository;
mod repository_lookup;
mod repository_policy;

pub use authorization_token::{AuthorizationToken, AuthorizationTokenOutputs};
pub use images::{Image, Images, ImagesOutputs};
pub(crate) use images::{Sought, seek};
pub(crate) use lifecycle_document::Retention;
pub use lifecycle_policy::{LifecyclePolicy, LifecyclePolicyHandles, LifecyclePolicyOutputs};
pub use repository::{ExclusionFilter, Repository, RepositoryHandles, RepositoryOutputs, RepositoryQuery};
pub use repository_lookup::{RepositoryLookup, RepositoryLookupOutputs};
pub use repository_policy::{RepositoryPolicy, RepositoryPolicyFacts, RepositoryPolicyOutputs};

use rosa_ecr_model::{Diagnostic, IdentityAttribute, import_command};

/// The repository in the identity of what belongs to one.
const REPOSITORY_IDENTITY: IdentityAttribute =
    IdentityAttribute { name: "repository", description: "Name of the repository.", required: true };

/// Why a policy must not be put over one that something else has put there.
fn taken(type_name: &str, what: &str, repository: &str) -> Diagnostic {
    Diagnostic::error(format!("The repository {repository} has another {what} already"))
        .detail("It was not put there by this resource, so it is left alone.")
        .fix(format!(
            "To manage it here, import it: {}. The next plan then shows what changes.",
            import_command(type_name, repository)
        ))
        .at("repository")
        .collision(format!("the {what} of {repository}"))
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
