//! Which places of a value are secret: the one form that secrecy has, from an expression to the state.

use std::collections::BTreeSet;

use crate::schema::block::{Attribute, Block, Nesting, Shape};
use crate::value::path::{Path, Step};
use crate::value::tree::Value;

/// Which places of a value are secret. What is in a secret place is secret with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Secrets(BTreeSet<Path>);

impl Secrets {
    /// Nothing is.
    pub fn none() -> Self {
        Self::default()
    }

    /// All of it is.
    pub fn whole() -> Self {
        [Path::root()].into_iter().collect()
    }

    /// These attributes are, as wholes.
    pub fn attributes<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        names.into_iter().map(Path::from).collect()
    }

    /// Whether nothing is.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The places.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.0.iter()
    }

    /// Whether the attribute is, or something in it.
    pub fn has(&self, attribute: &str) -> bool {
        let names_it = |path: &Path| match path.steps().first() {
            Some(Step::Attribute(name) | Step::Key(name)) => name == attribute,
            Some(_) => false,
            None => true,
        };
        self.0.iter().any(names_it)
    }

    /// The same places of a collection that has the value as that element.
    #[must_use]
    pub fn behind(&self, step: &Step) -> Self {
        let place = Path::root().step(step.clone());
        self.0.iter().map(|path| path.steps().iter().cloned().fold(place.clone(), Path::step)).collect()
    }

    /// The places in the part of the value that is at that path.
    #[must_use]
    pub fn at(&self, path: &Path) -> Self {
        let in_part = |secret: &Path| {
            let (outer, inner) = (secret.steps(), path.steps());
            if inner.starts_with(outer) {
                return Some(Path::root());
            }
            let rest = outer.strip_prefix(inner)?;
            Some(rest.iter().cloned().fold(Path::root(), Path::step))
        };
        self.0.iter().filter_map(in_part).collect()
    }

    /// The attributes and blocks of a block in which something is secret, as wholes.
    #[must_use]
    pub fn by_attribute(&self, block: &Block) -> Self {
        Self::attributes(block.names().filter(|name| self.has(name)))
    }
}

impl FromIterator<Path> for Secrets {
    fn from_iter<I: IntoIterator<Item = Path>>(paths: I) -> Self {
        Self(paths.into_iter().collect())
    }
}

impl Extend<Path> for Secrets {
    fn extend<I: IntoIterator<Item = Path>>(&mut self, paths: I) {
        self.0.extend(paths);
    }
}

impl IntoIterator for Secrets {
    type Item = Path;
    type IntoIter = std::collections::btree_set::IntoIter<Path>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// What the block calls sensitive in a value of it, at any depth.
pub fn sensitive<'v>(block: &Block, value: &'v Value) -> Vec<&'v Value> {
    let mut found = Vec::new();
    in_block(block, value, &mut found);
    found
}

/// The attributes and blocks in which something is that the block calls sensitive, or may be once it is known.
pub fn sensitive_attributes(block: &Block, value: &Value) -> Secrets {
    let hides = |name: &&str| {
        let value = value.get(name);
        let (attribute, nested) = (block.attribute(name), block.blocks.iter().find(|nested| nested.name == *name));
        let mut found = Vec::new();
        if let Some(attribute) = attribute {
            in_attribute(attribute, value, &mut found);
        }
        if let Some(nested) = nested {
            each(nested.nesting, value, |value| in_block(&nested.block, value, &mut found));
        }
        let may = attribute.is_some_and(may_hide) || nested.is_some_and(|nested| block_may_hide(&nested.block));
        !found.is_empty() || (may && !value.is_wholly_known())
    };
    Secrets::attributes(block.names().filter(hides))
}

/// Whether the block calls the attribute or block of that name sensitive, or something in it.
pub fn is_sensitive(block: &Block, name: &str) -> bool {
    match block.attribute(name) {
        Some(attribute) => may_hide(attribute),
        None => block.blocks.iter().any(|nested| nested.name == name && block_may_hide(&nested.block)),
    }
}

