//! What is looked up: read while the run is planned where that can be, and else at its place in the apply.
//!
//! Nothing of it is kept. What a resource depends on through a lookup is among its own dependencies in the state, so a
//! destroy has its order without reading anything that may be gone.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use rosa_ecr_model::{Call, DataKind, Diagnostic, Diagnostics, Severity, Value};
use rosa_ecr_state::Document;

use crate::changes::{Action, Step};
use crate::error::{Error, Result};
use crate::event::{Event, Outcome, elapsed_ms};
use crate::graph;
use crate::plan::step::{PlanOutcome, PlannedState, PlannedStep};
use crate::provider_instance::AnyContext;
use crate::run::planning::Planning;
use crate::run::secrecy::Marked;
use crate::stack::Declaration;

/// Something to look up, with its arguments as far as they are known.
struct Lookup<'w> {
    name: &'w str,
    declaration: &'w Declaration,
    source: Arc<dyn DataKind<AnyContext>>,
    config: Marked,
}

impl<'w> Lookup<'w> {
    /// The lookup, with warnings about its arguments.
    fn new(
        context: &Planning<'_>,
        name: &'w str,
        declaration: &'w Declaration,
    ) -> Result<(Self, Diagnostics), Diagnostics> {
        let source = context.providers.data_source(&declaration.provider, &declaration.type_name)?;
        let config = context.arguments(&source.schema().block, declaration)?;
        let warnings = source.validate(config.value()).into_result()?;
        Ok((Self { name, declaration, source, config }, warnings))
    }

    /// Reads it, and lets others see what is found.
    async fn read(&self, context: &Planning<'_>, call: &Call<AnyContext>) -> Result<Diagnostics, Diagnostics> {
        let found = self.source.read(call, self.config.value()).await;
        // What is warnings may quote a secret that was just read.
        let state = self.marked(context, found.state);
        let warnings = found.diagnostics.into_result()?;
        context.values.set_resolved(self.name, &state);
        Ok(warnings)
    }

    fn marked(&self, context: &Planning<'_>, value: Value) -> Marked {
        context.secrecy.mark(&self.source.schema().block, value, self.config.secrets(), &[&self.config])
    }

    fn started(&self, context: &Planning<'_>) {
        context.events.emit(Event::Started {
            resource: self.name.to_owned(),
            type_name: self.declaration.type_name.clone(),
            action: Action::Read,
        });
    }

    /// Reads it outside of an apply, which reports such things itself.
    async fn read_and_report(
        &self,
        context: &Planning<'_>,
        call: &Call<AnyContext>,
    ) -> Result<Diagnostics, Diagnostics> {
        let begun = Instant::now();
        self.started(context);
        let result = self.read(context, call).await;
        let elapsed_ms = elapsed_ms(begun);
        let (resource, action) = (self.name.to_owned(), Action::Read);
        context.events.emit(match result {
            Ok(_) => Event::Done { resource, action, elapsed_ms },
            Err(_) => Event::Failed { resource, action, elapsed_ms, outcome: Outcome::Failed },
        });
        result
    }

    /// What happens later.
    fn step(&self) -> PlannedStep {
        let step = Step {
            resource: self.name.to_owned(),
            type_name: self.declaration.type_name.clone(),
            parent: self.declaration.options.parent.as_ref().map(|parent| parent.name().to_owned()),
            action: Action::Read,
            renamed_from: None,
            tainted: false,
            changes: Vec::new(),
            depends_on: Vec::new(),
        };
        PlannedStep {
            step,
            provider: self.declaration.provider.clone(),
            config: self.config.value().clone(),
            planned: PlannedState::default(),
            retain: false,
        }
    }
}

