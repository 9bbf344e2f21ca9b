//! Security groups.

use std::collections::BTreeSet;

use crate::account::{ACCOUNT, Account, Group, Rule, VPC};
use crate::filters::{passes, specified};
use crate::request::{Answer, Form, refuse};
use crate::xml::{element, list, tags, text};

/// The group that the VPC comes with.
const DEFAULT: &str = "sg-default";

pub(crate) fn create(account: &mut Account, form: &Form) -> Answer {
    let (name, vpc_id) = (form.text("GroupName").to_owned(), form.text("VpcId").to_owned());
    if vpc_id != VPC {
        return refuse("InvalidVpcID.NotFound");
    }
    if account.groups.values().any(|group| group.name == name) {
        return refuse("InvalidGroup.Duplicate");
    }
    let id = format!("sg-{:017x}", account.next());
    let group = Group {
        uid: account.uid("security group", &name),
        id: id.clone(),
        name,
        vpc_id,
        description: form.text("GroupDescription").to_owned(),
        ingress: BTreeSet::new(),
        egress: BTreeSet::from([("-1".to_owned(), None, "0.0.0.0/0".to_owned())]),
        tags: specified(form),
    };
    account.groups.insert(id.clone(), group);
    Ok(text("return", "true") + &text("groupId", &id))
}

pub(crate) fn describe(account: &Account, form: &Form) -> Answer {
    let ids = form.list("GroupId");
    if ids.iter().any(|id| !account.groups.contains_key(id)) {
        return refuse("InvalidGroup.NotFound");
    }
    let is_wanted = |group: &&Group| {
        (ids.is_empty() || ids.contains(&group.id))
            && passes(form, &group.tags, |filter| match filter {
                "vpc-id" => Some(vec![group.vpc_id.clone()]),
                "group-name" => Some(vec![group.name.clone()]),
                "group-id" => Some(vec![group.id.clone()]),
                "ip-permission.group-id" => Some(Vec::new()),
                _ => None,
            })
    };
    let asks_for_default =
        form.each("Filter").iter().any(|filter| filter.list("Value").iter().any(|value| value == "default"));
    let default = asks_for_default.then(|| text("groupId", DEFAULT) + &text("groupName", "default"));
    let groups = account.groups.values().filter(is_wanted).map(described);
    Ok(list("securityGroupInfo", "item", groups.chain(default)))
}

fn described(group: &Group) -> String {
    text("groupId", &group.id)
        + &text("groupName", &group.name)
        + &text("vpcId", &group.vpc_id)
        + &text("ownerId", ACCOUNT)
        + &text("groupDescription", &group.description)
        + &list("ipPermissions", "item", group.ingress.iter().map(permission))
        + &list("ipPermissionsEgress", "item", group.egress.iter().map(permission))
        + &tags("tagSet", "item", ("key", "value"), &group.tags)
}

fn permission((protocol, ports, block): &Rule) -> String {
    let ports = ports.map(|(from, to)| text("fromPort", &from.to_string()) + &text("toPort", &to.to_string()));
    let ranges = list("ipRanges", "item", [text("cidrIp", block)]);
    text("ipProtocol", protocol) + &ports.unwrap_or_default() + &ranges
}

pub(crate) fn change(account: &mut Account, action: &str, form: &Form) -> Answer {
    let Some(group) = account.groups.get_mut(form.text("GroupId")) else { return refuse("InvalidGroup.NotFound") };
    account.written.push(group.uid.clone());
    let rules = if action.ends_with("Ingress") { &mut group.ingress } else { &mut group.egress };
    let asked: BTreeSet<Rule> = form.each("IpPermissions").iter().flat_map(read_rules).collect();
    if action.starts_with("Authorize") {
        if !rules.is_disjoint(&asked) {
            return refuse("InvalidPermission.Duplicate");
        }
        rules.extend(asked);
    } else {
        if !rules.is_superset(&asked) {
            return refuse("InvalidPermission.NotFound");
        }
        rules.retain(|rule| !asked.contains(rule));
    }
    Ok(element("return", "true"))
}

fn read_rules(form: &Form) -> Vec<Rule> {
    let port = |name| form.text(name).parse().ok();
    let ports = port("FromPort").zip(port("ToPort"));
    let blocks = form.each("IpRanges").into_iter().map(|range| range.text("CidrIp").to_owned());
    blocks.map(|block| (form.text("IpProtocol").to_owned(), ports, block)).collect()
}

pub(crate) fn delete(account: &mut Account, form: &Form) -> Answer {
    let id = form.text("GroupId");
    let Some(group) = account.groups.get(id) else { return refuse("InvalidGroup.NotFound") };
    if account.endpoints.values().any(|endpoint| endpoint.groups.contains(id)) {
        return refuse("DependencyViolation");
    }
    account.written.push(group.uid.clone());
    account.groups.remove(id);
    Ok(text("return", "true"))
}
