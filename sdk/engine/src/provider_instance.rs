//! Providers as the engine sees them: all contexts look alike.

use std::any::Any;
use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use rosa_ecr_model::{Block, DataKind, Diagnostics, Kind, Value};

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

    /// With warnings about the provider block.
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
pub trait ProviderInstance: Send + Sync {
    /// The local name, such as `rosa`.
    fn name(&self) -> &str;

    /// Which provider it is: the same for all configurations of one, whatever their names.
    fn provider(&self) -> String {
        self.name().to_owned()
    }

    /// Gets ready to list which kinds and arguments there are, for instance by starting a process. Called before
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
