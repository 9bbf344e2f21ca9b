//! JSON of which some places are secret.

use std::collections::BTreeSet;
use std::fmt;

use rosa_ecr_model::{DecodeError, Path, Resolved, Secrets, Step, Type, Value};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// What `Debug` and masked output show for a secret.
const MASK: &str = "(secret)";

/// A value as a document keeps it: JSON, of which some places are secret. The secrets are plain text in memory, are sealed
/// when the document is written, and are masked in `Debug`.
///
/// There is one way in, [`new`](Self::new), from a value that carries its secret places; and there are two ways out, which
/// name what they do: [`masked`](Self::masked) and [`reveal`](Self::reveal).
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Contents {
    json: Json,
    /// The places of secrets, as JSON pointers (RFC 6901) such as `/auth/password`. The empty pointer is the whole.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty", rename = "secrets")]
    places: BTreeSet<String>,
}

impl Contents {
    /// The value with its secret places. An element of a set has no place of its own, so the set is secret for it.
    pub fn new(resolved: &Resolved) -> Self {
        let places = resolved.secrets.paths().map(pointer).collect();
        Self { json: resolved.value.to_json(), places }
    }

    /// The value, read along its type, with its secret places.
    ///
    /// # Errors
    /// If the JSON does not fit the type.
    pub fn resolved(&self, ty: &Type) -> Result<Resolved, DecodeError> {
        Ok(Resolved { value: Value::from_json(&self.json, ty)?, secrets: self.secrets() })
    }

    /// The secret places.
    pub fn secrets(&self) -> Secrets {
        self.places.iter().map(|place| self.path(place)).collect()
    }

    /// The JSON with every secret replaced by a mask.
    pub fn masked(&self) -> Json {
        let mut json = self.json.clone();
        for place in outermost(&self.places) {
            if let Some(secret) = json.pointer_mut(place).filter(|secret| !secret.is_null()) {
                *secret = Json::from(MASK);
            }
        }
        json
    }

    /// The JSON with its secrets: it must not be shown to anyone who has not asked for them.
    pub fn reveal(&self) -> &Json {
        &self.json
    }

    /// Whether there is a secret in it. Null at a secret's place is none.
    pub fn has_secrets(&self) -> bool {
        self.each_secret().next().is_some()
    }

    /// What is at the secret places.
    pub fn each_secret(&self) -> impl Iterator<Item = &Json> {
        outermost(&self.places).filter_map(|place| self.json.pointer(place)).filter(|secret| !secret.is_null())
    }

    /// Replaces each secret, which is given with its place.
    pub(crate) fn replace_secrets(&mut self, mut by: impl FnMut(&str, &Json) -> Option<Json>) {
        for place in outermost(&self.places) {
            if let Some(secret) = self.json.pointer_mut(place).filter(|secret| !secret.is_null())
                && let Some(other) = by(place, secret)
            {
                *secret = other;
            }
        }
    }
}

impl Contents {
    fn path(&self, place: &str) -> Path {
        let mut json = &self.json;
        let steps = place.split('/').skip(1).map(|token| {
            let name = unescaped(token);
            let (step, next) = match json {
                Json::Array(elements) => {
                    let index = name.parse().unwrap_or_default();
                    (Step::Index(index), elements.get(index))
                }
                object => (Step::Attribute(name.clone()), object.get(&name)),
            };
            json = next.unwrap_or(&Json::Null);
            step
        });
        steps.fold(Path::root(), Path::step)
    }
}

/// The places that are not in another one.
fn outermost(places: &BTreeSet<String>) -> impl Iterator<Item = &String> {
    places.iter().filter(|place| {
        let is_in = |other: &String| place.strip_prefix(other.as_str()).is_some_and(|rest| rest.starts_with('/'));
        !places.iter().any(is_in)
    })
}

impl fmt::Debug for Contents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.masked())
    }
}

fn pointer(path: &Path) -> String {
    let mut pointer = String::new();
    for step in path.steps() {
        match step {
            Step::Attribute(name) | Step::Key(name) => {
                pointer.push('/');
                pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
            }
            Step::Index(index) => pointer.push_str(&format!("/{index}")),
            Step::Element(_) => break,
        }
    }
    pointer
}

fn unescaped(token: &str) -> String {
    token.replace("~1", "/").replace("~0", "~")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_value_is_kept_with_its_secret_places() {
        let user = |name: &str| Value::map([("name", name.into()), ("pass/word", "hunter2".into())]);
        let value = Value::map([
            ("token", Value::Null),
            ("users", Value::List(vec![user("a"), user("b")])),
            ("set", Value::Set(vec!["hunter2".into()])),
        ]);
        let secrets = [
            Path::from("token"),
            Path::from("users").index(1).attribute("pass/word"),
            Path::from("set").element("hunter2".into()),
        ];
        let contents = Contents::new(&Resolved { value, secrets: secrets.into_iter().collect() });
        let written = serde_json::to_value(&contents).expect("JSON");
        assert_eq!(written["secrets"], json!(["/set", "/token", "/users/1/pass~1word"]));
        let user = Path::from("users").index(1).attribute("pass/word");
        assert_eq!(contents.secrets(), [Path::from("set"), Path::from("token"), user].into_iter().collect());
        assert_eq!((contents.each_secret().count(), contents.has_secrets()), (2, true));
        let masked = contents.masked();
        assert_eq!((&masked["set"], &masked["users"][1]["pass/word"]), (&json!(MASK), &json!(MASK)));
        assert_eq!(masked["token"], json!(null), "that there is no secret is not secret");
        assert!(format!("{contents:?}").matches("hunter2").count() == 1, "one of them is not secret: {contents:?}");
    }

    #[test]
    fn a_place_may_be_in_another_one() {
        let user = Value::map([("name", "hunter2".into()), ("host", "a".into())]);
        let value = Value::map([("users", Value::List(vec![user])), ("users2", "b".into())]);
        let places = [Path::from("users"), Path::from("users").index(0).attribute("name")];
        let mut contents = Contents::new(&Resolved { value, secrets: places.iter().cloned().collect() });
        assert_eq!(contents.secrets(), places.iter().cloned().collect());
        assert_eq!(contents.each_secret().collect::<Vec<_>>(), [&contents.reveal()["users"]]);
        assert_eq!(contents.masked(), json!({ "users": MASK, "users2": "b" }));
        let (before, mut seen) = (contents.clone(), Vec::new());
        for with in [Json::from("sealed"), before.reveal()["users"].clone()] {
            contents.replace_secrets(|place, _| {
                seen.push(place.to_owned());
                Some(with.clone())
            });
        }
        assert_eq!((contents, seen), (before, vec!["/users".to_owned(); 2]));
    }

    #[test]
    fn a_whole_can_be_secret() {
        let contents = Contents::new(&Resolved::secret("hunter2".into()));
        assert_eq!(serde_json::to_value(&contents).expect("JSON"), json!({ "json": "hunter2", "secrets": [""] }));
        assert_eq!((contents.masked(), contents.reveal()), (json!(MASK), &json!("hunter2")));
        assert_eq!(contents.secrets(), Secrets::whole());
    }
}
