//! The apply: operations, each with a checkpoint before and behind it.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use rosa_ecr_model::{Diagnostic, Diagnostics, Value};
use rosa_ecr_state::{PendingOperation, StateError};

use super::change::{self, PlannedChange, Replacing};
use super::context::RunContext;
use super::ending::over;
use super::events;
use super::graph;
use super::lookups;
use super::objects::{Object, Wanted};
use super::operating::OperationInput;
use super::planning::{ExecutionPlan, PlannedState, PlannedStep};
use super::promises::Promise;
use super::reading;
use super::replacing;
use super::returned::Returned;
use super::stored::Existing;
use super::tasks::{Task, tasks};
use crate::changes::Action;
use crate::event::{Event, Outcome, elapsed_ms};
use crate::results::{Report, ResourceFailure};
use crate::{Result, panics};

/// Why a task was not done.
pub(super) enum Failed {
    /// An operation failed, or could not be begun.
    Operation(Action, Outcome, Diagnostics),
    /// The run was over before the operation began.
    Stopped,
}

/// What was done, and how it is told and counted.
pub(super) struct Done {
    /// As what it is told; `None` where nothing happened.
    pub(super) told: Option<Action>,
    /// As what it counts; `None` where it is a part of what counts, or no change of the resource.
    pub(super) counts: Option<Action>,
}

impl Done {
    /// Nothing was left to do.
    pub(super) const NOTHING: Self = Self { told: None, counts: None };

    fn whole(action: Action) -> Self {
        let told = (action != Action::Keep).then_some(action);
        Self { told, counts: (action != Action::Read).then_some(action) }
    }
}

