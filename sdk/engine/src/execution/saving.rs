//! What was done gets into the state, or into the error of the run.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::time::Duration;

use rosa_ecr_state::{Document, ResourceState, StateError};

use super::planning::{self, Plans};
use super::stored;
use super::world::{Documents, World};
use crate::changes::Action;
use crate::results::{Plan, Report, Unsaved};
use crate::{Error, Result};

/// How long to wait before each further try to save the state.
const SAVE_PAUSES: [Duration; 3] = [Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2)];

impl World<'_> {
    /// Makes sure that what the plan comes to can be saved: a secret needs a key.
    pub(super) async fn prepare(&self, plan: &Plan, plans: &Plans) -> Result<()> {
        let Some(session) = &self.session else { return Ok(()) };
        let secret = planning::first_secret(self, plans).or_else(|| {
            let (name, _) = plan.outputs.iter().find(|(_, exported)| exported.secret && !exported.value.is_null())?;
            Some(format!("output/{name}"))
        });
        if secret.is_some() || !plan.is_empty() {
            session.prepare(&self.document().await, secret).await?;
        }
        Ok(())
    }

    /// Changes the document and saves it. A run that cannot save starts nothing new.
    pub(super) async fn checkpoint(&self, change: impl FnOnce(&mut Document)) -> Result<(), StateError> {
        let mut documents = self.documents.lock().await;
        change(&mut documents.now);
        self.save_now(&mut documents).await
    }

    /// Saves the document, if it is not what was saved last, or not sealed with what is wanted.
    pub(super) async fn save(&self) -> Result<(), StateError> {
        let mut documents = self.documents.lock().await;
        let Some(session) = &self.session else { return Ok(()) };
        if documents.now != documents.saved || session.wants_save().await {
            return self.save_now(&mut documents).await;
        }
        Ok(())
    }

    async fn save_now(&self, documents: &mut Documents) -> Result<(), StateError> {
        let Some(session) = &self.session else { return Ok(()) };
        let mut pauses = SAVE_PAUSES.iter();
        loop {
            match session.save(&mut documents.now).await {
                Ok(()) => {
                    documents.saved = documents.now.clone();
                    return Ok(());
                }
                // What was done is known here alone. Where the lock is lost, or a key is missing, time does not help.
                Err(StateError::Io { .. }) if let Some(pause) = pauses.next() => tokio::time::sleep(*pause).await,
                Err(error) => {
                    self.unsaved.store(true, Ordering::Relaxed);
                    self.settings.stop.finish();
                    return Err(error);
                }
            }
        }
    }

    /// Whether the state could not be saved when it had to be.
    pub(super) fn is_unsaved(&self) -> bool {
        self.unsaved.load(Ordering::Relaxed)
    }

    /// The error of a run that ends without having saved what it did.
    pub(super) async fn unsaved(&self, error: StateError, report: Report) -> Error {
        let documents = self.documents.lock().await;
        let (saved, now) = (&documents.saved, &documents.now);
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
            let kind = self.kind(&stored.provider, &stored.type_name).ok()?;
            let existing = stored::read(stored, &kind).ok()?;
            kind.import_id(&kind.identity_of(&existing.value)).ok()
        };
        of_import().or_else(|| Some(stored.state.masked().get("id")?.as_str()?.to_owned()))
    }
}
