//! IAM roles for service accounts: the policy that says which of them may have a role.
//!
//! A pod whose service account carries the annotation [`ANNOTATION`] gets a token of the cluster's OIDC issuer, and with
//! it the role.
//!
//! Sources: IAM User Guide, "Create a role for OpenID Connect federation"; OpenShift documentation of ROSA, "Assuming an
//! AWS IAM role for a service account"; ROSA CLI, `pkg/aws/idps.go`, for the audiences of a cluster's OIDC provider;
//! aws/amazon-eks-pod-identity-webhook, which ROSA runs with its defaults, for the audience of a pod's token.

use std::collections::BTreeSet;

use rosa_ecr_model::Violation;
use serde_json::{Value as Json, json};

use super::policy_document as policies;

/// The annotation of a service account that names its role.
pub(crate) const ANNOTATION: &str = "eks.amazonaws.com/role-arn";

/// Whom the tokens of the pod identity webhook are for, in every partition.
const AUDIENCE: &str = "sts.amazonaws.com";

/// What the subject of a service account's token starts with.
const SUBJECT: &str = "system:serviceaccount:";

/// A policy that lets exactly these service accounts, each `namespace:name`, of the cluster with that OIDC provider have
/// the role.
///
/// # Errors
/// Where the ARN is not that of an OIDC provider, or one of the service accounts is none.
pub(crate) fn trust_policy(oidc_provider_arn: &str, service_accounts: &BTreeSet<String>) -> Result<String, Violation> {
    Ok(policies::of_statements(&[statement(oidc_provider_arn, service_accounts)?]))
}

/// The one statement of that policy.
///
/// # Errors
/// As for [`trust_policy`].
pub(super) fn statement(oidc_provider_arn: &str, service_accounts: &BTreeSet<String>) -> Result<Json, Violation> {
    let issuer = issuer(oidc_provider_arn)?;
    service_accounts.iter().try_for_each(|account| service_account(account))?;
    let subjects: Vec<String> = service_accounts.iter().map(|account| format!("{SUBJECT}{account}")).collect();
    Ok(json!({
        "Effect": "Allow",
        "Principal": { "Federated": oidc_provider_arn },
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {
            "StringEquals": {
                format!("{issuer}:aud"): AUDIENCE,
                format!("{issuer}:sub"): subjects,
            },
        },
    }))
}

/// The OIDC provider and the service accounts that a trust policy names, whoever wrote it; `None` where it names none.
pub(super) fn trusted_by(policy: &str) -> Option<(String, BTreeSet<String>)> {
    policies::read_statements(policy).iter().find_map(|statement| {
        let provider = policies::texts(&statement["Principal"]["Federated"]).find(|arn| issuer(arn).is_ok())?;
        let subject = format!("{}:sub", issuer(&provider).ok()?);
        let conditions = ["StringEquals", "StringLike"].map(|operator| &statement["Condition"][operator][&subject]);
        let accounts = conditions.into_iter().flat_map(policies::texts);
        let accounts = accounts.filter_map(|account| account.strip_prefix(SUBJECT).map(str::to_owned));
        let accounts: BTreeSet<String> = accounts.filter(|account| service_account(account).is_ok()).collect();
        (!accounts.is_empty()).then_some((provider, accounts))
    })
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

#[cfg(test)]
mod tests {
    use super::*;

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
    fn policies_read_back() {
        let accounts = set(&["ci:builder", "ci:deployer"]);
        let policy = trust_policy(PROVIDER, &accounts).expect("a policy");
        assert_eq!(trusted_by(&policy), Some((PROVIDER.to_owned(), accounts)));
        let by_hand = format!(
            r#"{{"Statement":{{"Effect":"Allow","Principal":{{"Federated":"{PROVIDER}"}},"Action":"sts:AssumeRoleWithWebIdentity",
            "Condition":{{"StringEquals":{{"{ISSUER}:sub":"system:serviceaccount:ci:builder"}}}}}}}}"#
        );
        assert_eq!(trusted_by(&by_hand), Some((PROVIDER.to_owned(), set(&["ci:builder"]))));
        assert_eq!(trusted_by("{}"), None);
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
    }
}
