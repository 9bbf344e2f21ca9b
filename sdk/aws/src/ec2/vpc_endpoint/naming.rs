//! What an endpoint goes by: as a real object, in its tags, and by its place.

use std::collections::BTreeSet;

use rosa_ecr_model::{Call, RealObject, State};

use super::{VpcEndpoint, VpcEndpointPartial};
use crate::claims::Mark;
use crate::ec2::endpoint_service as services;
use crate::provider::Aws;
use crate::tags::{self, Tags};

/// The endpoint as a person reads it.
pub(crate) fn object(service: &str, vpc: &str) -> String {
    format!("VPC endpoint for {} in {vpc}", services::suffix(service))
}

/// The endpoint of a service with private DNS, of which a VPC can have one.
pub(crate) fn real_object(service: &str, vpc: &str) -> RealObject {
    RealObject {
        planned: true,
        name: object(service, vpc),
        sharing: "A VPC has one endpoint of a service with private DNS, which all clusters in it can use: set \
                  create_vpc_endpoints = false in all rosa_ecr but one.",
    }
}

/// A gateway endpoint by one of its route tables.
pub(super) fn for_route_table(object: &str, table: &str) -> String {
    format!("{object} for {table}")
}

/// The endpoint of these inputs. Of those without private DNS, a VPC can have several; and of gateway endpoints one for each
/// route table.
pub(super) fn real_objects_of(inputs: &VpcEndpointPartial) -> Vec<RealObject> {
    let (Some(service), Some(vpc)) = (inputs.service.now(), inputs.vpc_id.now()) else { return Vec::new() };
    let real = real_object(service, vpc);
    if services::is_gateway(service) {
        let tables = inputs.route_table_ids.now().into_iter().flatten();
        let sharing = "A route table leads to a service through one endpoint.";
        return tables
            .map(|table| RealObject { name: for_route_table(&real.name, table), sharing, planned: true })
            .collect();
    }
    if inputs.private_dns_enabled.now() == Some(&true) {
        return vec![real];
    }
    match (inputs.private_dns_enabled.now(), inputs.subnet_ids.now()) {
        (Some(_), Some(subnets)) => {
            let subnets: Vec<&str> = subnets.iter().map(String::as_str).collect();
            let name = format!("{} without private DNS in {}", real.name, subnets.join(", "));
            vec![RealObject { name, sharing: "If both are meant, give them different subnets.", planned: true }]
        }
        _ => Vec::new(),
    }
}

/// What the state recorded of its endpoint.
pub(super) fn mark(state: &State<VpcEndpoint>) -> Mark<'_> {
    Mark { claim: state.outputs.claim.as_deref(), unique: None }
}

/// The component that ownership tags name.
pub(crate) fn component(service: &str) -> String {
    if services::is_ecr(service) { format!("ecr-{service}-endpoint") } else { format!("{service}-endpoint") }
}

pub(super) fn wanted_tags(call: &Call<Aws>, inputs: &VpcEndpoint) -> Tags {
    let mut wanted = call.tags().merged(&inputs.tags);
    wanted.extend(call.owner().tags(&component(&inputs.service)));
    wanted.extend(tags::claim(call.claim()));
    wanted
}

/// The region that the endpoint is in.
pub(super) fn place<'a>(call: &'a Call<Aws>, inputs: &'a VpcEndpoint) -> &'a str {
    call.region_of(&inputs.region)
}

/// Ids in a sentence.
pub(crate) fn listed<'a>(ids: impl IntoIterator<Item = &'a String>) -> String {
    ids.into_iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// What two sets have in common.
pub(super) fn common<'a>(one: &'a BTreeSet<String>, other: &'a BTreeSet<String>) -> Vec<&'a String> {
    one.intersection(other).collect()
}
