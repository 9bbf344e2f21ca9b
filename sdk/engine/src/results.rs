//! What runs return.

use std::collections::BTreeMap;
use std::fmt;

use rosa_ecr_model::Diagnostics;

use crate::changes::{Action, Counts, Exported, OutputChange, Step};
use crate::event::Outcome;

/// What an `up` or a `destroy` would do.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// What is done with each resource, in an order in which it could be done.
    pub steps: Vec<Step>,
    /// What the stack exports afterwards, as far as it is known.
    pub outputs: BTreeMap<String, Exported>,
    /// What of that is not as the state has it.
    pub output_changes: Vec<OutputChange>,
    /// Warnings.
    pub diagnostics: Diagnostics,
}

impl Plan {
    /// The steps that change something.
    pub fn changes(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|step| step.action.is_change())
    }

    /// Whether nothing would be done with any resource. Outputs may change all the same.
    pub fn is_empty(&self) -> bool {
        self.changes().next().is_none()
    }

    /// Whether anything would change, be it outputs alone.
    pub fn has_changes(&self) -> bool {
        !self.is_empty() || !self.output_changes.is_empty()
    }

    /// How many resources would be treated how.
    pub fn counts(&self) -> Counts {
        self.steps.iter().map(|step| step.action).collect()
    }
}

/// What an `up`, `refresh` or `destroy` did.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// What was done with which resource.
    pub done: BTreeMap<String, Action>,
    /// What failed.
    pub failures: Vec<ResourceFailure>,
    /// What was not begun, each with why.
    pub skipped: BTreeMap<String, String>,
    /// What the stack exports; [`Exported::reveal`] gives a secret.
    pub outputs: BTreeMap<String, Exported>,
    /// The resources that were not as the state had them.
    pub drifted: Vec<String>,
    /// Warnings.
    pub diagnostics: Diagnostics,
}

impl Report {
    /// How many resources were treated how.
    pub fn counts(&self) -> Counts {
        self.done.values().copied().collect()
    }
}

/// Something that was done and is not in the state, because that cannot be saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsaved {
    /// The resource.
    pub resource: String,
    /// Its type.
    pub type_name: String,
    /// What `import` takes for the object, or its attribute `id`, where it has either.
    pub id: Option<String>,
    /// Whether the object is gone, which the state still has.
    pub deleted: bool,
}

/// As it stands in a list: `registry (rosa_ecr, id "dev/registry")`.
impl fmt::Display for Unsaved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = self.id.as_ref().map(|id| format!(", id {id:?}")).unwrap_or_default();
        let deleted = if self.deleted { " was deleted" } else { "" };
        write!(f, "{} ({}{id}){deleted}", self.resource, self.type_name)
    }
}

/// An operation that failed.
#[derive(Clone, Debug)]
pub struct ResourceFailure {
    /// The resource.
    pub resource: String,
    /// What was tried.
    pub action: Action,
    /// Whether it is certain what was done.
    pub outcome: Outcome,
    /// Why.
    pub diagnostics: Diagnostics,
}
