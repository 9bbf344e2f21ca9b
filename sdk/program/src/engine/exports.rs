//! What the stack exports: planned, and kept in the state.

use std::collections::{BTreeMap, BTreeSet};

use rosa_ecr_model::{Expression, Resolved, Value};
use serde_json::Value as Json;

use super::graph;
use super::world::World;
use crate::Result;
use crate::changes::{Exported, SECRET, UNKNOWN, shown};
use crate::results::Report;
use crate::state::Contents;

impl World<'_> {
    /// What the stack exports, as far as the plan knows it.
    pub(super) fn planned_outputs(&self) -> Result<BTreeMap<String, Exported>> {
        if self.settings.destroy {
            return Ok(BTreeMap::new());
        }
        let exports = self.stack.exports.iter();
        exports.map(|(name, value)| Ok((name.clone(), exported(&self.resolve(value)?)))).collect()
    }

    /// Keeps what the stack exports in the document. What comes from a resource that the run did not come to, or was not
    /// about, keeps the value that it had: what is known of that resource is at most what was planned.
    pub(super) async fn export(
        &self,
        report: &Report,
        targets: &Option<BTreeSet<String>>,
    ) -> Result<BTreeMap<String, Exported>> {
        let mut document = self.document().await;
        let mut kept = std::mem::take(&mut document.outputs);
        if self.settings.destroy {
            let is_there = |name: &String| self.lookup(name).is_some() || document.resources.contains_key(name);
            kept.retain(|name, _| {
                let from = self.stack.exports.get(name).map(addresses).unwrap_or_default();
                !document.resources.is_empty() && graph::closure(&self.dependencies, from).iter().all(is_there)
            });
        } else {
            let failed = report.failures.iter().map(|failure| &failure.resource);
            let undone: BTreeSet<&String> = failed.chain(report.skipped.keys()).collect();
            if undone.is_empty() && targets.is_none() {
                kept.clear();
            }
            let is_done = |name: &String| !undone.contains(name) && self.is_targeted(name, targets);
            for (name, value) in self.stack.exports.iter().filter(|(_, value)| addresses(value).iter().all(is_done)) {
                let resolved = self.resolve(value)?;
                if resolved.value.is_wholly_known() {
                    let json = resolved.value.to_json();
                    let secret = !resolved.secrets.is_empty();
                    kept.insert(name.clone(), if secret { Contents::secret(json) } else { Contents::plain(json) });
                }
            }
        }
        self.note(|document| document.outputs = kept).await;
        Ok(self.stored_outputs().await)
    }

    /// What the state has of exports.
    pub(super) async fn stored_outputs(&self) -> BTreeMap<String, Exported> {
        let outputs = self.document().await.outputs.into_iter();
        outputs
            .map(|(name, contents)| {
                let secret = contents.has_secrets();
                (name, Exported { value: contents.masked(), secret })
            })
            .collect()
    }
}

/// The resources and lookups that it comes from.
fn addresses(value: &Expression) -> BTreeSet<String> {
    let mut addresses = BTreeSet::new();
    value.dependencies(&mut addresses);
    addresses.into_iter().map(|address| address.name.to_string()).collect()
}

fn exported(resolved: &Resolved) -> Exported {
    let secret = !resolved.secrets.is_empty();
    let value = match &resolved.value {
        Value::Null => Json::Null,
        _ if secret => Json::from(SECRET),
        Value::Unknown => Json::from(UNKNOWN),
        value => shown(value),
    };
    Exported { value, secret }
}
