//! What a run does, and in which order.

use rosa_ecr_engine::{Action, Declare as _, Error, Event, Options, Result, Stack, UNKNOWN};
use rosa_ecr_model::Output;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};

use crate::fake::{KillableBackend, Thing, stack, world};
use crate::non_converging::{Glass, Seat};

/// b links to a, c stands alone.
fn three(stack: &mut Stack, material: Option<&str>) -> Result {
    let a = Thing::builder().name("a").material(material).build().declare(stack, "a")?;
    let b = Thing::builder().name("b").link(a.id).build().declare(stack, "b")?;
    Thing::builder().name("c").build().declare(stack, "c")?;
    stack.export("title", b.title);
    stack.export("size", b.inputs.size);
    Ok(())
}

fn actions(plan: &rosa_ecr_engine::Plan) -> Vec<(&str, Action)> {
    plan.steps.iter().map(|step| (step.resource.as_str(), step.action)).collect()
}

#[tokio::test]
async fn outputs_flow_and_a_second_run_writes_nothing() {
    let (world, backend) = {
        let world = world();
        let backend = KillableBackend::new(&world);
        (world, backend)
    };
    let mut stack = stack(&world, &backend);
    three(&mut stack, None).expect("it can be declared");

    let plan = stack.preview().await.expect("it can be planned");
    assert_eq!(actions(&plan), [("a", Action::Create), ("c", Action::Create), ("b", Action::Create)]);
    let link = plan.steps[2].changes.iter().find(|change| change.attribute == "link").expect("it changes");
    assert_eq!((link.after.as_str(), link.unknown), (Some(UNKNOWN), true));
    assert_eq!(plan.outputs["title"].value, "B", "what can be known is");
    assert!(world.1.log().is_empty() && backend.memory.versions().is_empty(), "a preview writes nothing");

    let report = stack.up().await.expect("it works");
    assert_eq!(report.counts().created, 3);
    assert_eq!(report.outputs["size"].value, 1);
    let log = world.1.log();
    assert!(log.iter().position(|write| write == "create a") < log.iter().position(|write| write == "create b"));

    let saves = backend.memory.versions().len();
    let again = stack.up().expect_no_changes(true).await.expect("there is nothing to do");
    assert_eq!((again.counts().kept, world.1.log(), backend.memory.versions().len()), (3, vec![], saves));
    assert!(stack.preview().refresh(true).await.expect("it can be planned").is_empty());

    let report = stack.destroy().await.expect("it works");
    assert_eq!(report.counts().deleted, 3);
    let log = world.1.log();
    assert!(log.iter().position(|write| write == "delete b") < log.iter().position(|write| write == "delete a"));
}

#[tokio::test]
async fn a_replacement_under_the_same_name_deletes_first() {
    let world = world();
    let backend = KillableBackend::new(&world);
    let mut first = stack(&world, &backend);
    three(&mut first, None).expect("it can be declared");
    first.up().await.expect("it works");
    world.1.log();
    let mut second = stack(&world, &backend);
    three(&mut second, Some("wood")).expect("it can be declared");
    let plan = second.preview().await.expect("it can be planned");
    assert_eq!(actions(&plan)[0], ("a", Action::DeleteThenCreate));
    second.up().await.expect("it works");
    assert_eq!(world.1.log(), ["delete a", "create a", "update b"]);
}

#[tokio::test]
async fn a_replacement_under_another_name_creates_first() {
    let world = world();
    let backend = KillableBackend::new(&world);
    let declare = |name: &str, options: Options| {
        let mut stack = stack(&world, &backend);
        let a = Thing::builder().name(name).build().declare_with(&mut stack, "a", options).expect("it can be declared");
        Thing::builder().name("b").link(a.id).build().declare(&mut stack, "b").expect("it can be declared");
        stack
    };
    declare("a", Options::new()).up().await.expect("it works");
    world.1.log();
    let report = declare("a2", Options::new()).up().await.expect("it works");
    assert_eq!(report.done["a"], Action::Replace);
    assert_eq!(world.1.log(), ["create a2", "update b", "delete a"]);
    declare("a3", Options::new().delete_before_replace()).up().await.expect("it works");
    assert_eq!(world.1.log(), ["delete a2", "create a3", "update b"]);
}

