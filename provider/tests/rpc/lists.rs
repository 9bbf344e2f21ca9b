//! List resources.

use rosa_ecr_model::{Object as _, Value, conform};
use rosa_ecr_proto::tfplugin6::{DynamicValue, list_resource, validate_list_resource_config};

use crate::peer::{Peer, book, dynamic, error, identity};
use crate::test_provider::BookQuery;

fn query(prefix: Value) -> DynamicValue {
    let block = BookQuery::block();
    dynamic(&conform(&block, Value::map([("prefix", prefix)])), &block.ty())
}

async fn list(peer: &mut Peer, config: Option<DynamicValue>, limit: i64, full: bool) -> Vec<list_resource::Event> {
    let request =
        list_resource::Request { type_name: "shelf_book".to_owned(), config, include_resource_object: full, limit };
    let mut stream = peer.client.list_resource(request).await.expect("an answer").into_inner();
    let mut events = Vec::new();
    while let Some(event) = stream.message().await.expect("an event") {
        events.push(event);
    }
    events
}

async fn library(name: &str) -> Peer {
    let (peer, location) = Peer::at(name).await;
    for title in ["Persuasion", "Emma", "Emil", "Lady Susan"] {
        location.put(title, "here");
    }
    peer
}

fn names(events: &[list_resource::Event]) -> Vec<&str> {
    events.iter().map(|event| &event.display_name[..]).collect()
}

#[tokio::test]
async fn objects_come_with_their_identity_and_on_demand_as_a_whole() {
    let mut peer = library("list/objects").await;
    let events = list(&mut peer, Some(query("Em".into())), 100, false).await;
    assert_eq!(names(&events), ["\"Emil\"", "\"Emma\""]);
    assert_eq!(
        identity(events[1].identity.clone()),
        Some(Value::map([("title", "Emma".into()), ("place", "front".into())]))
    );
    assert_eq!(events[1].resource_object, None);
    let events = list(&mut peer, Some(query("Em".into())), 100, true).await;
    let object = book().value(events[1].resource_object.clone());
    assert_eq!((object.get("title"), object.get("number")), (&"Emma".into(), &"n-Emma".into()));
    let planned = peer.plan(&book(), &object, &book().config([("title", "Emma".into())])).await;
    assert_eq!(book().value(planned.planned_state), object, "the plan for what was listed is empty");
}

#[tokio::test]
async fn no_query_is_an_empty_one_and_limits_hold() {
    let mut peer = library("list/limit").await;
    for config in [None, Some(DynamicValue::default()), Some(query(Value::Null))] {
        for (limit, count) in [(0, 4), (-1, 4), (1, 1), (3, 3), (4, 4), (i64::MAX, 4)] {
            assert_eq!(list(&mut peer, config.clone(), limit, false).await.len(), count, "{limit}");
        }
    }
}

#[tokio::test]
async fn warnings_and_errors_are_events_without_an_object() {
    let (mut peer, location) = Peer::at("list/warning").await;
    location.put("moth", "here");
    let events = list(&mut peer, None, 100, false).await;
    assert_eq!(names(&events), ["", "\"moth\""]);
    assert_eq!((&events[0].diagnostic[0].summary[..], &events[0].identity), ("There are moths", &None));
    for (prefix, said) in
        [("*".into(), "Leave the prefix out"), (Value::Unknown, "The configuration of shelf_book is not known yet")]
    {
        let [event] = &list(&mut peer, Some(query(prefix)), 100, false).await[..] else { panic!("one event") };
        assert!(error(&event.diagnostic).starts_with(said), "{event:?}");
        assert_eq!((&event.identity, &event.resource_object), (&None, &None));
    }
    let broken = DynamicValue { msgpack: b"\xc1".to_vec(), json: Vec::new() };
    let [event] = &list(&mut peer, Some(broken), 100, false).await[..] else { panic!("one event") };
    assert!(error(&event.diagnostic).starts_with("The query of shelf_book cannot be read\n"), "{event:?}");
    let [event] = &list(&mut Peer::connect().await, None, 100, false).await[..] else { panic!("one event") };
    assert!(error(&event.diagnostic).starts_with("The provider \"shelf\" is not configured\n"), "{event:?}");
}

#[tokio::test]
async fn queries_are_validated() {
    let mut peer = Peer::connect().await;
    for (config, expected) in
        [(query("*".into()), Some("Leave")), (query(Value::Unknown), None), (Default::default(), None)]
    {
        let request = validate_list_resource_config::Request {
            type_name: "shelf_book".to_owned(),
            config: Some(config),
            ..Default::default()
        };
        let answer = peer.client.validate_list_resource_config(request).await.expect("an answer").into_inner();
        match expected {
            None => assert_eq!(answer.diagnostics, []),
            Some(said) => assert!(error(&answer.diagnostics).starts_with(said), "{:?}", answer.diagnostics),
        }
    }
}
