//! A process that may die whenever it saves.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use futures::future::BoxFuture;
use rosa_ecr_engine::Result;
use rosa_ecr_state::{Backend, Guard, Holder, MemoryBackend, Snapshot, StateError};
use tokio_util::sync::CancellationToken;

use crate::fake::World;

/// A state in memory. Saves are steps at which the process may die, before and behind.
#[derive(Clone)]
pub struct KillableBackend {
    pub memory: MemoryBackend,
    pub faults: Arc<Faults>,
    world: Arc<World>,
}

/// What goes wrong at the place of the state.
#[derive(Default)]
pub struct Faults {
    /// The lock is found to be lost.
    pub lost: CancellationToken,
    /// How many writes from now on fail, after how many that do not.
    pub failing_writes: Mutex<(usize, usize)>,
    /// The lock cannot be given up.
    pub keeps_lock: AtomicBool,
}

impl Faults {
    /// Fails so many writes, after so many.
    pub fn fail_writes(&self, after: usize, count: usize) {
        *self.failing_writes.lock().expect("no panic") = (after, count);
    }

    fn write(&self) -> Result<(), StateError> {
        match &mut *self.failing_writes.lock().expect("no panic") {
            (_, 0) => return Ok(()),
            (0, count) => *count -= 1,
            (after, _) => {
                *after -= 1;
                return Ok(());
            }
        }
        Err(faults("written"))
    }
}

fn faults(doing: &'static str) -> StateError {
    StateError::Io { location: "memory".into(), doing, what: "there is no way".into(), fix: "Make a way.".into() }
}

struct MortalGuard {
    guard: Box<dyn Guard>,
    faults: Arc<Faults>,
    world: Arc<World>,
}

impl KillableBackend {
    pub fn new(world: &(i64, Arc<World>)) -> Self {
        Self { memory: MemoryBackend::new(), faults: Arc::default(), world: world.1.clone() }
    }
}

impl Backend for KillableBackend {
    fn location(&self) -> String {
        self.memory.location()
    }

    fn read(&self) -> BoxFuture<'_, Result<Option<Snapshot>, StateError>> {
        self.memory.read()
    }

    fn lock(&self, holder: Holder) -> BoxFuture<'_, Result<Box<dyn Guard>, StateError>> {
        Box::pin(async {
            let guard = self.memory.lock(holder).await?;
            let (faults, world) = (self.faults.clone(), self.world.clone());
            Ok(Box::new(MortalGuard { guard, faults, world }) as Box<dyn Guard>)
        })
    }

    fn holder(&self) -> BoxFuture<'_, Result<Option<Holder>, StateError>> {
        self.memory.holder()
    }

    fn unlock(&self) -> BoxFuture<'_, Result<Option<Holder>, StateError>> {
        self.memory.unlock()
    }

    fn recovery(&self) -> BoxFuture<'_, String> {
        self.memory.recovery()
    }
}

impl Guard for MortalGuard {
    fn write<'a>(&'a self, bytes: Vec<u8>, replaces: Option<&'a str>) -> BoxFuture<'a, Result<String, StateError>> {
        Box::pin(async move {
            self.world.step().await;
            self.faults.write()?;
            let version = self.guard.write(bytes, replaces).await?;
            self.world.step().await;
            Ok(version)
        })
    }

    fn lost(&self) -> CancellationToken {
        self.faults.lost.clone()
    }

    fn release(self: Box<Self>) -> BoxFuture<'static, Result<(), StateError>> {
        Box::pin(async move {
            self.guard.release().await?;
            if self.faults.keeps_lock.load(Ordering::Relaxed) { Err(faults("unlocked")) } else { Ok(()) }
        })
    }
}
