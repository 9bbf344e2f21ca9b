//! What the provider does not have: every RPC of the protocol answers, and says so.

use rosa_ecr_proto::tfplugin6::*;

use crate::peer::{Peer, error};

/// Calls RPCs, one after the other, with an unknown name, and gives what each says.
macro_rules! ask {
    ($peer:ident, $subject:ident: $($rpc:ident $module:ident,)+) => {
        [$((stringify!($rpc), {
            let mut request = $module::Request::default();
            request.$subject = "shelf_lamp".to_owned();
            error(&$peer.client.$rpc(request).await.expect("an answer").into_inner().diagnostics)
        }),)+]
    };
}

#[tokio::test]
async fn unknown_resources_are_errors_in_every_rpc() {
    let mut peer = Peer::connect().await;
    let answers = ask!(peer, type_name:
        validate_resource_config validate_resource_config,
        upgrade_resource_state upgrade_resource_state,
        upgrade_resource_identity upgrade_resource_identity,
        read_resource read_resource,
        plan_resource_change plan_resource_change,
        apply_resource_change apply_resource_change,
        import_resource_state import_resource_state,
        generate_resource_config generate_resource_config,
    );
    let moved = ask!(peer, target_type_name: move_resource_state move_resource_state,);
    for (rpc, said) in answers.into_iter().chain(moved) {
        assert_eq!(
            said,
            "There is no resource \"shelf_lamp\" in this provider\nshelf 1.2.3 has: shelf_book, shelf_liar, shelf_trap.\n\n\
             Check the name and the version of the provider.\n[]",
            "{rpc}"
        );
    }
}

#[tokio::test]
async fn sorts_that_the_provider_does_not_have_are_errors_in_every_rpc() {
    let mut peer = Peer::connect().await;
    let data_sources = ask!(peer, type_name:
        validate_data_resource_config validate_data_resource_config,
        read_data_source read_data_source,
    );
    let ephemeral = ask!(peer, type_name:
        validate_ephemeral_resource_config validate_ephemeral_resource_config,
        open_ephemeral_resource open_ephemeral_resource,
        renew_ephemeral_resource renew_ephemeral_resource,
        close_ephemeral_resource close_ephemeral_resource,
    );
    let lists = ask!(peer, type_name: validate_list_resource_config validate_list_resource_config,);
    let actions = ask!(peer, type_name: validate_action_config validate_action_config,);
    let plans = ask!(peer, action_type: plan_action plan_action,);
    let stores = ask!(peer, type_name:
        validate_state_store_config validate_state_store,
        configure_state_store configure_state_store,
        lock_state lock_state,
        unlock_state unlock_state,
        get_states get_states,
        delete_state delete_state,
    );
    let answers = [
        ("data source", &data_sources[..]),
        ("ephemeral resource", &ephemeral),
        ("list resource", &lists),
        ("action", &actions),
        ("action", &plans),
        ("state store", &stores),
    ];
    for (sort, answers) in answers {
        for (rpc, said) in answers {
            assert!(said.starts_with(&title(sort)), "{rpc} says {said}");
        }
    }
}

#[tokio::test]
async fn streams_are_one_error_long() {
    let mut peer = Peer::connect().await;
    let lamp = || "shelf_lamp".to_owned();

    let request = list_resource::Request { type_name: lamp(), ..Default::default() };
    let mut events = peer.client.list_resource(request).await.expect("an answer").into_inner();
    let event = events.message().await.expect("an event").expect("an event");
    assert!(error(&event.diagnostic).starts_with(&title("list resource")));
    assert_eq!(events.message().await.expect("the end"), None);

    let request = invoke_action::Request { action_type: lamp(), ..Default::default() };
    let mut events = peer.client.invoke_action(request).await.expect("an answer").into_inner();
    let event = events.message().await.expect("an event").expect("an event");
    let Some(invoke_action::event::Type::Completed(completed)) = event.r#type else { panic!("the end: {event:?}") };
    assert!(error(&completed.diagnostics).starts_with(&title("action")));
    assert_eq!(events.message().await.expect("the end"), None);

    let request = read_state_bytes::Request { type_name: lamp(), ..Default::default() };
    let mut chunks = peer.client.read_state_bytes(request).await.expect("an answer").into_inner();
    let chunk = chunks.message().await.expect("a chunk").expect("a chunk");
    assert!(error(&chunk.diagnostics).starts_with(&title("state store")));

    let meta = Some(RequestChunkMeta { type_name: lamp(), state_id: "s".to_owned() });
    let first = write_state_bytes::RequestChunk { meta, bytes: vec![1; 100], total_length: 200, range: None };
    let second = write_state_bytes::RequestChunk { meta: None, ..first.clone() };
    let written = peer.client.write_state_bytes(tokio_stream::iter([first, second])).await.expect("an answer");
    assert!(error(&written.into_inner().diagnostics).starts_with(&title("state store")));
}

#[tokio::test]
async fn an_unknown_function_is_an_error_of_the_call() {
    let mut peer = Peer::connect().await;
    let request = call_function::Request { name: "shelf_lamp".to_owned(), arguments: Vec::new() };
    let answer = peer.client.call_function(request).await.expect("an answer").into_inner();
    assert_eq!(answer.result, None);
    let error = answer.error.expect("an error");
    assert!(error.text.starts_with(&title("function").replace('\n', ". ")), "{}", error.text);
}

#[tokio::test]
async fn what_is_in_the_wrong_kind_of_block_is_told_so() {
    let mut peer = Peer::connect().await;
    let request = read_data_source::Request { type_name: "shelf_book".to_owned(), ..Default::default() };
    let answer = peer.client.read_data_source(request).await.expect("an answer").into_inner();
    assert!(error(&answer.diagnostics).contains("shelf_book is a resource: declare it in a \"resource\" block."));
    for (name, said) in [
        ("shelf_catalogue", "shelf_catalogue is a data source: declare it in a \"data\" block."),
        ("shelf_card", "shelf_card is an ephemeral resource: declare it in an \"ephemeral\" block."),
        ("shelf_dusting", "shelf_dusting is an action: declare it in an \"action\" block."),
        ("label", "label is a function: call it as provider::shelf::label(…)."),
    ] {
        let request = validate_resource_config::Request { type_name: name.to_owned(), ..Default::default() };
        let answer = peer.client.validate_resource_config(request).await.expect("an answer").into_inner();
        assert!(error(&answer.diagnostics).contains(said), "{:?}", answer.diagnostics);
    }
}

fn title(sort: &str) -> String {
    format!("There is no {sort} \"shelf_lamp\" in this provider\n")
}
