//! What a run works with. A step takes what it needs of it.

use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

use rosa_ecr_model::Diagnostics;
use rosa_ecr_state::{Document, Pending, Session};

use crate::error::{Error, Result};
use crate::graph::Graph;
use crate::run::documents::Documents;
use crate::run::planning::Planning;
use crate::run::renames;
use crate::run::settings::Settings;
use crate::run::stored;
use crate::stack::Stack;

/// What a run works with: what plans do, and the state document, which it changes and saves.
pub(crate) struct RunContext<'a> {
    planning: Planning<'a>,
    pub documents: Documents,
    /// Creates of earlier runs of which this one could not find out what they made.
    unclear: Mutex<Vec<Pending>>,
}

impl<'a> Deref for RunContext<'a> {
    type Target = Planning<'a>;

    fn deref(&self) -> &Planning<'a> {
        &self.planning
    }
}

impl<'a> RunContext<'a> {
    pub(crate) fn new(
        stack: &'a Stack,
        dependencies: Graph<String>,
        settings: Settings,
        document: Document,
        session: Option<Session>,
    ) -> Self {
        let lock_lost = session.as_ref().map(|session| session.lost().clone());
        let planning = Planning::new(stack, dependencies, settings, lock_lost);
        let renamed = renames::renamed(stack, document.clone());
        let documents = Documents::new(document, renamed, session, planning.settings.stop.clone());
        Self { planning, documents, unclear: Mutex::default() }
    }

    /// What is left of it at the end: what reports still need, and the session, which has the lock.
    pub(crate) fn into_parts(self) -> (Planning<'a>, Option<Session>) {
        (self.planning, self.documents.into_session())
    }

    /// Starts the providers, and reads the state with them.
    pub(crate) async fn start(&self) -> Result<()> {
        self.stack.mistakes.clone().into_result()?;
        renames::contested(self.stack, &self.documents.saved()).into_result()?;
        self.providers.start().await?;
        self.upgrade().await?;
        for (name, stored) in &self.document().resources {
            // What cannot be read is an error where it is needed.
            if let Ok(existing) = self.providers.existing(stored) {
                self.values.set_resolved(name, &existing.state);
            }
        }
        Ok(())
    }

    /// Brings what earlier versions of providers wrote into the present shape.
    async fn upgrade(&self) -> Result<()> {
        let mut document = (*self.document()).clone();
        for stored in document.resources.values_mut().chain(&mut document.deposed) {
            let Ok(kind) = self.providers.kind(&stored.provider, &stored.type_name) else { continue };
            if stored.schema_version < kind.schema().version {
                // Some ask the service while they upgrade. What is wrong with the configuration is reported when it is needed.
                let _ = self.providers.call(&stored.provider).await;
            }
            if let Some(upgraded) = stored::upgraded(stored, &kind, &self.secrecy).await? {
                *stored = upgraded;
            }
        }
        self.documents.update(|now| *now = document);
        Ok(())
    }

    /// The state document as it is now.
    pub(crate) fn document(&self) -> Arc<Document> {
        self.documents.now()
    }

    /// Notes that it is unknown what a create of an earlier run has made.
    pub(crate) fn set_unclear(&self, pending: &Pending) {
        self.unclear.lock().unwrap_or_else(PoisonError::into_inner).push(pending.clone());
    }

    /// Whether that was found out in this run.
    pub(crate) fn is_unclear(&self, pending: &Pending) -> bool {
        self.unclear.lock().unwrap_or_else(PoisonError::into_inner).contains(pending)
    }
}

impl From<Vec<Diagnostics>> for Error {
    fn from(all: Vec<Diagnostics>) -> Self {
        Self::Invalid(all.into_iter().flatten().collect())
    }
}
