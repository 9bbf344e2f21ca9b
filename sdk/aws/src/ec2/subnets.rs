//! Subnets, as EC2 describes them.

use std::collections::{BTreeMap, BTreeSet};

use rosa_ecr_model::{Call, Diagnostics};

use super::{filter, present};
use crate::error::failed;
use crate::provider::Aws;

/// A subnet.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Subnet {
    pub vpc_id: String,
    /// Its availability zone.
    pub zone: Option<String>,
    /// Its block of IPv4, or, without one, those of IPv6.
    pub blocks: BTreeSet<String>,
}

/// Those of the subnets that exist, by id.
pub(crate) async fn subnets(
    call: &Call<Aws>,
    region: &str,
    ids: &BTreeSet<String>,
) -> Result<BTreeMap<String, Subnet>, Diagnostics> {
    let doing = format!("read the subnets {}", ids.iter().map(String::as_str).collect::<Vec<_>>().join(", "));
    // A filter and not the ids themselves, because one unknown id would fail the whole call.
    let request = call.ec2(region).describe_subnets().filters(filter("subnet-id", ids.iter().cloned()));
    let mut items = request.into_paginator().items().send();
    let mut subnets = BTreeMap::new();
    while let Some(item) = items.next().await {
        let subnet = item.map_err(|error| failed("ec2:DescribeSubnets", &doing, &error))?;
        let v6 = subnet.ipv6_cidr_block_association_set.unwrap_or_default();
        let v6 = v6.into_iter().filter_map(|block| block.ipv6_cidr_block);
        let blocks = subnet.cidr_block.map_or_else(|| v6.collect(), |block| BTreeSet::from([block]));
        let vpc_id = present(subnet.vpc_id, &doing)?;
        let id = present(subnet.subnet_id, &doing)?;
        subnets.insert(id, Subnet { vpc_id, zone: subnet.availability_zone, blocks });
    }
    Ok(subnets)
}
