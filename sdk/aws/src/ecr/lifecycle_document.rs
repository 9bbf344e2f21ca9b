//! Lifecycle policy documents: the one we write, and what two documents have in common.
//!
//! Source: Amazon ECR User Guide, "Lifecycle policy properties" and "Lifecycle policy evaluation rules".

use rosa_ecr_model::{Diagnostic, Diagnostics, Known, Path, Term, Violation};
use serde_json::{Value as Json, json};

mod rules;

pub(crate) use rules::broken;

/// How long untagged images stay, and how many tagged ones do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Retention {
    /// Days after which an untagged image expires: 1 or more.
    pub untagged_days: i64,
    /// The newest tagged images that stay, of each pattern: 1 or more.
    pub keep_count: i64,
    /// The tags that are counted, such as `v*`; all without any.
    pub tag_patterns: Option<Vec<String>>,
}

/// The pattern that every tag is like.
const EVERY_TAG: &str = "*";

impl Retention {
    /// What the arguments of a resource ask for; `None` if they ask for nothing.
    pub(crate) fn wanted(
        untagged_days: Option<i64>,
        keep_count: Option<i64>,
        tag_patterns: Option<&[String]>,
    ) -> Option<Self> {
        let (untagged_days, keep_count) = untagged_days.zip(keep_count)?;
        Some(Self { untagged_days, keep_count, tag_patterns: tag_patterns.map(<[String]>::to_vec) })
    }

    /// The policy text. The count is of tagged images only: with `tagStatus: any`, a row of untagged images would push
    /// tagged ones out. Each pattern has a rule of its own: ECR takes a list for what an image has to have all of.
    pub(crate) fn document(&self) -> String {
        let mut rules = vec![json!({
            "rulePriority": 1,
            "description": format!("Untagged images expire after {} days", self.untagged_days),
            "selection": {
                "tagStatus": "untagged",
                "countType": "sinceImagePushed",
                "countUnit": "days",
                "countNumber": self.untagged_days,
            },
            "action": { "type": "expire" },
        })];
        let every = [EVERY_TAG.to_owned()];
        for (pattern, priority) in self.tag_patterns.as_deref().unwrap_or(&every).iter().zip(2..) {
            let images =
                if pattern == EVERY_TAG { "tagged images".to_owned() } else { format!("images tagged {pattern}") };
            rules.push(json!({
                "rulePriority": priority,
                "description": format!("The newest {} {images} stay", self.keep_count),
                "selection": {
                    "tagStatus": "tagged",
                    "tagPatternList": [pattern],
                    "countType": "imageCountMoreThan",
                    "countNumber": self.keep_count,
                },
                "action": { "type": "expire" },
            }));
        }
        json!({ "rules": rules }).to_string()
    }

    /// Reads a document of the shape that [`document`](Self::document) writes, whatever its numbers and patterns; `None` where
    /// it is any other.
    pub(crate) fn of(document: &str) -> Option<Self> {
        let mut parsed: Json = serde_json::from_str(document).ok()?;
        let rules = parsed["rules"].as_array_mut()?;
        rules.sort_by_key(|rule| rule["rulePriority"].as_i64());
        let number = |rule: &Json| rule["selection"]["countNumber"].as_i64();
        let pattern = |rule: &Json| rule["selection"]["tagPatternList"][0].as_str().map(str::to_owned);
        let (untagged, tagged) = rules.split_first()?;
        let patterns: Vec<String> = tagged.iter().map(pattern).collect::<Option<_>>()?;
        let retention = Self {
            untagged_days: number(untagged)?,
            keep_count: number(tagged.first()?)?,
            tag_patterns: Some(patterns).filter(|patterns| *patterns != [EVERY_TAG]),
        };
        same(&retention.document(), document).then_some(retention)
    }
}

/// Whether two documents mean the same: rules in the order of their priority, lists of tags without order, empty ones,
/// the default storage class, spelling and layout aside. Unknown fields count.
pub(crate) fn same(one: &str, other: &str) -> bool {
    match (meaning(one), meaning(other)) {
        (Some(one), Some(other)) => one == other,
        _ => one == other,
    }
}

fn meaning(document: &str) -> Option<Json> {
    let mut document: Json = serde_json::from_str(document).ok()?;
    let rules = document.get_mut("rules").and_then(Json::as_array_mut);
    for rules in rules.into_iter() {
        rules.sort_by_key(|rule| rule["rulePriority"].as_i64());
        for rule in rules.iter_mut() {
            let Some(selection) = rule.get_mut("selection").and_then(Json::as_object_mut) else { continue };
            for list in ["tagPrefixList", "tagPatternList"] {
                if let Some(tags) = selection.get_mut(list).and_then(Json::as_array_mut) {
                    tags.sort_by_key(Json::to_string);
                    tags.dedup();
                }
                if selection.get(list).and_then(Json::as_array).is_some_and(Vec::is_empty) {
                    selection.remove(list);
                }
            }
            if selection.get("storageClass").is_some_and(|class| *class == *rules::STANDARD) {
                selection.remove("storageClass");
            }
        }
    }
    Some(document)
}

