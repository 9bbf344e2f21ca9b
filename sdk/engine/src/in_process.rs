//! Providers of this process.

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use rosa_ecr_model::{
    Block, Configured, DataKind, Diagnostic, Diagnostics, Kind, Provider, Value, configure_provider, conform, guard,
    provider_block, validate_provider,
};

use crate::erased::{erase, erase_data_source};
use crate::provider_instance::{AnyContext, ProviderInstance};

/// A provider of this process.
pub(crate) struct InProcess<P: Provider> {
    kinds: BTreeMap<String, Arc<dyn Kind<AnyContext>>>,
    data_sources: BTreeMap<String, Arc<dyn DataKind<AnyContext>>>,
    provider: PhantomData<fn() -> P>,
}

impl<P: Provider> InProcess<P> {
    pub(crate) fn new() -> Self {
        let kinds =
            guard::named(P::NAME, "kinds", P::kinds).into_iter().map(|kind| (kind.type_name().to_owned(), erase(kind)));
        let sources = guard::named(P::NAME, "data_sources", P::data_sources).into_iter();
        let data_sources = sources.map(|source| (source.type_name().to_owned(), erase_data_source(source)));
        Self { kinds: kinds.collect(), data_sources: data_sources.collect(), provider: PhantomData }
    }
}

impl<P: Provider> ProviderInstance for InProcess<P> {
    fn name(&self) -> &str {
        P::NAME
    }

    fn block(&self) -> Block {
        provider_block::<P>()
    }

    fn type_names(&self, of_data_sources: bool) -> Vec<String> {
        if of_data_sources { self.data_sources.keys().cloned().collect() } else { self.kinds.keys().cloned().collect() }
    }

    fn kind(&self, type_name: &str) -> Option<Arc<dyn Kind<AnyContext>>> {
        self.kinds.get(type_name).cloned()
    }

    fn data_source(&self, type_name: &str) -> Option<Arc<dyn DataKind<AnyContext>>> {
        self.data_sources.get(type_name).cloned()
    }

    fn open(&self) -> &'static [&'static str] {
        P::OPEN
    }

    fn validate<'a>(&'a self, config: &'a Value) -> BoxFuture<'a, Diagnostics> {
        async { validate_provider::<P>(&self.block(), config) }.boxed()
    }

    fn configure(&self, config: Value) -> BoxFuture<'_, Result<AnyContext, Diagnostics>> {
        async move {
            let block = self.block();
            match configure_provider::<P>(&block, &conform(&block, config)).await? {
                Configured::Open(context, _) => Ok(AnyContext::new(Arc::new(context))),
                Configured::Unknown(_) => {
                    Err(Diagnostic::error(format!("The provider \"{}\" is not configured yet", P::NAME)).into())
                }
            }
        }
        .boxed()
    }
}
