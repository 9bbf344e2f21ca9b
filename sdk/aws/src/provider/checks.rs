//! Rules for single values of the provider block. An empty string means "not set", as in the AWS provider.

use std::path::Path;
use std::time::Duration;

use rosa_ecr_model::{Diagnostic, Term, Violation, parse_duration};

use super::http::is_http_url;
use crate::rules;

/// The name of a region.
pub(super) fn region(region: &str) -> Result<(), Violation> {
    rules::region(region).map_err(|violation| match &*violation.fix {
        "" => violation
            .fix("Correct it. For an emulator with region names of its own, set skip_region_validation = true."),
        _ => violation,
    })
}

/// The ARN of a role.
pub(super) fn role_arn(arn: &str) -> Result<(), Violation> {
    if arn.is_empty() { Ok(()) } else { rules::role_arn(arn) }
}

/// The ARN of a policy, be it AWS's own.
pub(super) fn policy_arn(arn: &str) -> Result<(), Violation> {
    rules::iam_arn(arn, "policy", "Give the policy's ARN: `aws iam list-policies` shows it.")
}

/// How long a session may last.
pub(super) fn session_duration(text: &str) -> Result<(), Violation> {
    let range = Duration::from_secs(15 * 60)..=Duration::from_secs(12 * 60 * 60);
    if text.is_empty() || parse_duration(text).is_some_and(|duration| range.contains(&duration)) {
        return Ok(());
    }
    Err(Violation::rule("It must be a duration from 15 minutes to 12 hours.")
        .fix("Write it like \"30m\", \"1h\" or \"2h45m\"."))
}

/// The name of a session, or a source identity.
pub(super) fn session_name(name: &str) -> Result<(), Violation> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    if name.is_empty() || ((2..=64).contains(&name.len()) && name.chars().all(allowed)) {
        return Ok(());
    }
    Err(Violation::rule("It must have from 2 to 64 letters, digits and characters of _+=,.@-."))
}

/// An IAM policy.
pub(super) fn policy_document(text: &str) -> Result<(), Violation> {
    if text.is_empty() {
        return Ok(());
    }
    let rule = |what: String| Violation::rule(what).fix(Term::WriteJson);
    match serde_json::from_str(text) {
        Ok(serde_json::Value::Object(_)) => Ok(()),
        Ok(_) => Err(rule("An IAM policy is a JSON object.".to_owned())),
        Err(error) => Err(rule(format!("An IAM policy is a JSON object, and this is no JSON: {error}."))),
    }
}

/// The URL of a service.
pub(super) fn endpoint(url: &str) -> Result<(), Violation> {
    if url.is_empty() || is_http_url(url) {
        return Ok(());
    }
    Err(Violation::rule("It must be a URL that starts with https:// or http://.")
        .fix("Write it like \"https://vpce-1.api.ecr.us-east-1.vpce.amazonaws.com\" or \"http://127.0.0.1:4566\"."))
}

/// The URL of a proxy.
pub(super) fn proxy(url: &str) -> Result<(), Violation> {
    if url.is_empty() || is_http_url(url) {
        return Ok(());
    }
    Err(Violation::rule("It must be the URL of a proxy that starts with http:// or https://.")
        .fix("Write it like \"http://proxy.example.com:3128\"."))
}

/// How retries wait.
pub(super) fn retry_mode(mode: &str) -> Result<(), Violation> {
    if ["", "standard", "adaptive"].contains(&mode) {
        return Ok(());
    }
    Err(Violation::rule("It must be standard or adaptive."))
}

/// What is wrong with the region that `source` names.
pub(super) fn invalid_region(region: &str, source: &str) -> Option<Diagnostic> {
    let violation = self::region(region).err()?;
    Some(
        Diagnostic::error("Invalid region")
            .detail(format!("{source} has the value {region:?}. {}", violation.rule))
            .fix(violation.fix)
            .at("region"),
    )
}

/// What is wrong with a file of certificates.
pub(super) fn unusable_certificates(path: &Path, problem: String) -> Diagnostic {
    Diagnostic::error("Unusable certificate authorities")
        .detail(problem)
        .fix(format!(
            "Make {} a file with at least one certificate in PEM form, or remove custom_ca_bundle (or AWS_CA_BUNDLE).",
            path.display()
        ))
        .at("custom_ca_bundle")
}
