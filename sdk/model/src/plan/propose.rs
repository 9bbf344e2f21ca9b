//! The plan as far as the schema alone decides it: pure functions that every host shares.

use std::collections::BTreeMap;

use crate::schema::block::{Attribute, Block, Nesting, Shape};
use crate::value::path::Path;
use crate::value::tree::Value;

/// What the object shall be, before the resource has its say: the configuration; where that is silent the default;
/// where there is none, and the resource computes the attribute, the prior value, or unknown on create. A default that only
/// a new object could get is for new objects: what cannot be changed, and is left open, stays.
pub fn propose(block: &Block, prior: &Value, config: &Value) -> Value {
    if config.is_null() || config.is_unknown() {
        return config.clone();
    }
    let attributes = block
        .attributes
        .iter()
        .map(|attribute| (attribute.name.as_ref(), propose_attribute(attribute, prior, config.get(&attribute.name))));
    let blocks = block.blocks.iter().map(|nested| {
        let objects =
            propose_objects(nested.nesting, prior.get(&nested.name), config.get(&nested.name), |prior, config| {
                propose(&nested.block, prior, config)
            });
        (nested.name.as_ref(), objects)
    });
    Value::map(attributes.chain(blocks))
}

fn propose_attribute(attribute: &Attribute, prior_object: &Value, config: &Value) -> Value {
    let prior = prior_object.get(&attribute.name);
    if config.is_null() {
        return match &attribute.default {
            Some(_) if attribute.forces_replacement && !prior.is_null() => prior.clone(),
            Some(default) => default.clone(),
            None if !attribute.is_computed() => Value::Null,
            None if prior_object.is_null() => Value::Unknown,
            None => prior.clone(),
        };
    }
    match &attribute.shape {
        Shape::Type(_) => config.clone(),
        Shape::Nested { nesting, attributes } => propose_objects(*nesting, prior, config, |prior, config| {
            if config.is_null() || config.is_unknown() {
                return config.clone();
            }
            Value::map(attributes.iter().map(|attribute| {
                (attribute.name.as_ref(), propose_attribute(attribute, prior, config.get(&attribute.name)))
            }))
        }),
    }
}

/// Applies `propose` to each object. Elements of a list or map meet the prior element of the same index or
/// key, elements of a set meet none, since nothing says which one they were.
fn propose_objects(
    nesting: Nesting,
    prior: &Value,
    config: &Value,
    propose: impl Fn(&Value, &Value) -> Value,
) -> Value {
    match (nesting, config) {
        (Nesting::Single | Nesting::Group, object) => propose(prior, object),
        (Nesting::List, Value::List(objects)) => {
            let prior = prior.elements().unwrap_or_default();
            let objects = objects.iter().enumerate();
            Value::List(
                objects.map(|(index, object)| propose(prior.get(index).unwrap_or(&Value::Null), object)).collect(),
            )
        }
        (Nesting::Set, Value::Set(objects)) => Value::set(objects.iter().map(|object| propose(&Value::Null, object))),
        (Nesting::Map, Value::Map(objects)) => {
            Value::map(objects.iter().map(|(key, object)| (key, propose(prior.get(key), object))))
        }
        (_, null_or_unknown) => null_or_unknown.clone(),
    }
}

/// The attributes whose change, from `prior` to `planned`, makes a new object according to the schema.
///
/// An unknown planned value counts as a change. A computed attribute that the configuration leaves out keeps its prior
/// value in [`propose`], so it does not.
pub fn replaced(block: &Block, prior: &Value, planned: &Value) -> Vec<Path> {
    if prior.is_null() || planned.is_null() {
        return Vec::new();
    }
    let attributes = block.attributes.iter().filter(|attribute| attribute.forces_replacement);
    attributes
        .filter(|attribute| prior.get(&attribute.name) != planned.get(&attribute.name))
        .map(|attribute| Path::from(attribute.name.as_ref()))
        .collect()
}