fn in_block<'v>(block: &Block, value: &'v Value, found: &mut Vec<&'v Value>) {
    for attribute in &block.attributes {
        in_attribute(attribute, value.get(&attribute.name), found);
    }
    for nested in &block.blocks {
        each(nested.nesting, value.get(&nested.name), |value| in_block(&nested.block, value, found));
    }
}

fn in_attribute<'v>(attribute: &Attribute, value: &'v Value, found: &mut Vec<&'v Value>) {
    if attribute.sensitive {
        found.push(value);
    } else if let Shape::Nested { nesting, attributes } = &attribute.shape {
        let in_attributes = |value: &'v Value| {
            attributes.iter().for_each(|attribute| in_attribute(attribute, value.get(&attribute.name), found));
        };
        each(*nesting, value, in_attributes);
    }
}

fn each<'v>(nesting: Nesting, value: &'v Value, mut visit: impl FnMut(&'v Value)) {
    match nesting {
        Nesting::Single | Nesting::Group => visit(value),
        Nesting::List | Nesting::Set => value.elements().unwrap_or_default().iter().for_each(visit),
        Nesting::Map => value.entries().into_iter().flatten().for_each(|(_, element)| visit(element)),
    }
}

fn may_hide(attribute: &Attribute) -> bool {
    let nested = match &attribute.shape {
        Shape::Nested { attributes, .. } => attributes.as_slice(),
        Shape::Type(_) => &[],
    };
    attribute.sensitive || nested.iter().any(may_hide)
}

fn block_may_hide(block: &Block) -> bool {
    block.attributes.iter().any(may_hide) || block.blocks.iter().any(|nested| block_may_hide(&nested.block))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{NestedBlock, Presence, Type};

    fn attribute(name: &'static str, shape: Shape, sensitive: bool) -> Attribute {
        Attribute { sensitive, ..Attribute::new(name, shape, Presence::Computed) }
    }

    fn text() -> Shape {
        Shape::Type(Type::String)
    }

    fn users(name: &'static str) -> Attribute {
        let attributes = vec![attribute("name", text(), false), attribute("password", text(), true)];
        attribute(name, Shape::Nested { nesting: Nesting::List, attributes }, false)
    }

    #[test]
    fn sensitive_attributes_are_found_at_any_depth() {
        let block = Block {
            attributes: vec![attribute("token", text(), true), users("users"), attribute("name", text(), false)],
            ..Block::default()
        };
        let user = |name: &str| Value::map([("name", name.into()), ("password", "hunter2".into())]);
        let value = Value::map([("token", "t".into()), ("users", Value::List(vec![user("a"), user("b")]))]);
        assert_eq!(sensitive(&block, &value), [&"t".into(), &"hunter2".into(), &"hunter2".into()]);
        assert_eq!(sensitive_attributes(&block, &value), Secrets::attributes(["token", "users"]));
    }

    #[test]
    fn what_is_not_known_yet_may_turn_out_to_be_secret() {
        let inner = Block { attributes: vec![users("deep")], ..Block::default() };
        let block = Block {
            attributes: vec![users("users"), users("known"), attribute("name", text(), false)],
            blocks: vec![NestedBlock { name: "block".into(), nesting: Nesting::List, block: inner }],
            ..Block::default()
        };
        let value = Value::map([
            ("users", Value::Unknown),
            ("known", Value::List(Vec::new())),
            ("name", Value::Unknown),
            ("block", Value::List(vec![Value::map([("deep", Value::Unknown)])])),
        ]);
        assert_eq!(sensitive_attributes(&block, &value), Secrets::attributes(["block", "users"]));
    }

    #[test]
    fn places_move_with_their_value() {
        let secrets: Secrets = [Path::from("auth").attribute("password")].into_iter().collect();
        assert_eq!(secrets.at(&Path::from("auth")), Secrets::attributes(["password"]));
        assert_eq!(secrets.at(&Path::from("auth").attribute("password").index(0)), Secrets::whole());
        assert_eq!(Secrets::attributes(["password"]).behind(&Step::Attribute("auth".into())), secrets);
        assert!(secrets.has("auth") && !secrets.has("password") && Secrets::whole().has("anything"));
    }
}
