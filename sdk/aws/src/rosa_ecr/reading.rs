//! Reading a registry: all parts at once, and what they are not as they should be.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::try_join_all;
use rosa_ecr_model::{Call, Diagnostics, Resource as _, State};

use super::RosaEcr;
use super::parts::{Parts, SERVICES, assemble};
use crate::ec2::{self, EndpointSecurityGroup, VpcEndpoint};
use crate::ecr::{LifecyclePolicy, Repository};
use crate::iam::PullPolicyAttachment;
use crate::openshift::Idms;
use crate::{Aws, Partition};

/// The registry as it is; `None` where nothing of it is left.
pub(super) async fn read(call: &Call<Aws>, state: State<RosaEcr>) -> Result<Option<State<RosaEcr>>, Diagnostics> {
    let parts = observe(call, &state).await?;
    let nothing =
        parts.repository.is_none() && parts.endpoints.is_empty() && parts.group.is_none() && parts.pulls.is_empty();
    if nothing {
        return Ok(None);
    }
    let drift = drift(call, &state, &parts).await?;
    let account = state.outputs.registry_id.as_deref();
    Ok(Some(assemble(call, &state.inputs, &parts, account, drift)))
}

/// The parts that are there, of those that the state knows.
pub(super) async fn observe(call: &Call<Aws>, state: &State<RosaEcr>) -> Result<Parts, Diagnostics> {
    let call = &call.with(call.owned_by(&state.inputs.cluster_name));
    let (repository, lifecycle, group, endpoints, pulls, idms) = futures::try_join!(
        read_repository(call, state),
        read_lifecycle(call, state),
        read_group(call, state),
        read_endpoints(call, state),
        read_pulls(call, state),
        read_idms(call, state),
    )?;
    Ok(Parts { repository, lifecycle, group, endpoints, pulls, idms })
}

/// The repository of that name. One that the state does not have counts only if it is ours: it may be somebody else's.
async fn read_repository(call: &Call<Aws>, state: &State<RosaEcr>) -> Result<Option<State<Repository>>, Diagnostics> {
    let inputs = state.inputs.repository(call);
    match state.outputs.repository_arn {
        Some(_) => Repository::look(call, &inputs).await,
        None => Repository::probe(call, inputs).await,
    }
}

async fn read_lifecycle(
    call: &Call<Aws>,
    state: &State<RosaEcr>,
) -> Result<Option<State<LifecyclePolicy>>, Diagnostics> {
    let as_enabled = RosaEcr { lifecycle_policy_enabled: true, ..state.inputs.clone() };
    match as_enabled.lifecycle(call).filter(|_| state.inputs.lifecycle_policy_enabled) {
        Some(wanted) => LifecyclePolicy::look(call, wanted).await,
        None => Ok(None),
    }
}

async fn read_group(
    call: &Call<Aws>,
    state: &State<RosaEcr>,
) -> Result<Option<State<EndpointSecurityGroup>>, Diagnostics> {
    let Some(id) = &state.outputs.endpoint_security_group_id else { return Ok(None) };
    let inputs =
        RosaEcr { endpoint_security_group_ids: BTreeSet::new(), create_vpc_endpoints: true, ..state.inputs.clone() };
    match inputs.group(call) {
        Some(wanted) => EndpointSecurityGroup::look(call, wanted, id).await,
        None => Ok(None),
    }
}

/// The endpoints with the state's ids, or else those that an interrupted apply has left, with one call for both.
async fn read_endpoints(
    call: &Call<Aws>,
    state: &State<RosaEcr>,
) -> Result<BTreeMap<&'static str, State<VpcEndpoint>>, Diagnostics> {
    let ids = [&state.outputs.ecr_api_endpoint_id, &state.outputs.ecr_dkr_endpoint_id];
    let (Some(vpc), true) = (&state.inputs.vpc_id, ids.iter().any(|id| id.is_some())) else {
        return Ok(BTreeMap::new());
    };
    let found = ec2::find(call, state.inputs.place(call), vpc).await?;
    let inputs = RosaEcr { create_vpc_endpoints: true, ..state.inputs.clone() };
    let group = state.outputs.endpoint_security_group_id.as_deref();
    let mut endpoints = BTreeMap::new();
    for (service, id) in SERVICES.into_iter().zip(ids) {
        let wanted = inputs.endpoint(call, service, group);
        let there = found.iter().find(|endpoint| Some(&endpoint.id) == id.as_ref());
        if let (Some(wanted), Some(there)) = (wanted, there) {
            endpoints.insert(service, ec2::observed(call, &wanted, there));
        }
    }
    Ok(endpoints)
}

