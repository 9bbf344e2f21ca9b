//! The engine: from declarations to objects.
//!
//! ```text
//! load state -> recover pending -> (refresh) -> plan, by dependency -> check, approve -> apply, by dependency
//!                 probe, read        read         validate, plan        protect           create, update, delete
//! ```
//!
//! What holds at every point:
//!
//! * An operation is in the state before its first call, and its result is there before anything that depends on it
//!   begins. So a process that dies at any point leaves nothing that the next run does not find.
//! * A plan is complete before anything is changed. What it could not know is planned again when it is known, and then
//!   never gets worse: an update that turns out to be a replacement fails instead.
//! * What is looked up is read during the plan, unless it is not known yet what to read, or what it depends on is going to
//!   change: then it is read in the apply.
//! * What does not depend on each other runs at the same time, up to a limit. Deletes run in the opposite order of the
//!   dependencies that the state has.
//! * A replaced object is deleted when nothing uses it any longer, in this run or in a later one. One that has to go before
//!   its replacement is made goes when everything else that the new object needs is there.
//! * What the state has of an object is read, changed and deleted through the provider configuration that the state records.
//! * What an operation returns is held against its plan: dependents were planned with it.
//! * A failure stops what depends on it, and nothing else.
//! * A stop lets what runs come to its end. Where it is cancelled, each operation has five seconds to hand back what it
//!   knows, and is dropped then: the state has it as pending. All of that is over before the lock is given up.

use std::convert::Infallible;
use std::pin::Pin;

use rosa_ecr_model::Diagnostics;
use rosa_ecr_state::Document;

use crate::apply;
use crate::changes::Step;
use crate::error::{Error, Result};
use crate::event::Event;
use crate::graph::dependencies::dependencies;
use crate::import::{self, ImportTarget};
use crate::panics;
use crate::plan::step::ExecutionPlan;
use crate::plan::{self, lookups};
use crate::recover::{self, Then};
use crate::refresh;
use crate::results::{Plan, Report};
use crate::run::context::RunContext;
use crate::run::ending;
use crate::run::settings::Settings;
use crate::stack::Stack;

pub(crate) async fn preview(stack: &Stack, settings: Settings) -> Result<Plan> {
    let dependencies = dependencies(stack)?;
    let document = settings.stop.unless_finishing(stack.store().load()).await.ok_or_else(Error::stopped)??;
    let document = document.unwrap_or_else(|| Document::new(stack.name()));
    let context = RunContext::new(stack, dependencies, settings, document, None);
    let prepared = guarded(Box::pin(context.reading(async {
        context.start().await?;
        Box::pin(prepare(&context)).await
    })));
    let prepared = prepared.await.map_err(|error| context.secrecy.redact_error(error));
    guarded(Box::pin(context.end())).await?;
    Ok(prepared?.plan)
}

/// What there is, and what is to be done about it.
struct PreparedPlan {
    drifted: Vec<String>,
    plan: Plan,
    plans: ExecutionPlan,
}

/// Everything that comes before something is changed.
async fn prepare(context: &RunContext<'_>) -> Result<PreparedPlan> {
    let document = context.document();
    lookups::for_providers(context, &document, document.providers()).await?;
    let recovered = recover::recover(context, Then::Plan).await?;
    let drifted = if context.settings.refresh { refresh::refresh(context).await? } else { Vec::new() };
    let (plan, plans) = shown_plan(context, recovered).await?;
    Ok(PreparedPlan { drifted, plan, plans })
}

pub(crate) async fn up(stack: &Stack, settings: Settings) -> Result<Report> {
    locked(stack, settings, "up", async |context| change(context).await).await
}

pub(crate) async fn destroy(stack: &Stack, mut settings: Settings) -> Result<Report> {
    settings.destroy = true;
    locked(stack, settings, "destroy", async |context| change(context).await).await
}

pub(crate) async fn refresh(stack: &Stack, settings: Settings) -> Result<Report> {
    locked(stack, settings, "refresh", async |context| {
        let read = context.reading(async {
            let document = context.document();
            lookups::for_providers(context, &document, document.providers()).await?;
            let warnings = recover::recover(context, Then::End).await?;
            Ok((warnings, refresh::refresh(context).await?))
        });
        let read = match read.await {
            // What was read by then is as good as ever.
            stopped @ Err(Error::Stopped { .. }) => stopped,
            read => Ok(read?),
        };
        if read.is_ok() {
            context.export_known()?;
        }
        context.documents.save().await?;
        let (diagnostics, drifted) = read?;
        let outputs = context.stored_outputs();
        let report = Report { drifted, outputs, diagnostics, ..Report::default() };
        context.sum_up(&report);
        Ok(report)
    })
    .await
}

pub(crate) async fn import(stack: &Stack, settings: Settings, name: &str, target: &ImportTarget) -> Result<Report> {
    locked(stack, settings, "import", async |context| {
        let provider = context.declaration(name).map(|declaration| declaration.provider.as_str());
        let read = context.reading(async {
            lookups::for_providers(context, &context.document(), provider.into_iter().collect()).await?;
            import::import(context, name, target).await
        });
        read.await?;
        context.export_known()?;
        context.documents.save().await?;
        context.events.emit(Event::Imported { resource: name.to_owned() });
        let report = Report { outputs: context.stored_outputs(), ..Report::default() };
        context.sum_up(&report);
        Ok(report)
    })
    .await
}

