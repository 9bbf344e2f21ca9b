//! A plan as a person reviews it: a tree of what changes, into what, and why something is replaced.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use anstyle::Style;
use rosa_ecr_engine::{Action, Counts, Exported, Plan, Report, Step, UNKNOWN};
use serde_json::Value as Json;

use super::{BAD, CHANGED, FAINT, GOOD, REPLACED, STRONG, counted, paint, report, value};

/// A resource, or a component that is none itself, with its parts.
#[derive(Default)]
struct Node<'a> {
    step: Option<&'a Step>,
    parts: BTreeMap<&'a str, Node<'a>>,
}

/// The whole plan of the stack whose state is there.
pub(crate) fn plan(stack: &str, location: &str, plan: &Plan) -> String {
    let mut text = format!("{} {}\n", paint(STRONG, stack), paint(FAINT, format!("(state: {location})")));
    let mut root = Node::default();
    for step in plan.steps.iter().filter(|step| step.action != Action::Keep || step.renamed_from.is_some()) {
        let node = step.resource.split('/').fold(&mut root, |node, part| node.parts.entry(part).or_default());
        node.step = Some(step);
    }
    if !root.parts.is_empty() {
        text.push('\n');
    }
    tree(&root, 1, &mut text);
    planned_outputs(plan, &mut text);
    for diagnostic in plan.diagnostics.iter() {
        let _ = write!(text, "\n{}", report::diagnostic(diagnostic, None));
    }
    let _ = writeln!(text, "\n{}", summary(&plan.counts(), !plan.output_changes.is_empty(), "to "));
    text
}

/// What the stack exports, and how that changes.
fn planned_outputs(plan: &Plan, text: &mut String) {
    let names: BTreeSet<&String> =
        plan.outputs.keys().chain(plan.output_changes.iter().map(|change| &change.name)).collect();
    if !names.is_empty() {
        let _ = writeln!(text, "\n{}", paint(STRONG, "Outputs"));
    }
    for name in names {
        let change = plan.output_changes.iter().find(|change| change.name == *name);
        let (before, after) = match change {
            Some(change) => (change.before.as_ref(), change.after.as_ref()),
            None => (plan.outputs.get(name), plan.outputs.get(name)),
        };
        let alone = |sign: &str, exported: &Exported| value::assigned(sign, name, value::text(&exported.value));
        let lines = match (before, after) {
            (Some(before), Some(after)) if change.is_some() => value::change(name, &before.value, &after.value),
            (Some(before), None) => alone(&paint(BAD, "-"), before),
            (None, Some(after)) => alone(&paint(GOOD, "+"), after),
            (_, Some(same)) => alone(" ", same),
            (None, None) => continue,
        };
        indent(&lines.join("\n"), 1, text);
    }
}

/// What the stack exports; nothing where it exports nothing.
pub(crate) fn outputs(outputs: &BTreeMap<String, Exported>) -> String {
    let mut text = String::new();
    for (name, exported) in outputs {
        if text.is_empty() {
            let _ = writeln!(text, "\n{}", paint(STRONG, "Outputs"));
        }
        let words = value::text(&exported.value);
        let words = words
            .iter()
            .enumerate()
            .map(|(place, line)| if place == 0 { line.clone() } else { format!("\n    {line}") });
        let words: String = words.collect();
        let space = if words.starts_with('\n') { "" } else { " " };
        indent(&format!("{name} ={space}{words}"), 1, &mut text);
    }
    text
}

/// How much there is to do, or was done: `to ` or nothing in front of the verbs. Outputs may change alone.
pub(crate) fn summary(counts: &Counts, outputs: bool, to: &str) -> String {
    let words = changed(counts, to);
    let kept = counted(counts.kept, "resource is", "resources are");
    let alone = format!("Only outputs change{}", if to.is_empty() { "d" } else { "" });
    match words.is_empty() {
        true if outputs && counts.kept == 0 => format!("{alone}."),
        true if outputs => format!("{alone}; {kept} as declared."),
        true if counts.kept == 0 => "Nothing to do: there are no resources.".into(),
        true => format!("Nothing changes: {kept} as declared."),
        false if counts.kept == 0 => format!("{}.", words.join(", ")),
        false => format!("{}; {kept} as declared.", words.join(", ")),
    }
}

