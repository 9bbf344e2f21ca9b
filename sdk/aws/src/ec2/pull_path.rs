//! The way from subnets of a VPC to ECR, as EC2 describes it: the endpoints of the VPC, their security groups, the subnets
//! and the route tables. It only looks; what to make of it is for others to say.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::types::IpPermission;
use rosa_ecr_model::{Call, Diagnostic, Diagnostics};

use super::placement::without_dns;
use super::route_tables::{RouteTable, route_tables};
use super::subnets::{Subnet, subnets};
use super::{filter, present};
use crate::error::failed;
use crate::iam::policy_document::allows_everything;
use crate::provider::Aws;

/// What there is.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct PullPath {
    pub endpoints: Vec<Endpoint>,
    /// The rules of the endpoints' groups, by id.
    pub groups: BTreeMap<String, Vec<Ingress>>,
    /// Those of the subnets that exist, by id.
    pub subnets: BTreeMap<String, Subnet>,
    pub route_tables: Vec<RouteTable>,
    /// What the VPC lacks for private DNS.
    pub without_dns: Option<Diagnostic>,
}

/// A VPC endpoint of any service.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Endpoint {
    pub id: String,
    pub service_name: String,
    pub is_gateway: bool,
    /// In lower case.
    pub state: String,
    pub private_dns: bool,
    pub groups: BTreeSet<String>,
    pub route_tables: BTreeSet<String>,
    /// None if it allows everything.
    pub policy: Option<String>,
}

/// What a rule of a security group lets in.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Ingress {
    /// `tcp`, or `-1` for everything.
    pub protocol: String,
    /// The first and the last port; `None` for all.
    pub ports: Option<(i32, i32)>,
    /// Blocks of addresses.
    pub blocks: BTreeSet<String>,
    /// Other sources: security groups and prefix lists.
    pub others: BTreeSet<String>,
}

/// Looks at all of it, with what does not depend on each other at once.
pub(crate) async fn pull_path(
    call: &Call<Aws>,
    region: &str,
    vpc_id: &str,
    subnet_ids: &BTreeSet<String>,
) -> Result<PullPath, Diagnostics> {
    let endpoints = async {
        let endpoints = endpoints(call, region, vpc_id).await?;
        let ids = endpoints.iter().flat_map(|endpoint| endpoint.groups.iter().cloned()).collect();
        let groups = groups(call, region, ids).await?;
        Ok::<_, Diagnostics>((endpoints, groups))
    };
    let of_vpc = filter("vpc-id", [vpc_id.to_owned()]);
    let ((endpoints, groups), subnets, route_tables, without_dns) = futures::try_join!(
        endpoints,
        subnets(call, region, subnet_ids),
        route_tables(call, region, of_vpc),
        without_dns(call, region, vpc_id),
    )?;
    Ok(PullPath { endpoints, groups, subnets, route_tables, without_dns })
}

async fn endpoints(call: &Call<Aws>, region: &str, vpc_id: &str) -> Result<Vec<Endpoint>, Diagnostics> {
    let doing = format!("look for endpoints in {vpc_id}");
    let request = call.ec2(region).describe_vpc_endpoints().filters(filter("vpc-id", [vpc_id.to_owned()]));
    let mut items = request.into_paginator().items().send();
    let mut endpoints = Vec::new();
    while let Some(item) = items.next().await {
        let endpoint = item.map_err(|error| failed("ec2:DescribeVpcEndpoints", &doing, &error))?;
        endpoints.push(Endpoint {
            id: present(endpoint.vpc_endpoint_id, &doing)?,
            service_name: present(endpoint.service_name, &doing)?,
            is_gateway: endpoint.vpc_endpoint_type.is_some_and(|kind| kind.as_str() == "Gateway"),
            state: present(endpoint.state, &doing)?.as_str().to_ascii_lowercase(),
            private_dns: endpoint.private_dns_enabled.unwrap_or_default(),
            groups: endpoint.groups.unwrap_or_default().into_iter().filter_map(|group| group.group_id).collect(),
            route_tables: endpoint.route_table_ids.unwrap_or_default().into_iter().collect(),
            policy: endpoint.policy_document.filter(|policy| !allows_everything(policy)),
        });
    }
    endpoints.sort_by(|one, other| one.id.cmp(&other.id));
    Ok(endpoints)
}

/// What the security groups of these ids let in, by id.
pub(crate) async fn groups(
    call: &Call<Aws>,
    region: &str,
    ids: BTreeSet<String>,
) -> Result<BTreeMap<String, Vec<Ingress>>, Diagnostics> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let doing = "read the security groups of the endpoints";
    let request = call.ec2(region).describe_security_groups().filters(filter("group-id", ids));
    let mut items = request.into_paginator().items().send();
    let mut groups = BTreeMap::new();
    while let Some(item) = items.next().await {
        let group = item.map_err(|error| failed("ec2:DescribeSecurityGroups", doing, &error))?;
        let rules = group.ip_permissions.unwrap_or_default().into_iter().map(ingress).collect();
        groups.insert(present(group.group_id, doing)?, rules);
    }
    Ok(groups)
}

fn ingress(permission: IpPermission) -> Ingress {
    let v4 = permission.ip_ranges.unwrap_or_default().into_iter().filter_map(|range| range.cidr_ip);
    let v6 = permission.ipv6_ranges.unwrap_or_default().into_iter().filter_map(|range| range.cidr_ipv6);
    let groups = permission.user_id_group_pairs.unwrap_or_default().into_iter().filter_map(|pair| pair.group_id);
    let lists = permission.prefix_list_ids.unwrap_or_default().into_iter().filter_map(|list| list.prefix_list_id);
    Ingress {
        protocol: permission.ip_protocol.unwrap_or_default(),
        ports: permission.from_port.zip(permission.to_port).filter(|ports| *ports != (-1, -1)),
        blocks: v4.chain(v6).collect(),
        others: groups.chain(lists).collect(),
    }
}
