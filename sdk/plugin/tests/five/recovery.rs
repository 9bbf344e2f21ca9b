//! Runs of a stack whose provider loses answers.

use rosa_ecr_engine::{Declare as _, Error, Options, Outcome, Stack};
use rosa_ecr_model::Diagnostics;
use rosa_ecr_plugin::{Argument, Dynamic};
use rosa_ecr_state::PendingOperation;
use serde_json::json;
use tonic::Status;

use crate::host::Den;
use crate::script::{Entries, Script, locked, object};

/// A stack with one box.
fn stack(den: &Den, backend: &Backend, arguments: &[(&str, &str)]) -> Stack {
    let mut stack = Stack::new("lost").backend(backend.clone());
    den.running.clone().provide(&mut stack, "den", json!({}));
    let of_box = arguments.iter().fold(Dynamic::new("den_box"), |it, (name, value)| it.arg(*name, *value));
    of_box.declare(&mut stack, "box").expect("a good name");
    stack
}

type Backend = rosa_ecr_state::MemoryBackend;

/// Loses the answer to the next apply.
fn lose(script: &Script, done: bool) {
    *locked(&script.lost) = Some((Status::unavailable("the connection broke"), done));
}

/// Runs and checks that it is not known what was done, and that the state says so.
async fn up_and_lose(stack: &Stack, operation: PendingOperation) {
    let error = stack.up().await.expect_err("the answer is lost");
    assert!(matches!(error, Error::Failed { outcome: Outcome::Unknown, .. }), "{error:?}");
    let pending = stack.store().load().await.expect("it can be read").expect("it was saved").pending;
    assert_eq!(pending.iter().map(|pending| pending.operation).collect::<Vec<_>>(), [operation]);
}

fn applies(script: &Script) -> usize {
    std::mem::take(&mut *locked(&script.seen)).len()
}

async fn assert_settled(stack: &Stack) {
    let plan = stack.preview().refresh(true).await.unwrap_or_else(|error| panic!("{error}"));
    assert!(plan.is_empty() && plan.diagnostics.is_empty(), "{plan:?}");
    let document = stack.store().load().await.expect("it can be read").expect("it was saved");
    assert!(document.pending.is_empty(), "{document:?}");
}

/// What the next run says.
async fn next(stack: &Stack) -> Diagnostics {
    let plan = stack.preview().await.unwrap_or_else(|error| panic!("{error}"));
    let report = stack.up().await.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(plan.diagnostics, report.diagnostics, "a preview says the same");
    report.diagnostics
}

fn remembering() -> Script {
    Script { remembers: true, ..Script::default() }
}

#[tokio::test]
async fn what_was_made_is_found_by_its_name() {
    let (script, backend) = (remembering(), Backend::new());
    let den = Den::of(&script);
    let stack = stack(&den, &backend, &[("name", "a")]);
    lose(&script, true);
    up_and_lose(&stack, PendingOperation::Create).await;
    assert_eq!(applies(&script), 1);
    let told = next(&stack).await.to_string();
    assert!(told.contains("with name = \"a\" is taken into the state"), "{told}");
    assert_eq!(applies(&script), 0, "nothing is made twice");
    assert_settled(&stack).await;
}

#[tokio::test]
async fn what_was_made_is_found_by_its_identity() {
    let (script, backend) = (Script { identity: true, ..remembering() }, Backend::new());
    let den = Den::of(&script);
    let stack = stack(&den, &backend, &[("name", "a")]);
    lose(&script, false);
    up_and_lose(&stack, PendingOperation::Create).await;
    // The identity is all that is needed to say that there is none.
    assert_eq!(next(&stack).await, Diagnostics::new());
    assert_eq!(applies(&script), 2);
    assert_settled(&stack).await;
}

