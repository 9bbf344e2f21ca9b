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

mod applying;
mod change;
mod checks;
mod dependencies;
mod discards;
mod ending;
mod exports;
mod graph;
mod lookups;
mod objects;
mod operating;
mod planning;
mod promises;
mod providers;
mod reading;
mod redaction;
mod removing;
mod renames;
mod replacing;
mod saving;
mod stored;
mod tasks;
mod unclear;
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use rosa_ecr_model::{Diagnostic, Diagnostics, Words};
use rosa_ecr_state::Document;

use crate::changes::Step;
use crate::event::{Event, Message};
use crate::results::{Plan, Report};
use crate::stop::Stop;
use crate::{Error, Result, Stack, panics};
pub use dependencies::Node;
use dependencies::dependencies;
use planning::Plans;
use reading::Then;
use world::World;

/// Who is told what happens.
type Observer = Arc<dyn Fn(&Event) + Send + Sync>;

/// Who is asked before anything is changed.
type Approval = Arc<dyn Fn(&Plan) -> bool + Send + Sync>;

/// How a run runs.
#[derive(Clone)]
pub(crate) struct Settings {
    pub parallel: usize,
    pub targets: Vec<String>,
    pub refresh: bool,
    pub expect_no_changes: bool,
    /// Whether everything goes.
    pub destroy: bool,
    pub observer: Option<Observer>,
    pub approve: Option<Approval>,
    pub stop: Stop,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            parallel: 10,
            targets: Vec::new(),
            refresh: false,
            expect_no_changes: false,
            destroy: false,
            observer: None,
            approve: None,
            stop: Stop::new(),
        }
    }
}

pub(crate) async fn preview(stack: &Stack, settings: Settings) -> Result<Plan> {
    let dependencies = dependencies(stack)?;
    let document = settings.stop.unless_finishing(stack.store().load()).await.ok_or_else(Error::stopped)??;
    let document = document.unwrap_or_else(|| Document::new(stack.name()));
    let world = World::new(stack, dependencies, settings, document, None);
    let looked = guarded(Box::pin(world.reading(async {
        world.start().await?;
        Box::pin(look(&world)).await
    })));
    let looked = looked.await.map_err(|error| world.redact_error(error));
    guarded(Box::pin(world.end())).await?;
    Ok(looked?.plan)
}

/// What there is, and what is to be done about it.
struct Looked {
    drifted: Vec<String>,
    plan: Plan,
    plans: Plans,
}

/// Everything that comes before something is changed.
async fn look(world: &World<'_>) -> Result<Looked> {
    lookups::for_providers(world, world.document().await.providers()).await?;
    let recovered = reading::recover(world, Then::Plan).await?;
    let drifted = if world.settings.refresh { reading::refresh(world).await? } else { Vec::new() };
    let (plan, plans) = plan(world, recovered).await?;
    Ok(Looked { drifted, plan, plans })
}

pub(crate) async fn up(stack: &Stack, settings: Settings) -> Result<Report> {
    locked(stack, settings, "up", async |world| change(world).await).await
}

pub(crate) async fn destroy(stack: &Stack, mut settings: Settings) -> Result<Report> {
    settings.destroy = true;
    locked(stack, settings, "destroy", async |world| change(world).await).await
}

pub(crate) async fn refresh(stack: &Stack, settings: Settings) -> Result<Report> {
    locked(stack, settings, "refresh", async |world| {
        let read = world.reading(async {
            lookups::for_providers(world, world.document().await.providers()).await?;
            let said = reading::recover(world, Then::End).await?;
            Ok((said, reading::refresh(world).await?))
        });
        let read = match read.await {
            // What was read by then is as good as ever.
            stopped @ Err(Error::Stopped { .. }) => stopped,
            read => Ok(read?),
        };
        if read.is_ok() {
            world.export_known().await?;
        }
        world.save().await?;
        let (diagnostics, drifted) = read?;
        let outputs = world.stored_outputs().await;
        let report = Report { drifted, outputs, diagnostics, ..Report::default() };
        world.sum_up(&report);
        Ok(report)
    })
    .await
}

/// What an import looks for.
pub(crate) enum Sought {
    Id(String),
    Identity(BTreeMap<String, String>),
}

impl fmt::Display for Sought {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => write!(f, "{id:?}"),
            Self::Identity(identity) => {
                let parts: Vec<String> = identity.iter().map(|(name, value)| format!("{name} = {value:?}")).collect();
                write!(f, "with {}", parts.join(", "))
            }
        }
    }
}

pub(crate) async fn import(stack: &Stack, settings: Settings, name: &str, sought: &Sought) -> Result<Report> {
    locked(stack, settings, "import", async |world| {
        let provider = world.declaration(name).map(|declaration| declaration.provider.as_str());
        let read = world.reading(async {
            lookups::for_providers(world, provider.into_iter().collect()).await?;
            reading::import(world, name, sought).await
        });
        read.await?;
        world.export_known().await?;
        world.save().await?;
        world.tell(Event::Imported { resource: name.to_owned() });
        let report = Report { outputs: world.stored_outputs().await, ..Report::default() };
        world.sum_up(&report);
        Ok(report)
    })
    .await
}

