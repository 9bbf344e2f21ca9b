//! Calls whose answer is lost: what is certain, and what is not.

use rosa_ecr_model::{Applied, Value};
use rosa_ecr_plugin::Plugin;
use tonic::{Code, Status};

use crate::host::{Host, named};
use crate::script::{Script, locked};

/// What comes of a create that ends with that status.
async fn ended_with(code: Code) -> Applied {
    let script = Script::default();
    *locked(&script.lost) = Some((Status::new(code, "it was so"), false));
    let host = Host::of(&script).await;
    host.apply(&host.plan(&named("a")).await, &named("a")).await
}

fn is_unknown(applied: &Applied) -> bool {
    assert!(applied.diagnostics.has_errors() && applied.state.is_null(), "{applied:?}");
    applied.diagnostics.iter().any(rosa_ecr_model::Diagnostic::is_outcome_unknown)
}

#[tokio::test]
async fn a_status_says_little_of_what_was_done() {
    for code in [
        Code::Unavailable,
        Code::Unknown,
        Code::Internal,
        Code::Cancelled,
        Code::DeadlineExceeded,
        Code::ResourceExhausted,
        Code::Aborted,
        // Passed on from what is behind the provider, after whatever was done before.
        Code::NotFound,
        Code::PermissionDenied,
        Code::InvalidArgument,
    ] {
        let applied = ended_with(code).await;
        assert!(is_unknown(&applied), "{code:?}: {}", applied.diagnostics);
        assert!(applied.diagnostics.to_string().contains("did not answer ApplyResourceChange"));
    }
    let applied = ended_with(Code::Unimplemented).await;
    assert!(!is_unknown(&applied), "nobody has begun it: {}", applied.diagnostics);
}

#[tokio::test]
async fn what_was_not_sent_was_not_done() {
    let host = Host::of(&Script::default()).await;
    let planned = host.plan(&named("a")).await;
    let (address, call, kind) = (host.den.running.clone(), host.call.clone(), host.kind.clone());
    // The next connection finds nobody.
    host.den.leave().await;
    let applied = kind.apply(&call.configured(named("a")), &Value::Null, &planned.state).await;
    assert!(!is_unknown(&applied), "{}", applied.diagnostics);
    assert!(applied.diagnostics.to_string().contains("Nothing was done"), "{}", applied.diagnostics);
    Plugin::attach(address).await.expect_err("it is gone");
}

#[tokio::test]
async fn a_result_that_cannot_be_read_may_be_anything() {
    let host = Host::of(&Script { garbage: true, ..Script::default() }).await;
    let applied = host.apply(&host.plan(&named("a")).await, &named("a")).await;
    assert!(is_unknown(&applied), "{}", applied.diagnostics);
}

#[tokio::test]
async fn a_long_status_gets_through() {
    let script = Script::default();
    *locked(&script.lost) = Some((Status::unknown("x".repeat(200_000)), false));
    let host = Host::of(&script).await;
    let applied = host.apply(&host.plan(&named("a")).await, &named("a")).await;
    assert!(applied.diagnostics.to_string().contains("xxx"), "{:.300}", applied.diagnostics.to_string());
}

#[tokio::test]
async fn a_failed_update_leaves_what_the_provider_had_kept() {
    let refused: fn(&mut crate::script::Entries) = |state| state.clear();
    let host = Host::of(&Script { apply: Some(refused), fails: true, ..Script::default() }).await;
    let prior = Value::Map(crate::script::object("1", "a"));
    let call = host.call.clone().keeping(b"kept".to_vec()).configured(named("b"));
    let planned = host.kind.plan(Some(&call), &prior, &named("b")).await;
    let applied = host.kind.apply(&call, &prior, &planned.state).await;
    assert!(applied.diagnostics.has_errors());
    assert_eq!((applied.state, applied.private), (prior, b"kept".to_vec()));
}
