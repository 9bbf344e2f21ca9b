//! A provider of things, which exist in a world in memory.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use futures::future;
use rosa_ecr_derive::{Inputs, Outputs};
use rosa_ecr_model::{
    Call, Change, DataKind, DataSource, Diagnostic, Diagnostics, Failure, IdentityAttribute, Kind, Known, Provided,
    Provider, Resource, Secret, State, data_source, import_command, kind, text,
};
use tokio::sync::Notify;

use crate::id_only::IdOnly;
use crate::inconsistent::{Inconsistent, open};
pub use crate::killable_backend::KillableBackend;
use crate::kind_faults::KindFaults;
use crate::non_converging::{Glass, Seat};
use crate::parts::{Part, Sticky};
use crate::quoting::Quoting;
pub use crate::shared::{provide, stack};

/// A thing.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct Thing {
    /// Its natural key.
    #[attr(replace)]
    pub name: String,
    /// How large it is.
    #[attr(default = 1)]
    pub size: i64,
    /// What it is made of.
    #[attr(replace)]
    pub material: Option<String>,
    /// The id of another thing.
    pub link: Option<String>,
    /// A secret.
    #[attr(sensitive)]
    pub password: Option<Secret>,
}

/// What a thing says of itself.
#[derive(Clone, Debug, PartialEq, Outputs)]
pub struct ThingOutputs {
    /// Given by the world.
    pub id: String,
    /// In upper case.
    pub title: String,
}

/// A thing that is there.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct ThingLookup {
    /// Its natural key.
    pub name: String,
    /// Something that the world quotes where there is no such thing.
    #[attr(sensitive)]
    pub password: Option<Secret>,
}

/// What is found of it.
#[derive(Clone, Debug, PartialEq, Outputs)]
pub struct ThingLookupOutputs {
    /// Given by the world.
    pub id: String,
    /// How large it is.
    pub size: i64,
    /// A secret.
    #[attr(sensitive)]
    pub token: Secret,
}

/// The provider of things.
#[derive(Clone, Debug, Inputs)]
pub struct Things {
    /// Which world.
    pub world: i64,
    /// A secret.
    #[attr(sensitive)]
    pub token: Option<Secret>,
}

/// All there is, and what was done.
#[derive(Default)]
pub struct World {
    inner: Mutex<Inner>,
    /// Ends the run at the n-th step.
    pub killed: Notify,
    /// How often its host was notified that its caller does not wait any longer.
    pub abandoned: AtomicI64,
    pub kind_faults: KindFaults,
    /// That of the provider block.
    pub token: Mutex<Option<String>>,
}

#[derive(Default)]
pub struct Inner {
    /// By id, which stands behind each once more.
    pub things: BTreeMap<String, (Thing, String)>,
    log: Vec<String>,
    lookups: Vec<String>,
    pub next: u64,
    /// Steps until the process is dead.
    kill_after: Option<usize>,
    refuse: Option<String>,
    break_off: bool,
    /// Operations on that name do not end; with `true`, they do when they are cancelled.
    hang: Option<(String, bool)>,
    at_once: usize,
    most_at_once: usize,
}

static WORLDS: Mutex<BTreeMap<i64, Arc<World>>> = Mutex::new(BTreeMap::new());

/// A new world, with its number.
pub fn world() -> (i64, Arc<World>) {
    static NEXT: AtomicI64 = AtomicI64::new(1);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let world = Arc::new(World::default());
    WORLDS.lock().expect("no panic").insert(number, world.clone());
    (number, world)
}

