//! Configuration for objects that exist.

use rosa_ecr_model::Value;
use rosa_ecr_proto::tfplugin6::generate_resource_config;

use crate::peer::{Peer, book, error};

async fn generate(peer: &mut Peer, state: &Value) -> generate_resource_config::Response {
    let of = book();
    let request =
        generate_resource_config::Request { type_name: of.type_name.to_owned(), state: Some(of.dynamic(state)) };
    peer.client.generate_resource_config(request).await.expect("an answer").into_inner()
}

#[tokio::test]
async fn the_plan_for_it_is_empty_and_it_says_no_more_than_it_must() {
    let (mut peer, _) = Peer::at("generated/config").await;
    let of = book();
    let chapters = Value::List(vec![Value::map([("name", "1".into()), ("page", Value::Null)])]);
    let config = of.config([("title", "Emma".into()), ("pages", 7.into()), ("chapters", chapters)]);
    let state = peer.bring_about(&of, &Value::Null, &config).await;
    let generated = generate(&mut peer, &state).await;
    assert_eq!(generated.diagnostics, []);
    let generated = of.value(generated.config);
    assert_eq!(generated, config);
    let planned = peer.plan(&of, &state, &generated).await;
    assert_eq!((planned.diagnostics, of.value(planned.planned_state)), (vec![], state));
}

#[tokio::test]
async fn no_state_gives_no_configuration() {
    let mut peer = Peer::connect().await;
    let generated = generate(&mut peer, &Value::Null).await;
    assert_eq!((generated.diagnostics, book().value(generated.config)), (vec![], Value::Null));
}

#[tokio::test]
async fn without_a_configured_provider_what_is_uncertain_stands() {
    let mut peer = Peer::connect().await;
    let of = book();
    let state = of.config([("title", "Forbidden".into()), ("pages", 100.into()), ("place", "back".into())]);
    let Value::Map(mut state) = state else { panic!("an object") };
    state.insert("number".to_owned(), "n".into());
    state.insert("label".to_owned(), "l".into());
    // Its plan is refused, so nobody knows what would become of the place.
    let generated = generate(&mut peer, &Value::Map(state)).await;
    let config = of.value(generated.config);
    assert_eq!((config.get("place"), config.get("pages")), (&"back".into(), &Value::Null));
    let broken = generate_resource_config::Request { type_name: "shelf_lamp".to_owned(), state: None };
    let refused = peer.client.generate_resource_config(broken).await.expect("an answer").into_inner();
    assert!(error(&refused.diagnostics).starts_with("There is no resource \"shelf_lamp\""));
    assert_eq!(refused.config, None);
}