#[tokio::test]
async fn a_natural_key_tells_objects_apart_that_have_no_identity_yet() {
    let world = world();
    let backend = KillableBackend::new(&world);
    let declare = |name: &str| {
        let mut stack = stack(&world, &backend);
        let glass = Glass::builder().name(name).build().declare(&mut stack, "glass").expect("it can be declared");
        Thing::builder().name("b").link(glass.id).build().declare(&mut stack, "b").expect("it can be declared");
        stack
    };
    declare("one").up().await.expect("it works");
    world.1.log();
    declare("other").up().await.expect("it works");
    assert_eq!(world.1.log(), ["create other", "update b", "delete one"]);
}

#[tokio::test]
async fn a_replacement_that_needs_the_place_of_the_old_one_deletes_first() {
    let world = world();
    let backend = KillableBackend::new(&world);
    let declare = |name: &str| {
        let mut stack = stack(&world, &backend);
        Seat::builder().name(name).build().declare(&mut stack, "seat").expect("it can be declared");
        stack
    };
    declare("a").up().await.expect("it works");
    world.1.log();
    let report = declare("a2").up().await.expect("it works");
    assert_eq!(report.done["seat"], Action::DeleteThenCreate);
    assert_eq!(world.1.log(), ["delete a", "create a2"]);
}

#[tokio::test]
async fn a_failure_lets_the_rest_finish_and_the_next_run_converges() {
    let world = world();
    let backend = KillableBackend::new(&world);
    let mut stack = stack(&world, &backend);
    three(&mut stack, None).expect("it can be declared");
    world.1.refuse(Some("a"));
    let error = stack.up().await.expect_err("a is refused");
    let Error::Failed { report, .. } = &error else { panic!("{error:?}") };
    assert_eq!(report.failures[0].resource, "a");
    assert_eq!(report.skipped["b"], "a");
    assert_eq!(world.1.names(), ["c"]);
    world.1.refuse(None);
    stack.up().await.expect("it works");
    assert_eq!(world.1.names(), ["c", "a", "b"]);
}

#[tokio::test]
async fn exports_of_what_failed_keep_their_value() {
    let world = world();
    let backend = KillableBackend::new(&world);
    let declare = |size: i64, exports: &[&str]| {
        let mut stack = stack(&world, &backend);
        let a = Thing::builder().name("a").size(size).build().declare(&mut stack, "a").expect("it can be declared");
        let c = Thing::builder().name("c").size(size).build().declare(&mut stack, "c").expect("it can be declared");
        exports.iter().for_each(|name| stack.export(name, a.inputs.size.clone()));
        stack.export("other", c.inputs.size);
        stack
    };
    declare(1, &["size"]).up().await.expect("it works");
    world.1.refuse(Some("a"));
    let second = declare(2, &["size", "new"]);
    let error = second.up().await.expect_err("a is refused");
    let Error::Failed { report, .. } = &error else { panic!("{error:?}") };
    assert_eq!(report.outputs["size"].value, 1, "2 is only what was planned");
    let document = second.store().load().await.expect("it can be read").expect("it was saved");
    let kept: Vec<(&str, &str)> = document
        .outputs
        .iter()
        .map(|(name, value)| (name.as_str(), if *value.reveal() == 1 { "old" } else { "new" }))
        .collect();
    assert_eq!(kept, [("other", "new"), ("size", "old")], "what never had a value has none");
    world.1.refuse(None);
    let report = second.up().await.expect("it works");
    assert_eq!((&report.outputs["size"].value, &report.outputs["new"].value), (&2.into(), &2.into()));
}

#[tokio::test]
async fn targets_may_overlap_and_be_repeated() {
    let world = world();
    let mut stack = stack(&world, &KillableBackend::new(&world));
    let group = stack.component("group").expect("it is a name");
    for (name, options) in [("a", Options::new().parent(&group)), ("b", Options::new())] {
        Thing::builder().name(name).build().declare_with(&mut stack, name, options).expect("it can be declared");
    }
    let plan = stack.preview().target("group").target("group/a").target("group").await.expect("it can be planned");
    assert_eq!(actions(&plan), [("group/a", Action::Create)]);
}

