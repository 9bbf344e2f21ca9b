//! Providers as the engine sees them: all contexts look alike.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::marker::PhantomData;
use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use rosa_ecr_model::{
    Applied, Block, Call, DataKind, DecodeError, Diagnostics, IdentityAttribute, Kind, Planned, Provider, Relocation,
    Schema, Value, conform, plan, validate,
};

/// A provider's context, whatever its type.
pub struct AnyContext(Arc<dyn Any + Send + Sync>);

impl AnyContext {
    /// That context.
    pub fn new<C: Send + Sync + 'static>(context: Arc<C>) -> Self {
        Self(context)
    }
}

/// A provider, in this process or another one.
pub trait Host: Send + Sync {
    /// The local name, such as `rosa`.
    fn name(&self) -> &str;

    /// Gets ready to say which kinds and arguments there are, for instance by starting a process. Called before
    /// anything else in every run, maybe more than once.
    fn start(&self) -> BoxFuture<'_, Result<(), Diagnostics>> {
        async { Ok(()) }.boxed()
    }

    /// The provider block.
    fn block(&self) -> Block;

    /// The resources of that type.
    fn kind(&self, type_name: &str) -> Option<Arc<dyn Kind<AnyContext>>>;

    /// The data sources of that type.
    fn data_source(&self, type_name: &str) -> Option<Arc<dyn DataKind<AnyContext>>> {
        let _ = type_name;
        None
    }

    /// Everything that is wrong with a provider block, as far as it is known.
    fn validate<'a>(&'a self, config: &'a Value) -> BoxFuture<'a, Diagnostics>;

    /// Makes the context from a wholly known provider block in full shape.
    fn configure(&self, config: Value) -> BoxFuture<'_, Result<AnyContext, Diagnostics>>;
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

impl<P: Provider> Host for InProcess<P> {
    fn name(&self) -> &str {
        P::NAME
    }

    fn block(&self) -> Block {
        P::block()
    }

    fn kind(&self, type_name: &str) -> Option<Arc<dyn Kind<AnyContext>>> {
        self.kinds.get(type_name).cloned()
    }

    fn data_source(&self, type_name: &str) -> Option<Arc<dyn DataKind<AnyContext>>> {
        self.data_sources.get(type_name).cloned()
    }

    fn validate<'a>(&'a self, config: &'a Value) -> BoxFuture<'a, Diagnostics> {
        let mut report = validate(&P::block(), config);
        match P::partial(&plan::propose(&P::block(), &Value::Null, config)) {
            Ok(inputs) => P::validate(&inputs, &mut report),
            Err(error) if !report.has_errors() => report.push(misfit::<P>(&error)),
            Err(_) => {}
        }
        async { report }.boxed()
    }

    fn configure(&self, config: Value) -> BoxFuture<'_, Result<AnyContext, Diagnostics>> {
        async move {
            let proposed = plan::propose(&P::block(), &Value::Null, &conform(&P::block(), config));
            let inputs = P::decode(&proposed).map_err(|error| misfit::<P>(&error))?;
            Ok(AnyContext::new(Arc::new(inputs.configure().await?)))
        }
        .boxed()
    }
}

fn misfit<P: Provider>(error: &DecodeError) -> rosa_ecr_model::Diagnostic {
    error.misfit("configuration", P::NAME)
}

/// The kind for a context whose type is not told.
pub fn erase<C: Send + Sync + 'static>(kind: Arc<dyn Kind<C>>) -> Arc<dyn Kind<AnyContext>> {
    Arc::new(Erased(kind))
}

/// The data source for a context whose type is not told.
pub fn erase_data_source<C: Send + Sync + 'static>(source: Arc<dyn DataKind<C>>) -> Arc<dyn DataKind<AnyContext>> {
    Arc::new(Erased(source))
}

struct Erased<K: ?Sized>(Arc<K>);

/// # Panics
/// If the context is another provider's: the engine pairs kinds with their own host.
fn typed<C: Send + Sync + 'static>(call: &Call<AnyContext>) -> Call<C> {
    let context = call.context().0.clone().downcast::<C>();
    call.sharing(context.unwrap_or_else(|_| panic!("a kind got the context of another provider")))
}

