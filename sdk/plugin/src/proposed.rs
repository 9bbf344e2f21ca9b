//! The state that a host proposes to a provider: the configuration, completed with what the provider computed before.
//!
//! Unlike [`plan::propose`](rosa_ecr_model::plan::propose), which is for resources of our own, it leaves null what is
//! not known: the provider says what is unknown. The rules are those of Terraform's core. Elements of sets meet the prior
//! element that may have come from the same configuration; which one that is, nothing else can say.

use rosa_ecr_model::{Attribute, Block, Nesting, Presence, Shape, Value};

/// The proposed state for a configuration in full shape. The prior state is null for a create.
pub(crate) fn propose(block: &Block, prior: &Value, config: &Value) -> Value {
    if config.is_null() || config.is_unknown() {
        return if config.is_unknown() { config.clone() } else { prior.clone() };
    }
    let attributes = block.attributes.iter().map(|attribute| {
        let name = attribute.name.as_ref();
        (name, propose_attribute(attribute, prior.get(name), config.get(name)))
    });
    let blocks = block.blocks.iter().map(|nested| {
        let name = nested.name.as_ref();
        let from = |prior: &Value, config: &Value| comes_from(&nested.block, prior, config);
        let propose = |prior: &Value, config: &Value| propose(&nested.block, prior, config);
        (name, propose_objects(nested.nesting, prior.get(name), config.get(name), from, propose))
    });
    Value::map(attributes.chain(blocks))
}

fn propose_attribute(attribute: &Attribute, prior: &Value, config: &Value) -> Value {
    match &attribute.shape {
        _ if config.is_null() && attribute.is_computed() => {
            // What only a configuration can have set goes with it.
            if holds_configured(attribute, prior) { Value::Null } else { prior.clone() }
        }
        Shape::Nested { nesting, attributes } => {
            let from = |prior: &Value, config: &Value| attributes_come_from(attributes, prior, config);
            propose_objects(*nesting, prior, config, from, |prior, config| {
                propose_attributes(attributes, prior, config)
            })
        }
        Shape::Type(_) => config.clone(),
    }
}

fn propose_attributes(attributes: &[Attribute], prior: &Value, config: &Value) -> Value {
    if config.is_null() || config.is_unknown() {
        return config.clone();
    }
    Value::map(attributes.iter().map(|attribute| {
        let name = attribute.name.as_ref();
        (name, propose_attribute(attribute, prior.get(name), config.get(name)))
    }))
}

fn propose_objects(
    nesting: Nesting,
    prior: &Value,
    config: &Value,
    comes_from: impl Fn(&Value, &Value) -> bool,
    propose: impl Fn(&Value, &Value) -> Value,
) -> Value {
    match (nesting, config) {
        (Nesting::Single | Nesting::Group, object @ Value::Map(_)) => propose(prior, object),
        (Nesting::List, Value::List(objects)) => {
            let prior = prior.elements().unwrap_or_default();
            let objects = objects.iter().enumerate();
            Value::List(objects.map(|(at, object)| propose(prior.get(at).unwrap_or(&Value::Null), object)).collect())
        }
        (Nesting::Map, Value::Map(objects)) => {
            Value::map(objects.iter().map(|(key, object)| (key, propose(prior.get(key), object))))
        }
        (Nesting::Set, Value::Set(objects)) => {
            let mut unused: Vec<&Value> = prior.elements().unwrap_or_default().iter().collect();
            Value::set(objects.iter().map(|object| {
                let found = unused.iter().position(|prior| comes_from(prior, object));
                propose(found.map_or(&Value::Null, |at| unused.remove(at)), object)
            }))
        }
        (_, null_or_unknown) => null_or_unknown.clone(),
    }
}

/// Whether a prior value of an attribute that may be computed has parts that only a configuration sets.
fn holds_configured(attribute: &Attribute, prior: &Value) -> bool {
    let Shape::Nested { nesting, attributes } = &attribute.shape else { return false };
    if attribute.presence != Presence::OptionalComputed {
        return false;
    }
    let holds = |object: &Value| {
        attributes.iter().any(|inner| {
            let value = object.get(&inner.name);
            (!inner.is_computed() && !value.is_null()) || holds_configured(inner, value)
        })
    };
    match (nesting, prior) {
        (Nesting::Single | Nesting::Group, object) => holds(object),
        (_, Value::Map(objects)) => objects.values().any(holds),
        (_, objects) => objects.elements().unwrap_or_default().iter().any(holds),
    }
}

/// Whether the prior object may be the configured one, with only computed values added.
fn comes_from(block: &Block, prior: &Value, config: &Value) -> bool {
    prior == config
        || (attributes_come_from(&block.attributes, prior, config)
            && block.blocks.iter().all(|nested| {
                let (prior, config) = (prior.get(&nested.name), config.get(&nested.name));
                objects_come_from(nested.nesting, prior, config, |prior, config| {
                    comes_from(&nested.block, prior, config)
                })
            }))
}

fn attributes_come_from(attributes: &[Attribute], prior: &Value, config: &Value) -> bool {
    prior.is_null() == config.is_null()
        && attributes.iter().all(|attribute| {
            let (prior, config) = (prior.get(&attribute.name), config.get(&attribute.name));
            prior == config
                || (config.is_null() && attribute.is_computed())
                || match &attribute.shape {
                    Shape::Type(_) => false,
                    Shape::Nested { nesting, attributes } => {
                        objects_come_from(*nesting, prior, config, |prior, config| {
                            attributes_come_from(attributes, prior, config)
                        })
                    }
                }
        })
}

