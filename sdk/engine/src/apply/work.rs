//! An apply that is under way, and what comes of its operations.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use rosa_ecr_model::{Diagnostic, Diagnostics};
use rosa_ecr_state::StateError;

use crate::changes::Action;
use crate::event::Outcome;
use crate::plan::step::PlannedStep;
use crate::results::Report;
use crate::run::context::RunContext;

/// Why a task was not done.
pub(crate) enum Failed {
    /// An operation failed, or could not be begun.
    Operation(Action, Outcome, Diagnostics),
    /// The run was over before the operation began.
    Stopped,
}

/// What was done, and how it is reported and counted.
pub(crate) struct Done {
    /// As what it is reported; `None` where nothing happened.
    pub(crate) reported: Option<Action>,
    /// As what it counts; `None` where it is a part of what counts, or no change of the resource.
    pub(crate) counts: Option<Action>,
}

impl Done {
    /// Nothing was left to do.
    pub(crate) const NOTHING: Self = Self { reported: None, counts: None };

    pub(crate) fn whole(action: Action) -> Self {
        let reported = (action != Action::Keep).then_some(action);
        Self { reported, counts: (action != Action::Read).then_some(action) }
    }
}

/// An apply.
pub(crate) struct Apply<'r, 'w> {
    pub(crate) context: &'r RunContext<'w>,
    pub(crate) steps: BTreeMap<&'r str, &'r PlannedStep>,
    pub(crate) report: Mutex<Report>,
    /// Why the state could not be saved.
    pub(crate) error: Mutex<Option<StateError>>,
}

impl Apply<'_, '_> {
    /// Whether it was saved. Where it was not, the run comes to its end, and tries again there.
    pub(crate) async fn saved(&self, checkpoint: impl Future<Output = Result<(), StateError>>) -> bool {
        let saved = checkpoint.await;
        let is_saved = saved.is_ok();
        if let Err(error) = saved {
            self.error.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
        }
        is_saved
    }

    pub(crate) fn outcome(&self, diagnostics: &Diagnostics) -> Outcome {
        let unknown = diagnostics.iter().any(Diagnostic::is_outcome_unknown);
        if unknown || self.context.settings.stop.cancelled().is_cancelled() {
            Outcome::Unknown
        } else {
            Outcome::Failed
        }
    }

    /// What an operation came to; its warnings are reported.
    pub(crate) fn finish(
        &self,
        action: Action,
        outcome: Outcome,
        diagnostics: Diagnostics,
        name: &str,
    ) -> Result<Done, Failed> {
        let warnings = diagnostics.into_result().map_err(|all| Failed::Operation(action, outcome, all))?;
        for warning in warnings {
            self.context.events.report(Some(name), &warning);
            let warning = self.context.secrecy.redact(warning);
            self.report.lock().unwrap_or_else(PoisonError::into_inner).diagnostics.push(warning);
        }
        Ok(Done::whole(action))
    }
}
