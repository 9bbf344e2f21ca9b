//! A sequence, carried out on a cloud of its own.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use rosa_ecr::model::Value;
use rosa_ecr::state::MemoryBackend;
use rosa_ecr_fake_aws::{Cloud, Fault, Uid};

use crate::checks::{Book, Broken, Run};
use crate::declaration::{Declaration, PROFILE, WORKER, objects};
use crate::process::Process;
use crate::random::Random;
use crate::sequence::{Host, Label, Op, Sequence};
use crate::terraform::Manner;
use crate::{bridge, engine, terraform};

/// How long a whole sequence may take, on the cloud's clock.
const HANGS: Duration = Duration::from_secs(4 * 3600);

/// How often a destroy is tried at the end.
const TRIES: usize = 3;

/// Type and label of a resource.
pub type Address = (&'static str, Label);

/// A resource in a state.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub value: Value,
    pub private: Vec<u8>,
    pub is_tainted: bool,
    /// Which objects it was about when it was put there: kept outside of what the provider sees.
    pub objects: Vec<Uid>,
}

/// A state.
#[derive(Clone, Debug, Default)]
pub struct State {
    pub entries: BTreeMap<Address, Entry>,
    /// Replaced, and not yet deleted.
    pub deposed: Vec<(Address, Entry)>,
}

/// What broke first. The clock stands still but for what is waited for.
pub fn run(sequence: &Sequence) -> Vec<Broken> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime").block_on(async {
        let ended = tokio::time::timeout(HANGS, Trial::new(sequence).carry_out(sequence)).await;
        ended.unwrap_or_else(|_| vec![Broken::new("it hangs", "nothing ends any more")])
    })
}

/// A cloud with what is there before anything is declared.
fn cloud(sequence: &Sequence) -> Cloud {
    let cloud = Cloud::new();
    cloud.add_role(WORKER);
    cloud.add_instance_profile(PROFILE, WORKER);
    if sequence.tags_spread_late {
        cloud.tags_spread_late();
    }
    drop(cloud.written());
    cloud
}

struct Trial {
    host: Host,
    cloud: Cloud,
    declared: [BTreeMap<Label, Declaration>; 2],
    states: [RefCell<State>; 2],
    /// The engine's own states, and earlier names of labels.
    backends: [MemoryBackend; 2],
    earlier: [BTreeMap<Label, BTreeSet<Label>>; 2],
    book: Book,
    random: Random,
}

impl Trial {
    fn new(sequence: &Sequence) -> Self {
        Self {
            host: sequence.host,
            cloud: cloud(sequence),
            declared: Default::default(),
            states: Default::default(),
            backends: Default::default(),
            earlier: Default::default(),
            book: Book::default(),
            random: Random::new(sequence.seed),
        }
    }

    async fn carry_out(mut self, sequence: &Sequence) -> Vec<Broken> {
        for (index, op) in sequence.ops.iter().enumerate() {
            // Each has a chance of its own, so that it stays the same where others are left out.
            self.random = Random::new(sequence.seed ^ (index as u64) << 32);
            let broken = self.op(*op).await;
            if !broken.is_empty() {
                let behind = |broken: Broken| Broken { detail: format!("after {op}: {}", broken.detail), ..broken };
                return broken.into_iter().map(behind).collect();
            }
        }
        self.end().await
    }

    async fn op(&mut self, op: Op) -> Vec<Broken> {
        match op {
            Op::Declare(at, label, declaration) => drop(self.declared[at].insert(label, declaration)),
            Op::Rename(at, from, to) => drop(self.rename(at, from, to)),
            Op::Move(at, from, to) => self.relabel(at, from, to),
            Op::Duplicate(at, from, to) => {
                if let (Some(declared), false) =
                    (self.declared[at].get(&from).copied(), self.declared[at].contains_key(&to))
                {
                    self.declared[at].insert(to, declared);
                }
            }
            Op::Remove(at, label) => drop(self.declared[at].remove(&label)),
            Op::Taint(at, label) => {
                let mut state = self.states[at].borrow_mut();
                let entries = state.entries.iter_mut().filter(|((_, of), _)| *of == label);
                entries.for_each(|(_, entry)| entry.is_tainted = true);
            }
            Op::Forget(at, label) => self.forget(at, label),
            Op::Import(at, label) => return self.import(at, label).await,
            Op::Push(at, label) => self.push(at, label),
            Op::Recreate(at, label) => self.recreate(at, label),
            Op::Apply { at, parallel, fault } => return self.apply(at, parallel, fault).await,
            Op::ApplyBoth { parallel } => return self.apply_both(parallel).await,
            Op::Destroy { at, parallel } => {
                self.declared[at].clear();
                return self.apply(at, parallel, None).await;
            }
        }
        Vec::new()
    }

