//! What a provider owes its host: a result that follows the plan. What was known in the plan is what others were planned with.
//!
//! The rules are those of Terraform's core.

use rosa_ecr_model::{Attribute, Block, Nesting, Path, Shape, Type, Value, quoted};

/// Where a result does not follow its plan, and what is wrong there. Values are shown only if they are not sensitive.
pub type Violations = Vec<(Path, String)>;

/// What is wrong with a result of a plan.
pub fn of_apply(block: &Block, planned: &Value, actual: &Value) -> Violations {
    let mut broken = Violations::new();
    apply_block(block, planned, actual, &Path::root(), &mut broken);
    broken
}

fn apply_block(block: &Block, planned: &Value, actual: &Value, path: &Path, broken: &mut Violations) {
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
        // Nothing is known of a value of any type, not even the type.
        let is_open = planned.get(name).is_null() && matches!(attribute.shape, Shape::Type(Type::Dynamic));
        if !is_open && !completes(planned.get(name), actual.get(name)) {
            let (planned, actual) = (shown(attribute, planned.get(name)), shown(attribute, actual.get(name)));
            let what = match planned == actual {
                true => format!("it was planned to be another one, and is {actual}"),
                false => format!("it was planned to be {planned}, and is {actual}"),
            };
            broken.push((path.clone().attribute(name), what));
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

/// A value in a sentence. What the schema calls sensitive is not shown.
pub fn shown(attribute: &Attribute, value: &Value) -> String {
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
    use rosa_ecr_model::{NestedBlock, Presence};

    use super::*;

    fn block() -> Block {
        let attribute = |name: &'static str, ty| Attribute::new(name, Shape::Type(ty), Presence::OptionalComputed);
        let inner = vec![attribute("name", Type::String), attribute("id", Type::String)];
        let nested = |name: &'static str, nesting| NestedBlock {
            name: name.into(),
            nesting,
            block: Block { attributes: inner.clone(), ..Block::default() },
        };
        let mut attributes = inner.clone();
        attributes.extend([attribute("any", Type::Dynamic), attribute("ids", Type::set(Type::String))]);
        attributes.push(Attribute { sensitive: true, ..attribute("key", Type::String) });
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

    fn applied(planned: Value, actual: Value) -> Vec<String> {
        let broken = of_apply(&block(), &planned, &actual);
        broken.into_iter().map(|(path, what)| format!("{path}: {what}")).collect()
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

    #[test]
    fn what_is_not_shown_or_looks_the_same_is_another_one() {
        let key = |key: &str| object([("key", key.into())]);
        let found = applied(key("hunter2"), key("hunter3"));
        assert_eq!(found, ["key: it was planned to be another one, and is a sensitive value"]);
        let ids = |id: &str| object([("ids", Value::set([id.into()]))]);
        assert_eq!(applied(ids("x"), ids("y")), ["ids: it was planned to be another one, and is a collection of 1"]);
    }
}
