//! What Terraform's core does with a provider, as far as the provider can tell.
//!
//! ```text
//! plan:  one process; each node: upgrade, read, plan; a replacement is planned again without the prior state
//! apply: another process; creates and updates are planned again, then applied; destroys are applied as they were planned
//! ```

use std::cell::RefCell;
use std::collections::BTreeMap;

use futures::stream::{FuturesUnordered, StreamExt as _};
use rosa_ecr::model::Value;
use rosa_ecr_fake_aws::{Cloud, Fault};
use tokio::time::Instant;

use crate::checks::{Broken, Done, Run};
use crate::declaration::{Declaration, objects};
use crate::process::Process;
use crate::random::Random;
use crate::sequence::{Label, name};
use crate::trial::{Address, Entry, State};

/// How many operations Terraform runs at once unless it is told otherwise.
const PARALLELISM: usize = 10;

/// How an apply is run.
#[derive(Clone, Copy, Debug)]
pub struct Manner {
    pub parallel: bool,
    pub fault: Option<Fault>,
    pub seed: u64,
}

impl Manner {
    pub fn at_once(&self) -> usize {
        if self.parallel { PARALLELISM } else { 1 }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    Create,
    Update,
    Replace,
    Delete,
}

/// A change of a plan.
#[derive(Clone, Debug)]
struct Change {
    address: Address,
    action: Action,
    declared: Option<Declaration>,
    prior: Option<Entry>,
    planned: Value,
    private: Vec<u8>,
}

/// Plans and applies. What was done by the time of an error or a kill is in the state.
pub async fn apply(
    cloud: &Cloud,
    declared: &BTreeMap<Label, Declaration>,
    state: &RefCell<State>,
    manner: Manner,
) -> Run {
    let mut run = Run::default();
    let mut random = Random::new(manner.seed);
    let changes = match plan(cloud, declared, state, manner, &mut random, &mut run).await {
        Some(changes) => changes,
        None => return run,
    };
    run.is_planned = true;
    run.announce(
        changes
            .iter()
            .filter(|change| matches!(change.action, Action::Replace | Action::Delete))
            .filter_map(|change| Some((change.address, change.prior.clone()?))),
    );
    let process = Process::start(cloud.process(random.number())).await;
    if let Some(fault) = manner.fault {
        process.client.fail(fault);
    }
    let shared = RefCell::new(std::mem::take(&mut run));
    let applier = Applier { cloud, process: &process, changes: &changes, state, run: &shared };
    let was_killed = tokio::select! {
        biased;
        () = process.client.killed() => true,
        () = applier.apply(manner.at_once(), &mut random) => false,
    };
    let mut run = shared.into_inner();
    run.was_killed = was_killed;
    run.slow(process.slowest());
    run
}

/// The changes that a plan has, without running any; `None` where it fails.
pub async fn changes(
    cloud: &Cloud,
    declared: &BTreeMap<Label, Declaration>,
    state: &RefCell<State>,
    seed: u64,
) -> Result<Vec<String>, Vec<String>> {
    let (mut random, mut run) = (Random::new(seed), Run::default());
    let manner = Manner { parallel: false, fault: None, seed };
    let changes = plan(cloud, declared, state, manner, &mut random, &mut run).await;
    let changes = changes.ok_or(run.errors)?;
    Ok(changes
        .iter()
        .map(|change| {
            let what = format!("{:?} {}.{}", change.action, change.address.0, name(change.address.1));
            let prior = change.prior.as_ref().map(|prior| difference(&prior.value, &change.planned));
            format!("{what} {}", prior.unwrap_or_default())
        })
        .collect())
}

/// The attributes in which two states differ.
fn difference(prior: &Value, planned: &Value) -> String {
    let attributes = planned.entries().into_iter().flatten();
    let changed = attributes.filter(|(name, value)| prior.get(name) != *value).map(|(name, _)| name.as_str());
    changed.collect::<Vec<_>>().join(", ")
}

async fn plan(
    cloud: &Cloud,
    declared: &BTreeMap<Label, Declaration>,
    state: &RefCell<State>,
    manner: Manner,
    random: &mut Random,
    run: &mut Run,
) -> Option<Vec<Change>> {
    let process = Process::start(cloud.process(random.number())).await;
    let declarations: BTreeMap<Address, Declaration> =
        declared.iter().map(|(label, declared)| ((declared.type_name(), *label), *declared)).collect();
    let before = state.borrow().clone();
    let mut nodes: Vec<Address> = declarations.keys().chain(before.entries.keys()).copied().collect();
    nodes.sort();
    nodes.dedup();
    random.shuffle(&mut nodes);
    // What refers to something else is planned behind it.
    nodes.sort_by_key(|address| declarations.get(address).is_some_and(|declared| declared.what.needs().is_some()));
    let planning = nodes.iter().map(|address| {
        node(&process, *address, declarations.get(address).copied(), before.entries.get(address).cloned())
    });
    let planned: Vec<_> = futures::stream::iter(planning).buffered(manner.at_once()).collect().await;
    let mut refreshed = before.clone();
    let (mut changes, mut failed) = (Vec::new(), false);
    for (address, planned) in nodes.into_iter().zip(planned) {
        match planned {
            Ok((entry, change)) => {
                match entry {
                    Some(entry) => drop(refreshed.entries.insert(address, entry)),
                    None => drop(refreshed.entries.remove(&address)),
                }
                changes.extend(change);
            }
            Err(errors) => {
                failed = true;
                run.errors.extend(errors);
            }
        }
    }
    for (address, entry) in &before.deposed {
        let deleting = process.plan(address.0, &entry.value, &Value::Null, &entry.private).await;
        failed |= !deleting.errors.is_empty();
        run.errors.extend(deleting.errors);
        let (planned, private) = (Value::Null, deleting.private);
        let (prior, action) = (Some(entry.clone()), Action::Delete);
        changes.push(Change { address: *address, action, declared: None, prior, planned, private });
    }
    run.slow(process.slowest());
    if process.client.writes() > 0 {
        run.broken.push(Broken::new("a plan wrote", format!("{} writes", process.client.writes())));
    }
    if failed {
        return None;
    }
    *state.borrow_mut() = refreshed;
    Some(changes)
}

type Node = Result<(Option<Entry>, Option<Change>), Vec<String>>;

/// Reads and plans one resource.
async fn node(process: &Process, address: Address, declared: Option<Declaration>, entry: Option<Entry>) -> Node {
    let type_name = address.0;
    let entry = match entry {
        None => None,
        Some(entry) => {
            let read = process.read(type_name, &entry.value, &entry.private).await;
            if !read.errors.is_empty() {
                return Err(read.errors);
            }
            (!read.value.is_null()).then_some(Entry { value: read.value, private: read.private, ..entry })
        }
    };
    let Some(declared) = declared else {
        let Some(prior) = entry else { return Ok((None, None)) };
        let planned = process.plan(type_name, &prior.value, &Value::Null, &prior.private).await;
        if !planned.errors.is_empty() {
            return Err(planned.errors);
        }
        let change = Change {
            address,
            action: Action::Delete,
            declared: None,
            prior: Some(prior.clone()),
            planned: Value::Null,
            private: planned.private,
        };
        return Ok((Some(prior), Some(change)));
    };
    let config = declared.config();
    let whole = entry.as_ref().filter(|entry| !entry.is_tainted);
    let (prior, private) =
        whole.map_or((Value::Null, Vec::new()), |entry| (entry.value.clone(), entry.private.clone()));
    let mut planned = process.plan(type_name, &prior, &config, &private).await;
    let mut action = match &entry {
        None => Action::Create,
        Some(entry) if entry.is_tainted => Action::Replace,
        Some(_) => Action::Update,
    };
    if planned.errors.is_empty() && planned.replaces && action == Action::Update {
        action = Action::Replace;
        planned = process.plan(type_name, &Value::Null, &config, &planned.private).await;
    }
    if !planned.errors.is_empty() {
        return Err(planned.errors);
    }
    if action == Action::Update && planned.value == prior {
        return Ok((entry, None));
    }
    let (planned, private) = (planned.value, planned.private);
    let change = Change { address, action, declared: Some(declared), prior: entry.clone(), planned, private };
    Ok((entry, Some(change)))
}

/// One half of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Put(usize),
    Destroy(usize),
}

