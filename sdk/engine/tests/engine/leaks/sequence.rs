//! Runs of a program that changes, at a place that is searched behind each of them.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::FutureExt as _;
use futures::future::BoxFuture;
use rosa_ecr_engine::{Error, Report, Stack};
use rosa_ecr_model::{Field as _, State, Value};
use rosa_ecr_state::{DataKey, KeyError, KeyService, Keys, LocalBackend, NewDataKey};
use uuid::Uuid;

use super::generator::Generator;
use super::program::Program;
use super::search::Collected;
use super::vault::{Vault, VaultOutputs};
use super::world::{FAULTS, Manner, World};
use crate::fake::KillableBackend;

/// Where the state is.
enum Place {
    Memory(KillableBackend),
    Folder(tempfile::TempDir),
}

/// A key that is quick to get.
struct Cabinet;

impl KeyService for Cabinet {
    fn generate<'a>(&'a self, _: &'a str, _: Uuid) -> BoxFuture<'a, Result<NewDataKey, KeyError>> {
        let plain = DataKey::from_bytes(&[7; 32]).expect("32");
        async { Ok(NewDataKey { plain, sealed: vec![1] }) }.boxed()
    }

    fn open<'a>(&'a self, _: &'a str, _: &'a [u8], _: Uuid) -> BoxFuture<'a, Result<DataKey, KeyError>> {
        async { Ok(DataKey::from_bytes(&[7; 32]).expect("32")) }.boxed()
    }
}

/// A world with a state, and what runs have told.
pub struct Sequence {
    pub world: Arc<World>,
    place: Place,
    /// How many versions were searched.
    seen: AtomicUsize,
    reported: Collected,
}

impl Sequence {
    /// The sequence of that seed.
    pub fn new(seed: u64) -> Self {
        let world = World::new(seed);
        if seed.is_multiple_of(4) { Self::in_folder(world) } else { Self::in_memory(world) }
    }

    pub fn in_memory(world: Arc<World>) -> Self {
        let place = Place::Memory(KillableBackend::new(&world.steps));
        Self { world, place, seen: AtomicUsize::new(0), reported: Collected::default() }
    }

    pub fn in_folder(world: Arc<World>) -> Self {
        let place = Place::Folder(tempfile::tempdir().expect("there is room"));
        Self { world, place, seen: AtomicUsize::new(0), reported: Collected::default() }
    }

    /// Runs at random, and returns where a secret was found.
    ///
    /// # Panics
    /// Where a secret is lost, or the runs do not end as they must.
    pub async fn run(&self) -> BTreeSet<String> {
        let mut program = Generator::program(&self.world);
        for _ in 0..self.world.chance(|random| 2 + random.below(5)) {
            self.disturb();
            self.run_once(&program).await;
            self.world.go_wrong(None);
            let found = self.found().await;
            if !found.is_empty() {
                return found;
            }
            if self.chance(2) {
                Generator::change(&self.world, &mut program);
            }
        }
        self.up(&program).await;
        self.has_all(&program).await;
        let found = self.found().await;
        let destroyed = self.stack(&program).destroy().on_event(self.reported.listen()).await;
        self.tell(destroyed.map(|report| assert!(report.failures.is_empty(), "{report:?}")).as_ref());
        let document = self.stack(&program).store().load().await.expect("it can be read").expect("it was saved");
        assert!(document.resources.is_empty() && document.pending.is_empty(), "{document:?}");
        found.into_iter().chain(self.found().await).collect()
    }

    fn chance(&self, many: usize) -> bool {
        self.world.chance(|random| random.one_of(many))
    }

    fn stack(&self, program: &Program) -> Stack {
        let mut stack = match &self.place {
            Place::Memory(mortal) => Stack::new("test").backend(mortal.clone()),
            Place::Folder(folder) => Stack::new("test").backend(LocalBackend::new(folder.path().join("state.json"))),
        };
        program.declare(&self.world, &mut stack);
        self.reported.debug("stack", &stack);
        stack.keys(Keys::service(Cabinet, "key"))
    }

    /// Something goes wrong in the next run, or has changed behind its back.
    fn disturb(&self) {
        if self.chance(2) {
            let manner = [Manner::Warning, Manner::Error, Manner::Collision, Manner::Panic];
            self.world.go_wrong(Some(self.world.chance(|random| (random.pick(FAULTS), random.pick(&manner)))));
        }
        if self.chance(4) {
            let ids: Vec<String> = self.world.objects(|objects| objects.keys().cloned().collect());
            for id in ids.into_iter().filter(|_| self.chance(2)) {
                let password = Some(self.world.token());
                let change = |State { inputs, outputs }: State<Vault>| {
                    let made = Vault { password, ..inputs }.made(None, outputs.id, outputs.token, outputs.previous);
                    State { outputs: VaultOutputs { bearer: outputs.bearer, ..made.outputs }, ..made }
                };
                self.world.objects(|objects| {
                    let changed = objects.remove(&id).map(change);
                    objects.extend(changed.map(|changed| (id, changed)));
                });
            }
        }
        if let (Place::Memory(mortal), true) = (&self.place, self.chance(8)) {
            let (after, count) = self.world.chance(|random| (random.below(4), random.pick(&[1, 5])));
            mortal.faults.fail_writes(after, count);
        }
    }