#[tokio::test]
async fn exports_of_what_a_run_is_not_about_stay() {
    let world = world();
    let backend = KillableBackend::new(&world);
    let declare = || {
        let mut stack = stack(&world, &backend);
        for name in ["a", "b"] {
            let thing = Thing::builder().name(name).build().declare(&mut stack, name).expect("it can be declared");
            stack.export(name, thing.title);
        }
        stack
    };
    let names = |outputs: &std::collections::BTreeMap<String, rosa_ecr_engine::Exported>| {
        outputs.keys().cloned().collect::<Vec<_>>()
    };
    let stack = declare();
    let plan = stack.preview().target("a").await.expect("it can be planned");
    assert_eq!(names(&plan.outputs), ["a"], "b has no value, and gets none");
    assert_eq!(plan.output_changes.len(), 1);
    assert!(stack.preview().await.expect("it can be planned").has_changes());
    assert_eq!(names(&stack.up().target("a").await.expect("it works").outputs), ["a"]);
    assert_eq!(names(&stack.up().await.expect("it works").outputs), ["a", "b"]);
    assert_eq!(names(&stack.destroy().target("a").await.expect("it works").outputs), ["b"]);
    assert!(stack.destroy().await.expect("it works").outputs.is_empty());
}

#[tokio::test]
async fn what_an_import_or_a_refresh_finds_is_exported() {
    let world = world();
    world.1.add("a");
    let mut stack = stack(&world, &KillableBackend::new(&world));
    let a = Thing::builder().name("a").size(7).build().declare(&mut stack, "a").expect("it can be declared");
    stack.export("id", a.id);
    stack.export("size", a.inputs.size);
    let report = stack.import("a", "a").await.expect("it works");
    assert_eq!(report.outputs["id"].value, "found-a");
    assert!(!stack.preview().refresh(true).await.expect("it can be planned").has_changes(), "nothing is left to do");
    world.1.change("a", |thing| thing.size = 9);
    assert_eq!(stack.refresh().await.expect("it works").outputs["size"].value, 9);
}

#[tokio::test]
async fn at_most_so_many_run_at_once() {
    for (limit, most) in [(1, 1), (2, 2), (10, 4)] {
        let world = world();
        let mut stack = stack(&world, &KillableBackend::new(&world));
        for name in ["a", "b", "c", "d"] {
            Thing::builder().name(name).build().declare(&mut stack, name).expect("it can be declared");
        }
        stack.up().parallel(NonZeroUsize::new(limit).expect("not 0")).await.expect("it works");
        assert!(world.1.most_at_once() <= limit);
        assert!(
            limit == 1 || world.1.most_at_once() > 1,
            "{limit}: {} at once, {most} possible",
            world.1.most_at_once()
        );
    }
}

#[tokio::test]
async fn what_the_program_no_longer_has_is_deleted_against_the_order_of_its_dependencies() {
    let world = world();
    let backend = KillableBackend::new(&world);
    let mut first = stack(&world, &backend);
    three(&mut first, None).expect("it can be declared");
    first.up().await.expect("it works");
    world.1.log();
    let mut second = stack(&world, &backend);
    Thing::builder().name("c").build().declare(&mut second, "c").expect("it can be declared");
    second.up().await.expect("it works");
    assert_eq!(world.1.log(), ["delete b", "delete a"]);
    assert_eq!(world.1.names(), ["c"]);
}

#[tokio::test]
async fn drift_shows_and_is_repaired() {
    let world = world();
    let backend = KillableBackend::new(&world);
    let mut stack = stack(&world, &backend);
    three(&mut stack, None).expect("it can be declared");
    stack.up().await.expect("it works");
    world.1.change("a", |thing| thing.size = 9);
    world.1.lose("c");
    assert!(stack.preview().await.expect("it can be planned").is_empty(), "without a refresh the state counts");
    let plan = stack.preview().refresh(true).await.expect("it can be planned");
    assert_eq!(actions(&plan), [("a", Action::Update), ("c", Action::Create), ("b", Action::Keep)]);
    let report = stack.up().await.expect("it works");
    assert_eq!(report.drifted, ["a", "c"]);
    assert!(stack.preview().refresh(true).await.expect("it can be planned").is_empty());
}

#[tokio::test]
async fn events_tell_what_happens() {
    let world = world();
    let mut stack = stack(&world, &KillableBackend::new(&world));
    three(&mut stack, None).expect("it can be declared");
    let events: Arc<Mutex<Vec<Event>>> = Arc::default();
    let seen = events.clone();
    let run = stack.up().on_event(move |event| seen.lock().expect("no panic").push(event.clone()));
    let (run, mut stream) = run.events();
    run.await.expect("it works");
    let events = events.lock().expect("no panic");
    let streamed: Vec<Event> = std::iter::from_fn(|| stream.try_recv().ok()).collect();
    assert_eq!(*events, streamed, "all who listen hear the same");
    let count = |what: fn(&Event) -> bool| events.iter().filter(|event| what(event)).count();
    assert_eq!(count(|event| matches!(event, Event::Planned(_))), 3);
    assert_eq!(count(|event| matches!(event, Event::Started { .. })), 3);
    assert_eq!(count(|event| matches!(event, Event::Done { .. })), 3);
    assert!(matches!(events.last(), Some(Event::Summary { failed: 0, .. })));
    let json = serde_json::to_value(&events[0]).expect("an event is JSON");
    assert_eq!(json["event"], "planned");
}

