//! What a run works on: declarations, the document, providers, and the states as far as they are known.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex as StdMutex, PoisonError};

use rosa_ecr_model::{
    Address, Block, Call, DataKind, Diagnostic, Diagnostics, Expression, Kind, Resolved, Scope, Type, Value, conform,
};
use tokio::sync::{Mutex, OnceCell};

use super::Settings;
use super::graph::{self, Graph};
use super::planning::{self, Plans};
use super::redaction::Redaction;
use super::stored::{self, Existing};
use crate::host::AnyContext;
use crate::names;
use crate::panics;
use crate::results::Plan;
use crate::stack::Declaration;
use crate::state::{Document, ResourceState, Session};
use crate::{Error, Result, Stack};

pub(super) struct World<'a> {
    pub stack: &'a Stack,
    pub settings: Settings,
    /// What was saved last, and what shall be.
    documents: Mutex<Documents>,
    session: Option<Session>,
    contexts: BTreeMap<String, OnceCell<Arc<AnyContext>>>,
    states: StdMutex<BTreeMap<String, Arc<Resolved>>>,
    redaction: Redaction,
}

struct Documents {
    saved: Document,
    now: Document,
}

impl<'a> World<'a> {
    pub(super) fn new(stack: &'a Stack, settings: Settings, document: Document, session: Option<Session>) -> Self {
        let contexts = stack.providers.keys().map(|name| (name.clone(), OnceCell::new()));
        Self {
            stack,
            settings,
            documents: Mutex::new(Documents { saved: document.clone(), now: renamed(stack, document) }),
            session,
            contexts: contexts.collect(),
            states: StdMutex::default(),
            redaction: Redaction::default(),
        }
    }

    /// Starts the providers, and checks what can be checked without them.
    pub(super) async fn start(&self) -> Result<()> {
        self.stack.mistakes.clone().into_result()?;
        for provider in self.stack.providers.values() {
            provider.host.start().await?;
        }
        if let Err(cycle) = graph::order(&self.dependencies()?) {
            return Err(Diagnostic::error("Resources depend on each other in a circle")
                .detail(format!("None of these can be made first: {}.", cycle.join(", ")))
                .fix("Remove one of the dependencies.")
                .into());
        }
        self.upgrade().await?;
        for (name, stored) in &self.document().await.resources {
            // What cannot be read is an error where it is needed.
            if let Ok(existing) = self.existing(stored) {
                self.publish(name, existing);
            }
        }
        Ok(())
    }

    /// Brings what earlier versions of providers wrote into the present shape.
    async fn upgrade(&self) -> Result<()> {
        let mut document = self.document().await;
        for stored in document.resources.values_mut().chain(&mut document.deposed) {
            let Ok(kind) = self.kind(&stored.provider, &stored.type_name) else { continue };
            stored.state.secrets.iter().filter_map(|place| stored.state.json.pointer(place)).for_each(|secret| {
                self.redaction.learn(&Value::from_json(secret, &Type::Dynamic).unwrap_or_default());
            });
            let upgraded = stored::upgraded(stored, &kind).await?;
            if let Some(upgraded) = upgraded {
                *stored = upgraded;
            }
        }
        self.note(|now| *now = document).await;
        Ok(())
    }

    pub(super) fn into_session(self) -> Option<Session> {
        self.session
    }

    /// The document as it is now.
    pub(super) async fn document(&self) -> Document {
        self.documents.lock().await.now.clone()
    }

    /// Changes the document without saving it yet.
    pub(super) async fn note(&self, change: impl FnOnce(&mut Document)) {
        change(&mut self.documents.lock().await.now);
    }

    /// Changes the document and saves it. A run that cannot save starts nothing new.
    pub(super) async fn checkpoint(&self, change: impl FnOnce(&mut Document)) -> Result<()> {
        let mut documents = self.documents.lock().await;
        change(&mut documents.now);
        self.save_now(&mut documents).await
    }

    /// Saves the document, if it is not what was saved last, or not sealed with what is wanted.
    pub(super) async fn save(&self) -> Result<()> {
        let mut documents = self.documents.lock().await;
        let Some(session) = &self.session else { return Ok(()) };
        if documents.now != documents.saved || session.wants_save().await {
            return self.save_now(&mut documents).await;
        }
        Ok(())
    }

