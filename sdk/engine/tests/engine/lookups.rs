//! What is looked up: when it is read, and what follows from it.

use std::sync::{Arc, Mutex};

use rosa_ecr_engine::{Action, Declare as _, Error, Event, LookUp as _, Options, Result, SECRET, Stack, UNKNOWN};
use rosa_ecr_state::{Keys, StateError};

use crate::fake::{KillableBackend, Thing, ThingLookup, Things, provide, stack, world};

/// The events of a run, as JSON, one event a line.
fn listener(collected: &Arc<Mutex<String>>) -> impl Fn(&Event) + Send + Sync + 'static {
    let collected = collected.clone();
    move |event| {
        let json = serde_json::to_string(event).expect("an event is JSON");
        collected.lock().expect("no panic").push_str(&format!("{json}\n"));
    }
}

/// A resource that has the id of what is looked up.
fn uses(stack: &mut Stack, looked_up: &str) -> Result {
    let found = ThingLookup::builder().name(looked_up).build().look_up(stack, "found")?;
    Thing::builder().name("b").link(found.id).build().declare(stack, "b")?;
    stack.export("size", found.size);
    stack.export("name", found.inputs.name);
    Ok(())
}

#[tokio::test]
async fn what_is_known_is_read_in_the_plan_and_kept_nowhere() {
    let world = world();
    let backend = KillableBackend::new(&world);
    world.1.add("there");
    let mut stack = stack(&world, &backend);
    uses(&mut stack, "there").expect("it can be declared");

    let collected = Arc::default();
    let plan = stack.preview().on_event(listener(&collected)).await.expect("it can be planned");
    assert_eq!(plan.steps.iter().map(|step| step.resource.as_str()).collect::<Vec<_>>(), ["b"]);
    let link = plan.steps[0].changes.iter().find(|change| change.attribute == "link").expect("it changes");
    assert_eq!(link.after, "found-there");
    assert_eq!((&plan.outputs["size"].value, &plan.outputs["name"].value), (&7.into(), &"there".into()));
    let collected = collected.lock().expect("no panic").clone();
    assert!(collected.contains(r#"{"event":"done","resource":"found","action":"read""#), "{collected}");
    assert_eq!((world.1.lookups(), world.1.log(), backend.memory.versions().len()), (vec!["there".into()], vec![], 0));

    let report = stack.up().await.expect("it works");
    assert_eq!(report.done.keys().collect::<Vec<_>>(), ["b"]);
    assert_eq!((report.outputs["size"].value.clone(), world.1.lookups().len()), (7.into(), 1));
    let document = stack.store().load().await.expect("it can be read").expect("it was saved");
    assert_eq!(document.resources.keys().collect::<Vec<_>>(), ["b"]);
    assert!(document.resources["b"].dependencies.is_empty(), "{:?}", document.resources["b"]);

    world.1.change("there", |thing| thing.size = 8);
    let report = stack.up().expect_no_changes(true).await.expect("no resource changes");
    assert_eq!(report.outputs["size"].value, 8, "every run reads anew");
}

#[tokio::test]
async fn what_is_not_known_yet_is_read_behind_what_it_comes_from() {
    let world = world();
    let backend = KillableBackend::new(&world);
    let mut stack = stack(&world, &backend);
    let a = Thing::builder().name("a").size(5).build().declare(&mut stack, "a").expect("it can be declared");
    // The title is known in the plan: that a is going to be made is what to wait for.
    let named = ThingLookup::builder().name(a.title.clone().map(|title| title.to_lowercase())).build();
    let named = named.look_up(&mut stack, "named").expect("it can be looked up");
    let again = ThingLookup::builder().name(named.id.map(|_| "a".to_owned())).build();
    let again = again.look_up(&mut stack, "again").expect("it can be looked up");
    let after = Options::new().depends_on(&again);
    let ordered = ThingLookup::builder().name("a").build().look_up_with(&mut stack, "ordered", after);
    let ordered = ordered.expect("it can be looked up");
    let size = again.size.zip(ordered.size).map(|(one, other)| one + other);
    Thing::builder().name("b").size(size).build().declare(&mut stack, "b").expect("it can be declared");
    stack.export("size", named.size);
    stack.export("name", named.inputs.name);

    let plan = stack.preview().await.expect("it can be planned");
    let steps: Vec<(&str, Action)> = plan.steps.iter().map(|step| (step.resource.as_str(), step.action)).collect();
    let read = Action::Read;
    let wanted = [("a", Action::Create), ("named", read), ("again", read), ("ordered", read), ("b", Action::Create)];
    assert_eq!(steps, wanted);
    assert_eq!(plan.steps[1].depends_on, ["a"]);
    assert_eq!(plan.counts().created, 2, "what is looked up is no resource");
    assert_eq!((plan.outputs["size"].value.as_str(), plan.outputs["name"].value.as_str()), (Some(UNKNOWN), Some("a")));
    assert!(world.1.lookups().is_empty());

    let report = stack.up().await.expect("it works");
    assert_eq!(report.done.keys().collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!((report.outputs["size"].value.clone(), world.1.lookups().len()), (5.into(), 3));
    let document = stack.store().load().await.expect("it can be read").expect("it was saved");
    assert_eq!(document.resources["b"].state.reveal()["size"], 10);
    assert_eq!(document.resources["b"].dependencies, ["a".to_owned()].into(), "through what is looked up");

    let plan = stack.preview().await.expect("it can be planned");
    assert!(plan.is_empty() && plan.steps.iter().all(|step| step.action == Action::Keep), "{plan:?}");
    assert_eq!((world.1.lookups().len(), &plan.outputs["size"].value), (3, &5.into()));
}

#[tokio::test]
async fn a_change_of_what_it_depends_on_puts_it_off() {
    let world = world();
    let backend = KillableBackend::new(&world);
    let declare = |size: i64| {
        let mut stack = stack(&world, &backend);
        let a = Thing::builder().name("a").size(size).build().declare(&mut stack, "a").expect("it can be declared");
        let after = Options::new().depends_on(&a);
        let found = ThingLookup::builder().name("a").build().look_up_with(&mut stack, "found", after);
        stack.export("size", found.expect("it can be looked up").size);
        stack
    };
    declare(1).up().await.expect("it works");
    world.1.lookups();
    let changed = declare(2);
    assert_eq!(changed.preview().await.expect("it can be planned").outputs["size"].value, UNKNOWN);
    assert!(world.1.lookups().is_empty());
    assert_eq!(changed.up().await.expect("it works").outputs["size"].value, 2);
}

#[tokio::test]
async fn a_destroy_reads_nothing_and_has_its_order() {
    let world = world();
    let backend = KillableBackend::new(&world);
    let mut stack = stack(&world, &backend);
    let a = Thing::builder().name("a").build().declare(&mut stack, "a").expect("it can be declared");
    let after = Options::new().depends_on(&a);
    let found = ThingLookup::builder().name("there").build().look_up_with(&mut stack, "found", after);
    let found = found.expect("it can be looked up");
    Thing::builder().name("b").link(found.id).build().declare(&mut stack, "b").expect("it can be declared");
    world.1.add("there");
    stack.up().await.expect("it works");
    world.1.lose("there");
    world.1.log();
    assert!(stack.preview().await.is_err(), "it is gone");
    assert!(!world.1.lookups().is_empty());
    assert_eq!(stack.preview_destroy().await.expect("it can be planned").counts().deleted, 2);
    stack.destroy().await.expect("what is gone is not needed");
    assert_eq!(world.1.log(), ["delete b", "delete a"]);
    assert!(world.1.lookups().is_empty());
}

#[tokio::test]
async fn what_a_provider_needs_is_read_whatever_runs() {
    let world = world();
    let backend = KillableBackend::new(&world);
    world.1.add("there");
    let mut stack = stack(&world, &backend);
    let found = ThingLookup::builder().name("there").build().look_up(&mut stack, "found").expect("a good name");
    let other = provide(&mut stack, &world, "other", Things::builder().world(found.size).build());
    let elsewhere = Options::new().provider(&other);
    Thing::builder().name("a").build().declare_with(&mut stack, "a", elsewhere).expect("it can be declared");
    ThingLookup::builder().name("nobody needs it").build().look_up(&mut stack, "other").expect("a good name");
    world.1.add("nobody needs it");
    world.1.add("kept");
    let elsewhere = Options::new().provider(&other);
    Thing::builder().name("kept").size(7).build().declare_with(&mut stack, "b", elsewhere).expect("a good name");
    stack.import("b", "kept").await.expect("the provider is known");
    assert_eq!(world.1.lookups(), ["there"]);
    stack.up().await.expect("it works");
    world.1.lookups();

    world.1.change("a", |thing| thing.size = 3);
    let drifted = stack.refresh().await.expect("it can be read").drifted;
    assert_eq!((drifted, world.1.lookups()), (vec!["a".to_owned()], vec!["there".to_owned()]));
    stack.destroy().await.expect("it works");
    assert_eq!(world.1.lookups(), ["there"]);

    stack.up().await.expect("it works");
    world.1.lose("there");
    let error = stack.destroy().await.expect_err("nobody knows where to delete").to_string();
    assert!(error.contains("found: There is no such thing") && error.contains("lookups.rs:"), "{error}");
}

#[tokio::test]
async fn a_failure_is_named_and_stops_what_comes_after() {
    let world = world();
    let backend = KillableBackend::new(&world);
    let mut first = stack(&world, &backend);
    uses(&mut first, "nowhere").expect("it can be declared");
    let collected = Arc::default();
    let error = first.up().on_event(listener(&collected)).await.expect_err("there is none");
    let Error::Invalid(diagnostics) = &error else { panic!("{error:?}") };
    assert_eq!(diagnostics.iter().count(), 1, "what comes after has nothing wrong with it: {error}");
    let text = error.to_string();
    assert!(text.contains("found: There is no such thing (name)") && text.contains("lookups.rs:"), "{text}");
    assert!(collected.lock().expect("no panic").contains(r#""event":"failed","resource":"found","action":"read""#));
    assert!(world.1.log().is_empty() && backend.memory.versions().is_empty());

    let mut second = stack(&world, &backend);
    let a = Thing::builder().name("a").build().declare(&mut second, "a").expect("it can be declared");
    let nowhere = ThingLookup::builder().name(a.id).build().look_up(&mut second, "found").expect("a good name");
    let next = ThingLookup::builder().name(nowhere.id.clone()).build().look_up(&mut second, "next");
    next.expect("a good name");
    Thing::builder().name("b").link(nowhere.id).build().declare(&mut second, "b").expect("it can be declared");
    second.export("name", nowhere.inputs.name);
    let error = second.up().await.expect_err("there is none of that name");
    let Error::Failed { report, .. } = &error else { panic!("{error:?}") };
    let [failure] = report.failures.as_slice() else { panic!("{report:?}") };
    assert_eq!((failure.resource.as_str(), failure.action), ("found", Action::Read));
    let skipped = [("b", "found"), ("next", "found")].map(|(name, cause)| (name.to_owned(), cause.to_owned()));
    assert_eq!((&report.skipped, world.1.names()), (&skipped.into(), vec!["a".to_owned()]));
    assert!(!report.outputs.contains_key("name"), "what failed has no value");
}

#[tokio::test]
async fn secrets_of_what_is_looked_up_stay_secret() {
    const PASSWORD: &str = "hunter2-hunter2";
    let world = world();
    let backend = KillableBackend::new(&world);
    let declare = |name: &str| {
        let mut stack = stack(&world, &backend);
        let found = ThingLookup::builder().name(name).password(PASSWORD).build();
        let found = found.look_up(&mut stack, "found").expect("it can be looked up");
        let token = found.token.map(|token| token.expose().to_owned());
        Thing::builder().name("b").link(token).build().declare(&mut stack, "b").expect("it can be declared");
        stack.export("password", found.inputs.password);
        stack
    };
    let collected: Arc<Mutex<String>> = Arc::default();
    let error =
        declare("nowhere").preview().on_event(listener(&collected)).await.expect_err("there is none").to_string();
    assert!(error.contains("said (secret)"), "{error}");

    world.1.add("there");
    let without_key = declare("there").keys(Keys::none());
    let refused = without_key.up().on_event(listener(&collected)).await.expect_err("there is no key");
    assert!(matches!(refused, Error::State(StateError::NoKey { .. })), "{refused:?}");
    assert!(world.1.log().is_empty());

    let stack = without_key.keys(Keys::passphrase("correct horse"));
    let report = stack.up().on_event(listener(&collected)).await.expect("it works");
    assert_eq!(report.outputs["password"].value, SECRET);
    let state = backend.memory.versions().into_iter().flatten().collect();
    for place in [collected.lock().expect("no panic").clone(), error, String::from_utf8(state).expect("JSON")] {
        assert!(!place.contains("hunter2") && !place.contains("token of"), "{place}");
    }
    let document = stack.store().load().await.expect("it can be read").expect("it was saved");
    assert_eq!(document.resources["b"].state.reveal()["link"], "token of found-there");
}

#[tokio::test]
async fn names_and_options_that_make_no_sense_are_refused() {
    let world = world();
    let backend = KillableBackend::new(&world);
    let mut both = stack(&world, &backend);
    Thing::builder().name("a").build().declare(&mut both, "a").expect("it can be declared");
    let taken = ThingLookup::builder().name("a").build().look_up(&mut both, "a").expect_err("it is taken").to_string();
    assert!(taken.contains("There are two of the name \"a\"") && taken.contains("lookups.rs:"), "{taken}");
    let protected = ThingLookup::builder().name("a").build().look_up_with(&mut both, "b", Options::new().protect());
    assert!(protected.expect_err("nothing is done to it").to_string().contains("`protect`"));

    // The object that was managed is not deleted only because it is looked up from now on.
    both.up().await.expect("it works");
    let mut instead = stack(&world, &backend);
    ThingLookup::builder().name("a").build().look_up(&mut instead, "a").expect("it can be declared");
    let error = instead.up().await.expect_err("the state has it").to_string();
    assert!(error.contains("state forget") && world.1.names() == ["a"], "{error}");

    let mut strange = stack(&world, &backend);
    let fake = rosa_ecr_engine::ProviderHandle::named("fake");
    let nothing = || rosa_ecr_model::Expression::object::<String>([]);
    strange.look_up("x", "fake_dream", &fake, nothing(), Options::new()).expect("a good name");
    let error = strange.preview().await.expect_err("there is none").to_string();
    assert!(error.contains("There is no data source \"fake_dream\""), "{error}");
}

#[tokio::test]
async fn parts_of_components_can_be_looked_up_and_targeted() {
    let world = world();
    let backend = KillableBackend::new(&world);
    world.1.add("there");
    let mut stack = stack(&world, &backend);
    let group = stack.component("group").expect("it is a name");
    stack.within(&group, |stack| uses(stack, "there")).expect("it can be declared");
    Thing::builder().name("c").build().declare(&mut stack, "c").expect("it can be declared");
    let plan = stack.preview().target("c").await.expect("it can be planned");
    assert_eq!((plan.steps.len(), world.1.lookups().len()), (1, 0), "what is not needed is not read");
    let plan = stack.preview().target("group/b").await.expect("it can be planned");
    assert_eq!((plan.steps[0].resource.as_str(), world.1.lookups().len()), ("group/b", 1));
}
