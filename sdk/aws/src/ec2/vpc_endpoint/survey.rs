//! What a plan of an endpoint finds out, besides who is in its way.

use std::collections::BTreeSet;

use rosa_ecr_model::{Call, Diagnostic, Diagnostics, Intent, Known, State};

use super::{VpcEndpoint, VpcEndpointPartial, calls, place};
use crate::ec2::placement::{self, Place};
use crate::provider::Aws;

/// What speaks against the place of an endpoint that is to be made, or to get other subnets or private DNS.
pub(super) async fn misplaced(
    call: &Call<Aws>,
    intent: &Intent<'_, VpcEndpoint>,
) -> Result<Vec<Diagnostic>, Diagnostics> {
    let (inputs, prior) = match intent {
        Intent::Create(inputs) | Intent::Update { inputs, replace: true, .. } => (inputs, None),
        Intent::Update { prior, inputs, replace: false } => (inputs, Some(&prior.inputs)),
        Intent::Delete(_) => return Ok(Vec::new()),
    };
    let new_subnets = inputs.subnet_ids.now().filter(|ids| prior.is_none_or(|prior| prior.subnet_ids != **ids));
    let wants_dns = inputs.private_dns_enabled == Known::Now(true);
    let new_dns = wants_dns && prior.is_none_or(|prior| !prior.private_dns_enabled);
    match (&inputs.vpc_id, &inputs.region) {
        (Known::Now(vpc_id), Known::Now(Some(region))) if new_subnets.is_some() || new_dns => {
            let subnets_argument = "subnet_ids";
            let place = Place { region, vpc_id, subnet_ids: new_subnets, subnets_argument, private_dns: new_dns };
            placement::refusals(call, &place).await
        }
        _ => Ok(Vec::new()),
    }
}

/// The VPC's default group, if the endpoint has it for want of another, and the plan names one.
pub(super) async fn default_group(
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
