//! What a build pipeline is allowed: to push to repositories, and where asked for to make them.
//!
//! A push to a repository that does not exist makes it, if a repository creation template for pushes covers its name and the one that
//! pushes may call `CreateRepository` for it. Tags and a KMS key of the template are the business of the role that ECR assumes
//! for it, so the pipeline needs neither `ecr:TagResource` nor `iam:PassRole`.
//!
//! Sources: Amazon ECR User Guide, "IAM permissions for pushing an image", "Create an IAM role for repository creation
//! templates" and "Using service-linked roles"; Service Authorization Reference, "Actions, resources, and condition keys for
//! Amazon Elastic Container Registry" (`CreateRepository` knows the ARN of the repository).

use std::collections::BTreeSet;

use rosa_ecr_model::Violation;
use serde_json::json;

use super::policy_document as policies;
use crate::rules;

/// What pushing takes, on the repository itself.
const PUSH: [&str; 7] = [
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:CompleteLayerUpload",
    "ecr:GetDownloadUrlForLayer",
    "ecr:InitiateLayerUpload",
    "ecr:PutImage",
    "ecr:UploadLayerPart",
];

/// What making a repository takes.
const CREATE: &str = "ecr:CreateRepository";

/// Where a pipeline may push.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Pushes {
    /// Repositories and, where they may be made, what their ARNs start with: those end in `*`.
    pub repository_arns: BTreeSet<String>,
    /// Whether repositories may be made.
    pub create_repositories: bool,
}

impl Pushes {
    /// The policy. The login is for a whole registry, so it cannot name repositories.
    pub fn policy(&self) -> String {
        let arns = &self.repository_arns;
        let mut statements = vec![
            json!({ "Sid": "Login", "Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*" }),
            json!({ "Sid": "Push", "Effect": "Allow", "Action": PUSH, "Resource": arns }),
        ];
        if self.create_repositories {
            statements.push(json!({ "Sid": "Create", "Effect": "Allow", "Action": CREATE, "Resource": arns }));
        }
        policies::of_statements(&statements)
    }

    /// What a policy allows, no matter what wrote it; nothing if it lets push nowhere in particular.
    pub fn of(policy: &str) -> Self {
        let statements = policies::read_statements(policy);
        let allows = |action: &'static str| {
            let statements = statements.iter().filter(|statement| statement["Effect"] == "Allow");
            statements.filter(move |statement| policies::texts(&statement["Action"]).any(|allowed| allowed == action))
        };
        let create_repositories = allows(CREATE).next().is_some();
        let arns = allows("ecr:PutImage").flat_map(|statement| policies::texts(&statement["Resource"]));
        let rule = if create_repositories { repository_arn_or_prefix } else { repository_arn };
        Self { repository_arns: arns.filter(|arn| rule(arn).is_ok()).collect(), create_repositories }
    }
}

/// A policy that lets its role push to these repositories and no other.
pub(crate) fn push_policy(repository_arns: &BTreeSet<String>) -> String {
    Pushes { repository_arns: repository_arns.clone(), create_repositories: false }.policy()
}

/// The rule for the ARN of a repository, without wildcards.
///
/// # Errors
/// Where it is something else.
pub(crate) fn repository_arn(arn: &str) -> Result<(), Violation> {
    let rule = "It must be the ARN of a repository: arn:<partition>:ecr:<region>:<account>:repository/<name>.";
    let name = name(arn);
    if name.is_some_and(|name| rules::repository_name(name).is_ok()) {
        return Ok(());
    }
    let fix = match name {
        Some(name) if name.contains('*') => "List every repository; a wildcard would allow more than these.",
        _ => "Give the repository_arn of a rosa_ecr, or the arn of a rosa_ecr_repository.",
    };
    Err(Violation::rule(rule).fix(fix))
}

/// The rule for the ARN of a repository, or of all whose names start alike.
///
/// # Errors
/// Where it is something else.
pub(super) fn repository_arn_or_prefix(arn: &str) -> Result<(), Violation> {
    let Some(prefix) = name(arn).and_then(|name| name.strip_suffix('*')) else { return repository_arn(arn) };
    let is_prefix = !prefix.is_empty()
        && prefix.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && prefix.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-/".contains(c));
    if is_prefix {
        return Ok(());
    }
    let rule = "Before a \"*\" at the end of an ARN stands what the names of the repositories start with.";
    Err(Violation::rule(rule).fix("Write it like \"arn:aws:ecr:us-east-1:123456789012:repository/mirror/*\"."))
}

