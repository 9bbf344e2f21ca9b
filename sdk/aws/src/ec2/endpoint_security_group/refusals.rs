//! Why a security group cannot be had, or not as it is wanted.

use rosa_ecr_model::{Diagnostic, Resource as _, import_command, text};

use super::EndpointSecurityGroup;
use super::calls::ObservedGroup;
use super::rules::Sources;
use crate::tags;

pub(super) fn gone(id: &str) -> Diagnostic {
    Diagnostic::error(format!("The security group {id} is gone"))
        .detail("It was deleted while this was going on.")
        .fix("Run this again: a new one is made.")
}

pub(super) fn taken(name: &str, vpc_id: &str, found: &ObservedGroup) -> Diagnostic {
    let id = &found.id;
    Diagnostic::error(format!("The security group {name} exists already"))
        .detail(format!("{id} in {vpc_id} was not made by this resource, so it is left alone."))
        .fix(text![
            "To manage it as a resource of its own, import it: ",
            import_command(EndpointSecurityGroup::TYPE, id),
            format!(
                ". To use it as it is, leave this group out and give its id to the endpoints; in rosa_ecr, set \
                 endpoint_security_group_ids = [\"{id}\"]. Or delete it."
            ),
        ])
        .at("name")
        .collision(tags::owner_of(&found.tags).unwrap_or_else(|| id.clone()))
}

pub(super) fn otherwise_described(inputs: &EndpointSecurityGroup, found: &ObservedGroup) -> Diagnostic {
    let (id, there) = (&found.id, &found.description);
    let name = inputs.known_name();
    Diagnostic::error(format!("An earlier apply has left the security group {name} with another description"))
        .detail(format!(
            "{id} in {} is described as {there:?}, and {:?} is wanted, which EC2 cannot change.",
            inputs.vpc_id, inputs.description
        ))
        .fix("Delete that group, or set description to what it has.")
        .at("description")
}

pub(super) fn too_many_rules(id: &str, wanted: usize) -> Diagnostic {
    Diagnostic::error(format!("The security group {id} has no room for these rules"))
        .detail(format!(
            "{wanted} sources are to come in, and each of them is a rule; a prefix list is as many as it can have entries. A \
             group has 60 rules for IPv4 and 60 for IPv6 unless the quota was raised."
        ))
        .fix(
            "Name fewer, larger blocks in ingress_cidr_blocks, lower the greatest number of entries of the prefix lists, or have the \
             quota \"Inbound or outbound rules per security group\" raised in the Service Quotas console.",
        )
        .at("ingress_cidr_blocks")
}

/// EC2 does not say which one it means.
pub(super) fn unknown_sources(id: &str, wanted: &Sources) -> Diagnostic {
    let names = |ids: &std::collections::BTreeSet<String>| ids.iter().cloned().collect::<Vec<_>>().join(", ");
    let (what, ids, attribute, command) = if wanted.groups.is_empty() {
        ("prefix list", names(&wanted.prefix_lists), "ingress_prefix_list_ids", "describe-managed-prefix-lists")
    } else if wanted.prefix_lists.is_empty() {
        ("security group", names(&wanted.groups), "ingress_security_group_ids", "describe-security-groups")
    } else {
        let all = format!("{}, {}", names(&wanted.groups), names(&wanted.prefix_lists));
        ("security group or prefix list", all, "ingress_security_group_ids", "describe-security-groups")
    };
    Diagnostic::error(format!("A {what} that is to come in is not there"))
        .detail(format!(
            "EC2 does not know one of {ids}, from where {id} is to let HTTPS in. A security group must be in the same VPC, or in \
             one that is peered with it; that of another account is written <account>/<id>."
        ))
        .fix(format!("Correct {attribute}: `aws ec2 {command}` lists the ids."))
        .at(attribute)
}

/// What a create with a generated name has left cannot be distinguished from what another declaration has.
pub(super) fn maybe_left(prefix: &str, vpc_id: &str, ids: &[&str]) -> Diagnostic {
    let ids = ids.join(", ");
    Diagnostic::warning(format!("A security group {prefix}… may be left of an interrupted create"))
        .detail(format!(
            "{ids} in {vpc_id} may be what it has made, or belong to another declaration with that name_prefix: a generated name \
             does not tell."
        ))
        .fix("Delete what no declaration has, or import it.")
        .outcome_unknown()
}
