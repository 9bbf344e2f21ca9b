//! A process that may die whenever it saves.

use std::sync::Arc;

use futures::future::BoxFuture;
use rosa_ecr_program::Result;
use rosa_ecr_program::state::{Backend, Guard, Holder, MemoryBackend, Snapshot, StateError};

use crate::fake::World;

/// A state in memory. Saves are steps at which the process may die, before and behind.
#[derive(Clone)]
pub struct Mortal {
    pub memory: MemoryBackend,
    world: Arc<World>,
}

struct MortalGuard {
    guard: Box<dyn Guard>,
    world: Arc<World>,
}

impl Mortal {
    pub fn new(world: &(i64, Arc<World>)) -> Self {
        Self { memory: MemoryBackend::new(), world: world.1.clone() }
    }
}

impl Backend for Mortal {
    fn location(&self) -> String {
        self.memory.location()
    }

    fn read(&self) -> BoxFuture<'_, Result<Option<Snapshot>, StateError>> {
        self.memory.read()
    }

    fn lock(&self, holder: Holder) -> BoxFuture<'_, Result<Box<dyn Guard>, StateError>> {
        Box::pin(async {
            let guard = self.memory.lock(holder).await?;
            Ok(Box::new(MortalGuard { guard, world: self.world.clone() }) as Box<dyn Guard>)
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
            let version = self.guard.write(bytes, replaces).await?;
            self.world.step().await;
            Ok(version)
        })
    }

    fn lost(&self) -> tokio_util::sync::CancellationToken {
        self.guard.lost()
    }

    fn release(self: Box<Self>) -> BoxFuture<'static, Result<(), StateError>> {
        self.guard.release()
    }
}
