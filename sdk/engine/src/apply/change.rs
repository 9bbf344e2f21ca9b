//! The part of the apply that makes, changes, replaces and keeps.

use rosa_ecr_model::{Diagnostics, Value};
use rosa_ecr_state::PendingOperation;

use crate::apply::conformance::Conformance;
use crate::apply::operation::OperationInput;
use crate::apply::work::{Apply, Done, Failed};
use crate::changes::Action;
use crate::event::Outcome;
use crate::plan::change::{self, PlannedChange, Replacing};
use crate::plan::lookups;
use crate::plan::objects::{Object, Wanted};
use crate::plan::replacing;
use crate::plan::step::PlannedState;
use crate::recover;
use crate::run::returned::Returned;
use crate::run::stored::Existing;

impl Apply<'_, '_> {
    /// Makes, changes or keeps a declared resource, or looks something up.
    pub(crate) async fn make(&self, name: &str) -> Result<Done, Failed> {
        if let Some(declaration) = self.context.lookup(name) {
            let (action, outcome) = (Action::Read, Outcome::Failed);
            let read = self.context.settings.stop.until_cancelled(lookups::read(self.context, name, declaration)).await;
            let read = read.ok_or(Failed::Stopped)?;
            let warnings = read.map_err(|errors| Failed::Operation(action, outcome, errors))?;
            return self.finish(action, outcome, warnings, name);
        }
        let (Some(step), Some(declaration)) = (self.steps.get(name), self.context.declaration(name)) else {
            return Ok(Done::NOTHING);
        };
        let action = step.step.action;
        let fail = |diagnostics: Diagnostics| Failed::Operation(action, Outcome::Failed, diagnostics);
        let kind = self.context.providers.kind(&step.provider, &step.step.type_name).map_err(fail)?;
        // The document is not held on to: a change of it would copy it meanwhile.
        let prior = self.context.document().resources.get(name).map(|stored| self.context.providers.existing(stored));
        let prior = prior.transpose().map_err(fail)?;
        let is_stored = prior.is_some();
        let prior = prior.unwrap_or_default();
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
            if action == Action::Replace && change.action == Action::DeleteThenCreate && is_stored {
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
        let replaces = change.action.is_replacement() && is_stored;
        let before = if replaces { Value::Null } else { prior.state.value().clone() };
        let operation = match (replaces, before.is_null()) {
            (true, _) => PendingOperation::Replace,
            (false, true) => PendingOperation::Create,
            (false, false) => PendingOperation::Update,
        };
        if operation != PendingOperation::Update && !kind.descriptor().converges {
            recover::looked_into(self.context, name).await.map_err(fail)?;
        }
        let pending = self.pending(step, operation, &change.planned);
        let PlannedState { state: planned, private } = change.planned;
        let given = OperationInput { action, private, config: change.config };
        let mut applied = self.operate(&kind, pending.clone(), given, &before, planned.value()).await?;
        let failed = applied.diagnostics.has_errors();
        let outcome = self.outcome(&applied.diagnostics);
        // What is whole and yet not as planned is no reason to replace it.
        if !failed && !kind.descriptor().checks_results {
            let conformance =
                Conformance { kind: &kind, before: &before, planned: planned.value(), secrets: planned.secrets() };
            conformance.check(&mut applied);
        }
        let is_taken_over = replaces
            && !prior.is_of_another(&step.provider)
            && replacing::is_one(kind.descriptor(), prior.state.value(), &applied.state) == Some(true);
        if is_taken_over {
            applied.diagnostics.push(replacing::taken_over(name, kind.type_name()));
        }
        let tainted = failed && before.is_null() && !kind.descriptor().converges;
        // What a failed operation has not touched is as it was, for the provider, too.
        let is_untouched = failed && applied.state == before;
        let private = if is_untouched { prior.private } else { applied.private };
        let existing = self.context.accept(Returned {
            provider: &step.provider,
            kind: &kind,
            value: applied.state,
            private,
            tainted,
            expected: &planned,
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
            let mut diagnostics = applied.diagnostics;
            diagnostics.push(holder.taken(&wanted));
            return Err(Failed::Operation(action, outcome, diagnostics));
        }
        if !value.is_null() {
            self.context.values.set_resolved(name, &existing.state);
        }
        self.finish(action, outcome, applied.diagnostics, name)
    }
}
