//! What a run works on: declarations, the document, providers, and the states as far as they are known.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex as StdMutex, PoisonError};

use rosa_ecr_model::{
    Address, Block, Call, Claims, DataKind, Declaration as DeclaredBy, Diagnostic, Diagnostics, Expression, Kind,
    Resolved, Scope, Type, Value, conform,
};
use rosa_ecr_state::{Document, Pending, ResourceState, Session};
use tokio::sync::{Mutex, OnceCell};

use super::Settings;
use super::graph::{self, Graph};
use super::providers::{no_provider, no_such, of_provider};
use super::redaction::Redaction;
use super::renames;
use super::stored::{self, Existing};
use crate::host::AnyContext;
use crate::names;
use crate::panics;
use crate::stack::Declaration;
use crate::{Error, Result, Stack};

pub(super) struct World<'a> {
    pub stack: &'a Stack,
    pub settings: Settings,
    /// What was saved last, and what shall be.
    pub documents: Mutex<Documents>,
    pub session: Option<Session>,
    /// Made once in a run, or found to be wrong once.
    pub contexts: BTreeMap<String, OnceCell<Result<Arc<AnyContext>, Diagnostics>>>,
    states: StdMutex<BTreeMap<String, Arc<Resolved>>>,
    /// What the run knows of objects and who holds them, for each provider configuration: two may reach two accounts.
    claims: BTreeMap<String, Arc<Claims>>,
    redaction: Redaction,
    /// Creates of earlier runs of which this one could not find out what they made.
    unclear: StdMutex<Vec<Pending>>,
    /// Whether the state could not be saved when it had to be.
    pub unsaved: AtomicBool,
    /// What each declared resource and lookup comes after.
    pub dependencies: Graph<String>,
    /// What each declared resource comes after: no lookups, but what they come after.
    pub dependencies_of_resources: Graph<String>,
}

pub(super) struct Documents {
    pub saved: Document,
    pub now: Document,
}

impl<'a> World<'a> {
    pub(super) fn new(
        stack: &'a Stack,
        dependencies: Graph<String>,
        settings: Settings,
        document: Document,
        session: Option<Session>,
    ) -> Self {
        let contexts = stack.providers.keys().map(|name| (name.clone(), OnceCell::new()));
        // What ends this run is no business of others that the caller stops together with it.
        let settings = Settings { stop: settings.stop.child(), ..settings };
        Self {
            stack,
            settings,
            documents: Mutex::new(Documents { saved: document.clone(), now: renames::renamed(stack, document) }),
            session,
            contexts: contexts.collect(),
            states: StdMutex::default(),
            claims: stack.providers.keys().map(|name| (name.clone(), Arc::default())).collect(),
            redaction: Redaction::default(),
            unclear: StdMutex::default(),
            unsaved: AtomicBool::new(false),
            dependencies_of_resources: graph::contracted(&dependencies, |name| !stack.lookups.contains_key(name)),
            dependencies,
        }
    }

    /// Starts the providers, and reads the state with them.
    pub(super) async fn start(&self) -> Result<()> {
        self.stack.mistakes.clone().into_result()?;
        renames::contested(self.stack, &self.documents.lock().await.saved).into_result()?;
        for provider in self.stack.providers.values() {
            provider.host.start().await?;
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
            if stored.schema_version < kind.schema().version {
                // Some ask the service while they upgrade. What is wrong with the configuration is told when it is needed.
                let _ = self.call(&stored.provider).await;
            }
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

    /// The document as it is now.
    pub(super) async fn document(&self) -> Document {
        self.documents.lock().await.now.clone()
    }

    /// Changes the document without saving it yet.
    pub(super) async fn note(&self, change: impl FnOnce(&mut Document)) {
        change(&mut self.documents.lock().await.now);
    }

    /// Notes that nothing tells what a create of an earlier run has made.
    pub(super) fn note_unclear(&self, pending: &Pending) {
        self.unclear.lock().unwrap_or_else(PoisonError::into_inner).push(pending.clone());
    }

    /// Whether that was found out in this run.
    pub(super) fn is_unclear(&self, pending: &Pending) -> bool {
        self.unclear.lock().unwrap_or_else(PoisonError::into_inner).contains(pending)
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
            let other = is_resource.then_some("It is a resource: `declare` it.");
            no_such("data source", provider, type_name, other, &configured.host.type_names(true))
        })
    }

    /// The kind of that type.
    pub(super) fn kind(&self, provider: &str, type_name: &str) -> Result<Arc<dyn Kind<AnyContext>>, Diagnostics> {
        let Some(configured) = self.stack.providers.get(provider) else { return Err(no_provider(provider, type_name)) };
        configured.host.kind(type_name).ok_or_else(|| {
            let is_data = configured.host.data_source(type_name).is_some();
            let other = is_data.then_some("It is a data source: `look_up` what is there.");
            no_such("resource", provider, type_name, other, &configured.host.type_names(false))
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
            let mut said = configured.host.validate(&config).await.into_result()?;
            let context = configured.host.configure(config.clone()).await?;
            let more = context.warnings().iter().filter(|warning| !said.iter().any(|other| other == *warning));
            let more: Vec<Diagnostic> = more.cloned().collect();
            said.extend(more);
            of_provider(provider, said).iter().for_each(|warning| self.say(None, warning));
            Ok(Arc::new(context))
        };
        let context =
            context.get_or_init(|| async { configure().await.map_err(|errors| of_provider(provider, errors)) });
        let call = Call::new(context.await.clone()?, self.settings.stop.cancelled().clone());
        Ok(Some(call.in_run(self.claims.get(provider).cloned().unwrap_or_default())))
    }

    /// The same for what is declared under that name.
    pub(super) async fn call_of(&self, name: &str, provider: &str) -> Result<Option<Call<AnyContext>>, Diagnostics> {
        let by = DeclaredBy::Named(name.into());
        Ok(self.call(provider).await?.map(|call| call.of_declaration(by)))
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

    /// The names that `--target` leaves; `None` for all of them.
    pub(super) fn targets(&self, document: &Document) -> Result<Option<BTreeSet<String>>> {
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

impl From<Vec<Diagnostics>> for Error {
    fn from(all: Vec<Diagnostics>) -> Self {
        Self::Invalid(all.into_iter().flatten().collect())
    }
}