struct Applier<'a> {
    cloud: &'a Cloud,
    process: &'a Process,
    changes: &'a [Change],
    state: &'a RefCell<State>,
    run: &'a RefCell<Run>,
}

impl Applier<'_> {
    async fn apply(&self, at_once: usize, random: &mut Random) {
        let mut waiting: Vec<Step> = Vec::new();
        for (index, change) in self.changes.iter().enumerate() {
            if change.action != Action::Create && change.action != Action::Update {
                waiting.push(Step::Destroy(index));
            }
            if change.action != Action::Delete {
                waiting.push(Step::Put(index));
            }
        }
        random.shuffle(&mut waiting);
        let (mut failed, mut running) = (Vec::new(), FuturesUnordered::new());
        let mut active: Vec<Step> = Vec::new();
        loop {
            let skipped: Vec<Step> =
                waiting.iter().copied().filter(|step| failed.iter().any(|other| self.needs(*step, *other))).collect();
            waiting.retain(|step| !skipped.contains(step));
            let is_over = skipped.is_empty();
            failed.extend(skipped);
            if !is_over {
                continue;
            }
            while active.len() < at_once {
                let is_free = |step: &Step| {
                    !waiting.iter().chain(&active).any(|other| other != step && self.needs(*step, *other))
                };
                let Some(position) = waiting.iter().position(is_free) else { break };
                let step = waiting.remove(position);
                active.push(step);
                running.push(async move { (step, self.step(step).await) });
            }
            let Some((step, is_done)) = running.next().await else { return };
            active.retain(|other| *other != step);
            if !is_done {
                failed.push(step);
            }
        }
    }

    /// Whether one step has to come behind the other.
    fn needs(&self, step: Step, other: Step) -> bool {
        let of = |index: usize| &self.changes[index];
        let comes_first = |change: &Change| change.declared.is_some_and(|declared| declared.create_before_destroy);
        match (step, other) {
            (Step::Put(one), Step::Destroy(two)) if one == two => !comes_first(of(one)),
            (Step::Destroy(one), Step::Put(two)) if one == two => comes_first(of(one)),
            (Step::Put(one), Step::Put(two)) => {
                let needed = of(one).declared.and_then(|declared| declared.what.needs());
                needed.is_some() && of(two).declared.map(|declared| declared.what) == needed
            }
            (Step::Destroy(one), Step::Destroy(two)) => {
                let value = |index: usize, name: &str| {
                    of(index).prior.as_ref().map_or(Value::Null, |prior| prior.value.get(name).clone())
                };
                of(one).address.0 == "rosa_ecr_repository"
                    && of(two).address.0 == "rosa_ecr_lifecycle_policy"
                    && value(one, "name") == value(two, "repository")
            }
            _ => false,
        }
    }

    async fn step(&self, step: Step) -> bool {
        match step {
            Step::Put(index) => self.put(&self.changes[index]).await,
            Step::Destroy(index) => self.destroy(&self.changes[index]).await,
        }
    }

    async fn put(&self, change: &Change) -> bool {
        let (address, type_name) = (change.address, change.address.0);
        let config = change.declared.expect("it is declared").config();
        let prior = match change.action {
            Action::Update => change.prior.clone(),
            _ => None,
        };
        let value = prior.as_ref().map_or(Value::Null, |prior| prior.value.clone());
        let private = prior.as_ref().map_or_else(Vec::new, |prior| prior.private.clone());
        let planned = self.process.plan(type_name, &value, &config, &private).await;
        if !planned.errors.is_empty() {
            self.run.borrow_mut().errors.extend(planned.errors);
            return false;
        }
        let promised = mismatches(&change.planned, &planned.value);
        if !promised.is_empty() || (change.action == Action::Update && planned.replaces) {
            self.broken("inconsistent final plan", address, &promised);
            return false;
        }
        if prior.is_none() {
            let mut state = self.state.borrow_mut();
            let old = state.entries.remove(&address);
            state.deposed.extend(old.map(|old| (address, old)));
        }
        let applied = self.process.apply(type_name, &value, &planned.value, &config, &planned.private).await;
        let is_done = applied.errors.is_empty();
        let there = objects(self.cloud, type_name, &applied.value);
        let mut state = self.state.borrow_mut();
        let deposed = state.deposed.iter().position(|(deposed, _)| *deposed == address);
        if !applied.value.is_null() {
            let is_tainted = !is_done && prior.is_none();
            let objects = there.iter().flatten().cloned().collect();
            let entry = Entry { value: applied.value.clone(), private: applied.private, is_tainted, objects };
            state.entries.insert(address, entry);
        } else if let (Some(deposed), true) = (deposed, prior.is_none()) {
            // Nothing came of it: the old one is what there is.
            let (_, old) = state.deposed.remove(deposed);
            state.entries.insert(address, old);
        }
        drop(state);
        self.run.borrow_mut().errors.extend(applied.errors);
        if is_done {
            let kept = mismatches(&planned.value, &applied.value);
            if !kept.is_empty() || !applied.value.is_wholly_known() {
                self.broken("inconsistent result after apply", address, &kept);
            }
        }
        let done = Done { address, when: Instant::now(), objects: there, is_done, is_delete: false };
        self.run.borrow_mut().done.push(done);
        is_done
    }

    async fn destroy(&self, change: &Change) -> bool {
        let prior = change.prior.clone().expect("it is there");
        let mut private = change.private.clone();
        if self.state.borrow().deposed.iter().any(|(address, entry)| *address == change.address && *entry == prior) {
            // What a new one has replaced is planned again, as a destroy.
            let planned = self.process.plan(change.address.0, &prior.value, &Value::Null, &prior.private).await;
            if !planned.errors.is_empty() {
                self.run.borrow_mut().errors.extend(planned.errors);
                return false;
            }
            private = planned.private;
        }
        let applied = self.process.apply(change.address.0, &prior.value, &Value::Null, &Value::Null, &private).await;
        let is_done = applied.errors.is_empty();
        let mut state = self.state.borrow_mut();
        if is_done {
            let deposed = state
                .deposed
                .iter()
                .position(|(address, entry)| *address == change.address && entry.value == prior.value);
            match deposed {
                Some(deposed) => drop(state.deposed.remove(deposed)),
                None => drop(state.entries.remove(&change.address)),
            }
        }
        drop(state);
        self.run.borrow_mut().errors.extend(applied.errors);
        let done =
            Done { address: change.address, when: Instant::now(), objects: Vec::new(), is_done, is_delete: true };
        self.run.borrow_mut().done.push(done);
        is_done
    }

    fn broken(&self, class: &str, address: Address, attributes: &[String]) {
        let detail = format!("{}.{}: {}", address.0, name(address.1), attributes.join(", "));
        let mut run = self.run.borrow_mut();
        run.errors.push(format!("{class}: {detail}"));
        run.broken.push(Broken::new(&format!("{class} of {}", address.0), detail));
    }
}

/// The attributes whose known planned value is not kept.
fn mismatches(planned: &Value, later: &Value) -> Vec<String> {
    let attributes = planned.entries().into_iter().flatten();
    let broken = attributes.filter(|(name, value)| value.is_wholly_known() && later.get(name) != *value);
    broken.map(|(name, value)| format!("{name}: {value:?} became {:?}", later.get(name))).collect()
}
