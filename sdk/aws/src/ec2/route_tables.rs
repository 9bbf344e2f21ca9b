//! Route tables, as EC2 describes them.

use std::collections::BTreeSet;

use aws_sdk_ec2::types::{Filter, Route, RouteState};
use rosa_ecr_model::{Call, Diagnostics};

use super::present;
use crate::error::failed;
use crate::provider::Aws;

/// A route table.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct RouteTable {
    pub id: String,
    pub vpc_id: String,
    /// The subnets that it is associated with.
    pub subnets: BTreeSet<String>,
    /// Whether it serves the subnets that no table is associated with.
    pub is_main: bool,
    /// Where its default routes lead, such as a NAT gateway's id.
    pub ways_out: BTreeSet<String>,
}

/// The route tables that pass the filter, by id.
pub(crate) async fn route_tables(
    call: &Call<Aws>,
    region: &str,
    filter: Filter,
) -> Result<Vec<RouteTable>, Diagnostics> {
    let doing = "read route tables";
    let request = call.ec2(region).describe_route_tables().filters(filter);
    let mut items = request.into_paginator().items().send();
    let mut tables = Vec::new();
    while let Some(item) = items.next().await {
        let table = item.map_err(|error| failed("ec2:DescribeRouteTables", doing, &error))?;
        let associations = table.associations.unwrap_or_default();
        tables.push(RouteTable {
            id: present(table.route_table_id, doing)?,
            vpc_id: present(table.vpc_id, doing)?,
            ways_out: table.routes.unwrap_or_default().into_iter().filter_map(way_out).collect(),
            is_main: associations.iter().any(|association| association.main == Some(true)),
            subnets: associations.into_iter().filter_map(|association| association.subnet_id).collect(),
        });
    }
    tables.sort_by(|one, other| one.id.cmp(&other.id));
    Ok(tables)
}

/// Where a default route leads out of the VPC (Amazon VPC User Guide, "Route tables").
fn way_out(route: Route) -> Option<String> {
    let is_default = route.destination_cidr_block.as_deref() == Some("0.0.0.0/0");
    let is_active = route.state.is_none_or(|state| state != RouteState::Blackhole);
    let target = route.nat_gateway_id.or(route.transit_gateway_id).or(route.gateway_id).or(route.network_interface_id);
    target.or(route.instance_id).or(route.core_network_arn).filter(|_| is_default && is_active)
}

/// The route table of a subnet, among those of its VPC: the one that is associated with it, else the main one (Amazon VPC User
/// Guide, "Subnet route tables").
pub(crate) fn table_of<'a>(tables: &'a [RouteTable], subnet: &str) -> Option<&'a RouteTable> {
    let own = tables.iter().find(|table| table.subnets.contains(subnet));
    own.or_else(|| tables.iter().find(|table| table.is_main))
}