    fn rename(&mut self, at: usize, from: Label, to: Label) -> Option<Declaration> {
        let declared = &mut self.declared[at];
        if declared.contains_key(&to) {
            return None;
        }
        let declaration = declared.remove(&from)?;
        declared.insert(to, declaration);
        Some(declaration)
    }

    fn relabel(&mut self, at: usize, from: Label, to: Label) {
        let Some(declaration) = self.rename(at, from, to) else { return };
        if self.host == Host::Engine {
            let mut names = self.earlier[at].remove(&from).unwrap_or_default();
            names.insert(from);
            self.earlier[at].insert(to, names);
            // The engine moves it in its own state.
            return;
        }
        let (from, to) = ((declaration.type_name(), from), (declaration.type_name(), to));
        let mut state = self.states[at].borrow_mut();
        if state.entries.contains_key(&to) {
            return;
        }
        if let Some(entry) = state.entries.remove(&from) {
            state.entries.insert(to, entry);
            let holders = self.book.holders.values_mut().filter(|holder| **holder == (at, from));
            holders.for_each(|holder| *holder = (at, to));
        }
    }

    fn forget(&mut self, at: usize, label: Label) {
        let mut state = self.states[at].borrow_mut();
        let gone: Vec<Address> = state.entries.keys().filter(|(_, of)| *of == label).copied().collect();
        for address in gone {
            let entry = state.entries.remove(&address).expect("it is there");
            for uid in entry.objects {
                if self.book.holders.get(&uid) == Some(&(at, address)) {
                    self.book.holders.remove(&uid);
                    self.book.excused.insert(uid);
                }
            }
            if let Some(worker) = self.cloud.role(WORKER) {
                self.book.excused.insert(worker);
            }
        }
    }

    async fn import(&mut self, at: usize, label: Label) -> Vec<Broken> {
        let Some(declared) = self.declared[at].get(&label).copied() else { return Vec::new() };
        let address = (declared.type_name(), label);
        let is_there = self.states[at].borrow().entries.contains_key(&address);
        let (Some(id), false) = (declared.what.import_id(&self.cloud), is_there) else { return Vec::new() };
        let process = Process::start(self.cloud.process(self.random.number())).await;
        let imported = process.import(address.0, &id).await;
        if !imported.errors.is_empty() || imported.value.is_null() {
            return Vec::new();
        }
        let found: Vec<Uid> = objects(&self.cloud, address.0, &imported.value).into_iter().flatten().collect();
        // To import what another one manages is a mistake that no provider can see.
        if found.iter().any(|uid| self.book.holders.contains_key(uid)) {
            return Vec::new();
        }
        self.book.holders.extend(found.iter().map(|uid| (uid.clone(), (at, address))));
        let entry = Entry { value: imported.value, private: imported.private, is_tainted: false, objects: found };
        self.states[at].borrow_mut().entries.insert(address, entry);
        Vec::new()
    }

    fn push(&mut self, at: usize, label: Label) {
        let repository = self.declared[at].get(&label).and_then(|declared| declared.what.repository());
        let Some(repository) = repository else { return };
        if let (Some(uid), Some(digest)) = (self.cloud.repository(repository), self.cloud.push(repository)) {
            self.book.images.push((uid, digest));
        }
    }

    fn recreate(&mut self, at: usize, label: Label) {
        let repository = self.declared[at].get(&label).and_then(|declared| declared.what.repository());
        let Some(repository) = repository else { return };
        if let Some(uid) = self.cloud.repository(repository) {
            self.cloud.remove_repository(repository);
            self.cloud.add_repository(repository);
            self.book.images.retain(|(of, _)| *of != uid);
            self.book.holders.remove(&uid);
            drop(self.cloud.written());
        }
    }

