//! The apply: operations, each with a checkpoint before and behind it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use rosa_ecr_model::{Diagnostic, Diagnostics, Kind, Value};
use rosa_ecr_state::{PendingOperation, ResourceOptions, ResourceState, StateError};

use super::change::{self, PlannedChange, Replacing};
use super::ending::over;
use super::graph;
use super::lookups;
use super::objects::{Object, Wanted};
use super::operating::Given;
use super::planning::{Intended, PlannedStep, Plans};
use super::promises::Promise;
use super::reading;
use super::replacing;
use super::stored::{self, Existing};
use super::tasks::{Task, tasks};
use super::world::World;
use crate::changes::Action;
use crate::event::{Event, Outcome, elapsed_ms};
use crate::host::AnyContext;
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
pub(super) async fn apply(world: &World<'_>, plans: Plans) -> Result<(Report, Option<StateError>)> {
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
    let mut report = report.into_inner().unwrap_or_else(PoisonError::into_inner);
    for (task, cause) in skipped {
        let name = task.resource();
        let action = steps.get(name).map_or(Action::Delete, |step| step.step.action);
        if action == Action::Keep || report.failures.iter().any(|failure| failure.resource == name) {
            continue;
        }
        let because = cause.map_or_else(|| over(world).to_owned(), |task| task.resource().to_owned());
        if !report.skipped.contains_key(name) {
            world.tell(Event::Skipped { resource: name.to_owned(), action, because: because.clone() });
            report.skipped.insert(name.to_owned(), because);
        }
    }
    Ok((report, error.into_inner().unwrap_or_else(PoisonError::into_inner)))
}

/// The object as it is kept.
pub(super) fn stored_state(
    world: &World<'_>,
    name: &str,
    type_name: &str,
    provider: &str,
    kind: &Arc<dyn Kind<AnyContext>>,
    existing: &Existing,
) -> ResourceState {
    let declaration = world.declaration(name);
    let options = declaration.map(|declaration| &declaration.options);
    let dependencies = world.dependencies_of_resources.get(name).cloned().unwrap_or_default();
    ResourceState {
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
    }
}

/// An apply.
pub(super) struct Run<'r, 'w> {
    pub(super) world: &'r World<'w>,
    pub(super) steps: BTreeMap<&'r str, &'r PlannedStep>,
    report: Mutex<Report>,
    /// Why the state could not be saved.
    error: Mutex<Option<StateError>>,
}

impl Run<'_, '_> {
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
        let (resource, world) = (task.resource().to_owned(), self.world);
        let mut report = self.report.lock().unwrap_or_else(PoisonError::into_inner);
        match result {
            Ok(Done { told, counts }) => {
                if let Some(action) = told {
                    world.tell(Event::Done { resource: resource.clone(), action, elapsed_ms });
                }
                if let Some(action) = counts {
                    report.done.insert(resource, action);
                }
                true
            }
            Err(Failed::Operation(action, outcome, diagnostics)) => {
                let diagnostics = world.redact_all(world.addressed(&resource, diagnostics));
                world.tell(Event::Failed { resource: resource.clone(), action, elapsed_ms, outcome });
                diagnostics.iter().for_each(|diagnostic| world.say(Some(&resource), diagnostic));
                report.failures.push(ResourceFailure { resource, action, outcome, diagnostics });
                false
            }
            Err(Failed::Stopped) => {
                let action = self.steps.get(&*resource).map_or(Action::Delete, |step| step.step.action);
                let because = over(world).to_owned();
                world.tell(Event::Skipped { resource: resource.clone(), action, because: because.clone() });
                report.skipped.insert(resource, because);
                false
            }
        }
    }

    async fn make(&self, name: &str) -> Result<Done, Failed> {
        if let Some(declaration) = self.world.lookup(name) {
            let (action, outcome) = (Action::Read, Outcome::Failed);
            let read = self.world.settings.stop.unless_cut_off(lookups::read(self.world, name, declaration)).await;
            let read = read.ok_or(Failed::Stopped)?;
            let said = read.map_err(|errors| Failed::Operation(action, outcome, errors))?;
            return self.finish(action, outcome, said, name);
        }
        let (Some(step), Some(declaration)) = (self.steps.get(name), self.world.declaration(name)) else {
            return Ok(Done::NOTHING);
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
            let again = change::plan_change(self.world, &kind, name, declaration, &prior, replacing);
            let again = self.world.settings.stop.unless_cut_off(again).await.ok_or(Failed::Stopped)?;
            change = again.map_err(fail)?;
            if planned == Action::Replace && change.action == Action::DeleteThenCreate && stored.is_some() {
                return Err(fail(replacing::not_two(name).into()));
            }
        }
        let state =
            |existing: &Existing| stored_state(self.world, name, &step.step.type_name, &step.provider, &kind, existing);
        if change.action == Action::Keep {
            // Whether something is a secret may change by itself.
            let kept = Existing { secrets: change.planned.secrets, ..prior };
            let state = state(&kept);
            self.world.publish(name, kept);
            self.world.note(|document| drop(document.resources.insert(name.to_owned(), state))).await;
            return Ok(Done::whole(Action::Keep));
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
        let given = Given { action: planned, private, config: change.config.clone() };
        let mut applied = self.operate(&kind, pending.clone(), given, &before, &planned_state).await?;
        let failed = applied.diagnostics.has_errors();
        let outcome = self.outcome(&applied.diagnostics);
        let secrets = self.world.secrets(&kind.schema().block, &applied.state, secrets, &change.config);
        // What is whole and yet not as planned is no reason to replace it.
        if !failed && !kind.checks_results() {
            let promise = Promise { kind: &kind, before: &before, planned: &planned_state, secrets: &secrets };
            promise.hold(&mut applied);
        }
        let is_taken_over = replaces
            && !prior.is_of_another(&step.provider)
            && replacing::is_one(&kind, &prior.value, &applied.state) == Some(true);
        if is_taken_over {
            applied.diagnostics.push(replacing::taken_over(name, kind.type_name()));
        }
        let tainted = failed && before.is_null() && !kind.converges();
        // What a failed operation has not touched is as it was, for the provider, too.
        let is_untouched = failed && applied.state == before;
        let private = if is_untouched { prior.private } else { applied.private };
        let existing = Existing { value: applied.state, private, tainted, secrets, provider: step.provider.clone() };
        let state = if existing.value.is_null() { None } else { Some(state(&existing)) };
        let creates = operation.is_create();
        let object = Object::of(&kind, &existing.value);
        let wanted = Wanted { kind: &kind, provider: &step.provider, name, object };
        let mut taken = None;
        self.saved(self.world.checkpoint(|document| {
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
            return Err(Failed::Operation(planned, outcome, said));
        }
        if !existing.value.is_null() {
            self.world.publish(name, existing);
        }
        self.finish(planned, outcome, applied.diagnostics, name)
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
        if unknown || self.world.settings.stop.cancelled().is_cancelled() { Outcome::Unknown } else { Outcome::Failed }
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
            self.world.say(Some(name), &warning);
            let warning = self.world.redact(warning);
            self.report.lock().unwrap_or_else(PoisonError::into_inner).diagnostics.push(warning);
        }
        Ok(Done::whole(action))
    }
}
