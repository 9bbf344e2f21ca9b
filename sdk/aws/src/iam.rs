//! AWS IAM: the permission of worker nodes to pull, and of build pipelines to push.
//!
//! A [`PullPolicyAttachment`] gives a worker role a policy of AWS, or an inline policy for some repositories. Worker roles are
//! shared between the clusters of an account, on ROSA Classic as well as with hosted control planes (`worker_role`). How the last
//! one to need a policy is found out is in `shared_role`.
//!
//! A [`PushRole`] is for the named principals only: whom it trusts is in `role_trust`, what it allows in `push_policy`.

mod instance_profile;
pub(crate) mod irsa;
mod marked_roles;
mod names;
pub(crate) mod policy_document;
pub(crate) mod policy_evaluation;
pub(crate) mod pull_permission;
mod pull_policy_attachment;
pub(crate) mod push_policy;
mod push_role;
pub(crate) mod role_permissions;
mod role_trust;
mod shared_role;
pub(crate) mod worker_role;

pub(crate) use instance_profile::{Profile, find_role_of_profile, look_at_profile};
pub(crate) use marked_roles::marked_roles;
pub(crate) use names::{instance_profile_name, role_name};
pub use pull_policy_attachment::{
    PullPolicyAttachment, PullPolicyAttachmentFacts, PullPolicyAttachmentHandles, PullPolicyAttachmentOutputs,
    PullPolicyAttachmentQuery,
};
pub use push_role::{PushRole, PushRoleFacts, PushRoleOutputs, PushRoleQuery};
pub(crate) use shared_role::Source;
