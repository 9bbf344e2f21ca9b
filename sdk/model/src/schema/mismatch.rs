//! Where a value is not of its type, and what to write instead.

use crate::diagnostic::message::{Diagnostic, Diagnostics};
use crate::diagnostic::suggest::suggest;
use crate::schema::block::Nesting;
use crate::value::path::Path;
use crate::value::tree::Value;
use crate::value::types::Type;

/// Everything in `value` that is not of the type. Unknown values are right until they are known. A `sensitive` value is not
/// shown.
pub(crate) fn mismatches(value: &Value, ty: &Type, path: &Path, sensitive: bool, report: &mut Diagnostics) {
    match (value, ty) {
        (Value::Null | Value::Unknown, _)
        | (_, Type::Dynamic)
        | (Value::Bool(_), Type::Bool)
        | (Value::Number(_), Type::Number)
        | (Value::String(_), Type::String) => {}
        (Value::List(elements), Type::List(ty)) => {
            for (at, element) in elements.iter().enumerate() {
                mismatches(element, ty, &path.clone().index(at), sensitive, report);
            }
        }
        (Value::Set(elements), Type::Set(ty)) => {
            for element in elements {
                let place = if sensitive { Value::Unknown } else { element.clone() };
                mismatches(element, ty, &path.clone().element(place), sensitive, report);
            }
        }
        (Value::List(elements), Type::Tuple(types)) if elements.len() == types.len() => {
            for (at, (element, ty)) in elements.iter().zip(types).enumerate() {
                mismatches(element, ty, &path.clone().index(at), sensitive, report);
            }
        }
        (Value::Map(entries), Type::Map(ty)) => {
            for (key, element) in entries {
                mismatches(element, ty, &path.clone().key(key), sensitive, report);
            }
        }
        (Value::Map(entries), Type::Object(types)) => {
            for (name, element) in entries {
                match types.get(name) {
                    Some(ty) => mismatches(element, ty, &path.clone().attribute(name), sensitive, report),
                    None => report.push(unsupported(name, types.keys().map(String::as_str), path)),
                }
            }
        }
        _ => report.push(wrong(value, &format!("of type {ty}"), example(ty), path, sensitive)),
    }
}

/// What is wrong where a block, or an attribute that is made like one, is no such thing.
pub(crate) fn no_object(nesting: Nesting, value: &Value, path: &Path) -> Diagnostic {
    let (is, write) = match nesting {
        Nesting::Single | Nesting::Group => ("an object", "Write one object."),
        Nesting::List => ("a list of objects", "Write a list of objects."),
        Nesting::Set => ("a set of objects", "Write a list of objects."),
        Nesting::Map => ("a map of objects", "Write an object whose values are objects."),
    };
    wrong(value, is, write, path, true)
}

/// What is wrong with an argument that there is not.
pub(crate) fn unsupported<'a>(name: &str, names: impl Iterator<Item = &'a str>, path: &Path) -> Diagnostic {
    let names: Vec<&str> = names.collect();
    let fix = match suggest(name, names.iter().copied()) {
        Some(meant) => format!("Did you mean \"{meant}\"?"),
        None => "Remove it, or look for its name in the documentation of that version.".to_owned(),
    };
    let there = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    Diagnostic::error(format!("Unsupported argument \"{name}\""))
        .detail(format!("There is no argument of that name. There are: {there}."))
        .fix(fix)
        .at(path.clone().attribute(name))
}

fn wrong(value: &Value, is: &str, fix: &str, path: &Path, sensitive: bool) -> Diagnostic {
    Diagnostic::error(format!("Wrong type for \"{path}\""))
        .detail(format!("{path} is {is}, and has {}.", described(value, sensitive)))
        .fix(fix)
        .at(path.clone())
}

/// A text in a sentence, as it is or not at all: a part of it, or one with escapes, would not be recognised as secret by who
/// takes out secrets.
pub fn quoted(text: &str) -> String {
    const LONGEST: usize = 80;
    let count = text.chars().count();
    let is_plain = !text.contains(|c: char| c.is_control() || c == '"' || c == '\\');
    if count <= LONGEST && is_plain { format!("\"{text}\"") } else { format!("of {count} characters") }
}