/// Runs under the lock, and gives it up whatever comes.
async fn locked(
    stack: &Stack,
    settings: Settings,
    operation: &str,
    run: impl AsyncFnOnce(&RunContext<'_>) -> Result<Report>,
) -> Result<Report> {
    let (store, dependencies) = (stack.store(), dependencies(stack)?);
    let lock = settings.stop.until_cancelled(store.lock(operation)).await;
    let (session, document) = lock.ok_or_else(Error::stopped)??;
    let document = document.unwrap_or_else(|| Document::new(stack.name()));
    let context = RunContext::new(stack, dependencies, settings, document, Some(session));
    let result = guarded(Box::pin(async {
        context.reading(context.start()).await?;
        run(&context).await
    }));
    let result = result.await.map_err(|error| context.secrecy.redact_error(error));
    // Why the run failed comes first.
    let result = match guarded(Box::pin(context.end())).await {
        Ok(()) => result,
        Err(error) => result.and(Err(error)),
    };
    let (planning, session) = context.into_parts();
    let released = match session {
        Some(session) => session.release().await,
        None => Ok(()),
    };
    match released {
        Ok(()) => result,
        Err(error) => {
            let warning = error.not_given_up();
            planning.events.report(None, &warning);
            result.map(|mut report| {
                report.diagnostics.push(warning);
                report
            })
        }
    }
}

/// Runs code that may be the program's or a provider's. A panic that nothing else has caught ends the run, which still gives up its
/// lock: what was begun is in the state as pending.
///
/// It comes boxed, because a whole run is too large to be handed on over a stack.
async fn guarded<T>(work: Pin<Box<impl Future<Output = Result<T>>>>) -> Result<T> {
    panics::caught_in(work).await.unwrap_or_else(|panic| Err(panics::diagnostic(&panic, "The run panicked").into()))
}

async fn change(context: &RunContext<'_>) -> Result<Report> {
    let PreparedPlan { drifted, plan, plans } = context.reading(Box::pin(prepare(context))).await?;
    if context.settings.expect_no_changes && !plan.is_empty() {
        return Err(Error::UnexpectedChanges(Box::new(plan)));
    }
    context.reading(context.prepare(&plan, &plans)).await?;
    if plan.has_changes() && context.settings.approve.as_ref().is_some_and(|approve| !approve(&plan)) {
        context.proceed()?;
        return Err(Error::Declined);
    }
    context.proceed()?;
    let targets = plans.targets.clone();
    let (mut report, unsaved) = tokio::select! {
        biased;
        applied = Box::pin(apply::apply(context, plans)) => applied?,
        never = context.emit_stops() => match never {},
    };
    report.drifted = drifted;
    report.diagnostics.extend(plan.diagnostics);
    report.outputs = context.export(&report, &targets)?;
    let saved = context.documents.save().await;
    context.sum_up(&report);
    if let Err(error) = saved {
        // The first that went wrong is why the last went wrong, too.
        return Err(context.unsaved(unsaved.unwrap_or(error), report));
    }
    if let Some(error) = unsaved.filter(|_| !report.skipped.is_empty()) {
        return Err(error.into());
    }
    ending::verdict(context, report)
}

/// The plan, with the warnings that came before it.
async fn shown_plan(context: &RunContext<'_>, warnings_before: Diagnostics) -> Result<(Plan, ExecutionPlan)> {
    let plans = plan::plan(context, &context.document(), &context.documents.saved()).await?;
    let (outputs, output_changes) = context.planned_outputs(&plans.targets)?;
    let mut diagnostics = warnings_before;
    for (name, warnings) in &plans.warnings {
        diagnostics.extend(warnings.clone());
        warnings.iter().for_each(|warning| context.events.report(Some(name), warning));
    }
    let mut steps: Vec<Step> = plans.steps.iter().map(|step| step.step.clone()).collect();
    let document = context.document();
    steps.extend(document.deposed.iter().filter(|old| plans.discards.has(&old.name)).map(plan::discarded));
    let plan = Plan { steps, outputs, output_changes, diagnostics };
    plan.steps.iter().for_each(|step| context.events.emit(Event::Planned(step.clone())));
    context.events.emit(Event::Plan {
        counts: plan.counts(),
        outputs: plan.outputs.clone(),
        output_changes: plan.output_changes.clone(),
    });
    Ok((plan, plans))
}

impl RunContext<'_> {
    /// Ends the run for its providers.
    async fn end(&self) -> Result<()> {
        if self.settings.stop.cancelled().is_cancelled() {
            self.providers.abandon().await;
        }
        Ok(())
    }

    /// Emits that the run is over.
    fn sum_up(&self, report: &Report) {
        self.events.emit(Event::Summary {
            counts: report.counts(),
            failed: report.failures.len(),
            skipped: report.skipped.len(),
            outputs: report.outputs.iter().map(|(name, output)| (name.clone(), output.without_secret())).collect(),
        });
    }

    /// Emits that the run is to be stopped, as long as it runs.
    async fn emit_stops(&self) -> Infallible {
        let stop = &self.settings.stop;
        for (token, now) in [(stop.finishing(), false), (stop.cancelled(), true)] {
            token.cancelled().await;
            self.events.emit(Event::Stopping { now });
        }
        std::future::pending().await
    }
}
