//! Creates, updates and deletes.

use rosa_ecr_model::Value;
use rosa_ecr_proto::tfplugin6::diagnostic::Severity;

use crate::peer::{Peer, book, error, trap};

#[tokio::test]
async fn objects_come_change_and_go() {
    let (mut peer, location) = Peer::at("apply/life").await;
    let of = book();
    let created = peer.bring_about(&of, &Value::Null, &of.config([("title", "Emma".into())])).await;
    assert_eq!(location.get("Emma").as_deref(), Some("here"));
    assert!(created.is_wholly_known());
    assert_eq!((created.get("number"), created.get("place")), (&"n-Emma".into(), &"front".into()));
    let longer = of.config([("title", "Emma".into()), ("pages", 200.into())]);
    let updated = peer.bring_about(&of, &created, &longer).await;
    assert_eq!(updated.get("label"), &"Emma (200 pages)".into());
    assert_eq!(peer.bring_about(&of, &updated, &Value::Null).await, Value::Null);
    assert_eq!(location.get("Emma"), None);
}

#[tokio::test]
async fn private_bytes_and_warnings_arrive() {
    let (mut peer, _) = Peer::at("apply/warning").await;
    let of = book();
    let prior = peer.bring_about(&of, &Value::Null, &of.config([("title", "Emma".into())])).await;
    let planned = peer.plan(&of, &prior, &of.config([("title", "Emma".into()), ("pages", 9.into())])).await;
    let applied = peer.apply(&of, &prior, &of.value(planned.planned_state)).await;
    let [warning] = &applied.diagnostics[..] else { panic!("one warning: {:?}", applied.diagnostics) };
    assert_eq!((warning.severity(), warning.summary.as_str()), (Severity::Warning, "Pages were torn out"));
    assert_eq!((of.value(applied.new_state).get("pages"), applied.private), (&9.into(), b"private".to_vec()));
}

#[tokio::test]
async fn a_failure_keeps_what_is_real() {
    let (mut peer, location) = Peer::at("apply/failure").await;
    let of = trap();
    let planned = peer.plan(&of, &Value::Null, &of.config([("mode", "tear".into())])).await;
    let torn = peer.apply(&of, &Value::Null, &of.value(planned.planned_state)).await;
    assert_eq!(error(&torn.diagnostics), "The paper tore\n\n[AttributeName(\"mode\")]");
    assert_eq!(of.value(torn.new_state).get("progress"), &"half".into(), "part of it exists");

    location.put("Emma", "here");
    let of = book();
    let planned = peer.plan(&of, &Value::Null, &of.config([("title", "Emma".into())])).await;
    let refused = peer.apply(&of, &Value::Null, &of.value(planned.planned_state)).await;
    assert!(error(&refused.diagnostics).starts_with("The book is there already"));
    assert_eq!(of.value(refused.new_state), Value::Null, "nothing exists");
}

#[tokio::test]
async fn what_was_there_before_a_create_that_fails_is_not_in_the_state() {
    let (mut peer, _) = Peer::at("apply/find").await;
    let of = trap();
    let config = of.config([("mode", "tear a find".into())]);
    let planned = peer.plan(&of, &Value::Null, &config).await;
    let torn = peer.apply(&of, &Value::Null, &of.value(planned.planned_state)).await;
    assert_eq!(of.value(torn.new_state), Value::Null, "an engine would replace it");
    let said: Vec<&str> = torn.diagnostics.iter().map(|diagnostic| diagnostic.summary.as_str()).collect();
    assert_eq!(said, ["The paper tore", "This shelf_trap is not in the state"]);

    let prior = peer.bring_about(&of, &Value::Null, &of.config([("mode", "calm".into())])).await;
    let planned = peer.plan(&of, &prior, &config).await;
    let torn = peer.apply(&of, &prior, &of.value(planned.planned_state)).await;
    assert_eq!(of.value(torn.new_state).get("progress"), &"half".into(), "an update taints nothing");
}

#[tokio::test]
async fn a_panic_keeps_the_prior_state() {
    let (mut peer, _) = Peer::at("apply/panic").await;
    let of = trap();
    let prior = peer.bring_about(&of, &Value::Null, &of.config([("mode", "calm".into())])).await;
    let planned = peer.plan(&of, &prior, &of.config([("mode", "panic".into())])).await;
    let applied = peer.apply(&of, &prior, &of.value(planned.planned_state)).await;
    let said = error(&applied.diagnostics);
    assert!(said.starts_with("The provider panicked in ApplyResourceChange of shelf_trap"), "{said}");
    assert_eq!((of.value(applied.new_state), applied.private), (prior.clone(), b"private".to_vec()));

    let created = peer.apply(&of, &Value::Null, &of.config([("mode", "panic".into())])).await;
    assert_eq!(of.value(created.new_state), Value::Null);

    let next = peer.bring_about(&of, &prior, &of.config([("mode", "calmer".into())])).await;
    assert_eq!(next.get("progress"), &"done".into(), "the server serves on");
}

#[tokio::test]
async fn many_calls_at_once_do_not_mix() {
    let (peer, location) = Peer::at("apply/many").await;
    let tasks = (0..50).map(|number| {
        let mut peer = peer.another();
        tokio::spawn(async move {
            let of = book();
            let title = format!("Volume {number}");
            let state = peer.bring_about(&of, &Value::Null, &of.config([("title", title.as_str().into())])).await;
            assert_eq!(state.get("number"), &format!("n-{title}").into());
            title
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        assert!(location.get(&task.await.expect("no panic")).is_some());
    }
}
