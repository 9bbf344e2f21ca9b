//! What is around the endpoints of a registry: other endpoints of the VPC, who may reach them, and the route tables of the nodes.

use std::collections::{BTreeMap, BTreeSet};

use rosa_ecr_model::{Call, Diagnostic, Diagnostics, Known};

use super::RosaEcrPartial;
use crate::ec2::pull_path::{self, Ingress};
use crate::ec2::route_tables::{RouteTable, route_tables, table_of};
use crate::ec2::subnets::{self, Subnet};
use crate::ec2::{self, ObservedEndpoint, endpoint_service as services};
use crate::provider::Aws;

/// What there is, as far as something depends on it.
#[derive(Clone, Debug, Default)]
pub(super) struct Surroundings {
    /// The endpoints in the VPC.
    pub endpoints: Vec<ObservedEndpoint>,
    /// The rules of their groups, by id, if existing endpoints are used.
    pub groups: BTreeMap<String, Vec<Ingress>>,
    /// The nodes' subnets, if existing endpoints are used.
    pub subnets: BTreeMap<String, Subnet>,
    /// The route tables of the VPC, if the S3 gateway endpoint gets those of the subnets.
    pub route_tables: Vec<RouteTable>,
}

/// Looks around in the VPC, if endpoints are to be there; `None` if it is not known yet where that is.
pub(super) async fn look(call: &Call<Aws>, inputs: &RosaEcrPartial) -> Result<Option<Surroundings>, Diagnostics> {
    let (Known::Now(true), Known::Now(Some(vpc)), Known::Now(Some(region))) =
        (&inputs.create_vpc_endpoints, &inputs.vpc_id, &inputs.region)
    else {
        return Ok(None);
    };
    let uses_existing = inputs.use_existing_endpoints != Known::Now(false);
    let endpoints = async {
        let mut endpoints = ec2::find(call, region, vpc).await?;
        endpoints.retain(|endpoint| !call.is_marked_for_replacement(&endpoint.id));
        let with_dns = endpoints.iter().filter(|endpoint| endpoint.private_dns && uses_existing);
        let ids = with_dns.flat_map(|endpoint| endpoint.groups.iter().cloned()).collect();
        let groups = pull_path::groups(call, region, ids).await?;
        Ok::<_, Diagnostics>((endpoints, groups))
    };
    let subnets = async {
        match inputs.private_subnet_ids.now().filter(|ids| uses_existing && !ids.is_empty()) {
            Some(ids) => subnets::subnets(call, region, ids).await,
            None => Ok(BTreeMap::new()),
        }
    };
    let tables = async {
        match leads_subnets_to_s3(inputs) {
            true => route_tables_of(call, region, vpc).await,
            false => Ok(Vec::new()),
        }
    };
    let ((endpoints, groups), subnets, route_tables) = futures::try_join!(endpoints, subnets, tables)?;
    Ok(Some(Surroundings { endpoints, groups, subnets, route_tables }))
}

/// The route tables of a VPC.
pub(super) async fn route_tables_of(
    call: &Call<Aws>,
    region: &str,
    vpc_id: &str,
) -> Result<Vec<RouteTable>, Diagnostics> {
    route_tables(call, region, ec2::filter("vpc-id", [vpc_id.to_owned()])).await
}

/// Whether the S3 gateway endpoint gets the route tables of the subnets.
fn leads_subnets_to_s3(inputs: &RosaEcrPartial) -> bool {
    let has_s3 = inputs.additional_endpoints.now().is_none_or(|services| services.contains(services::S3));
    has_s3 && inputs.route_table_ids.now().is_none_or(BTreeSet::is_empty)
}

/// The route tables for an S3 gateway endpoint: those that are `given`, or else those of the subnets.
///
/// # Errors
/// If a subnet has none that can be seen.
pub(super) fn tables_for(
    given: &BTreeSet<String>,
    subnets: &BTreeSet<String>,
    tables: &[RouteTable],
) -> Result<BTreeSet<String>, Diagnostic> {
    if !given.is_empty() {
        return Ok(given.clone());
    }
    let of_subnet = |subnet: &String| {
        match table_of(tables, subnet) {
        Some(table) => Ok(table.id.clone()),
        None => Err(Diagnostic::error(format!("The route table of {subnet} is not known"))
            .detail(
                "additional_endpoints has s3, and its gateway endpoint gets the route tables of private_subnet_ids. The VPC has \
                 none for this subnet that these credentials see, and no main one.",
            )
            .fix("Set route_table_ids to the route tables of the nodes' subnets, or correct vpc_id or private_subnet_ids.")
            .at("route_table_ids")),
    }
    };
    subnets.iter().map(of_subnet).collect()
}
