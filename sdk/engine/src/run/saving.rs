//! What was done gets into the state, or into the error of the run.

use std::collections::BTreeSet;

use rosa_ecr_state::{ResourceState, StateError};

use crate::changes::Action;
use crate::error::{Error, Result};
use crate::plan::step::ExecutionPlan;
use crate::results::{Plan, Report, Unsaved};
use crate::run::context::RunContext;

impl RunContext<'_> {
    /// Makes sure that what the plan comes to can be saved: a secret needs a key.
    pub(crate) async fn prepare(&self, plan: &Plan, plans: &ExecutionPlan) -> Result<()> {
        let Some(session) = self.documents.session() else { return Ok(()) };
        let secret = plans.first_secret().or_else(|| {
            let (name, _) = plan.outputs.iter().find(|(_, exported)| exported.secret && !exported.value.is_null())?;
            Some(format!("output/{name}"))
        });
        if secret.is_some() || !plan.is_empty() {
            session.prepare(&self.document(), secret).await?;
        }
        Ok(())
    }

    /// The error of a run that ends without having saved what it did.
    pub(crate) fn unsaved(&self, error: StateError, report: Report) -> Error {
        let (saved, now) = (self.documents.saved(), self.documents.now());
        let failed = report.failures.iter().map(|failure| &failure.resource);
        let is_changed = |name: &&String| {
            report.done.get(*name) != Some(&Action::Keep) && saved.resources.get(*name) != now.resources.get(*name)
        };
        let changed: BTreeSet<&String> = report.done.keys().chain(failed).filter(is_changed).collect();
        let unsaved = changed.into_iter().filter_map(|name| {
            let (stored, deleted) = match now.resources.get(name) {
                Some(stored) => (stored, false),
                None => (saved.resources.get(name)?, true),
            };
            Some(Unsaved { resource: name.clone(), type_name: stored.type_name.clone(), id: self.id(stored), deleted })
        });
        let unsaved: Vec<Unsaved> = unsaved.collect();
        match unsaved.is_empty() {
            true => error.into(),
            false => Error::Unsaved { error, unsaved, report: Box::new(report) },
        }
    }

    /// What an import takes, or else what the object calls its id.
    fn id(&self, stored: &ResourceState) -> Option<String> {
        let of_import = || {
            let kind = self.providers.kind(&stored.provider, &stored.type_name).ok()?;
            let existing = self.providers.existing(stored).ok()?;
            kind.import_id(&kind.identity_of(existing.state.value())).ok()
        };
        of_import().or_else(|| Some(stored.state.masked().get("id")?.as_str()?.to_owned()))
    }
}
