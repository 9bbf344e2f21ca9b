//! The apply: operations, each with a checkpoint before and behind it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use rosa_ecr_model::{Diagnostic, Diagnostics, Kind, Value};
use time::OffsetDateTime;

use super::graph;
use super::lookups;
use super::planning::{self, Intended, PlannedChange, PlannedStep, Plans, Replacing};
use super::reading;
use super::stored::{self, Existing};
use super::tasks::{Task, tasks};
use super::world::World;
use crate::changes::Action;
use crate::event::{Event, Outcome, elapsed_ms};
use crate::host::AnyContext;
use crate::results::{Report, ResourceFailure};
use crate::state::{Document, Pending, PendingOperation, ResourceOptions, ResourceState};
use crate::{Error, Result};

/// Why a task was not done.
enum Failed {
    /// An operation failed, or could not be begun.
    Operation(Action, Outcome, Diagnostics),
    /// The state cannot be saved: the run is over.
    State(Error),
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::State(error)
    }
}

/// What an operation is given besides the plan.
struct Given {
    /// What the kind has kept.
    private: Vec<u8>,
    config: Value,
}

/// Does what the plan says.
///
/// # Errors
/// Where the state cannot be saved. Failed operations are in the report.
pub(super) async fn apply(world: &World<'_>, plans: Plans) -> Result<Report> {
    let graph = tasks(&world.document().await, &plans);
    if let Err(cycle) = graph::order(&graph) {
        let names: Vec<&str> = cycle.iter().map(Task::resource).collect();
        return Err(Diagnostic::error("The changes wait for each other")
            .detail(format!("None of these can be changed first: {}.", names.join(", ")))
            .fix("Apply some of them first, with --target.")
            .into());
    }
    let steps: BTreeMap<&str, &PlannedStep> =
        plans.steps.iter().map(|step| (step.step.resource.as_str(), step)).collect();
    let run = Run { world, steps, report: Mutex::default(), error: Mutex::default() };
    let skipped = graph::walk(&graph, world.settings.parallel, || world.proceeds(), |task| run.task(task)).await;
    let Run { report, error, steps, .. } = run;
    if let Some(error) = error.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(error);
    }
    let mut report = report.into_inner().unwrap_or_else(PoisonError::into_inner);
    for (task, cause) in skipped {
        let name = task.resource();
        let action = steps.get(name).map_or(Action::Delete, |step| step.step.action);
        if action == Action::Keep || report.failures.iter().any(|failure| failure.resource == name) {
            continue;
        }
        let because = cause.map_or_else(|| "the run was stopped".to_owned(), |task| task.resource().to_owned());
        world.tell(Event::Skipped { resource: name.to_owned(), action, because: because.clone() });
        report.skipped.insert(name.to_owned(), because);
    }
    Ok(report)
}

