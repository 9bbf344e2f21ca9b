//! Data source `rosa_ecr_pull_readiness`: why pods cannot pull, or that they can.
//!
//! It looks at everything that a pull from a private subnet needs and says of each whether it is as it should be:
//!
//! | Check | What must be so | Calls (each needs the IAM action of its name) |
//! |---|---|---|
//! | `image` | the repository has the image, or any where none is named | ECR `DescribeImages` |
//! | `subnets` | the subnets are in the VPC | EC2 `DescribeSubnets` |
//! | `dns` | the VPC has DNS support and hostnames | EC2 `DescribeVpcAttribute` |
//! | `endpoint_api`, `endpoint_dkr` | the VPC has the endpoint, available and with private DNS; or every subnet has a default route out | EC2 `DescribeVpcEndpoints` |
//! | `ingress_api`, `ingress_dkr` | a security group of it lets the subnets in on 443/tcp | EC2 `DescribeSecurityGroups` |
//! | `endpoint_policy_api`, `endpoint_policy_dkr` | the endpoint's policy lets the roles pull | |
//! | `s3_gateway` | an S3 gateway endpoint or a default route out is in each subnet's route table, since layers come from S3 | EC2 `DescribeRouteTables` |
//! | `s3_policy` | the gateway's policy lets layers through | |
//! | `endpoint_sts` | the VPC has an endpoint for STS, or a way out; pods with a role need it, pulls do not | |
//! | `pull_policy/role/…`, `pull_policy/instance-profile/…` | the role may pull from the repository | IAM `GetInstanceProfile`, `ListAttachedRolePolicies`, `GetRole`, `SimulatePrincipalPolicy`; without leave for that `ListRolePolicies`, `GetRolePolicy`, `GetPolicy`, `GetPolicyVersion` |
//!
//! What is not given is not checked. Calls that do not need each other's answers are made at once. What is found is facts;
//! what to make of them is decided without a call, in [`evaluation`].

mod evaluation;
mod facts;
mod outcome;
mod permission;
mod surroundings;

use std::collections::BTreeSet;

use rosa_ecr_derive::{Inputs, Object, Outputs};
use rosa_ecr_model::{Call, DataSource, Diagnostic, Diagnostics, Known, Page};

use crate::provider::Aws;
use crate::{ec2, iam, page, region, rules};

/// Whether the nodes of a cluster can pull from a repository, and if not, why. Made for `check` blocks: what is not ready
/// is no error, only what cannot be found out is.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct PullReadiness {
    /// Name of the repository.
    #[attr(check(rules::repository_name))]
    pub repository: String,
    /// Names of more repositories that the nodes must be able to pull from, such as those of image mirrors. Each must have an
    /// image.
    #[attr(default = [], each(rules::repository_name))]
    pub repositories: BTreeSet<String>,
    /// Tag of an image that must be there. Without a tag or a digest, any image will do.
    #[attr(check(rules::image_tag))]
    pub image_tag: Option<String>,
    /// Digest of an image that must be there: `sha256:…`. With `image_tag`, both must name the same image.
    #[attr(check(rules::image_digest))]
    pub image_digest: Option<String>,
    /// The VPC of the cluster. Without it, nothing of the network is checked.
    #[attr(check(ec2::vpc_id))]
    pub vpc_id: Option<String>,
    /// The subnets of the worker nodes. Required with `vpc_id`.
    #[attr(default = [], each(ec2::subnet_id))]
    pub private_subnet_ids: BTreeSet<String>,
    /// ROSA Classic: names of the IAM roles of the worker nodes.
    #[attr(default = [], each(iam::role_name))]
    pub worker_role_names: BTreeSet<String>,
    /// ROSA with hosted control planes: names of the instance profiles of the machine pools.
    #[attr(default = [], each(iam::instance_profile_name))]
    pub instance_profile_names: BTreeSet<String>,
    /// Region of the repository and the cluster; the provider's where it is not set.
    #[attr(computed)]
    pub region: Option<String>,
}

/// What is found.
#[derive(Clone, Debug, PartialEq, Outputs)]
pub struct PullReadinessOutputs {
    /// Whether all checks passed that a pull needs.
    pub ready: bool,
    /// The checks, always in the same order.
    #[attr(nested)]
    pub checks: Vec<ReadinessCheck>,
    /// What is wrong and what to do about it, a line for each check that did not pass: for an `error_message`.
    pub summary: String,
}

/// One thing that a pull needs.
#[derive(Clone, Debug, PartialEq, Object)]
pub struct ReadinessCheck {
    /// What was looked at, such as `image` or `endpoint_dkr`.
    pub name: String,
    /// Whether it is as it should be.
    pub passed: bool,
    /// Whether a pull needs it: what is not required does not count for `ready`.
    pub required: bool,
    /// What is there.
    pub detail: String,
    /// What to do; empty where it passed.
    pub fix: String,
}

impl DataSource for PullReadiness {
    const TYPE: &'static str = "rosa_ecr_pull_readiness";
    const PAGE: Page = page::permissions(&["find out why pods cannot pull"]);
    type Outputs = PullReadinessOutputs;
    type Context = Aws;

    fn permissions() -> BTreeSet<&'static str> {
        BTreeSet::from([
            "ec2:DescribeRouteTables",
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeSubnets",
            "ec2:DescribeVpcAttribute",
            "ec2:DescribeVpcEndpoints",
            "ecr:DescribeImages",
            "iam:GetInstanceProfile",
            "iam:GetPolicy",
            "iam:GetPolicyVersion",
            "iam:GetRole",
            "iam:GetRolePolicy",
            "iam:ListAttachedRolePolicies",
            "iam:ListRolePolicies",
            "iam:SimulatePrincipalPolicy",
        ])
    }

    fn validate(inputs: &Self::Partial, report: &mut Diagnostics) {
        let (Known::Now(vpc), Known::Now(subnets)) = (&inputs.vpc_id, &inputs.private_subnet_ids) else { return };
        match (vpc, subnets.is_empty()) {
            (Some(_), true) => report.push(
                Diagnostic::error("A VPC without subnets")
                    .detail("vpc_id is set, and private_subnet_ids is empty: the way is checked from the subnets of the nodes.")
                    .fix("Set private_subnet_ids, or remove vpc_id to leave the network out.")
                    .at("private_subnet_ids"),
            ),
            (None, false) => report.push(
                Diagnostic::error("Subnets without their VPC")
                    .detail("private_subnet_ids is set, and vpc_id is not.")
                    .fix("Set vpc_id to the VPC of these subnets.")
                    .at("vpc_id"),
            ),
            _ => {}
        }
    }

    fn resolve(context: Option<&Aws>, config: &Self::Partial, inputs: &mut Self::Partial) {
        inputs.region = region::resolve(context, &config.region, &inputs.region);
    }

    async fn read(call: &Call<Aws>, mut inputs: Self) -> Result<PullReadinessOutputs, Diagnostics> {
        let region = inputs.region.get_or_insert_with(|| call.region().to_owned()).clone();
        let facts = facts::gather(call, &region, &inputs).await?;
        let checks = evaluation::evaluate(&inputs, &region, &facts);
        Ok(PullReadinessOutputs {
            ready: checks.iter().all(|check| check.passed || !check.required),
            summary: evaluation::summary(&checks),
            checks,
        })
    }
}

impl PullReadiness {
    /// The repositories besides the first.
    fn other_repositories(&self) -> impl Iterator<Item = &String> {
        self.repositories.iter().filter(|name| **name != self.repository)
    }
}

#[cfg(test)]
mod tests;
