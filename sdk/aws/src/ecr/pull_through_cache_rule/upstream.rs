//! The registries that images can come from, and how ECR logs in to each.
//!
//! Sources: Amazon ECR API Reference, `CreatePullThroughCacheRule`; Amazon ECR User Guide, "Sync an upstream registry with an
//! Amazon ECR private registry" and "Creating a pull through cache rule"; for the host of Chainguard's registry, its
//! documentation.

use rosa_ecr_model::{Diagnostic, Violation};

use crate::functions::registry_of_host;

/// How ECR logs in to a registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Login<'a> {
    /// Not at all.
    None,
    /// With a secret.
    Secret,
    /// With a role, if the registry belongs to another account than this one.
    Role(&'a str),
}

impl<'a> Login<'a> {
    /// How it logs in to the registry at that host; `None` if it knows no such registry.
    fn to(host: &'a str) -> Option<Self> {
        match host {
            "public.ecr.aws" | "quay.io" | "registry.k8s.io" => Some(Self::None),
            "registry-1.docker.io" | "ghcr.io" | "registry.gitlab.com" | "cgr.dev" => Some(Self::Secret),
            _ => match (host.strip_suffix(".azurecr.io"), registry_of_host(host)) {
                (Some(name), _) if is_label(name) => Some(Self::Secret),
                (_, Some((account, _))) => Some(Self::Role(account)),
                _ => None,
            },
        }
    }
}

