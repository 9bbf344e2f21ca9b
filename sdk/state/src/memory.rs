//! A state that lives as long as the process: for tests and for stacks that are made and destroyed at once.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::FutureExt as _;
use futures::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use crate::backend::{Backend, Guard, Snapshot};
use crate::error::StateError;
use crate::holder::Holder;

/// A state in memory. Clones are the same place.
#[derive(Clone, Debug, Default)]
pub struct MemoryBackend {
    place: Arc<Mutex<Place>>,
}

#[derive(Debug, Default)]
struct Place {
    /// All that was written, oldest first.
    versions: Vec<Vec<u8>>,
    holder: Option<Holder>,
}

#[derive(Debug)]
struct MemoryGuard {
    backend: MemoryBackend,
    holder: Holder,
    lost: CancellationToken,
}

impl MemoryBackend {
    /// An empty place.
    pub fn new() -> Self {
        Self::default()
    }

    /// A place that has this.
    pub fn with(bytes: Vec<u8>) -> Self {
        let place = Place { versions: vec![bytes], holder: None };
        Self { place: Arc::new(Mutex::new(place)) }
    }

    /// All that was ever written, oldest first.
    pub fn versions(&self) -> Vec<Vec<u8>> {
        self.place().versions.clone()
    }

    fn place(&self) -> MutexGuard<'_, Place> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Versions are distinguished by their number, from 1.
fn number(versions: &[Vec<u8>]) -> Option<String> {
    (!versions.is_empty()).then(|| versions.len().to_string())
}

impl Backend for MemoryBackend {
    fn location(&self) -> String {
        "memory".into()
    }

    fn read(&self) -> BoxFuture<'_, Result<Option<Snapshot>, StateError>> {
        let place = self.place();
        let snapshot = place.versions.last().cloned().zip(number(&place.versions));
        async { Ok(snapshot.map(|(bytes, version)| Snapshot { bytes, version })) }.boxed()
    }

    fn lock(&self, holder: Holder) -> BoxFuture<'_, Result<Box<dyn Guard>, StateError>> {
        async move {
            let mut place = self.place();
            if let Some(by) = &place.holder {
                return Err(StateError::Locked {
                    location: self.location(),
                    by: Box::new(by.clone()),
                    release: "Wait until it is done.".into(),
                });
            }
            place.holder = Some(holder.clone());
            let guard = MemoryGuard { backend: self.clone(), holder, lost: CancellationToken::new() };
            Ok(Box::new(guard) as Box<dyn Guard>)
        }
        .boxed()
    }

    fn holder(&self) -> BoxFuture<'_, Result<Option<Holder>, StateError>> {
        let holder = self.place().holder.clone();
        async { Ok(holder) }.boxed()
    }

    fn unlock(&self) -> BoxFuture<'_, Result<Option<Holder>, StateError>> {
        let holder = self.place().holder.take();
        async { Ok(holder) }.boxed()
    }

    fn recovery(&self) -> BoxFuture<'_, String> {
        async { "What is in memory has no backup.".into() }.boxed()
    }
}

impl Guard for MemoryGuard {
    fn write<'a>(&'a self, bytes: Vec<u8>, replaces: Option<&'a str>) -> BoxFuture<'a, Result<String, StateError>> {
        async move {
            let mut place = self.backend.place();
            let lost = |what: &str| {
                self.lost.cancel();
                Err(StateError::Lost { location: self.backend.location(), what: what.into() })
            };
            if place.holder.as_ref() != Some(&self.holder) {
                return lost("another run released the lock");
            }
            if number(&place.versions).as_deref() != replaces {
                return lost("another run has saved");
            }
            place.versions.push(bytes);
            Ok(place.versions.len().to_string())
        }
        .boxed()
    }

    fn lost(&self) -> CancellationToken {
        self.lost.clone()
    }

    fn release(self: Box<Self>) -> BoxFuture<'static, Result<(), StateError>> {
        async move {
            drop(self);
            Ok(())
        }
        .boxed()
    }
}

impl Drop for MemoryGuard {
    fn drop(&mut self) {
        let mut place = self.backend.place();
        if place.holder.as_ref() == Some(&self.holder) {
            place.holder = None;
        }
    }
}
