//! `preview`, `up`, `refresh`, `destroy`, `import`.

use std::process::ExitCode;

use rosa_ecr_engine::{Counts, Error, Plan, Report, Result, Run, Stack, Stop};

use super::arguments::{Change, Import, Preview, Scope};
use super::console::{Console, no_terminal};
use super::render::plan as rendered;
use super::{CHANGES, render};

pub(super) async fn preview(stack: &Stack, console: &Console, preview: &Preview) -> Result<ExitCode> {
    let run = if preview.destroy { stack.preview_destroy() } else { stack.preview() };
    let run = scoped(run, console, &preview.change.scope, &Stop::on_interrupt()).refresh(preview.refresh);
    let ticker = console.ticker();
    let plan = run.await?;
    drop(ticker);
    show(stack, console, &plan);
    if preview.change.expect_no_changes && !plan.is_empty() {
        return Err(Error::UnexpectedChanges(Box::new(plan)));
    }
    Ok(if preview.detailed_exitcode && plan.has_changes() { CHANGES.into() } else { ExitCode::SUCCESS })
}

pub(super) async fn up(stack: &Stack, console: &Console, change: &Change) -> Result<ExitCode> {
    let stop = Stop::on_interrupt();
    let run = approved(scoped(stack.up(), console, &change.scope, &stop), stack, console, change, &stop, "up")?;
    let ticker = console.ticker();
    let result = run.expect_no_changes(change.expect_no_changes).await;
    drop(ticker);
    over(console, result)
}

pub(super) async fn destroy(stack: &Stack, console: &Console, change: &Change) -> Result<ExitCode> {
    let stop = Stop::on_interrupt();
    let run = scoped(stack.destroy(), console, &change.scope, &stop);
    let run = approved(run, stack, console, change, &stop, "destroy")?;
    let ticker = console.ticker();
    let result = run.expect_no_changes(change.expect_no_changes).await;
    drop(ticker);
    over(console, result)
}

pub(super) async fn refresh(stack: &Stack, console: &Console, scope: &Scope) -> Result<ExitCode> {
    let ticker = console.ticker();
    let report = scoped(stack.refresh(), console, scope, &Stop::on_interrupt()).await?;
    drop(ticker);
    console.print(&match report.drifted.len() {
        0 => "Everything is as the state has it.\n".to_owned(),
        count => {
            format!("{}\n", render::counted(count, "resource was changed outside.", "resources were changed outside."))
        }
    });
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn import(stack: &Stack, console: &Console, import: &Import) -> Result<ExitCode> {
    let events = console.clone();
    let run = match &import.id {
        Some(id) => stack.import(&import.name, id),
        None => stack.import_by_identity(&import.name, import.identity.clone()),
    };
    let run = run.stop_with(&Stop::on_interrupt());
    run.on_event(move |event| events.event(event)).await?;
    console.print(&format!(
        "{} is in the state now. `preview` shows how it differs from what is declared.\n",
        import.name
    ));
    Ok(ExitCode::SUCCESS)
}

fn scoped<'a, K>(run: Run<'a, K>, console: &Console, scope: &Scope, stop: &Stop) -> Run<'a, K> {
    let events = console.clone();
    let run = run.parallel(scope.parallel).stop_with(stop).on_event(move |event| events.event(event));
    scope.targets.iter().fold(run, |run, target| run.target(target))
}

/// Has the plan shown, and approved by a person.
fn approved<'a, K>(
    run: Run<'a, K>,
    stack: &Stack,
    console: &Console,
    change: &Change,
    stop: &Stop,
    operation: &str,
) -> Result<Run<'a, K>> {
    let asks = !change.scope.yes && !change.expect_no_changes;
    if asks && !console.can_ask() {
        return Err(no_terminal(operation).into());
    }
    let (console, stop) = (console.clone(), stop.clone());
    let (name, location) = (stack.name().to_owned(), stack.location());
    let question = if operation == "destroy" { "Delete all this?" } else { "Do this?" };
    Ok(run.approve(move |plan| {
        console.print(&rendered::plan(&name, &location, plan));
        !asks || console.ask(question, &stop)
    }))
}

fn show(stack: &Stack, console: &Console, plan: &Plan) {
    console.print(&rendered::plan(stack.name(), &stack.location(), plan));
}

/// What came of a run that came to its end.
fn over(console: &Console, result: Result<Report>) -> Result<ExitCode> {
    let report = match result {
        Ok(report) => report,
        Err(error) => {
            if let Error::Failed { report, .. } | Error::Collision { report, .. } | Error::Stopped { report } = &error
                && let Some(text) = rendered::incomplete(report)
            {
                console.print(&format!("\n{text}\n"));
            }
            return Err(error);
        }
    };
    let (planned, outputs) = console.planned().unwrap_or_default();
    let is_shown = outputs || Counts { kept: 0, ..planned } != Counts::default();
    // A plan that changes nothing else is not shown.
    for (old, new) in console.renamed().iter().filter(|_| !is_shown) {
        console.print(&format!("{new} was called {old}\n"));
    }
    console.print(&rendered::outputs(&report.outputs));
    let counts = Counts { kept: planned.kept, ..report.counts() };
    console.print(&format!("\n{}\n", rendered::summary(&counts, outputs, "")));
    Ok(ExitCode::SUCCESS)
}
