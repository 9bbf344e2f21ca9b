//! What exists: pending operations of earlier runs, drift, and objects to import.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use rosa_ecr_model::{Diagnostic, Diagnostics, Kind, Value};
use rosa_ecr_state::{Pending, PendingOperation, ResourceState};

use super::Sought;
use super::applying::stored_state;
use super::objects::{Object, Wanted};
use super::replacing;
use super::stored::{self, Existing};
use super::unclear;
use super::world::World;
use crate::Result;
use crate::changes::differences;
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
pub(super) async fn recover(world: &World<'_>, then: Then) -> Result<Diagnostics> {
    let is_last_look = |pending: &Pending| {
        pending.operation.is_create() && (world.settings.destroy || world.declaration(&pending.resource).is_none())
    };
    if world.document().await.pending.iter().any(is_last_look) {
        // Another create would meet what this look does not see yet; nothing comes after this one.
        let _ = world.settings.stop.unless_finishing(tokio::time::sleep(NEWS)).await;
    }
    let (mut warnings, mut wrong) = (Diagnostics::new(), Diagnostics::new());
    for pending in world.document().await.pending {
        world.proceed()?;
        let recovered = match pending.operation {
            PendingOperation::Create | PendingOperation::Replace => recover_create(world, &pending).await,
            PendingOperation::Update | PendingOperation::Delete => recover_change(world, &pending).await,
        };
        let found = recovered.map_err(|errors| named(&pending.resource, errors))?;
        let leaves = then == Then::Plan && pending.operation.is_create() && is_left(world, &pending).await?;
        let adopted = match found {
            Found::NotYet if leaves => {
                let why = "It could not be looked for, because its provider's configuration is not known.";
                wrong.push(unclear::left_behind(world, &pending, why));
                continue;
            }
            Found::NotYet => continue,
            Found::Unclear(said) if leaves => {
                wrong.push(unclear::left_behind(world, &pending, &unclear::details(&said)));
                continue;
            }
            // It stays pending until there is an object, or somebody says that there is none.
            Found::Unclear(said) => {
                world.note_unclear(&pending);
                let warning = unclear::may_exist(&pending, &unclear::details(&said));
                warnings.extend(told(world, &pending.resource, warning.into()));
                continue;
            }
            Found::Object(said) => {
                warnings.extend(told(world, &pending.resource, said));
                true
            }
            Found::Nothing => false,
        };
        world.note(|document| document.pending.retain(|other| *other != pending)).await;
        let (resource, operation) = (pending.resource.clone(), pending.operation);
        world.tell(Event::Recovered { resource, operation, adopted });
    }
    wrong.into_result()?;
    Ok(warnings)
}

