//! One object belongs to one declaration.

use std::num::NonZeroUsize;
use std::sync::Arc;

use rosa_ecr_engine::{Action, Declare as _, Error, Options, Stack};

use crate::fake::{KillableBackend, Thing, World, stack, world};
use crate::id_only::IdOnly;
use crate::non_converging::Glass;

fn things(world: &(i64, Arc<World>), backend: &KillableBackend, declared: &[(&str, &str)]) -> Stack {
    let mut stack = stack(world, backend);
    for (name, thing) in declared {
        Thing::builder().name(*thing).build().declare(&mut stack, name).expect("it can be declared");
    }
    stack
}

async fn names(stack: &Stack) -> Vec<String> {
    stack.store().load().await.expect("it can be read").expect("it was saved").resources.into_keys().collect()
}

#[tokio::test]
async fn two_declarations_of_one_object_are_refused_in_the_preview() {
    let world = world();
    let backend = KillableBackend::new(&world);
    let twins = things(&world, &backend, &[("one", "a"), ("two", "a"), ("other", "b")]);
    for error in [twins.preview().await.expect_err("they are one"), twins.up().await.map(drop).expect_err("they are")] {
        let Error::Invalid(diagnostics) = &error else { panic!("{error:?}") };
        let message = diagnostics.to_string();
        assert!(
            message.contains("\"one\" and \"two\" are one object") && message.contains("name = \"a\""),
            "{message}"
        );
        assert!(!message.contains("\"other\""), "{message}");
    }
    assert!(world.1.log().is_empty(), "nothing was done");

    // One of them is there already, as planned or as what the run is not about.
    things(&world, &backend, &[("two", "a")]).up().await.expect("it works");
    for run in [twins.preview(), twins.preview().target("one")] {
        let error = run.await.expect_err("they are one").to_string();
        assert!(error.contains("\"two\" and \"one\" are one object") && error.contains("\"two\" has it."), "{error}");
        assert!(error.contains("Remove \"one\"") || error.contains("aliases([\"two\"])"), "{error}");
    }
    let winner = things(&world, &backend, &[("two", "a")]);
    assert_eq!(winner.up().await.expect("it works").counts().kept, 1);
    assert_eq!(world.1.names(), ["a"], "the loser never had it");
}

#[tokio::test]
async fn a_natural_key_says_it_where_ids_are_not_known() {
    let world = world();
    let mut stack = stack(&world, &KillableBackend::new(&world));
    for name in ["one", "two"] {
        Glass::builder().name("a").build().declare(&mut stack, name).expect("it can be declared");
    }
    let error = stack.preview().await.expect_err("they are one").to_string();
    assert!(error.contains("\"one\" and \"two\" are one object"), "{error}");
}

#[tokio::test]
async fn what_is_known_only_in_the_apply_is_refused_before_the_create() {
    for limit in [1, 10] {
        let world = world();
        let backend = KillableBackend::new(&world);
        let mut stack = things(&world, &backend, &[("base", "base")]);
        let base = Thing::builder().name("late").build().declare(&mut stack, "source").expect("it can be declared");
        for name in ["one", "two"] {
            let same = base.id.clone().map(|_| "same".to_owned());
            Thing::builder().name(same).build().declare(&mut stack, name).expect("it can be declared");
        }
        let limit = NonZeroUsize::new(limit).expect("it is none");
        let error = stack.up().parallel(limit).await.expect_err("they are one");
        let Error::Failed { report, .. } = &error else { panic!("{error:?}") };
        assert_eq!((report.failures.len(), report.counts().created), (1, 3), "{report:?}");
        let message = error.to_string();
        assert!(message.contains("would have the object of") && message.contains("Nothing was done"), "{message}");
        assert_eq!(world.1.names().iter().filter(|name| *name == "same").count(), 1);
        assert_eq!(world.1.log().iter().filter(|write| *write == "create same").count(), 1, "only one was begun");
        stack.destroy().await.expect("it works");
        assert!(world.1.names().is_empty());
    }
}

