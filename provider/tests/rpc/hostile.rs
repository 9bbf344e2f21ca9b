//! Requests that no good host sends.

use rosa_ecr_model::Value;
use rosa_ecr_proto::tfplugin6::{
    Diagnostic, DynamicValue, ResourceIdentityData, apply_resource_change, configure_provider,
    generate_resource_config, import_resource_state, open_ephemeral_resource, plan_resource_change, read_data_source,
    read_resource, validate_data_resource_config, validate_provider_config, validate_resource_config,
};

use crate::peer::{Of, Peer, book, error};

/// Bytes that are no book, and no provider block either.
fn broken() -> Vec<DynamicValue> {
    let msgpack = [
        &b"\x81"[..],
        b"\xc1",
        b"\x93\x01\x02\x03",
        b"\xdf\xff\xff\xff\xff",
        b"\xc0\xc0",
        b"\x81\xa6colour\xa3red",
        b"\xa5title",
    ];
    let json = [&b"{"[..], b"[1]", b"\xff\xfe"];
    let msgpack = msgpack.map(|bytes| DynamicValue { msgpack: bytes.to_vec(), json: Vec::new() });
    msgpack.into_iter().chain(json.map(|bytes| DynamicValue { msgpack: Vec::new(), json: bytes.to_vec() })).collect()
}

#[track_caller]
fn unreadable(diagnostics: &[Diagnostic], part: &str) {
    let said = error(diagnostics);
    assert!(said.starts_with(&format!("The {part} cannot be read\n")), "{said}");
}

#[tokio::test]
async fn broken_values_are_errors_that_name_the_part() {
    let (mut peer, _) = Peer::at("hostile/broken").await;
    let good = Some(book().dynamic(&book().config([("title", "Emma".into())])));
    let type_name = || "shelf_book".to_owned();
    for broken in broken() {
        let bad = Some(broken);
        let request = validate_provider_config::Request { config: bad.clone() };
        let answer = peer.client.validate_provider_config(request).await.expect("an answer").into_inner();
        unreadable(&answer.diagnostics, "configuration of the provider \"shelf\"");

        let request =
            validate_resource_config::Request { type_name: type_name(), config: bad.clone(), ..Default::default() };
        let answer = peer.client.validate_resource_config(request).await.expect("an answer").into_inner();
        unreadable(&answer.diagnostics, "configuration of shelf_book");

        let request =
            read_resource::Request { type_name: type_name(), current_state: bad.clone(), ..Default::default() };
        let answer = peer.client.read_resource(request).await.expect("an answer").into_inner();
        unreadable(&answer.diagnostics, "state of shelf_book");

        for (prior, proposed, config, part) in [
            (&bad, &good, &good, "prior state"),
            (&good, &bad, &good, "proposed state"),
            (&good, &good, &bad, "configuration"),
        ] {
            let request = plan_resource_change::Request {
                type_name: type_name(),
                prior_state: prior.clone(),
                proposed_new_state: proposed.clone(),
                config: config.clone(),
                ..Default::default()
            };
            let answer = peer.client.plan_resource_change(request).await.expect("an answer").into_inner();
            unreadable(&answer.diagnostics, &format!("{part} of shelf_book"));
            assert_eq!(&answer.planned_state, prior);
        }

        for (prior, planned, part) in [(&bad, &good, "prior state"), (&good, &bad, "planned state")] {
            let request = apply_resource_change::Request {
                type_name: type_name(),
                prior_state: prior.clone(),
                planned_state: planned.clone(),
                ..Default::default()
            };
            let answer = peer.client.apply_resource_change(request).await.expect("an answer").into_inner();
            unreadable(&answer.diagnostics, &format!("{part} of shelf_book"));
            assert_eq!(&answer.new_state, prior);
        }

        let request =
            validate_data_resource_config::Request { type_name: "shelf_catalogue".to_owned(), config: bad.clone() };
        let answer = peer.client.validate_data_resource_config(request).await.expect("an answer").into_inner();
        unreadable(&answer.diagnostics, "configuration of shelf_catalogue");

        let request = read_data_source::Request {
            type_name: "shelf_catalogue".to_owned(),
            config: bad.clone(),
            ..Default::default()
        };
        let answer = peer.client.read_data_source(request).await.expect("an answer").into_inner();
        unreadable(&answer.diagnostics, "configuration of shelf_catalogue");
        assert_eq!(answer.state, None);

        let request = open_ephemeral_resource::Request {
            type_name: "shelf_card".to_owned(),
            config: bad.clone(),
            ..Default::default()
        };
        let answer = peer.client.open_ephemeral_resource(request).await.expect("an answer").into_inner();
        unreadable(&answer.diagnostics, "configuration of shelf_card");
        assert_eq!((answer.result, answer.private), (None, None));

        let request = generate_resource_config::Request { type_name: type_name(), state: bad.clone() };
        let answer = peer.client.generate_resource_config(request).await.expect("an answer").into_inner();
        unreadable(&answer.diagnostics, "state of shelf_book");
        assert_eq!(answer.config, None);

        let identity = Some(ResourceIdentityData { identity_data: bad.clone() });
        let request =
            import_resource_state::Request { type_name: type_name(), identity: identity.clone(), ..Default::default() };
        let answer = peer.client.import_resource_state(request).await.expect("an answer").into_inner();
        unreadable(&answer.diagnostics, "identity of shelf_book");

        let request = read_resource::Request {
            type_name: type_name(),
            current_state: good.clone(),
            current_identity: identity.clone(),
            ..Default::default()
        };
        let answer = peer.client.read_resource(request).await.expect("an answer").into_inner();
        unreadable(&answer.diagnostics, "identity of shelf_book");
        assert_eq!((answer.new_state, answer.new_identity), (good.clone(), identity));

        let request = configure_provider::Request { config: bad, ..Default::default() };
        let answer = peer.client.configure_provider(request).await.expect("an answer").into_inner();
        unreadable(&answer.diagnostics, "configuration of the provider \"shelf\"");
    }
}

