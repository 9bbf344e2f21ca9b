//! The plan of an endpoint. Pure.

use std::collections::BTreeSet;

use rosa_ecr_model::{Change, Diagnostics, Known, Resource as _};

use super::conflict::{Position, conflict};
use super::described::ObservedEndpoint;
use super::observation::same_policy;
use super::survey::VpcEndpointFacts;
use super::{VpcEndpoint, VpcEndpointPartial};
use crate::ec2::endpoint_service as services;
use crate::tags;

/// What becomes known, what differs, and what must not be.
pub(super) fn plan(facts: &VpcEndpointFacts, change: &mut Change<VpcEndpoint>, report: &mut Diagnostics) {
    report.extend(facts.taking_over.clone());
    report.extend(facts.misplaced.clone());
    if !change.replace.is_empty() {
        change.outputs = Default::default();
    }
    let (inputs, outputs) = (&mut change.inputs, &mut change.outputs);
    if let Some(position) = position(inputs) {
        // As long as the owner is not known, what is marked may be its own.
        let may_be_own =
            |found: &&ObservedEndpoint| inputs.owner == Known::Later && tags::owner_of(&found.tags).is_some();
        let others: Vec<ObservedEndpoint> = facts.others.iter().filter(|found| !may_be_own(found)).cloned().collect();
        report.extend(conflict(&others, &facts.owner, &position, VpcEndpoint::TYPE));
    }
    if let Some(prior) = &change.prior {
        let now = &prior.inputs;
        if let (Some(now), Known::Now(Some(wanted))) = (&now.policy, &inputs.policy)
            && same_policy(Some(now), Some(wanted))
        {
            inputs.policy = Known::Now(Some(now.clone()));
        }
        if facts.default_group.is_some() && facts.default_group.as_ref() == inputs.security_group_ids.now() {
            // Without any, it has that group already.
            inputs.security_group_ids = Known::Now(BTreeSet::new());
        }
        let keeps_interfaces = inputs.subnet_ids.now() == Some(&now.subnet_ids)
            && inputs.private_dns_enabled == Known::Now(now.private_dns_enabled)
            && inputs.ip_address_type.now() == Some(&now.ip_address_type);
        if !keeps_interfaces {
            outputs.network_interface_ids = Known::Later;
            outputs.dns_names = Known::Later;
        }
    }
    if inputs.service.now().is_some_and(|service| services::is_gateway(service)) {
        (outputs.dns_names, outputs.network_interface_ids) = (Known::Now(Vec::new()), Known::Now(BTreeSet::new()));
    }
    let named = inputs.region.clone().and_then(Known::from).zip(inputs.service.clone());
    outputs.service_name = named.map(|(region, service)| services::name(&region, &service));
    outputs.tags_all = tags::planned(facts.tags.as_ref(), &inputs.tags, tags::OWN_TAGS_WITH_REGISTRY, report);
}

/// Where the endpoint is to stand, as far as it is known.
fn position(inputs: &VpcEndpointPartial) -> Option<Position<'_>> {
    static NONE: BTreeSet<String> = BTreeSet::new();
    Some(Position {
        service: inputs.service.now()?,
        vpc: inputs.vpc_id.now()?,
        private_dns: *inputs.private_dns_enabled.now()?,
        route_tables: inputs.route_table_ids.now().unwrap_or(&NONE),
    })
}
