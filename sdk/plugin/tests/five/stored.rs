//! What providers count on, because Terraform does it.

use rosa_ecr_engine::{Action, Declare as _, Options, Stack};
use rosa_ecr_model::Value;
use rosa_ecr_plugin::Dynamic;
use rosa_ecr_state::{Keys, MemoryBackend};
use serde_json::json;

use crate::host::{Den, Host, named};
use crate::script::{Entries, Script, locked, object, read};

fn stack(den: &Den, backend: &MemoryBackend) -> Stack {
    let mut stack = Stack::new("stored").backend(backend.clone()).keys(Keys::passphrase("of a test"));
    den.running.clone().provide(&mut stack, "den", json!({}));
    let it = Dynamic::new("den_box").arg("name", "a").arg("key", "hunter2").arg("token", "hunter3");
    it.declare(&mut stack, "box").expect("a good name");
    stack
}

#[tokio::test]
async fn every_stored_state_is_upgraded() {
    let (script, backend) = (Script::default(), MemoryBackend::new());
    let den = Den::of(&script);
    stack(&den, &backend).up().await.unwrap_or_else(|error| panic!("{error}"));
    assert!(locked(&script.stored).is_empty());
    // The provider of today writes names otherwise, and says so in no version.
    let upgrade: fn(serde_json::Value) -> Entries = |_| object("1", "A");
    let newer = Den::of(&Script { upgrade: Some(upgrade), ..script.clone() });
    let plan = stack(&newer, &backend).preview().await.unwrap_or_else(|error| panic!("{error}"));
    let stored = json!({ "id": "1", "key": "hunter2", "name": "a", "token": null });
    assert_eq!(*locked(&script.stored), [stored]);
    assert_eq!(plan.steps[0].action, Action::Update);
    assert!(!format!("{plan:?}").contains("hunter"), "what was secret stays secret: {plan:?}");
}

#[tokio::test]
async fn an_upgrade_that_fails_names_the_resource_and_no_secret() {
    let (script, backend) = (Script::default(), MemoryBackend::new());
    stack(&Den::of(&script), &backend).up().await.unwrap_or_else(|error| panic!("{error}"));
    let broken = Den::of(&Script { quotes_stored: true, ..Script::default() });
    let error = stack(&broken, &backend).preview().await.expect_err("it is refused").to_string();
    assert!(error.contains("box: It is no box") && error.contains("(secret)") && !error.contains("hunter2"), "{error}");
}

#[tokio::test]
async fn what_modules_say_is_null_for_those_who_listen() {
    // The script checks that it is there.
    let (script, backend) = (Script { meta: true, ..Script::default() }, MemoryBackend::new());
    let den = Den::of(&script);
    let stack = stack(&den, &backend);
    stack.up().await.unwrap_or_else(|error| panic!("{error}"));
    assert!(stack.preview().refresh(true).await.unwrap_or_else(|error| panic!("{error}")).is_empty());
    let seen = locked(&script.seen);
    assert_eq!(seen[0].provider_meta.as_ref().map(|meta| meta.msgpack.as_slice()), Some(&[0xc0][..]));
}

#[tokio::test]
async fn write_only_values_stay_out_of_states() {
    let keeps: fn(&mut Entries) = |state| {
        state.insert("token".to_owned(), "hunter3".into());
    };
    let host = Host::of(&Script { apply: Some(keeps), read: Some(keeps), legacy: true, ..Script::default() }).await;
    let applied = host.apply(&host.plan(&named("a")).await, &named("a")).await;
    let told = applied.diagnostics.to_string();
    assert!(told.contains("keeps a write-only value") && !told.contains("hunter3"), "{told}");
    assert_eq!((applied.state.get("id"), applied.state.get("token")), (&"1".into(), &Value::Null));
    let stored = host.kind.read(&host.call, &applied.state).await;
    assert!(stored.diagnostics.has_errors() && stored.state.get("token").is_null(), "{stored:?}");
}

#[tokio::test]
async fn a_replacement_is_planned_with_what_the_update_has_kept() {
    let (script, backend) = (Script::default(), MemoryBackend::new());
    stack(&Den::of(&script), &backend).up().await.unwrap_or_else(|error| panic!("{error}"));
    let replacing = Script { replaces: true, ..script.clone() };
    let den = Den::of(&replacing);
    let mut other = Stack::new("stored").backend(backend.clone()).keys(Keys::passphrase("of a test"));
    den.running.clone().provide(&mut other, "den", json!({}));
    Dynamic::new("den_box").arg("name", "b").declare(&mut other, "box").expect("a good name");
    let report = other.up().await.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(report.done["box"], Action::DeleteThenCreate);
    assert_eq!(*locked(&script.kept), [&b""[..], b"applied", b"planned"], "create; update, and create instead");
    let seen = locked(&script.seen);
    assert_eq!(read(seen[1].prior_state.as_ref())["name"], "a".into(), "the old one goes first");
    assert!(read(seen[2].prior_state.as_ref()).is_empty());
}

#[tokio::test]
async fn a_provider_is_configured_before_it_upgrades_an_older_state() {
    let (script, backend) = (Script::default(), MemoryBackend::new());
    stack(&Den::of(&script), &backend).up().await.unwrap_or_else(|error| panic!("{error}"));
    // The script checks the order.
    let newer = Script { version: 2, ..Script::default() };
    let den = Den::of(&newer);
    let plan = stack(&den, &backend).preview().await.unwrap_or_else(|error| panic!("{error}"));
    assert!(plan.is_empty(), "{plan:?}");
    assert_eq!((locked(&newer.stored).len(), *locked(&newer.configured)), (1, 1));
}

#[tokio::test]
async fn what_is_ignored_is_not_hashed_again() {
    let hash: fn(&mut Entries) = |state| {
        let name = state["name"].as_str().map(|name| format!("hash of {name}"));
        state.insert("name".to_owned(), name.as_deref().map_or(Value::Null, Value::from));
    };
    let script = Script { plan: Some(hash), legacy: true, ..Script::default() };
    let (den, backend) = (Den::of(&script), MemoryBackend::new());
    let mut stack = Stack::new("stored").backend(backend);
    den.running.clone().provide(&mut stack, "den", json!({}));
    let options = Options::new().ignore_changes(["name"]);
    Dynamic::new("den_box").arg("name", "a").declare_with(&mut stack, "box", options).expect("a good name");
    stack.up().await.unwrap_or_else(|error| panic!("{error}"));
    let plan = stack.preview().await.unwrap_or_else(|error| panic!("{error}"));
    assert!(plan.is_empty(), "{plan:?}");
}
