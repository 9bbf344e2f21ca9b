//! Checking a configuration against its schema. Pure; hosts that check some of this themselves lose nothing.

use std::collections::BTreeMap;

use crate::check::Place;
use crate::{Attribute, Block, Diagnostic, Diagnostics, Nesting, Path, Presence, Shape, Type, Value};

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
            report.push(unsupported(block, name, path));
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
        for_each_object(nested.nesting, config.get(&nested.name), &path, |object, path| {
            validate_block(&nested.block, object, path, report);
        });
    }
}

fn unsupported(block: &Block, name: &str, path: &Path) -> Diagnostic {
    let names = block.attributes.iter().filter(|a| a.is_configurable()).map(|a| a.name.as_ref());
    let names: Vec<&str> = names.chain(block.blocks.iter().map(|nested| nested.name.as_ref())).collect();
    Diagnostic::error(format!("Unsupported argument \"{name}\""))
        .detail(format!("There is no argument of that name. There are: {}.", names.join(", ")))
        .at(path.clone().attribute(name))
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
    let fits = match &attribute.shape {
        Shape::Type(ty) => has_type(value, ty),
        Shape::Nested { nesting, attributes } => {
            for_each_object(*nesting, value, path, |object, path| {
                for attribute in attributes {
                    let value = object.get(&attribute.name);
                    validate_attribute(attribute, value, &path.clone().attribute(attribute.name.clone()), report);
                }
            });
            true
        }
    };
    if !fits {
        report.push(
            Diagnostic::error(format!("Wrong type for \"{path}\""))
                .detail(format!("{path} is of type {}.", attribute.ty()))
                .at(path.clone()),
        );
        return;
    }
    for (place, violation) in attribute.checks.iter().flat_map(|check| check.violations(value)) {
        let (at, culprit) = match place {
            None => (path.clone(), value.clone()),
            Some(Place::Key(key)) => (path.clone().key(&key), Value::String(key)),
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
        Value::String(text) => format!("the value {text:?}"),
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

fn for_each_object(nesting: Nesting, value: &Value, path: &Path, mut visit: impl FnMut(&Value, &Path)) {
    match (nesting, value) {
        (Nesting::Single | Nesting::Group, object @ Value::Map(_)) => visit(object, path),
        (Nesting::List, Value::List(objects)) => {
            for (index, object) in objects.iter().enumerate() {
                visit(object, &path.clone().index(index));
            }
        }
        (Nesting::Set, Value::Set(objects)) => {
            for object in objects {
                visit(object, &path.clone().element(object.clone()));
            }
        }
        (Nesting::Map, Value::Map(objects)) => {
            for (key, object) in objects {
                visit(object, &path.clone().key(key));
            }
        }
        _ => {}
    }
}

fn has_type(value: &Value, ty: &Type) -> bool {
    match (value, ty) {
        (Value::Null | Value::Unknown, _) | (_, Type::Dynamic) => true,
        (Value::Bool(_), Type::Bool) | (Value::Number(_), Type::Number) | (Value::String(_), Type::String) => true,
        (Value::List(elements), Type::List(element)) | (Value::Set(elements), Type::Set(element)) => {
            elements.iter().all(|value| has_type(value, element))
        }
        (Value::List(elements), Type::Tuple(types)) => {
            elements.len() == types.len() && elements.iter().zip(types).all(|(value, ty)| has_type(value, ty))
        }
        (Value::Map(entries), Type::Map(element)) => entries.values().all(|value| has_type(value, element)),
        (Value::Map(entries), Type::Object(attributes)) => {
            entries.iter().all(|(name, value)| attributes.get(name).is_some_and(|ty| has_type(value, ty)))
        }
        _ => false,
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
