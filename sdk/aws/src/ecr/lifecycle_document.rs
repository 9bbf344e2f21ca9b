//! Lifecycle policy documents: the one we write, and what two documents have in common.
//!
//! Source: Amazon ECR User Guide, "Lifecycle policy properties".

use rosa_ecr_model::{Diagnostic, Path, Term};
use serde_json::{Value as Json, json};

/// How long untagged images stay, and how many tagged ones do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Retention {
    /// Days after which an untagged image expires: 1 or more.
    pub untagged_days: i64,
    /// The newest tagged images that stay: 1 or more.
    pub keep_count: i64,
}

impl Retention {
    /// The policy text. The count is of tagged images only: with `tagStatus: any`, a row of untagged images would push
    /// tagged ones out.
    pub(crate) fn document(self) -> String {
        let untagged = json!({
            "rulePriority": 1,
            "description": format!("Untagged images expire after {} days", self.untagged_days),
            "selection": {
                "tagStatus": "untagged",
                "countType": "sinceImagePushed",
                "countUnit": "days",
                "countNumber": self.untagged_days,
            },
            "action": { "type": "expire" },
        });
        let tagged = json!({
            "rulePriority": 2,
            "description": format!("The newest {} tagged images stay", self.keep_count),
            "selection": {
                "tagStatus": "tagged",
                "tagPatternList": ["*"],
                "countType": "imageCountMoreThan",
                "countNumber": self.keep_count,
            },
            "action": { "type": "expire" },
        });
        json!({ "rules": [untagged, tagged] }).to_string()
    }

    /// Reads a document of the shape that [`document`](Self::document) writes, whatever its numbers; `None` where it
    /// is any other.
    pub(crate) fn of(document: &str) -> Option<Self> {
        let parsed: Json = serde_json::from_str(document).ok()?;
        let number = |priority: i64| {
            let mut rules = parsed["rules"].as_array()?.iter();
            rules.find(|rule| rule["rulePriority"] == priority)?["selection"]["countNumber"].as_i64()
        };
        let retention = Self { untagged_days: number(1)?, keep_count: number(2)? };
        same(&retention.document(), document).then_some(retention)
    }
}

/// Whether two documents mean the same: rules in the order of their priority, lists of tags without order, empty ones,
/// spelling and layout aside. Fields that nobody knows yet count.
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
        }
    }
    Some(document)
}

/// The rule for a policy text: JSON with rules.
pub(crate) fn check(text: &str) -> Result<(), rosa_ecr_model::Violation> {
    use rosa_ecr_model::Violation;
    match serde_json::from_str::<Json>(text) {
        Err(error) => Err(Violation::rule(format!("It must be JSON: {error}.")).fix(Term::WriteJson)),
        Ok(document) if document["rules"].as_array().is_none_or(Vec::is_empty) => {
            Err(Violation::rule("It must be an object with a list \"rules\" that is not empty."))
        }
        Ok(_) => Ok(()),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    const RETENTION: Retention = Retention { untagged_days: 14, keep_count: 30 };

    #[test]
    fn untagged_images_never_push_tagged_ones_out() {
        let document: Json = serde_json::from_str(&RETENTION.document()).expect("JSON");
        for rule in document["rules"].as_array().expect("rules") {
            assert_ne!(rule["selection"]["tagStatus"], "any");
        }
        assert_eq!(document["rules"][1]["selection"]["tagPatternList"], json!(["*"]));
    }

    #[test]
    fn a_document_reads_back() {
        assert_eq!(Retention::of(&RETENTION.document()), Some(RETENTION));
        let pretty: Json = serde_json::from_str(&RETENTION.document()).expect("JSON");
        assert_eq!(Retention::of(&serde_json::to_string_pretty(&pretty).expect("text")), Some(RETENTION));
        assert_eq!(Retention::of(r#"{"rules":[]}"#), None);
    }

    #[test]
    fn order_and_layout_mean_nothing_but_unknown_fields_do() {
        let one = r#"{"rules":[{"rulePriority":2,"selection":{"tagPrefixList":["b","a"]}},{"rulePriority":1}]}"#;
        let two = r#"{ "rules": [{"rulePriority":1},{"selection":{"tagPrefixList":["a","b"]},"rulePriority":2}] }"#;
        assert!(same(one, two));
        assert!(!same(one, &two.replace("\"rulePriority\":1", "\"rulePriority\":1,\"later\":true")));
    }

    #[test]
    fn a_list_of_nothing_is_none() {
        let one = r#"{"rules":[{"selection":{"tagStatus":"untagged","tagPrefixList":[],"tagPatternList":[]}}]}"#;
        let two = r#"{"rules":[{"selection":{"tagStatus":"untagged"}}]}"#;
        assert!(same(one, two) && same(two, one));
        assert!(!same(two, &two.replace("\"untagged\"", "\"untagged\",\"tagPrefixList\":[\"a\"]")));
    }
}
