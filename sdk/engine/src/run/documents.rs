//! The state document of a run: as it is now, and as it was saved last.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex as StdMutex, MutexGuard, PoisonError};
use std::time::Duration;

use rosa_ecr_state::{Document, Session, StateError};
use tokio::sync::Mutex;

use crate::stop::Stop;

/// How long to wait before each further try to save the state.
const SAVE_PAUSES: [Duration; 3] = [Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2)];

/// The state document of a run. Reading it waits for nothing: no lock on it is held while it is saved.
pub(crate) struct Documents {
    versions: StdMutex<Versions>,
    /// One save at a time.
    turn: Mutex<()>,
    session: Option<Session>,
    stop: Stop,
    /// Whether it could not be saved when it had to be.
    is_unsaved: AtomicBool,
}

struct Versions {
    now: Arc<Document>,
    saved: Arc<Document>,
    /// Counts the changes.
    changes: u64,
    /// How many of them were saved.
    saved_changes: u64,
}

impl Documents {
    /// `saved` is what the place has, and `now` the same with the names that resources have now. Without a session, nothing
    /// is saved. Where a save fails for good, `stop` lets the run come to its end.
    pub(crate) fn new(saved: Document, now: Document, session: Option<Session>, stop: Stop) -> Self {
        let versions = Versions { now: Arc::new(now), saved: Arc::new(saved), changes: 0, saved_changes: 0 };
        Self {
            versions: StdMutex::new(versions),
            turn: Mutex::new(()),
            session,
            stop,
            is_unsaved: AtomicBool::new(false),
        }
    }

    fn versions(&self) -> MutexGuard<'_, Versions> {
        self.versions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// As it is now.
    pub(crate) fn now(&self) -> Arc<Document> {
        self.versions().now.clone()
    }

    /// As it was saved last.
    pub(crate) fn saved(&self) -> Arc<Document> {
        self.versions().saved.clone()
    }

    pub(crate) fn session(&self) -> Option<&Session> {
        self.session.as_ref()
    }

    pub(crate) fn into_session(self) -> Option<Session> {
        self.session
    }

    /// Whether it could not be saved when it had to be.
    pub(crate) fn is_unsaved(&self) -> bool {
        self.is_unsaved.load(Ordering::Relaxed)
    }

    /// Changes it without saving it yet. Returns the number of the change.
    pub(crate) fn update(&self, change: impl FnOnce(&mut Document)) -> u64 {
        let mut versions = self.versions();
        change(Arc::make_mut(&mut versions.now));
        versions.changes += 1;
        versions.changes
    }

    /// Changes it and saves it. What changes while another save is under way goes into the next one, together. A run that
    /// cannot save starts nothing new.
    pub(crate) async fn checkpoint(&self, change: impl FnOnce(&mut Document)) -> Result<(), StateError> {
        let wanted = self.update(change);
        let _turn = self.turn.lock().await;
        if self.versions().saved_changes >= wanted {
            return Ok(());
        }
        self.write().await
    }

    /// Saves it, if it is not what was saved last, or not sealed with the key that is wanted.
    pub(crate) async fn save(&self) -> Result<(), StateError> {
        let _turn = self.turn.lock().await;
        let Some(session) = &self.session else { return Ok(()) };
        let is_changed = {
            let versions = self.versions();
            versions.now != versions.saved
        };
        if is_changed || session.wants_save().await { self.write().await } else { Ok(()) }
    }

    /// Saves what it is now. To be called by the one whose turn it is.
    async fn write(&self) -> Result<(), StateError> {
        let Some(session) = &self.session else { return Ok(()) };
        let (mut document, changes) = {
            let versions = self.versions();
            ((*versions.now).clone(), versions.changes)
        };
        let mut pauses = SAVE_PAUSES.iter();
        loop {
            match session.save(&mut document).await {
                Ok(()) => {
                    let mut versions = self.versions();
                    Arc::make_mut(&mut versions.now).serial = document.serial;
                    (versions.saved, versions.saved_changes) = (Arc::new(document), changes);
                    return Ok(());
                }
                // What was done is known here alone. If the lock is lost, or a key is missing, time does not help.
                Err(StateError::Io { .. }) if let Some(pause) = pauses.next() => tokio::time::sleep(*pause).await,
                Err(error) => {
                    self.is_unsaved.store(true, Ordering::Relaxed);
                    self.stop.finish();
                    return Err(error);
                }
            }
        }
    }
}
