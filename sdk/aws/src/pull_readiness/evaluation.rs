//! What to make of the facts. Pure.

use std::collections::BTreeSet;

use super::facts::Facts;
use super::outcome::{Outcome, list};
use super::permission::{endpoint_policy, may_pull};
use super::surroundings::{WaysOut, dns, is_available, s3_gateways, s3_policy, sts_endpoint};
use super::{PullReadiness, ReadinessCheck};
use crate::ec2::pull_path::{Endpoint, PullPath};
use crate::ec2::reach::{Reach, ShutOut, reach, rules};
use crate::ec2::route_tables::table_of;
use crate::ecr::Sought;
use crate::partition::Partition;

/// All checks that the inputs ask for, in their order.
pub(super) fn evaluate(inputs: &PullReadiness, region: &str, facts: &Facts) -> Vec<ReadinessCheck> {
    let mut checks = vec![check("image", image(inputs, region, &facts.image))];
    for (name, sought) in &facts.other_images {
        let of_other =
            PullReadiness { repository: name.clone(), image_tag: None, image_digest: None, ..inputs.clone() };
        checks.push(check(&format!("image/{name}"), image(&of_other, region, sought)));
    }
    if let (Some(vpc), Some(path)) = (&inputs.vpc_id, &facts.network) {
        let subnets = &inputs.private_subnet_ids;
        let ways_out = WaysOut::of(subnets, path);
        checks.push(check("subnets", all_in_vpc(vpc, subnets, path)));
        checks.push(check("dns", dns(vpc, path)));
        let services = ["api", "dkr"].map(|service| (service, best_endpoint(path, region, service)));
        for (service, best) in &services {
            checks.push(check(&format!("endpoint_{service}"), endpoint(vpc, region, service, *best, &ways_out)));
        }
        for (service, best) in &services {
            checks.push(check(&format!("ingress_{service}"), lets_in(service, *best, subnets, path, &ways_out)));
        }
        for (service, best) in &services {
            let checked = endpoint_policy(service, *best, facts);
            checks.extend(checked.map(|outcome| check(&format!("endpoint_policy_{service}"), outcome)));
        }
        checks.push(check("s3_gateway", s3_gateway(vpc, region, subnets, path, &ways_out)));
        checks.extend(s3_policy(region, path).map(|outcome| check("s3_policy", outcome)));
        // Pods that take roles by IRSA need it, a pull does not.
        let sts = check("endpoint_sts", sts_endpoint(vpc, region, path, &ways_out));
        checks.push(ReadinessCheck { required: false, ..sts });
    }
    for role in &facts.roles {
        for (n, repository) in facts.repositories.iter().enumerate() {
            let of_other = if n == 0 { String::new() } else { format!("/{}", repository.name) };
            checks.push(check(&format!("pull_policy/{}{of_other}", role.source), may_pull(role, repository)));
        }
    }
    checks
}

/// A line for each check that did not pass.
pub(super) fn summary(checks: &[ReadinessCheck]) -> String {
    let failed = checks.iter().filter(|check| !check.passed);
    failed.map(|check| format!("{}: {} {}", check.name, check.detail, check.fix)).collect::<Vec<_>>().join("\n")
}

fn check(name: &str, outcome: Outcome) -> ReadinessCheck {
    let name = name.to_owned();
    match outcome {
        Ok(detail) => ReadinessCheck { name, required: true, passed: true, detail, fix: String::new() },
        Err((detail, fix)) => ReadinessCheck { name, required: true, passed: false, detail, fix },
    }
}