/// The name in the ARN of a repository, whatever it looks like.
fn name(arn: &str) -> Option<&str> {
    match arn.splitn(6, ':').collect::<Vec<_>>()[..] {
        ["arn", partition, "ecr", region, account, repository]
            if partition.starts_with("aws") && !region.is_empty() && rules::is_account(account) =>
        {
            repository.strip_prefix("repository/")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value as Json;

    use super::*;

    const BELOW: &str = "arn:aws:ecr:us-east-1:123456789012:repository/mirror/*";

    #[test]
    fn exactly_the_listed_repositories_can_be_pushed_to() {
        let arns = BTreeSet::from(["arn:aws-us-gov:ecr:us-gov-west-1:123456789012:repository/a".to_owned()]);
        let policy: Json = serde_json::from_str(&push_policy(&arns)).expect("JSON");
        for statement in policy["Statement"].as_array().expect("statements") {
            match &statement["Resource"] {
                Json::String(all) => {
                    assert_eq!((all.as_str(), &statement["Action"]), ("*", &json!("ecr:GetAuthorizationToken")))
                }
                resources => assert_eq!(resources, &json!(arns)),
            }
        }
        // The seed module's own example.
        let seed = r#"{"Version":"2012-10-17","Statement":[
            {"Effect":"Allow","Action":["ecr:GetAuthorizationToken"],"Resource":"*"},
            {"Effect":"Allow","Action":["ecr:BatchCheckLayerAvailability","ecr:GetDownloadUrlForLayer","ecr:BatchGetImage",
            "ecr:PutImage","ecr:InitiateLayerUpload","ecr:UploadLayerPart","ecr:CompleteLayerUpload"],
            "Resource":"arn:aws-us-gov:ecr:us-gov-west-1:123456789012:repository/a"}]}"#;
        let mut ours = policy;
        for statement in ours["Statement"].as_array_mut().expect("statements") {
            statement.as_object_mut().expect("a statement").remove("Sid");
        }
        assert!(policies::same(&ours.to_string(), seed), "{ours}");
    }

    #[test]
    fn repositories_can_be_made_below_the_prefix_only() {
        let pushes = Pushes { repository_arns: [BELOW.to_owned()].into(), create_repositories: true };
        let policy: Json = serde_json::from_str(&pushes.policy()).expect("JSON");
        let create = &policy["Statement"][2];
        assert_eq!((&create["Action"], &create["Resource"]), (&json!("ecr:CreateRepository"), &json!([BELOW])));
        assert_eq!(Pushes::of(&pushes.policy()), pushes);
    }

    #[test]
    fn policies_read_back() {
        let arns = BTreeSet::from(["arn:aws:ecr:us-east-1:123456789012:repository/a/b".to_owned()]);
        assert_eq!(Pushes::of(&push_policy(&arns)).repository_arns, arns);
        assert_eq!(Pushes::of("{}"), Pushes::default());
        let too_wide = push_policy(&[BELOW.to_owned()].into());
        assert_eq!(Pushes::of(&too_wide), Pushes::default(), "no inputs would write that");
    }

    #[test]
    fn arns_of_repositories() {
        assert_eq!(repository_arn("arn:aws-cn:ecr:cn-north-1:123456789012:repository/team/app"), Ok(()));
        for bad in ["arn:aws:ecr:us-east-1:123456789012:repository/*", BELOW, "dev-registry", "*"] {
            assert!(repository_arn(bad).is_err(), "{bad}");
        }
        for good in [BELOW, "arn:aws:ecr:us-east-1:123456789012:repository/mirror-*", &BELOW.replace("/*", "/app")] {
            assert_eq!(repository_arn_or_prefix(good), Ok(()), "{good}");
        }
        for bad in ["arn:aws:ecr:us-east-1:123456789012:repository/*", &BELOW.replace("mirror", "m*r"), "*"] {
            assert!(repository_arn_or_prefix(bad).is_err(), "{bad}");
        }
    }
}
