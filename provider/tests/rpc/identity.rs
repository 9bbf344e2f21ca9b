//! Identities of resources.

use rosa_ecr_model::{Type, Value};
use rosa_ecr_proto::tfplugin6::{
    RawState, ResourceIdentityData, apply_resource_change, get_resource_identity_schemas, import_resource_state,
    plan_resource_change, read_resource, resource_identity_schema::IdentityAttribute, upgrade_resource_identity,
};

use crate::peer::{Peer, book, dynamic, error, identity};

fn of(title: &str, place: Value) -> Value {
    Value::map([("title", title.into()), ("place", place)])
}

fn data(identity: &Value) -> Option<ResourceIdentityData> {
    let ty = Type::object([("title", Type::String), ("place", Type::String)]);
    Some(ResourceIdentityData { identity_data: Some(dynamic(identity, &ty)) })
}

#[tokio::test]
async fn only_resources_that_have_one_have_a_schema() {
    let mut peer = Peer::connect().await;
    let answer = peer.client.get_resource_identity_schemas(get_resource_identity_schemas::Request {}).await;
    let answer = answer.expect("an answer").into_inner();
    assert_eq!(answer.diagnostics, []);
    assert_eq!(answer.identity_schemas.keys().collect::<Vec<_>>(), ["shelf_book"]);
    let schema = &answer.identity_schemas["shelf_book"];
    let attribute = |name: &str, description: &str, required| IdentityAttribute {
        name: name.to_owned(),
        r#type: b"\"string\"".to_vec(),
        required_for_import: required,
        optional_for_import: !required,
        description: description.to_owned(),
    };
    assert_eq!(schema.version, 0);
    assert_eq!(
        schema.identity_attributes,
        [attribute("place", "Where it stands.", false), attribute("title", "Its title.", true)]
    );
}

#[tokio::test]
async fn it_is_told_as_soon_as_it_is_known_and_stays() {
    let (mut peer, _) = Peer::at("identity/life").await;
    let book_ = book();
    let config = book_.config([("title", "Emma".into())]);
    let planned = peer.plan(&book_, &Value::Null, &config).await;
    assert_eq!(identity(planned.planned_identity), Some(of("Emma", Value::Null)));
    let unknown = peer.plan(&book_, &Value::Null, &book_.config([("title", Value::Unknown)])).await;
    assert_eq!(unknown.planned_identity, None, "nothing is known of it");

    let request = apply_resource_change::Request {
        type_name: "shelf_book".to_owned(),
        prior_state: Some(book_.dynamic(&Value::Null)),
        planned_state: planned.planned_state,
        planned_identity: data(&of("Emma", Value::Null)),
        ..Default::default()
    };
    let applied = peer.client.apply_resource_change(request).await.expect("an answer").into_inner();
    assert_eq!((applied.diagnostics, identity(applied.new_identity)), (vec![], Some(of("Emma", "front".into()))));
    let state = book_.value(applied.new_state);

    let read = peer.read(&book_, &state).await;
    assert_eq!(identity(read.new_identity), Some(of("Emma", "front".into())), "states without one get one");
    let request = plan_resource_change::Request {
        type_name: "shelf_book".to_owned(),
        prior_state: Some(book_.dynamic(&state)),
        proposed_new_state: Some(book_.dynamic(&book_.config([("title", "Emma".into()), ("pages", 8.into())]))),
        config: Some(book_.dynamic(&book_.config([("title", "Emma".into()), ("pages", 8.into())]))),
        prior_identity: data(&of("Emma", "front".into())),
        ..Default::default()
    };
    let planned = peer.client.plan_resource_change(request.clone()).await.expect("an answer").into_inner();
    assert_eq!((planned.diagnostics, identity(planned.planned_identity)), (vec![], Some(of("Emma", "front".into()))));

    // The place is no reason for another book.
    let moved = Some(book_.dynamic(&book_.config([("title", "Emma".into()), ("place", "cellar".into())])));
    let request = plan_resource_change::Request { config: moved.clone(), proposed_new_state: moved, ..request };
    let planned = peer.client.plan_resource_change(request.clone()).await.expect("an answer").into_inner();
    assert_eq!((planned.diagnostics, planned.requires_replace), (vec![], vec![]));
    assert_eq!(identity(planned.planned_identity), Some(of("Emma", "cellar".into())), "a plan may rename");

    let other = Some(book_.dynamic(&book_.config([("title", "Persuasion".into())])));
    let request = plan_resource_change::Request { config: other.clone(), proposed_new_state: other, ..request };
    let planned = peer.client.plan_resource_change(request).await.expect("an answer").into_inner();
    assert_eq!(planned.requires_replace.len(), 1);
    assert_eq!(identity(planned.planned_identity), Some(of("Persuasion", "front".into())), "another one comes");

    let destroyed = peer.plan(&book_, &state, &Value::Null).await;
    assert_eq!((destroyed.diagnostics, destroyed.planned_identity), (vec![], None));
    let destroyed = peer.apply(&book_, &state, &Value::Null).await;
    assert_eq!((destroyed.diagnostics, destroyed.new_identity), (vec![], None));
    let gone = peer.read(&book_, &state).await;
    assert_eq!((gone.diagnostics, gone.new_identity), (vec![], None));
}

