//! What exists: pending operations of earlier runs, drift, and objects to import.

mod unclear;

use std::time::Duration;

use rosa_ecr_model::{Diagnostic, Diagnostics};
use rosa_ecr_state::{Pending, PendingOperation};

use crate::error::Result;
use crate::event::Event;
use crate::plan::objects::{Object, Wanted};
use crate::plan::replacing;
use crate::refresh;
use crate::run::context::RunContext;
use crate::run::returned::Returned;

/// What follows on the look at what earlier runs have begun.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
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
pub(crate) async fn recover(context: &RunContext<'_>, then: Then) -> Result<Diagnostics> {
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
            Found::Unclear(reasons) if leaves => {
                wrong.push(unclear::left_behind(context, &pending, &unclear::details(&reasons)));
                continue;
            }
            // It stays pending until there is an object, or a person reports that there is none.
            Found::Unclear(reasons) => {
                context.set_unclear(&pending);
                let warning = unclear::may_exist(&pending, &unclear::details(&reasons));
                warnings.extend(context.events.report_all(&pending.resource, warning.into()));
                continue;
            }
            Found::Object(notes) => {
                warnings.extend(context.events.report_all(&pending.resource, notes));
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
        refresh::read(context, stored).await?;
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
    let planned = context.secrecy.mark_again(block, planned);
    let probed = kind.probe(&call, planned.value()).await;
    let existing = context.accept(Returned {
        provider: &pending.provider,
        kind: &kind,
        value: probed.state,
        private: probed.private,
        tainted: false,
        expected: &planned,
    });
    let warnings = probed.diagnostics.into_result()?;
    let found = existing.state.value();
    if found.is_null() {
        let is_unclear = warnings.iter().any(Diagnostic::is_outcome_unknown);
        return Ok(if is_unclear { Found::Unclear(warnings) } else { Found::Nothing });
    }
    let document = context.document();
    let old = document.resources.get(&pending.resource);
    if let Some(old) = old
        // Without anything to distinguish it by, it is the one that the state has.
        && replacing::is_one(kind.descriptor(), context.providers.existing(old)?.state.value(), found).unwrap_or(true)
    {
        return Ok(Found::Nothing);
    }
    let object = Object::of(&kind, found);
    let wanted = Wanted { kind: &kind, provider: &pending.provider, name: &pending.resource, object };
    if wanted.holder(&document).is_some() {
        return Ok(Found::Nothing);
    }
    let mut state = context.resource_state(&pending.resource, &kind, &existing);
    if let Some(old) = old {
        state.dependencies.extend(old.dependencies.clone());
    }
    context.values.set_resolved(&pending.resource, &existing.state);
    context.documents.update(|document| {
        document.deposed.extend(document.resources.remove(&state.name));
        document.resources.insert(state.name.clone(), state);
    });
    Ok(Found::Object(warnings))
}

/// That an earlier create was looked into, whose object another create might not meet.
pub(crate) async fn looked_into(context: &RunContext<'_>, name: &str) -> Result<(), Diagnostics> {
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
