//! What must hold after every run, over a book of who holds what that is kept outside of all states.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use rosa_ecr::model::Value;
use rosa_ecr_fake_aws::{Cloud, Uid};
use tokio::time::Instant;

use crate::declaration::{WORKER, objects};
use crate::process::Slow;
use crate::sequence::name;
use crate::trial::{Address, Entry, State};

/// The longest that an RPC may take on a cloud where everything is done at once. Two lost answers are tried again within it.
const BOUND: Duration = Duration::from_secs(20);

/// Something that did not hold.
#[derive(Clone, Debug)]
pub struct Broken {
    /// Which kind of failure it is: the same for all that have one cause.
    pub class: String,
    pub detail: String,
}

impl Broken {
    pub fn new(class: &str, detail: impl Into<String>) -> Self {
        Self { class: class.to_owned(), detail: detail.into() }
    }
}

/// An operation that came to its end.
#[derive(Clone, Debug)]
pub struct Done {
    pub address: Address,
    pub when: Instant,
    /// What its state was about at that moment; `None` for what was not there.
    pub objects: Vec<Option<Uid>>,
    pub is_done: bool,
    pub is_delete: bool,
}

/// What a run of a host came to.
#[derive(Clone, Debug, Default)]
pub struct Run {
    pub errors: Vec<String>,
    pub broken: Vec<Broken>,
    pub done: Vec<Done>,
    /// What the plan deletes or replaces, as the state had it.
    pub announced: Vec<(Address, Entry)>,
    pub is_planned: bool,
    pub was_killed: bool,
}

impl Run {
    pub fn announce(&mut self, leaving: impl IntoIterator<Item = (Address, Entry)>) {
        self.announced.extend(leaving);
    }

    /// Notes the longest RPC.
    pub fn slow(&mut self, (rpc, duration): Slow) {
        if duration > BOUND {
            self.broken.push(Broken::new(&format!("{rpc} takes too long"), format!("{duration:?}")));
        }
    }

    pub fn is_success(&self) -> bool {
        self.is_planned && self.errors.is_empty() && !self.was_killed
    }
}

/// Who holds what.
#[derive(Debug, Default)]
pub struct Book {
    pub holders: BTreeMap<Uid, (usize, Address)>,
    /// What may be left over: written to by a run that broke off, forgotten, or kept on purpose.
    pub excused: BTreeSet<Uid>,
    /// The images that were pushed, with their repository.
    pub images: Vec<(Uid, String)>,
}

impl Book {
    /// What broke in these runs, which were under way together.
    pub fn settle(
        &mut self,
        cloud: &Cloud,
        before: &[Uid],
        runs: &[(usize, &Run)],
        states: &[State; 2],
    ) -> Vec<Broken> {
        let mut broken: Vec<Broken> = runs.iter().flat_map(|(_, run)| run.broken.clone()).collect();
        let panicked = runs.iter().flat_map(|(_, run)| &run.errors).filter(|error| error.contains("panicked"));
        broken.extend(panicked.map(|error| Broken::new("a panic", error)));
        let after = cloud.objects();
        for lost in before.iter().filter(|uid| !after.contains(uid)) {
            self.lost(lost, runs, &mut broken);
        }
        for (repository, digest) in &self.images {
            if after.contains(repository) && !cloud.images(repository).contains(digest) {
                broken.push(Broken::new("an image is gone from its repository", repository.to_string()));
            }
        }
        self.enter(&after, cloud.written(), runs, &mut broken);
        for (at, _) in runs.iter().filter(|(_, run)| run.is_success()) {
            holds(cloud, &states[*at], runs.len() == 1, &mut broken);
        }
        broken
    }

