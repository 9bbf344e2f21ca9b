//! Kinds that panic in a method, or cannot tell what an interrupted create has left.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use futures::future::BoxFuture;
use rosa_ecr_model::{
    Applied, Call, Diagnostic, Diagnostics, Kind, MoveSource, Planned, ResourceDescriptor, ResourceOperations, Value,
    kind_from,
};

use crate::fake::World;

/// What the kinds of a world do besides their work.
#[derive(Default)]
pub struct KindFaults {
    panics_in: Mutex<Option<&'static str>>,
    blind: AtomicBool,
}

impl KindFaults {
    /// Panics in that method from now on.
    pub fn panic_in(&self, method: Option<&'static str>) {
        *self.panics_in.lock().unwrap_or_else(PoisonError::into_inner) = method;
    }

    /// No probe finds anything out.
    pub fn blind(&self) {
        self.blind.store(true, Ordering::Relaxed);
    }

    fn now(&self) -> Option<&'static str> {
        *self.panics_in.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pass(&self, method: &str) {
        assert!(self.now() != Some(method), "there is no {method} today");
    }
}

/// The same kind with the kind_faults of its world.
pub fn faulty(kind: Arc<dyn Kind<World>>, world: &Arc<World>) -> Arc<dyn Kind<World>> {
    let always = matches!(world.kind_faults.now(), Some("stored"));
    let descriptor = kind.descriptor();
    let descriptor = ResourceDescriptor { upgrades_always: descriptor.upgrades_always || always, ..descriptor.clone() };
    kind_from(descriptor, Faulty { kind, world: world.clone() })
}

struct Faulty {
    kind: Arc<dyn Kind<World>>,
    world: Arc<World>,
}

impl Faulty {
    fn kind(&self, method: &str) -> &dyn Kind<World> {
        self.world.kind_faults.pass(method);
        &*self.kind
    }
}

impl ResourceOperations<World> for Faulty {
    fn validate(&self, config: &Value) -> Diagnostics {
        self.kind("validate").validate(config)
    }

    fn plan<'a>(
        &'a self,
        call: Option<&'a Call<World>>,
        prior: &'a Value,
        config: &'a Value,
    ) -> BoxFuture<'a, Planned> {
        self.kind("plan").plan(call, prior, config)
    }

    fn apply<'a>(&'a self, call: &'a Call<World>, prior: &'a Value, planned: &'a Value) -> BoxFuture<'a, Applied> {
        self.kind("apply").apply(call, prior, planned)
    }

    fn read<'a>(&'a self, call: &'a Call<World>, state: &'a Value) -> BoxFuture<'a, Applied> {
        self.kind("read").read(call, state)
    }

    fn import<'a>(&'a self, call: &'a Call<World>, id: &'a str) -> BoxFuture<'a, Applied> {
        self.kind("import").import(call, id)
    }

    fn import_by_identity<'a>(&'a self, call: &'a Call<World>, identity: &'a Value) -> BoxFuture<'a, Applied> {
        self.kind("import_by_identity").import_by_identity(call, identity)
    }

    fn import_id(&self, identity: &Value) -> Result<String, Diagnostics> {
        self.kind("import_id").import_id(identity)
    }

    fn stored<'a>(&'a self, from: i64, json: &'a serde_json::Value) -> BoxFuture<'a, Result<Value, Diagnostics>> {
        self.kind("stored").stored(from, json)
    }

    fn move_state(&self, source: &MoveSource<'_>) -> Option<Result<Value, Diagnostics>> {
        self.kind("move_state").move_state(source)
    }

    fn probe<'a>(&'a self, call: &'a Call<World>, planned: &'a Value) -> BoxFuture<'a, Applied> {
        if !self.world.kind_faults.blind.load(Ordering::Relaxed) {
            return self.kind("probe").probe(call, planned);
        }
        let unclear = Diagnostic::warning("There may be one").detail("Nothing tells by its name.").outcome_unknown();
        Box::pin(async { Applied { diagnostics: unclear.into(), ..Applied::default() } })
    }
}