impl<C: Send + Sync + 'static> DataKind<AnyContext> for Erased<dyn DataKind<C>> {
    fn type_name(&self) -> &str {
        self.0.type_name()
    }

    fn schema(&self) -> &Schema {
        self.0.schema()
    }

    fn permissions(&self) -> std::collections::BTreeSet<&'static str> {
        self.0.permissions()
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        self.0.validate(config)
    }

    fn plan<'a>(&'a self, call: Option<&'a Call<AnyContext>>, config: &'a Value) -> BoxFuture<'a, Planned> {
        async move { self.0.plan(call.map(typed).as_ref(), config).await }.boxed()
    }

    fn read<'a>(&'a self, call: &'a Call<AnyContext>, config: &'a Value) -> BoxFuture<'a, Applied> {
        async move { self.0.read(&typed(call), config).await }.boxed()
    }
}

impl<C: Send + Sync + 'static> Kind<AnyContext> for Erased<dyn Kind<C>> {
    fn type_name(&self) -> &str {
        self.0.type_name()
    }

    fn schema(&self) -> &Schema {
        self.0.schema()
    }

    fn permissions(&self) -> BTreeSet<&'static str> {
        self.0.permissions()
    }

    fn permissions_by_argument(&self) -> BTreeMap<&'static str, BTreeSet<&'static str>> {
        self.0.permissions_by_argument()
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        self.0.validate(config)
    }

    fn plan<'a>(
        &'a self,
        call: Option<&'a Call<AnyContext>>,
        prior: &'a Value,
        config: &'a Value,
    ) -> BoxFuture<'a, Planned> {
        async move {
            let call = call.map(typed);
            self.0.plan(call.as_ref(), prior, config).await
        }
        .boxed()
    }

    fn apply<'a>(&'a self, call: &'a Call<AnyContext>, prior: &'a Value, planned: &'a Value) -> BoxFuture<'a, Applied> {
        async move { self.0.apply(&typed(call), prior, planned).await }.boxed()
    }

    fn read<'a>(&'a self, call: &'a Call<AnyContext>, state: &'a Value) -> BoxFuture<'a, Applied> {
        async move { self.0.read(&typed(call), state).await }.boxed()
    }

    fn import<'a>(&'a self, call: &'a Call<AnyContext>, id: &'a str) -> BoxFuture<'a, Applied> {
        async move { self.0.import(&typed(call), id).await }.boxed()
    }

    fn import_by_identity<'a>(&'a self, call: &'a Call<AnyContext>, identity: &'a Value) -> BoxFuture<'a, Applied> {
        async move { self.0.import_by_identity(&typed(call), identity).await }.boxed()
    }

    fn upgrade(&self, from: i64, state: Value) -> Result<Value, Diagnostics> {
        self.0.upgrade(from, state)
    }

    fn stored<'a>(&'a self, from: i64, json: &'a serde_json::Value) -> BoxFuture<'a, Result<Value, Diagnostics>> {
        self.0.stored(from, json)
    }

    fn identity(&self) -> &[IdentityAttribute] {
        self.0.identity()
    }

    fn identity_of(&self, state: &Value) -> Value {
        self.0.identity_of(state)
    }

    fn import_id(&self, identity: &Value) -> Result<String, Diagnostics> {
        self.0.import_id(identity)
    }

    fn converges(&self) -> bool {
        self.0.converges()
    }

    fn coexists(&self) -> bool {
        self.0.coexists()
    }

    fn relocates(&self) -> &[&'static str] {
        self.0.relocates()
    }

    fn relocate(&self, source: &Relocation<'_>) -> Option<Result<Value, Diagnostics>> {
        self.0.relocate(source)
    }

    fn probe<'a>(&'a self, call: &'a Call<AnyContext>, planned: &'a Value) -> BoxFuture<'a, Applied> {
        async move { self.0.probe(&typed(call), planned).await }.boxed()
    }
}
