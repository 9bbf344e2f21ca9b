//! What exists: pending operations of earlier runs, drift, and objects to import.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use rosa_ecr_model::{Diagnostic, Diagnostics, Kind, Value};
use rosa_ecr_state::{Pending, PendingOperation, ResourceState};

use super::ImportTarget;
use super::context::RunContext;
use super::objects::{Object, Wanted};
use super::replacing;
use super::returned::Returned;
use super::secrecy::Marked;
use super::unclear;
use crate::Result;
use crate::event::Event;
use crate::host::AnyContext;
use crate::names;

/// What follows on the look at what earlier runs have begun.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    /// A plan.
    Plan,
    /// The end: nothing is changed.
    End,
}

/// Looks into every operation that an earlier run did not see the end of: what it made is taken into the state. Returns
/// warnings.
///
/// # Errors
/// Where something may exist that this run would leave behind.
pub(super) async fn recover(context: &RunContext<'_>, then: Then) -> Result<Diagnostics> {
    let is_last_look = |pending: &Pending| {
        pending.operation.is_create() && (context.settings.destroy || context.declaration(&pending.resource).is_none())
    };
    if context.document().pending.iter().any(is_last_look) {
        // Another create would meet what this look does not see yet; nothing comes after this one.
        let _ = context.settings.stop.unless_finishing(tokio::time::sleep(NEWS)).await;
    }
    let (mut warnings, mut wrong) = (Diagnostics::new(), Diagnostics::new());
    for pending in context.document().pending.clone() {
        context.proceed()?;
        let recovered = match pending.operation {
            PendingOperation::Create | PendingOperation::Replace => recover_create(context, &pending).await,
            PendingOperation::Update | PendingOperation::Delete => recover_change(context, &pending).await,
        };
        let found = recovered.map_err(|errors| named(&pending.resource, errors))?;
        let leaves = then == Then::Plan && pending.operation.is_create() && is_left(context, &pending).await?;
        let adopted = match found {
            Found::NotYet if leaves => {
                let why = "It could not be looked for, because its provider's configuration is not known.";
                wrong.push(unclear::left_behind(context, &pending, why));
                continue;
            }
            Found::NotYet => continue,
            Found::Unclear(said) if leaves => {
                wrong.push(unclear::left_behind(context, &pending, &unclear::details(&said)));
                continue;
            }
            // It stays pending until there is an object, or somebody says that there is none.
            Found::Unclear(said) => {
                context.set_unclear(&pending);
                let warning = unclear::may_exist(&pending, &unclear::details(&said));
                warnings.extend(context.events.report_all(&pending.resource, warning.into()));
                continue;
            }
            Found::Object(said) => {
                warnings.extend(context.events.report_all(&pending.resource, said));
                true
            }
            Found::Nothing => false,
        };
        context.documents.update(|document| document.pending.retain(|other| *other != pending));
        let (resource, operation) = (pending.resource.clone(), pending.operation);
        context.events.emit(Event::Recovered { resource, operation, adopted });
    }
    wrong.into_result()?;
    Ok(warnings)
}

/// Whether the run would leave behind what an earlier one may have created: it is about it, and does not create it again.
async fn is_left(context: &RunContext<'_>, pending: &Pending) -> Result<bool> {
    let targets = context.targets(&context.document())?;
    let again = context.declaration(&pending.resource).is_some_and(|declaration| {
        (&declaration.provider, &declaration.type_name) == (&pending.provider, &pending.type_name)
    });
    Ok(context.is_targeted(&pending.resource, &targets) && (context.settings.destroy || !again))
}

/// How long a service may take to report what an interrupted run has made at its very end.
const NEWS: Duration = Duration::from_secs(3);

/// What became of an operation.
enum Found {
    /// It cannot be found out yet.
    NotYet,
    /// Nothing that the state does not have.
    Nothing,
    /// An object that the state has now, with warnings.
    Object(Diagnostics),
    /// There may be an object that the state does not have.
    Unclear(Diagnostics),
}

/// The object may have some of the changes, or be gone.
async fn recover_change(context: &RunContext<'_>, pending: &Pending) -> Result<Found, Diagnostics> {
    if context.providers.call(&pending.provider).await?.is_none() {
        return Ok(Found::NotYet);
    }
    let document = context.document();
    if let Some(stored) = document.resources.get(&pending.resource) {
        read(context, stored).await?;
    }
    Ok(Found::Nothing)
}

