//! A panic of a provider's code is an error that says which method it was, and nobody has the lock afterwards.

use std::sync::Arc;

use rosa_ecr_engine::{Declare as _, Error, Stack};

use crate::fake::{KillableBackend, Thing, World, stack, world};

/// Two things, of which one may be called otherwise than its resource.
fn declare(world: &(i64, Arc<World>), backend: &KillableBackend, size: i64, things: &[(&str, &str)]) -> Stack {
    let mut stack = stack(world, backend);
    for (name, thing) in things {
        Thing::builder().name(*thing).size(size).build().declare(&mut stack, name).expect("it can be declared");
    }
    stack
}

#[tokio::test]
async fn every_method_is_guarded() {
    for method in ["validate", "plan", "apply", "read", "import", "import_by_identity", "stored", "probe"] {
        let world = world();
        let backend = KillableBackend::new(&world);
        let declare = |size, things: &[(&str, &str)]| declare(&world, &backend, size, things);
        declare(1, &[("a", "a"), ("b", "b")]).up().await.expect("it works");
        world.1.add("found");
        let found = declare(1, &[("a", "a"), ("b", "b"), ("found", "found")]);
        let changed = declare(2, &[("a", "new"), ("b", "b"), ("c", "c")]);
        if method == "probe" {
            world.1.kind_faults.panic_in(Some("apply"));
            changed.up().await.expect_err("it leaves what has to be looked for");
        }
        world.1.kind_faults.panic_in(Some(method));
        let result = match method {
            "import" => found.import("found", "found").await.map(drop),
            "import_by_identity" => found.import_by_identity("found", [("name", "found")]).await.map(drop),
            _ => changed.up().await.map(drop),
        };
        let message = result.expect_err(method).to_string();
        assert!(message.contains(&format!("The code of fake_thing panicked in `{method}`")), "{method}: {message}");
        assert!(message.contains("kind_faults.rs:"), "{method}: {message}");
        world.1.kind_faults.panic_in(None);
        changed.up().await.unwrap_or_else(|error| panic!("nobody has the lock, and it heals: {method}: {error}"));
        let mut names = world.1.names();
        names.sort();
        assert_eq!(names, ["b", "c", "found", "new"], "{method}");
    }
}

#[tokio::test]
async fn what_the_apply_meets_ends_one_operation() {
    let world = world();
    let backend = KillableBackend::new(&world);
    let stack = declare(&world, &backend, 1, &[("a", "a"), ("b", "b")]);
    // The plan is made by then.
    let at_hand = world.1.clone();
    let up = stack.up().approve(move |_| {
        at_hand.kind_faults.panic_in(Some("apply"));
        true
    });
    let error = up.await.expect_err("it panics");
    let Error::Failed { report, .. } = &error else { panic!("{error:?}") };
    assert_eq!(report.failures.len(), 2);
    assert!(error.to_string().contains("The code of fake_thing panicked in `apply`"), "{error}");
    world.1.kind_faults.panic_in(None);
    stack.up().await.expect("nobody has the lock");
    assert_eq!(world.1.names().len(), 2);
}

#[tokio::test]
async fn an_observer_that_panics_leaves_no_lock_behind() {
    let world = world();
    let backend = KillableBackend::new(&world);
    let stack = declare(&world, &backend, 1, &[("a", "a")]);
    let error = stack.up().on_event(|event| panic!("{event:?} is too much")).await.expect_err("it panics").to_string();
    assert!(error.contains("The run panicked") && error.contains("panics.rs:"), "{error}");
    stack.up().await.expect("nobody has the lock");
}
