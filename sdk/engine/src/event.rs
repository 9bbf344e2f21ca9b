//! What happens in a run, reported while it happens.

use std::collections::BTreeMap;
use std::time::Instant;

use rosa_ecr_model::{Diagnostic, Severity, Words};
use rosa_ecr_state::PendingOperation;
use serde::Serialize;

use crate::changes::{Action, AttributeChange, Counts, Exported, OutputChange, Step};

/// Something that happened in a run. As JSON, an object whose member `event` names it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// A resource was planned.
    Planned(Step),
    /// All resources were planned.
    Plan {
        /// What would be done.
        counts: Counts,
        /// What the stack exports afterwards, as far as it is known.
        outputs: BTreeMap<String, Exported>,
        /// What of that is not as the state has it.
        output_changes: Vec<OutputChange>,
    },
    /// The object is not as the state has it.
    Drift {
        /// The resource.
        resource: String,
        /// Whether it is gone.
        gone: bool,
        /// What changed outside.
        changes: Vec<AttributeChange>,
    },
    /// An operation that an earlier run did not see the end of was looked into, and it is clear what became of it.
    Recovered {
        /// The resource.
        resource: String,
        /// What was begun.
        operation: PendingOperation,
        /// Whether there is an object now that the state did not have.
        adopted: bool,
    },
    /// An existing object was taken into the state.
    Imported {
        /// The resource that it is now.
        resource: String,
    },
    /// An operation begins.
    Started {
        /// The resource.
        resource: String,
        /// Its type.
        type_name: String,
        /// What is done.
        action: Action,
    },
    /// It came to its end.
    Done {
        /// The resource.
        resource: String,
        /// What was done.
        action: Action,
        /// How long it took, in milliseconds.
        elapsed_ms: u64,
    },
    /// It failed.
    Failed {
        /// The resource.
        resource: String,
        /// What was tried.
        action: Action,
        /// How long it took, in milliseconds.
        elapsed_ms: u64,
        /// Whether it is certain that nothing was done beyond what the state has.
        outcome: Outcome,
    },
    /// The run is to be stopped: nothing new is begun.
    Stopping {
        /// Whether what runs is no longer waited for.
        now: bool,
    },
    /// An operation was not begun.
    Skipped {
        /// The resource.
        resource: String,
        /// What was to be done.
        action: Action,
        /// Why: the resource that failed, or that the run was stopped.
        because: String,
    },
    /// A message.
    Diagnostic {
        /// The resource it is about.
        #[serde(skip_serializing_if = "Option::is_none")]
        resource: Option<String>,
        /// The message.
        #[serde(flatten)]
        message: Message,
    },
    /// The run is over.
    Summary {
        /// What was done.
        counts: Counts,
        /// How many operations failed.
        failed: usize,
        /// How many were not begun.
        skipped: usize,
        /// What the stack exports.
        outputs: BTreeMap<String, Exported>,
    },
}

/// How sure a failure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was refused, and the state has all there is.
    Failed,
    /// Whether it was done is not known: an answer was lost, or it was cancelled. The next run finds out.
    Unknown,
}

/// The milliseconds since then, as events have them.
pub(crate) fn elapsed_ms(begun: Instant) -> u64 {
    u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// A [`Diagnostic`] as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Message {
    /// `error` or `warning`.
    pub severity: &'static str,
    /// The title.
    pub summary: String,
    /// What happened.
    pub detail: String,
    /// What to do next.
    pub fix: String,
    /// The attribute; empty for the whole.
    pub path: String,
}

impl Message {
    /// Whether it is an error, and no warning.
    pub fn is_error(&self) -> bool {
        self.severity == "error"
    }
}

impl From<&Diagnostic> for Message {
    fn from(diagnostic: &Diagnostic) -> Self {
        let severity = match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        Self {
            severity,
            summary: diagnostic.summary.clone(),
            detail: diagnostic.detail.in_words(Words::Program(None)),
            fix: diagnostic.fix.in_words(Words::Program(None)),
            path: diagnostic.path.to_string(),
        }
    }
}