/// Whether the run would leave behind what an earlier one may have created: it is about it, and does not create it again.
async fn is_left(world: &World<'_>, pending: &Pending) -> Result<bool> {
    let targets = world.targets(&world.document().await)?;
    let again = world.declaration(&pending.resource).is_some_and(|declaration| {
        (&declaration.provider, &declaration.type_name) == (&pending.provider, &pending.type_name)
    });
    Ok(world.is_targeted(&pending.resource, &targets) && (world.settings.destroy || !again))
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
async fn recover_change(world: &World<'_>, pending: &Pending) -> Result<Found, Diagnostics> {
    if world.call(&pending.provider).await?.is_none() {
        return Ok(Found::NotYet);
    }
    if let Some(stored) = world.document().await.resources.get(&pending.resource) {
        read(world, stored.clone()).await?;
    }
    Ok(Found::Nothing)
}

/// There may be an object that the state does not have.
async fn recover_create(world: &World<'_>, pending: &Pending) -> Result<Found, Diagnostics> {
    let kind = world.kind(&pending.provider, &pending.type_name)?;
    let Some(call) = world.call_of(&pending.resource, &pending.provider).await? else { return Ok(Found::NotYet) };
    let block = &kind.schema().block;
    let planned = pending.planned.value(&block.ty()).map_err(|error| {
        Diagnostic::error(format!("The pending operation on \"{}\" does not fit its type", pending.resource))
            .detail(error.to_string())
    })?;
    let secrets = world.secrets(block, &planned, stored::top_level(&pending.planned.secrets), &Value::Null);
    let probed = kind.probe(&call, &planned).await;
    let said = probed.diagnostics.into_result()?;
    if probed.state.is_null() {
        let is_unclear = said.iter().any(Diagnostic::is_outcome_unknown);
        return Ok(if is_unclear { Found::Unclear(said) } else { Found::Nothing });
    }
    let document = world.document().await;
    let old = document.resources.get(&pending.resource);
    if let Some(old) = old
        // Without anything to tell by, it is the one that the state has.
        && replacing::is_one(&kind, &world.existing(old)?.value, &probed.state).unwrap_or(true)
    {
        return Ok(Found::Nothing);
    }
    let object = Object::of(&kind, &probed.state);
    let wanted = Wanted { kind: &kind, provider: &pending.provider, name: &pending.resource, object };
    if wanted.holder(&document).is_some() {
        return Ok(Found::Nothing);
    }
    let secrets = world.secrets(block, &probed.state, secrets, &planned);
    let existing = Existing { value: probed.state, private: probed.private, secrets, ..Existing::default() };
    let mut state = stored_state(world, &pending.resource, &pending.type_name, &pending.provider, &kind, &existing);
    if let Some(old) = old {
        state.dependencies.extend(old.dependencies.clone());
    }
    world.publish(&pending.resource, existing);
    world
        .note(|document| {
            document.deposed.extend(document.resources.remove(&state.name));
            document.resources.insert(state.name.clone(), state);
        })
        .await;
    Ok(Found::Object(said))
}

/// That an earlier create was looked into, whose object another create might not meet.
pub(super) async fn looked_into(world: &World<'_>, name: &str) -> Result<(), Diagnostics> {
    let is_open =
        |pending: &Pending| pending.resource == name && pending.operation.is_create() && !world.is_unclear(pending);
    if !world.document().await.pending.iter().any(is_open) {
        return Ok(());
    }
    Err(Diagnostic::error(format!("\"{name}\" may exist already"))
        .detail(
            "An earlier run did not see the end of its create, and its provider could not be asked before this run.",
        )
        .fix("Run again: the provider can be asked now.")
        .into())
}

/// The warnings without secrets, told.
fn told(world: &World<'_>, name: &str, warnings: Diagnostics) -> Diagnostics {
    warnings.iter().for_each(|warning| world.say(Some(name), warning));
    world.redact_all(warnings)
}

/// The errors with the name of the resource.
fn named(name: &str, errors: Diagnostics) -> Diagnostics {
    errors.into_iter().map(|error| Diagnostic { summary: format!("{name}: {}", error.summary), ..error }).collect()
}

/// Reads every object, and notes what is not as the state has it. Returns the names of what drifted.
pub(super) async fn refresh(world: &World<'_>) -> Result<Vec<String>> {
    let document = world.document().await;
    let targets = world.targets(&document)?;
    let all = document.resources.into_values().filter(|stored| world.is_targeted(&stored.name, &targets));
    let reads = all.map(|stored| async move {
        let read = if world.proceeds() { read(world, stored.clone()).await } else { Ok(false) };
        (stored.name, read)
    });
    let results: Vec<_> = futures::stream::iter(reads).buffer_unordered(world.settings.parallel.max(1)).collect().await;
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
    world.proceed()?;
    drifted.sort();
    Ok(drifted)
}

/// Reads one object. Whether it is not as the state has it.
async fn read(world: &World<'_>, stored: ResourceState) -> Result<bool, Diagnostics> {
    let kind = world.kind(&stored.provider, &stored.type_name)?;
    let existing = world.existing(&stored)?;
    let Some(call) = world.call_of(&stored.name, &stored.provider).await? else { return Ok(false) };
    let read = kind.read(&call.keeping(existing.private.clone()), &existing.value).await;
    for warning in read.diagnostics.into_result()? {
        world.say(Some(&stored.name), &warning);
    }
    let name = stored.name.clone();
    let drifted = read.state != existing.value;
    let block = &kind.schema().block;
    let secrets = world.secrets(block, &read.state, existing.secrets.iter().cloned(), &existing.value);
    if drifted {
        let is_secret = |attribute: &str| secrets.contains(attribute);
        let changes = differences(block, &existing.value, &read.state, &[], &is_secret);
        world.tell(Event::Drift { resource: name.clone(), gone: read.state.is_null(), changes });
    }
    let now = Existing { value: read.state, private: read.private, secrets, ..existing };
    if now.value.is_null() {
        world.publish(&name, Existing { value: Value::Unknown, ..now });
        world.note(|document| drop(document.resources.remove(&name))).await;
    } else {
        let state = stored::contents(block, &now.value, &now.secrets);
        let version = kind.schema().version;
        let private = now.private.clone();
        world.publish(&name, now);
        world
            .note(|document| {
                if let Some(stored) = document.resources.get_mut(&name) {
                    (stored.state, stored.schema_version, stored.private) = (state, version, private);
                }
            })
            .await;
    }
    Ok(drifted)
}

/// Takes an object into the state.
pub(super) async fn import(world: &World<'_>, name: &str, sought: &Sought) -> Result<()> {
    let Some(declaration) = world.declaration(name) else {
        let error = Diagnostic::error(format!("There is no resource \"{name}\" in the program"));
        let names = world.stack.resources.keys().map(String::as_str);
        let otherwise = "Declare it first: an import needs to know what the object is.";
        return Err(names::with_suggestion(error, name, names, otherwise).into());
    };
    let document = world.document().await;
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
    let kind: Arc<dyn Kind<AnyContext>> = world.kind(&declaration.provider, &declaration.type_name)?;
    let call = world.known_call(&declaration.provider).await?;
    let block = &kind.schema().block;
    let (config, secrets) = world.arguments(block, declaration)?;
    let imported = match sought {
        Sought::Id(id) => kind.import(&call, id).await,
        Sought::Identity(identity) => {
            let identity = identity.iter().map(|(name, value)| (name, value.as_str().into()));
            kind.import_by_identity(&call, &Value::map(identity)).await
        }
    };
    for warning in imported.diagnostics.into_result()? {
        world.say(Some(name), &warning);
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
        && replacing::is_one(&kind, &world.existing(old)?.value, &imported.state).unwrap_or(true)
    {
        return Err(in_the_state().into());
    }
    if let Some(error) = wanted.no_import(&document, &imported.state) {
        return Err(error.into());
    }
    let secrets = world.secrets(block, &imported.state, secrets, &config);
    let existing = Existing { value: imported.state, private: imported.private, secrets, ..Existing::default() };
    let state = stored_state(world, name, &declaration.type_name, &declaration.provider, &kind, &existing);
    world.publish(name, existing);
    world
        .note(|document| {
            document.deposed.extend(document.resources.insert(name.to_owned(), state));
            // Whoever imports it says what became of an interrupted create.
            document.pending.retain(|pending| pending.resource != name);
        })
        .await;
    Ok(())
}
