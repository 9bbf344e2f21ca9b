//! Kinds that quote secrets in messages and panics, and keep some for themselves.

use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use rosa_ecr_model::{
    Applied, Call, DataKind, DataSourceOperations, Diagnostics, Kind, MoveSource, Planned, ResourceOperations, Value,
};

use super::tokens::secrets;
use super::vault::Desk;
use super::world::World;

/// The same kind or data source with something to say.
pub struct Talkative<K: ?Sized> {
    pub kind: Arc<K>,
    pub world: Arc<World>,
}

impl<K: ?Sized> Talkative<K> {
    /// What the provider keeps for itself.
    fn private(value: &Value) -> Vec<u8> {
        secrets(value).concat().into_bytes()
    }

    /// Does the work. What is said of it is said before, in place of it, or behind.
    async fn speaking(&self, operation: &str, given: &[&Value], work: impl Future<Output = Applied>) -> Applied {
        let first = if self.world.chance(|random| random.one_of(2)) {
            self.world.say(operation, given)
        } else {
            Diagnostics::new()
        };
        if first.has_errors() {
            let is_change = matches!(operation, "create" | "update" | "delete");
            let state = given.first().filter(|_| is_change).copied().cloned().unwrap_or_default();
            return Applied { private: Self::private(&state), state, diagnostics: first, ..Applied::default() };
        }
        let mut done = work.await;
        done.private = Self::private(&done.state);
        done.diagnostics.extend(first);
        let mut all = given.to_vec();
        all.push(&done.state);
        let said = self.world.say(operation, &all);
        done.diagnostics.extend(said);
        done
    }
}

fn operation(prior: &Value, planned: &Value) -> &'static str {
    match (prior, planned) {
        (Value::Null, _) => "create",
        (_, Value::Null) => "delete",
        _ => "update",
    }
}

impl ResourceOperations<Desk> for Talkative<dyn Kind<Desk>> {
    fn validate(&self, config: &Value) -> Diagnostics {
        let mut said = self.kind.validate(config);
        said.extend(self.world.say("validate", &[config]));
        said
    }

    fn plan<'a>(&'a self, call: Option<&'a Call<Desk>>, prior: &'a Value, config: &'a Value) -> BoxFuture<'a, Planned> {
        async move {
            let mut planned = self.kind.plan(call, prior, config).await;
            planned.private = Self::private(&planned.state);
            planned.diagnostics.extend(self.world.say("plan", &[prior, config, &planned.state]));
            planned
        }
        .boxed()
    }

    fn apply<'a>(&'a self, call: &'a Call<Desk>, prior: &'a Value, planned: &'a Value) -> BoxFuture<'a, Applied> {
        let work = self.kind.apply(call, prior, planned);
        async move { self.speaking(operation(prior, planned), &[prior, planned], work).await }.boxed()
    }

    fn read<'a>(&'a self, call: &'a Call<Desk>, state: &'a Value) -> BoxFuture<'a, Applied> {
        async move { self.speaking("read", &[state], self.kind.read(call, state)).await }.boxed()
    }

    fn import<'a>(&'a self, call: &'a Call<Desk>, id: &'a str) -> BoxFuture<'a, Applied> {
        async move { self.speaking("import", &[], self.kind.import(call, id)).await }.boxed()
    }

    fn import_by_identity<'a>(&'a self, call: &'a Call<Desk>, identity: &'a Value) -> BoxFuture<'a, Applied> {
        async move { self.speaking("import", &[identity], self.kind.import_by_identity(call, identity)).await }.boxed()
    }

    fn import_id(&self, identity: &Value) -> Result<String, Diagnostics> {
        self.kind.import_id(identity)
    }

    fn stored<'a>(&'a self, from: i64, json: &'a serde_json::Value) -> BoxFuture<'a, Result<Value, Diagnostics>> {
        self.kind.stored(from, json)
    }

    fn move_state(&self, source: &MoveSource<'_>) -> Option<Result<Value, Diagnostics>> {
        self.kind.move_state(source)
    }

    fn probe<'a>(&'a self, call: &'a Call<Desk>, planned: &'a Value) -> BoxFuture<'a, Applied> {
        let work = self.kind.probe(call, planned);
        async move { self.speaking("probe", &[planned], work).await }.boxed()
    }
}

impl DataSourceOperations<Desk> for Talkative<dyn DataKind<Desk>> {
    fn validate(&self, config: &Value) -> Diagnostics {
        let mut said = self.kind.validate(config);
        said.extend(self.world.say("validate", &[config]));
        said
    }

    fn plan<'a>(&'a self, call: Option<&'a Call<Desk>>, config: &'a Value) -> BoxFuture<'a, Planned> {
        self.kind.plan(call, config)
    }

    fn read<'a>(&'a self, call: &'a Call<Desk>, config: &'a Value) -> BoxFuture<'a, Applied> {
        async move { self.speaking("look up", &[config], self.kind.read(call, config)).await }.boxed()
    }
}
