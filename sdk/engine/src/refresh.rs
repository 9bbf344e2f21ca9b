//! Drift: what exists, and is not as the state has it.

use futures::StreamExt as _;
use rosa_ecr_model::Diagnostics;
use rosa_ecr_state::ResourceState;

use crate::error::Result;
use crate::event::Event;
use crate::run::context::RunContext;
use crate::run::returned::Returned;
use crate::run::secrecy::Marked;

/// Reads every object, and notes what is not as the state has it. Returns the names of what drifted.
pub(crate) async fn refresh(context: &RunContext<'_>) -> Result<Vec<String>> {
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
pub(crate) async fn read(context: &RunContext<'_>, stored: &ResourceState) -> Result<bool, Diagnostics> {
    let kind = context.providers.kind(&stored.provider, &stored.type_name)?;
    let existing = context.providers.existing(stored)?;
    let Some(call) = context.providers.call_of(&stored.name, &stored.provider).await? else { return Ok(false) };
    let read = kind.read(&call.keeping(existing.private.clone()), existing.state.value()).await;
    let (name, drifted) = (&stored.name, read.state != *existing.state.value());
    let now = context.accept(Returned {
        provider: &stored.provider,
        kind: &kind,
        value: read.state,
        private: read.private,
        tainted: existing.tainted,
        expected: &existing.state,
    });
    // The messages may quote a secret that was just read.
    for warning in read.diagnostics.into_result()? {
        context.events.report(Some(name), &warning);
    }
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
