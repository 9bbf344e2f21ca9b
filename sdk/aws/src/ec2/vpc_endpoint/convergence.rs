//! From the endpoint that is there, or none, to the one that is wanted.

use rosa_ecr_model::{Call, Diagnostic, Diagnostics, Failure, Resource as _, State};

use super::VpcEndpoint;
use super::calls::{self, Created, find, wait_available};
use super::conflict::{Position, conflict};
use super::described::ObservedEndpoint;
use super::modification::Modification;
use super::naming::{component, place, wanted_tags};
use super::observation::{observed, settled};
use crate::claims;
use crate::ec2::{endpoint_service as services, tagging};
use crate::provider::Aws;

/// Whether an interrupted create with these inputs has left the endpoint. The VPC of a cluster has one of each service, and
/// so has every VPC with private DNS; of those without, and of gateway endpoints, only one that was made in the same way can be it.
pub(super) fn is_left(call: &Call<Aws>, inputs: &VpcEndpoint, found: &ObservedEndpoint) -> bool {
    let has_tags = || call.tags().visible(&found.tags) == call.tags().all(&inputs.tags);
    let is_alike = || {
        if found.is_gateway {
            return found.route_tables == inputs.route_table_ids && has_tags();
        }
        found.private_dns == inputs.private_dns_enabled
            && (found.private_dns || (found.subnets == inputs.subnet_ids && has_tags()))
    };
    found.service() == Some(&inputs.service)
        && call.owner().owns(&component(&inputs.service), &found.tags)
        && (call.owner().cluster.is_some() || is_alike())
}

/// Waits for an endpoint that was made or changed, and completes its state.
pub(super) async fn available(
    call: &Call<Aws>,
    state: State<VpcEndpoint>,
) -> Result<State<VpcEndpoint>, Failure<VpcEndpoint>> {
    let region = place(call, &state.inputs).to_owned();
    match wait_available(call, &region, std::slice::from_ref(&state.outputs.id)).await {
        Ok(endpoints) => Ok(endpoints.first().map_or(state.clone(), |found| settled(call, state.inputs, found))),
        Err(diagnostics) => Err(Failure::with_state(state, diagnostics)),
    }
}

/// Makes an endpoint, or takes the one that an interrupted apply has left among `found`, the endpoints of the VPC. Does not
/// wait for it.
pub(crate) async fn start(
    call: &Call<Aws>,
    inputs: VpcEndpoint,
    found: &[ObservedEndpoint],
) -> Result<State<VpcEndpoint>, Failure<VpcEndpoint>> {
    let region = place(call, &inputs).to_owned();
    let is_own = |endpoint: &ObservedEndpoint| is_left(call, &inputs, endpoint);
    if let Some(conflict) = conflict(found, call.owner(), &Position::of(&inputs), VpcEndpoint::TYPE) {
        return Err(conflict.into());
    }
    if let Some(own) = found.iter().find(|endpoint| is_own(endpoint)) {
        claims::created_first(call, &own.object(), own.mark())?;
        return take_over(call, own, inputs).await;
    }
    let service_name = services::name(&region, &inputs.service);
    let tags = wanted_tags(call, &inputs);
    let create = || calls::create(call, &region, &inputs, &service_name, &tags);
    let mut created = create().await?;
    if let Created::Refused(_) = created
        && calls::clear(call, &region, &inputs.vpc_id, &service_name, is_own).await?
    {
        created = create().await?;
    }
    match created {
        Created::Now(found) => Ok(settled(call, inputs, &found)),
        Created::Refused(refusal) => {
            // Another run of the same configuration may have been faster.
            let found = find(call, &region, &inputs.vpc_id).await?;
            match found.iter().find(|endpoint| is_own(endpoint)) {
                Some(own) => take_over(call, own, inputs).await,
                None => Err(refusal.into()),
            }
        }
    }
}

/// Takes an endpoint of this owner that no state knows, and says so.
async fn take_over(
    call: &Call<Aws>,
    own: &ObservedEndpoint,
    inputs: VpcEndpoint,
) -> Result<State<VpcEndpoint>, Failure<VpcEndpoint>> {
    if own.mark().claim.is_some() && own.mark().claim == call.claim() {
        // The answer to the first attempt of this very create was lost.
        return change(call, own, inputs).await;
    }
    call.warn(Diagnostic::warning(format!("The endpoint {} was taken over", own.id)).detail(format!(
        "Another apply had made it for {} in {} and was interrupted, or runs at this time. If another configuration \
         manages it, take it out of one of them.",
        own.service_name, inputs.vpc_id
    )));
    change(call, own, inputs).await
}

/// Brings an endpoint that is there to what is wanted. Does not wait for it to be available again.
pub(crate) async fn change(
    call: &Call<Aws>,
    now: &ObservedEndpoint,
    inputs: VpcEndpoint,
) -> Result<State<VpcEndpoint>, Failure<VpcEndpoint>> {
    let region = place(call, &inputs).to_owned();
    let changed = async {
        // What is taken over is claimed first: from then on, another declaration lets go of it.
        let is_taken_over = now.mark().claim != call.claim();
        let retag = || async { tagging::retag(call, &region, &now.id, &now.tags, &wanted_tags(call, &inputs)).await };
        if is_taken_over {
            retag().await?;
        }
        let groups = match inputs.security_group_ids.is_empty() {
            true if now.is_gateway => now.groups.clone(),
            true if now.has_default_group => now.groups.clone(),
            true => [calls::default_group(call, &region, &now.vpc_id).await?].into(),
            false => inputs.security_group_ids.clone(),
        };
        let change = Modification::between(now, &inputs, &groups);
        if !change.is_empty() {
            if now.state != "available" {
                wait_available(call, &region, std::slice::from_ref(&now.id)).await?;
            }
            calls::modify(call, &region, &now.id, change).await?;
        }
        if !is_taken_over {
            retag().await?;
        }
        Ok::<_, Diagnostics>(())
    };
    match changed.await {
        Ok(()) => Ok(settled(call, inputs, now)),
        Err(diagnostics) => Err(Failure::with_state(observed(call, &inputs, now), diagnostics)),
    }
}
