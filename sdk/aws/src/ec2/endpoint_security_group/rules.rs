//! The rules of a security group: which ones it has, which ones it shall have, and what follows. Pure.
//!
//! EC2 packs rules: one permission is a protocol, a range of ports and any number of sources. Here every rule has one
//! source, so that rules can be compared, named and removed one by one.

use std::collections::BTreeSet;

use aws_sdk_ec2::types::builders::IpPermissionBuilder;
use aws_sdk_ec2::types::{IpPermission, IpRange, Ipv6Range, PrefixListId, SecurityGroup, UserIdGroupPair};

/// The port of HTTPS, which both of ECR's services are reached at.
const HTTPS: i32 = 443;

/// Where traffic comes from.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Sources {
    /// Blocks of addresses, in their canonical form.
    pub blocks: BTreeSet<String>,
    /// Ids of security groups; of another account, `<account>/<id>`.
    pub groups: BTreeSet<String>,
    /// Ids of prefix lists.
    pub prefix_lists: BTreeSet<String>,
}

impl Sources {
    /// The same in the words of a group that this account owns: groups of that account are their ids.
    pub(super) fn of_account(&self, account: &str) -> Self {
        let groups = self.groups.iter().map(|group| of_account(group, account).to_owned()).collect();
        Self { groups, ..self.clone() }
    }

    /// Those that others do not have.
    fn without(&self, others: &Self) -> Self {
        let without = |one: &BTreeSet<String>, other: &BTreeSet<String>| one.difference(other).cloned().collect();
        Self {
            blocks: without(&self.blocks, &others.blocks),
            groups: without(&self.groups, &others.groups),
            prefix_lists: without(&self.prefix_lists, &others.prefix_lists),
        }
    }

    /// Rules that let HTTPS in from them, one permission for each kind of source.
    fn https(&self) -> Vec<IpPermission> {
        let (v6, v4): (Vec<&String>, Vec<&String>) = self.blocks.iter().partition(|block| block.contains(':'));
        let v4 = v4.into_iter().map(|block| IpRange::builder().cidr_ip(block).build()).collect::<Vec<_>>();
        let v6 = v6.into_iter().map(|block| Ipv6Range::builder().cidr_ipv6(block).build()).collect::<Vec<_>>();
        let lists = self.prefix_lists.iter().map(|list| PrefixListId::builder().prefix_list_id(list).build());
        let (groups, lists): (Vec<_>, Vec<_>) =
            (self.groups.iter().map(|group| pair(group)).collect(), lists.collect());
        let blocks = (!self.blocks.is_empty()).then(|| {
            let v4 = (!v4.is_empty()).then_some(v4);
            bare().set_ip_ranges(v4).set_ipv6_ranges((!v6.is_empty()).then_some(v6)).build()
        });
        let groups = (!groups.is_empty()).then(|| bare().set_user_id_group_pairs(Some(groups)).build());
        let lists = (!lists.is_empty()).then(|| bare().set_prefix_list_ids(Some(lists)).build());
        [blocks, groups, lists].into_iter().flatten().collect()
    }

    /// Whether there are others than blocks of addresses.
    pub(super) fn names_others(&self) -> bool {
        !self.groups.is_empty() || !self.prefix_lists.is_empty()
    }

    /// How many there are: each of them is at least one rule.
    pub(super) fn count(&self) -> usize {
        self.blocks.len() + self.groups.len() + self.prefix_lists.len()
    }
}

