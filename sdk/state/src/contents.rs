//! JSON of which some places are secret.

use std::collections::BTreeSet;
use std::fmt;

use rosa_ecr_model::{Attribute, Block, DecodeError, Nesting, Shape, Type, Value};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// What `Debug` and masked output show for a secret.
const MASK: &str = "(secret)";

/// JSON of which some places are secret. The secrets are plain text in memory, are sealed when the document is written,
/// and are masked in `Debug`.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Contents {
    /// The value.
    pub json: Json,
    /// The places of secrets, as JSON pointers (RFC 6901) such as `/auth/password`. The empty pointer is the whole.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub secrets: BTreeSet<String>,
}

impl Contents {
    /// Nothing of it is secret.
    pub fn plain(json: Json) -> Self {
        Self { json, secrets: BTreeSet::new() }
    }

    /// All of it is secret.
    pub fn secret(json: Json) -> Self {
        Self { json, secrets: [String::new()].into() }
    }

    /// A value of that block; what the block calls sensitive is secret.
    pub fn of(block: &Block, value: &Value) -> Self {
        Self { json: value.to_json(), secrets: secret_places(block, value) }
    }

    /// The value, read along its type.
    ///
    /// # Errors
    /// Where the JSON does not fit the type.
    pub fn value(&self, ty: &Type) -> Result<Value, DecodeError> {
        Value::from_json(&self.json, ty)
    }

    /// The JSON with every secret replaced by a mask.
    pub fn masked(&self) -> Json {
        let mut json = self.json.clone();
        for place in &self.secrets {
            if let Some(secret) = json.pointer_mut(place).filter(|secret| !secret.is_null()) {
                *secret = Json::from(MASK);
            }
        }
        json
    }

    /// Whether there is a secret in it. Null at a secret's place is none.
    pub fn has_secrets(&self) -> bool {
        self.secrets.iter().any(|place| self.json.pointer(place).is_some_and(|secret| !secret.is_null()))
    }
}

impl fmt::Debug for Contents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.masked())
    }
}

/// The places of everything in `value` that the block calls sensitive, as JSON pointers into [`Value::to_json`].
pub fn secret_places(block: &Block, value: &Value) -> BTreeSet<String> {
    secrets_in(block, value).into_iter().map(|(place, _)| place).collect()
}

/// The same with what is there.
pub fn secrets_in<'v>(block: &Block, value: &'v Value) -> Vec<(String, &'v Value)> {
    let mut found = Vec::new();
    in_block(block, value, "", &mut found);
    found
}

fn in_block<'v>(block: &Block, value: &'v Value, at: &str, found: &mut Vec<(String, &'v Value)>) {
    in_attributes(&block.attributes, value, at, found);
    for nested in &block.blocks {
        let at = below(at, &nested.name);
        each(nested.nesting, value.get(&nested.name), &at, |value, at| in_block(&nested.block, value, at, found));
    }
}

fn in_attributes<'v>(attributes: &[Attribute], value: &'v Value, at: &str, found: &mut Vec<(String, &'v Value)>) {
    for attribute in attributes {
        let (value, at) = (value.get(&attribute.name), below(at, &attribute.name));
        if attribute.sensitive {
            found.push((at, value));
        } else if let Shape::Nested { nesting, attributes } = &attribute.shape {
            each(*nesting, value, &at, |value, at| in_attributes(attributes, value, at, found));
        }
    }
}

fn each<'v>(nesting: Nesting, value: &'v Value, at: &str, mut visit: impl FnMut(&'v Value, &str)) {
    match nesting {
        Nesting::Single | Nesting::Group => visit(value, at),
        Nesting::List | Nesting::Set => {
            for (index, element) in value.elements().unwrap_or_default().iter().enumerate() {
                visit(element, &below(at, &index.to_string()));
            }
        }
        Nesting::Map => {
            for (key, element) in value.entries().into_iter().flatten() {
                visit(element, &below(at, key));
            }
        }
    }
}

fn below(at: &str, name: &str) -> String {
    format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rosa_ecr_model::Presence;
    use serde_json::json;

    fn attribute(name: &'static str, shape: Shape, sensitive: bool) -> Attribute {
        Attribute { sensitive, ..Attribute::new(name, shape, Presence::Optional) }
    }

    #[test]
    fn sensitive_attributes_are_found_at_any_depth() {
        let text = || Shape::Type(Type::String);
        let users = Shape::Nested {
            nesting: Nesting::List,
            attributes: vec![attribute("name", text(), false), attribute("password", text(), true)],
        };
        let block = Block {
            attributes: vec![attribute("token", text(), true), attribute("users", users, false)],
            ..Block::default()
        };
        let user = |name: &str| Value::map([("name", name.into()), ("password", "hunter2".into())]);
        let value = Value::map([("token", Value::Null), ("users", Value::List(vec![user("a"), user("b")]))]);
        let contents = Contents::of(&block, &value);
        let places: Vec<&str> = contents.secrets.iter().map(String::as_str).collect();
        assert_eq!(places, ["/token", "/users/0/password", "/users/1/password"]);
        assert!(contents.has_secrets());
        assert!(!format!("{contents:?}").contains("hunter2"));
        assert_eq!(contents.masked()["token"], json!(null), "that there is no secret is not secret");
        assert_eq!(contents.value(&block.ty()), Ok(value));
    }
}