    /// An object is gone.
    fn lost(&mut self, uid: &Uid, runs: &[(usize, &Run)], broken: &mut Vec<Broken>) {
        let announced =
            runs.iter().flat_map(|(at, run)| run.announced.iter().map(move |(address, entry)| (*at, *address, entry)));
        let announced: Vec<_> = announced.filter(|(_, _, entry)| entry.objects.contains(uid)).collect();
        let is_part = uid.kind() != "repository" && uid.kind() != "role";
        let updates =
            runs.iter().flat_map(|(_, run)| &run.done).any(|done| done.address.0 == "rosa_ecr" && !done.is_delete);
        let kind = uid.kind();
        // What an interrupted run has left may have come into the state during this one.
        if announced.is_empty() && !self.excused.contains(uid) && !(is_part && updates) {
            broken.push(Broken::new(&format!("{kind}: deleted, and no plan announced it"), uid.to_string()));
        }
        let is_announced =
            |at: usize, address: Address| announced.iter().any(|(of, by, _)| (*of, *by) == (at, address));
        if let Some((at, holder)) = self.holders.remove(uid)
            && !announced.is_empty()
            && !is_announced(at, holder)
        {
            let detail = format!("{uid} of {}.{} in {at}", holder.0, name(holder.1));
            broken
                .push(Broken::new(&format!("{kind}: deleted by a declaration that did not hold it any more"), detail));
        }
        let taken =
            runs.iter().flat_map(|(at, run)| run.done.iter().map(move |done| (*at, done))).find(|(at, done)| {
                let is_other = !is_announced(*at, done.address) && announced.iter().any(|(of, ..)| of == at);
                is_other && done.is_done && !done.is_delete && done.objects.contains(&Some(uid.clone()))
            });
        if let Some((_, done)) = taken {
            let detail = format!("{uid}, taken by {}.{}", done.address.0, name(done.address.1));
            broken.push(Broken::new(&format!("{kind}: taken over, and deleted by its former holder"), detail));
        }
        let had_images = self.images.iter().any(|(repository, _)| repository == uid);
        let may_lose_them = announced.iter().any(|(_, _, entry)| *entry.value.get("force_delete") == Value::Bool(true));
        if had_images && !may_lose_them {
            broken.push(Broken::new("images lost without force_delete", uid.to_string()));
        }
        self.images.retain(|(repository, _)| repository != uid);
        self.excused.remove(uid);
    }

    /// Notes who holds what now.
    fn enter(&mut self, there: &[Uid], written: Vec<Uid>, runs: &[(usize, &Run)], broken: &mut Vec<Broken>) {
        if runs.iter().any(|(_, run)| !run.is_success()) {
            self.excused.extend(written.into_iter().filter(|uid| there.contains(uid)));
        }
        let mut done: Vec<(usize, &Run, &Done)> =
            runs.iter().flat_map(|(at, run)| run.done.iter().map(move |done| (*at, *run, done))).collect();
        done.sort_by_key(|(_, _, done)| done.when);
        let made: Vec<(usize, Address, Uid)> = done
            .iter()
            .filter(|(_, _, done)| !done.is_delete)
            .flat_map(|(at, _, done)| done.objects.iter().flatten().map(|uid| (*at, done.address, uid.clone())))
            .collect();
        for (at, run, done) in done {
            let holder = (at, done.address);
            if !done.is_delete {
                for uid in done.objects.iter().flatten().filter(|uid| there.contains(uid)) {
                    let earlier = self.holders.insert(uid.clone(), holder);
                    // Of two processes at once, the last to finish need not be the last that took it.
                    if runs.len() > 1 && earlier.is_some_and(|(other, _)| other != at) {
                        self.holders.remove(uid);
                    }
                    if done.is_done {
                        self.excused.remove(uid);
                    }
                }
                continue;
            }
            let entries = run.announced.iter().filter(|(address, _)| *address == done.address);
            for (entry, uid) in entries.flat_map(|(_, entry)| entry.objects.iter().map(move |uid| (entry, uid))) {
                // After two runs at once there may be no telling who holds it.
                let known = self.holders.get(uid);
                // A replacement that is created first takes over an object that can be only one.
                let is_replaced_by_itself = made.contains(&(at, done.address, uid.clone()));
                let is_anothers = known.is_some_and(|known| *known != holder) || is_replaced_by_itself;
                if !done.is_done || !there.contains(uid) || is_anothers {
                    continue;
                }
                let is_holder = known.is_some();
                if *entry.value.get("prevent_destroy") == Value::Bool(true) && uid.kind() == "repository" {
                    self.holders.remove(uid);
                    self.excused.insert(uid.clone());
                } else if is_holder && !self.excused.contains(uid) {
                    let class = format!("{}: a delete that succeeded has left its object", uid.kind());
                    broken.push(Broken::new(&class, uid.to_string()));
                }
            }
        }
    }

