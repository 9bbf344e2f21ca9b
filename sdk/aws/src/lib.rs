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
pub mod iam;
mod import_id;
pub mod openshift;
mod partition;
mod provider;
mod pull_readiness;
mod region;
mod relocation;
mod rosa_ecr;
mod rules;
mod tags;
mod wait;

pub use functions::functions;
pub use partition::Partition;
pub use provider::{Aws, Identity, RosaProvider};
pub use pull_readiness::{PullReadiness, PullReadinessOutputs, ReadinessCheck};
pub use rosa_ecr::{RosaEcr, RosaEcrHandles, RosaEcrOutputs};
pub use tags::{Owner, TagPolicy};

use std::sync::Arc;

use rosa_ecr_model::{DataKind, EphemeralKind, Kind, ListKind, data_source, ephemeral, kind, listed};

/// All resources.
pub fn kinds() -> Vec<Arc<dyn Kind<Aws>>> {
    vec![
        kind::<RosaEcr>(),
        kind::<ecr::Repository>(),
        kind::<ecr::LifecyclePolicy>(),
        kind::<ecr::RepositoryPolicy>(),
        kind::<ec2::VpcEndpoint>(),
        kind::<ec2::EndpointSecurityGroup>(),
        kind::<iam::PullPolicyAttachment>(),
        kind::<iam::PushRole>(),
        kind::<openshift::Idms>(),
    ]
}

/// All data sources.
pub fn data_sources() -> Vec<Arc<dyn DataKind<Aws>>> {
    vec![data_source::<ecr::RepositoryLookup>(), data_source::<ecr::Images>(), data_source::<PullReadiness>()]
}

/// All ephemeral resources.
pub fn ephemeral_resources() -> Vec<Arc<dyn EphemeralKind<Aws>>> {
    vec![ephemeral::<ecr::AuthorizationToken>()]
}

/// All resources that can be listed.
pub fn list_resources() -> Vec<Arc<dyn ListKind<Aws>>> {
    vec![listed::<ecr::Repository>(), listed::<ec2::VpcEndpoint>(), listed::<iam::PushRole>()]
}