/// Does what the plan says.
///
/// Failed operations are in the report. Besides, returns why the state could not be saved at some point, where it could not.
///
/// # Errors
/// Where there is no order to do it in.
pub(super) async fn apply(context: &RunContext<'_>, plans: ExecutionPlan) -> Result<(Report, Option<StateError>)> {
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

/// An apply.
pub(super) struct Apply<'r, 'w> {
    pub(super) context: &'r RunContext<'w>,
    pub(super) steps: BTreeMap<&'r str, &'r PlannedStep>,
    report: Mutex<Report>,
    /// Why the state could not be saved.
    error: Mutex<Option<StateError>>,
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
            let error = panic.diagnostic("An operation panicked").outcome_unknown();
            Err(Failed::Operation(action, Outcome::Unknown, error.into()))
        });
        let elapsed_ms = elapsed_ms(begun);
        let (resource, context) = (task.resource().to_owned(), self.context);
        let mut report = self.report.lock().unwrap_or_else(PoisonError::into_inner);
        match result {
            Ok(Done { told, counts }) => {
                if let Some(action) = told {
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

    async fn make(&self, name: &str) -> Result<Done, Failed> {
        if let Some(declaration) = self.context.lookup(name) {
            let (action, outcome) = (Action::Read, Outcome::Failed);
            let read = self.context.settings.stop.until_cancelled(lookups::read(self.context, name, declaration)).await;
            let read = read.ok_or(Failed::Stopped)?;
            let said = read.map_err(|errors| Failed::Operation(action, outcome, errors))?;
            return self.finish(action, outcome, said, name);
        }
        let (Some(step), Some(declaration)) = (self.steps.get(name), self.context.declaration(name)) else {
            return Ok(Done::NOTHING);
        };
        let action = step.step.action;
        let fail = |diagnostics: Diagnostics| Failed::Operation(action, Outcome::Failed, diagnostics);
        let kind = self.context.providers.kind(&step.provider, &step.step.type_name).map_err(fail)?;
        let document = self.context.document();
        let stored = document.resources.get(name);
        let prior = match stored {
            Some(stored) => self.context.providers.existing(stored).map_err(fail)?,
            None => Existing::default(),
        };
        let mut change = PlannedChange {
            action,
            config: step.config.clone(),
            planned: step.planned.clone(),
            replace: Vec::new(),
            warnings: Diagnostics::new(),
        };
        // What the plan could not know is known now.
        if !change.config.is_wholly_known() {
            let replacing = if action.is_replacement() { Replacing::Allowed } else { Replacing::Refused };
            let again = change::plan_change(self.context, &kind, name, declaration, &prior, replacing);
            let again = self.context.settings.stop.until_cancelled(again).await.ok_or(Failed::Stopped)?;
            change = again.map_err(fail)?;
            if action == Action::Replace && change.action == Action::DeleteThenCreate && stored.is_some() {
                return Err(fail(replacing::not_two(name).into()));
            }
        }
        if change.action == Action::Keep {
            // Whether something is a secret may change by itself.
            let kept = Existing { state: change.planned.state, provider: step.provider.clone(), ..prior };
            let state = self.context.resource_state(name, &kind, &kept);
            self.context.values.set_resolved(name, &kept.state);
            self.context.documents.update(|document| drop(document.resources.insert(name.to_owned(), state)));
            return Ok(Done::whole(Action::Keep));
        }
        let replaces = change.action.is_replacement() && stored.is_some();
        let before = if replaces { Value::Null } else { prior.state.value().clone() };
        let operation = match (replaces, before.is_null()) {
            (true, _) => PendingOperation::Replace,
            (false, true) => PendingOperation::Create,
            (false, false) => PendingOperation::Update,
        };
        if operation != PendingOperation::Update && !kind.converges() {
            reading::looked_into(self.context, name).await.map_err(fail)?;
        }
        let pending = self.pending(step, operation, &change.planned);
        let PlannedState { state: planned, private } = change.planned;
        let given = OperationInput { action, private, config: change.config.clone() };
        let mut applied = self.operate(&kind, pending.clone(), given, &before, planned.value()).await?;
        let failed = applied.diagnostics.has_errors();
        let outcome = self.outcome(&applied.diagnostics);
        // What is whole and yet not as planned is no reason to replace it.
        if !failed && !kind.checks_results() {
            let promise =
                Promise { kind: &kind, before: &before, planned: planned.value(), secrets: planned.secrets() };
            promise.hold(&mut applied);
        }
        let is_taken_over = replaces
            && !prior.is_of_another(&step.provider)
            && replacing::is_one(&kind, prior.state.value(), &applied.state) == Some(true);
        if is_taken_over {
            applied.diagnostics.push(replacing::taken_over(name, kind.type_name()));
        }
        let tainted = failed && before.is_null() && !kind.converges();
        // What a failed operation has not touched is as it was, for the provider, too.
        let is_untouched = failed && applied.state == before;
        let private = if is_untouched { prior.private } else { applied.private };
        let existing = self.context.accept(Returned {
            provider: &step.provider,
            kind: &kind,
            value: applied.state,
            private,
            tainted,
            secrets: planned.secrets(),
            config: &change.config,
        });
        let value = existing.state.value();
        let state = (!value.is_null()).then(|| self.context.resource_state(name, &kind, &existing));
        let creates = operation.is_create();
        let object = Object::of(&kind, value);
        let wanted = Wanted { kind: &kind, provider: &step.provider, name, object };
        let mut taken = None;
        self.saved(self.context.documents.checkpoint(|document| {
            // What there is now is not known: the next run looks.
            if !(is_untouched && outcome == Outcome::Unknown) {
                document.pending.retain(|other| *other != pending);
            }
            let Some(state) = state else {
                if !replaces {
                    document.resources.remove(name);
                }
                return;
            };
            if creates {
                taken = wanted.holder(document);
                if taken.is_some() {
                    return;
                }
                // What earlier creates may have left is this object, or was warned of.
                document.pending.retain(|other| other.resource != name || !other.operation.is_create());
                // What was to be deleted, and was taken back, stays.
                document.deposed.retain(|deposed| !wanted.is(deposed));
            }
            let old = document.resources.insert(name.to_owned(), state);
            document.deposed.extend(old.filter(|old| replaces && !is_taken_over && !wanted.is(old)));
        }))
        .await;
        if let Some(holder) = taken {
            let mut said = applied.diagnostics;
            said.push(holder.taken(&wanted));
            return Err(Failed::Operation(action, outcome, said));
        }
        if !value.is_null() {
            self.context.values.set_resolved(name, &existing.state);
        }
        self.finish(action, outcome, applied.diagnostics, name)
    }

    /// Whether it was saved. Where it was not, the run comes to its end, and tries again there.
    pub(super) async fn saved(&self, checkpoint: impl Future<Output = Result<(), StateError>>) -> bool {
        let saved = checkpoint.await;
        let is_saved = saved.is_ok();
        if let Err(error) = saved {
            self.error.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
        }
        is_saved
    }

    pub(super) fn outcome(&self, diagnostics: &Diagnostics) -> Outcome {
        let unknown = diagnostics.iter().any(Diagnostic::is_outcome_unknown);
        if unknown || self.context.settings.stop.cancelled().is_cancelled() {
            Outcome::Unknown
        } else {
            Outcome::Failed
        }
    }

    /// What an operation came to; its warnings are told.
    pub(super) fn finish(
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