    /// What is left after everything was destroyed.
    pub fn leftovers(&self, cloud: &Cloud, states: &[State; 2]) -> Vec<Broken> {
        let entries =
            || states.iter().flat_map(|state| state.entries.iter().chain(state.deposed.iter().map(|(a, e)| (a, e))));
        let is_known =
            |uid: &Uid| self.excused.contains(uid) || entries().any(|(_, entry)| entry.objects.contains(uid));
        let left = cloud.made().into_iter().filter(|uid| !is_known(uid));
        let class = |uid: &Uid| format!("{}: left over, and no state holds it", uid.kind());
        let mut broken: Vec<Broken> = left.map(|uid| Broken::new(&class(&uid), uid.to_string())).collect();
        let worker = cloud.role(WORKER).expect("it is there");
        let is_used = entries().any(|(address, _)| matches!(address.0, "rosa_ecr" | "rosa_ecr_pull_policy_attachment"));
        let marks: Vec<String> =
            cloud.role_tags(WORKER).into_iter().map(|(key, _)| key).chain(cloud.attached_policies(WORKER)).collect();
        if !is_used && !self.excused.contains(&worker) && !marks.is_empty() {
            broken.push(Broken::new("the worker role keeps what nothing needs", marks.join(", ")));
        }
        broken
    }
}

/// Whether everything that a state holds is there, and is held once.
fn holds(cloud: &Cloud, state: &State, alone: bool, broken: &mut Vec<Broken>) {
    let mut keys: BTreeMap<String, Address> = BTreeMap::new();
    for (address, entry) in &state.entries {
        let what = format!("{}.{}", address.0, name(address.1));
        let is_there = objects(cloud, address.0, &entry.value).iter().all(Option::is_some);
        if alone && !(is_there && document_is_there(cloud, address.0, &entry.value)) {
            broken.push(Broken::new(&format!("{}: the state holds what is gone", address.0), what.clone()));
        }
        for key in entry.objects.iter().map(ToString::to_string).chain(document(address.0, &entry.value)) {
            if let Some(other) = keys.insert(key.clone(), *address) {
                let detail = format!("{key}: {}.{} and {what}", other.0, name(other.1));
                broken.push(Broken::new(&format!("{}: two hold one object", address.0), detail));
            }
        }
    }
}

/// What a state is about that is no object of its own.
fn document(type_name: &str, state: &Value) -> Option<String> {
    let text = |name: &str| state.get(name).as_str().unwrap_or_default().to_owned();
    match type_name {
        "rosa_ecr_lifecycle_policy" => Some(format!("the lifecycle policy of {}", text("repository"))),
        "rosa_ecr_pull_policy_attachment" => Some(format!("the pull attachment {}", text("id"))),
        _ => None,
    }
}

fn document_is_there(cloud: &Cloud, type_name: &str, state: &Value) -> bool {
    let text = |name: &str| state.get(name).as_str().unwrap_or_default();
    match type_name {
        "rosa_ecr_lifecycle_policy" => cloud.lifecycle_policy(text("repository")).is_some(),
        "rosa_ecr_pull_policy_attachment" => !cloud.attached_policies(text("role")).is_empty(),
        _ => true,
    }
}
