//! Providers whose panics are errors.

use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use rosa_ecr_model::{Block, DataKind, Diagnostics, Kind, Value, guard};

use crate::panics;
use crate::provider_instance::{AnyContext, ProviderInstance};

/// A provider whose code is guarded as that of its kinds is. A panic is an error that names the method; where a method cannot
/// return one, it ends the run.
pub(crate) struct Guarded {
    /// The name in the stack.
    name: String,
    instance: Arc<dyn ProviderInstance>,
}

impl Guarded {
    pub(crate) fn new(name: &str, instance: Arc<dyn ProviderInstance>) -> Self {
        Self { name: name.to_owned(), instance }
    }

    fn get<'s, T>(&'s self, method: &'static str, work: impl FnOnce(&'s dyn ProviderInstance) -> T) -> T {
        guard::named(&self.name, method, || work(&*self.instance))
    }

    fn wait<'s, T: 's>(
        &'s self,
        method: &'static str,
        work: impl FnOnce(&'s dyn ProviderInstance) -> BoxFuture<'s, T> + Send + 's,
        otherwise: impl FnOnce(Diagnostics) -> T + Send + 's,
    ) -> BoxFuture<'s, T> {
        async move {
            let done = panics::caught_in(async { work(&*self.instance).await }).await;
            done.unwrap_or_else(|panic| otherwise(panics::report(&panic.of(&self.name, method)).into()))
        }
        .boxed()
    }
}

impl ProviderInstance for Guarded {
    fn name(&self) -> &str {
        self.get("name", |instance| instance.name())
    }

    fn provider(&self) -> String {
        self.get("provider", |instance| instance.provider())
    }

    fn start(&self) -> BoxFuture<'_, Result<(), Diagnostics>> {
        self.wait("start", |instance| instance.start(), Err)
    }

    fn block(&self) -> Block {
        self.get("block", |instance| instance.block())
    }

    fn type_names(&self, of_data_sources: bool) -> Vec<String> {
        self.get("type_names", |instance| instance.type_names(of_data_sources))
    }

    fn kind(&self, type_name: &str) -> Option<Arc<dyn Kind<AnyContext>>> {
        self.get("kind", |instance| instance.kind(type_name))
    }

    fn data_source(&self, type_name: &str) -> Option<Arc<dyn DataKind<AnyContext>>> {
        self.get("data_source", |instance| instance.data_source(type_name))
    }

    fn open(&self) -> &'static [&'static str] {
        self.get("open", |instance| instance.open())
    }

    fn validate<'a>(&'a self, config: &'a Value) -> BoxFuture<'a, Diagnostics> {
        self.wait("validate", move |instance| instance.validate(config), |errors| errors)
    }

    fn configure(&self, config: Value) -> BoxFuture<'_, Result<AnyContext, Diagnostics>> {
        self.wait("configure", move |instance| instance.configure(config), Err)
    }

    fn abandon<'a>(&'a self, context: &'a AnyContext) -> BoxFuture<'a, ()> {
        self.wait("abandon", move |instance| instance.abandon(context), drop)
    }
}
