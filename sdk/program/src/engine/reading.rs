//! What exists: pending operations of earlier runs, drift, and objects to import.

use std::sync::Arc;

use futures::StreamExt as _;
use rosa_ecr_model::{Diagnostic, Diagnostics, Kind, Value};

use super::Sought;
use super::applying::stored_state;
use super::stored::{self, Existing};
use super::world::World;
use crate::Result;
use crate::changes::differences;
use crate::event::Event;
use crate::host::AnyContext;
use crate::state::{Pending, PendingOperation, ResourceState};

/// Looks into every operation that an earlier run did not see the end of: what it made is taken into the state.
pub(super) async fn recover(world: &World<'_>) -> Result<()> {
    for pending in world.document().await.pending {
        world.proceed()?;
        let adopted = match pending.operation {
            PendingOperation::Create | PendingOperation::Replace => recover_create(world, &pending).await?,
            // The object may have some of the changes, or be gone.
            PendingOperation::Update | PendingOperation::Delete => {
                let document = world.document().await;
                if let Some(stored) = document.resources.get(&pending.resource) {
                    read(world, stored.clone()).await?;
                }
                Some(false)
            }
        };
        let Some(adopted) = adopted else { continue };
        world.note(|document| document.pending.retain(|other| *other != pending)).await;
        world.tell(Event::Recovered { resource: pending.resource.clone(), adopted });
    }
    Ok(())
}

/// Whether there is an object that the state did not have; `None` where that cannot be found out yet.
async fn recover_create(world: &World<'_>, pending: &Pending) -> Result<Option<bool>> {
    let kind = world.kind(&pending.provider, &pending.type_name)?;
    let Some(call) = world.call(&pending.provider).await? else { return Ok(None) };
    let block = &kind.schema().block;
    let planned = pending.planned.value(&block.ty()).map_err(|error| {
        Diagnostic::error(format!("The pending operation on \"{}\" does not fit its type", pending.resource))
            .detail(error.to_string())
    })?;
    let probed = kind.probe(&call, &planned).await;
    probed.diagnostics.into_result()?;
    if probed.state.is_null() {
        return Ok(Some(false));
    }
    let document = world.document().await;
    let old = document.resources.get(&pending.resource);
    if let Some(old) = old {
        let old = world.existing(old)?;
        if kind.identity().is_empty() || kind.identity_of(&old.value) == kind.identity_of(&probed.state) {
            return Ok(Some(false));
        }
    }
    let secrets = pending.planned.secrets.iter().filter_map(|place| place.split('/').nth(1)).map(str::to_owned);
    let existing =
        Existing { value: probed.state, private: probed.private, secrets: secrets.collect(), ..Existing::default() };
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
    Ok(Some(true))
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
            Err(diagnostics) => wrong.extend(world.redact_all(diagnostics)),
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
    let Some(call) = world.call(&stored.provider).await? else { return Ok(false) };
    let read = kind.read(&call.keeping(existing.private.clone()), &existing.value).await;
    for warning in read.diagnostics.into_result()? {
        world.say(Some(&stored.name), &warning);
    }
    let name = stored.name.clone();
    let drifted = read.state != existing.value;
    let block = &kind.schema().block;
    if drifted {
        let is_secret = |attribute: &str| existing.secrets.contains(attribute);
        let changes = differences(block, &existing.value, &read.state, &[], &is_secret);
        world.tell(Event::Drift { resource: name.clone(), gone: read.state.is_null(), changes });
    }
    let now = Existing { value: read.state, private: read.private, ..existing };
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
        let names: Vec<&str> = world.stack.resources.keys().map(String::as_str).collect();
        return Err(Diagnostic::error(format!("There is no resource \"{name}\" in the program"))
            .detail(format!("There are: {}.", names.join(", ")))
            .fix("Declare it first: an import needs to know what the object is.")
            .into());
    };
    if world.document().await.resources.contains_key(name) {
        return Err(Diagnostic::error(format!("\"{name}\" is in the state already"))
            .fix("Forget the object that it has first, if it is another one.")
            .into());
    }
    let kind: Arc<dyn Kind<AnyContext>> = world.kind(&declaration.provider, &declaration.type_name)?;
    let call = world.known_call(&declaration.provider).await?;
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
    let secrets = stored::attributes(&world.resolve(&declaration.arguments)?.secrets);
    let existing = Existing { value: imported.state, private: imported.private, secrets, ..Existing::default() };
    let state = stored_state(world, name, &declaration.type_name, &declaration.provider, &kind, &existing);
    world.note(|document| drop(document.resources.insert(name.to_owned(), state))).await;
    Ok(())
}
