//! What the stack exports: planned, and kept in the state.

use std::collections::{BTreeMap, BTreeSet};

use rosa_ecr_model::{Expression, Resolved, Value};
use rosa_ecr_state::Contents;
use serde_json::Value as Json;

use crate::changes::{Exported, OutputChange, SECRET, UNKNOWN, shown};
use crate::error::Result;
use crate::graph;
use crate::results::Report;
use crate::run::context::RunContext;

/// What becomes of an export.
enum Fate {
    /// It has this value, as far as it is known.
    Is(Resolved),
    /// It stays as the state has it, if it does.
    Stays,
}

impl RunContext<'_> {
    /// What becomes of each export in a run that is about these resources, where `is_undone` is what the run did not reach.
    fn fates(
        &self,
        targets: &Option<BTreeSet<String>>,
        is_undone: impl Fn(&Expression) -> bool,
    ) -> Result<BTreeMap<&String, Fate>> {
        let mut fates = BTreeMap::new();
        for (name, value) in &self.stack.exports {
            let fate = match targets {
                None if self.settings.destroy => continue,
                // Also what comes from it through something that is only looked up.
                Some(gone) if self.settings.destroy => {
                    if !graph::closure(&self.dependencies, names_in(value)).is_disjoint(gone) {
                        continue;
                    }
                    Fate::Stays
                }
                _ if is_undone(value) => Fate::Stays,
                targets => match self.values.resolve(value)? {
                    // It comes from something that the run is not about.
                    open if targets.is_some() && !open.value.is_wholly_known() => Fate::Stays,
                    resolved => Fate::Is(resolved),
                },
            };
            fates.insert(name, fate);
        }
        Ok(fates)
    }

    /// What the stack exports, as far as the plan knows it, and what of that is not as the state has it.
    pub(crate) fn planned_outputs(
        &self,
        targets: &Option<BTreeSet<String>>,
    ) -> Result<(BTreeMap<String, Exported>, Vec<OutputChange>)> {
        let stored = self.document().outputs.clone();
        let mut outputs = BTreeMap::new();
        let mut changed = BTreeSet::new();
        for (name, fate) in self.fates(targets, |_| false)? {
            match (fate, stored.get(name)) {
                (Fate::Is(resolved), before) => {
                    if before.is_none_or(|before| contents(&resolved).as_ref() != Some(before)) {
                        changed.insert(name);
                    }
                    outputs.insert(name.clone(), exported(&resolved));
                }
                (Fate::Stays, Some(before)) => drop(outputs.insert(name.clone(), masked(before))),
                (Fate::Stays, None) => {}
            }
        }
        changed.extend(stored.keys().filter(|name| !outputs.contains_key(*name)));
        let change = |name: &String| {
            let after = outputs.get(name).cloned();
            // What becomes a secret may have been the same before.
            let is_secret = after.as_ref().is_some_and(|after: &Exported| after.secret);
            let masked_before = |before: &Contents| match is_secret && !before.reveal().is_null() {
                true => Exported::new(Json::from(SECRET), true),
                false => masked(before),
            };
            OutputChange { name: name.clone(), before: stored.get(name).map(masked_before), after }
        };
        let changes = changed.into_iter().map(change).collect();
        Ok((outputs, changes))
    }

    /// Keeps what the stack exports in the document. What comes from a resource that the run did not come to, or was not
    /// about, keeps the value that it had: what is known of that resource is at most what was planned.
    pub(crate) fn export(
        &self,
        report: &Report,
        targets: &Option<BTreeSet<String>>,
    ) -> Result<BTreeMap<String, Exported>> {
        let undone: BTreeSet<&str> = report
            .failures
            .iter()
            .map(|failure| failure.resource.as_str())
            .chain(report.skipped.keys().map(String::as_str))
            .collect();
        let fates = self.fates(targets, |value| uses(value, &undone))?;
        self.documents.update(|document| {
            let mut stored = std::mem::take(&mut document.outputs);
            let kept = fates.into_iter().filter_map(|(name, fate)| match fate {
                Fate::Is(resolved) => Some((name.clone(), contents(&resolved)?)),
                Fate::Stays => stored.remove_entry(name),
            });
            document.outputs = kept.collect();
            if !undone.is_empty() {
                stored.append(&mut document.outputs);
                document.outputs = stored;
            }
        });
        Ok(self.stored_outputs())
    }

    /// Keeps of what the stack exports what is known without a change of anything. A secret needs a key, which a run that
    /// changes nothing does not ask for.
    pub(crate) fn export_known(&self) -> Result<()> {
        let known = self.fates(&None, |_| false)?.into_iter().filter_map(|(name, fate)| match fate {
            Fate::Is(resolved) if resolved.secrets.is_empty() => Some((name.clone(), contents(&resolved)?)),
            _ => None,
        });
        let known: Vec<_> = known.collect();
        self.documents.update(|document| document.outputs.extend(known));
        Ok(())
    }

    /// What the state has of exports, with their secrets.
    pub(crate) fn stored_outputs(&self) -> BTreeMap<String, Exported> {
        let outputs = self.document();
        outputs.outputs.iter().map(|(name, contents)| (name.clone(), Exported::stored(contents))).collect()
    }
}

fn masked(contents: &Contents) -> Exported {
    Exported::new(contents.masked(), contents.has_secrets())
}

/// As the state keeps it; `None` where it is not known.
fn contents(resolved: &Resolved) -> Option<Contents> {
    let whole = || match resolved.secrets.is_empty() {
        true => Resolved::plain(resolved.value.clone()),
        false => Resolved::secret(resolved.value.clone()),
    };
    resolved.value.is_wholly_known().then(|| Contents::new(&whole()))
}

/// Whether some of it comes from one of these resources.
fn uses(value: &Expression, names: &BTreeSet<&str>) -> bool {
    names_in(value).iter().any(|name| names.contains(name.as_str()))
}

/// The resources and lookups that it comes from.
fn names_in(value: &Expression) -> BTreeSet<String> {
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
    Exported::new(value, secret)
}
