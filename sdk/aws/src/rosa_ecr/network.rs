//! The network of a registry: a security group, two endpoints, and the order in which they come and go.

use std::collections::BTreeMap;

use rosa_ecr_model::{Call, Diagnostic, Diagnostics, Known, Resource as _, State};

use super::parts::SERVICES;
use super::{RosaEcr, RosaEcrPartial};
use crate::ec2::placement::{self, Place};
use crate::ec2::{self, EndpointSecurityGroup, ObservedEndpoint, VpcEndpoint};
use crate::provider::Aws;

pub(super) type Endpoints = BTreeMap<&'static str, State<VpcEndpoint>>;

/// What is there after a change, and what went wrong.
pub(super) type Outcome = (Option<State<EndpointSecurityGroup>>, Endpoints, Diagnostics);

/// Brings group and endpoints to what is wanted. `found` are the endpoints of the wanted VPC.
///
/// Where the VPC changes, the old network goes first: its objects are known by their ids only until then, and a network
/// that the cluster has left serves nobody.
pub(super) async fn converge(
    call: &Call<Aws>,
    before: &RosaEcr,
    wanted: &RosaEcr,
    group: Option<State<EndpointSecurityGroup>>,
    endpoints: Endpoints,
    found: &[ObservedEndpoint],
) -> Outcome {
    let moves = wanted.vpc_id != before.vpc_id || !wanted.create_vpc_endpoints;
    let (mut group, mut endpoints) = (group, endpoints);
    if moves {
        let (left, rest, diagnostics) = remove(call, before, group, endpoints).await;
        if diagnostics.has_errors() || !wanted.create_vpc_endpoints {
            return (left, rest, diagnostics);
        }
        (group, endpoints) = (left, rest);
    }
    if !wanted.create_vpc_endpoints {
        return (group, endpoints, Diagnostics::new());
    }
    let wanted_group = wanted.group(call);
    let unused = if wanted_group.is_none() { group.take() } else { None };
    if let Some(inputs) = wanted_group {
        match settle_group(call, group.take(), inputs).await {
            Ok(state) => group = Some(state),
            Err((state, diagnostics)) => return (state, endpoints, diagnostics),
        }
    }
    let mut diagnostics = settle_endpoints(call, wanted, group.as_ref(), &mut endpoints, found).await;
    // The old group goes when no endpoint has it any more.
    if let Some(unused) = unused {
        if diagnostics.has_errors() {
            group = Some(unused);
        } else if let Err(failure) = EndpointSecurityGroup::delete(call, unused.clone()).await {
            diagnostics.extend(failure.diagnostics);
            group = Some(unused);
        }
    }
    (group, endpoints, diagnostics)
}

async fn settle_group(
    call: &Call<Aws>,
    group: Option<State<EndpointSecurityGroup>>,
    inputs: EndpointSecurityGroup,
) -> Result<State<EndpointSecurityGroup>, (Option<State<EndpointSecurityGroup>>, Diagnostics)> {
    let settled = match group.clone() {
        None => EndpointSecurityGroup::create(call, inputs).await,
        Some(state) => {
            // A group keeps its name and description: only a new group could have others.
            let (name, description) = (state.inputs.name.clone(), state.inputs.description.clone());
            EndpointSecurityGroup::update(call, state, EndpointSecurityGroup { name, description, ..inputs }).await
        }
    };
    settled.map_err(|failure| (failure.state.map(|state| *state).or(group), failure.diagnostics))
}

/// Starts or changes both endpoints at once, and then waits for both at once.
async fn settle_endpoints(
    call: &Call<Aws>,
    wanted: &RosaEcr,
    group: Option<&State<EndpointSecurityGroup>>,
    endpoints: &mut Endpoints,
    found: &[ObservedEndpoint],
) -> Diagnostics {
    let group = group.map(|group| group.outputs.id.as_str());
    let settle = |service: &'static str| {
        let now = endpoints.get(service).and_then(|state| found.iter().find(|found| found.id == state.outputs.id));
        let inputs = wanted.endpoint(call, service, group);
        async move {
            let Some(inputs) = inputs else { return Ok(None) };
            match now {
                Some(now) => ec2::change(call, now, inputs).await.map(Some),
                None => ec2::start(call, inputs, found).await.map(Some),
            }
        }
    };
    let [api, dkr] = SERVICES;
    let (one, two) = tokio::join!(settle(api), settle(dkr));
    let mut diagnostics = Diagnostics::new();
    for (service, settled) in [(api, one), (dkr, two)] {
        match settled {
            Ok(state) => endpoints.extend(state.map(|state| (service, state))),
            Err(failure) => {
                endpoints.extend(failure.state.map(|state| (service, *state)));
                diagnostics.extend(failure.diagnostics);
            }
        }
    }
    let ids: Vec<String> = endpoints.values().map(|endpoint| endpoint.outputs.id.clone()).collect();
    if let Err(waiting) = ec2::wait_available(call, wanted.place(call), &ids).await {
        diagnostics.extend(waiting);
    }
    diagnostics
}

/// What speaks against the place of the endpoints. `kept` are the inputs of those that stay in their VPC.
pub(super) async fn misplaced(
    call: &Call<Aws>,
    inputs: &RosaEcrPartial,
    kept: Option<&RosaEcr>,
) -> Result<Vec<Diagnostic>, Diagnostics> {
    let subnets = inputs.private_subnet_ids.now();
    let new_subnets = subnets.filter(|ids| kept.is_none_or(|kept| kept.private_subnet_ids != **ids));
    let is_new = kept.is_none();
    match (&inputs.create_vpc_endpoints, &inputs.vpc_id, &inputs.region) {
        (Known::Now(true), Known::Now(Some(vpc_id)), Known::Now(Some(region))) if is_new || new_subnets.is_some() => {
            let subnets_argument = "private_subnet_ids";
            let place = Place { region, vpc_id, subnet_ids: new_subnets, subnets_argument, private_dns: is_new };
            placement::refusals(call, &place).await
        }
        _ => Ok(Vec::new()),
    }
}

/// Removes the endpoints, waits until they are gone, and then removes their group.
pub(super) async fn remove(
    call: &Call<Aws>,
    inputs: &RosaEcr,
    group: Option<State<EndpointSecurityGroup>>,
    endpoints: Endpoints,
) -> Outcome {
    let ids: Vec<String> = endpoints.values().map(|endpoint| endpoint.outputs.id.clone()).collect();
    let region = inputs.place(call);
    let removed = async {
        ec2::start_delete(call, region, &ids).await?;
        ec2::wait_gone(call, region, &ids).await
    };
    if let Err(diagnostics) = removed.await {
        return (group, endpoints, diagnostics);
    }
    match group {
        None => (None, Endpoints::new(), Diagnostics::new()),
        Some(group) => match EndpointSecurityGroup::delete(call, group.clone()).await {
            Ok(()) => (None, Endpoints::new(), Diagnostics::new()),
            Err(failure) => (Some(group), Endpoints::new(), failure.diagnostics),
        },
    }
}
