//! What an interface endpoint needs and a gateway endpoint does not have, and the other way round.
//!
//! Source: EC2 API Reference, `CreateVpcEndpoint`.

use rosa_ecr_model::{Diagnostic, Diagnostics, Known};

use super::VpcEndpointPartial;
use crate::ec2::endpoint_service as services;

/// Reports arguments that do not go with the service.
pub(super) fn check(inputs: &VpcEndpointPartial, report: &mut Diagnostics) {
    let Known::Now(service) = &inputs.service else { return };
    let is_gateway = services::is_gateway(service);
    let is_empty = |ids: &Known<std::collections::BTreeSet<String>>| ids.now().is_some_and(|ids| ids.is_empty());
    let is_set = |ids: &Known<std::collections::BTreeSet<String>>| ids.now().is_some_and(|ids| !ids.is_empty());
    let (missing, other) = if is_gateway {
        (is_empty(&inputs.route_table_ids).then_some("route_table_ids"), "an interface endpoint")
    } else {
        (is_empty(&inputs.subnet_ids).then_some("subnet_ids"), "a gateway endpoint, which only s3 has")
    };
    if let Some(argument) = missing {
        let what =
            if is_gateway { "route tables, which lead to it" } else { "subnets, which get its network interfaces" };
        report.push(
            Diagnostic::error(format!("An endpoint for {service} needs {argument}"))
                .detail(format!("{argument} is empty, and this endpoint has {what}."))
                .fix(format!("Set {argument} to those of the cluster's nodes."))
                .at(argument),
        );
    }
    let of_interfaces = [
        ("subnet_ids", is_set(&inputs.subnet_ids)),
        ("security_group_ids", is_set(&inputs.security_group_ids)),
        ("private_dns_enabled", inputs.private_dns_enabled == Known::Now(false)),
        ("ip_address_type", matches!(inputs.ip_address_type, Known::Now(Some(_)))),
    ];
    let of_gateways = [("route_table_ids", is_set(&inputs.route_table_ids))];
    let misplaced = if is_gateway { of_interfaces.as_slice() } else { of_gateways.as_slice() };
    for (argument, _) in misplaced.iter().filter(|(_, is_set)| *is_set) {
        report.push(
            Diagnostic::error(format!("\"{argument}\" is not for {service}"))
                .detail(format!("{argument} belongs to {other}, and service is \"{service}\"."))
                .fix(format!("Remove {argument}."))
                .at(*argument),
        );
    }
}
