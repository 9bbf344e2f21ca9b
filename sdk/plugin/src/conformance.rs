//! What a provider owes its host: a plan that follows the configuration. That the result follows the plan is the engine's
//! business: see [`rosa_ecr_engine::conformance`].
//!
//! The rules are those of Terraform's core. Providers built with Terraform's first SDK cannot keep them all and say so;
//! theirs are not checked.

use rosa_ecr_engine::conformance::{Violations, shown};
use rosa_ecr_model::{Attribute, Block, Nesting, Path, Presence, Shape, Value};

/// What is wrong with a plan for a configuration.
pub(crate) fn of_plan(block: &Block, prior: &Value, config: &Value, planned: &Value) -> Violations {
    let mut broken = Violations::new();
    plan_block(block, prior, config, planned, &Path::root(), &mut broken);
    broken
}

fn plan_block(block: &Block, prior: &Value, config: &Value, planned: &Value, path: &Path, broken: &mut Violations) {
    if planned.is_null() != config.is_null() {
        let (has, wants) = if planned.is_null() { ("nothing", "an object") } else { ("an object", "nothing") };
        broken.push((path.clone(), format!("the plan has {has}, the configuration {wants}")));
        return;
    }
    plan_attributes(&block.attributes, prior, config, planned, path, broken);
    for nested in &block.blocks {
        let name = nested.name.as_ref();
        let (prior, config, planned) = (prior.get(name), config.get(name), planned.get(name));
        let path = path.clone().attribute(name);
        if planned.is_null() && nested.nesting != Nesting::Single {
            broken.push((path, "blocks that are not there are planned as null and not as empty".to_owned()));
        } else if planned != config {
            plan_objects(
                nested.nesting,
                prior,
                config,
                planned,
                &path,
                broken,
                &|prior, config, planned, path, broken| {
                    plan_block(&nested.block, prior, config, planned, path, broken);
                },
            );
        }
    }
}

fn plan_attributes(
    attributes: &[Attribute],
    prior: &Value,
    config: &Value,
    planned: &Value,
    path: &Path,
    broken: &mut Violations,
) {
    for attribute in attributes {
        let name = attribute.name.as_ref();
        let path = path.clone().attribute(name);
        plan_attribute(attribute, prior.get(name), config.get(name), planned.get(name), &path, broken);
    }
}

fn plan_attribute(
    attribute: &Attribute,
    prior: &Value,
    config: &Value,
    planned: &Value,
    path: &Path,
    broken: &mut Violations,
) {
    if attribute.write_only {
        if !planned.is_null() {
            broken.push((path.clone(), "the plan holds a write-only value".to_owned()));
        }
        return;
    }
    let is_configured = planned == config;
    let is_kept = planned == prior && !prior.is_null() && !config.is_null();
    let is_computed = attribute.presence == Presence::Computed || (config.is_null() && attribute.is_computed());
    if is_configured || is_kept || is_computed {
        return;
    }
    match &attribute.shape {
        Shape::Nested { nesting, attributes } if !config.is_null() && !planned.is_null() => {
            plan_objects(*nesting, prior, config, planned, path, broken, &|prior, config, planned, path, broken| {
                plan_attributes(attributes, prior, config, planned, path, broken);
            });
        }
        _ => broken.push((
            path.clone(),
            format!("the plan has {}, the configuration {}", shown(attribute, planned), shown(attribute, config)),
        )),
    }
}

type CheckPlanned<'a> = dyn Fn(&Value, &Value, &Value, &Path, &mut Violations) + 'a;

