//! What ECR demands of a lifecycle policy, as far as its text shows it.
//!
//! Sources: Amazon ECR User Guide, "Lifecycle policy properties", "Lifecycle policy evaluation rules", "Archiving an image" (90
//! days in archive), and "Amazon ECR service quotas" (50 rules); Amazon ECR API Reference, `PutLifecyclePolicy` (length). That
//! images are archived and not expired by their last pull is in the evaluation rules and, plainly, from the ECR team in
//! aws/containers-roadmap, issue 921. What is not written there is left for ECR to refuse.

use std::collections::{BTreeMap, BTreeSet};

use rosa_ecr_model::{Diagnostic, Path, suggest};
use serde_json::{Map, Value as Json};

/// Rules of a policy, at most.
pub(super) const MOST_RULES: usize = 50;
/// Wildcards of a pattern, at most.
pub(super) const MOST_WILDCARDS: usize = 4;
/// The storage class that a selection without one is about.
pub(super) const STANDARD: &str = "standard";

const ARCHIVE: &str = "archive";
const LONGEST: usize = 30_720;
/// Days that an image is in archive before a policy can delete it, at least.
const LEAST_ARCHIVED: i64 = 90;

const COUNT: &str = "imageCountMoreThan";
const PULLED: &str = "sinceImagePulled";
const TRANSITIONED: &str = "sinceImageTransitioned";
const COUNT_TYPES: [&str; 4] = [COUNT, "sinceImagePushed", PULLED, TRANSITIONED];

const IN_RULE: [&str; 4] = ["rulePriority", "description", "selection", "action"];
const IN_SELECTION: [&str; 7] =
    ["tagStatus", "tagPatternList", "tagPrefixList", "storageClass", "countType", "countUnit", "countNumber"];
const IN_ACTION: [&str; 2] = ["type", "targetStorageClass"];

/// Everything that is wrong with a policy that is JSON with rules.
pub(crate) fn broken(text: &str, path: impl Into<Path>) -> Vec<Diagnostic> {
    let Ok(document) = serde_json::from_str::<Json>(text) else { return Vec::new() };
    let Some(rules) = document["rules"].as_array() else { return Vec::new() };
    let mut report = Report { path: path.into(), found: Vec::new() };
    if text.chars().count() > LONGEST {
        report.whole(
            format!("It has {} characters, and ECR takes {LONGEST}.", text.chars().count()),
            "Shorten descriptions, or leave out white space.",
        );
    }
    if rules.len() > MOST_RULES {
        report.whole(
            format!("It has {} rules, and ECR takes {MOST_RULES}.", rules.len()),
            "Leave some out, or select the images of several rules by one pattern.",
        );
    }
    let rules: Vec<Rule<'_>> = rules.iter().enumerate().map(|(place, json)| Rule::of(json, place)).collect();
    for rule in &rules {
        rule.check(&mut report);
    }
    together(&rules, &mut report);
    report.found
}

struct Report {
    path: Path,
    found: Vec<Diagnostic>,
}

impl Report {
    fn whole(&mut self, detail: String, fix: &str) {
        self.found.push(Diagnostic::error("Invalid lifecycle policy").detail(detail).fix(fix).at(self.path.clone()));
    }

    fn push(&mut self, rule: &Rule<'_>, attribute: &str, detail: impl Into<String>, fix: impl Into<String>) {
        self.found.push(
            Diagnostic::error(format!("Invalid {attribute} in {}", rule.name))
                .detail(detail.into())
                .fix(fix.into())
                .at(self.path.clone()),
        );
    }
}

/// A rule of the policy, and what of it is of use.
struct Rule<'a> {
    /// What a person calls it.
    name: String,
    json: &'a Json,
    priority: Option<i64>,
    tag_status: &'a str,
    storage_class: &'a str,
    count_type: &'a str,
    action: &'a str,
}