impl World {
    pub fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("no panic")
    }

    /// The writes since the last look.
    pub fn log(&self) -> Vec<String> {
        std::mem::take(&mut self.inner().log)
    }

    /// What was looked up since the last look.
    pub fn lookups(&self) -> Vec<String> {
        std::mem::take(&mut self.inner().lookups)
    }

    /// Makes a thing that no stack knows of.
    pub fn add(&self, name: &str) {
        let thing = Thing { name: name.to_owned(), size: 7, material: None, link: None, password: None };
        self.inner().things.insert(format!("found-{name}"), (thing, format!("found-{name}")));
    }

    /// The natural keys of what there is.
    pub fn names(&self) -> Vec<String> {
        self.inner().things.values().map(|(thing, _)| thing.name.clone()).collect()
    }

    /// The names of things whose link leads to nothing.
    pub fn torn(&self) -> Vec<String> {
        let inner = self.inner();
        let is_torn = |thing: &Thing| thing.link.as_ref().is_some_and(|link| !inner.things.contains_key(link));
        inner.things.values().filter(|(thing, _)| is_torn(thing)).map(|(thing, _)| thing.name.clone()).collect()
    }

    /// Changes a thing behind the stack's back.
    pub fn change(&self, name: &str, change: impl FnOnce(&mut Thing)) {
        let mut inner = self.inner();
        let (thing, _) = inner.things.values_mut().find(|(thing, _)| thing.name == name).expect("it exists");
        change(thing);
    }

    /// Removes a thing behind the stack's back.
    pub fn lose(&self, name: &str) {
        self.inner().things.retain(|_, (thing, _)| thing.name != name);
    }

    /// Fails operations on that name from now on.
    pub fn refuse(&self, name: Option<&str>) {
        self.inner().refuse = name.map(str::to_owned);
    }

    /// Lets every create fail after the thing is there, from now on.
    pub fn break_off(&self, broken: bool) {
        self.inner().break_off = broken;
    }

    /// Lets operations on that name not end from now on: `heeding`, they do when they are cancelled.
    pub fn hang(&self, name: Option<&str>, heeding: bool) {
        self.inner().hang = name.map(|name| (name.to_owned(), heeding));
    }

    /// Kills the process after that many steps.
    pub fn kill_after(&self, steps: Option<usize>) {
        self.inner().kill_after = steps;
    }

    /// The most operations that ran at once.
    pub fn most_at_once(&self) -> usize {
        self.inner().most_at_once
    }

    /// One step that a process may die behind.
    pub async fn step(&self) {
        let dead = {
            let mut inner = self.inner();
            match &mut inner.kill_after {
                Some(0) => true,
                Some(left) => {
                    *left -= 1;
                    *left == 0
                }
                None => false,
            }
        };
        if dead {
            self.inner().kill_after = Some(0);
            self.killed.notify_one();
            future::pending::<()>().await;
        }
    }

    /// Begins an operation on that name.
    pub fn begin(&self, what: String, name: &str) -> Result<(), Diagnostics> {
        let mut inner = self.inner();
        if inner.refuse.as_deref() == Some(name) {
            return Err(Diagnostic::error("Refused").detail(format!("{name} is not wanted.")).into());
        }
        inner.log.push(what);
        inner.at_once += 1;
        inner.most_at_once = inner.most_at_once.max(inner.at_once);
        Ok(())
    }

    /// Ends an operation. Fails where it was cancelled while it hung.
    pub async fn end(call: &Call<Self>, name: &str) -> Result<(), Diagnostics> {
        // Others get their turn meanwhile.
        tokio::task::yield_now().await;
        let hang = call.inner().hang.clone().filter(|(hung, _)| hung == name);
        match hang {
            Some((_, true)) => call.cancelled().cancelled().await,
            Some((_, false)) => future::pending().await,
            None => {}
        }
        call.inner().at_once -= 1;
        call.step().await;
        if hang.is_some() { Err(Diagnostic::error("Stopped waiting").into()) } else { Ok(()) }
    }
}

impl Provided for World {
    type Provider = Things;
}

impl Provider for Things {
    const NAME: &'static str = "fake";
    const VERSION: &'static str = "1.0.0";
    type Context = World;

    fn kinds() -> Vec<Arc<dyn Kind<World>>> {
        vec![
            kind::<Thing>(),
            kind::<Glass>(),
            kind::<Seat>(),
            kind::<Quoting>(),
            kind::<IdOnly>(),
            kind::<Part>(),
            kind::<Sticky>(),
            kind::<Inconsistent>(),
            open(),
        ]
    }

    fn data_sources() -> Vec<Arc<dyn DataKind<World>>> {
        vec![data_source::<ThingLookup>()]
    }

    async fn configure(self) -> Result<World, Diagnostics> {
        unreachable!("a world is shared: see the host of the tests")
    }
}

