//! A resource for a host whose calls have another context.

use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::BoxFuture;

use crate::diagnostic::message::Diagnostics;
use crate::resource::call::Call;
use crate::resource::guard::Report;
use crate::resource::kind::{Applied, Kind, Planned, ResourceOperations};
use crate::resource::move_source::MoveSource;
use crate::value::tree::Value;

impl<'k, C> dyn Kind<C> + 'k {
    /// The same kind for a host whose calls have another context, and which reports panics.
    pub fn hosted<D: 'static>(&self, context: fn(&Call<D>) -> Call<C>, report: Report) -> Arc<dyn Kind<D>>
    where
        C: Send + Sync + 'static,
    {
        let around = |operations| Arc::new(Hosted { operations, context }) as Arc<dyn ResourceOperations<D>>;
        Arc::new(self.guarded().hosted(report, around))
    }
}

struct Hosted<C, D> {
    operations: Arc<dyn ResourceOperations<C>>,
    context: fn(&Call<D>) -> Call<C>,
}

impl<C: Send + Sync, D> ResourceOperations<D> for Hosted<C, D> {
    fn validate(&self, config: &Value) -> Diagnostics {
        self.operations.validate(config)
    }

    fn plan<'a>(&'a self, call: Option<&'a Call<D>>, prior: &'a Value, config: &'a Value) -> BoxFuture<'a, Planned> {
        let call = call.map(self.context);
        async move { self.operations.plan(call.as_ref(), prior, config).await }.boxed()
    }

    fn apply<'a>(&'a self, call: &'a Call<D>, prior: &'a Value, planned: &'a Value) -> BoxFuture<'a, Applied> {
        let call = (self.context)(call);
        async move { self.operations.apply(&call, prior, planned).await }.boxed()
    }

    fn read<'a>(&'a self, call: &'a Call<D>, state: &'a Value) -> BoxFuture<'a, Applied> {
        let call = (self.context)(call);
        async move { self.operations.read(&call, state).await }.boxed()
    }

    fn probe<'a>(&'a self, call: &'a Call<D>, planned: &'a Value) -> BoxFuture<'a, Applied> {
        let call = (self.context)(call);
        async move { self.operations.probe(&call, planned).await }.boxed()
    }

    fn import<'a>(&'a self, call: &'a Call<D>, id: &'a str) -> BoxFuture<'a, Applied> {
        let call = (self.context)(call);
        async move { self.operations.import(&call, id).await }.boxed()
    }

    fn import_by_identity<'a>(&'a self, call: &'a Call<D>, identity: &'a Value) -> BoxFuture<'a, Applied> {
        let call = (self.context)(call);
        async move { self.operations.import_by_identity(&call, identity).await }.boxed()
    }

    fn import_id(&self, identity: &Value) -> Result<String, Diagnostics> {
        self.operations.import_id(identity)
    }

    fn stored<'a>(&'a self, from: i64, json: &'a serde_json::Value) -> BoxFuture<'a, Result<Value, Diagnostics>> {
        self.operations.stored(from, json)
    }

    fn move_state(&self, source: &MoveSource<'_>) -> Option<Result<Value, Diagnostics>> {
        self.operations.move_state(source)
    }
}
