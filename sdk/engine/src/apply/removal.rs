//! The part of the apply that deletes: what is gone from the program, what goes before its replacement, and what was replaced.

use rosa_ecr_model::{Diagnostics, Value};
use rosa_ecr_state::{Document, Pending, PendingOperation, ResourceState};
use time::OffsetDateTime;

use crate::apply::operation::OperationInput;
use crate::apply::work::{Apply, Done, Failed};
use crate::changes::Action;
use crate::event::{Event, Outcome};
use crate::run::returned::Returned;
use crate::run::secrecy::Marked;

impl Apply<'_, '_> {
    /// Deletes the object that the state has of a resource.
    pub(crate) async fn remove(&self, name: &str) -> Result<Done, Failed> {
        let Some(step) = self.steps.get(name) else { return Ok(Done::NOTHING) };
        let Some(stored) = self.context.document().resources.get(name).cloned() else { return Ok(Done::NOTHING) };
        // The replacement is what counts.
        let counts = |action| (!step.step.action.is_replacement()).then_some(action);
        let forget = |document: &mut Document| drop(document.resources.remove(name));
        if step.retain || stored.options.retain {
            self.context.events.emit(Event::Started {
                resource: name.to_owned(),
                type_name: stored.type_name.clone(),
                action: Action::Forget,
            });
            self.saved(self.context.documents.checkpoint(forget)).await;
            return Ok(Done { reported: Some(Action::Forget), counts: counts(Action::Forget) });
        }
        let done = self.delete(&stored).await?;
        Ok(Done { counts: done.counts.and_then(counts), ..done })
    }

    /// Deletes the objects that others of that name have replaced.
    pub(crate) async fn discard(&self, name: &str) -> Result<Done, Failed> {
        let document = self.context.document();
        let mut reported = None;
        for stored in document.deposed.iter().filter(|deposed| deposed.name == name) {
            let retain = self.context.declaration(name).is_some_and(|declaration| declaration.options.retain);
            if retain || stored.options.retain {
                self.saved(
                    self.context.documents.checkpoint(|document| document.deposed.retain(|other| other != stored)),
                )
                .await;
                continue;
            }
            reported = self.delete(stored).await?.reported;
        }
        Ok(Done { reported, counts: None })
    }

    /// Deletes an object through the provider configuration that the state records, whatever the program declares by now.
    async fn delete(&self, stored: &ResourceState) -> Result<Done, Failed> {
        let action = Action::Delete;
        let fail = |diagnostics: Diagnostics| Failed::Operation(action, Outcome::Failed, diagnostics);
        let kind = self.context.providers.kind(&stored.provider, &stored.type_name).map_err(fail)?;
        let existing = self.context.providers.existing(stored).map_err(fail)?;
        let pending = Pending {
            operation: PendingOperation::Delete,
            resource: stored.name.clone(),
            type_name: stored.type_name.clone(),
            provider: stored.provider.clone(),
            planned: Marked::default().contents(),
            started_at: OffsetDateTime::now_utc(),
        };
        let given = OperationInput { action, private: existing.private.clone(), config: Value::Null };
        let applied = self.operate(&kind, pending.clone(), given, existing.state.value(), &Value::Null).await?;
        let outcome = self.outcome(&applied.diagnostics);
        let failed = applied.diagnostics.has_errors();
        let is_untouched = failed && applied.state == *existing.state.value();
        let left = self.context.accept(Returned {
            provider: &stored.provider,
            kind: &kind,
            value: applied.state,
            private: if is_untouched { stored.private.clone() } else { applied.private },
            tainted: stored.tainted,
            expected: &existing.state,
        });
        let left = (failed && !left.state.value().is_null()).then(|| ResourceState {
            state: left.state.contents(),
            private: left.private,
            ..stored.clone()
        });
        self.saved(self.context.documents.checkpoint(|document| {
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
        }))
        .await;
        self.finish(action, outcome, applied.diagnostics, &stored.name)
    }
}
