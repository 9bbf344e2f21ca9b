//! The apply of Terraform's core: the steps of a plan in an order that the dependencies allow, some of them at once.

use std::cell::RefCell;

use futures::stream::{FuturesUnordered, StreamExt as _};
use rosa_ecr::model::Value;
use rosa_ecr_fake_aws::Cloud;
use tokio::time::Instant;

use crate::checks::{Broken, Done, Run};
use crate::declaration::objects;
use crate::process::Process;
use crate::random::Random;
use crate::sequence::name;
use crate::terraform::{Action, Change};
use crate::trial::{Address, Entry, State};

/// One half of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Put(usize),
    Destroy(usize),
}

/// What applies a plan.
pub struct Applier<'a> {
    pub cloud: &'a Cloud,
    pub process: &'a Process,
    pub changes: &'a [Change],
    pub state: &'a RefCell<State>,
    pub run: &'a RefCell<Run>,
}

impl Applier<'_> {
    /// Applies all of it; what needs something that failed is skipped.
    pub async fn apply(&self, at_once: usize, random: &mut Random) {
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