#[tokio::test]
async fn objects_are_imported_as_what_is_declared() {
    let world = world();
    let backend = KillableBackend::new(&world);
    let mut other = stack(&world, &KillableBackend::new(&world));
    Thing::builder().name("a").build().declare(&mut other, "a").expect("it can be declared");
    other.up().await.expect("it works");
    let mut stack = stack(&world, &backend);
    Thing::builder().name("a").build().declare(&mut stack, "mine").expect("it can be declared");
    stack.import("mine", "a").await.expect("it works");
    assert!(stack.preview().refresh(true).await.expect("it can be planned").is_empty());
    let error = stack.import("mine", "a").await.expect_err("it is there already");
    assert!(error.to_string().contains("in the state already"), "{error}");
}

#[tokio::test]
async fn objects_are_imported_by_identity() {
    let world = world();
    world.1.add("a");
    let mut stack = stack(&world, &KillableBackend::new(&world));
    Thing::builder().name("a").size(7).build().declare(&mut stack, "mine").expect("it can be declared");
    for (identity, message) in [(("nam", "a"), "has no \"nam\""), (("name", ""), "needs \"name\"")] {
        let error = stack.import_by_identity("mine", [identity]).await.expect_err("no identity").to_string();
        assert!(error.contains(message), "{error}");
    }
    stack.import_by_identity("mine", [("name", "a")]).await.expect("it works");
    assert!(stack.preview().refresh(true).await.expect("it can be planned").is_empty());
}

#[tokio::test]
async fn targets_leave_everything_else() {
    let world = world();
    let mut stack = stack(&world, &KillableBackend::new(&world));
    three(&mut stack, None).expect("it can be declared");
    stack.up().target("b").await.expect("it works");
    assert_eq!(world.1.names(), ["a", "b"], "and what it depends on");
    stack.destroy().target("a").await.expect("it works");
    assert!(world.1.names().is_empty(), "and what depends on it");
    assert!(stack.up().target("x").await.is_err());
}

#[tokio::test]
async fn a_target_that_goes_takes_along_what_uses_it() {
    let world = world();
    let backend = KillableBackend::new(&world);
    let mut first = stack(&world, &backend);
    three(&mut first, None).expect("it can be declared");
    first.up().await.expect("it works");
    world.1.log();
    let mut without_a = stack(&world, &backend);
    for name in ["b", "c"] {
        Thing::builder().name(name).build().declare(&mut without_a, name).expect("it can be declared");
    }
    without_a.up().target("a").await.expect("it works");
    assert_eq!(world.1.log(), ["update b", "delete a"], "b lets go of it first");

    first.up().await.expect("it works");
    world.1.log();
    let empty = stack(&world, &backend);
    empty.up().target("a").await.expect("it works");
    assert_eq!(world.1.log(), ["delete b", "delete a"]);
    assert_eq!(world.1.names(), ["c"]);
}

#[tokio::test]
async fn outputs_of_other_stacks_are_refused() {
    let world = world();
    let mut one = stack(&world, &KillableBackend::new(&world));
    let a = Thing::builder().name("a").build().declare(&mut one, "a").expect("it can be declared");
    let mut two = stack(&world, &KillableBackend::new(&world));
    let link: Output<String> = a.id;
    Thing::builder().name("b").link(link).build().declare(&mut two, "b").expect("it can be declared");
    let error = two.preview().await.expect_err("a is not of this stack");
    assert!(error.to_string().contains("another stack"), "{error}");
}

#[tokio::test]
async fn two_of_one_name_are_refused_with_both_places() {
    let world = world();
    let mut stack = stack(&world, &KillableBackend::new(&world));
    Thing::builder().name("a").build().declare(&mut stack, "a").expect("it can be declared");
    let error = Thing::builder().name("b").build().declare(&mut stack, "a").expect_err("a is taken");
    assert_eq!(error.to_string().matches("changes.rs:").count(), 2, "{error}");
}
