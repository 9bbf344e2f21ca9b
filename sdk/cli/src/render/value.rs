//! Values as text, and how one becomes another.

use rosa_ecr_engine::{SECRET, UNKNOWN};
use serde_json::Value as Json;
use similar::{ChangeTag, TextDiff};

use super::{BAD, CHANGED, FAINT, GOOD, paint};

/// A line that is longer is broken into one line an element.
const WIDTH: usize = 72;
/// How many unchanged lines stand around a changed one.
const CONTEXT: usize = 2;

/// A line of a change: sign, name and value. A value of several lines goes on below, indented.
pub(super) fn change(name: &str, before: &Json, after: &Json) -> Vec<String> {
    match (before, after) {
        (Json::Null, after) => assigned(&paint(GOOD, "+"), name, text(after)),
        (before, Json::Null) => assigned(&paint(BAD, "-"), name, text(before)),
        (Json::Object(old), Json::Object(new)) => {
            let mut keys: Vec<&String> = old.keys().chain(new.keys()).collect();
            keys.sort();
            keys.dedup();
            let of = |entries: &serde_json::Map<String, Json>, key: &str| entries.get(key).cloned().unwrap_or_default();
            let changed = keys.into_iter().filter(|key| of(old, key) != of(new, key));
            changed.flat_map(|key| change(&format!("{name}[{key:?}]"), &of(old, key), &of(new, key))).collect()
        }
        (before, after) => {
            let sign = paint(CHANGED, "~");
            match documents(before, after).or_else(|| elements(before, after)) {
                Some(lines) => assigned(&sign, name, lines),
                None if marked(before) && before == after => {
                    assigned(&sign, name, vec![format!("{} {}", inline(before), paint(FAINT, "changes"))])
                }
                None => assigned(&sign, name, vec![format!("{} → {}", inline(before), inline(after))]),
            }
        }
    }
}

/// A value in one line or several.
pub(super) fn text(value: &Json) -> Vec<String> {
    if let Some(document) = document(value) {
        return below(document.lines().map(str::to_owned));
    }
    let short = inline(value);
    match value {
        Json::Array(elements) if short.chars().count() > WIDTH => below(elements.iter().map(inline)),
        Json::Object(entries) if short.chars().count() > WIDTH => {
            below(entries.iter().map(|(key, value)| format!("{key} = {}", inline(value))))
        }
        _ => vec![short],
    }
}

/// `sign name = value`; a first line that is empty stands for a value that begins below.
pub(super) fn assigned(sign: &str, name: &str, value: Vec<String>) -> Vec<String> {
    let mut lines = value.into_iter();
    let first = match lines.next() {
        Some(first) if !first.is_empty() => format!("{sign} {name} = {first}"),
        _ => format!("{sign} {name}"),
    };
    std::iter::once(first).chain(lines.map(|line| format!("    {line}"))).collect()
}

fn below(lines: impl Iterator<Item = String>) -> Vec<String> {
    std::iter::once(String::new()).chain(lines).collect()
}

/// Whether it stands for what cannot be shown.
fn marked(value: &Json) -> bool {
    value.as_str().is_some_and(|text| text == SECRET || text == UNKNOWN)
}

fn inline(value: &Json) -> String {
    match value {
        Json::String(text) if marked(value) => paint(FAINT, text),
        Json::Array(elements) => format!("[{}]", elements.iter().map(inline).collect::<Vec<_>>().join(", ")),
        Json::Object(entries) => {
            let entries = entries.iter().filter(|(_, value)| !value.is_null());
            let entries: Vec<String> = entries.map(|(key, value)| format!("{key} = {}", inline(value))).collect();
            if entries.is_empty() { "{}".into() } else { format!("{{ {} }}", entries.join(", ")) }
        }
        scalar => scalar.to_string(),
    }
}

/// A JSON object or array in a string, one line a member; or any text of several lines.
fn document(value: &Json) -> Option<String> {
    let text = value.as_str()?;
    if let Some(json) = serde_json::from_str::<Json>(text).ok().filter(|json| json.is_object() || json.is_array()) {
        return serde_json::to_string_pretty(&json).ok();
    }
    // What a terminal would take for an order stays escaped.
    let plain = text.lines().nth(1).is_some() && !text.chars().any(|c| c.is_control() && c != '\n');
    plain.then(|| text.to_owned())
}

fn documents(before: &Json, after: &Json) -> Option<Vec<String>> {
    let (before, after) = (document(before)?, document(after)?);
    if before.trim_end() == after.trim_end() {
        return Some(vec![paint(FAINT, "the same, written in another way")]);
    }
    let diff = TextDiff::from_lines(&before, &after);
    let mut lines = Vec::new();
    for (place, group) in diff.grouped_ops(CONTEXT).iter().enumerate() {
        if place > 0 {
            lines.push(paint(FAINT, "…"));
        }
        for change in group.iter().flat_map(|operation| diff.iter_changes(operation)) {
            let line = change.value().trim_end_matches('\n');
            lines.push(match change.tag() {
                ChangeTag::Equal => format!("  {line}"),
                ChangeTag::Delete => paint(BAD, format!("- {line}")),
                ChangeTag::Insert => paint(GOOD, format!("+ {line}")),
            });
        }
    }
    Some(below(lines.into_iter()))
}

/// The elements that come and go; `None` where only their order changes.
fn elements(before: &Json, after: &Json) -> Option<Vec<String>> {
    let (Json::Array(before), Json::Array(after)) = (before, after) else { return None };
    let gone = before.iter().filter(|element| !after.contains(element)).map(|e| paint(BAD, format!("- {}", inline(e))));
    let come =
        after.iter().filter(|element| !before.contains(element)).map(|e| paint(GOOD, format!("+ {}", inline(e))));
    let lines: Vec<String> = gone.chain(come).collect();
    if lines.is_empty() { None } else { Some(below(lines.into_iter())) }
}
