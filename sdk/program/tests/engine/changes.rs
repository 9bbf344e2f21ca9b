//! What a run does, and in which order.

use rosa_ecr_model::Output;
use rosa_ecr_program::{Action, Declare as _, Error, Event, Options, Result, Stack, UNKNOWN};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};

use crate::fake::{Glass, Mortal, Thing, stack, world};

/// b links to a, c stands alone.
fn three(stack: &mut Stack, material: Option<&str>) -> Result {
    let a = Thing::builder().name("a").material(material).build().declare(stack, "a")?;
    let b = Thing::builder().name("b").link(a.id).build().declare(stack, "b")?;
    Thing::builder().name("c").build().declare(stack, "c")?;
    stack.export("title", b.title);
    stack.export("size", b.inputs.size);
    Ok(())
}

fn actions(plan: &rosa_ecr_program::Plan) -> Vec<(&str, Action)> {
    plan.steps.iter().map(|step| (step.resource.as_str(), step.action)).collect()
}

#[tokio::test]
async fn outputs_flow_and_a_second_run_writes_nothing() {
    let (world, backend) = {
        let world = world();
        let backend = Mortal::new(&world);
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
    let backend = Mortal::new(&world);
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
    let backend = Mortal::new(&world);
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
async fn a_replacement_that_needs_the_place_of_the_old_one_deletes_first() {
    let world = world();
    let backend = Mortal::new(&world);
    let declare = |name: &str| {
        let mut stack = stack(&world, &backend);
        Glass::builder().name(name).build().declare(&mut stack, "glass").expect("it can be declared");
        stack
    };
    declare("a").up().await.expect("it works");
    world.1.log();
    let report = declare("a2").up().await.expect("it works");
    assert_eq!(report.done["glass"], Action::DeleteThenCreate);
    assert_eq!(world.1.log(), ["delete a", "create a2"]);
}

#[tokio::test]
async fn a_failure_lets_the_rest_finish_and_the_next_run_converges() {
    let world = world();
    let backend = Mortal::new(&world);
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
    let backend = Mortal::new(&world);
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
        .map(|(name, value)| (name.as_str(), if value.json == 1 { "old" } else { "new" }))
        .collect();
    assert_eq!(kept, [("other", "new"), ("size", "old")], "what never had a value has none");
    world.1.refuse(None);
    let report = second.up().await.expect("it works");
    assert_eq!((&report.outputs["size"].value, &report.outputs["new"].value), (&2.into(), &2.into()));
}

#[tokio::test]
async fn at_most_so_many_run_at_once() {
    for (limit, most) in [(1, 1), (2, 2), (10, 4)] {
        let world = world();
        let mut stack = stack(&world, &Mortal::new(&world));
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
    let backend = Mortal::new(&world);
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
    let backend = Mortal::new(&world);
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
    let mut stack = stack(&world, &Mortal::new(&world));
    three(&mut stack, None).expect("it can be declared");
    let events: Arc<Mutex<Vec<Event>>> = Arc::default();
    let seen = events.clone();
    stack.up().on_event(move |event| seen.lock().expect("no panic").push(event.clone())).await.expect("it works");
    let events = events.lock().expect("no panic");
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
    let backend = Mortal::new(&world);
    let mut other = stack(&world, &Mortal::new(&world));
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
    let mut stack = stack(&world, &Mortal::new(&world));
    Thing::builder().name("a").size(7).build().declare(&mut stack, "mine").expect("it can be declared");
    for (identity, told) in [(("nam", "a"), "has no \"nam\""), (("name", ""), "needs \"name\"")] {
        let error = stack.import_by_identity("mine", [identity]).await.expect_err("no identity").to_string();
        assert!(error.contains(told), "{error}");
    }
    stack.import_by_identity("mine", [("name", "a")]).await.expect("it works");
    assert!(stack.preview().refresh(true).await.expect("it can be planned").is_empty());
}

#[tokio::test]
async fn targets_leave_everything_else() {
    let world = world();
    let mut stack = stack(&world, &Mortal::new(&world));
    three(&mut stack, None).expect("it can be declared");
    stack.up().target("b").await.expect("it works");
    assert_eq!(world.1.names(), ["a", "b"], "and what it depends on");
    stack.destroy().target("a").await.expect("it works");
    assert!(world.1.names().is_empty(), "and what depends on it");
    assert!(stack.up().target("x").await.is_err());
}

#[tokio::test]
async fn outputs_of_other_stacks_are_refused() {
    let world = world();
    let mut one = stack(&world, &Mortal::new(&world));
    let a = Thing::builder().name("a").build().declare(&mut one, "a").expect("it can be declared");
    let mut two = stack(&world, &Mortal::new(&world));
    let link: Output<String> = a.id;
    Thing::builder().name("b").link(link).build().declare(&mut two, "b").expect("it can be declared");
    let error = two.preview().await.expect_err("a is not of this stack");
    assert!(error.to_string().contains("another stack"), "{error}");
}

#[tokio::test]
async fn two_of_one_name_are_refused_with_both_places() {
    let world = world();
    let mut stack = stack(&world, &Mortal::new(&world));
    Thing::builder().name("a").build().declare(&mut stack, "a").expect("it can be declared");
    let error = Thing::builder().name("b").build().declare(&mut stack, "a").expect_err("a is taken");
    assert_eq!(error.to_string().matches("changes.rs:").count(), 2, "{error}");
}
