//! A process that dies at any point leaves nothing that the next run does not find.

use std::sync::{Arc, Mutex};

use rosa_ecr_engine::{Action, Declare as _, Error, Event, Options, Outcome, Stack, Stop};
use rosa_ecr_state::PendingOperation;

use crate::fake::{KillableBackend, Thing, World, stack, world};
use crate::non_converging::Glass;

fn declare(stack: &mut Stack, name: &str, material: Option<&str>) {
    let a = Thing::builder().name(name).material(material).build().declare(stack, "a").expect("it can be declared");
    let b = Thing::builder().name("b").link(a.id).build().declare(stack, "b").expect("it can be declared");
    Thing::builder().name("c").link(b.id).build().declare_with(stack, "c", Options::new()).expect("it can be declared");
}

/// Runs until it is done, or the process is killed. Whether it was killed.
pub async fn run_and_die(
    world: &World,
    run: impl Future<Output = rosa_ecr_engine::Result<rosa_ecr_engine::Report>>,
) -> bool {
    tokio::select! {
        () = world.killed.notified() => true,
        result = run => {
            result.expect("it works");
            false
        }
    }
}

/// Kills `change` after every step, from the state that `before` makes; the next run must converge.
async fn survives(before: impl Fn(&mut Stack), change: impl Fn(&mut Stack), left: &[&str]) {
    for steps in 1.. {
        let world = world();
        let backend = KillableBackend::new(&world);
        let mut first = stack(&world, &backend);
        before(&mut first);
        first.up().await.expect("it works");
        world.1.kill_after(Some(steps));
        let mut second = stack(&world, &backend);
        change(&mut second);
        let killed = run_and_die(&world.1, second.up().into_future()).await;
        world.1.kill_after(None);

        second.up().await.unwrap_or_else(|error| panic!("after {steps} steps: {error}"));
        let mut names = world.1.names();
        names.sort();
        assert_eq!(names, left, "after {steps} steps");
        world.1.log();
        let plan = second.preview().refresh(true).await.expect("it can be planned");
        assert!(plan.is_empty(), "after {steps} steps: {plan:?}");
        second.destroy().await.expect("it works");
        assert!(world.1.names().is_empty(), "after {steps} steps");
        let document = second.store().load().await.expect("it can be read").expect("it was saved");
        assert!(document.pending.is_empty() && document.deposed.is_empty() && document.resources.is_empty());
        if !killed {
            assert!(steps > 6, "the run has more steps than {steps}");
            return;
        }
    }
}

#[tokio::test]
async fn a_first_run() {
    survives(|_| {}, |stack| declare(stack, "a", None), &["a", "b", "c"]).await;
}

#[tokio::test]
async fn a_replacement_that_creates_first() {
    survives(|stack| declare(stack, "a", None), |stack| declare(stack, "a2", None), &["a2", "b", "c"]).await;
}

#[tokio::test]
async fn a_replacement_that_deletes_first() {
    survives(|stack| declare(stack, "a", None), |stack| declare(stack, "a", Some("wood")), &["a", "b", "c"]).await;
}

#[tokio::test]
async fn deletes() {
    let only_c = |stack: &mut Stack| {
        Thing::builder().name("c").build().declare(stack, "c").expect("it can be declared");
    };
    survives(|stack| declare(stack, "a", None), only_c, &["c"]).await;
}

#[tokio::test]
async fn a_stop_lets_what_runs_finish_and_starts_nothing_new() {
    let world = world();
    let backend = KillableBackend::new(&world);
    let mut stack = stack(&world, &backend);
    declare(&mut stack, "a", None);
    let stop = Stop::new();
    let at_first = stop.clone();
    let run = stack.up().stop_with(&stop).on_event(move |event| {
        if matches!(event, rosa_ecr_engine::Event::Started { .. }) {
            at_first.finish();
        }
    });
    let error = run.await.expect_err("it was stopped");
    let Error::Stopped { report } = error else { panic!("{error:?}") };
    assert_eq!(report.counts().created, 1);
    assert_eq!(world.1.names(), ["a"]);
    stack.up().await.expect("it works");
    assert_eq!(world.1.names().len(), 3);
}

