//! AWS IAM: the permission of worker nodes to pull, and of build pipelines to push.
//!
//! A [`PullPolicyAttachment`] gives a worker role `AmazonEC2ContainerRegistryReadOnly`. Worker roles are shared: between
//! the clusters of an account on ROSA Classic, between machine pools on ROSA with hosted control planes. How the last
//! one to need the policy is told from the others is in `shared_role`.
//!
//! A [`PushRole`] is for who is named and for nobody else: whom it trusts is in `role_trust`, what it allows in `push_policy`.

mod instance_profile;
pub(crate) mod irsa;
mod names;
pub(crate) mod policy_document;
mod pull_policy_attachment;
pub(crate) mod push_policy;
mod push_role;
mod role_trust;
mod shared_role;

pub(crate) use instance_profile::{Profile, find_role_of_profile, look_at_profile};
pub(crate) use names::{instance_profile_name, role_name};
pub use pull_policy_attachment::{
    PullPolicyAttachment, PullPolicyAttachmentFacts, PullPolicyAttachmentHandles, PullPolicyAttachmentOutputs,
};
pub use push_role::{PushRole, PushRoleFacts, PushRoleOutputs, PushRoleQuery};
pub(crate) use shared_role::{Source, attached_policies, marked_roles};
