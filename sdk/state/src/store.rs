//! The state of one stack at one place.

use std::sync::Arc;

use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::backend::{Backend, Guard, Snapshot};
use crate::document::Document;
use crate::encoding::{self, FORMAT, File, Misread};
use crate::error::StateError;
use crate::holder::Holder;
use crate::keys::{Envelope, Keys};
use crate::sealing::{DataKey, Unopened};

/// The state of one stack at one place.
#[derive(Clone)]
pub struct Store {
    stack: String,
    backend: Arc<dyn Backend>,
    keys: Keys,
}

/// A data key, and its sealed form as it stands in the document.
type Sealing = (Envelope, DataKey);

/// A lock that is held, and the way to write.
pub struct Session {
    store: Store,
    guard: Box<dyn Guard>,
    last: Mutex<Last>,
}

/// What the last load or save left.
#[derive(Default)]
struct Last {
    /// The version that the next write replaces.
    version: Option<String>,
    /// What secrets are sealed with.
    sealing: Option<Sealing>,
    /// Whether they were sealed with something else than is wanted now.
    outdated: bool,
}

impl Store {
    /// The state of the stack of that name, kept there. The key for secrets comes from the environment.
    pub fn new(stack: impl Into<String>, backend: Arc<dyn Backend>) -> Self {
        Self { stack: stack.into(), backend, keys: Keys::default() }
    }

    /// The same state with that key for secrets.
    #[must_use]
    pub fn with_keys(mut self, keys: Keys) -> Self {
        self.keys = keys;
        self
    }

    /// The place, as a person would write it.
    pub fn location(&self) -> String {
        self.backend.location()
    }

    /// Reads the document, without a lock and without writing anything. `None` where nothing was ever saved.
    ///
    /// # Errors
    /// Where it is damaged, newer than this program, or another stack's, or cannot be read.
    pub async fn load(&self) -> Result<Option<Document>, StateError> {
        match self.backend.read().await? {
            Some(snapshot) => self.open(&snapshot).await.map(|(document, ..)| Some(document)),
            None => Ok(None),
        }
    }

    /// Takes the lock for that operation, such as `up`, and reads the document.
    ///
    /// # Errors
    /// [`StateError::Locked`] if another process has it, and whatever [`load`](Self::load) fails with; the lock is
    /// given up then.
    pub async fn lock(&self, operation: &str) -> Result<(Session, Option<Document>), StateError> {
        let guard = self.backend.lock(Holder::this_process(operation)).await?;
        let read = async {
            match self.backend.read().await? {
                Some(snapshot) => {
                    let (document, sealing, wanted) = self.open(&snapshot).await?;
                    let outdated = sealing.is_some() && !wanted;
                    let sealing = sealing.filter(|_| wanted);
                    Ok((Some(document), Last { version: Some(snapshot.version), sealing, outdated }))
                }
                None => Ok((None, Last::default())),
            }
        };
        match read.await {
            Ok((document, last)) => Ok((Session { store: self.clone(), guard, last: Mutex::new(last) }, document)),
            Err(error) => {
                // The first error is the one to report.
                let _ = guard.release().await;
                Err(error)
            }
        }
    }

    /// Who has the lock.
    ///
    /// # Errors
    /// Where that cannot be read.
    pub async fn holder(&self) -> Result<Option<Holder>, StateError> {
        self.backend.holder().await
    }

    /// Takes the lock away from its holder, and returns the holder.
    ///
    /// # Errors
    /// Where that cannot be done.
    pub async fn unlock(&self) -> Result<Option<Holder>, StateError> {
        self.backend.unlock().await
    }

