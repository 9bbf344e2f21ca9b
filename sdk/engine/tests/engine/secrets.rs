//! A secret shows nowhere: looked for everywhere.

use std::sync::{Arc, Mutex};

use rosa_ecr_engine::{Declare as _, Error, Event, Options, Outcome, ProviderHandle, SECRET, Stack};
use rosa_ecr_model::{Expression, Output, Resolved, Secrets, Value};
use rosa_ecr_state::{Contents, Keys, StateError};

use crate::fake::{KillableBackend, Thing, Things, provide, stack, world};
use crate::quoting::{Quoting, User};

const PASSWORD: &str = "hunter2-hunter2";

/// Everything that runs tell, as JSON and as `Debug` shows it.
#[derive(Clone, Default)]
struct Collected(Arc<Mutex<String>>);

impl Collected {
    fn listen(&self) -> impl Fn(&Event) + Send + Sync + 'static {
        let collected = self.0.clone();
        move |event| {
            if let Event::Plan { outputs, .. } | Event::Summary { outputs, .. } = event {
                assert!(outputs.values().all(|output| !output.secret || output.reveal().is_none()), "nor on request");
            }
            let json = serde_json::to_string(event).expect("an event is JSON");
            collected.lock().expect("no panic").push_str(&format!("{json}\n{event:?}\n"));
        }
    }

    fn add(&self, text: impl std::fmt::Debug) {
        self.0.lock().expect("no panic").push_str(&format!("{text:?}\n"));
    }

    #[track_caller]
    fn has_no_secret(&self, backend: &KillableBackend) {
        let written: String =
            backend.memory.versions().iter().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).collect();
        for place in [&*self.0.lock().expect("no panic"), &written] {
            assert!(!place.contains("hunter2"), "{place}");
        }
    }
}

fn sealed(world: &(i64, Arc<crate::fake::World>), backend: &KillableBackend) -> Stack {
    stack(world, backend).keys(Keys::passphrase("correct horse"))
}

#[tokio::test]
async fn secrets_show_nowhere() {
    let world = world();
    let backend = KillableBackend::new(&world);
    let mut stack = sealed(&world, &backend);
    let a = Thing::builder().name("a").password(PASSWORD).build().declare(&mut stack, "a").expect("it can be declared");
    // An attribute that is not sensitive by itself, of a value that is.
    let derived =
        a.inputs.password.map(|password| format!("x{}", password.map_or(String::new(), |p| p.expose().to_owned())));
    Thing::builder().name("b").link(derived.clone()).build().declare(&mut stack, "b").expect("it can be declared");
    stack.export("derived", derived);
    stack.export("made", Output::known(PASSWORD.to_owned()).secret());

    let collected = Collected::default();
    collected.add(stack.preview().on_event(collected.listen()).await.expect("it can be planned"));
    let report = stack.up().on_event(collected.listen()).await.expect("it works");
    let derived = &report.outputs["derived"];
    assert_eq!((&derived.value, derived.secret), (&SECRET.into(), true));
    assert_eq!(derived.reveal().and_then(|value| value.as_str()), Some(&*format!("x{PASSWORD}")), "but on request");
    let refreshed = stack.refresh().on_event(collected.listen()).await.expect("it works");
    assert_eq!(refreshed.outputs["made"].reveal(), Some(&PASSWORD.into()));
    collected.add(refreshed);
    collected.add(serde_json::to_string(&report.outputs).expect("outputs are JSON"));
    world.1.refuse(Some("b"));
    let error = stack.destroy().on_event(collected.listen()).await.expect_err("b is refused");
    collected.add((error.to_string(), error, report, &stack));
    collected.has_no_secret(&backend);
    let document = stack.store().load().await.expect("it can be read").expect("it was saved");
    assert!(!format!("{document:?}").contains("hunter2"));
    assert_eq!(document.resources["b"].state.reveal()["link"], format!("x{PASSWORD}"), "and yet nothing is lost");
}

#[tokio::test]
async fn a_secret_without_a_key_is_refused_before_anything_is_done() {
    for (password, export, place) in [(Some(PASSWORD), false, "resource/a"), (None, true, "output/made")] {
        let world = world();
        let backend = KillableBackend::new(&world);
        let mut stack = stack(&world, &backend).keys(Keys::none());
        Thing::builder().name("a").password(password).build().declare(&mut stack, "a").expect("it can be declared");
        if export {
            stack.export("made", Output::known(PASSWORD.to_owned()).secret());
        }
        let error = stack.up().await.expect_err("there is no key");
        let Error::State(StateError::NoKey { what, .. }) = &error else { panic!("{error:?}") };
        assert!(what.contains(place), "{what}");
        assert!(world.1.log().is_empty() && backend.memory.versions().is_empty(), "{place}: nothing was done");
        let with_key = stack.keys(Keys::passphrase("correct horse"));
        with_key.up().await.expect("nobody has the lock, and there is a key");
    }
}