fn plan_objects(
    nesting: Nesting,
    prior: &Value,
    config: &Value,
    planned: &Value,
    path: &Path,
    broken: &mut Violations,
    check: &CheckPlanned<'_>,
) {
    if planned.is_unknown() || config.is_unknown() {
        broken.push((path.clone(), "only one of configuration and plan is unknown".to_owned()));
        return;
    }
    match (nesting, config, planned) {
        (Nesting::Single | Nesting::Group, ..) => check(prior, config, planned, path, broken),
        (Nesting::List, Value::List(wanted), Value::List(planned)) if wanted.len() == planned.len() => {
            let prior = prior.elements().unwrap_or_default();
            for (at, (config, planned)) in wanted.iter().zip(planned).enumerate() {
                check(prior.get(at).unwrap_or(&Value::Null), config, planned, &path.clone().index(at), broken);
            }
        }
        (Nesting::Map, Value::Map(wanted), Value::Map(planned)) if wanted.keys().eq(planned.keys()) => {
            for (key, config) in wanted {
                check(prior.get(key), config, &planned[key], &path.clone().key(key), broken);
            }
        }
        // Nothing says which element of the configuration one of the plan comes from.
        (Nesting::Set, Value::Set(_), Value::Set(_)) => {}
        _ => broken.push((path.clone(), "the plan has other elements than the configuration".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proposed::tests::attribute;
    use rosa_ecr_model::{NestedBlock, Type};

    fn block() -> Block {
        let inner = vec![
            attribute("name", Type::String, Presence::Required),
            attribute("id", Type::String, Presence::Computed),
        ];
        let mut key = attribute("key", Type::String, Presence::Optional);
        key.sensitive = true;
        let mut password = attribute("password", Type::String, Presence::Optional);
        password.write_only = true;
        let nested = |name: &'static str, nesting| NestedBlock {
            name: name.into(),
            nesting,
            block: Block { attributes: inner.clone(), ..Block::default() },
        };
        let mut attributes = inner.clone();
        attributes.extend([key, password, attribute("ids", Type::set(Type::String), Presence::OptionalComputed)]);
        Block {
            attributes,
            blocks: vec![nested("list", Nesting::List), nested("set", Nesting::Set)],
            ..Block::default()
        }
    }

    fn object<const N: usize>(more: [(&str, Value); N]) -> Value {
        let mut entries = std::collections::BTreeMap::from([
            ("name".to_owned(), Value::from("a")),
            ("id".to_owned(), Value::Null),
            ("key".to_owned(), Value::Null),
            ("password".to_owned(), Value::Null),
            ("ids".to_owned(), Value::Null),
            ("list".to_owned(), Value::List(vec![])),
            ("set".to_owned(), Value::Set(vec![])),
        ]);
        entries.extend(more.map(|(name, value)| (name.to_owned(), value)));
        Value::Map(entries)
    }

    fn item(name: &str, id: Value) -> Value {
        Value::map([("name", name.into()), ("id", id)])
    }

    fn messages(broken: Violations) -> Vec<String> {
        broken.into_iter().map(|(path, what)| format!("{path}: {what}")).collect()
    }

    fn planned(prior: Value, config: Value, planned: Value) -> Vec<String> {
        messages(of_plan(&block(), &prior, &config, &planned))
    }

    #[test]
    fn a_plan_may_fill_in_what_it_computes_or_keep_what_was_there() {
        let plan = object([("id", Value::Unknown), ("ids", Value::set(["x".into()]))]);
        assert_eq!(planned(Value::Null, object([]), plan), [""; 0]);
        let (prior, config) = (object([("name", "A".into())]), object([("name", "a".into())]));
        assert_eq!(planned(prior.clone(), config, prior), [""; 0], "A is as good as a");
        let (config, plan) = (Value::List(vec![item("x", Value::Null)]), Value::List(vec![item("x", Value::Unknown)]));
        assert_eq!(planned(Value::Null, object([("list", config)]), object([("list", plan)])), [""; 0]);
    }

    #[test]
    fn a_plan_may_not_contradict_the_configuration() {
        let lie = object([("name", "b".into()), ("key", "hunter2".into()), ("password", "hunter2".into())]);
        assert_eq!(
            planned(Value::Null, object([]), lie),
            [
                "name: the plan has \"b\", the configuration \"a\"",
                "key: the plan has a sensitive value, the configuration null",
                "password: the plan holds a write-only value",
            ]
        );
        let with = |list| object([("list", list)]);
        let (one, none) = (with(Value::List(vec![item("x", Value::Null)])), with(Value::List(vec![])));
        assert_eq!(
            planned(Value::Null, one.clone(), none),
            ["list: the plan has other elements than the configuration"]
        );
        let other = with(Value::List(vec![item("y", Value::Null)]));
        assert_eq!(
            planned(Value::Null, one.clone(), other),
            ["list[0].name: the plan has \"y\", the configuration \"x\""]
        );
        assert!(planned(Value::Null, one, with(Value::Null))[0].contains("as null and not as empty"));
        assert!(planned(Value::Null, object([]), Value::Null)[0].contains("the plan has nothing"));
    }
}