    async fn save_now(&self, documents: &mut Documents) -> Result<()> {
        let Some(session) = &self.session else { return Ok(()) };
        match session.save(&mut documents.now).await {
            Ok(()) => {
                documents.saved = documents.now.clone();
                Ok(())
            }
            Err(error) => {
                self.settings.stop.finish();
                Err(error.into())
            }
        }
    }

    /// Makes sure that what the plan comes to can be saved: a secret needs a key.
    pub(super) async fn prepare(&self, plan: &Plan, plans: &Plans) -> Result<()> {
        let Some(session) = &self.session else { return Ok(()) };
        let secret = planning::first_secret(self, plans).or_else(|| {
            let (name, _) = plan.outputs.iter().find(|(_, exported)| exported.secret && !exported.value.is_null())?;
            Some(format!("output/{name}"))
        });
        if secret.is_some() || !plan.is_empty() {
            session.prepare(&self.document().await, secret).await?;
        }
        Ok(())
    }

    /// Whether something new may be started.
    pub(super) fn proceeds(&self) -> bool {
        let lost = self.session.as_ref().is_some_and(|session| session.lost().is_cancelled());
        !lost && !self.settings.stop.finishing().is_cancelled()
    }

    pub(super) fn declaration(&self, name: &str) -> Option<&'a Declaration> {
        self.stack.resources.get(name)
    }

    /// What is looked up under that name.
    pub(super) fn lookup(&self, name: &str) -> Option<&'a Declaration> {
        self.stack.lookups.get(name)
    }

    /// The data source of that type.
    pub(super) fn data_source(
        &self,
        provider: &str,
        type_name: &str,
    ) -> Result<Arc<dyn DataKind<AnyContext>>, Diagnostics> {
        let Some(configured) = self.stack.providers.get(provider) else { return Err(no_provider(provider, type_name)) };
        configured.host.data_source(type_name).ok_or_else(|| {
            let is_resource = configured.host.kind(type_name).is_some();
            no_such("data source", provider, type_name, is_resource.then_some("It is a resource: `declare` it."))
        })
    }

    /// The kind of that type.
    pub(super) fn kind(&self, provider: &str, type_name: &str) -> Result<Arc<dyn Kind<AnyContext>>, Diagnostics> {
        let Some(configured) = self.stack.providers.get(provider) else { return Err(no_provider(provider, type_name)) };
        configured.host.kind(type_name).ok_or_else(|| {
            let is_data = configured.host.data_source(type_name).is_some();
            no_such("resource", provider, type_name, is_data.then_some("It is a data source: `look_up` what is there."))
        })
    }

    /// The object as the state has it.
    pub(super) fn existing(&self, stored: &ResourceState) -> Result<Existing, Diagnostics> {
        let kind = self.kind(&stored.provider, &stored.type_name)?;
        let existing = stored::read(stored, &kind)?;
        stored::learn(&self.redaction, &kind.schema().block, &existing.value, &existing.secrets);
        Ok(existing)
    }

    /// For calls of that provider; `None` while its block is not known.
    pub(super) async fn call(&self, provider: &str) -> Result<Option<Call<AnyContext>>, Diagnostics> {
        let (Some(configured), Some(context)) = (self.stack.providers.get(provider), self.contexts.get(provider))
        else {
            return Ok(None);
        };
        let resolved = self.resolve(&configured.block)?;
        let block = configured.host.block();
        let config = conform(&block, resolved.value);
        stored::learn(&self.redaction, &block, &config, &stored::attributes(&resolved.secrets));
        if !config.is_wholly_known() {
            return Ok(None);
        }
        let configure = async || {
            configured.host.validate(&config).await.into_result()?;
            configured.host.configure(config.clone()).await.map(Arc::new)
        };
        let context = context.get_or_try_init(configure).await?;
        Ok(Some(Call::new(context.clone(), self.settings.stop.cancelled().clone())))
    }

    /// The same, where nothing can be done without.
    pub(super) async fn known_call(&self, provider: &str) -> Result<Call<AnyContext>, Diagnostics> {
        self.call(provider).await?.ok_or_else(|| {
            Diagnostic::error(format!("The provider \"{provider}\" is not configured yet"))
                .detail("Its configuration comes from resources that do not exist yet.")
                .fix("Apply these first, with --target.")
                .into()
        })
    }

    /// The value of an expression as it is known now. What it computes is the program's code.
    pub(super) fn resolve(&self, expression: &Expression) -> Result<Resolved, Diagnostics> {
        let resolved = panics::caught(|| expression.resolve(self))
            .map_err(|panic| panic.diagnostic("A function over outputs panicked"))?;
        resolved.map_err(|error| {
            Diagnostic::error("An argument does not fit").detail(error.to_string()).at(error.path.clone()).into()
        })
    }

    /// The arguments in full shape, as far as they are known, and which of them are secret.
    pub(super) fn arguments(
        &self,
        block: &Block,
        declaration: &Declaration,
    ) -> Result<(Value, BTreeSet<String>), Diagnostics> {
        let resolved = self.resolve(&declaration.arguments)?;
        let secrets = stored::attributes(&resolved.secrets);
        let config = conform(block, resolved.value);
        // Whoever refuses them may quote them.
        stored::learn(&self.redaction, block, &config, &secrets);
        Ok((config, secrets))
    }

    /// The secret attributes of an object that a provider told of: see [`stored::secrets`]. They are in no message from now on.
    pub(super) fn secrets(
        &self,
        block: &Block,
        value: &Value,
        said: impl IntoIterator<Item = String>,
        config: &Value,
    ) -> BTreeSet<String> {
        let secrets = stored::secrets(block, value, said, config);
        stored::learn(&self.redaction, block, value, &secrets);
        secrets
    }

    /// Says what others see of a resource from now on.
    pub(super) fn publish(&self, name: &str, state: Existing) {
        let state = stored::resolved(state.value, &state.secrets);
        self.states.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), state);
    }

    pub(super) fn redact(&self, diagnostic: Diagnostic) -> Diagnostic {
        self.redaction.diagnostic(diagnostic)
    }

    /// The error that ends the run, without secrets.
    pub(super) fn redact_error(&self, error: Error) -> Error {
        self.redaction.error(error)
    }

    pub(super) fn redact_all(&self, diagnostics: Diagnostics) -> Diagnostics {
        self.redaction.diagnostics(diagnostics)
    }

    /// What each declared resource comes after: no lookups, but what they come after.
    pub(super) fn dependencies_of_resources(&self) -> Result<Graph<String>> {
        Ok(graph::contracted(&self.dependencies()?, |name| self.lookup(name).is_none()))
    }

    /// What each declared resource and lookup comes after.
    pub(super) fn dependencies(&self) -> Result<Graph<String>> {
        let mut graph = Graph::new();
        for (name, declaration) in self.stack.declarations() {
            let mut addresses = declaration.options.depends_on.clone();
            declaration.arguments.dependencies(&mut addresses);
            match self.stack.providers.get(&declaration.provider) {
                Some(provider) => provider.block.dependencies(&mut addresses),
                None => {
                    return Err(Diagnostic::error(format!("The provider of \"{name}\" is not in the program"))
                        .detail(format!("\"{}\" is not configured.", declaration.provider))
                        .into());
                }
            }
            graph.insert(name.clone(), self.names(name, declaration, addresses)?);
        }
        Ok(graph)
    }

    fn names(&self, name: &str, declaration: &Declaration, addresses: BTreeSet<Address>) -> Result<BTreeSet<String>> {
        let mut names = BTreeSet::new();
        for address in addresses {
            if address.stack != self.stack.id() {
                return Err(Diagnostic::error(format!("\"{name}\" uses an output of another stack"))
                    .detail(format!(
                        "\"{}\" is no resource of this stack. \"{name}\" is declared at {}.",
                        address.name, declaration.place
                    ))
                    .fix("Export it there, and give the exported value of the other stack's `up` to this one.")
                    .into());
            }
            let parts = format!("{}/", address.name);
            let named = |other: &&String| **other == *address.name || other.starts_with(&parts);
            names.extend(self.stack.declarations().map(|(name, _)| name).filter(named).cloned());
        }
        names.remove(name);
        Ok(names)
    }

    /// The names that `--target` leaves; `None` for all of them.
    pub(super) fn targets(&self, graph: &Graph<String>, document: &Document) -> Result<Option<BTreeSet<String>>> {
        if self.settings.targets.is_empty() {
            return Ok(None);
        }
        let all: BTreeSet<&String> = graph.keys().chain(document.resources.keys()).collect();
        let mut named = BTreeSet::new();
        for target in &self.settings.targets {
            let parts = format!("{target}/");
            let before = named.len();
            named.extend(all.iter().filter(|name| **name == target || name.starts_with(&parts)).map(|&n| n.clone()));
            if named.len() == before {
                let error = Diagnostic::error(format!("There is no resource \"{target}\""))
                    .detail("Neither the program nor the state has it, alone or as a component.");
                let names = all.iter().flat_map(|name| names::with_components(name)).collect::<BTreeSet<_>>();
                return Err(names::instead(error, target, names, "Check --target.").into());
            }
        }
        let stored: Graph<String> =
            document.resources.iter().map(|(name, stored)| (name.clone(), stored.dependencies.clone())).collect();
        let all = if self.settings.destroy {
            graph::closure(&graph::reversed(&stored), named)
        } else {
            // What is deleted goes behind everything that still uses it.
            let gone = named.iter().filter(|name| !graph.contains_key(*name)).cloned();
            let users = graph::closure(&graph::reversed(&stored), gone.collect::<Vec<_>>());
            graph::closure(graph, named.into_iter().chain(users))
        };
        Ok(Some(all))
    }
}

