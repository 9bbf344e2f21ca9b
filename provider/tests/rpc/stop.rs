//! The end of work.

use std::time::Duration;

use rosa_ecr_model::Value;
use rosa_ecr_proto::tfplugin6::stop_provider;

use crate::peer::{Peer, error, trap};
use crate::test_provider::Location;

/// Waits until the trap at this location says that.
async fn until(location: &Location, says: &str) {
    let waited = tokio::time::timeout(Duration::from_secs(10), async {
        while location.get("trap").as_deref() != Some(says) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    waited.await.unwrap_or_else(|_| panic!("the trap never said {says:?}, but {:?}", location.get("trap")));
}

#[tokio::test]
async fn a_stop_cancels_what_is_under_way_and_its_answer_counts() {
    let (mut peer, location) = Peer::at("stop/apply").await;
    let mut working = peer.another();
    let applied = tokio::spawn(async move {
        let of = trap();
        working.apply(&of, &Value::Null, &of.config([("mode", "wait".into())])).await
    });
    until(&location, "waiting").await;
    let stopped = peer.client.stop_provider(stop_provider::Request {}).await.expect("an answer").into_inner();
    assert_eq!(stopped.error, "");
    let applied = tokio::time::timeout(Duration::from_secs(10), applied).await.expect("in time").expect("no panic");
    assert!(error(&applied.diagnostics).starts_with("Stopped"));
    assert_eq!(trap().value(applied.new_state).get("progress"), &"half".into());

    // The server is there still, and what begins now begins cancelled.
    let late = peer.apply(&trap(), &Value::Null, &trap().config([("mode", "wait".into())])).await;
    assert!(error(&late.diagnostics).starts_with("Stopped"));
}

#[tokio::test]
async fn the_next_session_is_free_again() {
    let (mut peer, location) = Peer::at("stop/again").await;
    peer.client.stop_provider(stop_provider::Request {}).await.expect("an answer");
    assert_eq!(peer.configure(Value::map([("location", "stop/again".into())])).await, []);
    let mut working = peer.another();
    let work = tokio::spawn(async move {
        let of = trap();
        working.apply(&of, &Value::Null, &of.config([("mode", "wait".into())])).await
    });
    until(&location, "waiting").await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(location.get("trap").as_deref(), Some("waiting"));
    peer.client.stop_provider(stop_provider::Request {}).await.expect("an answer");
    work.await.expect("no panic");
}

#[tokio::test]
async fn work_goes_on_when_its_caller_hangs_up() {
    let (mut peer, location) = Peer::at("stop/hang-up").await;
    let mut working = peer.another();
    let abandoned = tokio::spawn(async move {
        let of = trap();
        working.apply(&of, &Value::Null, &of.config([("mode", "wait".into())])).await
    });
    until(&location, "waiting").await;
    abandoned.abort();
    assert!(abandoned.await.is_err_and(|end| end.is_cancelled()));
    peer.client.stop_provider(stop_provider::Request {}).await.expect("an answer");
    until(&location, "stopped").await;
}
