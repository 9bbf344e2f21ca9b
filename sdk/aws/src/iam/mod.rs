//! AWS IAM: the permission of worker nodes to pull.
//!
//! A [`PullPolicyAttachment`] gives a worker role `AmazonEC2ContainerRegistryReadOnly`. Worker roles are shared: between
//! the clusters of an account on ROSA Classic, between machine pools on ROSA with hosted control planes. How the last
//! one to need the policy is told from the others is in [`shared_role`].

mod instance_profile;
pub(crate) mod irsa;
mod names;
pub(crate) mod policy_document;
mod pull_policy_attachment;
mod shared_role;

pub(crate) use instance_profile::{Profile, find_role_of_profile, look_at_profile};
pub(crate) use names::{instance_profile_name, role_name};
pub use pull_policy_attachment::{PullPolicyAttachment, PullPolicyAttachmentFacts, PullPolicyAttachmentOutputs};
pub(crate) use shared_role::{Source, attached_policies};
