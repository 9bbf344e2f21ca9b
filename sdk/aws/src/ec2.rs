//! Amazon EC2: private access from a VPC to ECR, and to what else a closed cluster needs.
//!
//! A [`VpcEndpoint`] gives a service addresses inside the VPC, or leads route tables to it; an [`EndpointSecurityGroup`] says who
//! may reach the addresses. Each resource is one file; what it calls and what it compares are in the folder of its name.

#[cfg(test)]
pub(crate) mod answers;
mod endpoint_security_group;
pub(crate) mod endpoint_service;
mod ids;
pub(crate) mod placement;
pub(crate) mod pull_path;
pub(crate) mod reach;
pub(crate) mod route_tables;
pub(crate) mod subnets;
mod tagging;
mod vpc;
mod vpc_endpoint;

pub(crate) use endpoint_security_group::canonical_set;
pub use endpoint_security_group::{
    EndpointSecurityGroup, EndpointSecurityGroupFacts, EndpointSecurityGroupHandles, EndpointSecurityGroupOutputs,
    EndpointSecurityGroupQuery,
};
pub(crate) use ids::{route_table_id, security_group_id, subnet_id, vpc_id};
pub(crate) use vpc::vpc_cidrs;
pub(crate) use vpc_endpoint::{
    ObservedEndpoint, Position, change, component as endpoint_component, conflict, find, find_owned, listed, observed,
    real_object as endpoint_object, start, start_delete, wait_available, wait_gone,
};
pub use vpc_endpoint::{VpcEndpoint, VpcEndpointFacts, VpcEndpointHandles, VpcEndpointOutputs, VpcEndpointQuery};

use aws_sdk_ec2::types::Filter;
use rosa_ecr_model::Diagnostics;

/// A filter of a call that describes things.
pub(crate) fn filter(name: &str, values: impl IntoIterator<Item = String>) -> Filter {
    Filter::builder().name(name).set_values(Some(values.into_iter().collect())).build()
}

/// A part of an answer that must be there: the SDK takes a truncated answer for a whole one.
fn present<T>(part: Option<T>, doing: &str) -> Result<T, Diagnostics> {
    part.ok_or_else(|| crate::error::incomplete("EC2", doing).into())
}
