//! What inputs of a push role must be, and what follows from them.

use rosa_ecr_model::{Diagnostic, Diagnostics, Known, Path, Violation};
use sha2::{Digest as _, Sha256};

use super::calls::ObservedPushRole;
use super::{PushRole, PushRolePartial, observation};
use crate::iam::push_policy::{Pushes, repository_arn};
use crate::iam::role_trust::Trust;
use crate::iam::{names, policy_document as policies};
use crate::tags;

/// The description of a new role if none is set.
const DESCRIPTION: &str = "Pushes images from build pipelines; made by rosa-ecr.";

/// How many characters complete a prefix.
const SUFFIX: usize = 14;

/// Completes name and description: they have a default that the configuration does not show.
pub(super) fn resolve(config: &PushRolePartial, inputs: &mut PushRolePartial) {
    if config.description == Known::Now(None) && inputs.description == Known::Later {
        inputs.description = Known::Now(Some(DESCRIPTION.to_owned()));
    }
    if config.name != Known::Now(None) {
        return;
    }
    let keeps = |prefix: &str| matches!(&inputs.name, Known::Now(Some(name)) if name.starts_with(prefix));
    inputs.name = match &inputs.name_prefix {
        Known::Now(Some(prefix)) if keeps(prefix) => return,
        Known::Now(Some(prefix)) => {
            let purpose = observation::trust(inputs).zip(observation::pushes(inputs)).zip(inputs.path.clone());
            purpose.map(|((trust, pushes), path)| Some(named(prefix, &trust, &pushes, &path)))
        }
        Known::Now(None) => Known::Now(None),
        Known::Later => Known::Later,
    };
}

/// A name for a role with that prefix and purpose: always the same one.
fn named(prefix: &str, trust: &Trust, pushes: &Pushes, path: &str) -> String {
    let purpose = format!("{}\n{}\n{path}", trust.policy().unwrap_or_default(), pushes.policy());
    let digest = Sha256::digest(purpose.as_bytes());
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{prefix}{}", &hex[..SUFFIX])
}

/// Whether a role that was made from a prefix is by now for something else than these inputs: another declaration has it.
pub(super) fn is_of_another(inputs: &PushRolePartial, found: &ObservedPushRole) -> bool {
    let (Known::Now(Some(_)), Known::Now(trust), Known::Now(pushes)) =
        (&inputs.name_prefix, observation::trust(inputs), observation::pushes(inputs))
    else {
        return false;
    };
    let trusts_others = trust.policy().is_ok_and(|trust| !policies::same(&trust, &found.trust_policy));
    let pushes_elsewhere = found.push_policy.as_deref().is_some_and(|push| !policies::same(&pushes.policy(), push));
    trusts_others || pushes_elsewhere
}

impl PushRole {
    /// The inputs with what follows from others, where the plan did not know it.
    pub(super) fn completed(mut self) -> Self {
        if let (None, Some(prefix)) = (&self.name, &self.name_prefix) {
            self.name = Some(named(prefix, &self.trust(), &self.pushes(), &self.path));
        }
        self.description.get_or_insert_with(|| DESCRIPTION.to_owned());
        self
    }
}

/// Rules that need more than one input.
pub(super) fn validate(inputs: &PushRolePartial, report: &mut Diagnostics) {
    tags::check_number(&inputs.tags, tags::OWN_TAGS, report);
    check_name(inputs, report);
    check_trust(inputs, report);
    if let (Known::Now(false), Known::Now(arns)) = (&inputs.create_repositories, &inputs.repository_arns) {
        for arn in arns.iter().filter(|arn| arn.ends_with('*')) {
            let Err(violation) = repository_arn(arn) else { continue };
            report.push(
                Diagnostic::error("Repositories by prefix are for roles that make repositories")
                    .detail(format!("repository_arns has \"{arn}\". {}", violation.rule))
                    .fix(format!("{} Or set create_repositories = true.", violation.fix))
                    .at("repository_arns"),
            );
        }
    }
}

