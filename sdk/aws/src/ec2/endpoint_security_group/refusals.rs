//! Why a security group cannot be had, or not as it is wanted.

use rosa_ecr_model::{Diagnostic, Resource as _, import_command, text};

use super::EndpointSecurityGroup;
use super::calls::ObservedGroup;
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
    Diagnostic::error(format!("An earlier apply has left the security group {} with another description", inputs.name))
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
            "{wanted} blocks are to come in, and each of them is a rule. A group has 60 rules for IPv4 and 60 for IPv6 unless \
             the quota was raised."
        ))
        .fix(
            "Name fewer, larger blocks in ingress_cidr_blocks, or have the quota \"Inbound or outbound rules per security group\" \
             raised in the Service Quotas console.",
        )
        .at("ingress_cidr_blocks")
}
