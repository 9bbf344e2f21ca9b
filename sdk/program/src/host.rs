//! Providers as the engine sees them: all contexts look alike.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::marker::PhantomData;
use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use rosa_ecr_model::{
    Applied, Block, Call, DataKind, DecodeError, Diagnostic, Diagnostics, IdentityAttribute, Kind, Planned, Provider,
    Relocation, Schema, Value, conform, plan, validate,
};

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

    /// Everything that is wrong with a provider block, as far as it is known.
    fn validate<'a>(&'a self, config: &'a Value) -> BoxFuture<'a, Diagnostics>;

    /// Makes the context from a wholly known provider block in full shape.
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

impl<P: Provider> Host for InProcess<P> {
    fn name(&self) -> &str {
        P::NAME
    }

    fn block(&self) -> Block {
        P::block()
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

    fn validate<'a>(&'a self, config: &'a Value) -> BoxFuture<'a, Diagnostics> {
        let checked = panics::caught(|| {
            let mut report = validate(&P::block(), config);
            match P::partial(&plan::propose(&P::block(), &Value::Null, config)) {
                Ok(inputs) => P::validate(&inputs, &mut report),
                Err(error) if !report.has_errors() => report.push(misfit::<P>(&error)),
                Err(_) => {}
            }
            report
        });
        async { checked.unwrap_or_else(|panic| panicked(P::NAME, &panic).into()) }.boxed()
    }

    fn configure(&self, config: Value) -> BoxFuture<'_, Result<AnyContext, Diagnostics>> {
        async move {
            let proposed = plan::propose(&P::block(), &Value::Null, &conform(&P::block(), config));
            let inputs = P::decode(&proposed).map_err(|error| misfit::<P>(&error))?;
            let context = panics::caught_in(inputs.configure()).await;
            Ok(AnyContext::new(Arc::new(context.map_err(|panic| panicked(P::NAME, &panic))??)))
        }
        .boxed()
    }
}

fn panicked(name: &str, panic: &Panic) -> Diagnostic {
    panic.diagnostic(format!("The code of {name} panicked"))
}

fn misfit<P: Provider>(error: &DecodeError) -> Diagnostic {
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

/// What panics in it is an error of the operation.
struct Erased<K: ?Sized>(Arc<K>);

/// What the work comes to; where it panics, `otherwise` with the error.
async fn guarded<T>(name: &str, work: impl Future<Output = T>, otherwise: impl FnOnce(Diagnostics) -> T) -> T {
    panics::caught_in(work).await.unwrap_or_else(|panic| otherwise(panicked(name, &panic).into()))
}

fn checked(name: &str, check: impl FnOnce() -> Diagnostics) -> Diagnostics {
    panics::caught(check).unwrap_or_else(|panic| panicked(name, &panic).into())
}

fn unplanned(diagnostics: Diagnostics) -> Planned {
    Planned { diagnostics, ..Planned::default() }
}

fn unread(diagnostics: Diagnostics) -> Applied {
    Applied { diagnostics, ..Applied::default() }
}

/// # Panics
/// If the context is another provider's: the engine pairs kinds with their own host.
fn typed<C: Send + Sync + 'static>(call: &Call<AnyContext>) -> Call<C> {
    let context = call.context().downcast::<C>();
    call.sharing(context.unwrap_or_else(|| panic!("a kind got the context of another provider")))
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
        checked(self.0.type_name(), || self.0.validate(config))
    }

    fn plan<'a>(&'a self, call: Option<&'a Call<AnyContext>>, config: &'a Value) -> BoxFuture<'a, Planned> {
        let plan = async move { self.0.plan(call.map(typed).as_ref(), config).await };
        guarded(self.0.type_name(), plan, unplanned).boxed()
    }

    fn read<'a>(&'a self, call: &'a Call<AnyContext>, config: &'a Value) -> BoxFuture<'a, Applied> {
        guarded(self.0.type_name(), async move { self.0.read(&typed(call), config).await }, unread).boxed()
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
        checked(self.0.type_name(), || self.0.validate(config))
    }

    fn plan<'a>(
        &'a self,
        call: Option<&'a Call<AnyContext>>,
        prior: &'a Value,
        config: &'a Value,
    ) -> BoxFuture<'a, Planned> {
        let plan = async move { self.0.plan(call.map(typed).as_ref(), prior, config).await };
        guarded(self.0.type_name(), plan, unplanned).boxed()
    }

    fn apply<'a>(&'a self, call: &'a Call<AnyContext>, prior: &'a Value, planned: &'a Value) -> BoxFuture<'a, Applied> {
        // How much of it was done nobody can say any more.
        let broken_off = |errors: Diagnostics| Applied {
            state: prior.clone(),
            diagnostics: errors.into_iter().map(Diagnostic::outcome_unknown).collect(),
            private: call.private().to_vec(),
            ..Applied::default()
        };
        let apply = async move { self.0.apply(&typed(call), prior, planned).await };
        guarded(self.0.type_name(), apply, broken_off).boxed()
    }

    fn read<'a>(&'a self, call: &'a Call<AnyContext>, state: &'a Value) -> BoxFuture<'a, Applied> {
        guarded(self.0.type_name(), async move { self.0.read(&typed(call), state).await }, unread).boxed()
    }

    fn import<'a>(&'a self, call: &'a Call<AnyContext>, id: &'a str) -> BoxFuture<'a, Applied> {
        guarded(self.0.type_name(), async move { self.0.import(&typed(call), id).await }, unread).boxed()
    }

    fn import_by_identity<'a>(&'a self, call: &'a Call<AnyContext>, identity: &'a Value) -> BoxFuture<'a, Applied> {
        guarded(self.0.type_name(), async move { self.0.import_by_identity(&typed(call), identity).await }, unread)
            .boxed()
    }

    fn upgrade(&self, from: i64, state: Value) -> Result<Value, Diagnostics> {
        self.0.upgrade(from, state)
    }

    fn upgrades_always(&self) -> bool {
        self.0.upgrades_always()
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

    fn natural_key(&self) -> &[&'static str] {
        self.0.natural_key()
    }

    fn converges(&self) -> bool {
        self.0.converges()
    }

    fn coexists(&self) -> bool {
        self.0.coexists()
    }

    fn checks_results(&self) -> bool {
        self.0.checks_results()
    }

    fn relocates(&self) -> &[&'static str] {
        self.0.relocates()
    }

    fn relocate(&self, source: &Relocation<'_>) -> Option<Result<Value, Diagnostics>> {
        self.0.relocate(source)
    }

    fn probe<'a>(&'a self, call: &'a Call<AnyContext>, planned: &'a Value) -> BoxFuture<'a, Applied> {
        guarded(self.0.type_name(), async move { self.0.probe(&typed(call), planned).await }, unread).boxed()
    }
}