/// The report as a result.
pub(super) fn verdict(world: &World<'_>, report: Report) -> Result<Report> {
    let report = Box::new(report);
    if report.failures.is_empty() {
        let stopped = !report.skipped.is_empty() || world.settings.stop.cancelled().is_cancelled();
        return if stopped { Err(Error::Stopped { report }) } else { Ok(*report) };
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

/// The object as it is kept.
pub(super) fn stored_state(
    world: &World<'_>,
    name: &str,
    type_name: &str,
    provider: &str,
    kind: &Arc<dyn Kind<AnyContext>>,
    existing: &Existing,
) -> Result<ResourceState> {
    let declaration = world.declaration(name);
    let options = declaration.map(|declaration| &declaration.options);
    let dependencies = world.dependencies_of_resources()?.remove(name).unwrap_or_default();
    Ok(ResourceState {
        name: name.to_owned(),
        type_name: type_name.to_owned(),
        provider: provider.to_owned(),
        schema_version: kind.schema().version,
        state: stored::contents(&kind.schema().block, &existing.value, &existing.secrets),
        private: existing.private.clone(),
        tainted: existing.tainted,
        dependencies,
        parent: options.and_then(|options| options.parent.as_ref()).map(|parent| parent.name().to_owned()),
        options: options.map_or_else(ResourceOptions::default, |options| ResourceOptions {
            protect: options.protect,
            retain: options.retain,
            delete_before_replace: options.delete_before_replace,
        }),
    })
}

struct Run<'r, 'w> {
    world: &'r World<'w>,
    steps: BTreeMap<&'r str, &'r PlannedStep>,
    report: Mutex<Report>,
    /// Why the run is over.
    error: Mutex<Option<Error>>,
}

impl Run<'_, '_> {
    /// Whether it was done.
    async fn task(&self, task: Task) -> bool {
        let begun = Instant::now();
        let result = match &task {
            Task::Make(name) => self.make(name).await,
            Task::Remove(name) => self.remove(name).await,
            Task::Discard(name) => self.discard(name).await,
        };
        let elapsed_ms = elapsed_ms(begun);
        let (resource, world) = (task.resource().to_owned(), self.world);
        let mut report = self.report.lock().unwrap_or_else(PoisonError::into_inner);
        match result {
            Ok(Some(action)) => {
                if action != Action::Keep {
                    world.tell(Event::Done { resource: resource.clone(), action, elapsed_ms });
                }
                if action != Action::Read {
                    report.done.insert(resource, action);
                }
                true
            }
            Ok(None) => true,
            Err(Failed::Operation(action, outcome, diagnostics)) => {
                let diagnostics = world.redact_all(diagnostics);
                world.tell(Event::Failed { resource: resource.clone(), action, elapsed_ms, outcome });
                diagnostics.iter().for_each(|diagnostic| world.say(Some(&resource), diagnostic));
                report.failures.push(ResourceFailure { resource, action, outcome, diagnostics });
                false
            }
            Err(Failed::State(error)) => {
                self.error.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
                false
            }
        }
    }

    async fn make(&self, name: &str) -> Result<Option<Action>, Failed> {
        if let Some(declaration) = self.world.lookup(name) {
            let (action, outcome) = (Action::Read, Outcome::Failed);
            let read = lookups::read(self.world, name, declaration).await;
            let said = read.map_err(|errors| Failed::Operation(action, outcome, errors))?;
            return self.finish(action, outcome, said, name);
        }
        let (Some(step), Some(declaration)) = (self.steps.get(name), self.world.declaration(name)) else {
            return Ok(None);
        };
        let planned = step.step.action;
        let fail = |diagnostics: Diagnostics| Failed::Operation(planned, Outcome::Failed, diagnostics);
        let kind = self.world.kind(&step.provider, &step.step.type_name).map_err(fail)?;
        let stored = self.world.document().await.resources.get(name).cloned();
        let prior = match &stored {
            Some(stored) => self.world.existing(stored).map_err(fail)?,
            None => Existing::default(),
        };
        let mut change = PlannedChange {
            action: planned,
            config: step.config.clone(),
            planned: step.planned.clone(),
            replace: Vec::new(),
            warnings: Diagnostics::new(),
        };
        // What the plan could not know is known now.
        if !change.config.is_wholly_known() {
            let replacing = if planned.is_replacement() { Replacing::Allowed } else { Replacing::Refused };
            let again = planning::plan_change(self.world, &kind, name, declaration, &prior, replacing).await;
            change = again.map_err(fail)?;
        }
        let state =
            |existing: &Existing| stored_state(self.world, name, &step.step.type_name, &step.provider, &kind, existing);
        if change.action == Action::Keep {
            let state = state(&prior)?;
            self.world.publish(name, prior);
            self.world.note(|document| drop(document.resources.insert(name.to_owned(), state))).await;
            return Ok(Some(Action::Keep));
        }
        let replaces = change.action.is_replacement() && stored.is_some();
        let before = if replaces { Value::Null } else { prior.value.clone() };
        let operation = match (replaces, before.is_null()) {
            (true, _) => PendingOperation::Replace,
            (false, true) => PendingOperation::Create,
            (false, false) => PendingOperation::Update,
        };
        if operation != PendingOperation::Update && !kind.converges() {
            reading::looked_into(self.world, name).await.map_err(fail)?;
        }
        let pending = self.pending(step, &kind, operation, &change.planned);
        let Intended { state: planned_state, private, secrets } = change.planned;
        let applied = self
            .operate(step, &kind, pending.clone(), Given { private, config: change.config }, &before, &planned_state)
            .await?;
        let failed = applied.diagnostics.has_errors();
        let outcome = self.outcome(&applied.diagnostics);
        let mut secrets = secrets;
        secrets.extend(stored::sensitive(&kind.schema().block, &applied.state));
        let tainted = failed && before.is_null() && !kind.converges();
        // What a failed operation has not touched is as it was, for the provider, too.
        let is_untouched = failed && applied.state == before;
        let private = if is_untouched { prior.private } else { applied.private };
        let existing = Existing { value: applied.state, private, tainted, secrets };
        let state = if existing.value.is_null() { None } else { Some(state(&existing)?) };
        if state.is_some() {
            self.world.publish(name, existing);
        }
        self.world
            .checkpoint(|document| {
                // What there is now is not known: the next run looks.
                if !(is_untouched && outcome == Outcome::Unknown) {
                    document.pending.retain(|other| *other != pending);
                }
                if let Some(state) = state {
                    let old = document.resources.insert(name.to_owned(), state);
                    document.deposed.extend(old.filter(|_| replaces));
                } else if !replaces {
                    document.resources.remove(name);
                }
            })
            .await?;
        self.finish(planned, outcome, applied.diagnostics, name)
    }

    async fn remove(&self, name: &str) -> Result<Option<Action>, Failed> {
        let Some(step) = self.steps.get(name) else { return Ok(None) };
        let Some(stored) = self.world.document().await.resources.get(name).cloned() else { return Ok(None) };
        let action = step.step.action;
        let forget = |document: &mut Document| drop(document.resources.remove(name));
        if step.retain || stored.options.retain {
            self.world.tell(Event::Started {
                resource: name.to_owned(),
                type_name: stored.type_name.clone(),
                action: Action::Forget,
            });
            self.world.checkpoint(forget).await?;
            return Ok((!action.is_replacement()).then_some(Action::Forget));
        }
        let done = self.delete(step, &stored, action).await?;
        // The replacement is what counts.
        Ok(done.filter(|action| !action.is_replacement()))
    }

    async fn discard(&self, name: &str) -> Result<Option<Action>, Failed> {
        let document = self.world.document().await;
        for stored in document.deposed.into_iter().filter(|deposed| deposed.name == name) {
            let retain = self.world.declaration(name).is_some_and(|declaration| declaration.options.retain);
            if retain || stored.options.retain {
                self.world.checkpoint(|document| document.deposed.retain(|other| *other != stored)).await?;
                continue;
            }
            let step = PlannedStep {
                step: planning::discarded(&stored),
                provider: stored.provider.clone(),
                config: Value::Null,
                planned: Intended::default(),
                retain: false,
            };
            self.delete(&step, &stored, Action::Delete).await?;
        }
        Ok(None)
    }

    async fn delete(
        &self,
        step: &PlannedStep,
        stored: &ResourceState,
        action: Action,
    ) -> Result<Option<Action>, Failed> {
        let fail = |diagnostics: Diagnostics| Failed::Operation(action, Outcome::Failed, diagnostics);
        let kind = self.world.kind(&stored.provider, &stored.type_name).map_err(fail)?;
        let existing = self.world.existing(stored).map_err(fail)?;
        let pending = self.pending(step, &kind, PendingOperation::Delete, &Intended::default());
        let given = Given { private: existing.private.clone(), config: Value::Null };
        let applied = self.operate(step, &kind, pending.clone(), given, &existing.value, &Value::Null).await?;
        let outcome = self.outcome(&applied.diagnostics);
        let failed = applied.diagnostics.has_errors();
        let is_untouched = failed && applied.state == existing.value;
        let left = (failed && !applied.state.is_null()).then(|| ResourceState {
            state: stored::contents(&kind.schema().block, &applied.state, &existing.secrets),
            private: if is_untouched { stored.private.clone() } else { applied.private.clone() },
            ..stored.clone()
        });
        self.world
            .checkpoint(|document| {
                if !(is_untouched && outcome == Outcome::Unknown) {
                    document.pending.retain(|other| *other != pending);
                }
                if let Some(deposed) = document.deposed.iter().position(|other| other == stored) {
                    match left {
                        Some(left) => document.deposed[deposed] = left,
                        None => drop(document.deposed.remove(deposed)),
                    }
                } else {
                    match left {
                        Some(left) => drop(document.resources.insert(stored.name.clone(), left)),
                        None => drop(document.resources.remove(&stored.name)),
                    }
                }
            })
            .await?;
        self.finish(action, outcome, applied.diagnostics, &stored.name)
    }

    /// Records that it begins, and does it.
    async fn operate(
        &self,
        step: &PlannedStep,
        kind: &Arc<dyn Kind<AnyContext>>,
        pending: Pending,
        given: Given,
        prior: &Value,
        planned: &Value,
    ) -> Result<rosa_ecr_model::Applied, Failed> {
        let action = step.step.action;
        let call = self.world.known_call(&step.provider).await;
        let call = call.map_err(|diagnostics| Failed::Operation(action, Outcome::Failed, diagnostics))?;
        self.world.checkpoint(|document| document.pending.push(pending)).await?;
        let (resource, type_name) = (step.step.resource.clone(), step.step.type_name.clone());
        self.world.tell(Event::Started { resource, type_name, action });
        Ok(kind.apply(&call.keeping(given.private).configured(given.config), prior, planned).await)
    }

    fn pending(
        &self,
        step: &PlannedStep,
        kind: &Arc<dyn Kind<AnyContext>>,
        operation: PendingOperation,
        planned: &Intended,
    ) -> Pending {
        Pending {
            operation,
            resource: step.step.resource.clone(),
            type_name: step.step.type_name.clone(),
            provider: step.provider.clone(),
            planned: stored::contents(&kind.schema().block, &planned.state, &planned.secrets),
            started_at: OffsetDateTime::now_utc(),
        }
    }

    fn outcome(&self, diagnostics: &Diagnostics) -> Outcome {
        let unknown = diagnostics.iter().any(Diagnostic::is_outcome_unknown);
        if unknown || self.world.settings.stop.cancelled().is_cancelled() { Outcome::Unknown } else { Outcome::Failed }
    }

    /// What an operation came to; its warnings are told.
    fn finish(
        &self,
        action: Action,
        outcome: Outcome,
        diagnostics: Diagnostics,
        name: &str,
    ) -> Result<Option<Action>, Failed> {
        let warnings = diagnostics.into_result().map_err(|all| Failed::Operation(action, outcome, all))?;
        for warning in warnings {
            self.world.say(Some(name), &warning);
            let warning = self.world.redact(warning);
            self.report.lock().unwrap_or_else(PoisonError::into_inner).diagnostics.push(warning);
        }
        Ok(Some(action))
    }
}