/// The rules of a group.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Rules {
    /// What comes in on 443/tcp.
    pub allowed: Sources,
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
        let account = group.owner_id().unwrap_or_default();
        for rule in group.ip_permissions().iter().flat_map(single) {
            let allowed = &mut rules.allowed;
            match source(&rule, account).filter(|_| is_https(&rule)) {
                Some(Source::Block(block)) => drop(allowed.blocks.insert(canonical(&block))),
                Some(Source::Group(group)) => drop(allowed.groups.insert(group)),
                Some(Source::PrefixList(list)) => drop(allowed.prefix_lists.insert(list)),
                None => rules.ingress.push(rule),
            }
        }
        rules.egress = group.ip_permissions_egress().iter().flat_map(single).collect();
        rules
    }

    /// The rules that are none of the resource's, in words. `shown` are the sources that its attributes show.
    pub(super) fn unexpected(&self, shown: &Sources) -> BTreeSet<String> {
        let hidden = Sources { blocks: BTreeSet::new(), ..self.allowed.without(shown) };
        let https = hidden.https();
        let ingress = https.iter().flat_map(single).chain(self.ingress.iter().cloned());
        let ingress = ingress.map(|rule| format!("ingress {} from {}", traffic(&rule), place(&rule)));
        let egress = self.egress.iter().map(|rule| format!("egress {} to {}", traffic(rule), place(rule)));
        ingress.chain(egress).collect()
    }

    /// What is to be done so that exactly these come in on 443/tcp, and nothing else.
    pub(super) fn repair(&self, wanted: &Sources) -> Repair {
        let extra = self.allowed.without(wanted).https();
        Repair {
            authorize: wanted.without(&self.allowed).https(),
            revoke_ingress: extra.into_iter().chain(self.ingress.iter().cloned()).collect(),
            revoke_egress: self.egress.clone(),
        }
    }
}

/// A block in the form that EC2 gives back: `FD00::/8` becomes `fd00::/8`.
fn canonical(block: &str) -> String {
    block.parse::<ipnet::IpNet>().map_or_else(|_| block.to_owned(), |block| block.trunc().to_string())
}

/// Blocks in the form that EC2 gives back.
pub(crate) fn canonical_set(blocks: &BTreeSet<String>) -> BTreeSet<String> {
    blocks.iter().map(|block| canonical(block)).collect()
}

/// A source group as a group of that account has it.
pub(super) fn of_account<'a>(group: &'a str, account: &str) -> &'a str {
    group.split_once('/').filter(|(owner, _)| *owner == account).map_or(group, |(_, id)| id)
}

/// HTTPS, from nowhere yet.
fn bare() -> IpPermissionBuilder {
    IpPermission::builder().ip_protocol("tcp").from_port(HTTPS).to_port(HTTPS)
}

fn pair(group: &str) -> UserIdGroupPair {
    let (account, id) = group.split_once('/').map_or((None, group), |(account, id)| (Some(account), id));
    UserIdGroupPair::builder().group_id(id).set_user_id(account.map(str::to_owned)).build()
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
    v4.chain(v6).chain(lists).chain(groups).map(IpPermissionBuilder::build).collect()
}

fn is_https(rule: &IpPermission) -> bool {
    rule.ip_protocol() == Some("tcp") && (rule.from_port, rule.to_port) == (Some(HTTPS), Some(HTTPS))
}

/// The source of a rule.
enum Source {
    Block(String),
    Group(String),
    PrefixList(String),
}

/// The source of a rule that a group of that account has.
fn source(rule: &IpPermission, account: &str) -> Option<Source> {
    let list = || rule.prefix_list_ids().first().and_then(|list| list.prefix_list_id());
    let group = || {
        let pair = rule.user_id_group_pairs().first()?;
        let owner = pair.user_id().filter(|owner| !account.is_empty() && *owner != account);
        let id = pair.group_id()?;
        Some(owner.map_or_else(|| id.to_owned(), |owner| format!("{owner}/{id}")))
    };
    let block = block(rule).map(|block| Source::Block(block.to_owned()));
    block.or_else(|| list().map(|list| Source::PrefixList(list.to_owned()))).or_else(|| group().map(Source::Group))
}

fn block(rule: &IpPermission) -> Option<&str> {
    let v4 = rule.ip_ranges().first().and_then(IpRange::cidr_ip);
    v4.or_else(|| rule.ipv6_ranges().first().and_then(Ipv6Range::cidr_ipv6))
}

/// Where a rule leads, in words.
fn place(rule: &IpPermission) -> &str {
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
mod tests;
