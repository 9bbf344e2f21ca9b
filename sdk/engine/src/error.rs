//! Why a run failed.

use std::fmt;
use std::panic::Location;

use rosa_ecr_model::{Diagnostic, Diagnostics, Words};
use rosa_ecr_state::StateError;

use crate::event::Outcome;
use crate::results::{Plan, Report, Unsaved};

/// What a program and its runs return.
pub type Result<T = (), E = Error> = std::result::Result<T, E>;

/// Why a run failed, or a program could not declare its stack.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The state is locked, damaged, another stack's or cannot be reached.
    #[error(transparent)]
    State(#[from] StateError),
    /// The program, its arguments or the plan are wrong. Nothing was changed.
    #[error("{0}")]
    Invalid(Diagnostics),
    /// The plan deletes or replaces what is protected. Nothing was changed.
    #[error("{diagnostics}")]
    Protected {
        /// The resources.
        resources: Vec<String>,
        /// The messages.
        diagnostics: Diagnostics,
    },
    /// Something of that name or key exists already and is not this resource's.
    #[error("{diagnostics}")]
    Collision {
        /// The resource that was to be made.
        resource: String,
        /// Whose the object is, as far as it is known; else which object it is.
        owner: String,
        /// The messages.
        diagnostics: Diagnostics,
        /// What was done besides.
        report: Box<Report>,
    },
    /// Operations failed. What was done is in the state.
    #[error("{}", failures(.report))]
    Failed {
        /// Whether it is certain what was done.
        outcome: Outcome,
        /// What was done, and what failed.
        report: Box<Report>,
    },
    /// The run was stopped before its end. What was done is in the state.
    #[error("the run was stopped before its end")]
    Stopped {
        /// What was done.
        report: Box<Report>,
    },
    /// The state cannot be saved, and does not have what was done since the last save.
    #[error("{error}; it lacks {}", list(.unsaved))]
    Unsaved {
        /// Why it cannot be saved.
        error: StateError,
        /// What it lacks.
        unsaved: Vec<Unsaved>,
        /// What was done, and what failed.
        report: Box<Report>,
    },
    /// There are changes, and none were expected. Nothing was changed.
    #[error("there are changes, and none were expected")]
    UnexpectedChanges(Box<Plan>),
    /// The plan was not approved. Nothing was changed.
    #[error("the plan was not approved")]
    Declined,
    /// The program failed.
    #[error("{error}")]
    Program {
        /// Why.
        error: Box<dyn std::error::Error + Send + Sync>,
        /// Where it gave the error on, such as with `?`.
        place: &'static Location<'static>,
    },
}

impl Error {
    /// An error of the program itself.
    #[track_caller]
    pub fn program(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Program { error: error.into(), place: Location::caller() }
    }

    /// Stopped before anything was begun.
    pub(crate) fn stopped() -> Self {
        Self::Stopped { report: Box::default() }
    }