#[tokio::test]
async fn what_a_provider_makes_of_a_secret_is_one() {
    let (world, collected) = (world(), Collected::default());
    let backend = KillableBackend::new(&world);
    let declare = |password: &str, note: &str| {
        let mut stack = sealed(&world, &backend);
        let users = vec![user("host")];
        let quoting = Quoting::builder().password(password).note(note).users(users).build();
        let quoting = quoting.declare(&mut stack, "quoting").expect("it can be declared");
        stack.export("url", quoting.url);
        stack.export("host", quoting.host);
        stack
    };
    let first = declare(PASSWORD, "drifts");
    let report = first.up().on_event(collected.listen()).await.expect("it works");
    assert_eq!((report.outputs["url"].value.clone(), report.outputs["url"].secret), (SECRET.into(), true));
    assert_eq!(report.outputs["host"].value, "host", "a name in the neighbourhood of a secret is none");
    let versions = backend.memory.versions().len();
    collected.add(first.preview().refresh(true).on_event(collected.listen()).await.expect("it can be read"));
    collected.add(first.refresh().on_event(collected.listen()).await.expect("it can be read"));
    assert!(backend.memory.versions().len() > versions, "it drifted");
    // Both the old and the new one are secrets.
    collected.add(declare("another-hunter2", "drifts").up().on_event(collected.listen()).await.expect("it works"));
    collected.has_no_secret(&backend);
    let document = first.store().load().await.expect("it can be read").expect("it was saved");
    assert_eq!(document.resources["quoting"].state.reveal()["url"], "db://me:another-hunter2@host");
    assert_eq!(document.resources["quoting"].state.reveal()["users"][0]["password"], "hunter2-of-host");
}

#[tokio::test]
async fn errors_are_told_without_the_secrets_that_they_quote() {
    for (fault, panics) in
        ["plan", "create", "update", "read", "delete", "probe", "import"].map(|f| [(f, false), (f, true)]).concat()
    {
        let (world, collected) = (world(), Collected::default());
        let backend = KillableBackend::new(&world);
        let declare = |fault: Option<&str>, note: &str| {
            let mut stack = sealed(&world, &backend);
            let quoting = Quoting::builder().password(PASSWORD).note(note).panics(panics).fault(fault).build();
            quoting.declare(&mut stack, "quoting").expect("it can be declared");
            stack
        };
        let faulty = declare(Some(fault), "a");
        let error = match fault {
            "plan" | "create" => faulty.up().on_event(collected.listen()).await,
            "read" | "delete" => {
                faulty.up().on_event(collected.listen()).await.expect("it works");
                faulty.destroy().on_event(collected.listen()).await
            }
            "update" => {
                declare(None, "a").up().on_event(collected.listen()).await.expect("it works");
                faulty.up().on_event(collected.listen()).await
            }
            "probe" => {
                world.1.kill_after(Some(2));
                tokio::select! {
                    result = faulty.up().on_event(collected.listen()) => panic!("it goes on: {result:?}"),
                    () = world.1.killed.notified() => {}
                }
                world.1.kill_after(None);
                faulty.up().on_event(collected.listen()).await
            }
            _ => faulty.import("quoting", &format!("import/{PASSWORD}")).on_event(collected.listen()).await,
        };
        let error = match (fault, panics) {
            // Asked for by name, nothing says that it panics.
            ("import", true) => continue,
            _ => error.expect_err(fault),
        };
        let reported = error.to_string();
        let quotes = if panics { "quoting.rs:" } else { SECRET };
        assert!(reported.contains(quotes), "{fault}: {reported}");
        if let Error::Failed { outcome, .. } = &error {
            assert_eq!(*outcome, if panics { Outcome::Unknown } else { Outcome::Failed }, "{fault}");
        }
        collected.add((reported, error.diagnostics(), error));
        collected.has_no_secret(&backend);
    }
}

#[tokio::test]
async fn what_breaks_off_in_a_panic_is_looked_for_by_the_next_run() {
    let world = world();
    let backend = KillableBackend::new(&world);
    let mut stack = stack(&world, &backend);
    let quoting = Quoting::builder().fault("create").panics(true).build();
    quoting.declare(&mut stack, "quoting").expect("it can be declared");
    Thing::builder().name("other").build().declare(&mut stack, "other").expect("it can be declared");
    stack.up().await.expect_err("it panics");
    assert_eq!(world.1.names(), ["other"], "others are not concerned");
    let document = stack.store().load().await.expect("it can be read").expect("it was saved");
    assert_eq!(document.pending.len(), 1);
    let collected = Collected::default();
    stack.up().on_event(collected.listen()).await.expect_err("it panics again, and the lock is free");
    assert!(collected.0.lock().expect("no panic").contains("\"recovered\""), "it was looked for");
}

