//! What a run for some resources does to exports.

use std::sync::Arc;

use rosa_ecr_engine::{Declare as _, LookUp as _, Stack};

use crate::fake::{KillableBackend, Thing, ThingLookup, World, stack, world};

/// a and c, each with an export; what a lookup behind a finds; and something that comes from nowhere.
fn declare(world: &(i64, Arc<World>), backend: &KillableBackend, size: i64) -> Stack {
    let mut stack = stack(world, backend);
    let a = Thing::builder().name("a").size(size).build().declare(&mut stack, "a").expect("it can be declared");
    let c = Thing::builder().name("c").size(size).build().declare(&mut stack, "c").expect("it can be declared");
    let found = ThingLookup::builder().name(a.inputs.name).build().look_up(&mut stack, "found");
    stack.export("a", a.inputs.size);
    stack.export("c", c.inputs.size);
    stack.export("found", found.expect("it can be declared").size);
    stack.export("nothing", rosa_ecr_model::Output::known(7));
    stack
}

async fn exports(stack: &Stack) -> Vec<(String, i64)> {
    let document = stack.store().load().await.expect("it can be read").expect("it was saved");
    document.outputs.into_iter().map(|(name, value)| (name, value.reveal().as_i64().expect("a number"))).collect()
}

fn named<const N: usize>(expected: [(&str, i64); N]) -> Vec<(String, i64)> {
    expected.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

#[tokio::test]
async fn of_what_was_not_targeted_they_stay() {
    let world = world();
    let backend = KillableBackend::new(&world);
    let first = declare(&world, &backend, 1);
    first.up().await.expect("it works");
    let all = named([("a", 1), ("c", 1), ("found", 1), ("nothing", 7)]);
    assert_eq!(exports(&first).await, all);

    let second = declare(&world, &backend, 2);
    second.up().target("c").await.expect("it works");
    assert_eq!(exports(&second).await, named([("a", 1), ("c", 2), ("found", 1), ("nothing", 7)]));

    second.destroy().target("a").await.expect("it works");
    assert_eq!(exports(&second).await, named([("c", 2), ("nothing", 7)]), "also what came through a lookup is gone");

    second.up().target("a").await.expect("it works");
    assert_eq!(exports(&second).await, named([("a", 2), ("c", 2), ("nothing", 7)]));
    second.destroy().await.expect("it works");
    assert_eq!(exports(&second).await, []);
}

#[tokio::test]
async fn a_target_that_only_the_state_has_may_go() {
    let world = world();
    let backend = KillableBackend::new(&world);
    declare(&world, &backend, 1).up().await.expect("it works");
    let mut second = stack(&world, &backend);
    Thing::builder().name("a").build().declare(&mut second, "a").expect("it can be declared");
    second.up().target("c").await.expect("it works");
    assert_eq!(world.1.names(), ["a"]);
}
