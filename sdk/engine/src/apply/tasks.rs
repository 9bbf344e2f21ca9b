//! The order of work: which operation comes after which.

use std::collections::{BTreeMap, BTreeSet};

use rosa_ecr_state::{Document, ResourceState};

use crate::changes::Action;
use crate::graph::{self, Graph};
use crate::plan::step::ExecutionPlan;

/// One piece of work.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Task {
    /// Makes, changes or keeps a declared resource, or looks something up.
    Make(String),
    /// Deletes the object that the state has of it.
    Remove(String),
    /// Deletes the objects that were replaced by another one of that name.
    Discard(String),
}

impl Task {
    pub(crate) fn resource(&self) -> &str {
        match self {
            Self::Make(name) | Self::Remove(name) | Self::Discard(name) => name,
        }
    }
}

/// What each operation comes after: makes in the order of the program's dependencies, deletes against the order of the
/// stored ones, so that what uses an object lets go of it first.
///
/// Some of that can contradict the rest: what uses an object lets go of it by using the new one, and that one is made
/// behind the delete. So what must hold is laid down first, and what should hold is added where it makes no circle.
pub(crate) fn tasks(document: &Document, plans: &ExecutionPlan) -> Graph<Task> {
    let actions: BTreeMap<&str, Action> =
        plans.steps.iter().map(|step| (step.step.resource.as_str(), step.step.action)).collect();
    let (users, old_users) = (users(document.resources.values()), users(&document.deposed));
    let live = |name: &str| {
        let live = users.get(name).into_iter().flatten();
        live.filter_map(|user| Some((*user, *actions.get(user)?))).collect::<Vec<_>>()
    };
    let mut graph = Graph::new();
    for (&name, &action) in &actions {
        match action {
            Action::Delete | Action::Forget => {
                graph.insert(Task::Remove(name.to_owned()), live(name).into_iter().flat_map(lets_go).collect());
                continue;
            }
            Action::DeleteThenCreate => {
                let removed = live(name).into_iter().filter(|(_, action)| is_removed(*action));
                graph.insert(Task::Remove(name.to_owned()), removed.flat_map(lets_go).collect());
            }
            _ => {}
        }
        let before = plans.dependencies.get(name).into_iter().flatten();
        let mut before: BTreeSet<Task> = before.cloned().map(Task::Make).collect();
        if action == Action::DeleteThenCreate {
            before.insert(Task::Remove(name.to_owned()));
        }
        graph.insert(Task::Make(name.to_owned()), before);
    }
    for name in plans.discards.names() {
        let mut before: BTreeSet<Task> = live(name).into_iter().flat_map(lets_go).collect();
        if actions.get(name.as_str()) == Some(&Action::Replace) {
            before.insert(Task::Make(name.clone()));
        }
        graph.insert(Task::Discard(name.clone()), before);
    }
    let behind = graph::reversed(&graph);
    let mut order = Order { graph, behind };
    // What the old objects of earlier runs use outlives them.
    let old = |name: &str| {
        let old = old_users.get(name).into_iter().flatten();
        old.map(|user| Task::Discard((*user).to_owned())).collect()
    };
    for name in plans.discards.names() {
        order.should_follow(&Task::Discard(name.clone()), old(name));
    }
    for &name in actions.keys() {
        order.should_follow(&Task::Remove(name.to_owned()), old(name));
    }
    for name in plans.discards.names() {
        order.should_follow(&Task::Discard(name.clone()), [Task::Make(name.clone())].into());
    }
    for (&name, _) in actions.iter().filter(|(_, action)| **action == Action::DeleteThenCreate) {
        // Where something that the new object needs cannot be made, the old one stays. What cannot be made before the old
        // one has gone is no reason to wait.
        let needs = plans.dependencies.get(name).into_iter().flatten().cloned();
        let needs = graph::closure(&plans.dependencies, needs).into_iter().map(Task::Make);
        order.should_follow(
            &Task::Remove(name.to_owned()),
            live(name).into_iter().flat_map(lets_go).chain(needs).collect(),
        );
    }
    order.graph
}

/// What depends on each resource, as the state has it.
type Users<'d> = BTreeMap<&'d str, BTreeSet<&'d str>>;

fn users<'d>(objects: impl IntoIterator<Item = &'d ResourceState>) -> Users<'d> {
    let mut users = Users::new();
    for object in objects {
        for name in object.dependencies.iter().filter(|name| **name != object.name) {
            users.entry(name.as_str()).or_default().insert(object.name.as_str());
        }
    }
    users
}

/// Whether the object that the state has is deleted before another one is made, if one is.
fn is_removed(action: Action) -> bool {
    matches!(action, Action::Delete | Action::Forget | Action::DeleteThenCreate)
}

/// The operations after which a resource no longer uses what it has used.
fn lets_go((name, action): (&str, Action)) -> Vec<Task> {
    let name = name.to_owned();
    match action {
        action if is_removed(action) => vec![Task::Remove(name)],
        Action::Replace => vec![Task::Make(name.clone()), Task::Discard(name)],
        _ => vec![Task::Make(name)],
    }
}

/// The order as far as it is laid down.
struct Order {
    graph: Graph<Task>,
    /// The other way round.
    behind: Graph<Task>,
}

impl Order {
    /// Lets a piece of work follow those of the others that do not follow it.
    fn should_follow(&mut self, task: &Task, others: BTreeSet<Task>) {
        let others: Vec<Task> = others.into_iter().filter(|other| self.graph.contains_key(other)).collect();
        let Some(before) = self.graph.get_mut(task).filter(|_| !others.is_empty()) else { return };
        let follow = graph::closure(&self.behind, [task.clone()]);
        for other in others.into_iter().filter(|other| !follow.contains(other)) {
            self.behind.entry(other.clone()).or_default().insert(task.clone());
            before.insert(other);
        }
    }
}
