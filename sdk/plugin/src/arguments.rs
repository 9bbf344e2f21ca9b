//! Arguments as a person writes them, in the types of a schema.
//!
//! HCL converts what has one meaning only, and so does this: a number or bool to a string and back, a list to a set, an
//! object to a block. What has no meaning stays as it is, for [`validate`](rosa_ecr_model::validate) to name.

use std::collections::BTreeMap;

use rosa_ecr_model::{Attribute, Block, NestedBlock, Nesting, Number, Shape, Type, Value, conform};

/// The arguments in the full shape of the block.
pub(crate) fn fit(block: &Block, arguments: &Value) -> Value {
    conform(block, fit_block(block, arguments))
}

fn fit_block(block: &Block, arguments: &Value) -> Value {
    let Value::Map(entries) = arguments else { return arguments.clone() };
    Value::map(entries.iter().map(|(name, value)| {
        let nested = block.blocks.iter().find(|nested| nested.name == name.as_str());
        let value = match (block.attribute(name), nested) {
            (Some(attribute), _) => fit_attribute(attribute, value),
            (None, Some(nested)) => fit_nested(nested, value),
            (None, None) => value.clone(),
        };
        (name, value)
    }))
}

fn fit_nested(nested: &NestedBlock, value: &Value) -> Value {
    fit_objects(nested.nesting, value, true, &|object| fit_block(&nested.block, object))
}

fn fit_attribute(attribute: &Attribute, value: &Value) -> Value {
    match &attribute.shape {
        // Blocks that some providers of Terraform's first SDK call attributes: there once, as a block is.
        Shape::Type(Type::List(ty) | Type::Set(ty)) if matches!((&**ty, value), (Type::Object(_), Value::Map(_))) => {
            fit_type(&attribute.ty(), &Value::List(vec![value.clone()]))
        }
        Shape::Type(ty) => fit_type(ty, value),
        Shape::Nested { nesting, attributes } => fit_objects(*nesting, value, false, &|object| {
            let Value::Map(entries) = object else { return object.clone() };
            let mut fitted = entries.clone();
            for attribute in attributes {
                let value = fit_attribute(attribute, object.get(&attribute.name));
                fitted.insert(attribute.name.clone().into_owned(), value);
            }
            Value::Map(fitted)
        }),
    }
}

/// In a configuration a block stands once to be there once: so `one_is_many` lets one object be a list of one.
fn fit_objects(nesting: Nesting, value: &Value, one_is_many: bool, fit: &dyn Fn(&Value) -> Value) -> Value {
    match (nesting, value) {
        (Nesting::Single | Nesting::Group, object @ Value::Map(_)) => fit(object),
        (Nesting::List, object @ Value::Map(_)) if one_is_many => Value::List(vec![fit(object)]),
        (Nesting::Set, object @ Value::Map(_)) if one_is_many => Value::set([fit(object)]),
        (Nesting::List, Value::List(objects) | Value::Set(objects)) => Value::List(objects.iter().map(fit).collect()),
        (Nesting::Set, Value::List(objects) | Value::Set(objects)) => Value::set(objects.iter().map(fit)),
        (Nesting::Map, Value::Map(objects)) => Value::map(objects.iter().map(|(key, object)| (key, fit(object)))),
        (_, other) => other.clone(),
    }
}

fn fit_type(ty: &Type, value: &Value) -> Value {
    match (ty, value) {
        (Type::String, Value::Number(number)) => Value::String(number.to_string()),
        (Type::String, Value::Bool(truth)) => Value::String(truth.to_string()),
        (Type::Number, Value::String(digits)) => Number::parse(digits).map_or_else(|| value.clone(), Value::Number),
        (Type::Bool, Value::String(text)) => text.parse().map_or_else(|_| value.clone(), Value::Bool),
        (Type::List(element), Value::List(elements) | Value::Set(elements)) => {
            Value::List(elements.iter().map(|value| fit_type(element, value)).collect())
        }
        (Type::Set(element), Value::List(elements) | Value::Set(elements)) => {
            Value::set(elements.iter().map(|value| fit_type(element, value)))
        }
        (Type::Tuple(types), Value::List(elements)) if types.len() == elements.len() => {
            Value::List(types.iter().zip(elements).map(|(ty, value)| fit_type(ty, value)).collect())
        }
        (Type::Map(element), Value::Map(entries)) => {
            Value::map(entries.iter().map(|(key, value)| (key, fit_type(element, value))))
        }
        (Type::Object(types), Value::Map(entries)) => {
            let mut fitted: BTreeMap<String, Value> = entries.clone();
            for (name, ty) in types {
                fitted.insert(name.clone(), fit_type(ty, value.get(name)));
            }
            Value::Map(fitted)
        }
        _ => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proposed::tests::attribute;
    use rosa_ecr_model::{Presence, validate};

    fn block() -> Block {
        let inner = Block { attributes: vec![attribute("days", Type::Number, Presence::Required)], ..Block::default() };
        let blocks =
            [("one", Nesting::Single), ("many", Nesting::List), ("any", Nesting::Set), ("group", Nesting::Group)];
        Block {
            attributes: vec![
                attribute("name", Type::String, Presence::Required),
                attribute("on", Type::Bool, Presence::Optional),
                attribute("ids", Type::set(Type::String), Presence::Optional),
                attribute("rule", Type::object([("a", Type::Number), ("b", Type::String)]), Presence::Optional),
                attribute("rules", Type::set(Type::object([("a", Type::Number)])), Presence::Optional),
            ],
            blocks: blocks
                .map(|(name, nesting)| NestedBlock { name: name.into(), nesting, block: inner.clone() })
                .into(),
            ..Block::default()
        }
    }

    #[test]
    fn what_has_one_meaning_is_converted() {
        let days = |days: Value| Value::map([("days", days)]);
        let fitted = fit(
            &block(),
            &Value::map([
                ("name", 5.into()),
                ("on", "true".into()),
                ("ids", Value::List(vec!["b".into(), "a".into(), Value::Unknown])),
                ("rule", Value::map([("a", "1".into())])),
                ("rules", Value::map([("a", "2".into())])),
                ("one", days("7".into())),
                ("many", days(7.into())),
                ("any", Value::List(vec![days(7.into()), days("7".into())])),
            ]),
        );
        assert_eq!(fitted.get("name"), &"5".into());
        assert_eq!(fitted.get("on"), &true.into());
        assert_eq!(fitted.get("ids"), &Value::set(["a".into(), "b".into(), Value::Unknown]));
        assert_eq!(fitted.get("rule"), &Value::map([("a", 1.into()), ("b", Value::Null)]));
        assert_eq!(fitted.get("rules"), &Value::set([Value::map([("a", 2.into())])]));
        assert_eq!(fitted.get("one"), &days(7.into()));
        assert_eq!(fitted.get("many"), &Value::List(vec![days(7.into())]));
        assert_eq!(fitted.get("any"), &Value::set([days(7.into())]), "equal once they have one type");
        assert_eq!(fitted.get("group"), &days(Value::Null));
    }

    #[test]
    fn what_has_no_meaning_is_left_for_the_checks() {
        let fitted = fit(&block(), &Value::map([("name", "a".into()), ("on", "maybe".into()), ("size", 1.into())]));
        let report = validate(&block(), &fitted).to_string();
        assert!(
            report.contains("Wrong type for \"on\"") && report.contains("Unsupported argument \"size\""),
            "{report}"
        );
    }
}
