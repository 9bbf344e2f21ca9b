//! Creates of which nothing tells whether they made something: never taken for "nothing there".

use std::sync::Arc;

use rosa_ecr_engine::{Action, Declare as _, Error, Options, Stack};
use rosa_ecr_model::Output;
use rosa_ecr_state::{Document, PendingOperation};

use crate::convergence::run_and_die;
use crate::fake::{KillableBackend, Things, World, provide, stack, world};
use crate::non_converging::Glass;

fn declare(world: &(i64, Arc<World>), backend: &KillableBackend, glasses: &[&str]) -> Stack {
    let mut stack = stack(world, backend);
    for name in glasses {
        Glass::builder().name(*name).build().declare(&mut stack, name).expect("it can be declared");
    }
    stack
}

/// A stack whose process died behind the call that made its glass, of which no probe can tell.
async fn died() -> ((i64, Arc<World>), KillableBackend) {
    let world = world();
    let backend = KillableBackend::new(&world);
    world.1.kind_faults.blind();
    world.1.kill_after(Some(3));
    let dying = declare(&world, &backend, &["a"]);
    assert!(run_and_die(&world.1, dying.up().into_future()).await, "it has to die");
    world.1.kill_after(None);
    assert_eq!(world.1.names(), ["a"]);
    world.1.log();
    (world, backend)
}

async fn document(stack: &Stack) -> Document {
    stack.store().load().await.expect("it can be read").expect("it was saved")
}

#[track_caller]
fn assert_way_out(error: &Error, declared: bool) {
    let Error::Invalid(diagnostics) = error else { panic!("{error:?}") };
    let message = diagnostics.to_string();
    for part in [
        "\"a\" may exist, and would be left behind",
        "a fake_glass, at 20",
        "Nothing tells by its name.",
        "Nothing was changed.",
        "`import a ID`",
        "`state forget a --pending`",
    ] {
        assert!(message.contains(part), "{part}: {message}");
    }
    assert_eq!(message.contains("declare it again"), !declared, "{message}");
}

#[tokio::test]
async fn a_destroy_does_not_leave_it_behind() {
    let (world, backend) = died().await;
    let (declared, undeclared) = (declare(&world, &backend, &["a"]), declare(&world, &backend, &[]));
    for (stack, is_declared) in [(&declared, true), (&undeclared, false)] {
        assert_way_out(&stack.destroy().await.expect_err("nobody can tell"), is_declared);
        assert_way_out(&stack.preview_destroy().await.expect_err("nobody can tell"), is_declared);
        assert_way_out(&stack.destroy().target("a").await.expect_err("nobody can tell"), is_declared);
    }
    assert_way_out(&undeclared.up().await.expect_err("nothing would ever delete it"), false);
    assert_eq!((document(&declared).await.pending.len(), world.1.log()), (1, vec![]));

    declared.import("a", "a").await.expect_err("a glass cannot be imported");
    // What `state forget` does.
    let (session, saved) = declared.store().lock("state forget").await.expect("it is free");
    let mut saved = saved.expect("it was saved");
    saved.pending.clear();
    session.save(&mut saved).await.expect("it can be saved");
    session.release().await.expect("it can be released");
    declared.destroy().await.expect("somebody says that there is none");
}

#[tokio::test]
async fn what_a_person_imports_is_deleted() {
    let world = world();
    let backend = KillableBackend::new(&world);
    world.1.kind_faults.blind();
    let declare = |name: &str| {
        let mut stack = stack(&world, &backend);
        let thing = crate::fake::Thing::builder().name(name).build();
        thing.declare(&mut stack, "a").expect("it can be declared");
        stack
    };
    world.1.kill_after(Some(3));
    assert!(run_and_die(&world.1, declare("one").up().into_future()).await);
    world.1.kill_after(None);
    declare("one").destroy().await.expect_err("nobody can tell");
    declare("one").import("a", "one").await.expect("it works");
    assert!(document(&declare("one")).await.pending.is_empty());

    // Beside the object that it was to replace, too.
    world.1.kill_after(Some(3));
    assert!(run_and_die(&world.1, declare("two").up().into_future()).await);
    world.1.kill_after(None);
    let pending = document(&declare("two")).await.pending;
    assert_eq!(pending.iter().map(|pending| pending.operation).collect::<Vec<_>>(), [PendingOperation::Replace]);
    declare("two").destroy().await.expect_err("nobody can tell");
    declare("two").import("a", "one").await.expect_err("that is the old one");
    declare("two").import("a", "two").await.expect("it works");
    declare("two").destroy().await.expect("it works");
    assert!(world.1.names().is_empty(), "{:?}", world.1.names());
}

#[tokio::test]
async fn an_up_warns_until_there_is_an_object() {
    let (world, backend) = died().await;
    let stack = declare(&world, &backend, &["a", "b"]);
    let warns = |message: String| assert!(message.contains("\"a\" may exist already"), "{message}");
    warns(stack.preview().await.expect("it can be planned").diagnostics.to_string());
    // Runs that do not create it leave it pending.
    warns(stack.refresh().await.expect("it works").diagnostics.to_string());
    warns(stack.up().target("b").await.expect("it works").diagnostics.to_string());
    assert_eq!(document(&stack).await.pending.len(), 1);
    let error = stack.up().await.expect_err("its name is taken");
    assert!(matches!(error, Error::Collision { .. }), "{error:?}");
    assert_eq!(document(&stack).await.pending.len(), 1, "a create that made nothing says nothing of the first one");
    world.1.lose("a");
    let report = stack.up().await.expect("it works");
    warns(report.diagnostics.to_string());
    assert_eq!(report.done["a"], Action::Create);
    assert!(document(&stack).await.pending.is_empty());
    stack.destroy().await.expect("it works");
    assert!(world.1.names().is_empty());
}

#[tokio::test]
async fn what_no_provider_can_be_asked_for_is_not_left_behind_either() {
    let world = world();
    let backend = KillableBackend::new(&world);
    let declare = |known: bool| {
        let mut stack = stack(&world, &backend);
        let first = crate::fake::Thing::builder().name("first").build();
        let first = first.declare(&mut stack, "first").expect("it can be declared");
        let number = if known { Output::known(1) } else { first.id.map(|id| i64::try_from(id.len()).unwrap_or(0)) };
        let late = provide(&mut stack, &world, "late", Things::builder().world(number).build());
        let options = Options::new().provider(&late);
        Glass::builder().name("a").build().declare_with(&mut stack, "a", options).expect("it can be declared");
        stack
    };
    world.1.kill_after(Some(3));
    assert!(run_and_die(&world.1, declare(true).up().target("a").into_future()).await);
    world.1.kill_after(None);
    // Its provider is configured with what does not exist yet.
    let error = declare(false).destroy().await.expect_err("nobody can be asked").to_string();
    assert!(error.contains("its provider's configuration is not known"), "{error}");
    assert_eq!(document(&declare(false)).await.pending.len(), 1);
}