/// The value with null in place of unknown: what an operation sees of computed inputs that are not set.
pub fn settle(value: &Value) -> Value {
    match value {
        Value::Unknown => Value::Null,
        Value::List(elements) => Value::List(elements.iter().map(settle).collect()),
        Value::Set(elements) => Value::set(elements.iter().map(settle)),
        Value::Map(entries) => {
            Value::Map(entries.iter().map(|(key, value)| (key.clone(), settle(value))).collect::<BTreeMap<_, _>>())
        }
        known => known.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{NestedBlock, Presence, Type};

    fn attribute(
        name: &'static str,
        presence: Presence,
        default: Option<Value>,
        forces_replacement: bool,
    ) -> Attribute {
        Attribute { default, forces_replacement, ..Attribute::new(name, Shape::Type(Type::String), presence) }
    }

    fn block() -> Block {
        let limit =
            Block { attributes: vec![attribute("create", Presence::Optional, None, false)], ..Block::default() };
        Block {
            attributes: vec![
                attribute("name", Presence::Required, None, true),
                attribute("mode", Presence::OptionalComputed, Some("fast".into()), false),
                attribute("region", Presence::OptionalComputed, None, false),
                attribute("note", Presence::Optional, None, false),
                attribute("arn", Presence::Computed, None, false),
            ],
            blocks: vec![NestedBlock { name: "timeouts".into(), nesting: Nesting::Single, block: limit }],
            ..Block::default()
        }
    }

    #[test]
    fn a_create_takes_defaults_and_leaves_the_computed_unknown() {
        let planned = propose(&block(), &Value::Null, &Value::map([("name", "a".into())]));
        assert_eq!(planned.get("mode"), &Value::from("fast"));
        assert_eq!(planned.get("region"), &Value::Unknown);
        assert_eq!(planned.get("note"), &Value::Null);
        assert_eq!(planned.get("arn"), &Value::Unknown);
        assert_eq!(planned.get("timeouts"), &Value::Null);
    }

    #[test]
    fn an_update_keeps_what_nobody_changes() {
        let prior =
            Value::map([("name", "a".into()), ("mode", "slow".into()), ("note", "n".into()), ("arn", "x".into())]);
        let planned = propose(&block(), &prior, &Value::map([("name", "b".into())]));
        assert_eq!(planned.get("mode"), &Value::from("fast"), "a default is not sticky");
        assert_eq!(planned.get("note"), &Value::Null, "an optional attribute that was removed is gone");
        assert_eq!(planned.get("arn"), &Value::from("x"));
        assert_eq!(replaced(&block(), &prior, &planned), vec![Path::from("name")]);
    }

    #[test]
    fn what_cannot_be_changed_and_is_left_open_stays() {
        let path = attribute("path", Presence::OptionalComputed, Some("/".into()), true);
        let block = Block { attributes: vec![path], ..Block::default() };
        let planned = |prior: &Value| propose(&block, prior, &Value::map([("path", Value::Null)]));
        let has = |path: Value| Value::map([("path", path)]);
        assert_eq!(planned(&Value::Null), has("/".into()), "a new object gets the default");
        assert_eq!(planned(&has("/teams/".into())), has("/teams/".into()));
        assert_eq!(planned(&has(Value::Null)), has("/".into()));
        let prior = has("/teams/".into());
        let planned_again = propose(&block, &prior, &has("/".into()));
        assert_eq!(replaced(&block, &prior, &planned_again), vec![Path::from("path")]);
    }

    #[test]
    fn an_unknown_name_may_be_another_one() {
        let prior = Value::map([("name", "a".into())]);
        let planned = propose(&block(), &prior, &Value::map([("name", Value::Unknown)]));
        assert_eq!(replaced(&block(), &prior, &planned), vec![Path::from("name")]);
        assert!(replaced(&block(), &Value::Null, &planned).is_empty(), "a create replaces nothing");
    }

    #[test]
    fn settling_leaves_nothing_unknown() {
        let open = Value::map([("a", Value::Unknown), ("b", Value::List(vec![Value::Unknown, true.into()]))]);
        assert!(settle(&open).is_wholly_known());
        assert_eq!(settle(&open).get("b"), &Value::List(vec![Value::Null, true.into()]));
    }
}
