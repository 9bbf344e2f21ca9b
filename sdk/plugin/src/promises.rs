//! What a provider owes its host: a plan that follows the configuration, and a result that follows the plan.
//!
//! The rules are those of Terraform's core. Providers built with Terraform's first SDK cannot keep them all and say so;
//! theirs are not checked.

use rosa_ecr_model::{Attribute, Block, Nesting, Path, Presence, Shape, Type, Value, quoted};

/// Broken promises: where, and what is wrong. Values are shown only where they are not sensitive.
pub(crate) type Broken = Vec<(Path, String)>;

/// What is wrong with a plan for a configuration.
pub(crate) fn of_plan(block: &Block, prior: &Value, config: &Value, planned: &Value) -> Broken {
    let mut broken = Broken::new();
    plan_block(block, prior, config, planned, &Path::root(), &mut broken);
    broken
}

fn plan_block(block: &Block, prior: &Value, config: &Value, planned: &Value, path: &Path, broken: &mut Broken) {
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
    broken: &mut Broken,
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
    broken: &mut Broken,
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

type CheckPlanned<'a> = dyn Fn(&Value, &Value, &Value, &Path, &mut Broken) + 'a;

fn plan_objects(
    nesting: Nesting,
    prior: &Value,
    config: &Value,
    planned: &Value,
    path: &Path,
    broken: &mut Broken,
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

/// What is wrong with a result of a plan.
pub(crate) fn of_apply(block: &Block, planned: &Value, actual: &Value) -> Broken {
    let mut broken = Broken::new();
    apply_block(block, planned, actual, &Path::root(), &mut broken);
    broken
}

fn apply_block(block: &Block, planned: &Value, actual: &Value, path: &Path, broken: &mut Broken) {
    if planned.is_unknown() || (planned.is_null() && actual.is_null()) {
        return;
    }
    if planned.is_null() || actual.is_null() {
        let (was, is) = if planned.is_null() { ("absent", "there") } else { ("there", "absent") };
        broken.push((path.clone(), format!("it was planned to be {was}, and is {is}")));
        return;
    }
    for attribute in &block.attributes {
        let name = attribute.name.as_ref();
        // Nothing was said of a value of any type, not even the type.
        let is_open = planned.get(name).is_null() && matches!(attribute.shape, Shape::Type(Type::Dynamic));
        if !is_open && !completes(planned.get(name), actual.get(name)) {
            let (planned, actual) = (shown(attribute, planned.get(name)), shown(attribute, actual.get(name)));
            broken.push((path.clone().attribute(name), format!("it was planned to be {planned}, and is {actual}")));
        }
    }
    for nested in &block.blocks {
        let name = nested.name.as_ref();
        let path = path.clone().attribute(name);
        let (planned, actual) = (planned.get(name), actual.get(name));
        let matches = |planned: &Value, actual: &Value| of_apply(&nested.block, planned, actual).is_empty();
        match (planned, actual) {
            (Value::List(wanted), Value::List(actual)) if wanted.len() == actual.len() => {
                for (at, (planned, actual)) in wanted.iter().zip(actual).enumerate() {
                    apply_block(&nested.block, planned, actual, &path.clone().index(at), broken);
                }
            }
            (Value::Map(wanted), Value::Map(actual))
                if nested.nesting == Nesting::Map && wanted.keys().eq(actual.keys()) =>
            {
                for (key, planned) in wanted {
                    apply_block(&nested.block, planned, &actual[key], &path.clone().key(key), broken);
                }
            }
            (Value::Set(wanted), Value::Set(actual)) if correspond(wanted, actual, matches) => {}
            _ if matches!(nested.nesting, Nesting::Single | Nesting::Group) => {
                apply_block(&nested.block, planned, actual, &path, broken);
            }
            (Value::Null | Value::Unknown, _) | (_, Value::Null) => {}
            _ => broken.push((path, "it has other blocks than were planned".to_owned())),
        }
    }
}

/// Whether `actual` is `planned` with what was unknown filled in.
fn completes(planned: &Value, actual: &Value) -> bool {
    match (planned, actual) {
        (Value::Unknown, _) => true,
        (Value::List(planned), Value::List(actual)) => {
            planned.len() == actual.len()
                && planned.iter().zip(actual).all(|(planned, actual)| completes(planned, actual))
        }
        (Value::Map(planned), Value::Map(actual)) => {
            planned.len() == actual.len()
                && planned.iter().all(|(key, planned)| actual.get(key).is_some_and(|actual| completes(planned, actual)))
        }
        (Value::Set(planned), Value::Set(actual)) => correspond(planned, actual, completes),
        _ => planned == actual,
    }
}

/// Whether every element of either set has one in the other. Unknown elements may turn out to be equal, so there may be
/// fewer of them in the end, and never more.
fn correspond(planned: &[Value], actual: &[Value], matches: impl Fn(&Value, &Value) -> bool) -> bool {
    actual.len() <= planned.len()
        && planned.iter().all(|planned| actual.iter().any(|actual| matches(planned, actual)))
        && actual.iter().all(|actual| planned.iter().any(|planned| matches(planned, actual)))
}

/// A value in a sentence.
fn shown(attribute: &Attribute, value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Unknown => "unknown".to_owned(),
        _ if attribute.sensitive => "a sensitive value".to_owned(),
        Value::Bool(truth) => truth.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => quoted(text),
        Value::List(elements) | Value::Set(elements) => format!("a collection of {}", elements.len()),
        Value::Map(entries) => format!("a map or an object of {}", entries.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proposed::tests::attribute;
    use rosa_ecr_model::NestedBlock;

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
        attributes.push(attribute("any", Type::Dynamic, Presence::Computed));
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

    fn told(broken: Broken) -> Vec<String> {
        broken.into_iter().map(|(path, what)| format!("{path}: {what}")).collect()
    }

    fn planned(prior: Value, config: Value, planned: Value) -> Vec<String> {
        told(of_plan(&block(), &prior, &config, &planned))
    }

    fn applied(planned: Value, actual: Value) -> Vec<String> {
        told(of_apply(&block(), &planned, &actual))
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

    #[test]
    fn a_result_may_fill_in_the_unknown() {
        let plan = object([
            ("id", Value::Unknown),
            ("ids", Value::set([Value::Unknown, Value::Unknown])),
            ("set", Value::set([item("x", Value::Unknown)])),
        ]);
        let actual = object([
            ("id", "1".into()),
            ("ids", Value::set(["same".into()])),
            ("set", Value::set([item("x", "2".into())])),
            ("any", "of any type".into()),
        ]);
        assert_eq!(applied(plan, actual), [""; 0]);
    }

    #[test]
    fn a_result_may_not_contradict_the_plan() {
        let sets = |ids, set| object([("ids", ids), ("set", set)]);
        let plan = sets(Value::set(["x".into()]), Value::set([item("x", Value::Unknown)]));
        let actual = sets(Value::set(["x".into(), "y".into()]), Value::set([item("y", "1".into())]));
        assert_eq!(
            applied(plan, actual),
            [
                "ids: it was planned to be a collection of 1, and is a collection of 2",
                "set: it has other blocks than were planned"
            ]
        );
        assert_eq!(
            applied(object([]), object([("name", Value::Null)])),
            ["name: it was planned to be \"a\", and is null"]
        );
        assert!(applied(object([]), Value::Null)[0].contains("planned to be there"));
        let list = |name| object([("list", Value::List(vec![item(name, Value::Null)]))]);
        assert_eq!(applied(list("x"), list("y")), ["list[0].name: it was planned to be \"x\", and is \"y\""]);
    }
}
