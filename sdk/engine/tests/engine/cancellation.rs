//! Runs that are stopped, in either of the two steps.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rosa_ecr_engine::{Action, Declare as _, Error, Event, LookUp as _, Options, Outcome, Stack, Stop};
use rosa_ecr_state::{Backend as _, Document, StateError};
use std::num::NonZeroUsize;

use crate::fake::{KillableBackend, Thing, ThingLookup, World, stack, world};

/// b comes after a, c stands alone.
fn declare(world: &(i64, Arc<World>), backend: &KillableBackend) -> Stack {
    let mut stack = stack(world, backend);
    let a = Thing::builder().name("a").build().declare(&mut stack, "a").expect("it can be declared");
    Thing::builder().name("b").link(a.id).build().declare(&mut stack, "b").expect("it can be declared");
    stack
}

async fn document(stack: &Stack) -> Document {
    stack.store().load().await.expect("it can be read").expect("it was saved")
}

/// Cancels when something of that resource begins.
fn cancel_at(stop: &Stop, name: &'static str) -> impl Fn(&Event) + Send + Sync + 'static {
    let stop = stop.clone();
    move |event| {
        if matches!(event, Event::Started { resource, .. } if resource == name) {
            stop.cancel();
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_does_not_end_is_dropped_and_stays_pending() {
    let world = world();
    let backend = KillableBackend::new(&world);
    let stack = declare(&world, &backend);
    world.1.hang(Some("a"), false);
    let (stop, begun) = (Stop::new(), tokio::time::Instant::now());
    let error = stack.up().stop_with(&stop).on_event(cancel_at(&stop, "a")).await.expect_err("it hangs");
    assert_eq!(begun.elapsed().as_secs(), 5, "it had the time to hand back what it knows");
    let Error::Failed { outcome: Outcome::Unknown, report } = &error else { panic!("{error:?}") };
    assert_eq!((report.failures[0].resource.as_str(), report.failures[0].outcome), ("a", Outcome::Unknown));
    assert_eq!(report.skipped["b"], "a");
    let message = error.diagnostics().to_string();
    assert!(message.contains("it is pending") && message.contains("the next run looks for it"), "{message}");
    assert_eq!(world.1.abandoned.load(Ordering::Relaxed), 1, "what runs it elsewhere is notified");
    let document = document(&stack).await;
    assert_eq!((document.pending[0].resource.as_str(), document.resources.len()), ("a", 0));
    assert!(backend.holder().await.expect("it can be read").is_none(), "the lock is given up");

    world.1.hang(None, false);
    stack.up().await.expect("it works");
    assert_eq!(world.1.names(), ["a", "b"], "one of each");
    assert!(stack.preview().refresh(true).await.expect("it can be planned").is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_heeds_the_stop_hands_back_its_state() {
    let world = world();
    let stack = declare(&world, &KillableBackend::new(&world));
    world.1.hang(Some("a"), true);
    let stop = Stop::new();
    let run = stack.up().stop_with(&stop).on_event(cancel_at(&stop, "a"));
    let error = tokio::time::timeout(Duration::from_secs(1), run.into_future()).await.expect("it ends at once");
    assert!(matches!(error, Err(Error::Failed { .. })), "{error:?}");
    let document = document(&stack).await;
    assert!(document.pending.is_empty() && document.resources.contains_key("a"), "{document:?}");
}

#[tokio::test(start_paused = true)]
async fn an_update_and_a_delete_that_do_not_end_stay_pending() {
    for (size, action) in [(Some(2), Action::Update), (None, Action::Delete)] {
        let world = world();
        let backend = KillableBackend::new(&world);
        let with = |size: Option<i64>| {
            let mut stack = stack(&world, &backend);
            if let Some(size) = size {
                let a = Thing::builder().name("a").size(size).build();
                a.declare(&mut stack, "a").expect("it can be declared");
            }
            stack
        };
        with(Some(1)).up().await.expect("it works");
        world.1.hang(Some("a"), false);
        let (second, stop) = (with(size), Stop::new());
        let error = second.up().stop_with(&stop).on_event(cancel_at(&stop, "a")).await.expect_err("it hangs");
        let Error::Failed { outcome: Outcome::Unknown, report } = &error else { panic!("{error:?}") };
        assert_eq!(report.failures[0].action, action);
        let document = document(&second).await;
        assert_eq!((document.pending.len(), document.resources.len()), (1, 1), "{action:?}");
        world.1.hang(None, false);
        second.up().await.expect("it works");
        assert!(second.preview().refresh(true).await.expect("it can be planned").is_empty());
    }
}

#[tokio::test]
async fn a_stop_of_a_refresh_starts_no_more_reads() {
    let world = world();
    let stack = declare(&world, &KillableBackend::new(&world));
    stack.up().await.expect("it works");
    for name in ["a", "b"] {
        world.1.change(name, |thing| thing.size = 9);
    }
    let (stop, drifted) = (Stop::new(), Arc::new(AtomicUsize::new(0)));
    let (at_first, count) = (stop.clone(), drifted.clone());
    let run = stack.refresh().parallel(NonZeroUsize::MIN).stop_with(&stop).on_event(move |event| {
        if matches!(event, Event::Drift { .. }) {
            count.fetch_add(1, Ordering::Relaxed);
            at_first.finish();
        }
    });
    let error = run.await.expect_err("it was stopped");
    assert!(matches!(error, Error::Stopped { .. }), "{error:?}");
    assert_eq!(drifted.load(Ordering::Relaxed), 1);
    assert_eq!(document(&stack).await.resources["a"].state.reveal()["size"], 9, "what was read is kept");
}

#[tokio::test]
async fn a_plan_that_was_stopped_is_no_plan() {
    for cancels in [false, true] {
        let world = world();
        world.1.add("there");
        let mut stack = stack(&world, &KillableBackend::new(&world));
        let there = ThingLookup::builder().name("there").build();
        let there = there.look_up(&mut stack, "there").expect("it can be declared");
        let after = Options::new().depends_on(&there);
        let thing = Thing::builder().name("a").build();
        thing.declare_with(&mut stack, "a", after).expect("it can be declared");
        for up in [false, true] {
            let stop = Stop::new();
            let at_first = stop.clone();
            let observe = move |event: &Event| {
                if matches!(event, Event::Started { action: Action::Read, .. }) {
                    if cancels { at_first.cancel() } else { at_first.finish() }
                }
            };
            let stopped = if up {
                stack.up().stop_with(&stop).on_event(observe).await.map(drop)
            } else {
                stack.preview().stop_with(&stop).on_event(observe).await.map(drop)
            };
            let error = stopped.expect_err("a was not planned");
            assert!(matches!(error, Error::Stopped { .. }), "{error:?}");
            assert!(error.diagnostics().to_string().contains("Nothing was changed"), "{error:?}");
        }
        assert!(world.1.log().is_empty());
    }
}

#[tokio::test]
async fn a_lock_that_is_lost_before_the_first_operation_is_named() {
    let world = world();
    let backend = KillableBackend::new(&world);
    let stack = declare(&world, &backend);
    let faults = backend.faults.clone();
    let run = stack.up().approve(move |_| {
        faults.lost.cancel();
        true
    });
    let error = run.await.expect_err("it has no lock");
    assert!(matches!(error, Error::State(StateError::Lost { .. })), "{error:?}");
    assert!(world.1.log().is_empty());
}

#[tokio::test]
async fn a_lock_that_is_lost_meanwhile_is_why_the_rest_is_skipped() {
    let world = world();
    let backend = KillableBackend::new(&world);
    let stack = declare(&world, &backend);
    let (faults, because) = (backend.faults.clone(), Arc::new(Mutex::new(None)));
    let seen = because.clone();
    let run = stack.up().on_event(move |event| match event {
        Event::Started { .. } => faults.lost.cancel(),
        Event::Skipped { because, .. } => *seen.lock().expect("no panic") = Some(because.clone()),
        _ => {}
    });
    let error = run.await.expect_err("it has no lock");
    assert!(matches!(error, Error::State(StateError::Lost { .. })), "{error:?}");
    assert_eq!(because.lock().expect("no panic").as_deref(), Some("the lock on the state was lost"));
    assert_eq!(world.1.log(), ["create a"]);
}

#[tokio::test(start_paused = true)]
async fn a_state_that_cannot_be_saved_stops_one_run_and_no_other() {
    let world = world();
    let backend = KillableBackend::new(&world);
    let (stack, stop) = (declare(&world, &backend), Stop::new());
    backend.faults.fail_writes(0, usize::MAX);
    let error = stack.up().stop_with(&stop).await.expect_err("it cannot be saved");
    assert!(error.to_string().contains("cannot be written"), "{error}");
    assert!(!stop.finishing().is_cancelled(), "others go on");
    assert!(world.1.log().is_empty());
}
