//! Whether an object that was found may be the one that was planned.

use rosa_ecr_model::{Attribute, Block, Nesting, Shape, Type, Value};

/// The attributes and blocks in which the object says something else than was planned. What it does not say, and what the
/// plan does not know, agrees with everything: a create may have been interrupted before it came to that. Maps, such as
/// tags, have to be equal: they are the best sign of whose it is. Sensitive values are not compared, because many
/// services do not give them back as they were.
pub(crate) fn contradictions(block: &Block, planned: &Value, found: &Value) -> Vec<String> {
    let attributes = block.attributes.iter().map(|attribute| {
        let name = attribute.name.as_ref();
        (name, attribute_agrees(attribute, planned.get(name), found.get(name)))
    });
    let blocks = block.blocks.iter().map(|nested| {
        let name = nested.name.as_ref();
        let agrees = |planned: &Value, found: &Value| contradictions(&nested.block, planned, found).is_empty();
        (name, objects_agree(nested.nesting, planned.get(name), found.get(name), &agrees))
    });
    attributes.chain(blocks).filter(|(_, agrees)| !agrees).map(|(name, _)| name.to_owned()).collect()
}

fn attribute_agrees(attribute: &Attribute, planned: &Value, found: &Value) -> bool {
    if attribute.sensitive || attribute.write_only {
        return true;
    }
    match &attribute.shape {
        // Null in a plan that was kept may have been unknown, but only where something is computed.
        Shape::Type(_) if planned.is_null() && !attribute.is_computed() => !is_set(found),
        Shape::Type(Type::Map(_)) if is_planned(planned) => planned == found || !planned.is_wholly_known(),
        Shape::Type(ty) => agrees(ty, planned, found),
        Shape::Nested { nesting, attributes } => objects_agree(*nesting, planned, found, &|planned, found| {
            attributes.iter().all(|inner| attribute_agrees(inner, planned.get(&inner.name), found.get(&inner.name)))
        }),
    }
}

fn objects_agree(nesting: Nesting, planned: &Value, found: &Value, agrees: &dyn Fn(&Value, &Value) -> bool) -> bool {
    if !is_planned(planned) || !is_set(found) {
        return true;
    }
    match (nesting, planned, found) {
        (Nesting::Single | Nesting::Group, planned, found) => agrees(planned, found),
        (Nesting::Map, Value::Map(planned), Value::Map(found)) => {
            found.iter().all(|(key, found)| planned.get(key).is_some_and(|planned| agrees(planned, found)))
        }
        (_, planned, found) => elements_agree(planned, found, agrees),
    }
}

fn agrees(ty: &Type, planned: &Value, found: &Value) -> bool {
    if !is_planned(planned) || !is_set(found) {
        return true;
    }
    match (ty, planned, found) {
        (Type::List(element) | Type::Set(element), planned, found) => {
            elements_agree(planned, found, &|planned, found| agrees(element, planned, found))
        }
        (Type::Map(element), Value::Map(planned), Value::Map(found)) => {
            found.iter().all(|(key, found)| planned.get(key).is_some_and(|planned| agrees(element, planned, found)))
        }
        (Type::Object(types), planned, found) => {
            types.iter().all(|(name, ty)| agrees(ty, planned.get(name), found.get(name)))
        }
        (Type::String, Value::String(planned), Value::String(found)) => planned == found || same_json(planned, found),
        _ => planned == found || !planned.is_wholly_known(),
    }
}

fn elements_agree(planned: &Value, found: &Value, agrees: &dyn Fn(&Value, &Value) -> bool) -> bool {
    match (planned, found) {
        (Value::List(planned), Value::List(found)) => {
            planned.len() == found.len() && planned.iter().zip(found).all(|(planned, found)| agrees(planned, found))
        }
        (Value::Set(planned), Value::Set(found)) => {
            found.iter().all(|found| planned.iter().any(|planned| agrees(planned, found)))
        }
        _ => planned == found,
    }
}

/// Whether both are the same document, however it is written.
fn same_json(planned: &str, found: &str) -> bool {
    let read = |text: &str| {
        serde_json::from_str::<serde_json::Value>(text).ok().filter(|json| json.is_object() || json.is_array())
    };
    read(planned).is_some_and(|planned| Some(planned) == read(found))
}

/// Whether the plan says something of it; unknown values of a plan that was kept are null.
fn is_planned(planned: &Value) -> bool {
    match planned {
        Value::Null | Value::Unknown => false,
        Value::String(text) => !text.is_empty(),
        Value::List(elements) | Value::Set(elements) => !elements.is_empty(),
        Value::Map(entries) => !entries.is_empty(),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

/// Whether the object says something of it: what is zero may just not have been set.
fn is_set(found: &Value) -> bool {
    match found {
        Value::Bool(truth) => *truth,
        Value::Number(number) => number.as_i64() != Some(0),
        other => is_planned(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proposed::tests::attribute;
    use rosa_ecr_model::{NestedBlock, Presence};

    fn block() -> Block {
        let inner = Block { attributes: vec![attribute("on", Type::Bool, Presence::Optional)], ..Block::default() };
        let mut key = attribute("key", Type::String, Presence::Optional);
        key.sensitive = true;
        Block {
            attributes: vec![
                attribute("name", Type::String, Presence::Required),
                attribute("arn", Type::String, Presence::Computed),
                attribute("days", Type::Number, Presence::Optional),
                attribute("policy", Type::String, Presence::Optional),
                attribute("note", Type::String, Presence::Optional),
                attribute("tags", Type::map(Type::String), Presence::Optional),
                attribute("ids", Type::set(Type::String), Presence::Optional),
                key,
            ],
            blocks: vec![NestedBlock { name: "scan".into(), nesting: Nesting::List, block: inner }],
            ..Block::default()
        }
    }

    fn differs(found: Value) -> Vec<String> {
        let scan = |on: bool| Value::List(vec![Value::map([("on", on.into())])]);
        let planned = Value::map([
            ("name", "a".into()),
            ("arn", Value::Null),
            ("days", 7.into()),
            ("policy", r#"{"a": [1, 2]}"#.into()),
            ("tags", Value::map([("Owner", "me".into())])),
            ("ids", Value::set(["x".into(), "y".into()])),
            ("key", "hunter2".into()),
            ("scan", scan(true)),
        ]);
        contradictions(&block(), &planned, &found)
    }

    #[test]
    fn half_of_what_was_planned_agrees() {
        let scan = |on: bool| Value::List(vec![Value::map([("on", on.into())])]);
        let half = Value::map([
            ("name", "a".into()),
            ("arn", "arn:a".into()),
            ("days", 0.into()),
            ("policy", "{\"a\":[1,2]}".into()),
            ("tags", Value::map([("Owner", "me".into())])),
            ("ids", Value::set(["y".into()])),
            ("key", "a hash".into()),
            ("scan", scan(false)),
        ]);
        assert_eq!(differs(half), [""; 0]);
    }

    #[test]
    fn what_was_not_planned_does_not() {
        let other = Value::map([
            ("name", "a".into()),
            ("days", 8.into()),
            ("policy", "{}".into()),
            ("note", "mine".into()),
            ("tags", Value::map([("Owner", "me".into()), ("Team", "them".into())])),
            ("ids", Value::set(["z".into()])),
            ("scan", Value::List(vec![Value::map([("on", true.into())]), Value::map([("on", true.into())])])),
        ]);
        assert_eq!(differs(other), ["days", "policy", "note", "tags", "ids", "scan"]);
    }
}
