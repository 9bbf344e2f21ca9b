//! What may be kept of a state that a provider has answered with.

use rosa_ecr_engine::conformance::Violations;
use rosa_ecr_model::{Attribute, Block, Nesting, Path, Shape, Value, conform, plan};

/// The state with no unknown and no write-only value in it, and where there was one. Blocks of which there are none are
/// empty and not null: Terraform's first SDK does not tell the difference, and Terraform mends it likewise.
pub(crate) fn of(block: &Block, state: Value) -> (Value, Violations) {
    let mut broken = Violations::new();
    let state = in_block(block, &conform(block, state), &Path::root(), &mut broken);
    (state, broken)
}

fn in_block(block: &Block, value: &Value, path: &Path, broken: &mut Violations) -> Value {
    let Value::Map(entries) = value else { return settled(value, path, broken) };
    let kept = entries.iter().map(|(name, value)| {
        let path = path.clone().attribute(name);
        let nested = block.blocks.iter().find(|nested| nested.name == name.as_str());
        let value = match (block.attribute(name), nested) {
            (Some(attribute), _) => in_attribute(attribute, value, &path, broken),
            (None, Some(nested)) => each(nested.nesting, value, &path, broken, &|value, path, broken| {
                in_block(&nested.block, value, path, broken)
            }),
            (None, None) => value.clone(),
        };
        (name, value)
    });
    Value::map(kept)
}

fn in_attribute(attribute: &Attribute, value: &Value, path: &Path, broken: &mut Violations) -> Value {
    if attribute.write_only && !value.is_null() {
        broken.push((path.clone(), "it keeps a write-only value".to_owned()));
        return Value::Null;
    }
    let Shape::Nested { nesting, attributes } = &attribute.shape else { return settled(value, path, broken) };
    each(*nesting, value, path, broken, &|value, path, broken| {
        let Value::Map(entries) = value else { return settled(value, path, broken) };
        Value::map(entries.iter().map(|(name, value)| {
            let path = path.clone().attribute(name);
            let attribute = attributes.iter().find(|attribute| attribute.name == name.as_str());
            (name, attribute.map_or(Value::Null, |attribute| in_attribute(attribute, value, &path, broken)))
        }))
    })
}

type Keep<'a> = dyn Fn(&Value, &Path, &mut Violations) -> Value + 'a;

fn each(nesting: Nesting, value: &Value, path: &Path, broken: &mut Violations, keep: &Keep<'_>) -> Value {
    match (nesting, value) {
        (Nesting::Single | Nesting::Group, value) => keep(value, path, broken),
        (_, Value::List(objects)) => {
            let objects = objects.iter().enumerate();
            Value::List(objects.map(|(at, object)| keep(object, &path.clone().index(at), broken)).collect())
        }
        (_, Value::Set(objects)) => Value::set(objects.iter().map(|object| keep(object, path, broken))),
        (_, Value::Map(objects)) => {
            Value::map(objects.iter().map(|(key, object)| (key, keep(object, &path.clone().key(key), broken))))
        }
        (_, value) => settled(value, path, broken),
    }
}

/// Null in place of unknown.
fn settled(value: &Value, path: &Path, broken: &mut Violations) -> Value {
    if value.is_wholly_known() {
        return value.clone();
    }
    broken.push((path.clone(), "its value is not known".to_owned()));
    plan::settle(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proposed::tests::attribute;
    use rosa_ecr_model::{NestedBlock, Presence, Type};

    #[test]
    fn what_no_state_may_have_is_taken_out_and_reported() {
        let token = Attribute { write_only: true, ..attribute("token", Type::String, Presence::Optional) };
        let inner = vec![attribute("id", Type::String, Presence::Computed), token.clone()];
        let shape = Shape::Nested { nesting: Nesting::List, attributes: inner.clone() };
        let block = Block {
            attributes: vec![token, Attribute { shape, ..attribute("list", Type::Dynamic, Presence::Optional) }],
            blocks: [("rules", Nesting::Set), ("none", Nesting::List)]
                .map(|(name, nesting)| NestedBlock {
                    name: name.into(),
                    nesting,
                    block: Block { attributes: inner.clone(), ..Block::default() },
                })
                .into(),
            ..Block::default()
        };
        let item = |id: Value, token: Value| Value::map([("id", id), ("token", token)]);
        let state = Value::map([
            ("token", "hunter2".into()),
            ("list", Value::List(vec![item(Value::Unknown, Value::Null)])),
            ("rules", Value::set([item("1".into(), "hunter3".into())])),
            ("none", Value::Null),
        ]);
        let (kept, broken) = of(&block, state);
        assert_eq!(
            kept,
            Value::map([
                ("token", Value::Null),
                ("list", Value::List(vec![item(Value::Null, Value::Null)])),
                ("rules", Value::set([item("1".into(), Value::Null)])),
                ("none", Value::List(vec![])),
            ])
        );
        let messages: Vec<String> = broken.iter().map(|(path, what)| format!("{path}: {what}")).collect();
        assert_eq!(
            messages,
            [
                "list[0].id: its value is not known",
                "rules.token: it keeps a write-only value",
                "token: it keeps a write-only value"
            ]
        );
    }
}
