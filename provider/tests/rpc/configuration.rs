//! The provider block.

use rosa_ecr_model::{Field as _, Object as _, Value, conform};
use rosa_ecr_proto::tfplugin6::{configure_provider, import_resource_state, validate_provider_config};

use crate::peer::{Peer, book, dynamic, error};
use crate::test_provider::Shelf;

async fn validate(config: Value) -> validate_provider_config::Response {
    let config = Some(dynamic(&conform(&Shelf::block(), config), &Shelf::ty()));
    let mut peer = Peer::connect().await;
    let answer = peer.client.validate_provider_config(validate_provider_config::Request { config }).await;
    answer.expect("an answer").into_inner()
}

#[tokio::test]
async fn a_provider_block_is_checked() {
    assert_eq!(validate(Value::map([("location", "attic".into()), ("key", "k".into())])).await.diagnostics, []);
    assert_eq!(validate(Value::map([("location", Value::Unknown), ("key", "k".into())])).await.diagnostics, []);
    let looks = validate(Value::map([("looks", 10.into())])).await;
    assert!(error(&looks.diagnostics).ends_with("[AttributeName(\"looks\")]"));
    let key = validate(Value::map([("key", "k".into())])).await;
    assert_eq!(error(&key.diagnostics), "A key without a location\nIt opens nothing.\n[AttributeName(\"key\")]");
}

#[tokio::test]
async fn an_empty_block_is_a_block() {
    let mut peer = Peer::connect().await;
    let request = configure_provider::Request::default();
    let configured = peer.client.configure_provider(request).await.expect("an answer").into_inner();
    assert_eq!(configured.diagnostics, []);
    let read = peer.read(&book(), &emma().await).await;
    assert_eq!(read.diagnostics, []);
}

#[tokio::test]
async fn a_wrong_configuration_leaves_none() {
    let (mut peer, _) = Peer::at("configuration/wrong").await;
    let refused = peer.configure(Value::map([("location", "nowhere".into())])).await;
    assert_eq!(error(&refused), "There is no such location\nChoose another one.\n[AttributeName(\"location\")]");
    let planned = peer.plan(&book(), &Value::Null, &book().config([("title", "Emma".into())])).await;
    assert!(error(&planned.diagnostics).starts_with("The provider \"shelf\" is not configured\n"));
}

#[tokio::test]
async fn an_unknown_configuration_plans_and_does_nothing_else() {
    let mut peer = Peer::connect().await;
    let reader = |name: Value| Value::map([("name", name)]);
    let config = Value::map([
        ("location", Value::Unknown),
        ("key", "hunter2".into()),
        ("readers", Value::List(vec![reader("Ann".into()), reader(Value::Unknown)])),
    ]);
    assert_eq!(peer.configure(config).await, []);
    let of = book();
    let planned = peer.plan(&of, &Value::Null, &of.config([("title", "Emma".into())])).await;
    assert_eq!(planned.diagnostics, []);
    let planned = of.value(planned.planned_state);
    assert_eq!(planned.get("label"), &"Emma (100 pages)".into());

    let state = emma().await;
    let destroyed = peer.plan(&of, &state, &Value::Null).await;
    assert_eq!((destroyed.diagnostics, of.value(destroyed.planned_state)), (vec![], Value::Null));

    let applied = peer.apply(&of, &Value::Null, &planned).await;
    assert_eq!(of.value(applied.new_state), Value::Null);
    let read = peer.read(&of, &state).await;
    assert_eq!(of.value(read.new_state), state);
    let request = import_resource_state::Request {
        type_name: of.type_name.to_owned(),
        id: "Emma".to_owned(),
        ..Default::default()
    };
    let imported = peer.client.import_resource_state(request).await.expect("an answer").into_inner();
    for diagnostics in [applied.diagnostics, read.diagnostics, imported.diagnostics] {
        let said = error(&diagnostics);
        assert!(said.starts_with("The provider \"shelf\" is not configured yet\n"), "{said}");
        assert!(said.contains("an apply makes known: location, readers[1].name. "), "{said}");
        assert!(said.contains("-target"), "{said}");
    }

    assert_eq!(peer.configure(Value::map([("location", "configuration/known".into())])).await, []);
    assert_eq!(peer.apply(&of, &Value::Null, &planned).await.diagnostics, []);
}

#[tokio::test]
async fn what_reading_does_without_may_be_unknown_until_something_is_changed() {
    let (mut peer, location) = Peer::at("configuration/open").await;
    location.put("Emma", "here");
    let config = |looks: Value| Value::map([("location", "configuration/open".into()), ("looks", looks)]);
    assert_eq!(peer.configure(config(Value::Unknown)).await, []);
    let of = book();
    let read = peer.read(&of, &emma().await).await;
    assert_eq!((read.diagnostics, of.value(read.new_state).get("number")), (vec![], &"n-Emma".into()));
    let planned = peer.plan(&of, &Value::Null, &of.config([("title", "Persuasion".into())])).await;
    assert_eq!(planned.diagnostics, []);
    let planned = of.value(planned.planned_state);
    let applied = peer.apply(&of, &Value::Null, &planned).await;
    assert!(error(&applied.diagnostics).contains("an apply makes known: looks. "), "{:?}", applied.diagnostics);
    assert_eq!(location.names(), ["Emma"]);
    assert_eq!(peer.configure(config(2.into())).await, []);
    assert_eq!(peer.apply(&of, &Value::Null, &planned).await.diagnostics, []);
}

/// The state of a book that was made elsewhere.
async fn emma() -> Value {
    let (mut other, _) = Peer::at("configuration/elsewhere").await;
    let planned = other.plan(&book(), &Value::Null, &book().config([("title", "Emma".into())])).await;
    let mut state = book().value(planned.planned_state);
    if let Value::Map(entries) = &mut state {
        entries.insert("number".to_owned(), "n-Emma".into());
        entries.insert("place".to_owned(), "front".into());
    }
    state
}
