//! A message to a person: title, what happened, what to do next, and where.

use std::fmt;

use crate::diagnostic::text::{Term, Text, Words};
use crate::value::path::Path;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The operation did not or will not do what was asked.
    Error,
    /// It did or will, and there is something to know.
    Warning,
}

/// One message to a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Error or warning.
    pub severity: Severity,
    /// The title: one line, no full stop.
    pub summary: String,
    /// What happened, in sentences.
    pub detail: Text,
    /// What to do next, in sentences; empty where there is nothing to do.
    pub fix: Text,
    /// The attribute it is about; the root where it is about the whole.
    pub path: Path,
    /// What a program needs to know of it; most messages are for people alone, and stay small.
    pub cause: Option<Box<Cause>>,
}

/// What a program needs to know of a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Such an object exists, and is not this resource's.
    Collision {
        /// Whose it is, as far as it says; else which object it is.
        owner: String,
    },
    /// Whether the operation was done is not known.
    OutcomeUnknown,
    /// The configuration of a provider is at fault, whichever resource asked it.
    Provider,
}

impl Diagnostic {
    /// An error of that title.
    pub fn error(summary: impl Into<String>) -> Self {
        Self::new(Severity::Error, summary)
    }

    /// A warning of that title.
    pub fn warning(summary: impl Into<String>) -> Self {
        Self::new(Severity::Warning, summary)
    }

    fn new(severity: Severity, summary: impl Into<String>) -> Self {
        Self {
            severity,
            summary: summary.into(),
            detail: Text::default(),
            fix: Text::default(),
            path: Path::root(),
            cause: None,
        }
    }

    /// Says what happened.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<Text>) -> Self {
        self.detail = detail.into();
        self
    }

    /// Says what to do next.
    #[must_use]
    pub fn fix(mut self, fix: impl Into<Text>) -> Self {
        self.fix = fix.into();
        self
    }

    /// Says which attribute it is about.
    #[must_use]
    pub fn at(mut self, path: impl Into<Path>) -> Self {
        self.path = path.into();
        self
    }

    /// Says that the object exists and whose it is.
    #[must_use]
    pub fn collision(mut self, owner: impl Into<String>) -> Self {
        self.cause = Some(Box::new(Cause::Collision { owner: owner.into() }));
        self
    }

    /// Says that the operation may have been done nevertheless.
    #[must_use]
    pub fn outcome_unknown(mut self) -> Self {
        self.cause = Some(Box::new(Cause::OutcomeUnknown));
        self
    }

    /// Says that it is about the configuration of a provider, and not about what asked it.
    #[must_use]
    pub fn of_provider(mut self) -> Self {
        self.cause = Some(Box::new(Cause::Provider));
        self
    }

    /// Whether it is about the configuration of a provider.
    pub fn is_of_provider(&self) -> bool {
        self.cause.as_deref() == Some(&Cause::Provider)
    }

    /// Whose object is in the way, where one is.
    pub fn owner(&self) -> Option<&str> {
        match self.cause.as_deref() {
            Some(Cause::Collision { owner }) => Some(owner),
            _ => None,
        }
    }

    /// Whether the operation may have been done nevertheless.
    pub fn is_outcome_unknown(&self) -> bool {
        self.cause.as_deref() == Some(&Cause::OutcomeUnknown)
    }

    /// The same, with the words of one host only.
    #[must_use]
    pub fn in_words(self, words: Words<'_>) -> Self {
        Self { detail: self.detail.in_words(words).into(), fix: self.fix.in_words(words).into(), ..self }
    }

    /// Detail and fix as one text, for hosts that have one field for both.
    pub fn body(&self) -> String {
        match (self.detail.is_empty(), self.fix.is_empty()) {
            (false, false) => format!("{}\n\n{}", self.detail, self.fix),
            (true, _) => self.fix.to_string(),
            (_, true) => self.detail.to_string(),
        }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        write!(f, "{severity}: {}", self.summary)?;
        if !self.path.is_root() {
            write!(f, " ({})", self.path)?;
        }
        let body = self.body();
        if body.is_empty() { Ok(()) } else { write!(f, "\n{body}") }
    }
}

/// The command that imports an object of that type.
pub fn import_command(type_name: &str, id: impl fmt::Display) -> Text {
    Term::Import { type_name: type_name.to_owned(), id: id.to_string() }.into()
}

/// Messages in the order in which they came up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    /// None.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.0.push(diagnostic);
    }

    /// Whether there is an error among them.
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The messages.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.0.iter()
    }

    /// `Err` with all of them if there is an error among them.
    ///
    /// # Errors
    /// Itself, where it has errors.
    pub fn into_result(self) -> Result<Self, Self> {
        if self.has_errors() { Err(self) } else { Ok(self) }
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Self {
        Self(vec![diagnostic])
    }
}

impl Extend<Diagnostic> for Diagnostics {
    fn extend<I: IntoIterator<Item = Diagnostic>>(&mut self, diagnostics: I) {
        self.0.extend(diagnostics);
    }
}

impl FromIterator<Diagnostic> for Diagnostics {
    fn from_iter<I: IntoIterator<Item = Diagnostic>>(diagnostics: I) -> Self {
        Self(diagnostics.into_iter().collect())
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, diagnostic) in self.0.iter().enumerate() {
            if place > 0 {
                f.write_str("\n\n")?;
            }
            diagnostic.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostics {}
