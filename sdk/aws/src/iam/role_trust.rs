//! Who may have a push role: pods of service accounts, and principals of IAM.
//!
//! Sources: IAM User Guide, "AWS JSON policy elements: Principal" (a role, a user, or an account as the ARN of its root; in a
//! trust policy an account stands for every principal of it that its own policies allow to assume the role).

use std::collections::BTreeSet;

use rosa_ecr_model::Violation;
use serde_json::json;

use super::{irsa, policy_document as policies};
use crate::rules;

/// Whom a role trusts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Trust {
    /// ARN of a cluster's OIDC provider.
    pub oidc_provider_arn: Option<String>,
    /// Service accounts of that cluster.
    pub service_accounts: BTreeSet<String>,
    /// ARNs of roles, users and accounts.
    pub principals: BTreeSet<String>,
}

impl Trust {
    /// The policy.
    ///
    /// # Errors
    /// Where a service account is none, or the provider none.
    pub fn policy(&self) -> Result<String, Violation> {
        let mut statements = Vec::new();
        if let Some(provider) = &self.oidc_provider_arn {
            statements.push(irsa::statement(provider, &self.service_accounts)?);
        }
        if !self.principals.is_empty() {
            let principal = json!({ "AWS": self.principals });
            statements.push(json!({ "Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole" }));
        }
        Ok(policies::of_statements(&statements))
    }

    /// Whom a policy names, no matter what wrote it.
    pub fn of(policy: &str) -> Self {
        let (oidc_provider_arn, service_accounts) =
            irsa::trusted_by(policy).map_or((None, BTreeSet::new()), |(provider, accounts)| (Some(provider), accounts));
        let statements = policies::read_statements(policy);
        let assume = statements.iter().filter(|statement| {
            let conditional = !statement["Condition"].is_null();
            let is_assume = policies::texts(&statement["Action"]).any(|action| action == "sts:AssumeRole");
            statement["Effect"] == "Allow" && is_assume && !conditional
        });
        let named = assume.flat_map(|statement| policies::texts(&statement["Principal"]["AWS"]));
        let principals = named.filter(|arn| principal(arn).is_ok()).collect();
        Self { oidc_provider_arn, service_accounts, principals }
    }

    /// Whether it names no one.
    pub fn is_empty(&self) -> bool {
        self.oidc_provider_arn.is_none() && self.principals.is_empty()
    }
}

/// The rule for the ARN of a principal that may have the role.
///
/// # Errors
/// Where it is something else.
pub(super) fn principal(arn: &str) -> Result<(), Violation> {
    let rule = "It must be the ARN of a role, a user or an account: arn:<partition>:iam::<account>:role/<name>, \
                arn:<partition>:iam::<account>:user/<name> or arn:<partition>:iam::<account>:root.";
    let fields: Vec<&str> = arn.splitn(6, ':').collect();
    let fix = match fields[..] {
        _ if rules::is_account(arn) => format!("Write it as \"arn:aws:iam::{arn}:root\", in the account's partition."),
        ["arn", partition, "iam", "", account, named] if partition.starts_with("aws") && rules::is_account(account) => {
            let is_name =
                |kind: &str| named.strip_prefix(kind).is_some_and(|name| !name.is_empty() && !name.ends_with('/'));
            let is_exact = !named.contains(['*', '?']) && named.chars().all(|c| c.is_ascii_graphic());
            if is_exact && (named == "root" || is_name("role/") || is_name("user/")) {
                return Ok(());
            }
            if named.contains('*') {
                "Name each of them: IAM takes no wildcard here.".to_owned()
            } else {
                String::new()
            }
        }
        ["arn", partition, "sts", "", account, named] if named.starts_with("assumed-role/") => {
            let role = named.split('/').nth(1).unwrap_or_default();
            format!(
                "This is a session of a role. Name the role: \"arn:{partition}:iam::{account}:role/{role}\", with its path."
            )
        }
        _ => String::new(),
    };
    Err(Violation::rule(rule).fix(fix))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROVIDER: &str = "arn:aws:iam::123456789012:oidc-provider/rh-oidc.example.com/abc";
    const BASTION: &str = "arn:aws:iam::123456789012:role/ops/bastion";

    fn trust(pods: bool, principals: &[&str]) -> Trust {
        Trust {
            oidc_provider_arn: pods.then(|| PROVIDER.to_owned()),
            service_accounts: pods.then(|| "ci:builder".to_owned()).into_iter().collect(),
            principals: principals.iter().map(|arn| (*arn).to_owned()).collect(),
        }
    }

    #[test]
    fn policies_read_back() {
        let root = "arn:aws:iam::210987654321:root";
        for trust in [trust(true, &[]), trust(false, &[BASTION]), trust(true, &[BASTION, root])] {
            assert_eq!(Trust::of(&trust.policy().expect("a policy")), trust);
        }
        for nobody in ["{}", r#"{"Statement":{"Effect":"Deny","Action":"sts:AssumeRole","Principal":{"AWS":"*"}}}"#] {
            assert!(Trust::of(nobody).is_empty(), "{nobody}");
        }
    }

    #[test]
    fn of_pods_alone_it_is_the_policy_of_before() {
        let pods = trust(true, &[]);
        assert_eq!(pods.policy(), irsa::trust_policy(PROVIDER, &pods.service_accounts));
    }

    #[test]
    fn principals_are_named_one_by_one() {
        for good in [BASTION, "arn:aws-cn:iam::123456789012:user/a", "arn:aws:iam::123456789012:root"] {
            assert_eq!(principal(good), Ok(()), "{good}");
        }
        for (bad, way_out) in [
            ("123456789012", ":root\""),
            ("arn:aws:iam::123456789012:role/*", "no wildcard"),
            ("*", ""),
            ("arn:aws:iam::123456789012:group/a", ""),
            ("arn:aws:sts::123456789012:assumed-role/bastion/i-0", "\"arn:aws:iam::123456789012:role/bastion\""),
        ] {
            let violation = principal(bad).expect_err(bad);
            assert!(violation.fix.contains(way_out), "{bad}: {}", violation.fix);
        }
    }
}
