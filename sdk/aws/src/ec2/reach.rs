//! Whom the security groups of an endpoint let in. Pure.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;

use super::pull_path::Ingress;
use super::subnets::Subnet;

/// What becomes of connections from subnets to 443/tcp of an endpoint.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Reach {
    /// The blocks that no rule names, each with its subnet.
    pub shut_out: Vec<ShutOut>,
    /// Security groups and prefix lists that are let in: the subnets of the nodes do not say whether the nodes are among them.
    pub others: BTreeSet<String>,
}

/// A block of a subnet.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ShutOut {
    pub block: String,
    pub subnet: String,
}

/// Whom rules let in of these subnets. `rules` are those of the groups of one endpoint.
pub(crate) fn reach<'a>(
    rules: impl Iterator<Item = &'a Ingress>,
    subnets: impl Iterator<Item = (&'a String, &'a Subnet)>,
) -> Reach {
    let rules: Vec<&Ingress> = rules.filter(|rule| is_https(rule)).collect();
    let allowed: Vec<IpNet> =
        rules.iter().flat_map(|rule| &rule.blocks).filter_map(|block| block.parse().ok()).collect();
    // Blocks side by side become one, so that a subnet is let in if it lies in one of these.
    let allowed = IpNet::aggregate(&allowed);
    let is_in = |block: &String| block.parse().is_ok_and(|block: IpNet| allowed.iter().any(|all| all.contains(&block)));
    let shut_out = subnets.flat_map(|(id, subnet)| {
        let blocks = subnet.blocks.iter().filter(|block| !is_in(block));
        blocks.map(|block| ShutOut { block: block.clone(), subnet: id.clone() }).collect::<Vec<_>>()
    });
    Reach { shut_out: shut_out.collect(), others: rules.iter().flat_map(|rule| rule.others.iter().cloned()).collect() }
}

/// The rules of an endpoint's groups.
pub(crate) fn rules<'a>(
    of: &'a BTreeSet<String>,
    groups: &'a BTreeMap<String, Vec<Ingress>>,
) -> impl Iterator<Item = &'a Ingress> {
    of.iter().filter_map(|group| groups.get(group)).flatten()
}

/// Whether a rule lets its sources reach 443/tcp.
fn is_https(rule: &Ingress) -> bool {
    let protocol = matches!(rule.protocol.as_str(), "-1" | "tcp" | "6");
    // A rule for all protocols is for all ports, whatever it says of them.
    protocol && (rule.protocol == "-1" || rule.ports.is_none_or(|(first, last)| (first..=last).contains(&443)))
}
