//! One operation: it is in the state as pending before its first call.

use std::sync::Arc;

use rosa_ecr_model::{Applied, Declaration, Kind, Value};
use rosa_ecr_state::{Pending, PendingOperation};
use time::OffsetDateTime;

use crate::apply::work::{Apply, Failed};
use crate::changes::Action;
use crate::event::{Event, Outcome};
use crate::plan::objects::{Object, Wanted};
use crate::plan::step::{PlannedState, PlannedStep};
use crate::provider_instance::AnyContext;
use crate::run::ending::abandoned;

/// What an operation is given besides the plan.
pub(crate) struct OperationInput {
    pub action: Action,
    /// What the kind has kept of the plan.
    pub private: Vec<u8>,
    pub config: Value,
}

impl Apply<'_, '_> {
    /// Records that it begins, and does it.
    pub(crate) async fn operate(
        &self,
        kind: &Arc<dyn Kind<AnyContext>>,
        pending: Pending,
        given: OperationInput,
        prior: &Value,
        planned: &Value,
    ) -> Result<Applied, Failed> {
        let OperationInput { action, private, config } = given;
        let stop = &self.context.settings.stop;
        let call = stop
            .until_cancelled(self.context.providers.changing_call(&pending.provider))
            .await
            .ok_or(Failed::Stopped)?;
        let call = call.map_err(|diagnostics| Failed::Operation(action, Outcome::Failed, diagnostics))?;
        if !self.context.proceeds() {
            return Err(Failed::Stopped);
        }
        let (resource, type_name) = (pending.resource.clone(), pending.type_name.clone());
        let wanted = pending.operation.is_create().then(|| Wanted {
            kind,
            provider: &pending.provider,
            name: &pending.resource,
            object: Object::of(kind, planned),
        });
        let mut in_the_way = None;
        let begun = self.context.documents.checkpoint(|document| {
            in_the_way = wanted.as_ref().and_then(|wanted| wanted.in_the_way(document));
            if in_the_way.is_none() {
                document.pending.push(pending.clone());
            }
        });
        if !self.saved(begun).await {
            self.context.documents.update(|document| document.pending.retain(|other| *other != pending));
            return Err(Failed::Stopped);
        }
        if let Some(error) = in_the_way {
            return Err(Failed::Operation(action, Outcome::Failed, error.into()));
        }
        self.context.events.emit(Event::Started { resource: resource.clone(), type_name, action });
        let by = Declaration::Named(resource.as_str().into());
        let call = call.keeping(private).configured(config).of_declaration(by);
        let applied = stop.until_cancelled(kind.apply(&call, prior, planned)).await;
        // The state goes on to have it as pending.
        applied.ok_or_else(|| Failed::Operation(action, Outcome::Unknown, abandoned(&resource, action).into()))
    }

    pub(crate) fn pending(&self, step: &PlannedStep, operation: PendingOperation, planned: &PlannedState) -> Pending {
        Pending {
            operation,
            resource: step.step.resource.clone(),
            type_name: step.step.type_name.clone(),
            provider: step.provider.clone(),
            planned: planned.state.contents(),
            started_at: OffsetDateTime::now_utc(),
        }
    }
}