fn objects_come_from(
    nesting: Nesting,
    prior: &Value,
    config: &Value,
    comes_from: impl Fn(&Value, &Value) -> bool,
) -> bool {
    match (nesting, prior, config) {
        _ if prior == config => true,
        (Nesting::Single | Nesting::Group, Value::Map(_), Value::Map(_)) => comes_from(prior, config),
        (Nesting::List, Value::List(prior), Value::List(config)) => {
            prior.len() == config.len() && prior.iter().zip(config).all(|(prior, config)| comes_from(prior, config))
        }
        (Nesting::Map, Value::Map(prior), Value::Map(config)) => {
            prior.len() == config.len()
                && prior.iter().all(|(key, prior)| config.get(key).is_some_and(|config| comes_from(prior, config)))
        }
        // Sets in sets are not matched any more: they must be equal.
        _ => false,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use rosa_ecr_model::{NestedBlock, Type};

    /// An attribute of a plain type.
    pub(crate) fn attribute(name: &str, ty: Type, presence: Presence) -> Attribute {
        Attribute::new(name.to_owned(), Shape::Type(ty), presence)
    }

    /// `name` is required, `mode` is optional and computed, `id` is computed.
    fn item() -> Vec<Attribute> {
        vec![
            attribute("name", Type::String, Presence::Required),
            attribute("mode", Type::String, Presence::OptionalComputed),
            attribute("id", Type::String, Presence::Computed),
        ]
    }

    fn thing(name: &str, mode: &str, id: &str) -> Value {
        let text = |text: &str| if text.is_empty() { Value::Null } else { Value::from(text) };
        Value::map([("name", text(name)), ("mode", text(mode)), ("id", text(id))])
    }

    /// A block that holds items that way.
    fn holding(nesting: Nesting) -> Block {
        let block = Block { attributes: item(), ..Block::default() };
        Block { blocks: vec![NestedBlock { name: "items".into(), nesting, block }], ..Block::default() }
    }

    fn items(items: Value) -> Value {
        Value::map([("items", items)])
    }

    #[test]
    fn a_create_leaves_the_computed_null() {
        let block = Block { attributes: item(), ..Block::default() };
        assert_eq!(propose(&block, &Value::Null, &thing("a", "", "")), thing("a", "", ""));
    }

    #[test]
    fn an_update_keeps_what_was_computed() {
        let block = Block { attributes: item(), ..Block::default() };
        assert_eq!(propose(&block, &thing("a", "m", "1"), &thing("b", "", "")), thing("b", "m", "1"));
        assert_eq!(propose(&block, &thing("a", "m", "1"), &thing("a", "n", "")), thing("a", "n", "1"));
    }

    #[test]
    fn lists_match_by_index_and_maps_by_key() {
        let prior = items(Value::List(vec![thing("a", "", "1"), thing("b", "", "2")]));
        let config = items(Value::List(vec![thing("b", "", ""), thing("c", "", ""), thing("d", "", "")]));
        let wanted = items(Value::List(vec![thing("b", "", "1"), thing("c", "", "2"), thing("d", "", "")]));
        assert_eq!(propose(&holding(Nesting::List), &prior, &config), wanted);
        let prior = items(Value::map([("x", thing("a", "", "1")), ("y", thing("b", "", "2"))]));
        let config = items(Value::map([("y", thing("c", "", "")), ("z", thing("d", "", ""))]));
        let wanted = items(Value::map([("y", thing("c", "", "2")), ("z", thing("d", "", ""))]));
        assert_eq!(propose(&holding(Nesting::Map), &prior, &config), wanted);
    }

    #[test]
    fn sets_match_by_what_was_configured() {
        let prior = items(Value::set([thing("a", "m", "1"), thing("b", "n", "2"), thing("b", "n", "3")]));
        let config = items(Value::set([thing("b", "", ""), thing("b", "n", ""), thing("c", "", "")]));
        let proposed = propose(&holding(Nesting::Set), &prior, &config);
        let wanted = items(Value::set([thing("b", "n", "2"), thing("b", "n", "3"), thing("c", "", "")]));
        assert_eq!(proposed, wanted, "each prior element is used once");
        let other = items(Value::set([thing("a", "x", "")]));
        assert_eq!(propose(&holding(Nesting::Set), &prior, &other), other, "another mode is another element");
    }

    #[test]
    fn an_unknown_block_stays_and_a_single_one_goes() {
        let unknown = items(Value::Unknown);
        assert_eq!(propose(&holding(Nesting::Set), &items(Value::set([thing("a", "", "1")])), &unknown), unknown);
        let gone = items(Value::Null);
        assert_eq!(propose(&holding(Nesting::Single), &items(thing("a", "", "1")), &gone), gone);
        let group = propose(&holding(Nesting::Group), &items(thing("a", "m", "1")), &items(thing("", "", "")));
        assert_eq!(group, items(thing("", "m", "1")));
    }

    #[test]
    fn what_only_a_configuration_sets_goes_with_it() {
        let nested = |presence| Block {
            attributes: vec![Attribute {
                shape: Shape::Nested { nesting: Nesting::Single, attributes: item() },
                ..attribute("item", Type::Dynamic, presence)
            }],
            ..Block::default()
        };
        let (prior, config) = (Value::map([("item", thing("a", "m", "1"))]), Value::map([("item", Value::Null)]));
        assert_eq!(propose(&nested(Presence::OptionalComputed), &prior, &config), config, "the name was configured");
        let computed = Value::map([("item", thing("", "m", "1"))]);
        assert_eq!(propose(&nested(Presence::OptionalComputed), &computed, &config), computed);
        assert_eq!(propose(&nested(Presence::Computed), &prior, &config), prior);
    }
}
