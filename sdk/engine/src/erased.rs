//! Kinds and data sources whose context has no type any more, and whose panics end no run.
//!
//! All calls of a program's or a provider's code go through one of three guards. Where a method returns errors, its panic is
//! one of them. Where it does not, the panic goes on to the guard of the operation or of the run, and says whose it was.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use rosa_ecr_model::{
    Applied, Call, DataKind, Diagnostic, Diagnostics, IdentityAttribute, Kind, Planned, Relocation, Schema, Value,
};

use crate::host::AnyContext;
use crate::panics::{self, Panic};

/// The kind for a context whose type is not told.
pub fn erase<C: Send + Sync + 'static>(kind: Arc<dyn Kind<C>>) -> Arc<dyn Kind<AnyContext>> {
    Arc::new(Erased(kind))
}

/// The data source for a context whose type is not told.
pub fn erase_data_source<C: Send + Sync + 'static>(source: Arc<dyn DataKind<C>>) -> Arc<dyn DataKind<AnyContext>> {
    Arc::new(Erased(source))
}

struct Erased<K: ?Sized>(Arc<K>);

/// What both have.
trait Named {
    fn named(&self) -> &str;
}

impl<C> Named for dyn Kind<C> {
    fn named(&self) -> &str {
        self.type_name()
    }
}

impl<C> Named for dyn DataKind<C> {
    fn named(&self) -> &str {
        self.type_name()
    }
}

impl<K: Named + ?Sized> Erased<K> {
    fn panicked(&self, method: &str, panic: Panic) -> Panic {
        let name = panics::caught(|| self.0.named().to_owned());
        panic.of(name.as_deref().unwrap_or("a resource"), method)
    }

    /// What a method gives that cannot fail.
    fn get<'s, T>(&'s self, method: &str, work: impl FnOnce(&'s K) -> T) -> T {
        panics::caught(|| work(&self.0)).unwrap_or_else(|panic| self.panicked(method, panic).resume())
    }

    /// What a method gives; where it panics, `otherwise` with the error.
    fn check<T>(&self, method: &str, work: impl FnOnce(&K) -> T, otherwise: impl FnOnce(Diagnostics) -> T) -> T {
        panics::caught(|| work(&self.0)).unwrap_or_else(|panic| otherwise(self.panicked(method, panic).into()))
    }

    /// The same for a method that takes its time.
    async fn wait<T>(
        &self,
        method: &str,
        work: impl Future<Output = T>,
        otherwise: impl FnOnce(Diagnostics) -> T,
    ) -> T {
        let done = panics::caught_in(work).await;
        done.unwrap_or_else(|panic| otherwise(self.panicked(method, panic).into()))
    }
}

impl From<Panic> for Diagnostics {
    fn from(panic: Panic) -> Self {
        panic.diagnostic("The code of a provider panicked").into()
    }
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
        self.get("type_name", |source| source.type_name())
    }

    fn schema(&self) -> &Schema {
        self.get("schema", |source| source.schema())
    }

    fn permissions(&self) -> BTreeSet<&'static str> {
        self.get("permissions", |source| source.permissions())
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        self.check("validate", |source| source.validate(config), |errors| errors)
    }

    fn plan<'a>(&'a self, call: Option<&'a Call<AnyContext>>, config: &'a Value) -> BoxFuture<'a, Planned> {
        let plan = async move { self.0.plan(call.map(typed).as_ref(), config).await };
        self.wait("plan", plan, unplanned).boxed()
    }

    fn read<'a>(&'a self, call: &'a Call<AnyContext>, config: &'a Value) -> BoxFuture<'a, Applied> {
        self.wait("read", async move { self.0.read(&typed(call), config).await }, unread).boxed()
    }
}

impl<C: Send + Sync + 'static> Kind<AnyContext> for Erased<dyn Kind<C>> {
    fn type_name(&self) -> &str {
        self.get("type_name", |kind| kind.type_name())
    }

    fn schema(&self) -> &Schema {
        self.get("schema", |kind| kind.schema())
    }

    fn permissions(&self) -> BTreeSet<&'static str> {
        self.get("permissions", |kind| kind.permissions())
    }

    fn permissions_by_argument(&self) -> BTreeMap<&'static str, BTreeSet<&'static str>> {
        self.get("permissions_by_argument", |kind| kind.permissions_by_argument())
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        self.check("validate", |kind| kind.validate(config), |errors| errors)
    }

    fn plan<'a>(
        &'a self,
        call: Option<&'a Call<AnyContext>>,
        prior: &'a Value,
        config: &'a Value,
    ) -> BoxFuture<'a, Planned> {
        let plan = async move { self.0.plan(call.map(typed).as_ref(), prior, config).await };
        self.wait("plan", plan, unplanned).boxed()
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
        self.wait("apply", apply, broken_off).boxed()
    }

    fn read<'a>(&'a self, call: &'a Call<AnyContext>, state: &'a Value) -> BoxFuture<'a, Applied> {
        self.wait("read", async move { self.0.read(&typed(call), state).await }, unread).boxed()
    }

    fn import<'a>(&'a self, call: &'a Call<AnyContext>, id: &'a str) -> BoxFuture<'a, Applied> {
        self.wait("import", async move { self.0.import(&typed(call), id).await }, unread).boxed()
    }

    fn import_by_identity<'a>(&'a self, call: &'a Call<AnyContext>, identity: &'a Value) -> BoxFuture<'a, Applied> {
        let import = async move { self.0.import_by_identity(&typed(call), identity).await };
        self.wait("import_by_identity", import, unread).boxed()
    }

    fn upgrade(&self, from: i64, state: Value) -> Result<Value, Diagnostics> {
        self.check("upgrade", |kind| kind.upgrade(from, state), Err)
    }

    fn upgrades_always(&self) -> bool {
        self.get("upgrades_always", |kind| kind.upgrades_always())
    }

    fn stored<'a>(&'a self, from: i64, json: &'a serde_json::Value) -> BoxFuture<'a, Result<Value, Diagnostics>> {
        self.wait("stored", async move { self.0.stored(from, json).await }, Err).boxed()
    }

    fn identity(&self) -> &[IdentityAttribute] {
        self.get("identity", |kind| kind.identity())
    }

    // Two objects without an identity would be taken for one, so there is no value that stands for a panic.
    fn identity_of(&self, state: &Value) -> Value {
        self.get("identity_of", |kind| kind.identity_of(state))
    }

    fn import_id(&self, identity: &Value) -> Result<String, Diagnostics> {
        self.check("import_id", |kind| kind.import_id(identity), Err)
    }

    fn natural_key(&self) -> &[&'static str] {
        self.get("natural_key", |kind| kind.natural_key())
    }

    fn converges(&self) -> bool {
        self.get("converges", |kind| kind.converges())
    }

    fn coexists(&self) -> bool {
        self.get("coexists", |kind| kind.coexists())
    }

    fn checks_results(&self) -> bool {
        self.get("checks_results", |kind| kind.checks_results())
    }

    fn relocates(&self) -> &[&'static str] {
        self.get("relocates", |kind| kind.relocates())
    }

    fn relocate(&self, source: &Relocation<'_>) -> Option<Result<Value, Diagnostics>> {
        self.check("relocate", |kind| kind.relocate(source), |errors| Some(Err(errors)))
    }

    fn probe<'a>(&'a self, call: &'a Call<AnyContext>, planned: &'a Value) -> BoxFuture<'a, Applied> {
        self.wait("probe", async move { self.0.probe(&typed(call), planned).await }, unread).boxed()
    }
}