/// Runs under the lock, and gives it up whatever comes.
async fn locked(
    stack: &Stack,
    settings: Settings,
    operation: &str,
    run: impl AsyncFnOnce(&World<'_>) -> Result<Report>,
) -> Result<Report> {
    let (store, dependencies) = (stack.store(), dependencies(stack)?);
    let lock = settings.stop.unless_cut_off(store.lock(operation)).await;
    let (session, document) = lock.ok_or_else(Error::stopped)??;
    let document = document.unwrap_or_else(|| Document::new(stack.name()));
    let mut world = World::new(stack, dependencies, settings, document, Some(session));
    let result = guarded(Box::pin(async {
        world.reading(world.start()).await?;
        run(&world).await
    }));
    let result = result.await.map_err(|error| world.redact_error(error));
    // Why the run failed comes first.
    let result = match guarded(Box::pin(world.end())).await {
        Ok(()) => result,
        Err(error) => result.and(Err(error)),
    };
    let released = match world.session.take() {
        Some(session) => session.release().await,
        None => Ok(()),
    };
    match released {
        Ok(()) => result,
        Err(error) => {
            let warning = error.not_given_up();
            world.say(None, &warning);
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
    panics::caught_in(work).await.unwrap_or_else(|panic| Err(panic.diagnostic("The run panicked").into()))
}

async fn change(world: &World<'_>) -> Result<Report> {
    let Looked { drifted, plan, plans } = world.reading(Box::pin(look(world))).await?;
    if world.settings.expect_no_changes && !plan.is_empty() {
        return Err(Error::UnexpectedChanges(Box::new(plan)));
    }
    world.reading(world.prepare(&plan, &plans)).await?;
    if plan.has_changes() && world.settings.approve.as_ref().is_some_and(|approve| !approve(&plan)) {
        world.proceed()?;
        return Err(Error::Declined);
    }
    world.proceed()?;
    let targets = plans.targets.clone();
    let (mut report, unsaved) = tokio::select! {
        biased;
        applied = Box::pin(applying::apply(world, plans)) => applied?,
        never = world.tell_of_stops() => match never {},
    };
    report.drifted = drifted;
    report.diagnostics.extend(plan.diagnostics);
    report.outputs = world.export(&report, &targets).await?;
    let saved = world.save().await;
    world.sum_up(&report);
    if let Err(error) = saved {
        // The first that went wrong is why the last went wrong, too.
        return Err(world.unsaved(unsaved.unwrap_or(error), report).await);
    }
    if let Some(error) = unsaved.filter(|_| !report.skipped.is_empty()) {
        return Err(error.into());
    }
    ending::verdict(world, report)
}

/// The plan, with what there was to say before it.
async fn plan(world: &World<'_>, said: Diagnostics) -> Result<(Plan, Plans)> {
    let plans = planning::plan(world).await?;
    let (outputs, output_changes) = world.planned_outputs(&plans.targets).await?;
    let mut diagnostics = said;
    for (name, warnings) in &plans.warnings {
        diagnostics.extend(warnings.clone());
        warnings.iter().for_each(|warning| world.say(Some(name), warning));
    }
    let mut steps: Vec<Step> = plans.steps.iter().map(|step| step.step.clone()).collect();
    let document = world.document().await;
    steps.extend(document.deposed.iter().filter(|old| plans.discards.has(&old.name)).map(planning::discarded));
    let plan = Plan { steps, outputs, output_changes, diagnostics };
    plan.steps.iter().for_each(|step| world.tell(Event::Planned(step.clone())));
    world.tell(Event::Plan {
        counts: plan.counts(),
        outputs: plan.outputs.clone(),
        output_changes: plan.output_changes.clone(),
    });
    Ok((plan, plans))
}

impl World<'_> {
    /// Tells what happens.
    fn tell(&self, event: Event) {
        if let Some(observer) = &self.settings.observer {
            observer(&event);
        }
    }

    /// Ends the run for its providers.
    async fn end(&self) -> Result<()> {
        if self.settings.stop.cancelled().is_cancelled() {
            self.abandon().await;
        }
        Ok(())
    }

    /// Tells that the run is over.
    fn sum_up(&self, report: &Report) {
        self.tell(Event::Summary {
            counts: report.counts(),
            failed: report.failures.len(),
            skipped: report.skipped.len(),
            outputs: report.outputs.iter().map(|(name, output)| (name.clone(), output.without_secret())).collect(),
        });
    }

    /// Tells a message, without secrets.
    fn say(&self, resource: Option<&str>, diagnostic: &Diagnostic) {
        let message = Message::from(&self.redact(diagnostic.clone()));
        self.tell(Event::Diagnostic { resource: resource.map(str::to_owned), message });
    }

    /// The messages about a resource, in the words of a program.
    fn addressed(&self, name: &str, diagnostics: Diagnostics) -> Diagnostics {
        let words = Words::Program(Some(name));
        diagnostics.into_iter().map(|diagnostic| diagnostic.in_words(words)).collect()
    }

    /// Tells when the run is to be stopped, as long as it runs.
    async fn tell_of_stops(&self) -> Infallible {
        let stop = &self.settings.stop;
        for (token, now) in [(stop.finishing(), false), (stop.cancelled(), true)] {
            token.cancelled().await;
            self.tell(Event::Stopping { now });
        }
        std::future::pending().await
    }

    /// Whether the run is about that resource.
    fn is_targeted(&self, name: &str, targets: &Option<BTreeSet<String>>) -> bool {
        targets.as_ref().is_none_or(|targets| targets.contains(name))
    }
}
