//! What a registry has one of for each prefix of repository names: creation templates and pull through cache rules.
//!
//! They carry no tags. Which object is a state's is recognised by the time at which it was made, and by what this run knows of claims.
//! A create that meets one takes it if it says the same.

pub(super) mod operations;

use rosa_ecr_model::{Call, Diagnostic, Diagnostics, IdentityAttribute, Known, Violation, import_command, text};

use super::document::changed_meanwhile;
use super::taking_over;
use crate::claims::{self, Mark};
use crate::provider::Aws;

/// The prefix in the identity of such an object.
pub(super) const IDENTITY: IdentityAttribute =
    IdentityAttribute { name: "prefix", description: "Prefix of the repository names.", required: true };

/// The prefix of every repository that no other prefix is for.
pub(super) const ROOT: &str = "ROOT";

/// A sort of such objects.
pub(super) struct ByPrefix {
    /// What it is.
    pub what: &'static str,
    /// The resource that has it.
    pub type_name: &'static str,
}

impl ByPrefix {
    /// The object as a person reads it. ECR adds a slash to a prefix that does not end with one.
    pub fn object(&self, prefix: &str, region: &str) -> String {
        format!("{} for {} in {region}", self.what, prefix.trim_end_matches('/'))
    }

    /// Says that there is none to import or to change.
    pub fn missing(&self, prefix: &str, region: &str) -> Diagnostic {
        Diagnostic::error(format!("There is no {}", self.object(prefix, region)))
            .fix("Check the prefix, and the region and account of the provider.")
    }

    /// What to say of an object that a create meets.
    pub fn met(&self, call: &Call<Aws>, prefix: &str, region: &str) -> Met {
        let object = self.object(prefix, region);
        let refused = Diagnostic::error(format!("The {object} exists already"))
            .detail("It says something else than this resource wants, so it is left alone.")
            .fix(text![
                "To manage it here, import it (`",
                import_command(self.type_name, prefix),
                "`) or set adopt_existing = true, which changes it. ",
                call.declaration().renaming(self.type_name),
            ])
            .at("prefix")
            .collision(&object);
        let adopted = Diagnostic::warning(format!("The {object} exists and is adopted"))
            .detail("adopt_existing is true: it is changed into what this resource wants.");
        Met { taken_over: taking_over(call, &object, self.type_name), adopted, refused }
    }
}

/// What to say of an object that a create meets.
#[derive(Clone, Debug)]
pub(super) struct Met {
    taken_over: Diagnostic,
    adopted: Diagnostic,
    refused: Diagnostic,
}

impl Met {
    /// What to warn of if the create takes it, because it says what is wanted or may be changed.
    ///
    /// # Errors
    /// If it does not.
    pub fn judged(&self, says_the_same: bool, adopt_existing: bool) -> Result<Diagnostic, Diagnostic> {
        match (says_the_same, adopt_existing) {
            (true, _) => Ok(self.taken_over.clone()),
            (false, true) => Ok(self.adopted.clone()),
            (false, false) => Err(self.refused.clone()),
        }
    }
}

/// For a change: that the object is the state's, or that the plan takes it over, and that nothing else has changed it since.
///
/// # Errors
/// If it is not.
pub(super) fn changes(
    call: &Call<Aws>,
    object: &str,
    recorded: Mark<'_>,
    found: Mark<'_>,
    is_known: bool,
) -> Result<(), Diagnostics> {
    claims::changes(call, object, recorded, found)?;
    if is_known || call.claim() != recorded.claim { Ok(()) } else { Err(changed_meanwhile(object).into()) }
}

/// The prefix of a creation template.
///
/// Source: Amazon ECR API Reference, `CreateRepositoryCreationTemplate`, `prefix`.
pub(super) fn template_prefix(prefix: &str) -> Result<(), Violation> {
    check(prefix, 1, 256)
}

