//! Reading a registry: all parts at once, and what they are not as they should be.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::try_join_all;
use rosa_ecr_model::{Call, Diagnostics, Resource as _, State};

use super::RosaEcr;
use super::parts::{Parts, assemble, services_of};
use super::surroundings::{route_tables_of, tables_for};
use crate::claims::{self, Mark};
use crate::ec2::{self, EndpointSecurityGroup, VpcEndpoint, endpoint_service as services, listed};
use crate::ecr::{LifecyclePolicy, Repository, repository};
use crate::iam::PullPolicyAttachment;
use crate::openshift::Idms;
use crate::partition::Partition;
use crate::provider::Aws;

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
    let (repository, lifecycle, group, (endpoints, used), pulls, idms) = futures::try_join!(
        read_repository(call, state),
        read_lifecycle(call, state),
        read_group(call, state),
        read_endpoints(call, state),
        read_pulls(call, state),
        read_idms(call, state),
    )?;
    Ok(Parts { repository, lifecycle, group, endpoints, used, pulls, idms })
}

/// Which parts another declaration has taken over.
pub(super) struct Lost {
    pub repository: bool,
    pub endpoints: Vec<&'static str>,
    pub group: bool,
}

impl Lost {
    /// Those of a registry that was looked at.
    pub(super) fn of(call: &Call<Aws>, state: &State<RosaEcr>) -> Self {
        let claim = state.outputs.claim.as_deref();
        let is_lost =
            |object: &str| call.claims().is_lost(object, claim) || call.claims().is_held_by_another(object, claim);
        let inputs = &state.inputs;
        let vpc = inputs.vpc_id.as_deref().unwrap_or_default();
        let ids = state.outputs.endpoints();
        // Another declaration holds what is used; that is how it should be.
        let is_own = |service: &&'static str| match ids.get(*service) {
            Some(id) => !state.outputs.uses(id),
            None => !inputs.use_existing_endpoints && services_of(&inputs.additional_endpoints).contains(service),
        };
        let own = services::SERVICES.into_iter().filter(is_own);
        let group = RosaEcr { create_vpc_endpoints: true, ..inputs.clone() }.group(call);
        Self {
            repository: is_lost(&repository::object(&inputs.name(), inputs.place(call))),
            endpoints: own.filter(|name| is_lost(&ec2::endpoint_object(name, vpc).name)).collect(),
            group: group.is_some_and(|group| is_lost(&group.object())),
        }
    }

    /// The first of them, as a person reads it.
    pub(super) fn first(&self, state: &State<RosaEcr>, call: &Call<Aws>) -> Option<String> {
        let inputs = &state.inputs;
        let repository = self.repository.then(|| repository::object(&inputs.name(), inputs.place(call)));
        let vpc = inputs.vpc_id.as_deref().unwrap_or_default();
        let endpoint = || self.endpoints.first().map(|service| ec2::endpoint_object(service, vpc).name);
        repository.or_else(endpoint).or_else(|| self.group.then(|| format!("security group of the endpoints in {vpc}")))
    }

    /// Takes them out of the parts that a delete removes, and says so. The repository says so itself.
    pub(super) fn let_go(&self, call: &Call<Aws>, state: &State<RosaEcr>, parts: &mut Parts) {
        if self.repository {
            // The mirror file says what the new holder wants.
            parts.idms = None;
        }
        let vpc = state.inputs.vpc_id.as_deref().unwrap_or_default();
        for service in &self.endpoints {
            if parts.endpoints.remove(service).is_some() {
                call.warn(claims::kept(&ec2::endpoint_object(service, vpc).name));
            }
        }
        if self.group
            && let Some(group) = parts.group.take()
        {
            call.warn(claims::kept(&group.inputs.object()));
        }
    }
}

