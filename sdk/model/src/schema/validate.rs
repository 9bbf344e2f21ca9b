//! Checking a configuration against its schema. Pure; hosts that check some of this themselves lose nothing.

use std::collections::BTreeMap;

use crate::diagnostic::message::{Diagnostic, Diagnostics};
use crate::schema::block::{Attribute, Block, Nesting, Presence, Shape};
use crate::schema::check::Place;
use crate::schema::mismatch::{mismatches, no_object, quoted, unsupported};
use crate::value::path::Path;
use crate::value::tree::Value;

/// Everything that is wrong with `config` by the schema alone: absent or misplaced attributes, types, single-attribute
/// rules. Unknown values are right until they are known.
pub fn validate(block: &Block, config: &Value) -> Diagnostics {
    let mut report = Diagnostics::new();
    validate_block(block, config, &Path::root(), &mut report);
    report
}

fn validate_block(block: &Block, config: &Value, path: &Path, report: &mut Diagnostics) {
    let Some(entries) = config.entries() else { return };
    for name in entries.keys() {
        let is_known =
            block.attribute(name).is_some() || block.blocks.iter().any(|nested| nested.name == name.as_str());
        if !is_known {
            let blocks = block.blocks.iter().map(|nested| nested.name.as_ref());
            report.push(unsupported(name, configurable(&block.attributes).chain(blocks), path));
        }
    }
    for attribute in &block.attributes {
        validate_attribute(
            attribute,
            config.get(&attribute.name),
            &path.clone().attribute(attribute.name.clone()),
            report,
        );
    }
    for nested in &block.blocks {
        let path = path.clone().attribute(nested.name.clone());
        for_each_object(nested.nesting, config.get(&nested.name), &path, report, |object, path, report| {
            validate_block(&nested.block, object, path, report);
        });
    }
}

/// What a configuration can set.
fn configurable(attributes: &[Attribute]) -> impl Iterator<Item = &str> {
    attributes.iter().filter(|attribute| attribute.is_configurable()).map(|attribute| attribute.name.as_ref())
}

fn validate_attribute(attribute: &Attribute, value: &Value, path: &Path, report: &mut Diagnostics) {
    match (attribute.presence, value) {
        (_, Value::Unknown) => return,
        (Presence::Required, Value::Null) => {
            report.push(
                Diagnostic::error(format!("Missing required argument \"{path}\""))
                    .detail(format!("{path} is not set. It has no default, because nothing can stand for it."))
                    .fix(format!("Set {path}."))
                    .at(path.clone()),
            );
            return;
        }
        (_, Value::Null) => return,
        (Presence::Computed, _) => {
            report.push(
                Diagnostic::error(format!("\"{path}\" cannot be set"))
                    .detail(format!("{path} is an output: the resource sets it."))
                    .fix("Remove it.")
                    .at(path.clone()),
            );
            return;
        }
        _ => {}
    }
    match &attribute.shape {
        Shape::Type(ty) => {
            let mut misfits = Diagnostics::new();
            mismatches(value, ty, path, attribute.sensitive, &mut misfits);
            if !misfits.is_empty() {
                report.extend(misfits);
                return;
            }
        }
        Shape::Nested { nesting, attributes } => {
            for_each_object(*nesting, value, path, report, |object, path, report| {
                for name in object.entries().into_iter().flatten().map(|(name, _)| name) {
                    if attributes.iter().all(|attribute| attribute.name != name.as_str()) {
                        report.push(unsupported(name, configurable(attributes), path));
                    }
                }
                for attribute in attributes {
                    let value = object.get(&attribute.name);
                    validate_attribute(attribute, value, &path.clone().attribute(attribute.name.clone()), report);
                }
            });
        }
    }
    for (place, violation) in attribute.checks.iter().flat_map(|check| check.violations(value)) {
        let (at, culprit) = match place {
            None => (path.clone(), value.clone()),
            Some(Place::Key(key)) => (path.clone().key(&key), Value::String(key)),
            Some(Place::Entry(key)) => (path.clone().key(&key), value.get(&key).clone()),
            Some(Place::Index(index)) => {
                (path.clone().index(index), value.elements().and_then(|e| e.get(index)).cloned().unwrap_or(Value::Null))
            }
            Some(Place::Element(element)) => (path.clone().element(element.clone()), element),
        };
        let shown = if attribute.sensitive { "a sensitive value".to_owned() } else { show(&culprit) };
        report.push(
            Diagnostic::error(format!("Invalid value for \"{path}\""))
                .detail(format!("{path} has {shown}. {}", violation.rule))
                .fix(violation.fix)
                .at(at),
        );
    }
}