fn image(inputs: &PullReadiness, region: &str, sought: &Sought) -> Outcome {
    let repository = &inputs.repository;
    let wanted = match (&inputs.image_tag, &inputs.image_digest) {
        (Some(tag), Some(digest)) => format!("image {digest} with the tag {tag}"),
        (Some(tag), None) => format!("image with the tag {tag}"),
        (None, Some(digest)) => format!("image {digest}"),
        (None, None) => "image".to_owned(),
    };
    match sought {
        Sought::Image(digest) => Ok(format!("The repository {repository} has the image {digest}.")),
        Sought::NoImage => Err((
            format!("The repository {repository} has no {wanted}."),
            format!(
                "Push it, and name it in the deployment exactly as it is here: `aws ecr list-images --region {region} \
                 --repository-name {repository}` lists what is there. A lifecycle policy may have removed it."
            ),
        )),
        Sought::NoRepository => Err((
            format!("There is no repository {repository} in {region}."),
            "Create it with rosa_ecr or rosa_ecr_repository. Or check the name, and the region and account of the \
             provider."
                .to_owned(),
        )),
    }
}

fn all_in_vpc(vpc: &str, subnets: &BTreeSet<String>, path: &PullPath) -> Outcome {
    let elsewhere = subnets.iter().filter_map(|id| match path.subnets.get(id) {
        Some(subnet) if subnet.vpc_id == vpc => None,
        Some(subnet) => Some(format!("{id} is in {}", subnet.vpc_id)),
        None => Some(format!("{id} does not exist")),
    });
    let elsewhere: Vec<String> = elsewhere.collect();
    if elsewhere.is_empty() {
        return Ok(format!("The subnets are in {vpc}."));
    }
    Err((
        format!("Not all subnets are in {vpc}: {}.", elsewhere.join(", ")),
        "Correct private_subnet_ids or vpc_id, and check the region and account of the provider.".to_owned(),
    ))
}

/// The endpoint of a service that serves pulls best.
fn best_endpoint<'a>(path: &'a PullPath, region: &str, service: &str) -> Option<&'a Endpoint> {
    let name = Partition::of_region(region).endpoint_service(region, &format!("ecr.{service}"));
    let endpoints = path.endpoints.iter().filter(|endpoint| endpoint.service_name == name);
    endpoints.max_by_key(|endpoint| {
        // Of equals the first by id, which `max_by_key` would not take by itself.
        (is_available(endpoint), endpoint.private_dns, std::cmp::Reverse(&endpoint.id))
    })
}

fn endpoint(vpc: &str, region: &str, service: &str, best: Option<&Endpoint>, ways_out: &WaysOut) -> Outcome {
    let name = Partition::of_region(region).endpoint_service(region, &format!("ecr.{service}"));
    let Some(endpoint) = best else {
        if let Some(way_out) = ways_out.of_all() {
            return Ok(format!("{vpc} has no endpoint for {name}, and the subnets have a way out: {way_out}."));
        }
        return Err((
            format!("{vpc} has no endpoint for {name}."),
            format!(
                "Let rosa_ecr make it (create_vpc_endpoints = true), or declare a rosa_ecr_vpc_endpoint with service = \
                 \"{service}\"."
            ),
        ));
    };
    let id = &endpoint.id;
    if !is_available(endpoint) {
        return Err((
            format!("The endpoint {id} for {name} is not available: its state is \"{}\".", endpoint.state),
            format!(
                "Wait until it is; if it does not become available, `aws ec2 describe-vpc-endpoints --region {region} \
                 --vpc-endpoint-ids {id}` says why."
            ),
        ));
    }
    if !endpoint.private_dns {
        return Err((
            format!("The endpoint {id} for {name} has no private DNS: the registry's name does not lead to it."),
            format!(
                "Set private_dns_enabled = true where it is managed, or run `aws ec2 modify-vpc-endpoint --region \
                 {region} --vpc-endpoint-id {id} --private-dns-enabled`."
            ),
        ));
    }
    Ok(format!("The endpoint {id} for {name} is available, with private DNS."))
}

