//! Why something did not get through.

use std::fmt;

use rosa_ecr_model::{DecodeError, Path, Step};

/// Bytes that are no value of the type they are read as, or a value that is not of the type it is written as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodecError {
    /// Where in the value. Elements of a set have no place of their own, since the set has no order.
    pub path: Path,
    /// What was wanted and what is there; never the value itself, which may be secret.
    pub message: String,
}

impl CodecError {
    /// An error of the whole value.
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { path: Path::root(), message: message.into() }
    }

    /// The same error, seen from the value that has it behind this step.
    #[must_use]
    pub(super) fn behind(mut self, step: Step) -> Self {
        self.path = self.path.steps().iter().cloned().fold(Path::root().step(step), Path::step);
        self
    }
}

impl From<DecodeError> for CodecError {
    fn from(error: DecodeError) -> Self {
        Self { path: error.path, message: error.message }
    }
}

impl fmt::Display for CodecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_root() { f.write_str(&self.message) } else { write!(f, "{}: {}", self.path, self.message) }
    }
}

impl std::error::Error for CodecError {}