#[tokio::test]
async fn a_changed_one_is_an_error_that_keeps_what_was() {
    let (mut peer, _) = Peer::at("identity/changed").await;
    let of_book = book();
    let state = peer.bring_about(&of_book, &Value::Null, &of_book.config([("title", "Emma".into())])).await;
    let request = read_resource::Request {
        type_name: "shelf_book".to_owned(),
        current_state: Some(of_book.dynamic(&state)),
        current_identity: data(&of("Emma", "cellar".into())),
        ..Default::default()
    };
    let read = peer.client.read_resource(request).await.expect("an answer").into_inner();
    let said = error(&read.diagnostics);
    assert!(said.starts_with("The identity of a shelf_book has changed\n\"place\""), "{said}");
    assert_eq!(of_book.value(read.new_state), state);
    assert_eq!(identity(read.new_identity), Some(of("Emma", "cellar".into())));

    // What was done is told nevertheless.
    let mut planned = state.entries().expect("an object").clone();
    planned.insert("pages".to_owned(), 9.into());
    let request = apply_resource_change::Request {
        type_name: "shelf_book".to_owned(),
        prior_state: Some(of_book.dynamic(&state)),
        planned_state: Some(of_book.dynamic(&Value::Map(planned))),
        planned_identity: data(&of("Emma", "cellar".into())),
        ..Default::default()
    };
    let applied = peer.client.apply_resource_change(request).await.expect("an answer").into_inner();
    assert_eq!(applied.diagnostics.len(), 2, "torn pages, and the identity: {:?}", applied.diagnostics);
    assert_eq!(of_book.value(applied.new_state).get("pages"), &9.into());
    assert_eq!(identity(applied.new_identity), Some(of("Emma", "cellar".into())));
}

#[tokio::test]
async fn an_object_is_imported_by_identity() {
    let (mut peer, location) = Peer::at("identity/import").await;
    location.put("Emma", "here");
    for (place, found) in [(Value::Null, true), ("front".into(), true), ("cellar".into(), false)] {
        let imported = import(&mut peer, "shelf_book", data(&of("Emma", place))).await;
        if !found {
            let said = error(&imported.diagnostics);
            assert!(said.starts_with("The shelf_book \"Emma\" is not the one to import\n"), "{said}");
            assert!(said.ends_with("[AttributeName(\"place\")]"), "{said}");
            continue;
        }
        assert_eq!(imported.diagnostics, []);
        let [resource] = &imported.imported_resources[..] else { panic!("one object: {imported:?}") };
        assert_eq!(identity(resource.identity.clone()), Some(of("Emma", "front".into())));
        assert_eq!(book().value(resource.state.clone()).get("title"), &"Emma".into());
    }
    let broken = ResourceIdentityData { identity_data: Some(dynamic(&"Emma".into(), &Type::String)) };
    for (type_name, identity, said) in [
        ("shelf_book", data(&of("", Value::Null)), "The identity of shelf_book needs \"title\""),
        ("shelf_book", data(&Value::Null), "shelf_book is imported by id"),
        ("shelf_book", Some(ResourceIdentityData::default()), "shelf_book is imported by id"),
        ("shelf_book", data(&of("Persuasion", Value::Null)), "There is no book \"Persuasion\""),
        ("shelf_book", Some(broken), "The identity of shelf_book cannot be read"),
        ("shelf_trap", data(&of("Emma", Value::Null)), "The identity of shelf_trap cannot be read"),
    ] {
        let refused = import(&mut peer, type_name, identity).await;
        assert!(error(&refused.diagnostics).starts_with(said), "{:?}", refused.diagnostics);
        assert_eq!(refused.imported_resources, []);
    }
}

async fn import(
    peer: &mut Peer,
    type_name: &str,
    identity: Option<ResourceIdentityData>,
) -> import_resource_state::Response {
    let request = import_resource_state::Request { type_name: type_name.to_owned(), identity, ..Default::default() };
    peer.client.import_resource_state(request).await.expect("an answer").into_inner()
}

#[tokio::test]
async fn a_stored_one_reads_back() {
    let mut peer = Peer::connect().await;
    let mut upgrade = async |type_name: &str, version, json: &str| {
        let raw_identity = Some(RawState { json: json.as_bytes().to_vec(), ..RawState::default() });
        let request = upgrade_resource_identity::Request { type_name: type_name.to_owned(), version, raw_identity };
        peer.client.upgrade_resource_identity(request).await.expect("an answer").into_inner()
    };
    let upgraded = upgrade("shelf_book", 0, r#"{"title": "Emma", "room": "blue"}"#).await;
    assert_eq!((upgraded.diagnostics, identity(upgraded.upgraded_identity)), (vec![], Some(of("Emma", Value::Null))));
    for (type_name, version, json, said) in [
        ("shelf_book", 1, "{}", "The identity of shelf_book is of version 1"),
        ("shelf_book", 0, "{", "The stored identity of shelf_book cannot be read"),
        ("shelf_book", 0, r#"{"title": ["Emma"]}"#, "The stored identity of shelf_book cannot be read"),
        ("shelf_trap", 0, "{}", "shelf_trap has no identity"),
    ] {
        let refused = upgrade(type_name, version, json).await;
        assert!(error(&refused.diagnostics).starts_with(said), "{:?}", refused.diagnostics);
        assert_eq!(refused.upgraded_identity, None);
    }
}