    async fn host(&self, at: usize, manner: Manner) -> Run {
        match self.host {
            Host::Bridge => bridge::up(&self.cloud, &self.declared[at], &self.states[at], manner).await,
            Host::Engine => {
                let (declared, earlier) = (&self.declared[at], &self.earlier[at]);
                let program = engine::Program { declared, earlier, backend: &self.backends[at] };
                engine::up(&self.cloud, &program, &self.states[at], manner).await
            }
            Host::Terraform => terraform::apply(&self.cloud, &self.declared[at], &self.states[at], manner).await,
        }
    }

    async fn apply(&mut self, at: usize, parallel: bool, fault: Option<Fault>) -> Vec<Broken> {
        let before = self.cloud.objects();
        let manner = Manner { parallel, fault, seed: self.random.number() };
        let labels = self.states[at].borrow().clone();
        let run = self.host(at, manner).await;
        let broken = self.book.settle(&self.cloud, &before, &[(at, &run)], &self.snapshot());
        self.follow_aliases(at, &labels);
        if !broken.is_empty() || !run.is_success() || self.host != Host::Terraform || self.is_contested() {
            return broken;
        }
        let again = terraform::changes(&self.cloud, &self.declared[at], &self.states[at], self.random.number()).await;
        match again {
            Ok(changes) if changes.is_empty() => Vec::new(),
            Ok(changes) => {
                let (first, _) = changes[0].split_once('.').expect("an action and an address");
                vec![Broken::new(&format!("a second apply has something to do: {first}"), changes.join("; "))]
            }
            Err(errors) => vec![Broken::new("a second plan fails", errors.join("; "))],
        }
    }

    /// Notes the new labels of what the engine knows by aliases.
    fn follow_aliases(&mut self, at: usize, before: &State) {
        let after = self.states[at].borrow();
        let moved = after.entries.keys().filter(|address| !before.entries.contains_key(*address));
        for (type_name, label) in moved.copied() {
            let earlier = self.earlier[at].get(&label).into_iter().flatten().map(|earlier| (type_name, *earlier));
            let gone = |address: &Address| before.entries.contains_key(address) && !after.entries.contains_key(address);
            for from in earlier.filter(gone) {
                let holders = self.book.holders.values_mut().filter(|holder| **holder == (at, from));
                holders.for_each(|holder| *holder = (at, (type_name, label)));
            }
        }
    }

    async fn apply_both(&mut self, parallel: bool) -> Vec<Broken> {
        let before = self.cloud.objects();
        let manner = |seed| Manner { parallel, fault: None, seed };
        let (one, two) = (manner(self.random.number()), manner(self.random.number()));
        let (one, two) = tokio::join!(self.host(0, one), self.host(1, two));
        self.book.settle(&self.cloud, &before, &[(0, &one), (1, &two)], &self.snapshot())
    }

    fn snapshot(&self) -> [State; 2] {
        [self.states[0].borrow().clone(), self.states[1].borrow().clone()]
    }

    /// Whether both configurations are about one thing: they may take it from each other for ever.
    fn is_contested(&self) -> bool {
        let things = |at: usize| {
            let declared = self.declared[at].values().flat_map(|declared| [Some(declared.what), declared.what.needs()]);
            declared.flatten().collect::<Vec<_>>()
        };
        let state = self.states[1].borrow();
        let held = !state.entries.is_empty() && !self.states[0].borrow().entries.is_empty();
        held || things(0).iter().any(|what| things(1).contains(what))
    }

    /// Destroys everything.
    async fn end(&mut self) -> Vec<Broken> {
        for _ in 0..TRIES {
            for at in 0..2 {
                self.declared[at].clear();
                let state = self.states[at].borrow().clone();
                if state.entries.is_empty() && state.deposed.is_empty() {
                    continue;
                }
                let broken = self.apply(at, false, None).await;
                if !broken.is_empty() {
                    let behind = |broken: Broken| Broken { detail: format!("at the end: {}", broken.detail), ..broken };
                    return broken.into_iter().map(behind).collect();
                }
            }
        }
        self.book.leftovers(&self.cloud, &self.snapshot())
    }
}
