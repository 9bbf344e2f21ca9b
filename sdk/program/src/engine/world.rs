//! What a run works on: declarations, the document, providers, and the states as far as they are known.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex as StdMutex, PoisonError};
use std::time::Duration;

use rosa_ecr_model::{
    Address, Block, Call, DataKind, Diagnostic, Diagnostics, Expression, Kind, Resolved, Scope, Type, Value, conform,
};
use tokio::sync::{Mutex, OnceCell};

use super::Settings;
use super::graph::{self, Graph};
use super::planning::{self, Plans};
use super::providers::{no_provider, no_such, of_provider};
use super::redaction::Redaction;
use super::stored::{self, Existing};
use crate::changes::Action;
use crate::host::AnyContext;
use crate::names;
use crate::panics;
use crate::results::{Plan, Report, Unsaved};
use crate::stack::Declaration;
use crate::state::{Document, ResourceState, Session, StateError};
use crate::{Error, Result, Stack};

/// How long to wait before each further try to save the state.
const SAVE_PAUSES: [Duration; 3] = [Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2)];

pub(super) struct World<'a> {
    pub stack: &'a Stack,
    pub settings: Settings,
    /// What was saved last, and what shall be.
    documents: Mutex<Documents>,
    pub session: Option<Session>,
    /// Made once in a run, or found to be wrong once.
    contexts: BTreeMap<String, OnceCell<Result<Arc<AnyContext>, Diagnostics>>>,
    states: StdMutex<BTreeMap<String, Arc<Resolved>>>,
    redaction: Redaction,
    /// Whether the state could not be saved when it had to be.
    unsaved: AtomicBool,
    /// What each declared resource and lookup comes after.
    pub dependencies: Graph<String>,
    /// What each declared resource comes after: no lookups, but what they come after.
    pub dependencies_of_resources: Graph<String>,
}

struct Documents {
    saved: Document,
    now: Document,
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
            documents: Mutex::new(Documents { saved: document.clone(), now: renamed(stack, document) }),
            session,
            contexts: contexts.collect(),
            states: StdMutex::default(),
            redaction: Redaction::default(),
            unsaved: AtomicBool::new(false),
            dependencies_of_resources: graph::contracted(&dependencies, |name| !stack.lookups.contains_key(name)),
            dependencies,
        }
    }

    /// Starts the providers, and reads the state with them.
    pub(super) async fn start(&self) -> Result<()> {
        self.stack.mistakes.clone().into_result()?;
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

    /// Changes the document and saves it. A run that cannot save starts nothing new.
    pub(super) async fn checkpoint(&self, change: impl FnOnce(&mut Document)) -> Result<(), StateError> {
        let mut documents = self.documents.lock().await;
        change(&mut documents.now);
        self.save_now(&mut documents).await
    }

    /// Saves the document, if it is not what was saved last, or not sealed with what is wanted.
    pub(super) async fn save(&self) -> Result<(), StateError> {
        let mut documents = self.documents.lock().await;
        let Some(session) = &self.session else { return Ok(()) };
        if documents.now != documents.saved || session.wants_save().await {
            return self.save_now(&mut documents).await;
        }
        Ok(())
    }

    async fn save_now(&self, documents: &mut Documents) -> Result<(), StateError> {
        let Some(session) = &self.session else { return Ok(()) };
        let mut pauses = SAVE_PAUSES.iter();
        loop {
            match session.save(&mut documents.now).await {
                Ok(()) => {
                    documents.saved = documents.now.clone();
                    return Ok(());
                }
                // What was done is known here alone. Where the lock is lost, or a key is missing, time does not help.
                Err(StateError::Io { .. }) if let Some(pause) = pauses.next() => tokio::time::sleep(*pause).await,
                Err(error) => {
                    self.unsaved.store(true, Ordering::Relaxed);
                    self.settings.stop.finish();
                    return Err(error);
                }
            }
        }
    }

    /// Whether the state could not be saved when it had to be.
    pub(super) fn is_unsaved(&self) -> bool {
        self.unsaved.load(Ordering::Relaxed)
    }

    /// The error of a run that ends without having saved what it did.
    pub(super) async fn unsaved(&self, error: StateError, report: Report) -> Error {
        let documents = self.documents.lock().await;
        let (saved, now) = (&documents.saved, &documents.now);
        let failed = report.failures.iter().map(|failure| &failure.resource);
        let is_changed = |name: &&String| {
            report.done.get(*name) != Some(&Action::Keep) && saved.resources.get(*name) != now.resources.get(*name)
        };
        let changed: BTreeSet<&String> = report.done.keys().chain(failed).filter(is_changed).collect();
        let unsaved = changed.into_iter().filter_map(|name| {
            let (stored, deleted) = match now.resources.get(name) {
                Some(stored) => (stored, false),
                None => (saved.resources.get(name)?, true),
            };
            Some(Unsaved { resource: name.clone(), type_name: stored.type_name.clone(), id: self.id(stored), deleted })
        });
        let unsaved: Vec<Unsaved> = unsaved.collect();
        match unsaved.is_empty() {
            true => error.into(),
            false => Error::Unsaved { error, unsaved, report: Box::new(report) },
        }
    }

    /// What an import takes, or else what the object calls its id.
    fn id(&self, stored: &ResourceState) -> Option<String> {
        let of_import = || {
            let kind = self.kind(&stored.provider, &stored.type_name).ok()?;
            let existing = stored::read(stored, &kind).ok()?;
            kind.import_id(&kind.identity_of(&existing.value)).ok()
        };
        of_import().or_else(|| Some(stored.state.masked().get("id")?.as_str()?.to_owned()))
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
        !self.has_lost_the_lock() && !self.settings.stop.is_finishing()
    }

    pub(super) fn has_lost_the_lock(&self) -> bool {
        self.session.as_ref().is_some_and(|session| session.lost().is_cancelled())
    }

    /// Why nothing new is started; none where it may be.
    pub(super) fn proceed(&self) -> Result<()> {
        if self.has_lost_the_lock() {
            Err(self.lost_lock().into())
        } else if self.settings.stop.is_finishing() {
            Err(Error::stopped())
        } else {
            Ok(())
        }
    }

    pub(super) fn lost_lock(&self) -> StateError {
        let what = "somebody took the lock away, or it expired".to_owned();
        StateError::Lost { location: self.stack.backend.location(), what }
    }

    /// Work that only reads: where a stop ends it in the middle, the next run has nothing to look for.
    pub(super) async fn reading<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        let read = self.settings.stop.unless_finishing(work).await.unwrap_or_else(|| Err(Error::stopped()))?;
        self.proceed()?;
        Ok(read)
    }

    /// Ends what providers still do although nobody waits for it: without the lock, nothing may be changed.
    pub(super) async fn abandon(&self) {
        for (name, context) in &self.contexts {
            if let (Some(configured), Some(Ok(context))) = (self.stack.providers.get(name), context.get()) {
                configured.host.abandon(context).await;
            }
        }
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
        Ok(Some(Call::new(context.await.clone()?, self.settings.stop.cancelled().clone())))
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
        let all: BTreeSet<&String> = self.dependencies.keys().chain(document.resources.keys()).collect();
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
