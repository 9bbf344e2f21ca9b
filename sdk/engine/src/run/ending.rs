//! How a run ends: done, with failures, or before its end.

use rosa_ecr_model::Diagnostic;
use rosa_ecr_state::StateError;

use crate::changes::Action;
use crate::error::{Error, Result};
use crate::event::Outcome;
use crate::results::{Report, ResourceFailure};
use crate::run::context::RunContext;
use crate::run::planning::Planning;

impl Planning<'_> {
    /// Whether something new may be started.
    pub(crate) fn proceeds(&self) -> bool {
        !self.has_lost_the_lock() && !self.settings.stop.is_finishing()
    }

    pub(crate) fn has_lost_the_lock(&self) -> bool {
        self.lock_lost.as_ref().is_some_and(|lost| lost.is_cancelled())
    }

    /// Why nothing new is started; none where it may be.
    pub(crate) fn proceed(&self) -> Result<()> {
        if self.has_lost_the_lock() {
            Err(self.lost_lock().into())
        } else if self.settings.stop.is_finishing() {
            Err(Error::stopped())
        } else {
            Ok(())
        }
    }

    pub(crate) fn lost_lock(&self) -> StateError {
        let what = "another run released the lock, or it expired".to_owned();
        StateError::Lost { location: self.stack.location(), what }
    }

    /// Work that only reads. The first stop ends it in the middle: the next run has nothing to look for.
    pub(crate) async fn reading<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        let read = self.settings.stop.unless_finishing(work).await.unwrap_or_else(|| Err(Error::stopped()))?;
        self.proceed()?;
        Ok(read)
    }
}

/// Why nothing new is begun.
pub(crate) fn over(context: &RunContext<'_>) -> &'static str {
    if context.has_lost_the_lock() {
        "the lock on the state was lost"
    } else if context.documents.is_unsaved() {
        "the state cannot be saved"
    } else {
        "the run was stopped"
    }
}

/// The report as a result.
pub(crate) fn verdict(context: &RunContext<'_>, report: Report) -> Result<Report> {
    let report = Box::new(report);
    if report.failures.is_empty() {
        if context.has_lost_the_lock() && !report.skipped.is_empty() {
            return Err(context.lost_lock().into());
        }
        return if report.skipped.is_empty() { Ok(*report) } else { Err(Error::Stopped { report }) };
    }
    if let [ResourceFailure { resource, diagnostics, .. }] = report.failures.as_slice()
        && let Some(owner) = diagnostics.iter().find_map(Diagnostic::owner)
    {
        let (resource, owner, diagnostics) = (resource.clone(), owner.to_owned(), diagnostics.clone());
        return Err(Error::Collision { resource, owner, diagnostics, report });
    }
    let unknown = report.failures.iter().any(|failure| failure.outcome == Outcome::Unknown);
    Err(Error::Failed { outcome: if unknown { Outcome::Unknown } else { Outcome::Failed }, report })
}

/// The error of an operation that is waited for no longer.
pub(crate) fn abandoned(resource: &str, action: Action) -> Diagnostic {
    let (doing, look) = match action {
        Action::Create => ("create", "whether there is an object"),
        Action::Delete | Action::Forget => ("delete", "whether the object is still there"),
        Action::Replace | Action::DeleteThenCreate => ("replacement", "which objects there are"),
        Action::Update | Action::Keep | Action::Read => ("update", "what was changed"),
    };
    Diagnostic::error(format!("The {doing} of {resource} was stopped in the middle"))
        .detail(format!("It did not come to its end within five seconds, so it is pending: {look} is not known."))
        .fix("Run again: the next run looks for it, and goes on from there.")
}
