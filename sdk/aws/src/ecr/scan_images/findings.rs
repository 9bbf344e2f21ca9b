//! Images, what their scans have found, and whether that is too much. Pure.

use std::collections::BTreeMap;
use std::fmt;

use rosa_ecr_model::{Diagnostic, Diagnostics};

use crate::ecr::repository::count;

/// From the least to the most severe. What ECR calls `UNDEFINED` or `UNTRIAGED` has no place among them.
const SEVERITIES: [&str; 5] = ["INFORMATIONAL", "LOW", "MEDIUM", "HIGH", "CRITICAL"];

/// An image to scan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ChosenImage {
    pub digest: String,
    pub tags: Vec<String>,
    pub chosen: Chosen,
}

/// Why it is scanned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Chosen {
    /// A tag or a digest says so.
    ByName,
    /// It is in the repository.
    AsOneOfAll,
}

impl ChosenImage {
    /// What a person calls it.
    pub(super) fn name(&self) -> String {
        if self.tags.is_empty() { self.digest.clone() } else { format!("{} ({})", self.digest, self.tags.join(", ")) }
    }
}

/// What came of the scan of an image.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Outcome {
    /// What it found.
    Complete(Findings),
    /// It could not be scanned: ECR does not know its type, or its operating system.
    Unsupported(String),
    /// The scan broke off.
    Failed(String),
    /// It was deleted meanwhile.
    Gone,
}

/// How many vulnerabilities a scan found, by severity.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Findings(BTreeMap<String, i64>);

impl Findings {
    pub(super) fn new(counts: BTreeMap<String, i64>) -> Self {
        Self(counts)
    }

    /// Those of that severity and higher ones.
    fn from(&self, severity: &str) -> Self {
        let from = rank(severity);
        Self(self.0.iter().filter(|(found, count)| rank(found) >= from && **count > 0).map(owned).collect())
    }
}

fn owned((severity, count): (&String, &i64)) -> (String, i64) {
    (severity.clone(), *count)
}

/// The place of a severity; `None`, which is below all, if it has none.
fn rank(severity: &str) -> Option<usize> {
    SEVERITIES.iter().position(|name| *name == severity)
}

/// The most severe ones first: "1 CRITICAL, 3 LOW".
impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut found: Vec<(&String, &i64)> = self.0.iter().filter(|(_, count)| **count > 0).collect();
        if found.is_empty() {
            return f.write_str("no findings");
        }
        found.sort_by_key(|(severity, _)| std::cmp::Reverse(rank(severity)));
        let found: Vec<String> = found.into_iter().map(|(severity, count)| format!("{count} {severity}")).collect();
        f.write_str(&found.join(", "))
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Complete(findings) => findings.fmt(f),
            Self::Unsupported(why) => write!(f, "cannot be scanned: {why}"),
            Self::Failed(why) => write!(f, "the scan failed: {why}"),
            Self::Gone => f.write_str("it is gone"),
        }
    }
}

/// Warnings, and errors: findings of that severity or a higher one, and images about which nothing is known.
pub(super) fn judged(
    repository: &str,
    outcomes: &[(ChosenImage, Outcome)],
    fail_on: Option<&str>,
) -> (Diagnostics, Diagnostics) {
    let (mut warnings, mut errors) = (Diagnostics::default(), Diagnostics::default());
    let reported = |is_told: fn(&Outcome) -> bool| -> Vec<String> {
        let reported = outcomes.iter().filter(|(_, outcome)| is_told(outcome));
        reported.map(|(image, outcome)| format!("{}: {outcome}.", image.name())).collect()
    };
    let broken = reported(|outcome| matches!(outcome, Outcome::Failed(_)));
    if !broken.is_empty() {
        errors.push(
            Diagnostic::error(format!("Scans of {} of {repository} failed", count(broken.len())))
                .detail(broken.join("\n"))
                .fix("Invoke the action again: ECR may refuse it until 24 hours are over."),
        );
    }
    let unknown = reported(|outcome| matches!(outcome, Outcome::Unsupported(_)));
    if !unknown.is_empty() {
        let summary = format!("ECR cannot scan {} of {repository}", count(unknown.len()));
        let detail = unknown.join("\n");
        if fail_on.is_some() {
            let fix = "Name the images to scan in image_tags or image_digests, or remove fail_on.";
            errors.push(Diagnostic::error(summary).detail(detail).fix(fix).at("fail_on"));
        } else {
            warnings.push(Diagnostic::warning(summary).detail(detail));
        }
    }
    if let Some(severity) = fail_on {
        let severe = outcomes.iter().filter_map(|(image, outcome)| match outcome {
            Outcome::Complete(findings) => Some((image, findings.from(severity))),
            _ => None,
        });
        let severe: Vec<String> = severe
            .filter(|(_, findings)| !findings.0.is_empty())
            .map(|(image, findings)| format!("{}: {findings}.", image.name()))
            .collect();
        if !severe.is_empty() {
            errors.push(
                Diagnostic::error(format!(
                    "{} of {repository} with findings of {severity} or higher",
                    count(severe.len())
                ))
                .detail(severe.join("\n"))
                .fix("Push images without them, or set fail_on to a higher severity.")
                .at("fail_on"),
            );
        }
    }
    (warnings, errors)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found<const N: usize>(counts: [(&str, i64); N]) -> Outcome {
        Outcome::Complete(Findings(counts.map(|(severity, count)| (severity.to_owned(), count)).into()))
    }

    fn judge(outcome: Outcome, fail_on: Option<&str>) -> (usize, String) {
        let image = ChosenImage { digest: "d".to_owned(), tags: vec!["v1".to_owned()], chosen: Chosen::ByName };
        let (warnings, errors) = judged("team/app", &[(image, outcome)], fail_on);
        (warnings.iter().count(), errors.to_string())
    }

    #[test]
    fn findings_are_told_from_the_most_severe_on() {
        let all = found([("LOW", 3), ("CRITICAL", 1), ("UNDEFINED", 2), ("HIGH", 0)]);
        assert_eq!(all.to_string(), "1 CRITICAL, 3 LOW, 2 UNDEFINED");
        assert_eq!(found([]).to_string(), "no findings");
    }

    #[test]
    fn only_what_is_severe_enough_fails() {
        assert_eq!(judge(found([("CRITICAL", 1)]), None), (0, String::new()));
        assert_eq!(judge(found([("MEDIUM", 1), ("UNDEFINED", 5)]), Some("HIGH")), (0, String::new()));
        let (_, failed) = judge(found([("HIGH", 2), ("CRITICAL", 1), ("LOW", 9)]), Some("HIGH"));
        assert!(failed.starts_with("error: 1 image of team/app with findings of HIGH or higher"), "{failed}");
        assert!(failed.contains("d (v1): 1 CRITICAL, 2 HIGH."), "{failed}");
        assert!(judge(found([("UNDEFINED", 1)]), Some("INFORMATIONAL")).1.is_empty());
    }

    #[test]
    fn what_nobody_knows_is_an_error_only_for_who_wants_to_know() {
        let unsupported = || Outcome::Unsupported("no operating system".to_owned());
        assert_eq!(judge(unsupported(), None), (1, String::new()));
        assert!(judge(unsupported(), Some("LOW")).1.contains("ECR cannot scan 1 image of team/app"));
        assert!(judge(Outcome::Failed("broken".to_owned()), None).1.contains("Scans of 1 image of team/app failed"));
        assert_eq!(judge(Outcome::Gone, Some("LOW")), (0, String::new()));
    }
}