#[tokio::test]
async fn a_misfit_deep_in_a_value_is_pointed_at() {
    let mut peer = Peer::connect().await;
    let Of { type_name, .. } = book();
    let json = br#"{"title": "Emma", "chapters": [{"name": "1"}, {"name": true}]}"#;
    let config = Some(DynamicValue { msgpack: Vec::new(), json: json.to_vec() });
    let request = validate_resource_config::Request { type_name: type_name.to_owned(), config, ..Default::default() };
    let answer = peer.client.validate_resource_config(request).await.expect("an answer").into_inner();
    let said = error(&answer.diagnostics);
    assert!(said.contains("string is wanted, a bool is there"), "{said}");
    assert!(said.ends_with("[AttributeName(\"chapters\") ElementKeyInt(1) AttributeName(\"name\")]"), "{said}");
}

#[tokio::test]
async fn large_requests_are_fine() {
    let (mut peer, _) = Peer::at("hostile/large").await;
    let of = book();
    let tags = Value::map([("text", "x".repeat(5 << 20).into())]);
    let config = of.config([("title", "Emma".into()), ("tags", tags.clone())]);
    let state = peer.bring_about(&of, &Value::Null, &config).await;
    assert_eq!(state.get("tags"), &tags);
}

#[tokio::test]
async fn values_that_are_unknown_or_null_as_a_whole_panic_nowhere() {
    let (mut peer, _) = Peer::at("hostile/whole").await;
    let of = book();
    let good = of.config([("title", "Emma".into())]);
    let values = [Value::Null, Value::Unknown, good];
    let mut said = String::new();
    for one in &values {
        for two in &values {
            said += &format!("{:?}", peer.plan(&of, one, two).await.diagnostics);
            said += &format!("{:?}", peer.apply(&of, one, two).await.diagnostics);
        }
        said += &format!("{:?}", peer.read(&of, one).await.diagnostics);
        let config = Some(of.dynamic(one));
        let request =
            validate_resource_config::Request { type_name: of.type_name.to_owned(), config, ..Default::default() };
        let answer = peer.client.validate_resource_config(request).await.expect("an answer").into_inner();
        said += &format!("{:?}", answer.diagnostics);
    }
    assert!(!said.contains("panicked"), "{said}");

    let request = plan_resource_change::Request {
        type_name: of.type_name.to_owned(),
        proposed_new_state: Some(of.dynamic(&of.config([("title", "Emma".into())]))),
        ..Default::default()
    };
    let planned = peer.client.plan_resource_change(request).await.expect("an answer").into_inner();
    assert!(error(&planned.diagnostics).starts_with("shelf_book has no configuration"));
}
