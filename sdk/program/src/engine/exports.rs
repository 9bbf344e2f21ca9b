//! What the stack exports: planned, and kept in the state.

use std::collections::{BTreeMap, BTreeSet};

use rosa_ecr_model::{Expression, Resolved, Value};
use serde_json::Value as Json;

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

    /// Keeps what the stack exports in the document. After a run that did not do all, what comes from a resource that it
    /// did not come to keeps the value that it had: what is known of that resource is what was planned.
    pub(super) async fn export(&self, report: &Report) -> Result<BTreeMap<String, Exported>> {
        let undone: BTreeSet<&str> = report
            .failures
            .iter()
            .map(|failure| failure.resource.as_str())
            .chain(report.skipped.keys().map(String::as_str))
            .collect();
        let mut kept = BTreeMap::new();
        if !self.settings.destroy {
            for (name, value) in self.stack.exports.iter().filter(|(_, value)| !uses(value, &undone)) {
                let resolved = self.resolve(value)?;
                if resolved.value.is_wholly_known() {
                    let json = resolved.value.to_json();
                    let secret = !resolved.secrets.is_empty();
                    kept.insert(name.clone(), if secret { Contents::secret(json) } else { Contents::plain(json) });
                }
            }
        }
        self.note(|document| {
            if undone.is_empty() {
                document.outputs = kept;
            } else {
                document.outputs.extend(kept);
            }
        })
        .await;
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

/// Whether some of it comes from one of these resources.
fn uses(value: &Expression, names: &BTreeSet<&str>) -> bool {
    let mut addresses = BTreeSet::new();
    value.dependencies(&mut addresses);
    addresses.iter().any(|address| names.contains(&*address.name))
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
