//! What a run would do or did, as data: for people, machines and programs alike. No secret is shown.

use std::fmt;

use rosa_ecr_model::{Block, Path, Step as PathStep, Value};
use rosa_ecr_state::Contents;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// What stands for a secret.
pub const SECRET: &str = "(secret)";

/// What stands for a value that only the apply makes known.
pub const UNKNOWN: &str = "(known after apply)";

/// What is done with a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Nothing: it is as it shall be.
    Keep,
    /// It is made.
    Create,
    /// It is changed in place.
    Update,
    /// A new one is made, then the old one is deleted.
    Replace,
    /// The old one is deleted, then a new one is made.
    DeleteThenCreate,
    /// It is deleted.
    Delete,
    /// It is left as it is and forgotten: `retain`.
    Forget,
    /// It is looked up, which changes nothing.
    Read,
}

impl Action {
    /// Whether anything is changed.
    pub fn is_change(self) -> bool {
        !matches!(self, Self::Keep | Self::Read)
    }

    /// Whether a new object takes the place of the old one.
    pub fn is_replacement(self) -> bool {
        matches!(self, Self::Replace | Self::DeleteThenCreate)
    }
}

/// What is done with one resource, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Its name.
    pub resource: String,
    /// Its type.
    pub type_name: String,
    /// The component that it is a part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// What is done.
    pub action: Action,
    /// The name that it had so far, where that changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renamed_from: Option<String>,
    /// Whether the create that made it failed halfway, so that it is replaced whatever changes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub tainted: bool,
    /// The attributes that change.
    pub changes: Vec<AttributeChange>,
    /// The resources of the plan that it comes after.
    pub depends_on: Vec<String>,
}

/// One attribute that changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AttributeChange {
    /// Its name.
    pub attribute: String,
    /// As it is.
    pub before: Json,
    /// As it shall be; what is not known yet reads "(known after apply)".
    pub after: Json,
    /// Whether some of it is known after apply only.
    pub unknown: bool,
    /// Whether the change makes a new object.
    pub replaces: bool,
    /// Whether the values are hidden.
    pub secret: bool,
}

/// One exported value.
///
/// A secret is shown nowhere: `value`, `Debug` and JSON have "(secret)" in its place. A program that needs its own secret
/// asks for it, in the report of a run:
///
/// ```
/// # async fn token(stack: &rosa_ecr_engine::Stack) -> rosa_ecr_engine::Result<Option<String>> {
/// let report = stack.up().await?;
/// let token = report.outputs.get("token").and_then(|output| output.reveal()?.as_str());
/// # Ok(token.map(str::to_owned))
/// # }
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Exported {
    /// The value as it is shown; "(secret)" where it is one, "(known after apply)" where it is not known yet.
    pub value: Json,
    /// Whether it is a secret.
    pub secret: bool,
    /// The value of a secret.
    #[serde(skip)]
    revealed: Option<Json>,
}

impl Exported {
    /// A value as it is shown.
    pub fn new(value: Json, secret: bool) -> Self {
        Self { value, secret, revealed: None }
    }

    /// What the state has of it.
    pub(crate) fn stored(contents: &Contents) -> Self {
        let secret = contents.has_secrets();
        Self { value: contents.masked(), secret, revealed: secret.then(|| contents.reveal().clone()) }
    }

    /// The value itself, also where it is a secret: from here on it is the caller's business to keep it secret.
    ///
    /// `None` where only the apply makes it known. Only a [`Report`](crate::Report) has secrets; of a plan, and of what is in
    /// events, they are `None`, too.
    pub fn reveal(&self) -> Option<&Json> {
        if self.secret { self.revealed.as_ref() } else { Some(&self.value).filter(|value| is_known(value)) }
    }

    /// The same without the secret.
    pub(crate) fn without_secret(&self) -> Self {
        Self::new(self.value.clone(), self.secret)
    }
}

/// As it is shown.
impl fmt::Debug for Exported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exported").field("value", &self.value).field("secret", &self.secret).finish()
    }
}

fn is_known(shown: &Json) -> bool {
    match shown {
        Json::String(text) => text != UNKNOWN,
        Json::Array(elements) => elements.iter().all(is_known),
        Json::Object(entries) => entries.values().all(is_known),
        _ => true,
    }
}

/// One exported value that changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutputChange {
    /// Its name.
    pub name: String,
    /// As the state has it; `None` where the state has none of that name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Exported>,
    /// As it shall be; `None` where it is exported no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Exported>,
}

/// How many resources were, or would be, treated how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Made.
    pub created: usize,
    /// Changed in place.
    pub updated: usize,
    /// Replaced by a new one.
    pub replaced: usize,
    /// Deleted.
    pub deleted: usize,
    /// Left and forgotten.
    pub forgotten: usize,
    /// Left as they are.
    pub kept: usize,
}

impl Counts {
    /// Counts one. What is looked up is no resource, and does not count.
    pub fn count(&mut self, action: Action) {
        *match action {
            Action::Read => return,
            Action::Keep => &mut self.kept,
            Action::Create => &mut self.created,
            Action::Update => &mut self.updated,
            Action::Replace | Action::DeleteThenCreate => &mut self.replaced,
            Action::Delete => &mut self.deleted,
            Action::Forget => &mut self.forgotten,
        } += 1;
    }
}

impl FromIterator<Action> for Counts {
    fn from_iter<I: IntoIterator<Item = Action>>(actions: I) -> Self {
        let mut counts = Self::default();
        actions.into_iter().for_each(|action| counts.count(action));
        counts
    }
}

/// The attributes in which two states differ.
pub(crate) fn differences(
    block: &Block,
    before: &Value,
    after: &Value,
    replace: &[Path],
    is_secret: &dyn Fn(&str) -> bool,
) -> Vec<AttributeChange> {
    let changed = block.names().filter(|name: &&str| before.get(name) != after.get(name));
    let change = |name: &str| {
        let secret = is_secret(name);
        let show = |value: &Value| if secret && !value.is_null() { Json::from(SECRET) } else { shown(value) };
        let replaces =
            replace.iter().any(|path| matches!(path.steps().first(), Some(PathStep::Attribute(n)) if n == name));
        AttributeChange {
            attribute: name.to_owned(),
            before: show(before.get(name)),
            after: show(after.get(name)),
            unknown: !after.get(name).is_wholly_known(),
            replaces,
            secret,
        }
    };
    changed.map(change).collect()
}

/// The value as JSON in which unknown values are marked.
pub(crate) fn shown(value: &Value) -> Json {
    match value {
        Value::Unknown => Json::from(UNKNOWN),
        Value::List(elements) | Value::Set(elements) => elements.iter().map(shown).collect(),
        Value::Map(entries) => Json::Object(entries.iter().map(|(key, value)| (key.clone(), shown(value))).collect()),
        known => known.to_json(),
    }
}
