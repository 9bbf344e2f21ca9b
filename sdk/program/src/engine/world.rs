//! What a run works on: declarations, the document, providers, and the states as far as they are known.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex as StdMutex, PoisonError};
use std::time::Duration;

use rosa_ecr_model::{
    Address, Block, Call, DataKind, Diagnostic, Diagnostics, Expression, Kind, Resolved, Value, conform,
};
use tokio::sync::{Mutex, OnceCell};

use super::Settings;
use super::graph::{self, Graph};
use super::planning::{self, Plans};
use super::redaction::Redaction;
use super::stored::{self, Existing};
use crate::changes::Action;
use crate::host::AnyContext;
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
    contexts: BTreeMap<String, OnceCell<Arc<AnyContext>>>,
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
            if let Ok(kind) = self.kind(&stored.provider, &stored.type_name)
                && let Some(upgraded) = stored::upgraded(stored, &kind).await?
            {
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

    /// Saves the document, if it is not what was saved last.
    pub(super) async fn save(&self) -> Result<(), StateError> {
        let mut documents = self.documents.lock().await;
        if documents.now == documents.saved { Ok(()) } else { self.save_now(&mut documents).await }
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
        let read = self.settings.stop.unless_cut_off(work).await.unwrap_or_else(|| Err(Error::stopped()))?;
        self.proceed()?;
        Ok(read)
    }

    /// Ends what providers still do although nobody waits for it: without the lock, nothing may be changed.
    pub(super) async fn abandon(&self) {
        for (name, context) in &self.contexts {
            if let (Some(configured), Some(context)) = (self.stack.providers.get(name), context.get()) {
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
        let existing = stored::read(stored, &self.kind(&stored.provider, &stored.type_name)?)?;
        existing.secrets.iter().for_each(|name| self.redaction.learn(existing.value.get(name)));
        Ok(existing)
    }

    /// For calls of that provider; `None` while its block is not known.
    pub(super) async fn call(&self, provider: &str) -> Result<Option<Call<AnyContext>>, Diagnostics> {
        let (Some(configured), Some(context)) = (self.stack.providers.get(provider), self.contexts.get(provider))
        else {
            return Ok(None);
        };
        let resolved = self.resolve(&configured.block)?;
        let config = conform(&configured.host.block(), resolved.value);
        let sensitive = stored::sensitive(&configured.host.block(), &config);
        let secrets = stored::attributes(&resolved.secrets).into_iter().chain(sensitive);
        secrets.for_each(|name| self.redaction.learn(config.get(&name)));
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

    /// The value of an expression as it is known now.
    pub(super) fn resolve(&self, expression: &Expression) -> Result<Resolved, Diagnostics> {
        let resolved = expression.resolve(&|address: &Address| self.state(&address.name));
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
        let sensitive = stored::sensitive(block, &config);
        secrets.iter().chain(&sensitive).for_each(|name| self.redaction.learn(config.get(name)));
        Ok((config, secrets))
    }

    fn state(&self, name: &str) -> Arc<Resolved> {
        let states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        states.get(name).cloned().unwrap_or_else(|| stored::resolved(Value::Unknown, &BTreeSet::new()))
    }

    /// Says what others see of a resource from now on.
    pub(super) fn publish(&self, name: &str, state: Existing) {
        state.secrets.iter().for_each(|secret| self.redaction.learn(state.value.get(secret)));
        let state = stored::resolved(state.value, &state.secrets);
        self.states.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), state);
    }

    pub(super) fn redact(&self, diagnostic: Diagnostic) -> Diagnostic {
        self.redaction.diagnostic(diagnostic)
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
                return Err(Diagnostic::error(format!("There is no resource \"{target}\""))
                    .detail("Neither the program nor the state has it, alone or as a component.")
                    .into());
            }
        }
        let stored: Graph<String> =
            document.resources.iter().map(|(name, stored)| (name.clone(), stored.dependencies.clone())).collect();
        let all = if self.settings.destroy {
            graph::closure(&graph::reversed(&stored), named)
        } else {
            graph::closure(&self.dependencies, named)
        };
        Ok(Some(all))
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
        let is_free = |alias: &&String| !stack.resources.contains_key(*alias);
        let old = declaration.options.aliases.iter().filter(is_free).find_map(|alias| document.resources.remove(alias));
        let Some(mut stored) = old else { continue };
        let old = std::mem::replace(&mut stored.name, name.clone());
        stored.parent = declaration.options.parent.as_ref().map(|parent| parent.name().to_owned());
        document.resources.insert(name.clone(), stored);
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
