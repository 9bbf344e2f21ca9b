//! A value that does not fit the Rust type it is read as.

use std::fmt;

use crate::diagnostic::message::Diagnostic;
use crate::diagnostic::text::Term;
use crate::text;
use crate::value::path::{Path, Step};
use crate::value::tree::Value;
use crate::value::types::Type;

/// A value that does not fit the Rust type it is read as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeError {
    /// Where in the value.
    pub path: Path,
    /// What was wanted and what is there.
    pub message: String,
    /// Whether null is there.
    is_null: bool,
}

impl DecodeError {
    /// Whatever the message says is wrong.
    pub fn new(message: impl Into<String>) -> Self {
        Self { path: Path::root(), message: message.into(), is_null: false }
    }

    /// `value` is there, something else was wanted.
    pub fn mismatch(wanted: &Type, value: &Value) -> Self {
        let there = match value {
            Value::Null => "null",
            Value::Unknown => "unknown",
            Value::Bool(_) => "a bool",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::List(_) => "a list",
            Value::Set(_) => "a set",
            Value::Map(_) => "a map or an object",
        };
        let message = format!("{wanted} is wanted, {there} is there");
        Self { path: Path::root(), message, is_null: value.is_null() }
    }

    /// The same error, of a value that does not fit its type although it fits the schema, or that did not come through
    /// the schema.
    pub fn misfit(&self, what: &str, type_name: &str) -> Diagnostic {
        if let Some(null) = self.null_element() {
            return null;
        }
        Diagnostic::error(format!("The {what} of a {type_name} does not fit its schema"))
            .detail(self.to_string())
            .fix("Was it written by another version? If not, please report this as a bug.")
            .at(self.path.clone())
    }

    /// What to say of a null in a list or set; `None` if it is another error.
    pub fn null_element(&self) -> Option<Diagnostic> {
        let (last, collection) = self.path.steps().split_last()?;
        if !self.is_null || !matches!(last, Step::Index(_) | Step::Element(_)) {
            return None;
        }
        let collection = collection.iter().cloned().fold(Path::root(), Path::step);
        let null = Diagnostic::error(format!("Null in \"{collection}\""))
            .detail(format!("An element of {collection} is null. Each of its elements must have a value."))
            .fix(text!["Leave out what has no value: ", Term::LeaveOutNulls, "."])
            .at(collection);
        Some(null)
    }

    /// The same error, seen from the object that has it in this attribute.
    #[must_use]
    pub fn within(self, attribute: &str) -> Self {
        self.behind(Step::Attribute(attribute.to_owned()))
    }

    /// The same error, seen from the value that has it behind this step.
    #[must_use]
    pub fn behind(mut self, step: Step) -> Self {
        self.path = self.path.steps().iter().cloned().fold(Path::root().step(step), Path::step);
        self
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_root() { f.write_str(&self.message) } else { write!(f, "{}: {}", self.path, self.message) }
    }
}

impl std::error::Error for DecodeError {}
