//! From an endpoint that is there to the state of a resource.

use std::collections::BTreeSet;

use rosa_ecr_model::{Attributes as _, Call, State};

use super::described::ObservedEndpoint;
use super::naming::{object, place, real_objects_of};
use super::{VpcEndpoint, VpcEndpointOutputs};
use crate::ec2::endpoint_service as services;
use crate::iam::policy_document as policies;
use crate::partition::Partition;
use crate::provider::Aws;
use crate::tags::{self, Tags};

impl VpcEndpoint {
    /// The state of an endpoint that is there, as an import gives it.
    pub(super) fn imported(call: &Call<Aws>, region: &str, service: &str, found: &ObservedEndpoint) -> State<Self> {
        let (region, owner) = (Some(region.to_owned()), tags::owner_of(&found.tags));
        let policy = found.policy.clone();
        let inputs = Self { region, owner, policy, ..Self::existing(service, &found.vpc_id) };
        observed(&found.claiming(call), &inputs, found)
    }

    /// The endpoint as the run's claims know it.
    pub(super) fn object(&self) -> String {
        let real = real_objects_of(&self.to_partial()).into_iter().next();
        real.map_or_else(|| object(&self.service, &self.vpc_id), |object| object.name)
    }

    /// The inputs of an endpoint that is there, before it is looked at.
    pub(super) fn existing(service: &str, vpc_id: &str) -> Self {
        Self {
            service: service.to_owned(),
            vpc_id: vpc_id.to_owned(),
            subnet_ids: BTreeSet::new(),
            route_table_ids: BTreeSet::new(),
            security_group_ids: BTreeSet::new(),
            private_dns_enabled: true,
            policy: None,
            ip_address_type: None,
            region: None,
            tags: Tags::new(),
            owner: None,
            timeouts: None,
        }
    }
}

/// The state of an endpoint that is there, for a resource with these inputs.
pub(crate) fn observed(call: &Call<Aws>, inputs: &VpcEndpoint, found: &ObservedEndpoint) -> State<VpcEndpoint> {
    let visible = call.tags().visible(&found.tags);
    let is_default = inputs.security_group_ids.is_empty() && found.has_default_group;
    let policy = if same_policy(inputs.policy.as_deref(), found.policy.as_deref()) {
        inputs.policy.clone()
    } else {
        found.policy.clone().filter(|policy| !policies::allows_everything(policy))
    };
    let state = settled(call, inputs.clone(), found);
    let outputs = VpcEndpointOutputs { tags_all: visible.clone(), ..state.outputs };
    let tags = call.tags().without_defaults(&visible, &inputs.tags);
    if services::is_gateway(&inputs.service) {
        let (vpc_id, route_table_ids) = (found.vpc_id.clone(), found.route_tables.clone());
        return State { inputs: VpcEndpoint { vpc_id, route_table_ids, policy, tags, ..state.inputs }, outputs };
    }
    State {
        inputs: VpcEndpoint {
            vpc_id: found.vpc_id.clone(),
            subnet_ids: found.subnets.clone(),
            security_group_ids: if is_default { BTreeSet::new() } else { found.groups.clone() },
            private_dns_enabled: found.private_dns,
            policy,
            ip_address_type: found.ip_address_type.clone().or_else(|| inputs.ip_address_type.clone()),
            tags,
            ..state.inputs
        },
        outputs,
    }
}

/// The state of an endpoint that has become what is wanted: EC2's answers lag behind what was asked for.
pub(super) fn settled(call: &Call<Aws>, inputs: VpcEndpoint, found: &ObservedEndpoint) -> State<VpcEndpoint> {
    let region = place(call, &inputs).to_owned();
    let (partition, account, id) = (Partition::of_region(&region), &found.owner_id, &found.id);
    let outputs = VpcEndpointOutputs {
        id: id.clone(),
        arn: format!("arn:{}:ec2:{region}:{account}:vpc-endpoint/{id}", partition.name),
        service_name: services::name(&region, &inputs.service),
        dns_names: found.dns_names.clone(),
        network_interface_ids: found.interfaces.clone(),
        tags_all: call.tags().all(&inputs.tags),
        claim: call.claim().map(str::to_owned),
    };
    let found_type = || found.ip_address_type.clone().filter(|_| !services::is_gateway(&inputs.service));
    let ip_address_type = inputs.ip_address_type.clone().or_else(found_type);
    State { inputs: VpcEndpoint { region: Some(region), ip_address_type, ..inputs }, outputs }
}

/// Whether two policies say the same. None allows everything.
pub(super) fn same_policy(one: Option<&str>, other: Option<&str>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => {
            policies::same(one, other) || [one, other].into_iter().all(policies::allows_everything)
        }
        (Some(policy), None) | (None, Some(policy)) => policies::allows_everything(policy),
        (None, None) => true,
    }
}