/// How much was done before a run ended with an error; `None` where nothing was begun.
pub(crate) fn incomplete(report: &Report) -> Option<String> {
    let mut words = changed(&report.counts(), "");
    for (count, what, style) in [(report.failures.len(), "failed", BAD), (report.skipped.len(), "skipped", CHANGED)] {
        words.extend((count > 0).then(|| paint(style, format!("{count} {what}"))));
    }
    (!words.is_empty()).then(|| format!("{}.", words.join(", ")))
}

fn changed(counts: &Counts, to: &str) -> Vec<String> {
    let verb = |present: &'static str, past: &'static str| if to.is_empty() { past } else { present };
    [
        (counts.created, verb("create", "created"), GOOD),
        (counts.updated, verb("update", "updated"), CHANGED),
        (counts.replaced, verb("replace", "replaced"), REPLACED),
        (counts.deleted, verb("delete", "deleted"), BAD),
        (counts.forgotten, verb("forget", "forgotten"), CHANGED),
    ]
    .into_iter()
    .filter(|(count, ..)| *count > 0)
    .map(|(count, verb, style)| paint(style, format!("{count} {to}{verb}")))
    .collect()
}

/// The sign of an action.
pub(super) fn sign(action: Action) -> String {
    let (sign, style): (&str, Style) = match action {
        Action::Create => ("+", GOOD),
        Action::Update => ("~", CHANGED),
        Action::Replace | Action::DeleteThenCreate => ("±", REPLACED),
        Action::Delete => ("-", BAD),
        Action::Forget => ("×", CHANGED),
        Action::Read => ("←", FAINT),
        Action::Keep => (" ", FAINT),
    };
    paint(style, sign)
}

fn tree(node: &Node<'_>, depth: usize, text: &mut String) {
    for (name, part) in &node.parts {
        match part.step {
            Some(step) => resource(name, step, depth, text),
            None => indent(&format!("{} {}", paint(FAINT, "▸"), paint(STRONG, name)), depth, text),
        }
        tree(part, depth + 1, text);
    }
}

fn resource(name: &str, step: &Step, depth: usize, text: &mut String) {
    let mut head = format!("{} {} {}", sign(step.action), paint(STRONG, name), paint(FAINT, &step.type_name));
    let words = what_happens(step);
    if !words.is_empty() {
        let style = if step.action == Action::Read { FAINT } else { REPLACED };
        let _ = write!(head, "  {}", paint(style, words));
    }
    indent(&head, depth, text);
    if matches!(step.action, Action::Delete | Action::Forget) {
        return;
    }
    let later = |after: &Json| after.as_str() == Some(UNKNOWN);
    let fresh = step.action == Action::Create;
    for change in step.changes.iter().filter(|change| !(fresh && later(&change.after))) {
        let mut lines = value::change(&change.attribute, &change.before, &change.after);
        if let Some(first) = lines.first_mut().filter(|_| change.replaces) {
            let _ = write!(first, "  {}", paint(REPLACED, "makes a new object"));
        }
        indent(&lines.join("\n"), depth + 2, text);
    }
    let open: Vec<&str> =
        step.changes.iter().filter(|change| fresh && later(&change.after)).map(|c| c.attribute.as_str()).collect();
    if !open.is_empty() {
        let words = format!("{} {} {}", paint(GOOD, "+"), open.join(", "), paint(FAINT, UNKNOWN));
        indent(&words, depth + 2, text);
    }
}

/// What the sign does not show.
fn what_happens(step: &Step) -> String {
    let causes: Vec<&str> = step.changes.iter().filter(|c| c.replaces).map(|c| c.attribute.as_str()).collect();
    let mut words = match step.action {
        Action::Replace | Action::DeleteThenCreate => {
            let cause = match causes[..] {
                _ if step.tainted => " because it was not wholly made".to_owned(),
                [] => String::new(),
                _ => format!(" because of {}", causes.join(", ")),
            };
            let first = if step.action == Action::Replace { "the new one is made" } else { "the old one is deleted" };
            format!("replaced{cause}; {first} first")
        }
        Action::Forget => "forgotten; the object stays".into(),
        Action::Read => "read during up".into(),
        _ => String::new(),
    };
    if let Some(old) = &step.renamed_from {
        let separator = if words.is_empty() { "" } else { "; " };
        let _ = write!(words, "{separator}was called {old}");
    }
    words
}

/// The text, which may have several lines, that deep in the tree.
fn indent(text: &str, depth: usize, onto: &mut String) {
    for line in text.lines() {
        let _ = writeln!(onto, "{}{line}", "  ".repeat(depth));
    }
}

#[cfg(test)]
mod tests;