/// There may be an object that the state does not have.
async fn recover_create(context: &RunContext<'_>, pending: &Pending) -> Result<Found, Diagnostics> {
    let kind = context.providers.kind(&pending.provider, &pending.type_name)?;
    let Some(call) = context.providers.call_of(&pending.resource, &pending.provider).await? else {
        return Ok(Found::NotYet);
    };
    let block = &kind.schema().block;
    let planned = pending.planned.resolved(&block.ty()).map_err(|error| {
        Diagnostic::error(format!("The pending operation on \"{}\" does not fit its type", pending.resource))
            .detail(error.to_string())
    })?;
    let planned = context.secrecy.mark(block, planned.value, &planned.secrets, &Value::Null);
    let probed = kind.probe(&call, planned.value()).await;
    let said = probed.diagnostics.into_result()?;
    if probed.state.is_null() {
        let is_unclear = said.iter().any(Diagnostic::is_outcome_unknown);
        return Ok(if is_unclear { Found::Unclear(said) } else { Found::Nothing });
    }
    let document = context.document();
    let old = document.resources.get(&pending.resource);
    if let Some(old) = old
        // Without anything to tell by, it is the one that the state has.
        && replacing::is_one(&kind, context.providers.existing(old)?.state.value(), &probed.state).unwrap_or(true)
    {
        return Ok(Found::Nothing);
    }
    let object = Object::of(&kind, &probed.state);
    let wanted = Wanted { kind: &kind, provider: &pending.provider, name: &pending.resource, object };
    if wanted.holder(&document).is_some() {
        return Ok(Found::Nothing);
    }
    let existing = context.accept(Returned {
        provider: &pending.provider,
        kind: &kind,
        value: probed.state,
        private: probed.private,
        tainted: false,
        secrets: planned.secrets(),
        config: planned.value(),
    });
    let mut state = context.resource_state(&pending.resource, &kind, &existing);
    if let Some(old) = old {
        state.dependencies.extend(old.dependencies.clone());
    }
    context.values.set_resolved(&pending.resource, &existing.state);
    context.documents.update(|document| {
        document.deposed.extend(document.resources.remove(&state.name));
        document.resources.insert(state.name.clone(), state);
    });
    Ok(Found::Object(said))
}

/// That an earlier create was looked into, whose object another create might not meet.
pub(super) async fn looked_into(context: &RunContext<'_>, name: &str) -> Result<(), Diagnostics> {
    let is_open =
        |pending: &Pending| pending.resource == name && pending.operation.is_create() && !context.is_unclear(pending);
    if !context.document().pending.iter().any(is_open) {
        return Ok(());
    }
    Err(Diagnostic::error(format!("\"{name}\" may exist already"))
        .detail(
            "An earlier run did not see the end of its create, and its provider could not be asked before this run.",
        )
        .fix("Run again: the provider can be asked now.")
        .into())
}

/// The errors with the name of the resource.
fn named(name: &str, errors: Diagnostics) -> Diagnostics {
    errors.into_iter().map(|error| Diagnostic { summary: format!("{name}: {}", error.summary), ..error }).collect()
}

/// Reads every object, and notes what is not as the state has it. Returns the names of what drifted.
pub(super) async fn refresh(context: &RunContext<'_>) -> Result<Vec<String>> {
    let document = context.document();
    let targets = context.targets(&document)?;
    let is_meant = |stored: &&ResourceState| context.is_targeted(&stored.name, &targets);
    let all: Vec<ResourceState> = document.resources.values().filter(is_meant).cloned().collect();
    let reads = all.into_iter().map(|stored| async move {
        let read = if context.proceeds() { read(context, &stored).await } else { Ok(false) };
        (stored.name, read)
    });
    let results: Vec<_> =
        futures::stream::iter(reads).buffer_unordered(context.settings.parallel.max(1)).collect().await;
    let mut drifted = Vec::new();
    let mut wrong = Diagnostics::new();
    for (name, result) in results {
        match result {
            Ok(true) => drifted.push(name),
            Ok(false) => {}
            Err(diagnostics) => wrong.extend(diagnostics),
        }
    }
    wrong.into_result()?;
    context.proceed()?;
    drifted.sort();
    Ok(drifted)
}

