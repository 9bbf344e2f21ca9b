//! IAM roles for service accounts: the two policies that let a build pipeline push.
//!
//! A pod whose service account carries the annotation [`ANNOTATION`] gets a token of the cluster's OIDC issuer, and with
//! it the role. The trust policy says which service accounts may have the role, the push policy what the role may do.
//!
//! Sources: IAM User Guide, "Create a role for OpenID Connect federation"; OpenShift documentation of ROSA, "Assuming an
//! AWS IAM role for a service account"; ROSA CLI, `pkg/aws/idps.go`, for the audiences of a cluster's OIDC provider;
//! aws/amazon-eks-pod-identity-webhook, which ROSA runs with its defaults, for the audience of a pod's token; Amazon ECR
//! User Guide, "IAM permissions for pushing an image".

use std::collections::BTreeSet;

use rosa_ecr_model::Violation;
use serde_json::{Value as Json, json};

/// The annotation of a service account that names its role.
pub(crate) const ANNOTATION: &str = "eks.amazonaws.com/role-arn";

/// Whom the tokens of the pod identity webhook are for, in every partition.
const AUDIENCE: &str = "sts.amazonaws.com";

/// What the subject of a service account's token starts with.
const SUBJECT: &str = "system:serviceaccount:";

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

/// A policy that lets its role push to these repositories and no other. The login is for a whole registry, so it cannot
/// name repositories.
pub(crate) fn push_policy(repository_arns: &BTreeSet<String>) -> String {
    json!({
        "Version": "2012-10-17",
        "Statement": [
            { "Sid": "Login", "Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*" },
            { "Sid": "Push", "Effect": "Allow", "Action": PUSH, "Resource": repository_arns },
        ],
    })
    .to_string()
}

/// The repositories that a policy lets push to, whoever wrote it; none where it lets push nowhere in particular.
pub(super) fn repositories_of(policy: &str) -> BTreeSet<String> {
    let statements = statements(policy);
    let push = statements.iter().filter(|statement| {
        statement["Effect"] == "Allow" && texts(&statement["Action"]).any(|action| action == "ecr:PutImage")
    });
    push.flat_map(|statement| texts(&statement["Resource"])).filter(|arn| repository_arn(arn).is_ok()).collect()
}

/// A policy that lets exactly these service accounts, each `namespace:name`, of the cluster with that OIDC provider have
/// the role.
///
/// # Errors
/// Where the ARN is not that of an OIDC provider, or one of the service accounts is none.
pub(crate) fn trust_policy(oidc_provider_arn: &str, service_accounts: &BTreeSet<String>) -> Result<String, Violation> {
    let issuer = issuer(oidc_provider_arn)?;
    service_accounts.iter().try_for_each(|account| service_account(account))?;
    let subjects: Vec<String> = service_accounts.iter().map(|account| format!("{SUBJECT}{account}")).collect();
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": { "Federated": oidc_provider_arn },
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {
                "StringEquals": {
                    format!("{issuer}:aud"): AUDIENCE,
                    format!("{issuer}:sub"): subjects,
                },
            },
        }],
    });
    Ok(policy.to_string())
}

/// The OIDC provider and the service accounts that a trust policy names, whoever wrote it; `None` where it names none.
pub(super) fn trusted_by(policy: &str) -> Option<(String, BTreeSet<String>)> {
    statements(policy).iter().find_map(|statement| {
        let provider = texts(&statement["Principal"]["Federated"]).find(|arn| issuer(arn).is_ok())?;
        let subject = format!("{}:sub", issuer(&provider).ok()?);
        let conditions = ["StringEquals", "StringLike"].map(|operator| &statement["Condition"][operator][&subject]);
        let accounts = conditions.into_iter().flat_map(texts);
        let accounts = accounts.filter_map(|account| account.strip_prefix(SUBJECT).map(str::to_owned));
        let accounts: BTreeSet<String> = accounts.filter(|account| service_account(account).is_ok()).collect();
        (!accounts.is_empty()).then_some((provider, accounts))
    })
}

fn statements(policy: &str) -> Vec<Json> {
    match serde_json::from_str::<Json>(policy).map(|mut policy| policy["Statement"].take()) {
        Ok(Json::Array(statements)) => statements,
        Ok(statement @ Json::Object(_)) => vec![statement],
        _ => Vec::new(),
    }
}

