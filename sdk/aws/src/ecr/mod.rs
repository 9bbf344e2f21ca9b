//! Amazon ECR: repositories and what belongs to them.

mod lifecycle_document;
mod lifecycle_policy;
pub(crate) mod repository;

pub use lifecycle_policy::{LifecyclePolicy, LifecyclePolicyOutputs};
pub use repository::{ExclusionFilter, Repository, RepositoryOutputs};
