//! The network of a registry: a security group, endpoints, and the order in which they come and go.

use std::collections::BTreeMap;

use futures::future::join_all;
use rosa_ecr_model::{Call, Diagnostics, Resource as _, State};

use super::RosaEcr;
use super::provision::Provision;
use crate::ec2::{self, EndpointSecurityGroup, ObservedEndpoint, VpcEndpoint, endpoint_service as services};
use crate::provider::Aws;

pub(super) type Endpoints = BTreeMap<&'static str, State<VpcEndpoint>>;

/// What is there after a change, and what went wrong.
pub(super) type Outcome = (Option<State<EndpointSecurityGroup>>, Endpoints, Diagnostics);

/// Brings group and endpoints to what is wanted. `found` are the endpoints of the wanted VPC. What is used of them is left alone.
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
    provision: &Provision,
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
    let wanted_group = wanted.group(call).filter(|_| provision.makes_interfaces());
    let unused = if wanted_group.is_none() { group.take() } else { None };
    if let Some(inputs) = wanted_group {
        match settle_group(call, group.take(), inputs).await {
            Ok(state) => group = Some(state),
            Err((state, diagnostics)) => return (state, endpoints, diagnostics),
        }
    }
    let mut diagnostics = settle_endpoints(call, wanted, group.as_ref(), &mut endpoints, found, provision).await;
    if let Err(trouble) = drop_unwanted(call, wanted.place(call), &mut endpoints, provision).await {
        diagnostics.extend(trouble);
    }
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

/// Starts or changes all endpoints at once, and then waits for all at once.
async fn settle_endpoints(
    call: &Call<Aws>,
    wanted: &RosaEcr,
    group: Option<&State<EndpointSecurityGroup>>,
    endpoints: &mut Endpoints,
    found: &[ObservedEndpoint],
    provision: &Provision,
) -> Diagnostics {
    let group = group.map(|group| group.outputs.id.as_str());
    let settling = provision.made.iter().map(|service| {
        let now = endpoints.get(service).and_then(|state| found.iter().find(|found| found.id == state.outputs.id));
        let inputs = wanted.endpoint(call, service, group).map(|mut inputs| {
            if services::is_gateway(service) {
                inputs.route_table_ids.clone_from(&provision.route_tables);
            }
            inputs
        });
        async move {
            let settled = match (inputs, now) {
                (None, _) => Ok(None),
                (Some(inputs), Some(now)) => ec2::change(call, now, inputs).await.map(Some),
                (Some(inputs), None) => ec2::start(call, inputs, found).await.map(Some),
            };
            (*service, settled)
        }
    });
    let mut diagnostics = Diagnostics::new();
    for (service, settled) in join_all(settling.collect::<Vec<_>>()).await {
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

/// Removes the endpoints of services that are no longer wanted.
async fn drop_unwanted(
    call: &Call<Aws>,
    region: &str,
    endpoints: &mut Endpoints,
    provision: &Provision,
) -> Result<(), Diagnostics> {
    let unwanted = endpoints.iter().filter(|(service, _)| !provision.made.contains(*service));
    let ids: Vec<String> = unwanted.map(|(_, endpoint)| endpoint.outputs.id.clone()).collect();
    ec2::start_delete(call, region, &ids).await?;
    ec2::wait_gone(call, region, &ids).await?;
    endpoints.retain(|service, _| provision.made.contains(service));
    Ok(())
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