impl<'a> Rule<'a> {
    fn of(json: &'a Json, place: usize) -> Self {
        let priority = json["rulePriority"].as_i64().filter(|priority| *priority > 0);
        let name = match priority {
            Some(priority) => format!("rule {priority} of the lifecycle policy"),
            None => format!("the rule at position {} of the lifecycle policy", place + 1),
        };
        let selection = &json["selection"];
        let text = |value: &'a Json| value.as_str().unwrap_or_default();
        Self {
            name,
            json,
            priority,
            tag_status: text(&selection["tagStatus"]),
            storage_class: selection["storageClass"].as_str().unwrap_or(STANDARD),
            count_type: text(&selection["countType"]),
            action: text(&json["action"]["type"]),
        }
    }

    fn check(&self, report: &mut Report) {
        let Some(rule) = self.json.as_object() else {
            return report.push(
                self,
                "value",
                "A rule is an object.",
                "Write it with rulePriority, selection and action.",
            );
        };
        self.names(rule, "", &IN_RULE, report);
        if self.priority.is_none() {
            report.push(
                self,
                "rulePriority",
                format!(
                    "rulePriority is {}. It is required, and a whole number from 1 on.",
                    shown(rule.get("rulePriority"))
                ),
                "Number the rules from 1: ECR applies the lowest number first.",
            );
        }
        if rule.get("description").is_some_and(|text| !text.is_string() && !text.is_null()) {
            report.push(self, "description", "description is a string.", "Quote it, or leave it out.");
        }
        for (name, known) in [("selection", &IN_SELECTION[..]), ("action", &IN_ACTION)] {
            match rule.get(name).filter(|value| !value.is_null()) {
                Some(Json::Object(entries)) => self.names(entries, name, known, report),
                Some(_) => {
                    report.push(self, name, format!("{name} is an object."), format!("Write it with {}.", known[0]))
                }
                None => report.push(self, name, format!("{name} is required."), format!("Add {name}.")),
            }
        }
        if let Some(selection) = rule.get("selection").and_then(Json::as_object) {
            self.tags(selection, report);
            self.count(selection, report);
        }
        if let Some(action) = rule.get("action").and_then(Json::as_object) {
            self.action(action, report);
        }
    }