/// Reads it, or leaves it to the apply: where something is not known yet, and where it `waits` for something
/// to change.
pub(crate) async fn plan(
    context: &Planning<'_>,
    document: &Document,
    name: &str,
    declaration: &Declaration,
    waits: bool,
) -> Result<PlanOutcome, Diagnostics> {
    if document.resources.contains_key(name) {
        return Err(Diagnostic::error(format!("\"{name}\" is a resource in the state"))
            .detail("Now it is only looked up, so the plan would delete the object and read it.")
            .fix("Forget the object, which leaves it, with `state forget`. Or give what is looked up another name.")
            .into());
    }
    let planned = async {
        let (lookup, mut warnings) = Lookup::new(context, name, declaration)?;
        let call = context.providers.call(&declaration.provider).await?;
        if let Some(call) = call.as_ref().filter(|_| !waits && lookup.config.value().is_wholly_known()) {
            warnings.extend(lookup.read_and_report(context, call).await?);
            return Ok((None, warnings));
        }
        let planned = lookup.source.plan(call.as_ref(), lookup.config.value()).await;
        let state = lookup.marked(context, planned.state);
        warnings.extend(planned.diagnostics.into_result()?);
        context.values.set_resolved(name, &state);
        Ok((Some(lookup.step()), warnings))
    };
    planned.await.map_err(|errors| located(errors, declaration))
}

/// Reads what the plan could not. Returns warnings.
pub(crate) async fn read(
    context: &Planning<'_>,
    name: &str,
    declaration: &Declaration,
) -> Result<Diagnostics, Diagnostics> {
    let read = async {
        let (lookup, _) = Lookup::new(context, name, declaration)?;
        let call = context.providers.known_call(&declaration.provider).await?;
        lookup.started(context);
        lookup.read(context, &call).await
    };
    read.await.map_err(|errors| located(errors, declaration))
}

/// Reads what the blocks of these providers come from, as far as all that it depends on is there: they are needed for what
/// comes before a plan, and for a destroy.
pub(crate) async fn for_providers(
    context: &Planning<'_>,
    document: &Document,
    providers: BTreeSet<&str>,
) -> Result<()> {
    let mut lookups = context.dependencies.clone();
    lookups.retain(|name, _| context.lookup(name).is_some());
    let mut needed = BTreeSet::new();
    for provider in providers.iter().filter_map(|name| context.stack.providers.get(*name)) {
        provider.block.dependencies(&mut needed);
    }
    let needed = graph::closure(&lookups, needed.into_iter().map(|address| address.name.to_string()));
    let mut there: BTreeSet<String> = document.resources.keys().cloned().collect();
    for name in graph::order(&lookups).unwrap_or_default() {
        let Some(declaration) = context.lookup(&name).filter(|_| needed.contains(&name)) else { continue };
        if !lookups[&name].is_subset(&there) {
            continue;
        }
        context.proceed()?;
        let read = async {
            let (lookup, _) = Lookup::new(context, &name, declaration)?;
            match context.providers.call(&declaration.provider).await? {
                Some(call) if lookup.config.value().is_wholly_known() => lookup.read_and_report(context, &call).await,
                _ => Ok(Diagnostics::new()),
            }
        };
        // Warnings are reported by the plan, which reads again: a refresh may have found other arguments.
        if let Err(errors) = read.await {
            return Err(named(context, &name, located(errors, declaration)));
        }
        there.insert(name);
    }
    Ok(())
}

fn named(context: &Planning<'_>, name: &str, errors: Diagnostics) -> Error {
    let errors = context.secrecy.redact_all(errors).into_iter().map(|error| {
        context.events.report(Some(name), &error);
        Diagnostic { summary: format!("{name}: {}", error.summary), ..error }
    });
    Error::Invalid(errors.collect())
}

/// The errors with the place in the program: what is looked up is not there if nothing else has made it.
fn located(errors: Diagnostics, declaration: &Declaration) -> Diagnostics {
    let located = |error: Diagnostic| {
        let space = if error.detail.is_empty() { "" } else { " " };
        let detail = format!("{}{space}It is looked up at {}.", error.detail, declaration.place);
        if error.severity == Severity::Error { error.detail(detail) } else { error }
    };
    errors.into_iter().map(located).collect()
}
