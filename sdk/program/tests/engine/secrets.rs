//! A secret shows nowhere: looked for everywhere.

use std::sync::{Arc, Mutex};

use rosa_ecr_model::Output;
use rosa_ecr_program::state::{Keys, StateError};
use rosa_ecr_program::{Declare as _, Error, SECRET};

use crate::fake::{Mortal, Thing, stack, world};

const PASSWORD: &str = "hunter2-hunter2";

#[tokio::test]
async fn secrets_show_nowhere() {
    let world = world();
    let backend = Mortal::new(&world);
    let mut stack = stack(&world, &backend).keys(Keys::passphrase("correct horse"));
    let a = Thing::builder().name("a").password(PASSWORD).build().declare(&mut stack, "a").expect("it can be declared");
    // An attribute that is not sensitive by itself, of a value that is.
    let derived =
        a.inputs.password.map(|password| format!("x{}", password.map_or(String::new(), |p| p.expose().to_owned())));
    Thing::builder().name("b").link(derived.clone()).build().declare(&mut stack, "b").expect("it can be declared");
    stack.export("derived", derived);
    stack.export("made", Output::known(PASSWORD.to_owned()).secret());

    let told: Arc<Mutex<String>> = Arc::default();
    let listen = |told: &Arc<Mutex<String>>| {
        let told = told.clone();
        move |event: &rosa_ecr_program::Event| {
            let json = serde_json::to_string(event).expect("an event is JSON");
            told.lock().expect("no panic").push_str(&format!("{json}\n{event:?}\n"));
        }
    };
    let plan = stack.preview().on_event(listen(&told)).await.expect("it can be planned");
    let report = stack.up().on_event(listen(&told)).await.expect("it works");
    assert_eq!(report.outputs["derived"].value, SECRET);
    world.1.refuse(Some("b"));
    let error = stack.destroy().on_event(listen(&told)).await.expect_err("b is refused");
    let state: String =
        backend.memory.versions().iter().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).collect();
    for place in [told.lock().expect("no panic").clone(), format!("{plan:?}{report:?}{error:?}{error}{stack:?}"), state]
    {
        assert!(!place.contains("hunter2"), "{place}");
    }
    let document = stack.store().load().await.expect("it can be read").expect("it was saved");
    assert!(!format!("{document:?}").contains("hunter2"));
    assert_eq!(document.resources["b"].state.json["link"], format!("x{PASSWORD}"), "and yet nothing is lost");
}

#[tokio::test]
async fn a_secret_without_a_key_is_refused_before_anything_is_done() {
    for (password, export, place) in [(Some(PASSWORD), false, "resource/a"), (None, true, "output/made")] {
        let world = world();
        let backend = Mortal::new(&world);
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
