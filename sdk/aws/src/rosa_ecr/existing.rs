//! Whether an endpoint that the VPC has already serves the cluster's nodes. Pure.
//!
//! Only what is certain counts against it: a rule for a security group, a condition or a principal may let the nodes in. An
//! endpoint serves all zones of its VPC, whatever zones its network interfaces are in (AWS PrivateLink Guide, "Access an AWS
//! service using an interface VPC endpoint").

use rosa_ecr_model::Diagnostic;

use super::surroundings::Surroundings;
use crate::ec2::reach::{reach, rules};
use crate::ec2::{ObservedEndpoint, listed};
use crate::iam::policy_evaluation::{Question, Verdict, evaluate};
use crate::partition::Partition;

/// What a pull asks an endpoint for.
pub(super) struct Pull<'a> {
    pub region: &'a str,
    /// The ARN of the repository, if it is known.
    pub repository: Option<&'a str>,
}

/// Why the endpoint does not serve the nodes.
pub(super) fn faults(found: &ObservedEndpoint, around: &Surroundings, pull: &Pull<'_>) -> Vec<Diagnostic> {
    let faults = [unavailable(found, pull), shut(found, around, pull), refusing(found, pull)];
    faults.into_iter().flatten().collect()
}

fn fault(found: &ObservedEndpoint, detail: String, fix: String) -> Diagnostic {
    Diagnostic::error(format!("The VPC's endpoint {} does not serve the cluster's nodes", found.id))
        .detail(detail)
        .fix(format!(
            "{fix} The endpoint is not changed from here. To leave the VPC's endpoints out of this resource, set \
             create_vpc_endpoints = false."
        ))
        .at("use_existing_endpoints")
}

fn unavailable(found: &ObservedEndpoint, pull: &Pull<'_>) -> Option<Diagnostic> {
    let ObservedEndpoint { id, service_name, state, .. } = found;
    let fix = format!(
        "Wait until it is available; `aws ec2 describe-vpc-endpoints --region {} --vpc-endpoint-ids {id}` says what it waits for.",
        pull.region
    );
    (state != "available")
        .then(|| fault(found, format!("{id} leads to {service_name}, and its state is \"{state}\"."), fix))
}

/// Whether its security groups keep the subnets out. A group that cannot be seen may let them in.
fn shut(found: &ObservedEndpoint, around: &Surroundings, pull: &Pull<'_>) -> Option<Diagnostic> {
    if found.is_gateway || !found.groups.iter().all(|group| around.groups.contains_key(group)) {
        return None;
    }
    let reach = reach(rules(&found.groups, &around.groups), around.subnets.iter());
    let first = reach.shut_out.first().filter(|_| reach.others.is_empty())?;
    let out: Vec<String> = reach.shut_out.iter().map(|out| format!("{} ({})", out.block, out.subnet)).collect();
    let groups = listed(&found.groups);
    let group = found.groups.first().map_or("…", String::as_str);
    Some(fault(
        found,
        format!(
            "{} leads to {}, and its security groups ({groups}) do not let {} in on 443/tcp.",
            found.id,
            found.service_name,
            out.join(", ")
        ),
        format!(
            "Allow it where the group is managed, or run `aws ec2 authorize-security-group-ingress --region {} --group-id {group} \
             --protocol tcp --port 443 --cidr {}` for each of them.",
            pull.region, first.block
        ),
    ))
}

/// Whether its policy keeps everyone from what a pull asks it for.
fn refusing(found: &ObservedEndpoint, pull: &Pull<'_>) -> Option<Diagnostic> {
    let policy = found.policy.as_deref()?;
    let is_refused = |(action, resource): &(&'static str, String)| {
        let question = Question { action, resource, principal: None };
        matches!(evaluate(&found.id, policy, question), Verdict::Silent | Verdict::Denied(_))
    };
    let (action, resource) = asked(found.service()?, pull).into_iter().find(is_refused)?;
    let on = if resource == "*" { String::new() } else { format!(" on {resource}") };
    Some(fault(
        found,
        format!("{} leads to {}, and its policy lets no one do {action}{on}.", found.id, found.service_name),
        format!("Allow {action}{on} in the policy where the endpoint is managed."),
    ))
}

