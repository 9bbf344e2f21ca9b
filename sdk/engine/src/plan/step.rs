//! What a plan consists of.

use std::collections::{BTreeMap, BTreeSet};

use rosa_ecr_model::{Diagnostic, Diagnostics, Value};

use crate::changes::{Action, Step};
use crate::graph::Graph;
use crate::run::secrecy::Marked;

/// What a run shall do.
pub(crate) struct ExecutionPlan {
    /// In an order in which it could be done.
    pub steps: Vec<PlannedStep>,
    pub warnings: BTreeMap<String, Diagnostics>,
    /// What each declared resource comes after, and each lookup that is among the steps.
    pub dependencies: Graph<String>,
    /// Which replaced objects are deleted.
    pub discards: Discards,
    /// What the run is about; `None` for everything.
    pub targets: Option<BTreeSet<String>>,
}

/// What is done with one resource.
#[derive(Clone)]
pub(crate) struct PlannedStep {
    pub step: Step,
    pub provider: String,
    /// The arguments in full shape, as far as they were known.
    pub config: Value,
    pub planned: PlannedState,
    /// Whether the object goes without a call.
    pub retain: bool,
}

/// What the plan comes to.
#[derive(Clone, Default)]
pub(crate) struct PlannedState {
    /// Null for a delete.
    pub state: Marked,
    /// What the provider has kept of the plan.
    pub private: Vec<u8>,
}

/// A plan with its warnings. No step: it was looked up, and nothing is left to do.
pub(crate) type PlanOutcome = (Option<PlannedStep>, Diagnostics);

/// Where the first secret is that the plan would make; `None` where there is none.
impl ExecutionPlan {
    pub(crate) fn first_secret(&self) -> Option<String> {
        let has_secret = |step: &&PlannedStep| {
            let state = &step.planned.state;
            let attributes = state.value().entries().into_iter().flatten();
            let mut secret = attributes.filter(|(name, _)| state.secrets().has(name));
            // What is not known yet will most likely be something.
            step.step.action != Action::Read && secret.any(|(_, value)| !value.is_null())
        };
        self.steps.iter().find(has_secret).map(|step| format!("resource/{}", step.step.resource))
    }
}

/// Which replaced objects a run deletes, by the name of what has replaced them.
#[derive(Default)]
pub(crate) struct Discards {
    pub names: BTreeSet<String>,
    /// What the run is about and whose old object stays nevertheless, each with what may still use it.
    pub held: BTreeMap<String, String>,
}

impl Discards {
    /// Whether the old objects of that resource are deleted.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// What has replaced the objects that are deleted.
    pub(crate) fn names(&self) -> impl Iterator<Item = &String> {
        self.names.iter()
    }

    /// The warnings about old objects that stay, by resource.
    pub(crate) fn warnings(&self) -> Vec<(String, Diagnostic)> {
        let held = self.held.iter().map(|(name, user)| {
            let warning = Diagnostic::warning(format!("The old object of \"{name}\" stays for now"))
                .detail(format!("It was replaced, and \"{user}\", which this run is not about, may still use it."))
                .fix("Run again without --target: then it is deleted, after everything that uses it was changed.");
            (name.clone(), warning)
        });
        held.collect()
    }
}