/// The rule for a policy text: JSON with rules. What is wrong with the rules is for [`broken`] to say.
pub(crate) fn check(text: &str) -> Result<(), Violation> {
    match serde_json::from_str::<Json>(text) {
        Err(error) => Err(Violation::rule(format!("It must be JSON: {error}.")).fix(Term::WriteJson)),
        Ok(document) if document["rules"].as_array().is_none_or(Vec::is_empty) => {
            Err(Violation::rule("It must be an object with a list \"rules\" that is not empty."))
        }
        Ok(_) => Ok(()),
    }
}

/// The rules for the arguments that a policy is made of: a text, or the numbers of a retention. One of them `is_required`.
pub(crate) fn check_arguments(
    numbers: (Known<Option<i64>>, Known<Option<i64>>),
    tag_patterns: &Known<Option<Vec<String>>>,
    policy: &Known<Option<String>>,
    is_required: bool,
    report: &mut Diagnostics,
) {
    let (untagged_days, keep_count) = numbers;
    if let Known::Now(((days, count), patterns)) = untagged_days.zip(keep_count).zip(tag_patterns.clone())
        && let Known::Now(policy) = policy
    {
        // Both numbers write a policy: one that means something else stands beside them. One that means the same may
        // be there, because Terraform writes down both where it generates configuration by itself.
        let written = Retention::wanted(days, count, patterns.as_deref()).map(|retention| retention.document());
        let own = policy.as_ref().filter(|policy| written.as_ref().is_none_or(|written| !same(written, policy)));
        if written.is_some() && own.is_some() {
            report.push(contradictory("policy".into()));
        } else if patterns.is_some() && days.is_none() && count.is_none() {
            report.push(uncounted("tag_patterns".into()));
        } else if days.is_some() != count.is_some() || is_required && days.is_none() && own.is_none() {
            report.push(incomplete("policy".into()));
        }
    }
    if let Known::Now(Some(patterns)) = tag_patterns {
        report.extend(repeated(patterns, "tag_patterns".into()));
    }
    if let Known::Now(Some(policy)) = policy {
        report.extend(broken(policy, "policy"));
    }
}

/// The rule for a pattern of tags.
///
/// Source: Amazon ECR User Guide, "Lifecycle policy properties"; the characters are those of a tag (OCI distribution
/// specification).
pub(crate) fn check_pattern(pattern: &str) -> Result<(), Violation> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_.-*".contains(c);
    let fits = (1..=128).contains(&pattern.len()) && pattern.chars().all(allowed);
    if fits && pattern.matches('*').count() <= rules::MOST_WILDCARDS {
        return Ok(());
    }
    Err(Violation::rule(
        "It has from 1 to 128 letters, digits, '_', '.', '-', and at most four '*', which stand for anything.",
    )
    .fix("Write it like \"v*\" or \"release-*\"."))
}

/// A pattern that is there twice: its second rule would be about no image.
pub(crate) fn repeated(patterns: &[String], path: Path) -> Option<Diagnostic> {
    let place = (1..patterns.len()).find(|place| patterns[..*place].contains(&patterns[*place]))?;
    Some(
        Diagnostic::error("One pattern of tags twice")
            .detail(format!(
                "\"{}\" is there more than once, and an image is up to the first pattern that fits.",
                patterns[place]
            ))
            .fix("Leave it out.")
            .at(path.index(place)),
    )
}

/// A policy beside numbers that say something else.
pub(crate) fn contradictory(path: Path) -> Diagnostic {
    Diagnostic::error("Two lifecycle policies")
        .detail("untagged_days and keep_count write a policy, and policy has another one.")
        .fix("Remove policy to have what the numbers say, or remove both numbers.")
        .at(path)
}

/// Numbers of a retention that belong together.
pub(crate) fn incomplete(path: Path) -> Diagnostic {
    Diagnostic::error("Half a lifecycle policy")
        .detail("A lifecycle policy is either a JSON text in policy, or both untagged_days and keep_count.")
        .fix("Set untagged_days and keep_count, or policy alone.")
        .at(path)
}

/// Patterns that no count goes with.
pub(crate) fn uncounted(path: Path) -> Diagnostic {
    Diagnostic::error("Patterns of tags without a count")
        .detail("tag_patterns says which images keep_count is about, and keep_count is not set.")
        .fix("Set untagged_days and keep_count, too. In policy, tagPatternList of a rule says the same.")
        .at(path)
}

#[cfg(test)]
mod tests;