    /// Verifies and opens, and returns what the secrets are sealed with, and whether that is what is wanted.
    async fn open(&self, snapshot: &Snapshot) -> Result<(Document, Option<Sealing>, bool), StateError> {
        let location = self.location();
        let File { mut state, key, .. } = match encoding::decode(&snapshot.bytes) {
            Ok(file) => file,
            Err(Misread::Newer(format)) => return Err(StateError::Newer { location, format, newest: FORMAT }),
            Err(Misread::Damaged(what)) => {
                return Err(StateError::Damaged { location, what, recovery: self.backend.recovery().await });
            }
        };
        if state.stack != self.stack {
            let what = format!("it is the state of the stack {:?}, and this is {:?}", state.stack, self.stack);
            return Err(StateError::Foreign { location, what });
        }
        let Some(envelope) = key else { return Ok((state, None, true)) };
        let (key, wanted) = self.keys.open(&envelope, &location, state.lineage).await?;
        if let Err(Unopened(place)) = key.open_all(&mut state) {
            let what = format!("the secret at {place} was not sealed there, or with another key");
            return Err(StateError::Damaged { location, what, recovery: self.backend.recovery().await });
        }
        Ok((state, Some((envelope, key)), wanted))
    }

    /// What to seal the secrets of that lineage with. `None` where there is neither a key nor, by that place, a secret.
    async fn sealing<'l>(
        &self,
        lineage: Uuid,
        secret: Option<String>,
        last: &'l mut Option<Sealing>,
    ) -> Result<Option<&'l Sealing>, StateError> {
        if last.is_none() {
            *last = self.keys.seal_new(&self.location(), lineage).await?;
        }
        match (&*last, secret) {
            (None, Some(place)) => {
                Err(StateError::NoKey { location: self.location(), what: format!("there is a secret in {place}") })
            }
            (sealing, _) => Ok(sealing.as_ref()),
        }
    }

    /// The bytes of a document, with its secrets sealed.
    async fn seal(&self, document: &Document, last: &mut Option<Sealing>) -> Result<Vec<u8>, StateError> {
        let mut sealed = document.clone();
        match self.sealing(document.lineage, document.first_secret(), last).await? {
            Some((envelope, key)) => {
                key.seal_all(&mut sealed);
                Ok(encoding::encode(sealed, Some(envelope.clone())))
            }
            None => Ok(encoding::encode(sealed, None)),
        }
    }
}

impl Session {
    /// Saves the document in place of the one that was loaded or saved last, and counts its serial up.
    ///
    /// # Errors
    /// [`StateError::Lost`] if another process writes here by now, [`StateError::NoKey`] for a secret without a key.
    /// The document is as before then, here and at its place; only after [`StateError::Io`] it may be saved.
    pub async fn save(&self, document: &mut Document) -> Result<(), StateError> {
        let mut last = self.last.lock().await;
        document.serial += 1;
        let saved = async {
            let bytes = self.store.seal(document, &mut last.sealing).await?;
            self.guard.write(bytes, last.version.as_deref()).await
        };
        match saved.await {
            Ok(version) => {
                last.version = Some(version);
                last.outdated = false;
                Ok(())
            }
            Err(error) => {
                document.serial -= 1;
                Err(error)
            }
        }
    }

    /// Whether the document is to be saved even where nothing in it changes: its secrets are sealed with another key than
    /// the one that is wanted by now.
    pub async fn wants_save(&self) -> bool {
        self.last.lock().await.outdated
    }

    /// Makes sure, before there is anything to save, that a document can be saved with a secret at that place, such as
    /// `output/token`; `None` for a document without secrets.
    ///
    /// # Errors
    /// [`StateError::NoKey`] where there is no key for the secret, [`StateError::UnusableKey`] where KMS refuses one.
    pub async fn prepare(&self, document: &Document, secret: Option<String>) -> Result<(), StateError> {
        let mut last = self.last.lock().await;
        self.store.sealing(document.lineage, secret, &mut last.sealing).await.map(drop)
    }

    /// Ends when the lock is found to be lost: start nothing new then.
    pub fn lost(&self) -> CancellationToken {
        self.guard.lost()
    }

    /// Gives the lock up.
    ///
    /// # Errors
    /// Where that cannot be done; the lock expires or is to be taken away then.
    pub async fn release(self) -> Result<(), StateError> {
        self.guard.release().await
    }
}

#[cfg(test)]
pub(crate) mod tests;
