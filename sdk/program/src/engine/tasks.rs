//! The order of work: which operation comes after which.

use std::collections::BTreeSet;

use super::graph::Graph;
use super::planning::Plans;
use crate::changes::Action;
use crate::state::Document;

/// One piece of work.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Task {
    /// Makes, changes or keeps a declared resource, or looks something up.
    Make(String),
    /// Deletes the object that the state has of it.
    Remove(String),
    /// Deletes the objects that were replaced by another one of that name.
    Discard(String),
}

impl Task {
    pub(super) fn resource(&self) -> &str {
        match self {
            Self::Make(name) | Self::Remove(name) | Self::Discard(name) => name,
        }
    }
}

/// What each operation comes after: makes in the order of the program's dependencies, removes against the order of the
/// stored ones.
pub(super) fn tasks(document: &Document, plans: &Plans) -> Graph<Task> {
    let actions: std::collections::BTreeMap<&str, Action> =
        plans.steps.iter().map(|step| (step.step.resource.as_str(), step.step.action)).collect();
    let mut graph = Graph::new();
    for (&name, &action) in &actions {
        if !matches!(action, Action::Delete | Action::Forget) {
            let before = plans.dependencies.get(name).into_iter().flatten();
            let mut before: BTreeSet<Task> = before.cloned().map(Task::Make).collect();
            if action == Action::DeleteThenCreate {
                before.insert(Task::Remove(name.to_owned()));
            }
            graph.insert(Task::Make(name.to_owned()), before);
        }
        // The program's order holds among what goes, too: an object that is about to be used differently lets go first.
        let dependents = document.resources.values().filter(|other| other.dependencies.contains(name));
        let after_dependents = |with_makes: bool| -> BTreeSet<Task> {
            let tasks = dependents.clone().flat_map(|other| {
                let name = other.name.clone();
                match actions.get(other.name.as_str()) {
                    Some(Action::Delete | Action::Forget | Action::DeleteThenCreate) => vec![Task::Remove(name)],
                    Some(Action::Replace) if with_makes => vec![Task::Make(name.clone()), Task::Discard(name)],
                    Some(_) if with_makes => vec![Task::Make(name)],
                    _ => Vec::new(),
                }
            });
            tasks.collect()
        };
        match action {
            Action::Delete | Action::Forget => {
                graph.insert(Task::Remove(name.to_owned()), after_dependents(true));
            }
            Action::DeleteThenCreate => {
                graph.insert(Task::Remove(name.to_owned()), after_dependents(false));
            }
            Action::Replace => {
                let mut before = after_dependents(true);
                before.insert(Task::Make(name.to_owned()));
                graph.insert(Task::Discard(name.to_owned()), before);
            }
            Action::Keep | Action::Create | Action::Update | Action::Read => {}
        }
    }
    for deposed in &document.deposed {
        let dependents = document.deposed.iter().filter(|other| other.dependencies.contains(&deposed.name));
        let mut before: BTreeSet<Task> = dependents.map(|other| Task::Discard(other.name.clone())).collect();
        before.remove(&Task::Discard(deposed.name.clone()));
        before.insert(Task::Make(deposed.name.clone()));
        graph.entry(Task::Discard(deposed.name.clone())).or_default().extend(before);
    }
    graph
}
