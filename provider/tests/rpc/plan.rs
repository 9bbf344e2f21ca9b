//! Plans.

use rosa_ecr_model::Value;
use rosa_ecr_proto::tfplugin6::{diagnostic::Severity, validate_resource_config};

use crate::peer::{Peer, attribute, book, error, trap};

#[tokio::test]
async fn a_create_knows_what_follows_from_the_inputs() {
    let (mut peer, _) = Peer::at("plan/create").await;
    let of = book();
    let planned = peer.plan(&of, &Value::Null, &of.config([("title", "Emma".into())])).await;
    assert_eq!(planned.diagnostics, []);
    assert_eq!(planned.requires_replace, []);
    assert_eq!(planned.planned_private, b"private");
    assert!(!planned.legacy_type_system);
    let state = of.value(planned.planned_state);
    assert_eq!(state.get("title"), &"Emma".into());
    assert_eq!(state.get("pages"), &100.into());
    assert_eq!(state.get("label"), &"Emma (100 pages)".into());
    assert_eq!(state.get("tags"), &Value::Null);
    assert_eq!(state.get("editions"), &Value::List(vec![]));
    assert_eq!(state.get("timeouts"), &Value::Null);
    assert_eq!((state.get("number"), state.get("place")), (&Value::Unknown, &Value::Unknown));
}

#[tokio::test]
async fn unknown_arguments_stay_unknown_at_their_place() {
    let (mut peer, _) = Peer::at("plan/unknown").await;
    let of = book();
    let tags = Value::map([("by", Value::Unknown), ("kind", "novel".into())]);
    let borrowers = Value::set([Value::Unknown, "Ann".into()]);
    let config = of.config([("title", Value::Unknown), ("tags", tags.clone()), ("borrowers", borrowers.clone())]);
    let planned = peer.plan(&of, &Value::Null, &config).await;
    assert_eq!(planned.diagnostics, []);
    let state = of.value(planned.planned_state);
    assert_eq!((state.get("title"), state.get("label")), (&Value::Unknown, &Value::Unknown));
    assert_eq!((state.get("tags"), state.get("borrowers")), (&tags, &borrowers));
}

#[tokio::test]
async fn an_update_in_place_keeps_what_stays() {
    let (mut peer, _) = Peer::at("plan/update").await;
    let of = book();
    let prior = peer.bring_about(&of, &Value::Null, &of.config([("title", "Emma".into())])).await;
    let planned = peer.plan(&of, &prior, &of.config([("title", "Emma".into()), ("pages", 90.into())])).await;
    assert_eq!((planned.diagnostics, planned.requires_replace), (vec![], vec![]));
    let state = of.value(planned.planned_state);
    assert_eq!((state.get("number"), state.get("place")), (&"n-Emma".into(), &"front".into()));
    assert_eq!(state.get("label"), &"Emma (90 pages)".into());
}

#[tokio::test]
async fn the_second_plan_is_empty() {
    let (mut peer, _) = Peer::at("plan/second").await;
    let of = book();
    let chapters = Value::List(vec![Value::map([("name", "1".into()), ("page", Value::Null)])]);
    let config = of.config([("title", "Emma".into()), ("chapters", chapters.clone()), ("editions", chapters)]);
    let state = peer.bring_about(&of, &Value::Null, &config).await;
    let planned = peer.plan(&of, &state, &config).await;
    assert_eq!((planned.diagnostics, planned.requires_replace), (vec![], vec![]));
    assert_eq!(of.value(planned.planned_state), state);
}

#[tokio::test]
async fn what_forces_a_replacement_is_named() {
    let (mut peer, _) = Peer::at("plan/replace").await;
    let of = book();
    let prior = peer.bring_about(&of, &Value::Null, &of.config([("title", "Emma".into())])).await;
    let planned = peer.plan(&of, &prior, &of.config([("title", "Persuasion".into())])).await;
    assert_eq!(planned.requires_replace, [attribute("title")]);
}

