//! What Terraform's core does with a provider, as far as the provider can tell.
//!
//! ```text
//! plan:  one process; each node: upgrade, read, plan; a replacement is planned again without the prior state
//! apply: another process; creates and updates are planned again, then applied; destroys are applied as they were planned
//! ```

use std::cell::RefCell;
use std::collections::BTreeMap;

use futures::stream::StreamExt as _;
use rosa_ecr::model::Value;
use rosa_ecr_fake_aws::{Cloud, Fault};

use crate::applying::Applier;
use crate::checks::{Broken, Run};
use crate::declaration::Declaration;
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
pub enum Action {
    Create,
    Update,
    Replace,
    Delete,
}

/// A change of a plan.
#[derive(Clone, Debug)]
pub struct Change {
    pub address: Address,
    pub action: Action,
    pub declared: Option<Declaration>,
    pub prior: Option<Entry>,
    pub planned: Value,
    pub private: Vec<u8>,
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
