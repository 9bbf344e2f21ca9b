//! The rules of a security group: which ones it has, which ones it shall have, and what follows. Pure.
//!
//! EC2 packs rules: one permission is a protocol, a range of ports and any number of sources. Here every rule has one
//! source, so that rules can be compared, named and removed one by one.

use std::collections::BTreeSet;

use aws_sdk_ec2::types::{IpPermission, IpRange, Ipv6Range, SecurityGroup};

/// The port of HTTPS, which both of ECR's services are reached at.
const HTTPS: i32 = 443;

/// The rules of a group.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Rules {
    /// The blocks of addresses that come in on 443/tcp, in their canonical form.
    pub allowed: BTreeSet<String>,
    /// Everything else that comes in.
    ingress: Vec<IpPermission>,
    /// Everything that goes out.
    egress: Vec<IpPermission>,
}

/// What is to be done to a group.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Repair {
    pub authorize: Vec<IpPermission>,
    pub revoke_ingress: Vec<IpPermission>,
    pub revoke_egress: Vec<IpPermission>,
}

impl Rules {
    /// The rules of a group as EC2 describes it.
    pub(super) fn of(group: &SecurityGroup) -> Self {
        let mut rules = Self::default();
        for rule in group.ip_permissions().iter().flat_map(single) {
            match https_source(&rule) {
                Some(block) => {
                    rules.allowed.insert(canonical(block));
                }
                None => rules.ingress.push(rule),
            }
        }
        rules.egress = group.ip_permissions_egress().iter().flat_map(single).collect();
        rules
    }

    /// The rules that are none of the resource's, in words.
    pub(super) fn unexpected(&self) -> BTreeSet<String> {
        let ingress = self.ingress.iter().map(|rule| format!("ingress {} from {}", traffic(rule), source(rule)));
        let egress = self.egress.iter().map(|rule| format!("egress {} to {}", traffic(rule), source(rule)));
        ingress.chain(egress).collect()
    }

    /// What is to be done so that exactly these blocks come in on 443/tcp, and nothing else.
    pub(super) fn repair(&self, wanted: &BTreeSet<String>) -> Repair {
        let missing: Vec<&String> = wanted.difference(&self.allowed).collect();
        let extra: Vec<&String> = self.allowed.difference(wanted).collect();
        let https = |blocks: &[&String]| (!blocks.is_empty()).then(|| https_from(blocks));
        Repair {
            authorize: https(&missing).into_iter().collect(),
            revoke_ingress: https(&extra).into_iter().chain(self.ingress.iter().cloned()).collect(),
            revoke_egress: self.egress.clone(),
        }
    }
}

/// A block in the form that EC2 gives back: `FD00::/8` becomes `fd00::/8`.
pub(super) fn canonical(block: &str) -> String {
    block.parse::<ipnet::IpNet>().map_or_else(|_| block.to_owned(), |block| block.trunc().to_string())
}

/// Blocks in the form that EC2 gives back.
pub(crate) fn canonical_set(blocks: &BTreeSet<String>) -> BTreeSet<String> {
    blocks.iter().map(|block| canonical(block)).collect()
}

fn https_from(blocks: &[&String]) -> IpPermission {
    let (v6, v4): (Vec<&String>, Vec<&String>) = blocks.iter().partition(|block| block.contains(':'));
    let v4 = v4.into_iter().map(|block| IpRange::builder().cidr_ip(block).build()).collect::<Vec<_>>();
    let v6 = v6.into_iter().map(|block| Ipv6Range::builder().cidr_ipv6(block).build()).collect::<Vec<_>>();
    IpPermission::builder()
        .ip_protocol("tcp")
        .from_port(HTTPS)
        .to_port(HTTPS)
        .set_ip_ranges((!v4.is_empty()).then_some(v4))
        .set_ipv6_ranges((!v6.is_empty()).then_some(v6))
        .build()
}

/// One permission for each of its sources. Descriptions are left out: they are no part of what a rule does.
fn single(permission: &IpPermission) -> Vec<IpPermission> {
    let bare = IpPermission::builder()
        .set_ip_protocol(permission.ip_protocol.clone())
        .set_from_port(permission.from_port)
        .set_to_port(permission.to_port);
    let v4 = permission
        .ip_ranges()
        .iter()
        .map(|range| bare.clone().ip_ranges(IpRange::builder().set_cidr_ip(range.cidr_ip.clone()).build()));
    let v6 = permission
        .ipv6_ranges()
        .iter()
        .map(|range| bare.clone().ipv6_ranges(Ipv6Range::builder().set_cidr_ipv6(range.cidr_ipv6.clone()).build()));
    let lists = permission.prefix_list_ids().iter().cloned().map(|mut list| {
        list.description = None;
        bare.clone().prefix_list_ids(list)
    });
    let groups = permission.user_id_group_pairs().iter().cloned().map(|mut pair| {
        pair.description = None;
        bare.clone().user_id_group_pairs(pair)
    });
    v4.chain(v6).chain(lists).chain(groups).map(aws_sdk_ec2::types::builders::IpPermissionBuilder::build).collect()
}

