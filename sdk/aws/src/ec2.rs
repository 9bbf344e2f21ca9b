//! Amazon EC2: private access to ECR from a VPC.
//!
//! A [`VpcEndpoint`] gives one of ECR's two services addresses inside the VPC; an [`EndpointSecurityGroup`] says who may
//! reach them. Each resource is one file; what it calls and what it compares are in the folder of its name.

#[cfg(test)]
pub(crate) mod answers;
mod endpoint_security_group;
mod ids;
pub(crate) mod placement;
pub(crate) mod pull_path;
pub(crate) mod subnets;
mod tagging;
mod vpc;
mod vpc_endpoint;

pub(crate) use endpoint_security_group::canonical_set;
pub use endpoint_security_group::{
    EndpointSecurityGroup, EndpointSecurityGroupFacts, EndpointSecurityGroupHandles, EndpointSecurityGroupOutputs,
    EndpointSecurityGroupQuery,
};
pub(crate) use ids::{security_group_id, subnet_id, vpc_id};
pub(crate) use vpc::vpc_cidrs;
pub(crate) use vpc_endpoint::{
    ObservedEndpoint, change, conflict, find, find_owned, observed, real_object as endpoint_object, start,
    start_delete, wait_available, wait_gone,
};
pub use vpc_endpoint::{VpcEndpoint, VpcEndpointFacts, VpcEndpointHandles, VpcEndpointOutputs, VpcEndpointQuery};

use aws_sdk_ec2::types::Filter;
use rosa_ecr_model::Diagnostics;

/// A filter of a call that describes things.
fn filter(name: &str, values: impl IntoIterator<Item = String>) -> Filter {
    Filter::builder().name(name).set_values(Some(values.into_iter().collect())).build()
}

/// A part of an answer that must be there: the SDK takes a truncated answer for a whole one.
fn present<T>(part: Option<T>, doing: &str) -> Result<T, Diagnostics> {
    part.ok_or_else(|| crate::error::incomplete("EC2", doing).into())
}