fn example(ty: &Type) -> &'static str {
    match ty {
        Type::Bool => "Write true or false.",
        Type::Number => "Write a number, such as 7.",
        Type::String => "Write a text.",
        Type::List(_) | Type::Set(_) | Type::Tuple(_) => "Write a list.",
        Type::Map(_) | Type::Object(_) => "Write an object.",
        Type::Dynamic => "",
    }
}

/// A value with its kind.
fn described(value: &Value, sensitive: bool) -> String {
    let shown = |kind: &str, value: &dyn std::fmt::Display| {
        if sensitive { kind.to_owned() } else { format!("{kind}: {value}") }
    };
    match value {
        Value::Null => "no value".to_owned(),
        Value::Unknown => "an unknown value".to_owned(),
        Value::Bool(truth) => shown("a bool", truth),
        Value::Number(number) => shown("a number", number),
        Value::String(text) => shown("a text", &quoted(text)),
        Value::List(elements) => format!("a list of {}", elements.len()),
        Value::Set(elements) => format!("a set of {}", elements.len()),
        Value::Map(entries) if sensitive => format!("an object of {}", entries.len()),
        Value::Map(entries) => {
            let names: Vec<&str> = entries.keys().map(String::as_str).take(8).collect();
            format!("an object with {}", if names.is_empty() { "nothing".to_owned() } else { names.join(", ") })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Attribute, Block, NestedBlock, Presence, Shape, validate};

    fn reported(name: &str, value: Value) -> String {
        let attribute = |name: &'static str, shape| Attribute::new(name, shape, Presence::Optional);
        let rule = Type::object([("port", Type::Number), ("open", Type::Bool)]);
        let inner = vec![attribute("days", Shape::Type(Type::Number))];
        let block = Block {
            attributes: vec![
                attribute("days", Shape::Type(Type::Number)),
                Attribute { sensitive: true, ..attribute("key", Shape::Type(Type::Number)) },
                attribute("rules", Shape::Type(Type::list(rule))),
                attribute("limits", Shape::Nested { nesting: Nesting::List, attributes: inner.clone() }),
            ],
            blocks: vec![NestedBlock {
                name: "expiry".into(),
                nesting: Nesting::Single,
                block: Block { attributes: inner, ..Block::default() },
            }],
            ..Block::default()
        };
        validate(&block, &Value::map([(name, value)])).to_string()
    }

    #[test]
    fn what_is_wrong_is_named_with_a_way_out() {
        let rule = |name: &str, value: Value| Value::List(vec![Value::map([(name, value)])]);
        for (name, value, parts) in [
            ("days", Value::from("soon"), &["\"days\"", "of type number, and has a text: \"soon\"", "such as 7"][..]),
            ("key", "hunter2".into(), &["\"key\"", "has a text."]),
            ("days", "x".repeat(100).as_str().into(), &["a text: of 100 characters"]),
            ("days", "a\"b".into(), &["a text: of 3 characters"]),
            (
                "rules",
                rule("open", 1.into()),
                &["\"rules[0].open\"", "of type bool, and has a number: 1", "true or false"],
            ),
            ("rules", rule("prot", 1.into()), &["(rules[0].prot)", "There are: open, port", "Did you mean \"port\"?"]),
            ("limits", rule("day", 1.into()), &["(limits[0].day)", "Did you mean \"days\"?"]),
            ("limits", true.into(), &["\"limits\"", "a list of objects, and has a bool"]),
            ("expiry", Value::List(vec![]), &["\"expiry\"", "an object, and has a list of 0", "Write one object."]),
            ("dyas", 7.into(), &["Unsupported argument \"dyas\"", "Did you mean \"days\"?"]),
            ("colour", 7.into(), &["Remove it"]),
        ] {
            let reported = reported(name, value);
            assert!(
                parts.iter().all(|part| reported.contains(part)) && !reported.contains("hunter2"),
                "{parts:?}\n{reported}"
            );
        }
    }
}
