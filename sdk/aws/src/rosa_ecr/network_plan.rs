//! The plan of a registry's network: what is known of it, and what must not be.

use std::collections::{BTreeMap, BTreeSet};

use rosa_ecr_model::{Call, Change, Diagnostic, Diagnostics, Known, Severity, State};

use super::facts::Facts;
use super::parts::{Parts, services_of};
use super::provision::{Provision, Wanted};
use super::{RosaEcr, RosaEcrPartial};
use crate::ec2::endpoint_service as services;
use crate::ec2::placement::{self, Place};
use crate::provider::Aws;

/// Rules of the network's arguments that need more than one of them.
pub(super) fn check(inputs: &RosaEcrPartial, report: &mut Diagnostics) {
    let (Known::Now(tables), Known::Now(additional)) = (&inputs.route_table_ids, &inputs.additional_endpoints) else {
        return;
    };
    if !tables.is_empty() && !additional.contains(services::S3) {
        report.push(
            Diagnostic::error("Route tables without an S3 endpoint")
                .detail(
                    "route_table_ids is set, and additional_endpoints does not have s3, whose endpoint they lead to.",
                )
                .fix("Add \"s3\" to additional_endpoints, or remove route_table_ids.")
                .at("route_table_ids"),
        );
    }
}

/// Whether the network's objects stay where they are.
pub(super) fn stays(prior: &State<RosaEcr>, inputs: &RosaEcrPartial) -> bool {
    prior.inputs.create_vpc_endpoints && inputs.vpc_id.now() == Some(&prior.inputs.vpc_id)
}

/// Whether the plan depends on what is in the VPC besides the registry's own objects.
pub(super) fn depends_on_others(prior: &State<RosaEcr>, inputs: &RosaEcrPartial) -> bool {
    let own = prior.outputs.own_endpoints();
    let has_all = inputs
        .additional_endpoints
        .now()
        .is_some_and(|additional| services_of(additional).into_iter().all(|service| own.contains_key(service)));
    let same_tables = inputs.route_table_ids.now() == Some(&prior.inputs.route_table_ids);
    !stays(prior, inputs) || inputs.use_existing_endpoints != Known::Now(false) || !has_all || !same_tables
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
    let (Known::Now(true), Known::Now(Some(vpc_id)), Known::Now(Some(region))) =
        (&inputs.create_vpc_endpoints, &inputs.vpc_id, &inputs.region)
    else {
        return Ok(Vec::new());
    };
    let mut misplaced = Vec::new();
    if is_new || new_subnets.is_some() {
        let subnets_argument = "private_subnet_ids";
        let place = Place { region, vpc_id, subnet_ids: new_subnets, subnets_argument, private_dns: is_new };
        misplaced.extend(placement::refusals(call, &place).await?);
    }
    let tables = inputs.route_table_ids.now().filter(|tables| !tables.is_empty());
    if let Some(tables) = tables.filter(|ids| kept.is_none_or(|kept| kept.route_table_ids != **ids)) {
        misplaced.extend(placement::foreign_route_tables(call, region, vpc_id, tables).await?);
    }
    Ok(misplaced)
}

/// What becomes of the endpoints, as far as it is known. `prior` is the registry if it keeps its objects.
pub(super) fn provision(facts: &Facts, inputs: &RosaEcrPartial, prior: Option<&State<RosaEcr>>) -> Known<Provision> {
    let own = prior.filter(|prior| stays(prior, inputs)).map(|prior| prior.outputs.own_endpoints());
    provision_with(facts, inputs, own.unwrap_or_default())
}

/// The same right before it is done: `now` are the parts of the registry that are there.
pub(super) fn observed(
    facts: &Facts,
    inputs: &RosaEcrPartial,
    prior: &State<RosaEcr>,
    now: &Parts,
) -> Known<Provision> {
    let own = now.endpoints.iter().filter(|_| stays(prior, inputs));
    provision_with(facts, inputs, own.map(|(service, endpoint)| (*service, endpoint.outputs.id.clone())).collect())
}

fn provision_with(facts: &Facts, inputs: &RosaEcrPartial, own: BTreeMap<&'static str, String>) -> Known<Provision> {
    let Some(around) = &facts.around else { return Known::Later };
    let repository = facts.repository_arn(inputs);
    Wanted { inputs, owner: &facts.owner, own, repository: repository.as_deref() }.provision(around)
}

/// What must not be made. Where all endpoints are there already, none needs subnets.
pub(super) fn refusals(facts: &Facts, provision: Known<Provision>) -> Vec<Diagnostic> {
    let mut refusals = Vec::new();
    let makes_none = matches!(&provision, Known::Now(provision) if !provision.makes_interfaces());
    if !makes_none {
        refusals.extend(facts.misplaced.clone());
    }
    if let Known::Now(provision) = provision {
        refusals.extend(provision.refusals);
        refusals.extend(provision.faults);
    }
    refusals
}