/// What expressions are resolved in.
impl Scope for World<'_> {
    fn state(&self, of: &Address) -> Arc<Resolved> {
        let states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        states.get(&*of.name).cloned().unwrap_or_else(|| stored::resolved(Value::Unknown, &BTreeSet::new()))
    }

    fn secret(&self, value: &Value) {
        self.redaction.learn(value);
    }
}

fn no_provider(provider: &str, type_name: &str) -> Diagnostics {
    Diagnostic::error(format!("The provider \"{provider}\" is not in the program"))
        .detail(format!("The state has a {type_name} of it."))
        .fix("Make it known with `stack.provider(…)` or `stack.provides::<…>()`, even where nothing is declared.")
        .into()
}

fn no_such(what: &str, provider: &str, type_name: &str, fix: Option<&str>) -> Diagnostics {
    Diagnostic::error(format!("There is no {what} \"{type_name}\" in the provider \"{provider}\""))
        .fix(fix.unwrap_or("Check the type name and the version of the provider."))
        .into()
}

/// The document with the names that resources have now.
fn renamed(stack: &Stack, mut document: Document) -> Document {
    for (name, declaration) in &stack.resources {
        if document.resources.contains_key(name) {
            continue;
        }
        let is_known = |alias: &&String| {
            let pending = document.pending.iter().any(|pending| pending.resource == **alias);
            !stack.resources.contains_key(*alias) && (pending || document.resources.contains_key(*alias))
        };
        let Some(old) = declaration.options.aliases.iter().find(is_known).cloned() else { continue };
        if let Some(mut stored) = document.resources.remove(&old) {
            stored.name = name.clone();
            stored.parent = declaration.options.parent.as_ref().map(|parent| parent.name().to_owned());
            document.resources.insert(name.clone(), stored);
        }
        let pending = document.pending.iter_mut().map(|pending| &mut pending.resource);
        let names = pending.chain(document.deposed.iter_mut().map(|deposed| &mut deposed.name));
        names.filter(|other| **other == old).for_each(|other| other.clone_from(name));
        for other in document.resources.values_mut().chain(&mut document.deposed) {
            if other.dependencies.remove(&old) {
                other.dependencies.insert(name.clone());
            }
        }
    }
    document
}

/// The name that the resource has in the state that was saved last.
pub(super) fn old_name(stack: &Stack, saved: &Document, name: &str) -> Option<String> {
    if saved.resources.contains_key(name) {
        return None;
    }
    let aliases = &stack.resources.get(name)?.options.aliases;
    aliases.iter().find(|alias| saved.resources.contains_key(*alias) && !stack.resources.contains_key(*alias)).cloned()
}

impl World<'_> {
    /// The name that the resource was saved under, where that is another one.
    pub(super) async fn renamed_from(&self, name: &str) -> Option<String> {
        old_name(self.stack, &self.documents.lock().await.saved, name)
    }
}

impl From<Vec<Diagnostics>> for Error {
    fn from(all: Vec<Diagnostics>) -> Self {
        Self::Invalid(all.into_iter().flatten().collect())
    }
}
