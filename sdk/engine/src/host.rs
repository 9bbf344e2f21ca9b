//! Providers as the engine sees them: all contexts look alike.

use std::any::Any;
use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use rosa_ecr_model::{
    Block, DataKind, DecodeError, Diagnostic, Diagnostics, Kind, Provider, Value, context_of, validate_provider_config,
};

use crate::erased::{erase, erase_data_source};
use crate::panics::{self, Panic};

/// A provider's context, whatever its type.
pub struct AnyContext {
    context: Arc<dyn Any + Send + Sync>,
    warnings: Diagnostics,
}

impl AnyContext {
    /// That context.
    pub fn new<C: Send + Sync + 'static>(context: Arc<C>) -> Self {
        Self { context, warnings: Diagnostics::new() }
    }

    /// With what there is to say of the provider block.
    #[must_use]
    pub fn warn(mut self, warnings: Diagnostics) -> Self {
        self.warnings.extend(warnings);
        self
    }

    pub(crate) fn warnings(&self) -> &Diagnostics {
        &self.warnings
    }

    /// The context, where it is of that type.
    pub fn downcast<C: Send + Sync + 'static>(&self) -> Option<Arc<C>> {
        self.context.clone().downcast().ok()
    }
}

/// A provider, in this process or another one.
pub trait Host: Send + Sync {
    /// The local name, such as `rosa`.
    fn name(&self) -> &str;

    /// Which provider it is: the same for all configurations of one, whatever their names.
    fn provider(&self) -> String {
        self.name().to_owned()
    }

    /// Gets ready to say which kinds and arguments there are, for instance by starting a process. Called before
    /// anything else in every run, maybe more than once.
    fn start(&self) -> BoxFuture<'_, Result<(), Diagnostics>> {
        async { Ok(()) }.boxed()
    }

    /// The provider block.
    fn block(&self) -> Block;

    /// The types of its resources, or of its data sources: what to suggest where one is not found.
    fn type_names(&self, of_data_sources: bool) -> Vec<String> {
        let _ = of_data_sources;
        Vec::new()
    }

    /// The resources of that type.
    fn kind(&self, type_name: &str) -> Option<Arc<dyn Kind<AnyContext>>>;

    /// The data sources of that type.
    fn data_source(&self, type_name: &str) -> Option<Arc<dyn DataKind<AnyContext>>> {
        let _ = type_name;
        None
    }

    /// Arguments and blocks of the provider block that may be unknown while objects are read and changes are planned.
    fn open(&self) -> &'static [&'static str] {
        &[]
    }

    /// Everything that is wrong with a provider block, as far as it is known.
    fn validate<'a>(&'a self, config: &'a Value) -> BoxFuture<'a, Diagnostics>;

    /// Makes the context from a provider block in full shape. Where something of it is unknown, all of that is in
    /// [`open`](Self::open), and the context is for reads and plans.
    fn configure(&self, config: Value) -> BoxFuture<'_, Result<AnyContext, Diagnostics>>;

    /// Ends whatever is still done with this context. Called where a run was cancelled and does not wait any longer: what
    /// it did in this process was dropped, and when this returns nothing may be changed any more, since the lock goes.
    fn abandon<'a>(&'a self, context: &'a AnyContext) -> BoxFuture<'a, ()> {
        let _ = context;
        async {}.boxed()
    }
}

/// A provider of this process.
pub(crate) struct InProcess<P: Provider> {
    kinds: BTreeMap<String, Arc<dyn Kind<AnyContext>>>,
    data_sources: BTreeMap<String, Arc<dyn DataKind<AnyContext>>>,
    provider: PhantomData<fn() -> P>,
}

impl<P: Provider> InProcess<P> {
    pub(crate) fn new() -> Self {
        let kinds = P::kinds().into_iter().map(|kind| (kind.type_name().to_owned(), erase(kind)));
        let sources = P::data_sources().into_iter();
        let data_sources = sources.map(|source| (source.type_name().to_owned(), erase_data_source(source)));
        Self { kinds: kinds.collect(), data_sources: data_sources.collect(), provider: PhantomData }
    }
}

impl<P: Provider> InProcess<P> {
    fn panicked(method: &str, panic: Panic) -> Diagnostic {
        panic.of(P::NAME, method).diagnostic("")
    }
}

impl<P: Provider> Host for InProcess<P> {
    fn name(&self) -> &str {
        P::NAME
    }

    fn block(&self) -> Block {
        panics::caught(P::block).unwrap_or_else(|panic| panic.of(P::NAME, "block").resume())
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
        let checked = panics::caught(|| validate_provider_config::<P>(config, does_not_fit::<P>));
        async { checked.unwrap_or_else(|panic| Self::panicked("validate", panic).into()) }.boxed()
    }

    fn configure(&self, config: Value) -> BoxFuture<'_, Result<AnyContext, Diagnostics>> {
        let configure = context_of::<P>(config, does_not_fit::<P>);
        async move {
            let context = panics::caught_in(configure).await.map_err(|panic| Self::panicked("configure", panic))??;
            Ok(AnyContext::new(Arc::new(context)))
        }
        .boxed()
    }
}

fn does_not_fit<P: Provider>(error: DecodeError) -> Diagnostic {
    error.misfit("configuration", P::NAME)
}