/// The block that a rule lets in on 443/tcp, if that is what it does.
fn https_source(rule: &IpPermission) -> Option<&str> {
    let is_https = rule.ip_protocol() == Some("tcp") && (rule.from_port, rule.to_port) == (Some(HTTPS), Some(HTTPS));
    is_https.then(|| block(rule)).flatten()
}

fn block(rule: &IpPermission) -> Option<&str> {
    let v4 = rule.ip_ranges().first().and_then(IpRange::cidr_ip);
    v4.or_else(|| rule.ipv6_ranges().first().and_then(Ipv6Range::cidr_ipv6))
}

fn source(rule: &IpPermission) -> &str {
    let list = || rule.prefix_list_ids().first().and_then(|list| list.prefix_list_id());
    let group = || rule.user_id_group_pairs().first().and_then(|pair| pair.group_id().or(pair.group_name()));
    block(rule).or_else(list).or_else(group).unwrap_or("an unknown place")
}

fn traffic(rule: &IpPermission) -> String {
    let protocol = match rule.ip_protocol() {
        None | Some("-1") => return "all".to_owned(),
        Some(protocol) => protocol,
    };
    match (rule.from_port, rule.to_port) {
        (Some(from), Some(to)) if from == to && from >= 0 => format!("{protocol} {from}"),
        (Some(from), Some(to)) if from >= 0 => format!("{protocol} {from}-{to}"),
        _ => protocol.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::UserIdGroupPair;

    use super::*;

    fn rule(protocol: &str, ports: (i32, i32), blocks: &[&str]) -> IpPermission {
        let blocks: Vec<String> = blocks.iter().map(|block| (*block).to_owned()).collect();
        let sources = https_from(&blocks.iter().collect::<Vec<_>>());
        IpPermission::builder()
            .ip_protocol(protocol)
            .from_port(ports.0)
            .to_port(ports.1)
            .set_ip_ranges(sources.ip_ranges)
            .set_ipv6_ranges(sources.ipv6_ranges)
            .build()
    }

    fn wanted() -> BTreeSet<String> {
        ["10.0.0.0/16".to_owned(), "fd00::/56".to_owned()].into()
    }

    #[test]
    fn a_group_as_it_should_be_needs_nothing() {
        let group =
            SecurityGroup::builder().ip_permissions(rule("tcp", (443, 443), &["10.0.0.0/16", "FD00::/56"])).build();
        let rules = Rules::of(&group);
        assert_eq!(rules.allowed, wanted());
        assert!(rules.unexpected().is_empty());
        let repair = rules.repair(&wanted());
        assert!(repair.authorize.is_empty() && repair.revoke_ingress.is_empty() && repair.revoke_egress.is_empty());
    }

    #[test]
    fn a_fresh_group_gets_ingress_and_loses_egress() {
        let group = SecurityGroup::builder()
            .ip_permissions_egress(
                IpPermission::builder()
                    .ip_protocol("-1")
                    .ip_ranges(IpRange::builder().cidr_ip("0.0.0.0/0").build())
                    .build(),
            )
            .ip_permissions_egress(
                IpPermission::builder()
                    .ip_protocol("-1")
                    .ipv6_ranges(Ipv6Range::builder().cidr_ipv6("::/0").build())
                    .build(),
            )
            .build();
        let rules = Rules::of(&group);
        assert_eq!(
            rules.unexpected().into_iter().collect::<Vec<_>>(),
            ["egress all to 0.0.0.0/0", "egress all to ::/0"]
        );
        let repair = rules.repair(&wanted());
        assert_eq!(repair.authorize, [rule("tcp", (443, 443), &["10.0.0.0/16", "fd00::/56"])]);
        assert_eq!(repair.revoke_egress.len(), 2);
    }

    #[test]
    fn other_rules_are_named_and_removed_and_the_right_ones_stay() {
        let friend = UserIdGroupPair::builder().group_id("sg-2").description("ours").build();
        let mixed = IpPermission::builder()
            .ip_protocol("tcp")
            .from_port(443)
            .to_port(443)
            .ip_ranges(IpRange::builder().cidr_ip("10.0.0.0/16").description("by hand").build())
            .ip_ranges(IpRange::builder().cidr_ip("192.0.2.0/24").build())
            .user_id_group_pairs(friend)
            .build();
        let group = SecurityGroup::builder()
            .ip_permissions(mixed)
            .ip_permissions(rule("udp", (53, 60), &["0.0.0.0/0"]))
            .build();
        let rules = Rules::of(&group);
        assert_eq!(rules.allowed.iter().collect::<Vec<_>>(), ["10.0.0.0/16", "192.0.2.0/24"]);
        let unexpected: Vec<String> = rules.unexpected().into_iter().collect();
        assert_eq!(unexpected, ["ingress tcp 443 from sg-2", "ingress udp 53-60 from 0.0.0.0/0"]);
        let repair = rules.repair(&wanted());
        assert_eq!(repair.authorize, [rule("tcp", (443, 443), &["fd00::/56"])]);
        assert_eq!(repair.revoke_ingress[0], rule("tcp", (443, 443), &["192.0.2.0/24"]), "only the extra block goes");
        assert_eq!(repair.revoke_ingress.len(), 3);
    }
}
