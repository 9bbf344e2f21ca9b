//! What was done is saved or reported.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use rosa_ecr_engine::{Declare as _, Error, Event, Stack};
use rosa_ecr_state::{Backend as _, StateError};

use crate::fake::{KillableBackend, Thing, World, stack, world};

/// b comes after a.
fn declare(world: &(i64, Arc<World>), backend: &KillableBackend) -> Stack {
    let mut stack = stack(world, backend);
    let a = Thing::builder().name("a").build().declare(&mut stack, "a").expect("it can be declared");
    Thing::builder().name("b").link(a.id).build().declare(&mut stack, "b").expect("it can be declared");
    stack
}

async fn converges(world: &World, stack: &Stack) {
    stack.up().await.expect("it works");
    assert_eq!(world.names(), ["a", "b"], "one of each");
    assert!(stack.preview().refresh(true).await.expect("it can be planned").is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_save_that_fails_is_tried_again() {
    for after in 0..4 {
        let world = world();
        let backend = KillableBackend::new(&world);
        backend.faults.fail_writes(after, 3);
        declare(&world, &backend).up().await.expect("the fourth try works");
        assert_eq!(world.1.log(), ["create a", "create b"]);
    }
}

#[tokio::test(start_paused = true)]
async fn what_could_not_be_saved_is_listed() {
    let world = world();
    let backend = KillableBackend::new(&world);
    let stack = declare(&world, &backend);
    backend.faults.fail_writes(1, usize::MAX);
    let error = stack.up().await.expect_err("it cannot be saved");
    let Error::Unsaved { error: StateError::Io { .. }, unsaved, report } = &error else { panic!("{error:?}") };
    assert_eq!(unsaved.iter().map(ToString::to_string).collect::<Vec<_>>(), ["a (fake_thing, id \"a\")"]);
    assert_eq!(report.skipped["b"], "the state cannot be saved");
    let message = error.diagnostics().to_string();
    assert!(message.contains("a (fake_thing, id \"a\")") && message.contains("import NAME ID"), "{message}");
    assert_eq!(world.1.log(), ["create a"]);
    assert!(backend.holder().await.expect("it can be read").is_none(), "the lock is given up");
    backend.faults.fail_writes(0, 0);
    converges(&world.1, &stack).await;
}

#[tokio::test(start_paused = true)]
async fn a_delete_that_could_not_be_saved_is_listed() {
    let world = world();
    let backend = KillableBackend::new(&world);
    let stack = declare(&world, &backend);
    stack.up().await.expect("it works");
    backend.faults.fail_writes(1, usize::MAX);
    let error = stack.destroy().await.expect_err("it cannot be saved");
    assert!(error.to_string().contains("b (fake_thing, id \"b\") was deleted"), "{error}");
    backend.faults.fail_writes(0, 0);
    stack.destroy().await.expect("it works");
    assert!(world.1.names().is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_last_save_of_a_run_has_what_earlier_ones_could_not() {
    let world = world();
    let backend = KillableBackend::new(&world);
    let stack = declare(&world, &backend);
    backend.faults.fail_writes(1, 4);
    let error = stack.up().await.expect_err("nothing more was begun");
    assert!(matches!(error, Error::State(StateError::Io { .. })), "{error:?}");
    let document = stack.store().load().await.expect("it can be read").expect("it was saved");
    assert!(document.pending.is_empty() && document.resources.contains_key("a"), "{document:?}");
    converges(&world.1, &stack).await;
}

#[tokio::test(start_paused = true)]
async fn without_the_lock_nothing_is_tried_again() {
    let world = world();
    let backend = KillableBackend::new(&world);
    let stack = declare(&world, &backend);
    let (place, begun) = (backend.memory.clone(), tokio::time::Instant::now());
    let run = stack.up().on_event(move |event| {
        if matches!(event, Event::Started { .. }) {
            drop(place.unlock());
        }
    });
    let error = run.await.expect_err("somebody took the lock away");
    let Error::Unsaved { error: StateError::Lost { .. }, unsaved, .. } = &error else { panic!("{error:?}") };
    assert_eq!((unsaved.len(), begun.elapsed().as_millis()), (1, 0));
    converges(&world.1, &stack).await;
}

#[tokio::test]
async fn a_lock_that_cannot_be_given_up_does_not_undo_what_was_done() {
    let world = world();
    let backend = KillableBackend::new(&world);
    let stack = declare(&world, &backend);
    backend.faults.keeps_lock.store(true, Ordering::Relaxed);
    let (run, mut events) = stack.up().events();
    let report = run.await.expect("everything was done");
    assert_eq!(report.counts().created, 2);
    let message = report.diagnostics.to_string();
    assert!(
        message.contains("The lock on the state was not given up") && message.contains("state unlock"),
        "{message}"
    );
    let mut warnings = 0;
    while let Some(event) = events.recv().await {
        warnings += usize::from(matches!(event, Event::Diagnostic { message, .. } if message.severity == "warning"));
    }
    assert_eq!(warnings, 1);
}