/// The prefix of a pull through cache rule, or that of its upstream.
///
/// Source: Amazon ECR API Reference, `CreatePullThroughCacheRule`, `ecrRepositoryPrefix`.
pub(super) fn rule_prefix(prefix: &str) -> Result<(), Violation> {
    check(prefix, 2, 30)
}

fn check(prefix: &str, least: usize, most: usize) -> Result<(), Violation> {
    let fits = |prefix: &str| {
        let is_namespace = |prefix: &str| prefix.strip_suffix('/').unwrap_or(prefix).split('/').all(is_part);
        (least..=most).contains(&prefix.len()) && (prefix == ROOT || is_namespace(prefix))
    };
    if fits(prefix) {
        return Ok(());
    }
    let rule = format!(
        "A prefix is ROOT, or has from {least} to {most} characters: lowercase letters and digits, separated by single periods, \
         underscores or slashes, by two underscores, or by hyphens."
    );
    let lowered = prefix.to_ascii_lowercase();
    Err(Violation::rule(rule).fix(if prefix.eq_ignore_ascii_case(ROOT) {
        format!("For all repositories, write \"{ROOT}\".")
    } else if prefix.contains("://") || prefix.contains(".amazonaws.com") {
        "Give the prefix only, without the registry's host.".to_owned()
    } else if lowered != prefix && fits(&lowered) {
        format!("Write it in lowercase: \"{lowered}\".")
    } else {
        "Choose a prefix such as \"team\" or \"mirror/redhat\".".to_owned()
    }))
}

/// Whether it can stand between two slashes of a repository's name.
fn is_part(part: &str) -> bool {
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let mut separators = part.split(is_word).filter(|separator| !separator.is_empty());
    part.starts_with(is_word)
        && part.ends_with(is_word)
        && separators
            .all(|separator| matches!(separator, "." | "_" | "__") || separator.bytes().all(|byte| byte == b'-'))
}

/// Reports a role that ECR cannot assume: it has to be of the registry's account.
///
/// Source: Amazon ECR API Reference, `customRoleArn` of both.
pub(super) fn check_role(account: Option<&str>, role: &Known<Option<String>>, report: &mut Diagnostics) {
    if let (Some(account), Some(role)) = (account, role.now().and_then(Option::as_deref))
        && let Some(other) = claims::account_of(role).filter(|other| *other != account)
    {
        report.push(
            Diagnostic::error("The role belongs to another account")
                .detail(format!("{role} is in the account {other}, and the registry is in {account}."))
                .fix(format!("Name a role of the account {account}, which ECR can assume."))
                .at("custom_role_arn"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes() {
        for good in ["a", "prod", "prod/", "team/app", "a--b", "a__b.c/d-e", ROOT, &"a".repeat(256)] {
            assert_eq!(template_prefix(good), Ok(()), "{good}");
        }
        for bad in ["", "/", "a//b", "-a", "a_", "a..b", "a___b", "a b", "Prod", "Root", &"a".repeat(257)] {
            assert!(template_prefix(bad).is_err(), "{bad}");
        }
        assert!(rule_prefix("a").is_err() && rule_prefix(&"a".repeat(31)).is_err());
        let fix = |prefix| template_prefix(prefix).expect_err("wrong").fix.to_string();
        assert!(fix("Prod/App").contains("\"prod/app\""));
        assert!(fix("Root").contains("\"ROOT\""));
        assert!(fix("https://1.dkr.ecr.us-east-1.amazonaws.com/a").contains("without the registry's host"));
    }

    #[test]
    fn a_role_of_another_account_is_refused() {
        let role = Known::Now(Some("arn:aws:iam::210987654321:role/a".to_owned()));
        let of = |account| {
            let mut report = Diagnostics::new();
            check_role(account, &role, &mut report);
            report.has_errors()
        };
        assert_eq!([Some("123456789012"), Some("210987654321"), None].map(of), [true, false, false]);
    }
}