#[tokio::test]
async fn a_destroy_plans_null_or_says_what_speaks_against_it() {
    let (mut peer, location) = Peer::at("plan/destroy").await;
    let of = book();
    let prior = peer.bring_about(&of, &Value::Null, &of.config([("title", "Emma".into())])).await;
    let planned = peer.plan(&of, &prior, &Value::Null).await;
    assert_eq!((planned.diagnostics, of.value(planned.planned_state)), (vec![], Value::Null));
    location.put("Emma", "chained");
    let refused = peer.plan(&of, &prior, &Value::Null).await;
    assert_eq!(error(&refused.diagnostics), "The book is chained\nUnchain it first.\n[]");
    assert_eq!(of.value(refused.planned_state), prior);
}

#[tokio::test]
async fn an_error_leaves_the_prior_state_and_a_warning_the_plan() {
    let (mut peer, _) = Peer::at("plan/error").await;
    let of = book();
    let refused = peer.plan(&of, &Value::Null, &of.config([("title", "Forbidden".into())])).await;
    assert_eq!(error(&refused.diagnostics), "Not this one\nChoose another one.\n[AttributeName(\"title\")]");
    assert_eq!((of.value(refused.planned_state), refused.planned_private), (Value::Null, b"private".to_vec()));
    let warned = peer.plan(&of, &Value::Null, &of.config([("title", "Old".into())])).await;
    let [warning] = &warned.diagnostics[..] else { panic!("one warning: {:?}", warned.diagnostics) };
    assert_eq!((warning.severity(), warning.summary.as_str()), (Severity::Warning, "It may fall apart"));
    assert_eq!(of.value(warned.planned_state).get("title"), &"Old".into());
}

#[tokio::test]
async fn validation_needs_no_configuration_and_points_at_attributes() {
    let mut peer = Peer::connect().await;
    let of = book();
    let chapters = Value::List(vec![Value::map([("name", Value::Null), ("page", Value::Null)])]);
    for (config, expected) in [
        (of.config([("title", "Emma".into())]), None),
        (of.config([("title", Value::Unknown), ("pages", Value::Unknown)]), None),
        (of.config([]), Some("[AttributeName(\"title\")]")),
        (of.config([("title", "Emma".into()), ("pages", 0.into())]), Some("[AttributeName(\"pages\")]")),
        (of.config([("title", "Short".into())]), Some("Too long\n\n[AttributeName(\"pages\")]")),
        (
            of.config([("title", "Emma".into()), ("chapters", chapters)]),
            Some("[AttributeName(\"chapters\") ElementKeyInt(0) AttributeName(\"name\")]"),
        ),
    ] {
        let request = validate_resource_config::Request {
            type_name: of.type_name.to_owned(),
            config: Some(of.dynamic(&config)),
            client_capabilities: None,
        };
        let answer = peer.client.validate_resource_config(request).await.expect("an answer").into_inner();
        match expected {
            None => assert_eq!(answer.diagnostics, []),
            Some(end) => assert!(error(&answer.diagnostics).ends_with(end), "{:#?}", answer.diagnostics),
        }
    }
}

#[tokio::test]
async fn a_panic_ends_one_call() {
    let (mut peer, _) = Peer::at("plan/panic").await;
    let of = trap();
    let planned = peer.plan(&of, &Value::Null, &of.config([("mode", "panic in plan".into())])).await;
    let said = error(&planned.diagnostics);
    assert!(said.starts_with("The provider panicked in PlanResourceChange of shelf_trap\nThis is a bug"), "{said}");
    assert!(said.contains("the trap snapped in the plan") && said.contains("Please report it"), "{said}");
    assert_eq!(of.value(planned.planned_state), Value::Null);
    let planned = peer.plan(&of, &Value::Null, &of.config([("mode", "calm".into())])).await;
    assert_eq!(planned.diagnostics, []);
}
