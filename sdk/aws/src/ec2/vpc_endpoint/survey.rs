//! What a plan of an endpoint finds out.

use std::collections::BTreeSet;

use rosa_ecr_model::{Attributes as _, Call, Diagnostic, Diagnostics, Intent, Known, Resource as _, State};

use super::calls::{self, find};
use super::convergence::is_left;
use super::described::ObservedEndpoint;
use super::naming::{component, place};
use super::{VpcEndpoint, VpcEndpointPartial};
use crate::claims;
use crate::ec2::endpoint_service as services;
use crate::ec2::placement::{self, Place};
use crate::provider::Aws;
use crate::tags::{Owner, TagPolicy};

/// What the plan of an endpoint has to know.
#[derive(Debug, Default)]
pub struct VpcEndpointFacts {
    pub(super) owner: Owner,
    pub(super) tags: Option<TagPolicy>,
    /// The other endpoints in the VPC, where one of them could be in the way.
    pub(super) others: Vec<ObservedEndpoint>,
    /// What to say if a create takes one of them over.
    pub(super) taking_over: Option<Diagnostic>,
    /// The VPC's default group, if the endpoint has it and the plan names one.
    pub(super) default_group: Option<BTreeSet<String>>,
    /// What speaks against its place.
    pub(super) misplaced: Vec<Diagnostic>,
}

/// Reads what the plan depends on.
pub(super) async fn survey(call: &Call<Aws>, intent: Intent<'_, VpcEndpoint>) -> Result<VpcEndpointFacts, Diagnostics> {
    let wanted = match &intent {
        Intent::Create(inputs) => VpcEndpoint::complete((*inputs).clone()).ok(),
        _ => None,
    };
    let default_group = match &intent {
        Intent::Update { prior, inputs, replace: false } => default_group(call, prior, inputs).await?,
        _ => None,
    };
    let misplaced = misplaced(call, &intent).await?;
    let is_create = matches!(intent, Intent::Create(_));
    let (owner, tags) = (call.owner().clone(), Some(call.tags().clone()));
    let (inputs, own) = match intent {
        Intent::Create(inputs) => (Some(inputs), None),
        Intent::Update { prior, inputs, replace: false } if may_move(&prior.inputs, inputs) => {
            (Some(inputs), Some(&prior.outputs.id))
        }
        Intent::Update { prior, replace: true, .. } | Intent::Delete(prior) => {
            call.mark_for_replacement(&prior.outputs.id);
            (None, None)
        }
        Intent::Update { .. } => (None, None),
    };
    let mut others = match inputs.map(|inputs| (&inputs.private_dns_enabled, &inputs.region, &inputs.vpc_id)) {
        Some((Known::Now(dns), Known::Now(Some(region)), Known::Now(vpc))) if *dns || wanted.is_some() => {
            find(call, region, vpc).await?
        }
        _ => Vec::new(),
    };
    let service = inputs.and_then(|inputs| inputs.service.now());
    let is_taken_over = |found: &&ObservedEndpoint| match &wanted {
        Some(wanted) => is_left(call, wanted, found),
        None => {
            let is_own = |service: &String| owner.owns(&component(service), &found.tags);
            found.private_dns && found.service() == service.map(String::as_str) && service.is_some_and(is_own)
        }
    };
    let taken_over = others.iter().find(is_taken_over).filter(|_| is_create);
    let taking_over = taken_over
        .and_then(|found| claims::taking_over(call, &found.object(), &found.id, found.mark().claim, VpcEndpoint::TYPE));
    others.retain(|endpoint| Some(&endpoint.id) != own && !call.is_marked_for_replacement(&endpoint.id));
    Ok(VpcEndpointFacts { owner, tags, others, taking_over, default_group, misplaced })
}

/// Whether a change can meet an endpoint that is in its way.
fn may_move(prior: &VpcEndpoint, inputs: &VpcEndpointPartial) -> bool {
    if services::is_gateway(&prior.service) {
        return inputs.route_table_ids.now().is_some_and(|tables| !tables.is_subset(&prior.route_table_ids));
    }
    !prior.private_dns_enabled
}

/// What speaks against the place of an endpoint that is to be made, or to get other subnets, route tables or private DNS.
async fn misplaced(call: &Call<Aws>, intent: &Intent<'_, VpcEndpoint>) -> Result<Vec<Diagnostic>, Diagnostics> {
    let (inputs, prior) = match intent {
        Intent::Create(inputs) | Intent::Update { inputs, replace: true, .. } => (inputs, None),
        Intent::Update { prior, inputs, replace: false } => (inputs, Some(&prior.inputs)),
        Intent::Delete(_) => return Ok(Vec::new()),
    };
    let (Known::Now(service), Known::Now(vpc_id), Known::Now(Some(region))) =
        (&inputs.service, &inputs.vpc_id, &inputs.region)
    else {
        return Ok(Vec::new());
    };
    if services::is_gateway(service) {
        let new = inputs.route_table_ids.now().filter(|ids| prior.is_none_or(|prior| prior.route_table_ids != **ids));
        return match new {
            Some(tables) => placement::foreign_route_tables(call, region, vpc_id, tables).await,
            None => Ok(Vec::new()),
        };
    }
    let new_subnets = inputs.subnet_ids.now().filter(|ids| prior.is_none_or(|prior| prior.subnet_ids != **ids));
    let wants_dns = inputs.private_dns_enabled == Known::Now(true);
    let new_dns = wants_dns && prior.is_none_or(|prior| !prior.private_dns_enabled);
    if new_subnets.is_none() && !new_dns {
        return Ok(Vec::new());
    }
    let subnets_argument = "subnet_ids";
    let place = Place { region, vpc_id, subnet_ids: new_subnets, subnets_argument, private_dns: new_dns };
    placement::refusals(call, &place).await
}

/// The VPC's default group, if the endpoint has it for want of another, and the plan names one.
async fn default_group(
    call: &Call<Aws>,
    prior: &State<VpcEndpoint>,
    inputs: &VpcEndpointPartial,
) -> Result<Option<BTreeSet<String>>, Diagnostics> {
    let names_one = inputs.security_group_ids.now().is_some_and(|groups| groups.len() == 1);
    if !prior.inputs.security_group_ids.is_empty() || !names_one {
        return Ok(None);
    }
    let found = calls::read(call, place(call, &prior.inputs), &prior.outputs.id).await?;
    Ok(found.filter(|found| found.has_default_group).map(|found| found.groups))
}
