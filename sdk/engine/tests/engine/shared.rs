//! The provider of things as a host.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures::future::{self, BoxFuture};
use rosa_ecr_engine::{ProviderHandle, Result, Stack};
use rosa_ecr_model::{Args, DataKind, Diagnostics, Kind, Provider as _};

use crate::fake::{KillableBackend, Things, World};
use crate::kind_faults::faulty;

/// The provider as a host, whose contexts share a world.
struct Shared {
    world: Arc<World>,
}

impl rosa_ecr_engine::ProviderInstance for Shared {
    fn name(&self) -> &str {
        "fake"
    }

    fn block(&self) -> rosa_ecr_model::Block {
        <Things as rosa_ecr_model::Object>::block()
    }

    fn kind(&self, type_name: &str) -> Option<Arc<dyn Kind<rosa_ecr_engine::AnyContext>>> {
        let kind = Things::kinds().into_iter().find(|kind| kind.type_name() == type_name);
        kind.map(|kind| rosa_ecr_engine::erase(faulty(kind, &self.world)))
    }

    fn data_source(&self, type_name: &str) -> Option<Arc<dyn DataKind<rosa_ecr_engine::AnyContext>>> {
        let source = Things::data_sources().into_iter().find(|source| source.type_name() == type_name);
        source.map(rosa_ecr_engine::erase_data_source)
    }

    fn validate<'a>(&'a self, _: &'a rosa_ecr_model::Value) -> BoxFuture<'a, Diagnostics> {
        Box::pin(future::ready(Diagnostics::new()))
    }

    fn configure(
        &self,
        block: rosa_ecr_model::Value,
    ) -> BoxFuture<'_, Result<rosa_ecr_engine::AnyContext, Diagnostics>> {
        *self.world.token.lock().expect("no panic") = block.get("token").as_str().map(str::to_owned);
        Box::pin(future::ready(Ok(rosa_ecr_engine::AnyContext::new(self.world.clone()))))
    }

    fn abandon<'a>(&'a self, context: &'a rosa_ecr_engine::AnyContext) -> BoxFuture<'a, ()> {
        let world = context.downcast::<World>().expect("it is ours");
        world.abandoned.fetch_add(1, Ordering::Relaxed);
        Box::pin(future::ready(()))
    }
}

/// A stack in that world.
pub fn stack(world: &(i64, Arc<World>), backend: &KillableBackend) -> Stack {
    let mut stack = Stack::new("test").backend(backend.clone());
    provide(&mut stack, world, "fake", Things::builder().world(world.0).build());
    stack
}

/// Makes the provider known to the stack, under that name.
pub fn provide(stack: &mut Stack, world: &(i64, Arc<World>), name: &str, block: Args<Things>) -> ProviderHandle {
    stack.provider_instance(name, Arc::new(Shared { world: world.1.clone() }), block.into_expression())
}