/// The repository of that name. One that the state does not have counts only if it is ours: it may be somebody else's.
async fn read_repository(call: &Call<Aws>, state: &State<RosaEcr>) -> Result<Option<State<Repository>>, Diagnostics> {
    let inputs = state.inputs.repository(call);
    match state.outputs.repository_arn {
        Some(_) => Repository::look(call, &inputs, state.outputs.repository_created_at.as_deref()).await,
        None => {
            let left = Repository::left(call, &inputs).await?;
            Ok(left.filter(|left| left.outputs.claim.as_deref().is_none_or(|claim| Some(claim) == call.claim())))
        }
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
    let id = &state.outputs.endpoint_security_group_id;
    if id.is_none() && !(state.inputs.create_vpc_endpoints && state.inputs.endpoint_security_group_ids.is_empty()) {
        return Ok(None);
    }
    let inputs =
        RosaEcr { endpoint_security_group_ids: BTreeSet::new(), create_vpc_endpoints: true, ..state.inputs.clone() };
    match (inputs.group(call), id) {
        (Some(wanted), Some(id)) => EndpointSecurityGroup::look(call, wanted, id).await,
        // Where the answer to the create was lost, the claim tells it.
        (Some(wanted), None) => {
            let network = &call.with(call.owned_by_registry(&state.inputs.owner()));
            let left = EndpointSecurityGroup::left(network, &wanted).await?;
            Ok(left.filter(|left| left.outputs.claim.is_some() && left.outputs.claim.as_deref() == call.claim()))
        }
        (None, _) => Ok(None),
    }
}

/// The registry's own endpoints, and the ids of those that it uses, by service.
type Endpoints = (BTreeMap<&'static str, State<VpcEndpoint>>, BTreeMap<&'static str, Vec<String>>);

/// The endpoints with the state's ids, or else those that an interrupted apply has left, with one call for all.
async fn read_endpoints(call: &Call<Aws>, state: &State<RosaEcr>) -> Result<Endpoints, Diagnostics> {
    let (mut endpoints, mut used) = (BTreeMap::new(), BTreeMap::new());
    let (inputs, ids) = (&state.inputs, state.outputs.endpoints());
    let has_any = inputs.create_vpc_endpoints || !ids.is_empty();
    let (Some(vpc), true) = (&inputs.vpc_id, has_any) else { return Ok((endpoints, used)) };
    let found = ec2::find(call, inputs.place(call), vpc).await?;
    let inputs = RosaEcr { create_vpc_endpoints: true, ..inputs.clone() };
    let group = state.outputs.endpoint_security_group_id.as_deref();
    for service in services::SERVICES {
        let of_service = found.iter().filter(|endpoint| endpoint.service() == Some(service));
        let there: Vec<String> = of_service
            .clone()
            .filter(|endpoint| state.outputs.uses(&endpoint.id) && (endpoint.private_dns || endpoint.is_gateway))
            .map(|endpoint| endpoint.id.clone())
            .collect();
        if !there.is_empty() {
            used.insert(service, there);
            continue;
        }
        let wanted = inputs.endpoint(call, service, group);
        // Where the answer to a create was lost, the claim tells it.
        let has_claim = |endpoint: &ec2::ObservedEndpoint| {
            let claim = endpoint.mark().claim;
            claim.is_some() && claim == call.claim()
        };
        let mut own = of_service.filter(|endpoint| match ids.get(service).filter(|id| !state.outputs.uses(id)) {
            Some(id) => endpoint.id == **id,
            None => has_claim(endpoint),
        });
        if let (Some(wanted), Some(there)) = (wanted, own.next()) {
            let recorded = Mark { claim: call.claim(), unique: None };
            claims::reads(call, &ec2::endpoint_object(service, vpc).name, recorded, there.mark());
            endpoints.insert(service, ec2::observed(call, &wanted, there));
        }
    }
    Ok((endpoints, used))
}

/// What an interrupted create of a registry with these inputs has left.
pub(super) async fn left(call: &Call<Aws>, mut inputs: RosaEcr) -> Result<Option<State<RosaEcr>>, Diagnostics> {
    inputs.region.get_or_insert_with(|| call.region().to_owned());
    let own = &call.with(call.owned_by(&inputs.cluster_name));
    let network = &call.with(call.owned_by_registry(&inputs.owner()));
    let repository = inputs.repository(own);
    let (repository, group, endpoints, pulls) = futures::try_join!(
        Repository::left(own, &repository),
        left_group(network, &inputs),
        left_endpoints(network, &inputs),
        left_pulls(network, &inputs),
    )?;
    let claim = repository.iter().map(|repository| &repository.outputs.claim);
    let claim = claim.chain(endpoints.values().map(|endpoint| &endpoint.outputs.claim));
    let claim = claim.chain(group.iter().map(|group| &group.outputs.claim));
    let claim = claim.chain(pulls.values().map(|pull| &pull.outputs.claim)).flatten().next();
    let own = own.clone().claiming(claim.map(|claim| claim.as_str().into()));
    let mut parts = Parts { repository, group, endpoints, pulls, ..Parts::default() };
    let identity = call.identity().await?;
    let mut state =
        assemble(&own, &inputs, &parts, identity.as_ref().map(|identity| identity.account.as_str()), Vec::new());
    if parts.repository.is_some() {
        let idms = inputs.generate_idms.then(|| inputs.idms_output_path.clone());
        state.outputs.idms_config_path.clone_from(&idms);
        parts.lifecycle =
            read_lifecycle(&own, &State { inputs: inputs.clone(), outputs: state.outputs.clone() }).await?;
        parts.idms = read_idms(&own, &State { inputs: inputs.clone(), outputs: state.outputs }).await?;
    }
    let is_nothing =
        parts.repository.is_none() && parts.group.is_none() && parts.endpoints.is_empty() && parts.pulls.is_empty();
    let account = identity.map(|identity| identity.account);
    Ok((!is_nothing).then(|| assemble(&own, &inputs, &parts, account.as_deref(), Vec::new())))
}

async fn left_group(call: &Call<Aws>, inputs: &RosaEcr) -> Result<Option<State<EndpointSecurityGroup>>, Diagnostics> {
    match inputs.group(call) {
        Some(wanted) => EndpointSecurityGroup::left(call, &wanted).await,
        None => Ok(None),
    }
}

async fn left_endpoints(
    call: &Call<Aws>,
    inputs: &RosaEcr,
) -> Result<BTreeMap<&'static str, State<VpcEndpoint>>, Diagnostics> {
    let mut endpoints = BTreeMap::new();
    for service in services_of(&inputs.additional_endpoints) {
        // The group is none of what tells an endpoint from others.
        let Some(wanted) = inputs.endpoint(call, service, None) else { continue };
        if let Some(endpoint) = VpcEndpoint::probe(call, wanted).await? {
            endpoints.insert(service, endpoint);
        }
    }
    Ok(endpoints)
}