    /// ECR refuses what it does not know, and null.
    fn names(&self, entries: &Map<String, Json>, within: &str, known: &[&'static str], report: &mut Report) {
        for (name, value) in entries {
            let full = if within.is_empty() { name.clone() } else { format!("{within}.{name}") };
            if !known.contains(&name.as_str()) {
                let meant = suggest(name, known.iter().copied());
                let fix = meant.map_or_else(
                    || format!("Remove it. There are {}.", known.join(", ")),
                    |meant| format!("Did you mean {meant}?"),
                );
                report.push(self, &full, format!("ECR knows no {full}."), fix);
            } else if value.is_null() {
                report.push(self, &full, format!("{full} is null, which ECR refuses."), "Set it, or leave it out.");
            }
        }
    }

    /// That the value is one of those that there are.
    fn one_of(&self, entries: &Map<String, Json>, within: &str, name: &str, known: &[&str], report: &mut Report) {
        let value = entries.get(name);
        if value.and_then(Json::as_str).is_some_and(|value| known.contains(&value)) || value.is_some_and(Json::is_null)
        {
            return;
        }
        let full = format!("{within}.{name}");
        let one_of = known.iter().map(|value| format!("\"{value}\"")).collect::<Vec<_>>().join(" or ");
        let meant = value.and_then(Json::as_str).and_then(|value| suggest(value, known.iter().copied()));
        let fix = meant.map_or_else(|| format!("Set it to {one_of}."), |meant| format!("Write \"{meant}\"."));
        report.push(self, &full, format!("{full} is {}. It must be {one_of}.", shown(value)), fix);
    }

    fn tags(&self, selection: &Map<String, Json>, report: &mut Report) {
        self.one_of(selection, "selection", "tagStatus", &["tagged", "untagged", "any"], report);
        let mut lists = Vec::new();
        for name in ["tagPatternList", "tagPrefixList"] {
            let Some(value) = selection.get(name).filter(|value| !value.is_null()) else { continue };
            match value.as_array() {
                Some(list) if list.iter().all(|tag| tag.as_str().is_some_and(|tag| !tag.is_empty())) => {
                    if !list.is_empty() {
                        lists.push(name);
                    }
                }
                _ => {
                    lists.push(name);
                    let full = format!("selection.{name}");
                    report.push(self, &full, format!("{full} is a list of strings."), "Write it like [\"v*\"].");
                }
            }
        }
        match (self.tag_status, lists.as_slice()) {
            ("tagged", []) => report.push(
                self,
                "selection",
                "tagStatus \"tagged\" needs tagPatternList or tagPrefixList.",
                "Add tagPatternList = [\"*\"] for all tagged images.",
            ),
            ("tagged", [_, _]) => report.push(
                self,
                "selection",
                "tagPatternList and tagPrefixList are both set, and a rule takes one of them.",
                "Keep tagPatternList: a prefix is a pattern with \"*\" behind it.",
            ),
            ("untagged" | "any", [list, ..]) => report.push(
                self,
                &format!("selection.{list}"),
                format!("{list} is for tagStatus \"tagged\", and tagStatus is \"{}\".", self.tag_status),
                format!("Remove {list}, or set tagStatus to \"tagged\"."),
            ),
            _ => {}
        }
        let patterns = selection.get("tagPatternList").and_then(Json::as_array).into_iter().flatten();
        for pattern in patterns.filter_map(Json::as_str).filter(|text| text.matches('*').count() > MOST_WILDCARDS) {
            report.push(
                self,
                "selection.tagPatternList",
                format!("\"{pattern}\" has more than {MOST_WILDCARDS} wildcards (*)."),
                "Use fewer: one stands for any number of characters.",
            );
        }
    }

    fn count(&self, selection: &Map<String, Json>, report: &mut Report) {
        self.one_of(selection, "selection", "countType", &COUNT_TYPES, report);
        let (number, unit) = (selection.get("countNumber"), selection.get("countUnit"));
        let is_wrong = match number {
            // That is reported already.
            Some(Json::Null) => false,
            number => number.and_then(Json::as_i64).is_none_or(|number| number < 1),
        };
        if is_wrong {
            report.push(
                self,
                "selection.countNumber",
                format!("selection.countNumber is {}. It is required, and a whole number from 1 on.", shown(number)),
                "Set it to a number of images or days.",
            );
        }
        if selection.contains_key("storageClass") {
            self.one_of(selection, "selection", "storageClass", &[STANDARD, ARCHIVE], report);
        }
        if !COUNT_TYPES.contains(&self.count_type) {
            return;
        }
        let by_age = self.count_type != COUNT;
        if by_age && unit.is_none_or(|unit| !unit.is_null() && *unit != "days") {
            report.push(
                self,
                "selection.countUnit",
                format!("countType \"{}\" counts days, and countUnit is {}.", self.count_type, shown(unit)),
                "Set countUnit to \"days\".",
            );
        }
        if !by_age && unit.is_some_and(|unit| !unit.is_null()) {
            report.push(
                self,
                "selection.countUnit",
                format!("countType \"{COUNT}\" counts images, and takes no countUnit."),
                "Remove countUnit, or count days with countType \"sinceImagePushed\".",
            );
        }
        match (self.count_type, self.storage_class) {
            (TRANSITIONED, STANDARD) => report.push(
                self,
                "selection.storageClass",
                format!("countType \"{TRANSITIONED}\" is about archived images, and storageClass is \"{STANDARD}\" or not set."),
                format!("Set storageClass to \"{ARCHIVE}\"."),
            ),
            (count_type, ARCHIVE) if count_type != TRANSITIONED => report.push(
                self,
                "selection.storageClass",
                format!("storageClass \"{ARCHIVE}\" goes with countType \"{TRANSITIONED}\" only."),
                format!("Remove storageClass, or set countType to \"{TRANSITIONED}\"."),
            ),
            _ => {}
        }
        if let Some(days) = number.and_then(Json::as_i64).filter(|days| *days > 0)
            && self.count_type == TRANSITIONED
            && days < LEAST_ARCHIVED
        {
            report.push(
                self,
                "selection.countNumber",
                format!("An image is in archive for {LEAST_ARCHIVED} days before a policy can delete it, and countNumber is {days}."),
                format!("Set it to {LEAST_ARCHIVED} or more."),
            );
        }
    }

    fn action(&self, action: &Map<String, Json>, report: &mut Report) {
        self.one_of(action, "action", "type", &["expire", "transition"], report);
        let target = action.get("targetStorageClass").filter(|target| !target.is_null());
        match (self.action, target) {
            ("expire", Some(_)) => report.push(
                self,
                "action.targetStorageClass",
                "targetStorageClass goes with type \"transition\", and type is \"expire\".",
                "Remove targetStorageClass to delete images, or set type to \"transition\" to archive them.",
            ),
            ("transition", None) => report.push(
                self,
                "action.targetStorageClass",
                "type \"transition\" needs targetStorageClass.",
                format!("Set it to \"{ARCHIVE}\"."),
            ),
            ("transition", Some(target)) if *target != *ARCHIVE => report.push(
                self,
                "action.targetStorageClass",
                format!("targetStorageClass is {}. Images can be moved to \"{ARCHIVE}\" only.", shown(Some(target))),
                format!("Set it to \"{ARCHIVE}\"."),
            ),
            _ => {}
        }
        match (self.action, self.count_type) {
            ("transition", TRANSITIONED) => report.push(
                self,
                "action.type",
                "The rule selects images that are archived already.",
                "Set type to \"expire\", and remove targetStorageClass.",
            ),
            ("expire", PULLED) => report.push(
                self,
                "action.type",
                format!("By countType \"{PULLED}\" images are archived, not deleted."),
                format!(
                    "Set type to \"transition\" with targetStorageClass \"{ARCHIVE}\"; a second rule with countType \
                     \"{TRANSITIONED}\" deletes them later. Or expire by \"sinceImagePushed\"."
                ),
            ),
            _ => {}
        }
    }
}

/// What rules must not be beside each other.
fn together(rules: &[Rule<'_>], report: &mut Report) {
    let mut priorities = BTreeSet::new();
    for rule in rules {
        if rule.priority.is_some_and(|priority| !priorities.insert(priority)) {
            report.push(
                rule,
                "rulePriority",
                "Another rule has the same rulePriority.",
                "Give each rule a number of its own.",
            );
        }
    }
    let mut prefixes: BTreeMap<(&str, BTreeSet<&str>), &Rule<'_>> = BTreeMap::new();
    for class in [STANDARD, ARCHIVE] {
        let of_class = || rules.iter().filter(|rule| rule.storage_class == class);
        for status in ["untagged", "any"] {
            for rule in of_class().filter(|rule| rule.tag_status == status).skip(1) {
                report.push(
                    rule,
                    "selection.tagStatus",
                    format!(
                        "Another rule for the storage class \"{class}\" has tagStatus \"{status}\", and only one can."
                    ),
                    "Make one rule of both, or select tagged images by patterns.",
                );
            }
        }
        let last = of_class().filter_map(|rule| rule.priority).max();
        for rule in
            of_class().filter(|rule| rule.tag_status == "any" && rule.priority.is_some() && rule.priority != last)
        {
            report.push(
                rule,
                "rulePriority",
                "A rule with tagStatus \"any\" is the last one: it has the highest rulePriority.",
                format!("Give it a number above {}.", last.unwrap_or_default()),
            );
        }
        for rule in of_class().filter(|rule| rule.tag_status == "tagged") {
            let list = rule.json["selection"]["tagPrefixList"].as_array();
            let own: BTreeSet<&str> = list.into_iter().flatten().filter_map(Json::as_str).collect();
            if own.is_empty() {
                continue;
            }
            if let Some(other) = prefixes.insert((class, own), rule) {
                report.push(
                    rule,
                    "selection.tagPrefixList",
                    format!("It has the same prefixes as {}, and ECR takes them once.", other.name),
                    "Make one rule of both, or use tagPatternList.",
                );
            }
        }
    }
}

/// A value in a sentence.
fn shown(value: Option<&Json>) -> String {
    value.map_or_else(|| "not set".to_owned(), Json::to_string)
}
