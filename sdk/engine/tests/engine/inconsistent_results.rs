//! What operations return is held against their plans.

use rosa_ecr_engine::{Declare as _, Error, Options, ProviderHandle, Stack};
use rosa_ecr_model::{Expression, Secret};
use rosa_ecr_state::Keys;

use crate::fake::{KillableBackend, Thing, stack, world};
use crate::inconsistent::Inconsistent;

fn inconsistent(stack: &mut Stack, name: &str, fault: Option<&str>, options: Options) {
    let inconsistent = Inconsistent::builder().name(name).fault(fault);
    let inconsistent = inconsistent.build().declare_with(stack, "inconsistent", options).expect("it can be declared");
    Thing::builder().name("b").link(inconsistent.motto).build().declare(stack, "b").expect("it can be declared");
}

/// What failed, and where.
fn failure(error: &Error) -> (String, Vec<String>) {
    let Error::Failed { report, .. } = error else { panic!("{error:?}") };
    let [failure] = report.failures.as_slice() else { panic!("{error:?}") };
    assert_eq!(failure.resource, "inconsistent");
    let paths = failure.diagnostics.iter().map(|diagnostic| diagnostic.path.to_string());
    (error.to_string(), paths.collect())
}

#[tokio::test]
async fn an_argument_that_comes_back_different_is_an_error_and_the_object_is_kept() {
    let world = world();
    let backend = KillableBackend::new(&world);
    let with = |name: &str, options: Options| {
        let mut stack = stack(&world, &backend);
        inconsistent(&mut stack, name, None, options);
        stack
    };
    let (message, paths) = failure(&with("Me", Options::new()).up().await.expect_err("it is me"));
    assert_eq!(paths, ["name"]);
    for part in [
        "fake_inconsistent did something else",
        "\"Me\"",
        "\"me\"",
        "bug of fake_inconsistent",
        "ignore_changes([\"name\"])",
    ] {
        assert!(message.contains(part), "{part}: {message}");
    }
    assert_eq!(world.1.log(), ["create me"], "b was planned with something else");
    let document = backend_document(&with("me", Options::new())).await;
    let kept = &document.resources["inconsistent"];
    assert!(!kept.tainted && document.pending.is_empty() && kept.state.reveal()["name"] == "me", "{document:?}");
    // Both ways out that it names.
    for stack in [with("me", Options::new()), with("Me", Options::new().ignore_changes(["name"]))] {
        stack.up().await.expect("it works");
        assert!(stack.preview().await.expect("it can be planned").is_empty());
    }
    assert_eq!(world.1.log(), ["create b"]);
}

async fn backend_document(stack: &Stack) -> rosa_ecr_state::Document {
    stack.store().load().await.expect("it can be read").expect("it was saved")
}

#[tokio::test]
async fn an_output_that_comes_back_different_is_an_error_of_creates_and_updates() {
    let world = world();
    let backend = KillableBackend::new(&world);
    let with = |name: &str, fault: Option<&str>| {
        let mut stack = stack(&world, &backend);
        inconsistent(&mut stack, name, fault, Options::new());
        stack
    };
    let (message, paths) = failure(&with("me", Some("motto")).up().await.expect_err("it lies"));
    assert_eq!(paths, ["motto"]);
    assert!(
        message.contains("\"I am me\"")
            && message.contains("\"I am the greatest\"")
            && message.contains("create was done"),
        "{message}"
    );
    let (message, paths) = failure(&with("me", Some("motto again")).up().await.expect_err("it lies"));
    assert_eq!(paths, ["motto"]);
    assert!(message.contains("update was done") && message.contains("run again"), "{message}");
    assert_eq!(world.1.log(), ["create me", "update me"], "b was planned with something else");
}

#[tokio::test]
async fn an_output_that_an_update_did_not_mean_to_keep_is_a_warning() {
    let world = world();
    let backend = KillableBackend::new(&world);
    let with = |fault: Option<&str>| {
        let mut stack = stack(&world, &backend);
        inconsistent(&mut stack, "me", fault, Options::new());
        stack
    };
    with(None).up().await.expect("it works");
    let report = with(Some("motto")).up().await.expect("it works");
    let message = report.diagnostics.to_string();
    assert!(
        message.contains("`motto`: it was planned to be \"I am me\"") && message.contains("run again"),
        "{message}"
    );
    assert_eq!(
        backend_document(&with(None)).await.resources["inconsistent"].state.reveal()["motto"],
        "I am the greatest"
    );
}

#[tokio::test]
async fn secrets_that_come_back_different_are_not_quoted() {
    let world = world();
    let mut stack = stack(&world, &KillableBackend::new(&world)).keys(Keys::passphrase("correct horse"));
    let inconsistent = Inconsistent::builder().name("me").fault("secrets").password(Secret::from("hunter2".to_owned()));
    let note = rosa_ecr_model::Output::known("xy".to_owned()).secret();
    inconsistent.note(note).build().declare(&mut stack, "inconsistent").expect("it can be declared");
    let (message, paths) = failure(&stack.up().await.expect_err("it has other secrets"));
    assert_eq!(paths, ["password", "note"]);
    assert!(["hunter", "\"ab\"", "\"xy\""].iter().all(|secret| !message.contains(secret)), "{message}");
}

#[tokio::test]
async fn what_is_unknown_after_all_is_an_error() {
    let world = world();
    let mut stack = stack(&world, &KillableBackend::new(&world));
    let arguments = Expression::object([("name", Expression::from(rosa_ecr_model::Value::from("me")))]);
    let provider = ProviderHandle::named("fake");
    stack.declare("inconsistent", "fake_open", &provider, arguments, Options::new()).expect("it can be declared");
    let (message, paths) = failure(&stack.up().await.expect_err("there is no id"));
    assert_eq!(paths, ["id"]);
    assert!(message.contains("`id`: it is unknown"), "{message}");
    let kept = &backend_document(&stack).await.resources["inconsistent"];
    assert_eq!((&kept.state.reveal()["id"], &kept.state.reveal()["name"]), (&serde_json::Value::Null, &"me".into()));
}