fn lets_in(
    service: &str,
    best: Option<&Endpoint>,
    subnets: &BTreeSet<String>,
    path: &PullPath,
    ways_out: &WaysOut,
) -> Outcome {
    let Some(endpoint) = best else {
        if let Some(way_out) = ways_out.of_all() {
            return Ok(format!("No security group is in between: the way is {way_out}."));
        }
        return Err((
            "There is no endpoint whose security groups could let anyone in.".to_owned(),
            format!("See endpoint_{service}."),
        ));
    };
    let id = &endpoint.id;
    let known = subnets.iter().filter_map(|id| path.subnets.get(id).map(|subnet| (id, subnet)));
    let Reach { shut_out, others } = reach(rules(&endpoint.groups, &path.groups), known);
    let shut_out: Vec<String> =
        shut_out.into_iter().map(|ShutOut { block, subnet }| format!("{block} ({subnet})")).collect();
    let groups = list(&endpoint.groups);
    if shut_out.is_empty() {
        return Ok(format!("The security groups of {id} ({groups}) let the subnets in on 443/tcp."));
    }
    if !others.is_empty() {
        return Ok(format!(
            "The security groups of {id} ({groups}) let {} in on 443/tcp. They do not name {}, so the nodes there have \
             to be among them.",
            list(&others),
            shut_out.join(", ")
        ));
    }
    let first = endpoint.groups.first().map_or("…", String::as_str);
    Err((
        format!("The security groups of {id} ({groups}) do not let {} in on 443/tcp.", shut_out.join(", ")),
        format!(
            "Allow it where the group is managed (vpc_cidr of rosa_ecr, ingress_cidr_blocks of \
             rosa_ecr_endpoint_security_group), or run `aws ec2 authorize-security-group-ingress --group-id {first} \
             --protocol tcp --port 443 --cidr …`."
        ),
    ))
}

fn s3_gateway(vpc: &str, region: &str, subnets: &BTreeSet<String>, path: &PullPath, ways_out: &WaysOut) -> Outcome {
    let gateways = s3_gateways(region, path);
    let served: BTreeSet<&String> = gateways.iter().flat_map(|gateway| &gateway.route_tables).collect();
    let known = subnets.iter().filter(|id| path.subnets.get(*id).is_some_and(|subnet| subnet.vpc_id == vpc));
    let (mut missing, mut tables) = (Vec::new(), BTreeSet::new());
    for subnet in known {
        match table_of(&path.route_tables, subnet) {
            Some(table) if served.contains(&table.id) || ways_out.through(subnet).is_some() => {}
            Some(table) => {
                missing.push(format!("{subnet} ({}{})", table.id, if table.is_main { ", the main one" } else { "" }));
                tables.insert(table.id.clone());
            }
            None => missing.push(format!("{subnet} (none that these credentials see)")),
        }
    }
    if missing.is_empty() && gateways.is_empty() && !ways_out.is_empty() {
        return Ok(format!("{vpc} has no S3 gateway endpoint, and the subnets have a way out: {}.", ways_out.list()));
    }
    if missing.is_empty() && !gateways.is_empty() {
        let ids = gateways.iter().map(|gateway| gateway.id.clone()).collect();
        return Ok(format!("The S3 gateway endpoint {} serves the subnets' route tables.", list(&ids)));
    }
    let tables = if tables.is_empty() { "…".to_owned() } else { tables.into_iter().collect::<Vec<_>>().join(" ") };
    Err(match gateways.first() {
        Some(gateway) => (
            format!("The S3 gateway endpoint {} is not in the route table of {}.", gateway.id, missing.join(", ")),
            format!(
                "Image layers come from S3. Add it where the VPC is managed, or run `aws ec2 modify-vpc-endpoint --region \
                 {region} --vpc-endpoint-id {} --add-route-table-ids {tables}`.",
                gateway.id
            ),
        ),
        None => (
            format!("{vpc} has no S3 gateway endpoint that is available."),
            format!(
                "Image layers come from S3. Make one where the VPC is managed, or run `aws ec2 create-vpc-endpoint \
                 --region {region} --vpc-id {vpc} --service-name com.amazonaws.{region}.s3 --route-table-ids {tables}`."
            ),
        ),
    })
}