#[tokio::test]
async fn a_function_that_panics_is_an_error_of_the_run() {
    let (world, collected) = (world(), Collected::default());
    let backend = KillableBackend::new(&world);
    let mut stack = sealed(&world, &backend);
    let token = Output::known(PASSWORD.to_owned()).secret().map(|token| -> String { panic!("{token} is bad") });
    stack.export("token", token.clone());
    Thing::builder().name("a").link(token).build().declare(&mut stack, "a").expect("it can be declared");
    let error = stack.up().on_event(collected.listen()).await.expect_err("it panics");
    let Error::Invalid(diagnostics) = &error else { panic!("{error:?}") };
    assert!(diagnostics.to_string().contains("secrets.rs:"), "{diagnostics}");
    collected.add((error.to_string(), error));
    collected.has_no_secret(&backend);
    assert!(world.1.log().is_empty(), "nothing was done");
}

#[tokio::test]
async fn what_becomes_a_secret_is_sealed_without_any_other_change() {
    let (world, collected) = (world(), Collected::default());
    let backend = KillableBackend::new(&world);
    let declare = |link: Output<String>| {
        let mut stack = sealed(&world, &backend);
        Thing::builder().name("a").link(link).build().declare(&mut stack, "a").expect("it can be declared");
        stack
    };
    declare(Output::known("plain-text".to_owned())).up().await.expect("it works");
    world.1.log();
    let secret = declare(Output::known("plain-text".to_owned()).secret());
    secret.up().on_event(collected.listen()).await.expect("it works");
    assert!(world.1.log().is_empty(), "the object is as it was");
    let written = backend.memory.versions().pop().expect("it was saved");
    assert!(!String::from_utf8_lossy(&written).contains("plain-text"), "and yet it is sealed");
    // Ignored or no longer said, it is still the secret that it was.
    for options in [Options::new().ignore_changes(["link"]), Options::new()] {
        let mut stack = sealed(&world, &backend);
        let ignores = Thing::builder().name("a").link("other-text").size(2).build();
        ignores.declare_with(&mut stack, "a", options).expect("it can be declared");
        let plan = stack.preview().await.expect("it can be planned");
        assert!(!format!("{plan:?}").contains("plain-text"), "{plan:?}");
    }
}

fn user(name: &str) -> User {
    User { name: name.into(), password: "hunter2-of-host".to_owned().into() }
}

/// What the document has of the resource `quoting`, with its secrets.
async fn revealed(stack: &Stack) -> serde_json::Value {
    let document = stack.store().load().await.expect("it can be read").expect("it was saved");
    document.resources["quoting"].state.reveal().clone()
}

#[tokio::test]
async fn a_secret_beside_sensitive_ones_is_one_elsewhere_too() {
    for kill in [false, true] {
        let (world, collected) = (world(), Collected::default());
        let backend = KillableBackend::new(&world);
        let mut stack = sealed(&world, &backend);
        let users = Output::known(vec![user("hunter2-is-my-name")]).secret().into_expression();
        let arguments = Expression::object([("note", "is there".into()), ("users", users)]);
        let provider = ProviderHandle::named("fake");
        stack.declare("quoting", "fake_quoting", &provider, arguments, Options::new()).expect("it can be declared");
        if kill {
            // The next run reads from the state alone what was secret.
            world.1.kill_after(Some(2));
            tokio::select! {
                result = stack.up().on_event(collected.listen()) => panic!("it goes on: {result:?}"),
                () = world.1.killed.notified() => {}
            }
            world.1.kill_after(None);
        } else {
            stack.up().on_event(collected.listen()).await.expect("it works");
        }
        stack.refresh().on_event(collected.listen()).await.expect("it can be read");
        collected.has_no_secret(&backend);
        assert_eq!(revealed(&stack).await["greeting"], "Welcome, hunter2-is-my-name.", "and yet nothing is lost");
    }
}

#[tokio::test]
async fn what_quotes_an_earlier_secret_is_one() {
    let (world, collected) = (world(), Collected::default());
    let backend = KillableBackend::new(&world);
    for password in [PASSWORD, "another-hunter2"] {
        let mut stack = sealed(&world, &backend);
        let quoting = Quoting::builder().password(password).build();
        quoting.declare(&mut stack, "quoting").expect("it can be declared");
        collected.add(stack.up().on_event(collected.listen()).await.expect("it works"));
    }
    collected.has_no_secret(&backend);
    assert_eq!(revealed(&sealed(&world, &backend)).await["previous"], PASSWORD);
}

