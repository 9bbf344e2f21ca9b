//! Which replaced objects a run deletes: those that nothing uses any longer when it has come that far.

use std::collections::{BTreeMap, BTreeSet};

use rosa_ecr_state::Document;

use crate::changes::Action;
use crate::plan::step::{Discards, ExecutionPlan};

/// The replaced objects of earlier runs and of this one that the run deletes.
///
/// The state does not record whether what depends on a resource uses its new object or still the old one. So an old object
/// stays while something depends on its resource that the run is not about.
pub(crate) fn discards(document: &Document, plans: &ExecutionPlan) -> Discards {
    let is_targeted = |name: &str| plans.targets.as_ref().is_none_or(|targets| targets.contains(name));
    let planned: BTreeSet<&str> = plans.steps.iter().map(|step| step.step.resource.as_str()).collect();
    let replaced = plans.steps.iter().filter(|step| step.step.action == Action::Replace);
    let replaced: BTreeSet<&str> = replaced.map(|step| step.step.resource.as_str()).collect();
    let deposed = document.deposed.iter().map(|deposed| deposed.name.as_str());
    let all: BTreeSet<&str> = deposed.chain(replaced.iter().copied()).collect();
    let mut names: BTreeSet<&str> = all.iter().copied().filter(|name| is_targeted(name)).collect();
    // What is used by the old object of something else stays with it.
    let uses_by_old =
        || document.deposed.iter().chain(replaced.iter().filter_map(|name| document.resources.get(*name)));
    let mut held = BTreeMap::new();
    loop {
        let user = |name: &str| {
            let live = document.resources.values().filter(|user| !planned.contains(user.name.as_str()));
            let old = uses_by_old().filter(|user| !names.contains(user.name.as_str()));
            let mut users = live.chain(old).filter(|user| user.name != name && user.dependencies.contains(name));
            users.next().map(|user| user.name.clone())
        };
        let Some((name, user)) = names.iter().find_map(|name| Some((*name, user(name)?))) else { break };
        names.remove(name);
        held.insert(name.to_owned(), user);
    }
    Discards { names: names.into_iter().map(str::to_owned).collect(), held }
}