#[tokio::test]
async fn a_stop_breaks_off_what_only_looks() {
    let world = world();
    let backend = KillableBackend::new(&world);
    let mut stack = stack(&world, &backend);
    declare(&mut stack, "a", None);
    let stop = Stop::new();
    stop.finish();
    let planned = stack.preview().stop_with(&stop).await.map(drop);
    let ended =
        [planned, stack.up().stop_with(&stop).await.map(drop), stack.refresh().stop_with(&stop).await.map(drop)];
    for error in ended.map(|result| result.expect_err("it was stopped")) {
        assert!(matches!(error, Error::Stopped { .. }), "{error:?}");
        assert_eq!(error.diagnostics().iter().next().expect("it says so").detail, "Nothing was changed.");
    }
    assert!(backend.memory.versions().is_empty());
    stack.up().await.expect("the lock is free");
}

/// Stops the run at once as soon as something has begun.
async fn stopped_at_once(stack: &Stack) -> (Vec<Event>, Error) {
    let (stop, events) = (Stop::new(), Arc::new(Mutex::new(Vec::new())));
    let (at_first, seen) = (stop.clone(), events.clone());
    let run = stack.up().stop_with(&stop).on_event(move |event| {
        if matches!(event, Event::Started { .. }) {
            at_first.cancel();
        }
        seen.lock().expect("no panic").push(event.clone());
    });
    let error = run.await.expect_err("it was stopped");
    let events = std::mem::take(&mut *events.lock().expect("no panic"));
    (events, error)
}

