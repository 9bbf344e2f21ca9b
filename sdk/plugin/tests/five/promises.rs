//! What becomes of a provider that does not keep its promises.

use std::collections::BTreeMap;

use rosa_ecr_model::Value;

use crate::host::{Host, named};
use crate::script::{Entries, Script, locked, read};

#[tokio::test]
async fn configuration_and_private_bytes_arrive() {
    let script = Script::default();
    let host = Host::of(&script).await;
    let planned = host.plan(&named("a")).await;
    assert!(planned.diagnostics.is_empty(), "{}", planned.diagnostics);
    assert_eq!((planned.state.get("id"), planned.state.get("token")), (&Value::Unknown, &Value::Null));
    let applied = host.apply(&planned, &named("a")).await;
    assert!(applied.diagnostics.is_empty(), "{}", applied.diagnostics);
    assert_eq!((applied.state.get("id"), applied.private), (&"1".into(), b"applied".to_vec()));
    let seen = locked(&script.seen);
    assert_eq!(seen[0].planned_private, b"planned");
    assert_eq!(read(seen[0].config.as_ref())["token"], "hunter3".into(), "write-only values are in the configuration");
    assert_eq!(read(seen[0].planned_state.as_ref())["token"], Value::Null);
}

#[tokio::test]
async fn a_plan_that_lies_is_refused_without_its_secrets() {
    let lie: fn(&mut Entries) = |planned| {
        planned.insert("name".to_owned(), "b".into());
        planned.insert("key".to_owned(), "hunter4".into());
    };
    let told = Host::of(&Script { plan: Some(lie), ..Script::default() }).await.plan(&named("a")).await.diagnostics;
    let text = told.to_string();
    assert!(text.contains("contradicts the configuration") && text.contains("the plan has \"b\""), "{text}");
    assert!(!text.contains("hunter"), "{text}");
    let legacy = Host::of(&Script { plan: Some(lie), legacy: true, ..Script::default() }).await.plan(&named("a")).await;
    assert!(legacy.diagnostics.is_empty(), "Terraform's first SDK cannot do better: {}", legacy.diagnostics);
}

#[tokio::test]
async fn a_result_that_lies_is_kept_and_told() {
    let lie: fn(&mut Entries) = |state| {
        state.insert("name".to_owned(), "b".into());
    };
    let host = Host::of(&Script { apply: Some(lie), ..Script::default() }).await;
    let applied = host.apply(&host.plan(&named("a")).await, &named("a")).await;
    let text = applied.diagnostics.to_string();
    assert!(text.contains("something else than it had planned") && text.contains("is \"b\""), "{text}");
    assert_eq!(applied.state.get("name"), &"b".into(), "what is real is not forgotten");
}

#[tokio::test]
async fn a_state_is_known_whatever_the_provider_says() {
    let unknown: fn(&mut Entries) = |state| {
        state.insert("id".to_owned(), Value::Unknown);
    };
    let host = Host::of(&Script { apply: Some(unknown), legacy: true, ..Script::default() }).await;
    let applied = host.apply(&host.plan(&named("a")).await, &named("a")).await;
    assert!(applied.diagnostics.to_string().contains("not known"), "{}", applied.diagnostics);
    assert_eq!(applied.state.get("id"), &Value::Null);
}

#[tokio::test]
async fn cancelling_asks_to_stop_and_takes_the_answer() {
    let host = Host::of(&Script::default()).await;
    let planned = host.plan(&named("slow")).await;
    let config = named("slow");
    let cancelled = async {
        tokio::task::yield_now().await;
        host.cancelled.cancel();
    };
    let (applied, ()) = tokio::join!(host.apply(&planned, &config), cancelled);
    assert!(applied.diagnostics.to_string().contains("Stopped"), "{}", applied.diagnostics);
    assert_eq!(applied.state.get("id"), &"1".into(), "what is real comes back");
}

#[tokio::test]
async fn data_is_found() {
    let host = Host::of(&Script::default()).await;
    let planned = host.source.plan(Some(&host.call), &named("a")).await;
    assert!(planned.diagnostics.is_empty(), "{}", planned.diagnostics);
    assert_eq!((planned.state.get("name"), planned.state.get("id")), (&"a".into(), &Value::Unknown));
    let found = host.source.read(&host.call, &named("a")).await;
    assert!(found.diagnostics.is_empty(), "{}", found.diagnostics);
    assert_eq!((found.state.get("name"), found.state.get("id")), (&"a".into(), &"1".into()));
    for refused in [
        host.source.plan(Some(&host.call), &named("wrong")).await.diagnostics,
        host.source.read(&host.call, &named("wrong")).await.diagnostics,
    ] {
        assert!(refused.to_string().contains("Refused"), "{refused}");
    }
    let unknown = host.source.read(&host.call, &Value::map([("name", Value::Unknown)])).await;
    assert!(unknown.diagnostics.to_string().contains("not known yet"), "{}", unknown.diagnostics);
}

#[tokio::test]
async fn data_that_is_no_data_is_refused() {
    let nothing: fn(&mut Entries) = BTreeMap::clear;
    let unknown: fn(&mut Entries) = |found| {
        found.insert("id".to_owned(), Value::Unknown);
    };
    for (script, part) in [
        (Script { find: Some(nothing), ..Script::default() }, "found nothing"),
        (Script { find: Some(unknown), ..Script::default() }, "unknown values"),
        (Script { deferred: true, ..Script::default() }, "puts it off (ProviderConfigUnknown)"),
    ] {
        let host = Host::of(&script).await;
        let found = host.source.read(&host.call, &named("a")).await;
        let told = found.diagnostics.to_string();
        assert!(told.contains(part) && told.contains("den_box") && found.state.is_null(), "{told}");
    }
}

#[tokio::test]
async fn an_object_is_found_by_identity() {
    let identity = |name: &str| Value::map([(name, "a".into()), ("shelf", "3".into())]);
    let host = Host::of(&Script { identity: true, ..Script::default() }).await;
    let found = host.kind.import_by_identity(&host.call, &identity("name")).await;
    assert!(found.diagnostics.is_empty(), "{}", found.diagnostics);
    assert_eq!((found.state.get("name"), found.state.get("id")), (&"a".into(), &"1".into()));
    let wrong = host.kind.import_by_identity(&host.call, &identity("nam")).await.diagnostics.to_string();
    assert!(wrong.contains("Missing required argument \"name\"") && wrong.contains("\"nam\""), "{wrong}");
    let older = Host::of(&Script::default()).await;
    let told = older.kind.import_by_identity(&older.call, &identity("name")).await.diagnostics.to_string();
    assert!(told.contains("den_box cannot be imported by identity"), "{told}");
}