async fn read_pulls(
    call: &Call<Aws>,
    state: &State<RosaEcr>,
) -> Result<BTreeMap<String, State<PullPolicyAttachment>>, Diagnostics> {
    let owner = &state.inputs.owner();
    let known = state.outputs.pull_roles.iter();
    let reads = known.map(|(key, role)| async move {
        Ok::<_, Diagnostics>((key.clone(), PullPolicyAttachment::look(call, owner, key, role).await?))
    });
    let read = try_join_all(reads).await?;
    Ok(read.into_iter().filter_map(|(key, pull)| Some((key, pull?))).collect())
}

async fn read_idms(call: &Call<Aws>, state: &State<RosaEcr>) -> Result<Option<State<Idms>>, Diagnostics> {
    let (Some(account), region) = (&state.outputs.registry_id, state.inputs.place(call)) else { return Ok(None) };
    let host = Partition::of_region(region).registry_host(account, region);
    match state.inputs.idms(&host).filter(|_| state.outputs.idms_config_path.is_some()) {
        Some(wanted) => Idms::read(call, wanted.state()).await,
        None => Ok(None),
    }
}

/// What is not as it should be and no attribute shows.
async fn drift(call: &Call<Aws>, state: &State<RosaEcr>, parts: &Parts) -> Result<Vec<String>, Diagnostics> {
    let mut drift = Vec::new();
    if let Some(group) = &parts.group {
        let wanted = match &group.inputs.ingress_cidr_blocks {
            Some(_) => state.inputs.vpc_cidr.iter().cloned().collect(),
            None => ec2::vpc_cidrs(call, state.inputs.place(call), &group.inputs.vpc_id).await?,
        };
        let wanted = ec2::canonical_set(&wanted);
        let id = &group.outputs.id;
        let allowed = &group.outputs.allowed_cidr_blocks;
        drift.extend(
            wanted
                .difference(allowed)
                .map(|cidr| format!("The security group {id} does not let {cidr} in on 443/tcp.")),
        );
        drift.extend(
            allowed.difference(&wanted).map(|cidr| format!("The security group {id} lets {cidr} in on 443/tcp.")),
        );
        drift.extend(
            group
                .outputs
                .unexpected_rules
                .iter()
                .map(|rule| format!("The security group {id} has a rule that nobody declared: {rule}.")),
        );
    }
    let group = parts.group.as_ref().map(|group| &group.outputs.id);
    for (service, endpoint) in &parts.endpoints {
        let id = &endpoint.outputs.id;
        if !endpoint.inputs.private_dns_enabled {
            drift.push(format!("The endpoint {id} for ecr.{service} has no private DNS."));
        }
        if endpoint.inputs.policy.is_some() {
            drift.push(format!("The endpoint {id} for ecr.{service} has a policy that nobody declared."));
        }
        if let Some(group) = group
            && endpoint.inputs.security_group_ids != BTreeSet::from([group.clone()])
        {
            drift.push(format!("The endpoint {id} for ecr.{service} has other security groups than {group}."));
        }
        if endpoint.inputs.tags != state.inputs.tags {
            drift.push(format!("The endpoint {id} for ecr.{service} has other tags."));
        }
    }
    if parts.lifecycle.as_ref().is_some_and(|policy| policy.inputs.untagged_days.is_none()) {
        drift.push("The lifecycle policy is another one.".to_owned());
    }
    Ok(drift)
}