fn is_label(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

/// The rule for the host of the registry.
pub(super) fn check(host: &str) -> Result<(), Violation> {
    if Login::to(host).is_some() {
        return Ok(());
    }
    let rule = Violation::rule(
        "It must be the host of a registry that ECR can pull from: public.ecr.aws, quay.io, registry.k8s.io, \
         registry-1.docker.io, ghcr.io, registry.gitlab.com, cgr.dev, <name>.azurecr.io or \
         <account>.dkr.ecr.<region>.amazonaws.com.",
    );
    let lowered = host.to_ascii_lowercase();
    let bare = lowered.split_once("://").map_or(&*lowered, |(_, host)| host);
    let meant = match bare.split('/').next().unwrap_or(bare) {
        "docker.io" | "index.docker.io" | "hub.docker.com" | "registry.hub.docker.com" => "registry-1.docker.io",
        "k8s.gcr.io" => "registry.k8s.io",
        "gallery.ecr.aws" => "public.ecr.aws",
        "gitlab.com" => "registry.gitlab.com",
        other => other,
    };
    Err(if Login::to(meant).is_some() {
        let rest = if bare.trim_end_matches('/').contains('/') {
            " What follows it is for upstream_repository_prefix."
        } else {
            ""
        };
        rule.fix(format!("Write \"{meant}\".{rest}"))
    } else {
        rule
    })
}

/// The rule for the ARN of the secret.
pub(super) fn credential_arn(arn: &str) -> Result<(), Violation> {
    let rule = "It must be the ARN of a secret in AWS Secrets Manager whose name begins with \"ecr-pullthroughcache/\": \
                arn:<partition>:secretsmanager:<region>:<account>:secret:ecr-pullthroughcache/<name>.";
    let Some(name) = secret(arn).map(|(_, _, name)| name) else {
        return Err(Violation::rule(rule).fix("`aws secretsmanager list-secrets` shows it."));
    };
    let allowed = |c: char| c.is_ascii_alphanumeric() || "/_+=.@-".contains(c);
    match name.strip_prefix("ecr-pullthroughcache/") {
        Some(name) if !name.is_empty() && name.chars().all(allowed) && arn.len() <= 612 => Ok(()),
        _ => Err(Violation::rule(rule)
            .fix("ECR reads no other secrets. Store the login in one with such a name: a secret cannot be renamed.")),
    }
}

/// Region, account and name of a secret.
fn secret(arn: &str) -> Option<(&str, &str, &str)> {
    match arn.splitn(7, ':').collect::<Vec<_>>()[..] {
        ["arn", partition, "secretsmanager", region, account, "secret", name] if partition.starts_with("aws") => {
            Some((region, account, name))
        }
        _ => None,
    }
}

/// Why ECR cannot log in to the registry at that host without a secret.
pub(super) fn secret_missing(host: &str) -> Option<Diagnostic> {
    (Login::to(host) == Some(Login::Secret)).then(|| {
        Diagnostic::error(format!("{host} needs a login"))
            .detail(
                "ECR pulls from it only with a user name and an access token, which it reads from AWS Secrets Manager.",
            )
            .fix(
                "Set credential_arn to the ARN of a secret with username and accessToken, whose name begins with \
                 \"ecr-pullthroughcache/\".",
            )
            .at("credential_arn")
    })
}

/// Why ECR cannot read that secret.
pub(super) fn secret_elsewhere(arn: &str, account: &str, region: &str) -> Option<Diagnostic> {
    let (of_region, of_account, _) = secret(arn)?;
    (of_region != region || of_account != account).then(|| {
        Diagnostic::error("The secret is out of ECR's reach")
            .detail(format!(
                "It is in {of_region} of the account {of_account}, and the rule is in {region} of the account {account}."
            ))
            .fix("Name a secret in the account and region of the rule.")
            .at("credential_arn")
    })
}

/// Why ECR, in that account, cannot log in to the registry at that host without a role.
pub(super) fn role_missing(host: &str, account: &str) -> Option<Diagnostic> {
    match Login::to(host) {
        Some(Login::Role(other)) if other != account => Some(
            Diagnostic::error(format!("The registry of the account {other} needs a role"))
                .detail(format!("The rule is in the account {account}. ECR pulls from another account only as a role of its own."))
                .fix(format!(
                    "Set custom_role_arn to a role of the account {account} that pullthroughcache.ecr.amazonaws.com may assume, \
                     and that the other registry lets pull."
                ))
                .at("custom_role_arn"),
        ),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registries_that_ecr_knows() {
        for good in [
            "public.ecr.aws",
            "quay.io",
            "registry-1.docker.io",
            "contoso.azurecr.io",
            "210987654321.dkr.ecr.eu-west-1.amazonaws.com",
            "210987654321.dkr.ecr.cn-north-1.amazonaws.com.cn",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for bad in ["", "quay", ".azurecr.io", "gcr.io", "registry.redhat.io", "1.dkr.ecr.eu-west-1.amazonaws.com"] {
            assert_eq!(check(bad).expect_err(bad).fix.to_string(), "", "{bad}");
        }
        for (written, meant) in [
            ("https://quay.io", "Write \"quay.io\"."),
            ("docker.io", "Write \"registry-1.docker.io\"."),
            ("GHCR.io", "Write \"ghcr.io\"."),
            ("quay.io/team", "Write \"quay.io\". What follows it is for upstream_repository_prefix."),
        ] {
            assert_eq!(check(written).expect_err(written).fix.to_string(), meant);
        }
    }

    #[test]
    fn secrets_that_ecr_reads() {
        let named = |name: &str| format!("arn:aws-us-gov:secretsmanager:us-gov-west-1:123456789012:secret:{name}");
        assert_eq!(credential_arn(&named("ecr-pullthroughcache/docker-hub-AbCdEf")), Ok(()));
        let other = credential_arn(&named("docker-hub-AbCdEf")).expect_err("another name");
        assert!(other.fix.to_string().contains("cannot be renamed"), "{}", other.fix);
        for bad in ["", "docker-hub", "arn:aws:iam::123456789012:role/a", &named("ecr-pullthroughcache/")] {
            assert!(credential_arn(bad).is_err(), "{bad}");
        }
        let arn = named("ecr-pullthroughcache/a");
        assert_eq!(secret_elsewhere(&arn, "123456789012", "us-gov-west-1"), None);
        assert!(secret_elsewhere(&arn, "123456789012", "us-gov-east-1").is_some());
        assert!(secret_elsewhere(&arn, "210987654321", "us-gov-west-1").is_some());
    }

    #[test]
    fn who_needs_a_login() {
        assert_eq!(["quay.io", "registry.k8s.io", "nonsense"].map(secret_missing), [None, None, None]);
        for host in ["ghcr.io", "a.azurecr.io", "registry.gitlab.com"] {
            assert!(secret_missing(host).is_some(), "{host}");
        }
        let other = "210987654321.dkr.ecr.eu-west-1.amazonaws.com";
        assert!(role_missing(other, "123456789012").is_some());
        assert_eq!([role_missing(other, "210987654321"), role_missing("quay.io", "123456789012")], [None, None]);
    }
}
