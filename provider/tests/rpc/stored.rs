//! States that were written by another version.

use rosa_ecr_model::Value;
use rosa_ecr_proto::tfplugin6::{RawState, move_resource_state, upgrade_resource_state};

use crate::peer::{Peer, book, error, identity};

/// Upgrades a `shelf_book` without a configured provider.
async fn upgrade(version: i64, state: Option<RawState>) -> upgrade_resource_state::Response {
    let mut peer = Peer::connect().await;
    let request = upgrade_resource_state::Request { type_name: "shelf_book".to_owned(), version, raw_state: state };
    peer.client.upgrade_resource_state(request).await.expect("an answer").into_inner()
}

fn json(text: &str) -> Option<RawState> {
    Some(RawState { json: text.as_bytes().to_vec(), ..RawState::default() })
}

#[tokio::test]
async fn the_present_version_reads_back_what_it_wrote() {
    let state = r#"{"title": "Emma", "pages": 7, "tags": {"a": "b"}, "borrowers": ["Bob", "Ann"], "place": "front",
        "chapters": [{"name": "1", "page": null}], "editions": [], "timeouts": {"create": "5m", "update": null,
        "delete": null}, "number": "n-Emma", "label": "Emma (7 pages)"}"#;
    let upgraded = upgrade(2, json(state)).await;
    assert_eq!(upgraded.diagnostics, []);
    let state = book().value(upgraded.upgraded_state);
    assert_eq!(state.get("pages"), &7.into());
    assert_eq!(state.get("borrowers"), &Value::set(["Ann".into(), "Bob".into()]));
    assert_eq!(state.get("timeouts").get("create"), &"5m".into());
}

#[tokio::test]
async fn earlier_versions_are_brought_into_the_present_shape() {
    let upgraded = upgrade(0, json(r#"{"title": "Emma", "pages": 50, "smell": "musty"}"#)).await;
    assert_eq!(upgraded.diagnostics, []);
    let state = book().value(upgraded.upgraded_state);
    assert_eq!((state.get("title"), state.get("pages")), (&"Emma".into(), &100.into()));
    assert_eq!((state.get("tags"), state.get("editions")), (&Value::Null, &Value::List(vec![])));
}

#[tokio::test]
async fn what_cannot_be_read_says_why_and_the_way_out() {
    let flatmap = RawState { flatmap: [("title".to_owned(), "Emma".to_owned())].into(), ..RawState::default() };
    for (version, state, title, way_out) in [
        (3, json("{}"), "The state of shelf_book is of version 3", "Upgrade the provider"),
        (-1, json("{}"), "The state of shelf_book is of version -1", "Upgrade the provider"),
        (2, Some(flatmap), "The stored state of shelf_book is not JSON", "terraform import"),
        (2, None, "The stored state of shelf_book is not JSON", "terraform import"),
        (2, json("{"), "The stored state of shelf_book cannot be read", "the JSON is broken"),
        (
            2,
            json(r#"{"title": ["Emma"]}"#),
            "The stored state of a shelf_book does not fit its schema",
            "[AttributeName(\"title\")]",
        ),
    ] {
        let refused = upgrade(version, state).await;
        let said = error(&refused.diagnostics);
        assert!(said.starts_with(title) && said.contains(way_out), "{said}");
    }
}

/// Moves to a `shelf_book` without a configured provider.
async fn move_state(provider: &str, type_name: &str, state: Option<RawState>) -> move_resource_state::Response {
    let mut peer = Peer::connect().await;
    let request = move_resource_state::Request {
        source_provider_address: provider.to_owned(),
        source_type_name: type_name.to_owned(),
        source_state: state,
        target_type_name: "shelf_book".to_owned(),
        ..Default::default()
    };
    peer.client.move_resource_state(request).await.expect("an answer").into_inner()
}

const PAPER: &str = "registry.terraform.io/other/paper";

#[tokio::test]
async fn an_object_of_another_provider_comes_over() {
    let moved = move_state(PAPER, "paper_book", json(r#"{"name": "Emma", "weight": 0.5}"#)).await;
    assert_eq!(moved.diagnostics, []);
    assert_eq!(identity(moved.target_identity), Some(Value::map([("title", "Emma".into()), ("place", Value::Null)])));
    let state = book().value(moved.target_state);
    assert_eq!((state.get("title"), state.get("number")), (&"Emma".into(), &"".into()));
    // A read completes it.
    let (mut peer, location) = Peer::at("stored/moved").await;
    location.put("Emma", "here");
    let read = peer.read(&book(), &state).await;
    assert_eq!((read.diagnostics, book().value(read.new_state).get("number")), (vec![], &"n-Emma".into()));
}

#[tokio::test]
async fn our_own_resource_from_a_mirror_or_a_fork_is_upgraded() {
    let state = r#"{"title": "Emma", "pages": 50, "smell": "musty"}"#;
    for mirror in ["mirror.example.com/team/shelf", "registry.terraform.io/fork/shelf", "shelf"] {
        let moved = move_state(mirror, "shelf_book", json(state)).await;
        assert_eq!(moved.diagnostics, [], "{mirror}");
        assert_eq!(book().value(moved.target_state).get("pages"), &100.into(), "as an upgrade has it");
    }
    let stranger = move_state("registry.terraform.io/other/paper", "shelf_book", json(state)).await;
    assert!(error(&stranger.diagnostics).starts_with("shelf_book cannot be moved"), "{:?}", stranger.diagnostics);
}

#[tokio::test]
async fn what_cannot_come_over_says_why_and_the_way_out() {
    let emma = || json(r#"{"name": "Emma"}"#);
    for (provider, type_name, state, title, more) in [
        (PAPER, "paper_lamp", emma(), "paper_lamp cannot be moved to shelf_book", "moves to shelf_book: paper_book."),
        ("example.com/a/b", "paper_book", emma(), "paper_book cannot be moved to shelf_book", "example.com/a/b"),
        (PAPER, "paper_book", json("{}"), "The paper book has no name", ""),
        (PAPER, "paper_book", json("{"), "The stored state of paper_book cannot be read", "the JSON is broken"),
        (PAPER, "paper_book", None, "The stored state of paper_book is not JSON", "terraform import"),
    ] {
        let refused = move_state(provider, type_name, state).await;
        let said = error(&refused.diagnostics);
        assert!(said.starts_with(title) && said.contains(more), "{said}");
        assert_eq!((refused.target_state, refused.target_identity), (None, None));
    }
}