    /// A run of any kind, which may end in the middle.
    async fn run_once(&self, program: &Program) {
        let stack = self.stack(program);
        let refresh = self.chance(2);
        let listen = || self.reported.listen();
        let kind = self.world.chance(|random| random.below(8));
        let import = if kind == 3 { self.import(program) } else { None };
        let run = async {
            match (kind, import) {
                (0, _) => self.tell(stack.preview().refresh(refresh).on_event(listen()).await.as_ref()),
                (1, _) => self.tell(stack.preview_destroy().on_event(listen()).await.as_ref()),
                (2, _) => self.report(stack.refresh().on_event(listen()).await.as_ref()),
                (3, Some((name, id))) => self.report(stack.import(&name, &id).on_event(listen()).await.as_ref()),
                (4, _) => self.report(stack.destroy().on_event(listen()).await.as_ref()),
                _ => self.report(stack.up().refresh(refresh).on_event(listen()).await.as_ref()),
            }
        };
        let steps = &self.world.steps.1;
        if self.chance(4) {
            steps.kill_after(Some(self.world.chance(|random| 1 + random.below(8))));
        }
        tokio::select! {
            () = run => {}
            () = steps.killed.notified() => {}
        }
        steps.kill_after(None);
        if let Place::Memory(mortal) = &self.place {
            mortal.faults.fail_writes(0, 0);
        }
        // A write that nobody waits for keeps the lock to its end.
        while stack.store().holder().await.expect("it can be read").is_some() {
            tokio::task::yield_now().await;
        }
    }

    /// An object that no state has, to be imported as one of these resources.
    fn import(&self, program: &Program) -> Option<(String, String)> {
        let name = program.resources.keys().next_back().cloned()?;
        let id = self.world.id();
        let object = Vault::found(&id, Some(self.world.token())).made(None, id.clone(), self.world.token(), None);
        self.world.objects(|objects| objects.insert(id.clone(), object));
        Some((name, id))
    }

    /// An `up` that must work.
    pub async fn up(&self, program: &Program) {
        let stack = self.stack(program);
        let plan = stack.preview().on_event(self.reported.listen()).await;
        self.reported.debug("plan", plan.as_ref().expect("it can be planned"));
        let mut report = stack.up().on_event(self.reported.listen()).await;
        if let Err(error) = &report {
            // What a provider block comes from may be known to the next run only.
            self.reported.error(error);
            report = stack.up().on_event(self.reported.listen()).await;
        }
        self.report(report.as_ref());
        report.expect("it works");
    }

    fn tell<T: std::fmt::Debug>(&self, result: Result<&T, &Error>) {
        match result {
            Ok(result) => self.reported.debug("result", result),
            Err(error) => self.reported.error(error),
        }
    }

    fn report(&self, result: Result<&Report, &Error>) {
        self.tell(result);
        if let Ok(report) = result {
            self.reported.add("outputs as JSON", serde_json::to_string(&report.outputs).expect("outputs are JSON"));
            self.reported.add("diagnostics as a text", report.diagnostics.to_string());
        }
    }

    /// Where a secret is in what was told and left since the last look.
    pub async fn found(&self) -> BTreeSet<String> {
        match &self.place {
            Place::Memory(mortal) => {
                let versions = mortal.memory.versions();
                let new = versions.iter().skip(self.seen.swap(versions.len(), Ordering::Relaxed));
                new.for_each(|bytes| self.reported.add("state", String::from_utf8_lossy(bytes)));
            }
            Place::Folder(folder) => self.reported.files(folder.path()),
        }
        let stack = self.stack(&Program::default());
        if let Some(document) = stack.store().load().await.expect("it can be read") {
            self.reported.debug("document", &document);
        }
        self.reported.search()
    }

    /// The state has of each object what there is, with its secrets.
    async fn has_all(&self, program: &Program) {
        let document = self.stack(program).store().load().await.expect("it can be read").expect("it was saved");
        assert!(program.resources.keys().eq(document.resources.keys()), "{document:?}");
        for (name, stored) in &document.resources {
            let json = stored.state.reveal();
            let id = json["id"].as_str().unwrap_or_default();
            let object = self.world.objects(|objects| objects[id].clone());
            for (attribute, value) in [object.inputs.encode(), object.outputs.encode()].iter().flat_map(entries) {
                assert_eq!(json[attribute], value, "{name}: {attribute}");
            }
        }
    }
}

fn entries(value: &Value) -> Vec<(&String, serde_json::Value)> {
    value.entries().into_iter().flatten().map(|(name, value)| (name, value.to_json())).collect()
}