#[tokio::test]
async fn what_a_create_returns_stays_with_the_one_that_has_it() {
    let world = world();
    let backend = KillableBackend::new(&world);
    let declare = |names: &[&str]| {
        let mut stack = stack(&world, &backend);
        for name in names {
            IdOnly::builder().label("a").build().declare(&mut stack, name).expect("it can be declared");
        }
        stack
    };
    declare(&["one"]).up().await.expect("it works");
    let both = declare(&["one", "two"]);
    let error = both.up().await.expect_err("its create takes what is there").to_string();
    assert!(error.contains("\"two\" and \"one\" share one object"), "{error}");
    assert_eq!(names(&both).await, ["one"]);
    world.1.log();
    declare(&["one"]).up().await.expect("there is nothing to do");
    assert_eq!((world.1.log(), world.1.names()), (vec![], vec!["a".to_owned()]), "the loser takes nothing along");
    declare(&["one"]).destroy().await.expect("it works");
    assert_eq!(world.1.log(), ["delete a"], "once");
}

#[tokio::test]
async fn an_object_that_the_state_has_is_not_imported_again() {
    let world = world();
    let backend = KillableBackend::new(&world);
    for name in ["a", "glass"] {
        world.1.add(name);
    }
    let stack = things(&world, &backend, &[("one", "a"), ("two", "b")]);
    stack.import("one", "a").await.expect("it works");
    let error = stack.import("two", "a").await.expect_err("one has it").to_string();
    assert!(error.contains("in the state already, as \"one\"") && error.contains("`state forget one`"), "{error}");
    assert_eq!(names(&stack).await, ["one"]);
}

/// A state of before, in which two names have one object.
async fn share(stack: &Stack) {
    let (session, document) = stack.store().lock("test").await.expect("it is free");
    let mut document = document.expect("it was saved");
    let mut twin = document.resources["one"].clone();
    twin.name = "two".into();
    document.resources.insert("two".into(), twin);
    session.save(&mut document).await.expect("it can be saved");
    session.release().await.expect("it can be released");
}

#[tokio::test]
async fn a_state_that_shares_an_object_loses_it_to_no_delete() {
    let world = world();
    let backend = KillableBackend::new(&world);
    let one = things(&world, &backend, &[("one", "a")]);
    one.up().await.expect("it works");
    share(&one).await;
    world.1.log();
    let error = one.up().await.expect_err("two would take it along").to_string();
    assert!(error.contains("\"two\" has the same object as \"one\""), "{error}");
    assert!(error.contains("`state forget two`"), "{error}");
    let both = things(&world, &backend, &[("one", "a"), ("two", "a")]);
    let error = both.up().await.expect_err("they are one").to_string();
    assert!(error.contains("`state forget two`"), "{error}");
    assert!(world.1.log().is_empty());
    both.destroy().await.expect("both go");
    assert!(world.1.names().is_empty());
}

#[tokio::test]
async fn one_alias_is_for_one_declaration() {
    let world = world();
    let backend = KillableBackend::new(&world);
    things(&world, &backend, &[("old", "a")]).up().await.expect("it works");
    let declare = |names: &[&str]| {
        let mut stack = stack(&world, &backend);
        for name in names {
            let thing = Thing::builder().name(*name).build();
            thing.declare_with(&mut stack, name, Options::new().aliases(["old"])).expect("it can be declared");
        }
        stack
    };
    for result in [declare(&["b", "c"]).preview().await.map(drop), declare(&["b", "c"]).up().await.map(drop)] {
        let error = result.expect_err("which of them is it?").to_string();
        assert!(error.contains("\"b\" and \"c\" have one alias") && error.contains("as \"old\""), "{error}");
        assert!(error.contains("objects.rs:"), "it says where: {error}");
    }
    let plan = declare(&["b"]).preview().await.expect("it can be planned");
    assert_eq!(plan.steps[0].renamed_from.as_deref(), Some("old"));
    assert_ne!(plan.steps[0].action, Action::Create);
}
