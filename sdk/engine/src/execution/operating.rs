//! One operation: it is in the state as pending before its first call.

use std::sync::Arc;

use rosa_ecr_model::{Applied, Declaration, Kind, Value};
use rosa_ecr_state::{Pending, PendingOperation};
use time::OffsetDateTime;

use super::applying::{Failed, Run};
use super::ending::cut_off;
use super::objects::{Object, Wanted};
use super::planning::{Intended, PlannedStep};
use super::stored;
use crate::changes::Action;
use crate::event::{Event, Outcome};
use crate::host::AnyContext;

/// What an operation is given besides the plan.
pub(super) struct Given {
    pub action: Action,
    /// What the kind has kept of the plan.
    pub private: Vec<u8>,
    pub config: Value,
}

impl Run<'_, '_> {
    /// Records that it begins, and does it.
    pub(super) async fn operate(
        &self,
        kind: &Arc<dyn Kind<AnyContext>>,
        pending: Pending,
        given: Given,
        prior: &Value,
        planned: &Value,
    ) -> Result<Applied, Failed> {
        let Given { action, private, config } = given;
        let stop = &self.world.settings.stop;
        let call = stop.unless_cut_off(self.world.known_call(&pending.provider)).await.ok_or(Failed::Stopped)?;
        let call = call.map_err(|diagnostics| Failed::Operation(action, Outcome::Failed, diagnostics))?;
        if !self.world.proceeds() {
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
        let begun = self.world.checkpoint(|document| {
            in_the_way = wanted.as_ref().and_then(|wanted| wanted.in_the_way(document));
            if in_the_way.is_none() {
                document.pending.push(pending.clone());
            }
        });
        if !self.saved(begun).await {
            self.world.note(|document| document.pending.retain(|other| *other != pending)).await;
            return Err(Failed::Stopped);
        }
        if let Some(error) = in_the_way {
            return Err(Failed::Operation(action, Outcome::Failed, error.into()));
        }
        self.world.tell(Event::Started { resource: resource.clone(), type_name, action });
        let by = Declaration::Named(resource.as_str().into());
        let call = call.keeping(private).configured(config).of_declaration(by);
        let applied = stop.unless_cut_off(kind.apply(&call, prior, planned)).await;
        // The state goes on to have it as pending.
        applied.ok_or_else(|| Failed::Operation(action, Outcome::Unknown, cut_off(&resource, action).into()))
    }

    pub(super) fn pending(
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
}