/// The texts of an element that may be one, or a list of them.
fn texts(element: &Json) -> impl Iterator<Item = String> {
    let texts: Vec<String> = match element {
        Json::String(text) => vec![text.clone()],
        Json::Array(elements) => elements.iter().filter_map(Json::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    };
    texts.into_iter()
}

/// The issuer of an OIDC provider, which is its URL without `https://`.
fn issuer(oidc_provider_arn: &str) -> Result<&str, Violation> {
    let rule = "It must be the ARN of an OIDC provider: arn:<partition>:iam::<account>:oidc-provider/<issuer>.";
    let fields: Vec<&str> = oidc_provider_arn.splitn(6, ':').collect();
    let issuer = match fields[..] {
        ["arn", partition, "iam", "", account, provider]
            if partition.starts_with("aws") && crate::rules::is_account(account) =>
        {
            provider.strip_prefix("oidc-provider/")
        }
        _ => None,
    };
    let is_issuer = |issuer: &&str| {
        issuer.contains('.')
            && issuer.chars().all(|c| c.is_ascii_alphanumeric() || ".-_~/:".contains(c))
            && !issuer.contains("//")
            && !issuer.ends_with('/')
    };
    issuer.filter(is_issuer).ok_or_else(|| {
        let fix = match oidc_provider_arn.strip_prefix("https://") {
            Some(issuer) => {
                format!("This is the issuer's URL. The ARN ends in \"oidc-provider/{}\".", issuer.trim_end_matches('/'))
            }
            None if issuer.is_some_and(|issuer| issuer.contains("://") || issuer.ends_with('/')) => {
                "The issuer stands there without \"https://\" and without a slash at its end.".to_owned()
            }
            None => {
                "`rosa describe cluster` shows the issuer, `aws iam list-open-id-connect-providers` the ARN.".to_owned()
            }
        };
        Violation::rule(rule).fix(fix)
    })
}

/// The rule for the ARN of an OIDC provider.
///
/// # Errors
/// Where it is something else.
pub(crate) fn oidc_provider_arn(arn: &str) -> Result<(), Violation> {
    issuer(arn).map(drop)
}

/// The rule for a service account, `namespace:name`. There are no wildcards: each one is named.
///
/// Source: Kubernetes documentation, "Object Names and IDs".
///
/// # Errors
/// Where it is something else.
pub(crate) fn service_account(account: &str) -> Result<(), Violation> {
    let rule = "A service account is written as namespace:name, both of lowercase letters, digits and '-' ('.' in the \
                name too).";
    let edge = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let is_name = |name: &str, inner: &str, longest: usize| {
        (1..=longest).contains(&name.len())
            && name.starts_with(edge)
            && name.ends_with(edge)
            && name.chars().all(|c| edge(c) || inner.contains(c))
    };
    let fits = |text: &str| {
        text.split_once(':').is_some_and(|(namespace, name)| is_name(namespace, "-", 63) && is_name(name, "-.", 253))
    };
    if fits(account) {
        return Ok(());
    }
    let fix = match account.strip_prefix(SUBJECT) {
        Some(short) if fits(short) => format!("Leave \"{SUBJECT}\" out: \"{short}\"."),
        _ if fits(&account.replacen('/', ":", 1)) => format!("Write it as \"{}\".", account.replacen('/', ":", 1)),
        _ if account.contains('*') => "List every service account; a wildcard would let others push too.".to_owned(),
        _ => "Write it like \"ci:pipeline-builder\".".to_owned(),
    };
    Err(Violation::rule(rule).fix(fix))
}

/// The rule for the ARN of a repository, without wildcards.
///
/// # Errors
/// Where it is something else.
pub(crate) fn repository_arn(arn: &str) -> Result<(), Violation> {
    let rule = "It must be the ARN of a repository: arn:<partition>:ecr:<region>:<account>:repository/<name>.";
    let fields: Vec<&str> = arn.splitn(6, ':').collect();
    let name = match fields[..] {
        ["arn", partition, "ecr", region, account, repository]
            if partition.starts_with("aws") && !region.is_empty() && crate::rules::is_account(account) =>
        {
            repository.strip_prefix("repository/")
        }
        _ => None,
    };
    if name.is_some_and(|name| crate::rules::repository_name(name).is_ok()) {
        return Ok(());
    }
    let fix = match name {
        Some(name) if name.contains('*') => "List every repository; a wildcard would allow more than these.",
        _ => "Give the repository_arn of a rosa_ecr, or the arn of a rosa_ecr_repository.",
    };
    Err(Violation::rule(rule).fix(fix))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iam::policy_document as policies;

    const PROVIDER: &str = "arn:aws:iam::123456789012:oidc-provider/rh-oidc.s3.us-east-1.amazonaws.com/abc123";
    const ISSUER: &str = "rh-oidc.s3.us-east-1.amazonaws.com/abc123";

    fn set(texts: &[&str]) -> BTreeSet<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn exactly_the_listed_service_accounts_are_trusted() {
        let policy = trust_policy(PROVIDER, &set(&["ci:builder", "ci:deployer"])).expect("a policy");
        let policy: Json = serde_json::from_str(&policy).expect("JSON");
        let statement = &policy["Statement"][0];
        assert_eq!(policy["Statement"].as_array().map(Vec::len), Some(1));
        assert_eq!(statement["Principal"], json!({ "Federated": PROVIDER }));
        assert_eq!(statement["Action"], "sts:AssumeRoleWithWebIdentity");
        let accounts = ["system:serviceaccount:ci:builder", "system:serviceaccount:ci:deployer"];
        let expected = json!({ "StringEquals": {
            format!("{ISSUER}:aud"): "sts.amazonaws.com",
            format!("{ISSUER}:sub"): accounts,
        }});
        assert_eq!(statement["Condition"], expected);
    }

    #[test]
    fn exactly_the_listed_repositories_can_be_pushed_to() {
        let arns = set(&["arn:aws-us-gov:ecr:us-gov-west-1:123456789012:repository/a"]);
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
    fn policies_read_back() {
        let accounts = set(&["ci:builder", "ci:deployer"]);
        let policy = trust_policy(PROVIDER, &accounts).expect("a policy");
        assert_eq!(trusted_by(&policy), Some((PROVIDER.to_owned(), accounts)));
        let arns = set(&["arn:aws:ecr:us-east-1:123456789012:repository/a/b"]);
        assert_eq!(repositories_of(&push_policy(&arns)), arns);
        let by_hand = format!(
            r#"{{"Statement":{{"Effect":"Allow","Principal":{{"Federated":"{PROVIDER}"}},"Action":"sts:AssumeRoleWithWebIdentity",
            "Condition":{{"StringEquals":{{"{ISSUER}:sub":"system:serviceaccount:ci:builder"}}}}}}}}"#
        );
        assert_eq!(trusted_by(&by_hand), Some((PROVIDER.to_owned(), set(&["ci:builder"]))));
        assert_eq!(trusted_by("{}"), None);
        assert!(repositories_of("{}").is_empty());
    }

    #[test]
    fn what_stands_in_place_of_a_name_has_a_way_out() {
        let error = trust_policy("https://rh-oidc.example.com/abc", &set(&["a:b"])).expect_err("a URL");
        assert!(error.fix.contains("oidc-provider/rh-oidc.example.com/abc"), "{}", error.fix);
        for bad in ["arn:aws:iam::1:oidc-provider/x.y", "arn:aws:iam::123456789012:role/x.y", ""] {
            assert!(oidc_provider_arn(bad).is_err(), "{bad}");
        }
        let cases = [
            ("system:serviceaccount:ci:builder", "\"ci:builder\""),
            ("ci/builder", "\"ci:builder\""),
            ("ci:*", "wildcard"),
            ("builder", "\"ci:pipeline-builder\""),
            ("CI:builder", "\"ci:pipeline-builder\""),
        ];
        for (text, way_out) in cases {
            let violation = service_account(text).expect_err(text);
            assert!(violation.fix.contains(way_out), "{text}: {}", violation.fix);
        }
        assert_eq!(service_account("openshift-pipelines:my.builder-2"), Ok(()));
        assert_eq!(repository_arn("arn:aws-cn:ecr:cn-north-1:123456789012:repository/team/app"), Ok(()));
        for bad in ["arn:aws:ecr:us-east-1:123456789012:repository/*", "dev-registry", "*"] {
            assert!(repository_arn(bad).is_err(), "{bad}");
        }
    }
}