#[tokio::test(start_paused = true)]
async fn a_second_stop_waits_for_nobody_and_the_next_run_finds_out() {
    let world = world();
    let backend = KillableBackend::new(&world);
    let with_size = |size: i64| {
        let mut stack = stack(&world, &backend);
        Thing::builder().name("a").size(size).build().declare(&mut stack, "a").expect("it can be declared");
        stack
    };
    for (size, operation) in [(1, PendingOperation::Create), (2, PendingOperation::Update)] {
        let stack = with_size(size);
        world.1.hang(Some("a"), false);
        let (events, error) = stopped_at_once(&stack).await;
        let Error::Failed { outcome: Outcome::Unknown, .. } = &error else { panic!("{error:?}") };
        assert!(error.to_string().contains("did not come to its end within five seconds"), "{error}");
        assert!(events.contains(&Event::Stopping { now: false }) && events.contains(&Event::Stopping { now: true }));
        let document = stack.store().load().await.expect("it can be read").expect("it was saved");
        let pending: Vec<_> = document.pending.iter().map(|pending| pending.operation).collect();
        assert_eq!(pending, [operation]);
        world.1.hang(None, false);
        assert!(stack.preview().await.expect("it can be planned").is_empty(), "what was done is found");
        stack.up().await.expect("it works");
        assert_eq!(world.1.names(), ["a"]);
    }
    world.1.hang(Some("a"), false);
    let empty = stack(&world, &backend);
    stopped_at_once(&empty).await;
    world.1.hang(None, false);
    assert!(empty.preview().await.expect("it can be planned").is_empty(), "it is gone");
    empty.up().await.expect("it works");
    assert!(empty.store().load().await.expect("it can be read").expect("it was saved").pending.is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_was_renamed_before_the_next_run_is_found_under_its_new_name() {
    let world = world();
    let backend = KillableBackend::new(&world);
    let named = |name: &str, options: Options| {
        let mut stack = stack(&world, &backend);
        Thing::builder().name("a").build().declare_with(&mut stack, name, options).expect("it can be declared");
        stack
    };
    world.1.hang(Some("a"), false);
    stopped_at_once(&named("old", Options::new())).await;
    world.1.hang(None, false);
    let renamed = named("new", Options::new().aliases(["old"]));
    assert!(renamed.preview().await.expect("it can be planned").is_empty());
    renamed.up().await.expect("it works");
    assert_eq!(world.1.names(), ["a"]);
    let document = renamed.store().load().await.expect("it can be read").expect("it was saved");
    assert_eq!(document.resources.keys().collect::<Vec<_>>(), ["new"]);
}

#[tokio::test]
async fn two_runs_at_once_are_one_run() {
    let world = world();
    let backend = KillableBackend::new(&world);
    let mut one = stack(&world, &backend);
    declare(&mut one, "a", None);
    let mut two = stack(&world, &backend);
    declare(&mut two, "a", None);
    let (first, second) = tokio::join!(one.up().into_future(), two.up().into_future());
    first.expect("it has the lock");
    let error = second.expect_err("it has not");
    assert!(matches!(error, Error::State(rosa_ecr_state::StateError::Locked { .. })), "{error:?}");
    assert_eq!(world.1.names().len(), 3);
}

#[tokio::test]
async fn what_is_in_the_way_is_told_with_its_owner() {
    let world = world();
    let mut other = stack(&world, &KillableBackend::new(&world));
    declare(&mut other, "a", None);
    other.up().await.expect("it works");
    let mut stack = stack(&world, &KillableBackend::new(&world));
    Thing::builder().name("a").build().declare(&mut stack, "a").expect("it can be declared");
    let error = stack.up().await.expect_err("a exists");
    let Error::Collision { resource, owner, .. } = &error else { panic!("{error:?}") };
    assert_eq!((resource.as_str(), owner.as_str()), ("a", "somebody"));
    assert!(error.to_string().contains("Import it: import a its-id."), "{error}");
    assert_eq!(world.1.names().len(), 3);
}

#[tokio::test]
async fn what_a_replacement_has_left_is_in_the_next_plan() {
    let world = world();
    let backend = KillableBackend::new(&world);
    let mut first = stack(&world, &backend);
    declare(&mut first, "a", None);
    first.up().await.expect("it works");
    world.1.refuse(Some("a"));
    let mut second = stack(&world, &backend);
    declare(&mut second, "a2", None);
    second.up().await.expect_err("the delete is refused");
    let plan = second.preview().await.expect("it can be planned");
    let changes: Vec<_> = plan.changes().map(|step| (step.resource.as_str(), step.action)).collect();
    assert_eq!(changes, [("a", rosa_ecr_engine::Action::Delete)]);
    world.1.refuse(None);
    second.up().await.expect("it works");
    assert_eq!(world.1.names().len(), 3);
}

#[tokio::test]
async fn what_was_half_made_is_completed_or_replaced() {
    let world = world();
    let backend = KillableBackend::new(&world);
    let declare = |options: Options| {
        let mut stack = stack(&world, &backend);
        Thing::builder().name("thing").build().declare(&mut stack, "thing").expect("it can be declared");
        Glass::builder().name("glass").build().declare_with(&mut stack, "glass", options).expect("it can be declared");
        stack
    };
    let stack = declare(Options::new());
    world.1.break_off(true);
    for _ in 0..2 {
        stack.up().await.expect_err("it breaks off");
        assert_eq!(world.1.names().len(), 2, "and yet they are there");
    }
    world.1.break_off(false);
    world.1.log();

    let protected = declare(Options::new().protect()).up().await.expect_err("it would be replaced").to_string();
    assert!(protected.contains("not wholly made"), "{protected}");
    let plan = stack.preview().refresh(true).await.expect("it can be planned");
    let steps: Vec<_> = plan.steps.iter().map(|step| (step.resource.as_str(), step.action, step.tainted)).collect();
    assert_eq!(steps, [("glass", Action::DeleteThenCreate, true), ("thing", Action::Keep, false)]);
    stack.up().await.expect("it works");
    assert_eq!(world.1.log(), ["delete glass", "create glass"]);
    assert!(stack.preview().await.expect("it can be planned").is_empty(), "it is whole now");
    stack.destroy().await.expect("it works");
}
