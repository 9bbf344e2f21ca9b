//! An endpoint as EC2 describes it.

use std::collections::BTreeSet;

use aws_sdk_ec2::types::{VpcEndpoint as Described, VpcEndpointType};
use rosa_ecr_model::Call;

use super::naming;
use crate::claims::Mark;
use crate::ec2::{endpoint_service as services, tagging};
use crate::provider::Aws;
use crate::tags::Tags;

/// An endpoint as EC2 describes it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ObservedEndpoint {
    pub id: String,
    pub service_name: String,
    pub vpc_id: String,
    /// In lower case: EC2's own spelling differs from its documentation.
    pub state: String,
    pub private_dns: bool,
    /// Whether it is a gateway endpoint, and no interface endpoint.
    pub is_gateway: bool,
    /// The route tables that lead to a gateway endpoint.
    pub route_tables: BTreeSet<String>,
    pub subnets: BTreeSet<String>,
    pub groups: BTreeSet<String>,
    /// Whether the only group is the VPC's default one.
    pub has_default_group: bool,
    pub policy: Option<String>,
    pub ip_address_type: Option<String>,
    pub interfaces: BTreeSet<String>,
    pub dns_names: Vec<String>,
    pub owner_id: String,
    pub error: Option<String>,
    pub tags: Tags,
}

impl ObservedEndpoint {
    /// Whether it is there or on its way: not failed, and not on its way out.
    pub(crate) fn is_alive(&self) -> bool {
        !self.is_leaving() && !self.is_broken()
    }

    pub(super) fn is_leaving(&self) -> bool {
        matches!(self.state.as_str(), "deleting" | "deleted")
    }

    /// Whether it will never work.
    pub(super) fn is_broken(&self) -> bool {
        matches!(self.state.as_str(), "failed" | "rejected" | "expired")
    }

    /// The endpoint as a person reads it.
    pub(crate) fn object(&self) -> String {
        let object = naming::object(self.service().unwrap_or(&self.service_name), &self.vpc_id);
        match self.route_tables.first().filter(|_| self.is_gateway) {
            Some(table) => naming::for_route_table(&object, table),
            None => object,
        }
    }

    /// What tells whose it is: an id is never given twice.
    pub(crate) fn mark(&self) -> Mark<'_> {
        Mark::of(&self.tags, None)
    }

    /// The call of a declaration that has the claim which the endpoint carries.
    pub(super) fn claiming(&self, call: &Call<Aws>) -> Call<Aws> {
        call.clone().claiming(self.mark().claim.map(Into::into))
    }

    /// Which service it leads to, by its short name.
    pub(crate) fn service(&self) -> Option<&'static str> {
        services::of_name(&self.service_name, self.is_gateway)
    }
}

/// `None` where there is not even an id.
pub(super) fn found(endpoint: Described) -> Option<ObservedEndpoint> {
    let tags = tagging::tags_of(endpoint.tags.as_deref());
    let groups = endpoint.groups.unwrap_or_default();
    Some(ObservedEndpoint {
        id: endpoint.vpc_endpoint_id?,
        service_name: endpoint.service_name.unwrap_or_default(),
        vpc_id: endpoint.vpc_id.unwrap_or_default(),
        state: endpoint.state.map_or_else(String::new, |state| state.as_str().to_ascii_lowercase()),
        private_dns: endpoint.private_dns_enabled.unwrap_or_default(),
        is_gateway: endpoint.vpc_endpoint_type == Some(VpcEndpointType::Gateway),
        route_tables: endpoint.route_table_ids.unwrap_or_default().into_iter().collect(),
        subnets: endpoint.subnet_ids.unwrap_or_default().into_iter().collect(),
        has_default_group: groups.len() == 1 && groups[0].group_name() == Some("default"),
        groups: groups.into_iter().filter_map(|group| group.group_id).collect(),
        policy: endpoint.policy_document,
        ip_address_type: endpoint.ip_address_type.map(|kind| kind.as_str().to_owned()),
        interfaces: endpoint.network_interface_ids.unwrap_or_default().into_iter().collect(),
        dns_names: endpoint.dns_entries.unwrap_or_default().into_iter().filter_map(|entry| entry.dns_name).collect(),
        owner_id: endpoint.owner_id.unwrap_or_default(),
        error: endpoint.failure_reason.or_else(|| endpoint.last_error.and_then(|error| error.message)),
        tags,
    })
}

/// `None` where something is missing that every endpoint has.
pub(super) fn whole(endpoint: Described) -> Option<ObservedEndpoint> {
    let is_whole = |found: &ObservedEndpoint| {
        [&found.service_name, &found.vpc_id, &found.state, &found.owner_id].into_iter().all(|part| !part.is_empty())
    };
    found(endpoint).filter(is_whole)
}
