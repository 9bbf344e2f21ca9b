//! The ways in which a role may be allowed to pull: one of two policies of AWS, or an inline policy for some repositories.
//!
//! Sources: Amazon ECR User Guide, "AWS managed policies for Amazon Elastic Container Registry", for the two policies and for
//! what a pull takes; IAM User Guide, "IAM and AWS STS quotas", for the size of inline policies.

use std::collections::BTreeSet;

use rosa_ecr_model::{Diagnostic, Violation};
use serde_json::{Value as Json, json};

use super::policy_document as policies;
use crate::partition::Partition;
use crate::rules::is_account;

/// How a role may be allowed to pull.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum PullPermission {
    /// By `AmazonEC2ContainerRegistryReadOnly`.
    ReadOnly,
    /// By `AmazonEC2ContainerRegistryPullOnly`.
    PullOnly,
    /// By an inline policy for some repositories.
    Scoped,
}

impl PullPermission {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::ReadOnly, Self::PullOnly, Self::Scoped];

    /// The permission with that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|permission| permission.name() == name)
    }

    /// Its name, as an input has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::ReadOnly => "read_only",
            Self::PullOnly => "pull_only",
            Self::Scoped => "scoped",
        }
    }

    /// The name of AWS's policy, if it is one.
    pub fn managed_policy(self) -> Option<&'static str> {
        match self {
            Self::ReadOnly => Some("AmazonEC2ContainerRegistryReadOnly"),
            Self::PullOnly => Some("AmazonEC2ContainerRegistryPullOnly"),
            Self::Scoped => None,
        }
    }

    /// The ARN of AWS's policy in a region's partition, if it is one.
    pub fn policy_arn(self, region: &str) -> Option<String> {
        self.managed_policy().map(|name| Partition::of_region(region).managed_policy_arn(name))
    }

    /// The permission whose policy has that ARN, in whatever partition.
    pub fn of_policy(arn: &str) -> Option<Self> {
        let name = arn.strip_prefix("arn:aws")?.split_once(":iam::aws:policy/")?.1;
        Self::ALL.into_iter().find(|permission| permission.managed_policy() == Some(name))
    }
}

/// What a pull takes of a repository. `BatchImportUpstreamImage` is for repositories of a pull-through cache.
const PULL: [&str; 4] = [
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:BatchImportUpstreamImage",
    "ecr:GetDownloadUrlForLayer",
];

/// What lets a role pull from all repositories, as the policies of AWS do.
pub(crate) const PULL_OF_ALL: &str = r#"{"Statement":[{"Effect":"Allow","Action":["ecr:GetAuthorizationToken","ecr:BatchGetImage","ecr:GetDownloadUrlForLayer"],"Resource":"*"}]}"#;

/// What a role must be allowed to do in order to pull from a repository: on what, and which actions.
pub(crate) fn pull_questions(repository_arn: &str) -> [(&str, &'static [&'static str]); 2] {
    [("*", &["ecr:GetAuthorizationToken"]), (repository_arn, &["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"])]
}

/// The `Sid` of the statement about repositories, which tells our policies from others.
const SID: &str = "RosaEcrPull";

/// How many characters the inline policies of a role may have together, without white space.
pub(crate) const LARGEST: usize = 10_240;

/// A policy that lets its role pull from these repositories and no other. The login is for a whole registry, so it cannot
/// name repositories.
pub(crate) fn scoped_policy(repository_arns: &BTreeSet<String>) -> String {
    json!({
        "Version": "2012-10-17",
        "Statement": [
            { "Sid": "RosaEcrLogin", "Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*" },
            { "Sid": SID, "Effect": "Allow", "Action": PULL, "Resource": repository_arns },
        ],
    })
    .to_string()
}

/// The repositories that one of our policies is for; `None` if it is not ours, or says something else by now.
pub(crate) fn repositories_of(policy: &str) -> Option<BTreeSet<String>> {
    let document: Json = serde_json::from_str(policy).ok()?;
    let statements = document["Statement"].as_array()?;
    let resource = &statements.iter().find(|statement| statement["Sid"] == SID)?["Resource"];
    let arns: BTreeSet<String> = match resource {
        Json::String(arn) => BTreeSet::from([arn.clone()]),
        Json::Array(arns) => arns.iter().filter_map(Json::as_str).map(str::to_owned).collect(),
        _ => return None,
    };
    policies::same(policy, &scoped_policy(&arns)).then_some(arns)
}