/// The same for a plan that changes nothing, as engines make one before a destroy, too: that an endpoint which the registry uses
/// already has been shut since is a warning and no error.
pub(super) fn without_change(
    provision: Known<Provision>,
    prior: &State<RosaEcr>,
) -> (Known<Provision>, Vec<Diagnostic>) {
    match provision {
        Known::Now(mut provision) if provision.used_ids().iter().all(|id| prior.outputs.uses(id)) => {
            let faults = std::mem::take(&mut provision.faults).into_iter();
            let reported = faults.map(|fault| Diagnostic { severity: Severity::Warning, ..fault }).collect();
            (Known::Now(provision), reported)
        }
        other => (other, Vec::new()),
    }
}

/// The ids of the network's parts: kept where the part stays, unknown where it is made, null where there is none.
pub(super) fn plan(facts: &Facts, change: &mut Change<RosaEcr>) {
    let inputs = &change.inputs;
    let keeps = change.prior.as_ref().filter(|prior| change.replace.is_empty() && stays(prior, inputs));
    let on = inputs.create_vpc_endpoints;
    let ids = match &on {
        Known::Now(true) => endpoint_ids(facts, inputs, keeps),
        _ => EndpointIds::default(),
    };
    let of = |id: Known<String>| match on {
        Known::Now(false) => Known::Now(None),
        Known::Now(true) => id.map(Some),
        Known::Later => Known::Later,
    };
    let group = keeps.and_then(|prior| prior.outputs.endpoint_security_group_id.clone());
    let outputs = &mut change.outputs;
    outputs.ecr_api_endpoint_id = of(ids.of("api"));
    outputs.ecr_dkr_endpoint_id = of(ids.of("dkr"));
    let additional = inputs.additional_endpoints.clone().and_then(|additional| {
        let ids = additional.iter().map(|service| match ids.of(service) {
            Known::Now(id) => Some((service.clone(), id)),
            Known::Later => None,
        });
        ids.collect::<Option<_>>().map_or(Known::Later, Known::Now)
    });
    (outputs.additional_endpoint_ids, outputs.used_endpoint_ids) = match on {
        Known::Now(false) => (Known::Now(None), Known::Now(None)),
        Known::Now(true) => (additional.map(Some), ids.used.clone().map(Some)),
        Known::Later => (Known::Later, Known::Later),
    };
    outputs.endpoint_security_group_id = match inputs.endpoint_security_group_ids.now() {
        Some(groups) if !groups.is_empty() => Known::Now(None),
        Some(_) => match ids.has_interfaces {
            Some(false) => Known::Now(None),
            Some(true) => of(Known::from(group)),
            None => of(Known::Later),
        },
        None => Known::Later,
    };
}

/// What is known of the endpoints' ids.
struct EndpointIds {
    known: BTreeMap<&'static str, String>,
    used: Known<BTreeSet<String>>,
    /// Whether the registry has interface endpoints of its own; none if that is not known.
    has_interfaces: Option<bool>,
}

impl Default for EndpointIds {
    fn default() -> Self {
        Self { known: Default::default(), used: Known::Later, has_interfaces: None }
    }
}

impl EndpointIds {
    fn of(&self, service: &str) -> Known<String> {
        Known::from(self.known.get(service).cloned())
    }
}

fn endpoint_ids(facts: &Facts, inputs: &RosaEcrPartial, keeps: Option<&State<RosaEcr>>) -> EndpointIds {
    let own = keeps.map(|prior| prior.outputs.own_endpoints()).unwrap_or_default();
    if inputs.use_existing_endpoints == Known::Now(false) {
        return EndpointIds { known: own, used: Known::Now(Default::default()), has_interfaces: Some(true) };
    }
    match provision(facts, inputs, keeps) {
        // What is not known may be used or made, besides what the registry has.
        Known::Later => EndpointIds { known: own, ..EndpointIds::default() },
        Known::Now(provision) => {
            let is_complete = provision.made.iter().all(|service| own.contains_key(service));
            let has_interfaces = Some(provision.makes_interfaces());
            let (used, mut known) = (provision.used_ids(), own);
            known.retain(|service, _| provision.made.contains(service));
            known.extend(
                provision.used.into_iter().filter_map(|(service, ids)| Some((service, ids.into_iter().next()?))),
            );
            // Another registry of the same apply may make an endpoint first.
            EndpointIds { known, used: if is_complete { Known::Now(used) } else { Known::Later }, has_interfaces }
        }
    }
}
