//! What Pulumi does with a provider through its bridge: nothing is read, no delete is planned, what is new comes first, and
//! what is gone goes last, without the provider's private data.

use std::cell::RefCell;
use std::collections::BTreeMap;

use futures::stream::StreamExt as _;
use rosa_ecr::model::Value;
use rosa_ecr_fake_aws::Cloud;
use tokio::time::Instant;

use crate::checks::{Broken, Done, Run};
use crate::declaration::{Declaration, objects};
use crate::process::Process;
use crate::random::Random;
use crate::sequence::Label;
use crate::terraform::Manner;
use crate::trial::{Address, Entry, State};

/// A preview, and an update where it finds no error.
pub async fn up(cloud: &Cloud, declared: &BTreeMap<Label, Declaration>, state: &RefCell<State>, manner: Manner) -> Run {
    let (mut run, mut random) = (Run::default(), Random::new(manner.seed));
    let declared: BTreeMap<Address, Declaration> =
        declared.iter().map(|(label, declared)| ((declared.type_name(), *label), *declared)).collect();
    let before = state.borrow().clone();
    let mut order: Vec<Address> = declared.keys().copied().collect();
    random.shuffle(&mut order);
    order.sort_by_key(|address| declared[address].what.needs().is_some());
    let process = Process::start(cloud.process(random.number())).await;
    let mut leaving: Vec<(Address, Entry)> = Vec::new();
    for address in &order {
        let (value, private) = prior(before.entries.get(address));
        let mut planned = process.plan(address.0, &value, &declared[address].config(), &private).await;
        if planned.errors.is_empty() && planned.replaces {
            leaving.extend(before.entries.get(address).map(|entry| (*address, entry.clone())));
            planned = process.plan(address.0, &Value::Null, &declared[address].config(), &planned.private).await;
        }
        run.errors.extend(planned.errors);
    }
    if process.client.writes() > 0 {
        run.broken.push(Broken::new("a preview wrote", format!("{} writes", process.client.writes())));
    }
    run.slow(process.slowest());
    if !run.errors.is_empty() {
        return run;
    }
    run.is_planned = true;
    let gone = before.entries.iter().filter(|(address, _)| !declared.contains_key(*address));
    leaving.extend(gone.map(|(address, entry)| (*address, entry.clone())));
    leaving.extend(before.deposed.iter().cloned());
    run.announce(leaving.iter().cloned());
    let process = Process::start(cloud.process(random.number())).await;
    if let Some(fault) = manner.fault {
        process.client.fail(fault);
    }
    let shared = RefCell::new(run);
    let updating = async {
        let updater = Updater { cloud, process: &process, state, run: &shared };
        let (first, second): (Vec<_>, Vec<_>) =
            order.iter().copied().partition(|address: &Address| declared[address].what.needs().is_none());
        for wave in [first, second] {
            let puts = wave.into_iter().map(|address| updater.put(address, &declared[&address]));
            let done: Vec<bool> = futures::stream::iter(puts).buffer_unordered(manner.at_once()).collect().await;
            if done.contains(&false) {
                return;
            }
        }
        // A lifecycle policy goes before its repository.
        leaving.sort_by_key(|(address, _)| address.0 != "rosa_ecr_lifecycle_policy");
        for (address, entry) in &leaving {
            if !updater.delete(*address, entry).await {
                return;
            }
        }
    };
    let was_killed = tokio::select! {
        biased;
        () = process.client.killed() => true,
        () = updating => false,
    };
    let mut run = shared.into_inner();
    run.was_killed = was_killed;
    run.slow(process.slowest());
    run
}

fn prior(entry: Option<&Entry>) -> (Value, Vec<u8>) {
    entry.map_or((Value::Null, Vec::new()), |entry| (entry.value.clone(), entry.private.clone()))
}

struct Updater<'a> {
    cloud: &'a Cloud,
    process: &'a Process,
    state: &'a RefCell<State>,
    run: &'a RefCell<Run>,
}

impl Updater<'_> {
    async fn put(&self, address: Address, declared: &Declaration) -> bool {
        let (type_name, config) = (address.0, declared.config());
        let entry = self.state.borrow().entries.get(&address).cloned();
        let (mut value, private) = prior(entry.as_ref());
        let mut planned = self.process.plan(type_name, &value, &config, &private).await;
        let replaces = planned.errors.is_empty() && planned.replaces;
        if replaces {
            planned = self.process.plan(type_name, &Value::Null, &config, &planned.private).await;
            value = Value::Null;
        }
        if !planned.errors.is_empty() {
            self.run.borrow_mut().errors.extend(planned.errors);
            return false;
        }
        if entry.is_some() && planned.value == value {
            return true;
        }
        let applied = self.process.apply(type_name, &value, &planned.value, &config, &planned.private).await;
        let is_done = applied.errors.is_empty();
        let there = objects(self.cloud, type_name, &applied.value);
        if !applied.value.is_null() {
            let mut state = self.state.borrow_mut();
            if replaces && let Some(old) = state.entries.remove(&address) {
                state.deposed.push((address, old));
            }
            let objects = there.iter().flatten().cloned().collect();
            let entry = Entry { value: applied.value, private: applied.private, is_tainted: false, objects };
            state.entries.insert(address, entry);
        }
        self.run.borrow_mut().errors.extend(applied.errors);
        let done = Done { address, when: Instant::now(), objects: there, is_done, is_delete: false };
        self.run.borrow_mut().done.push(done);
        is_done
    }

    async fn delete(&self, address: Address, entry: &Entry) -> bool {
        let applied = self.process.apply(address.0, &entry.value, &Value::Null, &Value::Null, &[]).await;
        let is_done = applied.errors.is_empty();
        if is_done {
            let mut state = self.state.borrow_mut();
            match state.deposed.iter().position(|(deposed, _)| *deposed == address) {
                Some(deposed) => drop(state.deposed.remove(deposed)),
                None => drop(state.entries.remove(&address)),
            }
        }
        self.run.borrow_mut().errors.extend(applied.errors);
        let done = Done { address, when: Instant::now(), objects: Vec::new(), is_done, is_delete: true };
        self.run.borrow_mut().done.push(done);
        is_done
    }
}