/// What speaks against the size of a policy for these repositories.
pub(crate) fn too_large(repository_arns: &BTreeSet<String>) -> Option<Diagnostic> {
    let size = scoped_policy(repository_arns).len();
    (size > LARGEST).then(|| {
        Diagnostic::error("The inline policy would be too large")
            .detail(format!(
                "IAM allows the inline policies of a role {LARGEST} characters together, and the policy for these {} \
                 repositories has {size}.",
                repository_arns.len()
            ))
            .fix("Name repositories with a common prefix by one ARN that ends in /*.")
            .at("repository_arns")
    })
}

/// The rule for what a scoped permission is for: the ARN of a repository, or of all below a prefix.
///
/// # Errors
/// If it is something else.
pub(crate) fn repository_arn(arn: &str) -> Result<(), Violation> {
    let rule = "It must be the ARN of a repository, arn:<partition>:ecr:<region>:<account>:repository/<name>; * and ? may \
                stand in the name behind a prefix.";
    let fields: Vec<&str> = arn.splitn(6, ':').collect();
    let name = match fields[..] {
        ["arn", partition, "ecr", region, account, repository]
            if partition.starts_with("aws") && !region.is_empty() && !region.contains('*') && is_account(account) =>
        {
            repository.strip_prefix("repository/")
        }
        _ => None,
    };
    let is_allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-/*?".contains(c);
    let fix = match name {
        Some(name) if name.starts_with(['*', '?']) => {
            "To allow all repositories, set permission = \"pull_only\". Else put a prefix before the wildcard, such as \
             repository/team/*."
        }
        Some(name) if !name.is_empty() && name.len() <= 256 && name.chars().all(is_allowed) => return Ok(()),
        _ => "Give the repository_arn of a rosa_ecr, or the arn of a rosa_ecr_repository.",
    };
    Err(Violation::rule(rule).fix(fix))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:ecr:us-east-1:123456789012:repository/team/app";

    fn arns(arns: &[&str]) -> BTreeSet<String> {
        arns.iter().map(|arn| (*arn).to_owned()).collect()
    }

    #[test]
    fn names_and_policies_read_back() {
        for permission in PullPermission::ALL {
            assert_eq!(PullPermission::named(permission.name()), Some(permission));
        }
        for (region, partition) in [("us-east-1", "aws"), ("us-gov-west-1", "aws-us-gov"), ("cn-north-1", "aws-cn")] {
            for permission in [PullPermission::ReadOnly, PullPermission::PullOnly] {
                let arn = permission.policy_arn(region).expect("AWS manages it");
                assert!(arn.starts_with(&format!("arn:{partition}:iam::aws:policy/")), "{arn}");
                assert_eq!(PullPermission::of_policy(&arn), Some(permission));
            }
        }
        for other in [
            "arn:aws:iam::123456789012:policy/AmazonEC2ContainerRegistryReadOnly",
            "arn:aws:iam::aws:policy/AdministratorAccess",
        ] {
            assert_eq!(PullPermission::of_policy(other), None, "{other}");
        }
    }

    #[test]
    fn scoped_policies_read_back_as_long_as_they_say_the_same() {
        for repositories in [arns(&[ARN]), arns(&[ARN, "arn:aws:ecr:us-east-1:123456789012:repository/mirror/*"])] {
            let policy = scoped_policy(&repositories);
            assert_eq!(repositories_of(&policy), Some(repositories));
            assert_eq!(repositories_of(&policy.replace("ecr:BatchGetImage", "ecr:*")), None);
            assert_eq!(repositories_of(&policy.replace(SID, "Pull")), None);
        }
        assert_eq!(repositories_of("{}"), None);
    }

    #[test]
    fn wildcards_stand_behind_a_prefix() {
        for good in [ARN, "arn:aws-cn:ecr:cn-north-1:123456789012:repository/mirror/*"] {
            assert_eq!(repository_arn(good), Ok(()), "{good}");
        }
        for (bad, reported) in [
            ("arn:aws:ecr:us-east-1:123456789012:repository/*", "\"pull_only\""),
            ("arn:aws:ecr:*:123456789012:repository/app", "repository_arn"),
            ("arn:aws:ecr:us-east-1:123456789012:repository/App", "repository_arn"),
            ("dev-registry", "repository_arn"),
            ("*", "repository_arn"),
        ] {
            let violation = repository_arn(bad).expect_err(bad);
            assert!(violation.fix.contains(reported), "{bad}: {violation:?}");
        }
    }

    #[test]
    fn a_policy_has_a_largest_size() {
        let many: BTreeSet<String> = (0..200).map(|n| format!("{ARN}-{n}")).collect();
        assert_eq!(too_large(&arns(&[ARN])), None);
        assert!(too_large(&many).is_some_and(|refusal| refusal.to_string().contains("200 repositories")));
    }
}
