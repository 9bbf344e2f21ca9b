//! What else a closed cluster needs of its VPC: names, ways out, S3 and STS. Pure.
//!
//! Sources: Amazon ECR User Guide, "Amazon ECR interface VPC endpoints (AWS PrivateLink)", with the bucket of layers; Amazon VPC User
//! Guide, "Subnet route tables"; OpenShift documentation of ROSA, "Assuming an AWS IAM role for a service account".

use std::collections::{BTreeMap, BTreeSet};

use super::outcome::{Outcome, list};
use crate::ec2::pull_path::{Endpoint, PullPath};
use crate::ec2::route_tables::table_of;
use crate::iam::policy_evaluation::{Question, Verdict, evaluate};
use crate::partition::Partition;

/// Where default routes lead from the subnets, such as to a NAT gateway.
pub(super) struct WaysOut {
    by_subnet: BTreeMap<String, BTreeSet<String>>,
    subnets: usize,
}

impl WaysOut {
    pub fn of(subnets: &BTreeSet<String>, path: &PullPath) -> Self {
        let way_out = |subnet: &String| {
            let ways_out = &table_of(&path.route_tables, subnet)?.ways_out;
            (!ways_out.is_empty()).then(|| (subnet.clone(), ways_out.clone()))
        };
        Self { by_subnet: subnets.iter().filter_map(way_out).collect(), subnets: subnets.len() }
    }

    pub fn is_empty(&self) -> bool {
        self.by_subnet.is_empty()
    }

    /// The way out of a subnet.
    pub fn through(&self, subnet: &str) -> Option<&BTreeSet<String>> {
        self.by_subnet.get(subnet)
    }

    /// The ways out, if every subnet has one.
    pub fn of_all(&self) -> Option<String> {
        (self.subnets > 0 && self.by_subnet.len() == self.subnets).then(|| self.list())
    }

    pub fn list(&self) -> String {
        list(&self.by_subnet.values().flatten().cloned().collect())
    }
}

pub(super) fn is_available(endpoint: &Endpoint) -> bool {
    endpoint.state == "available"
}

/// Whether the VPC can have names of endpoints.
pub(super) fn dns(vpc: &str, path: &PullPath) -> Outcome {
    match &path.without_dns {
        None => Ok(format!("{vpc} has DNS support and DNS hostnames.")),
        Some(refusal) => Err((format!("{}. {}", refusal.summary, refusal.detail), refusal.fix.to_string())),
    }
}

/// The gateway endpoints for S3 that are available.
pub(super) fn s3_gateways<'a>(region: &str, path: &'a PullPath) -> Vec<&'a Endpoint> {
    let name = format!(".{region}.s3");
    let gateways =
        path.endpoints.iter().filter(|endpoint| endpoint.is_gateway && endpoint.service_name.ends_with(&name));
    gateways.filter(|endpoint| is_available(endpoint)).collect()
}

/// Whether the policies of the S3 gateways let layers through; nothing if there is none. ECR signs the requests, so a policy
/// has to be for everyone.
pub(super) fn s3_policy(region: &str, path: &PullPath) -> Option<Outcome> {
    let gateways = s3_gateways(region, path);
    let bucket = format!("arn:{}:s3:::prod-{region}-starport-layer-bucket/*", Partition::of_region(region).name);
    let question = Question { action: "s3:GetObject", resource: &bucket, principal: Some("") };
    let ids = list(&gateways.iter().map(|gateway| gateway.id.clone()).collect());
    for gateway in &gateways {
        let Some(policy) = &gateway.policy else { continue };
        let name = format!("the policy of {}", gateway.id);
        let by = match evaluate(&name, policy, question) {
            Verdict::Silent => format!("No statement of {name} allows it to everyone"),
            Verdict::Denied(by) => format!("The {by} denies it"),
            Verdict::Allowed(_) | Verdict::AllowedIf(_) | Verdict::DeniedIf(_) => continue,
        };
        return Some(Err((
            format!("The S3 gateway endpoint {} does not let s3:GetObject on {bucket} through. {by}.", gateway.id),
            format!(
                "Image layers come from that bucket. Allow it in the policy of {}, with the Principal \"*\".",
                gateway.id
            ),
        )));
    }
    (!gateways.is_empty()).then(|| Ok(format!("The policy of {ids} lets image layers through.")))
}

/// Whether pods can get credentials of a role.
pub(super) fn sts_endpoint(vpc: &str, region: &str, path: &PullPath, ways_out: &WaysOut) -> Outcome {
    let suffix = format!(".{region}.sts");
    let endpoints = path.endpoints.iter().filter(|endpoint| endpoint.service_name.ends_with(&suffix));
    let best = endpoints.max_by_key(|endpoint| (is_available(endpoint), endpoint.private_dns));
    match best {
        Some(endpoint) if is_available(endpoint) && endpoint.private_dns => {
            Ok(format!("The endpoint {} for STS is available, with private DNS.", endpoint.id))
        }
        Some(endpoint) => Err((
            format!("The endpoint {} for STS is not available, or has no private DNS.", endpoint.id),
            "Pods that take a role by IRSA, such as build pipelines, need it: set private_dns_enabled = true where it is \
             managed."
                .to_owned(),
        )),
        None => match ways_out.of_all() {
            Some(way_out) => Ok(format!("{vpc} has no endpoint for STS, and the subnets have a way out: {way_out}.")),
            None => Err((
                format!("{vpc} has no endpoint for STS."),
                format!(
                    "Pulls do not need it. Pods that take a role by IRSA, such as build pipelines, do: run `aws ec2 \
                     create-vpc-endpoint --region {region} --vpc-id {vpc} --vpc-endpoint-type Interface --service-name \
                     com.amazonaws.{region}.sts --subnet-ids {} --private-dns-enabled`, or declare it where the VPC is managed.",
                    path.subnets.keys().cloned().collect::<Vec<_>>().join(" ")
                ),
            )),
        },
    }
}
