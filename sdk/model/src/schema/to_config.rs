//! The configuration that a person would write for an object that exists.

use crate::schema::block::{Attribute, Block, Nesting, Presence, Shape};
use crate::value::tree::Value;

/// The configuration of an object with this state, without what need not be written: outputs, null, defaults, blocks
/// with nothing in them, and what the resource computes if it is not set, unless `keep` says of such an attribute
/// that it must be written.
pub fn to_config(block: &Block, state: &Value, keep: impl Fn(&str) -> bool) -> Value {
    within(block, state, &|attribute| attribute.presence != Presence::OptionalComputed || keep(&attribute.name))
}

fn within(block: &Block, state: &Value, stands: &dyn Fn(&Attribute) -> bool) -> Value {
    let attributes = block.attributes.iter().map(|attribute| {
        let value = if stands(attribute) { attribute_of(attribute, state.get(&attribute.name)) } else { Value::Null };
        (attribute.name.as_ref(), value)
    });
    let blocks = block.blocks.iter().map(|nested| {
        let objects = each(nested.nesting, state.get(&nested.name), |object| within(&nested.block, object, &|_| true));
        let says_nothing = matches!(nested.nesting, Nesting::Single | Nesting::Group)
            && objects.entries().is_some_and(|entries| entries.values().all(Value::is_null));
        (nested.name.as_ref(), if says_nothing { Value::Null } else { objects })
    });
    Value::map(attributes.chain(blocks))
}

fn attribute_of(attribute: &Attribute, value: &Value) -> Value {
    if !attribute.is_configurable() || attribute.default.as_ref() == Some(value) {
        return Value::Null;
    }
    match &attribute.shape {
        Shape::Type(_) => value.clone(),
        Shape::Nested { nesting, attributes } => each(*nesting, value, |object| {
            Value::map(
                attributes
                    .iter()
                    .map(|attribute| (attribute.name.as_ref(), attribute_of(attribute, object.get(&attribute.name)))),
            )
        }),
    }
}

fn each(nesting: Nesting, value: &Value, write: impl Fn(&Value) -> Value) -> Value {
    match (nesting, value) {
        (Nesting::Single | Nesting::Group, object @ Value::Map(_)) => write(object),
        (Nesting::Map, Value::Map(objects)) => Value::map(objects.iter().map(|(key, object)| (key, write(object)))),
        (_, Value::List(objects)) => Value::List(objects.iter().map(write).collect()),
        (_, Value::Set(objects)) => Value::set(objects.iter().map(write)),
        (_, nothing) => nothing.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{NestedBlock, Type, plan};

    fn attribute(name: &'static str, presence: Presence, default: Option<Value>) -> Attribute {
        Attribute { default, ..Attribute::new(name, Shape::Type(Type::String), presence) }
    }

    fn block() -> Block {
        let filters = vec![
            attribute("key", Presence::Required, None),
            attribute("mode", Presence::Optional, Some("all".into())),
            attribute("hits", Presence::Computed, None),
        ];
        let limits = Block { attributes: vec![attribute("create", Presence::Optional, None)], ..Block::default() };
        Block {
            attributes: vec![
                attribute("name", Presence::Required, None),
                attribute("mode", Presence::Optional, Some("fast".into())),
                attribute("note", Presence::Optional, None),
                attribute("region", Presence::OptionalComputed, None),
                attribute("arn", Presence::Computed, None),
                Attribute {
                    shape: Shape::Nested { nesting: Nesting::List, attributes: filters },
                    ..attribute("filters", Presence::Optional, Some(Value::List(vec![])))
                },
            ],
            blocks: vec![NestedBlock { name: "timeouts".into(), nesting: Nesting::Single, block: limits }],
            ..Block::default()
        }
    }

    fn state() -> Value {
        let filter =
            |key: &str, mode: &str| Value::map([("key", key.into()), ("mode", mode.into()), ("hits", "3".into())]);
        Value::map([
            ("name", "a".into()),
            ("mode", "fast".into()),
            ("note", "n".into()),
            ("region", "here".into()),
            ("arn", "arn:a".into()),
            ("filters", Value::List(vec![filter("k", "all"), filter("l", "some")])),
            ("timeouts", Value::map([("create", Value::Null)])),
        ])
    }

    #[test]
    fn what_goes_without_saying_is_left_out() {
        let config = to_config(&block(), &state(), |_| false);
        for (name, value) in [("name", "a".into()), ("note", "n".into())] {
            assert_eq!(config.get(name), &value, "{name}");
        }
        for name in ["mode", "region", "arn", "timeouts"] {
            assert_eq!(config.get(name), &Value::Null, "{name}");
        }
        let [one, two] = config.get("filters").elements().expect("a list") else { panic!("two filters") };
        assert_eq!((one.get("mode"), one.get("hits")), (&Value::Null, &Value::Null));
        assert_eq!((two.get("mode"), two.get("hits")), (&"some".into(), &Value::Null));
    }

    #[test]
    fn what_must_stand_stands() {
        assert_eq!(to_config(&block(), &state(), |name| name == "region").get("region"), &"here".into());
        let bare = Value::map([("name", "a".into()), ("mode", "slow".into()), ("filters", Value::List(vec![]))]);
        let config = to_config(&block(), &bare, |_| true);
        assert_eq!((config.get("mode"), config.get("filters")), (&"slow".into(), &Value::Null));
    }

    #[test]
    fn it_plans_to_what_is_there() {
        let state = Value::map(
            [("timeouts", Value::Null)].into_iter().chain(
                state()
                    .entries()
                    .expect("an object")
                    .iter()
                    .filter(|(name, _)| *name != "timeouts")
                    .map(|(name, value)| (&name[..], value.clone())),
            ),
        );
        let config = to_config(&block(), &state, |_| false);
        assert_eq!(plan::propose(&block(), &state, &config), state);
    }
}
