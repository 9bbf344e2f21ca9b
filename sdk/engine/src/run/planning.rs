//! What reading and planning work with: all of a run but the state document, which only a run itself may change.

use std::collections::BTreeSet;
use std::sync::Arc;

use rosa_ecr_model::{Block, Diagnostic, Diagnostics, conform};
use rosa_ecr_state::Document;
use tokio_util::sync::CancellationToken;

use crate::error::Result;
use crate::graph::{self, Graph};
use crate::names;
use crate::run::events::Events;
use crate::run::providers::Providers;
use crate::run::secrecy::{Marked, Secrecy};
use crate::run::settings::Settings;
use crate::run::values::Values;
use crate::stack::Declaration;
use crate::stack::Stack;

/// What reading and planning work with. A plan gets the state document as a value, and cannot save it.
pub(crate) struct Planning<'a> {
    pub stack: &'a Stack,
    pub settings: Settings,
    pub providers: Providers<'a>,
    pub values: Arc<Values>,
    pub secrecy: Arc<Secrecy>,
    pub events: Arc<Events>,
    /// What each declared resource and lookup comes after.
    pub dependencies: Graph<String>,
    /// What each declared resource comes after: no lookups, but what they come after.
    pub dependencies_of_resources: Graph<String>,
    /// Cancelled when the lock on the state is lost; none if the run has no lock.
    pub lock_lost: Option<CancellationToken>,
}

impl<'a> Planning<'a> {
    pub(crate) fn new(
        stack: &'a Stack,
        dependencies: Graph<String>,
        settings: Settings,
        lock_lost: Option<CancellationToken>,
    ) -> Self {
        // What ends this run is no business of others that the caller stops together with it.
        let settings = Settings { stop: settings.stop.child(), ..settings };
        let secrecy = Arc::new(Secrecy::default());
        let events = Arc::new(Events::new(settings.observer.clone(), secrecy.clone()));
        let values = Arc::new(Values::new(secrecy.clone()));
        let (shared_values, shared_secrecy) = (values.clone(), secrecy.clone());
        let stop = settings.stop.clone();
        let providers = Providers::new(&stack.providers, shared_values, shared_secrecy, events.clone(), stop);
        Self {
            stack,
            settings,
            providers,
            values,
            secrecy,
            events,
            dependencies_of_resources: graph::contracted(&dependencies, |name| !stack.lookups.contains_key(name)),
            dependencies,
            lock_lost,
        }
    }

    pub(crate) fn declaration(&self, name: &str) -> Option<&'a Declaration> {
        self.stack.resources.get(name)
    }

    /// What is looked up under that name.
    pub(crate) fn lookup(&self, name: &str) -> Option<&'a Declaration> {
        self.stack.lookups.get(name)
    }

    /// The arguments in full shape, as far as they are known.
    pub(crate) fn arguments(&self, block: &Block, declaration: &Declaration) -> Result<Marked, Diagnostics> {
        let resolved = self.values.resolve(&declaration.arguments)?;
        Ok(self.secrecy.mark_arguments(block, conform(block, resolved.value), &resolved.secrets))
    }

    /// Whether the run is about that resource.
    pub(crate) fn is_targeted(&self, name: &str, targets: &Option<BTreeSet<String>>) -> bool {
        targets.as_ref().is_none_or(|targets| targets.contains(name))
    }

    /// The names that `--target` leaves; `None` for all of them.
    pub(crate) fn targets(&self, document: &Document) -> Result<Option<BTreeSet<String>>> {
        if self.settings.targets.is_empty() {
            return Ok(None);
        }
        let left = document.deposed.iter().map(|deposed| &deposed.name);
        let left = left.chain(document.pending.iter().map(|pending| &pending.resource));
        let all: BTreeSet<&String> = self.dependencies.keys().chain(document.resources.keys()).chain(left).collect();
        let mut named = BTreeSet::new();
        for target in &self.settings.targets {
            let parts = format!("{target}/");
            let of_target: Vec<&String> =
                all.iter().copied().filter(|name| *name == target || name.starts_with(&parts)).collect();
            named.extend(of_target.iter().copied().cloned());
            if of_target.is_empty() {
                let error = Diagnostic::error(format!("There is no resource \"{target}\""))
                    .detail("Neither the program nor the state has it, alone or as a component.");
                let names = all.iter().flat_map(|name| names::with_components(name)).collect::<BTreeSet<_>>();
                return Err(names::with_suggestion(error, target, names, "Check --target.").into());
            }
        }
        let stored: Graph<String> =
            document.resources.iter().map(|(name, stored)| (name.clone(), stored.dependencies.clone())).collect();
        let all = if self.settings.destroy {
            graph::closure(&graph::reversed(&stored), named)
        } else {
            // What is deleted goes after everything that still uses it.
            let gone = named.iter().filter(|name| !self.dependencies.contains_key(*name)).cloned();
            let users = graph::closure(&graph::reversed(&stored), gone.collect::<Vec<_>>());
            graph::closure(&self.dependencies, named.into_iter().chain(users))
        };
        Ok(Some(all))
    }
}