#[tokio::test]
async fn what_cannot_be_looked_for_is_told() {
    let (script, backend) = (remembering(), Backend::new());
    let den = Den::of(&script);
    let stack = stack(&den, &backend, &[("key", "hunter2")]).keys(rosa_ecr_state::Keys::passphrase("p"));
    lose(&script, false);
    up_and_lose(&stack, PendingOperation::Create).await;
    let told = next(&stack).await.to_string();
    for part in ["\"box\" may exist already", "a den_box, at 20", "neither a name nor an id", "`import box ID`"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert!(!told.contains("hunter2"), "{told}");
    assert_eq!(applies(&script), 2, "it is made");
}

#[tokio::test]
async fn what_is_not_as_it_was_planned_is_somebody_elses() {
    let (script, backend) = (remembering(), Backend::new());
    let den = Den::of(&script);
    let stack = stack(&den, &backend, &[("name", "a")]);
    lose(&script, false);
    up_and_lose(&stack, PendingOperation::Create).await;
    let other: Entries = Entries::from([("name".to_owned(), "b".into())]);
    let found = object("1", "a").into_iter().chain(other).collect();
    locked(&script.there).insert("a".to_owned(), found);
    let plan = stack.preview().await.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(plan.counts().created, 1);
    assert!(plan.diagnostics.to_string().contains("may exist already"), "{}", plan.diagnostics);
}

#[tokio::test]
async fn an_import_answers_the_question() {
    let (script, backend) = (remembering(), Backend::new());
    let den = Den::of(&script);
    let stack = stack(&den, &backend, &[("name", "a")]);
    lose(&script, true);
    up_and_lose(&stack, PendingOperation::Create).await;
    stack.import("box", "a").await.unwrap_or_else(|error| panic!("{error}"));
    applies(&script);
    assert_eq!(next(&stack).await, Diagnostics::new());
    assert_eq!(applies(&script), 0);
    assert_settled(&stack).await;
}

#[tokio::test]
async fn an_update_and_a_delete_are_read() {
    for done in [true, false] {
        let (script, backend) = (remembering(), Backend::new());
        let den = Den::of(&script);
        let first = stack(&den, &backend, &[("name", "a")]);
        first.up().await.unwrap_or_else(|error| panic!("{error}"));
        applies(&script);
        let second = stack(&den, &backend, &[("name", "b")]);
        lose(&script, done);
        up_and_lose(&second, PendingOperation::Update).await;
        if done {
            // Read under its new name it would be found; under the old one it is gone.
            locked(&script.there).insert("a".to_owned(), object("1", "b"));
        }
        assert_eq!(next(&second).await, Diagnostics::new());
        assert_eq!(applies(&script), if done { 1 } else { 2 }, "what was done is not done again");
        lose(&script, done);
        let error = second.destroy().await.expect_err("the answer is lost");
        assert!(matches!(error, Error::Failed { outcome: Outcome::Unknown, .. }), "{error:?}");
        applies(&script);
        second.destroy().await.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(applies(&script), usize::from(!done));
        let document = second.store().load().await.expect("it can be read").expect("it was saved");
        assert!(document.pending.is_empty() && document.resources.is_empty(), "{document:?}");
    }
}

#[tokio::test]
async fn nothing_is_made_again_before_its_provider_was_asked() {
    let (script, backend) = (remembering(), Backend::new());
    let den = Den::of(&script);
    let on_shelf = |shelf: fn(&mut Stack) -> Argument| {
        let mut stack = Stack::new("lost").backend(backend.clone());
        den.running.clone().provide(&mut stack, "den", json!({}));
        let shelf = Argument::object([("shelf", shelf(&mut stack))]);
        let far = den.running.clone().provide(&mut stack, "far", shelf);
        let options = Options::new().provider(&far);
        Dynamic::new("den_box").arg("name", "a").declare_with(&mut stack, "box", options).expect("a good name");
        stack
    };
    lose(&script, true);
    up_and_lose(&on_shelf(|_| "1".into()), PendingOperation::Create).await;
    // Now the shelf comes from something that is not there yet.
    let stack = on_shelf(|stack| {
        let base = Dynamic::new("den_box").arg("name", "base").declare(stack, "base").expect("a good name");
        base.output::<String>("id").into()
    });
    applies(&script);
    let error = stack.up().await.expect_err("the box may be there").to_string();
    assert!(error.contains("\"box\" may exist already") && error.contains("Run again"), "{error}");
    assert_eq!(applies(&script), 1, "the base");
    let told = next(&stack).await.to_string();
    assert!(told.contains("is taken into the state"), "{told}");
    assert_eq!(applies(&script), 0);
    assert_settled(&stack).await;
}
