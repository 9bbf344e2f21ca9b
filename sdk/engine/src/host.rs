//! Providers as the engine sees them: all contexts look alike.

use std::any::Any;
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
use crate::panics;

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
        let kinds =
            guard::named(P::NAME, "kinds", P::kinds).into_iter().map(|kind| (kind.type_name().to_owned(), erase(kind)));
        let sources = guard::named(P::NAME, "data_sources", P::data_sources).into_iter();
        let data_sources = sources.map(|source| (source.type_name().to_owned(), erase_data_source(source)));
        Self { kinds: kinds.collect(), data_sources: data_sources.collect(), provider: PhantomData }
    }
}

impl<P: Provider> Host for InProcess<P> {
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

/// A host whose code is guarded as that of its kinds is. A panic is an error that says which method it was; where a method cannot
/// return one, it ends the run.
pub(crate) struct Guarded {
    /// The name in the stack.
    name: String,
    host: Arc<dyn Host>,
}

impl Guarded {
    pub(crate) fn new(name: &str, host: Arc<dyn Host>) -> Self {
        Self { name: name.to_owned(), host }
    }

    fn get<'s, T>(&'s self, method: &'static str, work: impl FnOnce(&'s dyn Host) -> T) -> T {
        guard::named(&self.name, method, || work(&*self.host))
    }

    fn wait<'s, T: 's>(
        &'s self,
        method: &'static str,
        work: impl FnOnce(&'s dyn Host) -> BoxFuture<'s, T> + Send + 's,
        otherwise: impl FnOnce(Diagnostics) -> T + Send + 's,
    ) -> BoxFuture<'s, T> {
        async move {
            let done = panics::caught_in(async { work(&*self.host).await }).await;
            done.unwrap_or_else(|panic| otherwise(panics::report(&panic.of(&self.name, method)).into()))
        }
        .boxed()
    }
}

impl Host for Guarded {
    fn name(&self) -> &str {
        self.get("name", |host| host.name())
    }

    fn provider(&self) -> String {
        self.get("provider", |host| host.provider())
    }

    fn start(&self) -> BoxFuture<'_, Result<(), Diagnostics>> {
        self.wait("start", |host| host.start(), Err)
    }

    fn block(&self) -> Block {
        self.get("block", |host| host.block())
    }

    fn type_names(&self, of_data_sources: bool) -> Vec<String> {
        self.get("type_names", |host| host.type_names(of_data_sources))
    }

    fn kind(&self, type_name: &str) -> Option<Arc<dyn Kind<AnyContext>>> {
        self.get("kind", |host| host.kind(type_name))
    }

    fn data_source(&self, type_name: &str) -> Option<Arc<dyn DataKind<AnyContext>>> {
        self.get("data_source", |host| host.data_source(type_name))
    }

    fn open(&self) -> &'static [&'static str] {
        self.get("open", |host| host.open())
    }

    fn validate<'a>(&'a self, config: &'a Value) -> BoxFuture<'a, Diagnostics> {
        self.wait("validate", move |host| host.validate(config), |errors| errors)
    }

    fn configure(&self, config: Value) -> BoxFuture<'_, Result<AnyContext, Diagnostics>> {
        self.wait("configure", move |host| host.configure(config), Err)
    }

    fn abandon<'a>(&'a self, context: &'a AnyContext) -> BoxFuture<'a, ()> {
        self.wait("abandon", move |host| host.abandon(context), drop)
    }
}