/// A value in a sentence; collections only by their size.
fn show(value: &Value) -> String {
    match value {
        Value::String(text) => match quoted(text) {
            whole if whole.starts_with('"') => format!("the value {whole}"),
            length => format!("a text {length}"),
        },
        Value::Number(number) => format!("the value {number}"),
        Value::Bool(truth) => format!("the value {truth}"),
        Value::List(elements) | Value::Set(elements) => count(elements.len()),
        Value::Map(entries) => count(entries.len()),
        Value::Null => "no value".to_owned(),
        Value::Unknown => "an unknown value".to_owned(),
    }
}

fn count(elements: usize) -> String {
    match elements {
        0 => "no elements".to_owned(),
        1 => "1 element".to_owned(),
        more => format!("{more} elements"),
    }
}

fn for_each_object(
    nesting: Nesting,
    value: &Value,
    path: &Path,
    report: &mut Diagnostics,
    mut visit: impl FnMut(&Value, &Path, &mut Diagnostics),
) {
    let mut each = |object: &Value, path: &Path, report: &mut Diagnostics| match object {
        Value::Map(_) => visit(object, path, report),
        Value::Null | Value::Unknown => {}
        other => report.push(no_object(Nesting::Single, other, path)),
    };
    match (nesting, value) {
        (_, Value::Null | Value::Unknown) => {}
        (Nesting::Single | Nesting::Group, object @ Value::Map(_)) => each(object, path, report),
        (Nesting::List, Value::List(objects)) => {
            for (index, object) in objects.iter().enumerate() {
                each(object, &path.clone().index(index), report);
            }
        }
        (Nesting::Set, Value::Set(objects)) => {
            for object in objects {
                each(object, &path.clone().element(object.clone()), report);
            }
        }
        (Nesting::Map, Value::Map(objects)) => {
            for (key, object) in objects {
                each(object, &path.clone().key(key), report);
            }
        }
        (nesting, other) => report.push(no_object(nesting, other, path)),
    }
}

/// The configuration in the full shape of its block: absent attributes are null, absent list, set and map blocks empty,
/// absent groups have nothing set.
///
/// Hosts whose configurations arrive in full shape, such as Terraform, need not call it.
pub fn conform(block: &Block, config: Value) -> Value {
    let Value::Map(mut entries) = config else { return config };
    for attribute in &block.attributes {
        entries.entry(attribute.name.clone().into_owned()).or_insert(Value::Null);
    }
    for nested in &block.blocks {
        let objects = match (nested.nesting, entries.remove(nested.name.as_ref()).unwrap_or(Value::Null)) {
            (Nesting::List, Value::Null) => Value::List(Vec::new()),
            (Nesting::Set, Value::Null) => Value::Set(Vec::new()),
            (Nesting::Map, Value::Null) => Value::Map(BTreeMap::new()),
            (Nesting::Group, Value::Null) => conform(&nested.block, Value::Map(BTreeMap::new())),
            (Nesting::Map, Value::Map(objects)) => {
                Value::map(objects.into_iter().map(|(key, object)| (key, conform(&nested.block, object))))
            }
            (_, Value::List(objects)) => {
                Value::List(objects.into_iter().map(|object| conform(&nested.block, object)).collect())
            }
            (_, Value::Set(objects)) => Value::set(objects.into_iter().map(|object| conform(&nested.block, object))),
            (_, object) => conform(&nested.block, object),
        };
        entries.insert(nested.name.clone().into_owned(), objects);
    }
    Value::Map(entries.into_iter().collect::<BTreeMap<_, _>>())
}