#[tokio::test]
async fn what_quotes_a_secret_of_a_provider_block_is_one() {
    let (world, collected) = (world(), Collected::default());
    let backend = KillableBackend::new(&world);
    let mut stack = sealed(&world, &backend);
    provide(&mut stack, &world, "fake", Things::builder().world(world.0).token(PASSWORD).build());
    Quoting::builder().build().declare(&mut stack, "quoting").expect("it can be declared");
    collected.add(stack.up().on_event(collected.listen()).await.expect("it works"));
    collected.has_no_secret(&backend);
    assert_eq!(revealed(&stack).await["bearer"], format!("Bearer {PASSWORD}"));
}

#[tokio::test]
async fn a_warning_does_not_quote_a_secret_that_comes_with_it() {
    let (world, collected) = (world(), Collected::default());
    let backend = KillableBackend::new(&world);
    let mut stack = sealed(&world, &backend);
    Quoting::builder().note("rotates").build().declare(&mut stack, "quoting").expect("it can be declared");
    stack.up().on_event(collected.listen()).await.expect("it works");
    stack.refresh().on_event(collected.listen()).await.expect("it can be read");
    Quoting::builder().build().declare(&mut stack, "other").expect("it can be declared");
    stack.import("other", &format!("nothing/{PASSWORD}")).on_event(collected.listen()).await.expect("it is there");
    assert!(collected.0.lock().expect("no panic").contains("The password is (secret)"), "it is collected");
    collected.has_no_secret(&backend);
}

#[tokio::test]
async fn a_secret_that_an_upgrade_moves_stays_one() {
    let (world, collected) = (world(), Collected::default());
    let backend = KillableBackend::new(&world);
    let mut stack = sealed(&world, &backend);
    Quoting::builder().build().declare(&mut stack, "quoting").expect("it can be declared");
    stack.up().await.expect("it works");
    let (session, document) = stack.store().lock("test").await.expect("nobody has the lock");
    let mut document = document.expect("it was saved");
    let quoting = document.resources.get_mut("quoting").expect("it was made");
    let texts =
        [("password", PASSWORD), ("url", "db://host"), ("host", "host")].map(|(name, text)| (name, text.into()));
    let value = Value::map(texts.into_iter().chain([("panics", false.into()), ("reads", Value::List(vec![]))]));
    quoting.state = Contents::new(&Resolved { value, secrets: Secrets::attributes(["password"]) });
    quoting.schema_version = 0;
    session.save(&mut document).await.expect("there is a key");
    session.release().await.expect("it is ours");
    collected.add(stack.refresh().on_event(collected.listen()).await.expect("it can be read"));
    collected.add(stack.preview().on_event(collected.listen()).await.expect("it can be planned"));
    collected.has_no_secret(&backend);
    assert_eq!(revealed(&stack).await["note"], PASSWORD);
}

#[tokio::test]
async fn an_export_that_becomes_a_secret_is_hidden_as_it_was_too() {
    let (world, collected) = (world(), Collected::default());
    let backend = KillableBackend::new(&world);
    let declare = |output: Output<String>| {
        let mut stack = sealed(&world, &backend);
        stack.export("token", output);
        stack
    };
    let token = Output::known(PASSWORD.to_owned());
    declare(token.clone()).up().await.expect("it works");
    collected.add(declare(token.secret()).preview().on_event(collected.listen()).await.expect("it can be planned"));
    let collected = collected.0.lock().expect("no panic");
    assert!(collected.contains("output_changes") && !collected.contains("hunter2"), "{collected}");
}

#[tokio::test(start_paused = true)]
async fn a_secret_id_is_not_told_where_the_state_cannot_be_saved() {
    let (world, collected) = (world(), Collected::default());
    let backend = KillableBackend::new(&world);
    let mut stack = sealed(&world, &backend);
    let name = Output::known(PASSWORD.to_owned()).secret();
    Thing::builder().name(name).build().declare(&mut stack, "a").expect("it can be declared");
    backend.faults.fail_writes(1, usize::MAX);
    let error = stack.up().on_event(collected.listen()).await.expect_err("it cannot be saved");
    let Error::Unsaved { unsaved, .. } = &error else { panic!("{error:?}") };
    assert_eq!(unsaved[0].to_string(), "a (fake_thing, id \"(secret)\")");
    collected.add((error.to_string(), unsaved));
    collected.add(error);
    collected.has_no_secret(&backend);
}