/// Source: behaviour of the AWS provider's `aws_iam_role`.
fn check_name(inputs: &PushRolePartial, report: &mut Diagnostics) {
    match (&inputs.name, &inputs.name_prefix) {
        (Known::Now(None), Known::Now(None)) => report.push(
            Diagnostic::error("A role needs a name")
                .detail("Neither name nor name_prefix is set.")
                .fix("Set one of them.")
                .at("name"),
        ),
        (Known::Now(Some(name)), Known::Now(Some(prefix))) if !name.starts_with(prefix.as_str()) => report.push(
            Diagnostic::error("Two names for a role")
                .detail(format!("name is \"{name}\", and name_prefix is \"{prefix}\"."))
                .fix("Remove one of them.")
                .at("name_prefix"),
        ),
        _ => {}
    }
}

fn check_trust(inputs: &PushRolePartial, report: &mut Diagnostics) {
    let Known::Now(Trust { oidc_provider_arn, service_accounts, principals }) = observation::trust(inputs) else {
        return;
    };
    let (is_provider, has_accounts) = (oidc_provider_arn.is_some(), !service_accounts.is_empty());
    let (there, missing) =
        if is_provider { ("oidc_provider_arn", "service_accounts") } else { ("service_accounts", "oidc_provider_arn") };
    if is_provider != has_accounts {
        report.push(
            Diagnostic::error("Half a trust in service accounts")
                .detail(format!(
                    "{there} is set and {missing} is not: one says which cluster, the other which of its pods."
                ))
                .fix(format!("Set {missing}, or remove {there}."))
                .at(Path::from(missing)),
        );
    } else if !is_provider && principals.is_empty() {
        report.push(
            Diagnostic::error("Nobody may have the role")
                .detail("Neither service_accounts with an oidc_provider_arn nor trusted_principals are set.")
                .fix("Set oidc_provider_arn and service_accounts for pods of a cluster, or trusted_principals for others.")
                .at("service_accounts"),
        );
    }
}

/// Source: IAM API Reference, `CreateRole`, `RoleName`: 64 characters, of which some complete the prefix.
pub(super) fn name_prefix(prefix: &str) -> Result<(), Violation> {
    let longest = 64 - SUFFIX;
    if prefix.len() > longest {
        return Err(Violation::rule(format!("The prefix of a role's name has from 1 to {longest} characters.")));
    }
    names::role_name(prefix)
}

/// Source: IAM API Reference, `CreateRole`, `Description`.
pub(super) fn description(text: &str) -> Result<(), Violation> {
    let allowed = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{a1}'..='\u{ff}');
    if text.chars().count() <= 1000 && text.chars().all(allowed) {
        return Ok(());
    }
    Err(Violation::rule("A description has at most 1000 characters of Latin-1."))
}

/// Source: IAM API Reference, `CreateRole`, `Path`.
pub(super) fn path(path: &str) -> Result<(), Violation> {
    let is_path = path == "/"
        || (path.len() > 2
            && path.len() <= 512
            && path.starts_with('/')
            && path.ends_with('/')
            && path.chars().all(|c| c.is_ascii_graphic()));
    if is_path {
        return Ok(());
    }
    let violation = Violation::rule("A path begins and ends with '/' and has at most 512 characters of ASCII.");
    let trimmed = path.trim_matches('/');
    if trimmed.is_empty() { Err(violation) } else { Err(violation.fix(format!("Write it as \"/{trimmed}/\"."))) }
}

/// The ARN of a policy, or nothing.
pub(super) fn boundary(arn: &str) -> Result<(), Violation> {
    let fields: Vec<&str> = arn.splitn(6, ':').collect();
    match fields[..] {
        [""] => Ok(()),
        ["arn", partition, "iam", "", account, policy]
            if partition.starts_with("aws")
                && (account == "aws" || crate::rules::is_account(account))
                && policy.strip_prefix("policy/").is_some_and(|name| !name.is_empty()) =>
        {
            Ok(())
        }
        _ => Err(Violation::rule("It must be the ARN of a policy: arn:<partition>:iam::<account>:policy/<name>.")
            .fix("`aws iam list-policies --scope Local` prints those of the account.")),
    }
}