    /// The messages for a person.
    pub fn diagnostics(&self) -> Diagnostics {
        match self {
            Self::State(error) => error.diagnostic().into(),
            Self::Invalid(diagnostics) | Self::Protected { diagnostics, .. } | Self::Collision { diagnostics, .. } => {
                diagnostics.clone()
            }
            Self::Failed { report, .. } => {
                report.failures.iter().flat_map(|failure| failure.diagnostics.clone()).collect()
            }
            Self::Stopped { report } => {
                let stopped = Diagnostic::error("The run was stopped before its end");
                let skipped: Vec<&str> = report.skipped.keys().map(String::as_str).collect();
                if skipped.is_empty() && report.done.is_empty() {
                    stopped.detail("Nothing was changed.").into()
                } else {
                    let left =
                        if skipped.is_empty() { String::new() } else { format!(" Not begun: {}.", skipped.join(", ")) };
                    let detail = format!("What was done until then is in the state.{left}");
                    stopped.detail(detail).fix("Run again: it goes on where this one has ended.").into()
                }
            }
            Self::Unsaved { error, unsaved, .. } => {
                let message = error.diagnostic();
                let lines: String = unsaved.iter().map(|unsaved| format!("\n  {unsaved}")).collect();
                let fix = format!(
                    "{} What the next run does not find, take into the state with `import NAME ID`.",
                    message.fix
                );
                let detail = format!("{}\nWhat was done and is not in the state:{lines}", message.detail);
                message.detail(detail).fix(fix).into()
            }
            Self::UnexpectedChanges(plan) => Diagnostic::error("There are changes, and none were expected")
                .detail(format!(
                    "These would change: {}.",
                    plan.changes().map(|step| step.resource.as_str()).collect::<Vec<_>>().join(", ")
                ))
                .into(),
            Self::Declined => Diagnostic::error("The plan was not approved").detail("Nothing was changed.").into(),
            Self::Program { error, place } => {
                let causes = std::iter::successors(error.source(), |cause| cause.source());
                let causes: String = causes.map(|cause| format!(": {cause}")).collect();
                let message =
                    Diagnostic::error("The program failed").detail(format!("{error}{causes}\nIt failed at {place}."));
                // It does not name it.
                let unset = error.is::<std::env::VarError>();
                (if unset { message.fix("Set the environment variable that is read there.") } else { message }).into()
            }
        }
    }
}

fn list(unsaved: &[Unsaved]) -> String {
    unsaved.iter().map(Unsaved::to_string).collect::<Vec<_>>().join(", ")
}

fn failures(report: &Report) -> String {
    let diagnostics: Diagnostics = report.failures.iter().flat_map(|failure| failure.diagnostics.clone()).collect();
    diagnostics.to_string()
}

/// As a person reads it: a `main` that returns an error shows it like this.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, diagnostic) in self.diagnostics().iter().enumerate() {
            let space = if place > 0 { "\n\n" } else { "" };
            let at = if diagnostic.path.is_root() { String::new() } else { format!(" ({})", diagnostic.path) };
            write!(f, "{space}{}{at}", diagnostic.summary)?;
            for text in [&diagnostic.detail, &diagnostic.fix].into_iter().filter(|text| !text.is_empty()) {
                write!(f, "\n{}", text.in_words(Words::Program(None)))?;
            }
        }
        Ok(())
    }
}

impl From<Diagnostic> for Error {
    fn from(diagnostic: Diagnostic) -> Self {
        Self::Invalid(diagnostic.into())
    }
}

impl From<Diagnostics> for Error {
    fn from(diagnostics: Diagnostics) -> Self {
        Self::Invalid(diagnostics)
    }
}

impl From<std::io::Error> for Error {
    #[track_caller]
    fn from(error: std::io::Error) -> Self {
        Self::program(error)
    }
}

impl From<std::env::VarError> for Error {
    #[track_caller]
    fn from(error: std::env::VarError) -> Self {
        Self::program(error)
    }
}

impl From<Box<dyn std::error::Error + Send + Sync>> for Error {
    #[track_caller]
    fn from(error: Box<dyn std::error::Error + Send + Sync>) -> Self {
        Self::program(error)
    }
}

impl From<String> for Error {
    #[track_caller]
    fn from(message: String) -> Self {
        Self::program(message)
    }
}

impl From<&str> for Error {
    #[track_caller]
    fn from(message: &str) -> Self {
        Self::program(message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_main_that_returns_an_error_tells_it_to_a_person() {
        let error = Diagnostic::error("There is no region")
            .detail("Neither the block nor AWS_REGION is set.")
            .fix("Set AWS_REGION.");
        let message = format!("{:?}", Error::from(error.at("region")));
        assert_eq!(message, "There is no region (region)\nNeither the block nor AWS_REGION is set.\nSet AWS_REGION.");
        let message = format!("{:?}", Error::program("no luck"));
        assert!(message.starts_with("The program failed\nno luck\nIt failed at sdk/engine/src/error.rs:"), "{message}");
    }
}
