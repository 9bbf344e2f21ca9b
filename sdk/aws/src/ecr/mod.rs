//! Amazon ECR: repositories and what belongs to them.

mod authorization_token;
mod images;
mod lifecycle_document;
mod lifecycle_policy;
pub(crate) mod repository;
mod repository_lookup;

pub use authorization_token::{AuthorizationToken, AuthorizationTokenOutputs};
pub use images::{Image, Images, ImagesOutputs};
pub(crate) use images::{Sought, seek};
pub use lifecycle_policy::{LifecyclePolicy, LifecyclePolicyOutputs};
pub use repository::{ExclusionFilter, Repository, RepositoryOutputs};
pub use repository_lookup::{RepositoryLookup, RepositoryLookupOutputs};