impl Resource for Thing {
    const TYPE: &'static str = "fake_thing";
    const IDENTITY: &'static [IdentityAttribute] =
        &[IdentityAttribute { name: "name", description: "Its natural key.", required: true }];
    type Outputs = ThingOutputs;
    type Context = World;
    type Facts = ();

    fn plan((): &(), change: &mut Change<Self>, _: &mut Diagnostics) {
        if let Known::Now(name) = &change.inputs.name {
            change.outputs.title = Known::Now(name.to_uppercase());
        }
    }

    async fn create(call: &Call<World>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
        call.begin(format!("create {}", inputs.name), &inputs.name)?;
        let id = {
            let mut inner = call.inner();
            if inner.things.values().any(|(thing, _)| thing.name == inputs.name) {
                inner.at_once -= 1;
                let import = text!["Import it: ", import_command(Self::TYPE, "its-id"), "."];
                return Err(Diagnostic::error("It exists").fix(import).collision("somebody").into());
            }
            inner.next += 1;
            let id = format!("id-{}", inner.next);
            inner.things.insert(id.clone(), (inputs.clone(), id.clone()));
            id
        };
        let ended = World::end(call, &inputs.name).await;
        let title = inputs.name.to_uppercase();
        let state = State { inputs, outputs: ThingOutputs { id, title } };
        if let Err(stopped) = ended {
            return Err(Failure::with_state(state, stopped));
        }
        if call.inner().break_off {
            return Err(Failure::with_state(state, Diagnostic::error("It broke off")));
        }
        Ok(state)
    }

    async fn read(call: &Call<World>, state: State<Self>) -> Result<Option<State<Self>>, Diagnostics> {
        let inner = call.inner();
        let found = inner.things.get(&state.outputs.id);
        Ok(found.map(|(thing, _)| State { inputs: thing.clone(), outputs: state.outputs }))
    }

    async fn update(call: &Call<World>, prior: State<Self>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
        call.begin(format!("update {}", inputs.name), &inputs.name)?;
        call.inner().things.insert(prior.outputs.id.clone(), (inputs.clone(), prior.outputs.id.clone()));
        World::end(call, &inputs.name).await?;
        Ok(State { inputs, outputs: prior.outputs })
    }

    async fn delete(call: &Call<World>, state: State<Self>) -> Result<(), Failure<Self>> {
        call.begin(format!("delete {}", state.inputs.name), &state.inputs.name)?;
        call.inner().things.remove(&state.outputs.id);
        Ok(World::end(call, &state.inputs.name).await?)
    }

    async fn import(call: &Call<World>, id: &str) -> Result<State<Self>, Diagnostics> {
        let inner = call.inner();
        let (thing, id) = inner.things.values().find(|(thing, _)| thing.name == id).expect("it exists");
        let title = thing.name.to_uppercase();
        Ok(State { inputs: thing.clone(), outputs: ThingOutputs { id: id.clone(), title } })
    }

    async fn probe(call: &Call<World>, inputs: Self) -> Result<Option<State<Self>>, Diagnostics> {
        let inner = call.inner();
        let found = inner.things.values().find(|(thing, _)| thing.name == inputs.name);
        let state = found.map(|(thing, id)| {
            let title = thing.name.to_uppercase();
            State { inputs: thing.clone(), outputs: ThingOutputs { id: id.clone(), title } }
        });
        Ok(state)
    }
}

impl DataSource for ThingLookup {
    const TYPE: &'static str = "fake_thing";
    type Outputs = ThingLookupOutputs;
    type Context = World;

    async fn read(call: &Call<World>, inputs: Self) -> Result<ThingLookupOutputs, Diagnostics> {
        let mut inner = call.inner();
        inner.lookups.push(inputs.name.clone());
        let Some((thing, id)) = inner.things.values().find(|(thing, _)| thing.name == inputs.name) else {
            let quoted = inputs.password.as_ref().map_or("nothing", |password| password.expose());
            return Err(Diagnostic::error("There is no such thing")
                .detail(format!("Nothing is called {}, said {quoted}.", inputs.name))
                .at("name")
                .into());
        };
        Ok(ThingLookupOutputs { id: id.clone(), size: thing.size, token: format!("token of {id}").into() })
    }
}