/// Reads one object. Whether it is not as the state has it.
async fn read(context: &RunContext<'_>, stored: &ResourceState) -> Result<bool, Diagnostics> {
    let kind = context.providers.kind(&stored.provider, &stored.type_name)?;
    let existing = context.providers.existing(stored)?;
    let Some(call) = context.providers.call_of(&stored.name, &stored.provider).await? else { return Ok(false) };
    let read = kind.read(&call.keeping(existing.private.clone()), existing.state.value()).await;
    for warning in read.diagnostics.into_result()? {
        context.events.report(Some(&stored.name), &warning);
    }
    let (name, drifted) = (&stored.name, read.state != *existing.state.value());
    let now = context.accept(Returned {
        provider: &stored.provider,
        kind: &kind,
        value: read.state,
        private: read.private,
        tainted: existing.tainted,
        secrets: existing.state.secrets(),
        config: existing.state.value(),
    });
    let is_gone = now.state.value().is_null();
    if drifted {
        let changes = existing.state.differences(&now.state, &kind.schema().block, &[]);
        context.events.emit(Event::Drift { resource: name.clone(), gone: is_gone, changes });
    }
    let seen = if is_gone { Marked::unknown() } else { now.state.clone() };
    context.values.set_resolved(name, &seen);
    context.documents.update(|document| {
        if is_gone {
            document.resources.remove(name);
        } else if let Some(stored) = document.resources.get_mut(name) {
            stored.state = now.state.contents();
            (stored.schema_version, stored.private) = (kind.schema().version, now.private);
        }
    });
    Ok(drifted)
}

/// Takes an object into the state.
pub(super) async fn import(context: &RunContext<'_>, name: &str, sought: &ImportTarget) -> Result<()> {
    let Some(declaration) = context.declaration(name) else {
        let error = Diagnostic::error(format!("There is no resource \"{name}\" in the program"));
        let names = context.stack.resources.keys().map(String::as_str);
        let otherwise = "Declare it first: an import needs to know what the object is.";
        return Err(names::with_suggestion(error, name, names, otherwise).into());
    };
    let document = context.document();
    let old = document.resources.get(name);
    let in_the_state = || {
        Diagnostic::error(format!("\"{name}\" is in the state already"))
            .fix("Forget the object that it has first, if it is another one.")
    };
    // Beside the old object there may be the one that was to take its place.
    let is_replaced = |pending: &Pending| pending.resource == name && pending.operation == PendingOperation::Replace;
    if old.is_some() && !document.pending.iter().any(is_replaced) {
        return Err(in_the_state().into());
    }
    let kind: Arc<dyn Kind<AnyContext>> = context.providers.kind(&declaration.provider, &declaration.type_name)?;
    let call = context.providers.known_call(&declaration.provider).await?;
    let arguments = context.arguments(&kind.schema().block, declaration)?;
    let imported = match sought {
        ImportTarget::Id(id) => kind.import(&call, id).await,
        ImportTarget::Identity(identity) => {
            let identity = identity.iter().map(|(name, value)| (name, value.as_str().into()));
            kind.import_by_identity(&call, &Value::map(identity)).await
        }
    };
    for warning in imported.diagnostics.into_result()? {
        context.events.report(Some(name), &warning);
    }
    if imported.state.is_null() {
        return Err(Diagnostic::error(format!("There is no {} {sought}", declaration.type_name))
            .detail("Nothing of the kind was found.")
            .fix("Check the id or identity, and the account and region of the provider.")
            .into());
    }
    let object = Object::of(&kind, &imported.state);
    let wanted = Wanted { kind: &kind, provider: &declaration.provider, name, object };
    if let Some(old) = old
        && replacing::is_one(&kind, context.providers.existing(old)?.state.value(), &imported.state).unwrap_or(true)
    {
        return Err(in_the_state().into());
    }
    if let Some(error) = wanted.no_import(&document, &imported.state) {
        return Err(error.into());
    }
    let existing = context.accept(Returned {
        provider: &declaration.provider,
        kind: &kind,
        value: imported.state,
        private: imported.private,
        tainted: false,
        secrets: arguments.secrets(),
        config: arguments.value(),
    });
    let state = context.resource_state(name, &kind, &existing);
    context.values.set_resolved(name, &existing.state);
    context.documents.update(|document| {
        document.deposed.extend(document.resources.insert(name.to_owned(), state));
        // Whoever imports it says what became of an interrupted create.
        document.pending.retain(|pending| pending.resource != name);
    });
    Ok(())
}
