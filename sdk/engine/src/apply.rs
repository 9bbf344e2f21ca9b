//! The apply: operations, each with a checkpoint before and behind it.

mod change;
mod conformance;
mod operation;
mod removal;
mod tasks;
mod work;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use rosa_ecr_model::Diagnostic;
use rosa_ecr_state::StateError;

use crate::apply::tasks::{Task, tasks};
use crate::apply::work::{Apply, Done, Failed};
use crate::changes::Action;
use crate::error::Result;
use crate::event::{Event, Outcome, elapsed_ms};
use crate::graph;
use crate::panics;
use crate::plan::step::{ExecutionPlan, PlannedStep};
use crate::results::{Report, ResourceFailure};
use crate::run::context::RunContext;
use crate::run::ending::over;
use crate::run::events;

/// Does what is planned.
///
/// Failed operations are in the report. Besides, returns why the state could not be saved at some point, where it could not.
///
/// # Errors
/// Where there is no order to do it in.
pub(crate) async fn apply(context: &RunContext<'_>, plans: ExecutionPlan) -> Result<(Report, Option<StateError>)> {
    let graph = tasks(&context.document(), &plans);
    if let Err(cycle) = graph::order(&graph) {
        let names: Vec<&str> = cycle.iter().map(Task::resource).collect();
        return Err(Diagnostic::error("The changes wait for each other")
            .detail(format!("None of these can be changed first: {}.", names.join(", ")))
            .fix("Apply some of them first, with --target.")
            .into());
    }
    let steps: BTreeMap<&str, &PlannedStep> =
        plans.steps.iter().map(|step| (step.step.resource.as_str(), step)).collect();
    let run = Apply { context, steps, report: Mutex::default(), error: Mutex::default() };
    let skipped = graph::walk(&graph, context.settings.parallel, || context.proceeds(), |task| run.task(task)).await;
    let Apply { report, error, steps, .. } = run;
    let mut report = report.into_inner().unwrap_or_else(PoisonError::into_inner);
    for (task, cause) in skipped {
        let name = task.resource();
        let action = steps.get(name).map_or(Action::Delete, |step| step.step.action);
        if action == Action::Keep || report.failures.iter().any(|failure| failure.resource == name) {
            continue;
        }
        let because = cause.map_or_else(|| over(context).to_owned(), |task| task.resource().to_owned());
        if !report.skipped.contains_key(name) {
            context.events.emit(Event::Skipped { resource: name.to_owned(), action, because: because.clone() });
            report.skipped.insert(name.to_owned(), because);
        }
    }
    Ok((report, error.into_inner().unwrap_or_else(PoisonError::into_inner)))
}

impl Apply<'_, '_> {
    /// Whether it was done.
    async fn task(&self, task: Task) -> bool {
        let begun = Instant::now();
        let work = Box::pin(async {
            match &task {
                Task::Make(name) => self.make(name).await,
                Task::Remove(name) => self.remove(name).await,
                Task::Discard(name) => self.discard(name).await,
            }
        });
        let result = panics::caught_in(work).await.unwrap_or_else(|panic| {
            let action = self.steps.get(task.resource()).map_or(Action::Delete, |step| step.step.action);
            // Where it was begun, it is pending.
            let error = panics::diagnostic(&panic, "An operation panicked").outcome_unknown();
            Err(Failed::Operation(action, Outcome::Unknown, error.into()))
        });
        let elapsed_ms = elapsed_ms(begun);
        let (resource, context) = (task.resource().to_owned(), self.context);
        let mut report = self.report.lock().unwrap_or_else(PoisonError::into_inner);
        match result {
            Ok(Done { reported, counts }) => {
                if let Some(action) = reported {
                    context.events.emit(Event::Done { resource: resource.clone(), action, elapsed_ms });
                }
                if let Some(action) = counts {
                    report.done.insert(resource, action);
                }
                true
            }
            Err(Failed::Operation(action, outcome, diagnostics)) => {
                let diagnostics = context.secrecy.redact_all(events::addressed(&resource, diagnostics));
                context.events.emit(Event::Failed { resource: resource.clone(), action, elapsed_ms, outcome });
                diagnostics.iter().for_each(|diagnostic| context.events.report(Some(&resource), diagnostic));
                report.failures.push(ResourceFailure { resource, action, outcome, diagnostics });
                false
            }
            Err(Failed::Stopped) => {
                let action = self.steps.get(&*resource).map_or(Action::Delete, |step| step.step.action);
                let because = over(context).to_owned();
                context.events.emit(Event::Skipped { resource: resource.clone(), action, because: because.clone() });
                report.skipped.insert(resource, because);
                false
            }
        }
    }
}
