//! The resources, by AWS service, and the client factory under them.
//!
//! Every resource is defined once, in one file, and read top to bottom: the AWS calls it makes and the IAM actions they
//! need, inputs, outputs, behaviour, mapping, tests. [`Aws`] is the context all of them get: clients by region, the
//! caller's identity (asked for once, when something needs it), tags, and the owner in whose name objects are made.

mod claims;
pub mod ec2;
pub mod ecr;
pub mod error;
mod functions;
mod generated_name;
pub mod iam;
mod import_id;
mod move_source;
mod offered;
pub mod openshift;
mod page;
mod partition;
mod provider;
mod pull_readiness;
mod region;
mod rosa_ecr;
mod rules;
mod tags;
mod wait;
mod wildcard;

pub use functions::functions;
pub use offered::{actions, data_sources, ephemeral_resources, kinds, list_resources, resources};
pub use partition::Partition;
pub use provider::{Aws, Identity, RosaProvider};
pub use pull_readiness::{PullReadiness, PullReadinessOutputs, ReadinessCheck};
pub use rosa_ecr::{RegistryQuery, RosaEcr, RosaEcrHandles, RosaEcrOutputs};
pub use tags::{Owner, TagPolicy};