async fn left_pulls(
    call: &Call<Aws>,
    inputs: &RosaEcr,
) -> Result<BTreeMap<String, State<PullPolicyAttachment>>, Diagnostics> {
    let account = call.identity().await?.map(|identity| identity.account);
    let mut pulls = BTreeMap::new();
    for (key, wanted) in inputs.pulls(call, account.as_deref()) {
        if let Some(pull) = PullPolicyAttachment::probe(call, wanted).await? {
            pulls.insert(key, pull);
        }
    }
    Ok(pulls)
}

async fn read_pulls(
    call: &Call<Aws>,
    state: &State<RosaEcr>,
) -> Result<BTreeMap<String, State<PullPolicyAttachment>>, Diagnostics> {
    let account = state.outputs.registry_id.as_deref();
    let known = state.outputs.pull_roles.iter();
    let known = known.filter_map(|(key, role)| Some((key, role, state.inputs.pull(call, account, key)?)));
    let reads = known.map(|(key, role, pull)| async move {
        Ok::<_, Diagnostics>((key.clone(), PullPolicyAttachment::look(call, pull, role).await?))
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
                .map(|rule| format!("The security group {id} has a rule that is not declared: {rule}.")),
        );
    }
    let group = parts.group.as_ref().map(|group| &group.outputs.id);
    for (service, endpoint) in &parts.endpoints {
        let name = format!("The endpoint {} for {}", endpoint.outputs.id, services::suffix(service));
        if !endpoint.inputs.private_dns_enabled {
            drift.push(format!("{name} has no private DNS."));
        }
        if endpoint.inputs.policy.is_some() {
            drift.push(format!("{name} has a policy that is not declared."));
        }
        if let Some(group) = group
            && !services::is_gateway(service)
            && endpoint.inputs.security_group_ids != BTreeSet::from([group.clone()])
        {
            drift.push(format!("{name} has other security groups than {group}."));
        }
        if endpoint.inputs.tags != state.inputs.tags {
            drift.push(format!("{name} has other tags."));
        }
        if services::is_gateway(service) && state.inputs.route_table_ids.is_empty() {
            drift.extend(other_route_tables(call, state, endpoint, &name).await?);
        }
    }
    if parts.lifecycle.as_ref().is_some_and(|policy| policy.inputs.untagged_days.is_none()) {
        drift.push("The lifecycle policy is another one.".to_owned());
    }
    Ok(drift)
}

/// That an S3 gateway endpoint has other route tables than the subnets. The inputs do not name them.
async fn other_route_tables(
    call: &Call<Aws>,
    state: &State<RosaEcr>,
    endpoint: &State<VpcEndpoint>,
    name: &str,
) -> Result<Option<String>, Diagnostics> {
    let tables = route_tables_of(call, state.inputs.place(call), &endpoint.inputs.vpc_id).await?;
    // One that is not known is no drift, and an error when it is needed.
    let wanted = tables_for(&BTreeSet::new(), &state.inputs.private_subnet_ids, &tables).ok();
    let differs = wanted.is_some_and(|wanted| wanted != endpoint.inputs.route_table_ids);
    let has = listed(&endpoint.inputs.route_table_ids);
    Ok(differs.then(|| format!("{name} has other route tables than those of private_subnet_ids: {has}.")))
}