/// Actions and resources that a pull needs of a service (Amazon ECR User Guide, "Create a VPC endpoint policy for Amazon ECR" and
/// "Minimum Amazon S3 bucket permissions for Amazon ECR"). What other services are asked for depends on the cluster.
fn asked(service: &str, pull: &Pull<'_>) -> Vec<(&'static str, String)> {
    match service {
        // It is about no repository.
        "api" => vec![("ecr:GetAuthorizationToken", "*".to_owned())],
        "dkr" => {
            let of_image = |repository: &str| {
                ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"].map(|action| (action, repository.to_owned()))
            };
            pull.repository.map(of_image).into_iter().flatten().collect()
        }
        "s3" => {
            let (partition, region) = (Partition::of_region(pull.region).name, pull.region);
            let layer = format!("arn:{partition}:s3:::prod-{region}-starport-layer-bucket/layer");
            vec![("s3:GetObject", layer)]
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::ec2::pull_path::Ingress;
    use crate::ec2::subnets::Subnet;

    fn set(texts: &[&str]) -> BTreeSet<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    fn around(blocks: &[&str], others: &[&str]) -> Surroundings {
        let rule =
            Ingress { protocol: "tcp".to_owned(), ports: Some((443, 443)), blocks: set(blocks), others: set(others) };
        let subnet = Subnet { vpc_id: "vpc-1".to_owned(), zone: None, blocks: set(&["10.0.1.0/24"]) };
        Surroundings {
            groups: BTreeMap::from([("sg-1".to_owned(), vec![rule])]),
            subnets: BTreeMap::from([("subnet-1".to_owned(), subnet)]),
            ..Surroundings::default()
        }
    }

    fn endpoint(service: &str) -> ObservedEndpoint {
        ObservedEndpoint {
            id: "vpce-1".to_owned(),
            service_name: format!("com.amazonaws.us-east-1.{service}"),
            is_gateway: service == "s3",
            state: "available".to_owned(),
            private_dns: true,
            groups: set(&["sg-1"]),
            ..ObservedEndpoint::default()
        }
    }

    fn reported(found: &ObservedEndpoint, around: &Surroundings) -> String {
        let repository = Some("arn:aws:ecr:us-east-1:123456789012:repository/dev-registry");
        let faults = faults(found, around, &Pull { region: "us-east-1", repository });
        faults.into_iter().collect::<rosa_ecr_model::Diagnostics>().to_string()
    }

    #[test]
    fn security_groups_let_the_subnets_in() {
        let found = endpoint("ecr.api");
        assert_eq!(reported(&found, &around(&["10.0.0.0/16"], &[])), "");
        assert_eq!(reported(&found, &around(&[], &["sg-9"])), "", "the nodes may have that group");
        let shut = reported(&found, &around(&["10.9.0.0/16"], &[]));
        assert!(shut.contains("10.0.1.0/24 (subnet-1)") && shut.contains("--group-id sg-1"), "{shut}");
        assert!(shut.contains("create_vpc_endpoints = false"), "{shut}");
        let unseen = ObservedEndpoint { groups: set(&["sg-1", "sg-2"]), ..found };
        assert_eq!(reported(&unseen, &around(&[], &[])), "", "another group may let them in");
    }

    #[test]
    fn policies_let_pulls_through() {
        let allowing = |service: &str, action: &str, resource: &str| {
            let statement =
                format!(r#"{{"Effect":"Allow","Principal":"*","Action":"{action}","Resource":"{resource}"}}"#);
            let policy = Some(format!(r#"{{"Statement":[{statement}]}}"#));
            reported(&ObservedEndpoint { policy, ..endpoint(service) }, &around(&["10.0.0.0/16"], &[]))
        };
        assert_eq!(allowing("ecr.dkr", "ecr:*", "arn:aws:ecr:us-east-1:123456789012:repository/dev-*"), "");
        let other = allowing("ecr.dkr", "ecr:*", "arn:aws:ecr:us-east-1:123456789012:repository/prod-*");
        assert!(other.contains("lets no one do ecr:BatchGetImage on arn:aws:ecr"), "{other}");
        assert!(allowing("ecr.api", "s3:*", "*").contains("ecr:GetAuthorizationToken"));
        let layers = "arn:aws:s3:::prod-us-east-1-starport-layer-bucket/*";
        assert_eq!(allowing("s3", "s3:GetObject", layers), "");
        assert!(allowing("s3", "s3:GetObject", "arn:aws:s3:::mine/*").contains("s3:GetObject"));
        assert_eq!(allowing("sts", "sts:AssumeRole", "*"), "", "what it is asked for depends on the cluster");
    }

    #[test]
    fn an_endpoint_that_is_on_its_way_does_not_serve_yet() {
        let pending = ObservedEndpoint { state: "pending".to_owned(), ..endpoint("ecr.api") };
        assert!(reported(&pending, &around(&["10.0.0.0/16"], &[])).contains("its state is \"pending\""));
    }
}
