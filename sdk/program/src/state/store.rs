//! The state of one stack at one place.

use std::sync::Arc;

use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use super::backend::{Backend, Guard, Holder, Snapshot};
use super::document::Document;
use super::encoding::{self, FORMAT, File, Misread};
use super::error::StateError;

/// The state of one stack at one place.
#[derive(Clone)]
pub struct Store {
    stack: String,
    backend: Arc<dyn Backend>,
}

/// A lock that is held, and the way to write.
pub struct Session {
    store: Store,
    guard: Box<dyn Guard>,
    /// The version that the next write replaces.
    version: Mutex<Option<String>>,
}

impl Store {
    /// The state of the stack of that name, kept there.
    pub fn new(stack: impl Into<String>, backend: Arc<dyn Backend>) -> Self {
        Self { stack: stack.into(), backend }
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
            Some(snapshot) => self.open(&snapshot).await.map(Some),
            None => Ok(None),
        }
    }

    /// Takes the lock for that operation, such as `up`, and reads the document.
    ///
    /// # Errors
    /// [`StateError::Locked`] where somebody else has it, and whatever [`load`](Self::load) fails with; the lock is
    /// given up then.
    pub async fn lock(&self, operation: &str) -> Result<(Session, Option<Document>), StateError> {
        let guard = self.backend.lock(Holder::this_process(operation)).await?;
        let read = async {
            let snapshot = self.backend.read().await?;
            match snapshot {
                Some(snapshot) => Ok((Some(self.open(&snapshot).await?), Some(snapshot.version))),
                None => Ok((None, None)),
            }
        };
        match read.await {
            Ok((document, version)) => {
                Ok((Session { store: self.clone(), guard, version: Mutex::new(version) }, document))
            }
            Err(error) => {
                // The first error is the one to tell.
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

    /// Takes the lock away from whoever has it, and says from whom.
    ///
    /// # Errors
    /// Where that cannot be done.
    pub async fn unlock(&self) -> Result<Option<Holder>, StateError> {
        self.backend.unlock().await
    }

    async fn open(&self, snapshot: &Snapshot) -> Result<Document, StateError> {
        let location = self.location();
        let File { state, .. } = match encoding::decode(&snapshot.bytes) {
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
        Ok(state)
    }

    fn seal(&self, document: &Document) -> Result<Vec<u8>, StateError> {
        if document.has_secrets() {
            return Err(StateError::NoKey { location: self.location(), what: "there is a secret".into() });
        }
        Ok(encoding::encode(document.clone()))
    }
}

impl Session {
    /// Saves the document in place of the one that was loaded or saved last, and counts its serial up.
    ///
    /// # Errors
    /// [`StateError::Lost`] where somebody else writes here by now, [`StateError::NoKey`] for a secret without a key.
    /// The document is as before then, here and at its place; only after [`StateError::Io`] it may be saved.
    pub async fn save(&self, document: &mut Document) -> Result<(), StateError> {
        let mut version = self.version.lock().await;
        document.serial += 1;
        let saved = async {
            let bytes = self.store.seal(document)?;
            self.guard.write(bytes, version.as_deref()).await
        };
        match saved.await {
            Ok(new) => {
                *version = Some(new);
                Ok(())
            }
            Err(error) => {
                document.serial -= 1;
                Err(error)
            }
        }
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
