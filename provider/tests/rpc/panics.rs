//! A panic in any method of a provider is an answer that names the RPC and the type, and the server goes on.

use rosa_ecr_model::{Action as _, Object as _, Resource as _, Value, conform, identity_type};
use rosa_ecr_proto::tfplugin6::provider_server::Provider as _;
use rosa_ecr_proto::tfplugin6::{
    Diagnostic, DynamicValue, RawState, ResourceIdentityData, apply_resource_change, call_function,
    close_ephemeral_resource, configure_provider, get_provider_schema, import_resource_state, invoke_action,
    list_resource, move_resource_state, open_ephemeral_resource, plan_action, plan_resource_change, read_data_source,
    read_resource, renew_ephemeral_resource, upgrade_resource_state, validate_action_config,
    validate_data_resource_config, validate_ephemeral_resource_config, validate_list_resource_config,
    validate_provider_config, validate_resource_config,
};
use rosa_ecr_provider::rpc::Server;
use tokio_stream::StreamExt as _;
use tonic::Request;

use crate::brittle::{Brittle, Cup, Query, Shard, Sip, TURN, Wash, panic_in};
use crate::peer::{Of, dynamic, error};

type Brittles = Server<Brittle>;

/// Calls the RPC, and gives what it says is wrong.
async fn call(server: &Brittles, rpc: &str) -> Vec<Diagnostic> {
    let (cup, shard, sip) = (Of::resource::<Cup>(), Of::data_source::<Shard>(), Of::ephemeral::<Sip>());
    let named = |of: &Of| Some(of.dynamic(&of.config([("name", "a".into())])));
    let state = || Some(cup.dynamic(&cup.config([("name", "a".into()), ("number", 1.into())])));
    let planned = || Some(cup.dynamic(&cup.config([("name", "a".into()), ("number", Value::Unknown)])));
    let none = || Some(cup.dynamic(&Value::Null));
    let raw = || Some(RawState { json: br#"{"name": "a", "number": 1}"#.to_vec(), ..RawState::default() });
    let wash = || Some(dynamic(&conform(&Wash::block(), Value::map([("name", "a".into())])), &Wash::block().ty()));
    let query = || Some(dynamic(&conform(&Query::block(), Value::map([("name", "a".into())])), &Query::block().ty()));
    let block = |note: Value| Some(dynamic(&Value::map([("note", note)]), &Brittle::block().ty()));
    let identity = || {
        let data = dynamic(&Value::map([("name", "a".into())]), &identity_type(Cup::IDENTITY));
        Some(ResourceIdentityData { identity_data: Some(data) })
    };
    let (cup_type, shard_type, sip_type) =
        (cup.type_name.to_owned(), shard.type_name.to_owned(), sip.type_name.to_owned());
    macro_rules! answer {
        ($method:ident: $module:ident { $($field:ident: $value:expr),* }) => {{
            #[allow(clippy::needless_update, reason = "some requests have no other fields")]
            let request = $module::Request { $($field: $value,)* ..Default::default() };
            server.$method(Request::new(request)).await.expect("an answer").into_inner()
        }};
    }
    let plan = async |prior, proposed: Option<DynamicValue>| {
        answer!(plan_resource_change: plan_resource_change {
            type_name: cup_type.clone(), prior_state: prior, proposed_new_state: proposed.clone(), config: proposed
        })
        .diagnostics
    };
    let apply = async |prior, planned| {
        answer!(apply_resource_change: apply_resource_change {
            type_name: cup_type.clone(), prior_state: prior, planned_state: planned
        })
        .diagnostics
    };
    let import = async |id: &str, identity| {
        answer!(import_resource_state: import_resource_state {
            type_name: cup_type.clone(), id: id.to_owned(), identity: identity
        })
        .diagnostics
    };
    match rpc {
        "ValidateProviderConfig" => {
            answer!(validate_provider_config: validate_provider_config { config: block(Value::Null) }).diagnostics
        }
        "ConfigureProvider" => {
            answer!(configure_provider: configure_provider { config: block(Value::Null) }).diagnostics
        }
        "ConfigureProvider (open)" => {
            answer!(configure_provider: configure_provider { config: block(Value::Unknown) }).diagnostics
        }
        "ValidateResourceConfig" => {
            answer!(validate_resource_config: validate_resource_config {
                type_name: cup_type, config: named(&cup)
            })
            .diagnostics
        }
        "PlanResourceChange (create)" => plan(none(), named(&cup)).await,
        "PlanResourceChange (update)" => plan(state(), named(&cup)).await,
        "PlanResourceChange (delete)" => plan(state(), none()).await,
        "ApplyResourceChange (create)" => apply(none(), planned()).await,
        "ApplyResourceChange (update)" => apply(state(), planned()).await,
        "ApplyResourceChange (delete)" => apply(state(), none()).await,
        "ReadResource" => {
            answer!(read_resource: read_resource { type_name: cup_type, current_state: state() }).diagnostics
        }
        "ImportResourceState" => import("a", None).await,
        "ImportResourceState (identity)" => import("", identity()).await,
        "UpgradeResourceState" => {
            answer!(upgrade_resource_state: upgrade_resource_state {
                type_name: cup_type, raw_state: raw()
            })
            .diagnostics
        }
        "MoveResourceState" => {
            answer!(move_resource_state: move_resource_state {
                source_type_name: "other_cup".to_owned(), target_type_name: cup_type, source_state: raw()
            })
            .diagnostics
        }
        "ValidateListResourceConfig" => {
            answer!(validate_list_resource_config: validate_list_resource_config {
                type_name: cup_type, config: query()
            })
            .diagnostics
        }
        "ListResource" => {
            let events = answer!(list_resource: list_resource { type_name: cup_type, config: query() });
            let events: Vec<_> = events.collect().await;
            events.into_iter().flat_map(|event| event.expect("an event").diagnostic).collect()
        }
        "ValidateDataResourceConfig" => {
            answer!(validate_data_resource_config: validate_data_resource_config {
                type_name: shard_type, config: named(&shard)
            })
            .diagnostics
        }
        "ReadDataSource" => {
            answer!(read_data_source: read_data_source { type_name: shard_type, config: named(&shard) }).diagnostics
        }
        "ValidateActionConfig" => {
            answer!(validate_action_config: validate_action_config {
                type_name: Wash::TYPE.to_owned(), config: wash()
            })
            .diagnostics
        }
        "PlanAction" => {
            answer!(plan_action: plan_action { action_type: Wash::TYPE.to_owned(), config: wash() }).diagnostics
        }
        "InvokeAction" => {
            let events = answer!(invoke_action: invoke_action { action_type: Wash::TYPE.to_owned(), config: wash() });
            let events: Vec<_> = events.collect().await;
            let ends = events.into_iter().filter_map(|event| match event.expect("an event").r#type {
                Some(invoke_action::event::Type::Completed(completed)) => Some(completed.diagnostics),
                _ => None,
            });
            ends.flatten().collect()
        }
        "ValidateEphemeralResourceConfig" => {
            answer!(validate_ephemeral_resource_config: validate_ephemeral_resource_config {
                type_name: sip_type, config: named(&sip)
            })
            .diagnostics
        }
        "OpenEphemeralResource" => {
            answer!(open_ephemeral_resource: open_ephemeral_resource {
                type_name: sip_type, config: named(&sip)
            })
            .diagnostics
        }
        "RenewEphemeralResource" => {
            answer!(renew_ephemeral_resource: renew_ephemeral_resource { type_name: sip_type }).diagnostics
        }
        "CloseEphemeralResource" => {
            answer!(close_ephemeral_resource: close_ephemeral_resource { type_name: sip_type }).diagnostics
        }
        other => panic!("there is no {other}"),
    }
}

/// A method, an RPC that gets there, and the type that is named.
const METHODS: &[(&str, &str, &str)] = &[
    ("provider validate", "ValidateProviderConfig", ""),
    ("configure", "ConfigureProvider", ""),
    ("configure_open", "ConfigureProvider (open)", ""),
    ("validate", "ValidateResourceConfig", "brittle_cup"),
    ("validate", "ApplyResourceChange (create)", "brittle_cup"),
    ("resolve", "PlanResourceChange (create)", "brittle_cup"),
    ("context", "PlanResourceChange (create)", "brittle_cup"),
    ("objects", "PlanResourceChange (create)", "brittle_cup"),
    ("objects", "ApplyResourceChange (delete)", "brittle_cup"),
    ("claim", "PlanResourceChange (update)", "brittle_cup"),
    ("takes_over", "PlanResourceChange (update)", "brittle_cup"),
    ("verify", "ReadResource", "brittle_cup"),
    ("survey", "PlanResourceChange (create)", "brittle_cup"),
    ("plan", "PlanResourceChange (create)", "brittle_cup"),
    ("plan_delete", "PlanResourceChange (delete)", "brittle_cup"),
    ("create", "ApplyResourceChange (create)", "brittle_cup"),
    ("update", "ApplyResourceChange (update)", "brittle_cup"),
    ("delete", "ApplyResourceChange (delete)", "brittle_cup"),
    ("read", "ReadResource", "brittle_cup"),
    ("import", "ImportResourceState", "brittle_cup"),
    ("import_id", "ImportResourceState (identity)", "brittle_cup"),
    ("upgrade", "UpgradeResourceState", "brittle_cup"),
    ("move_state", "MoveResourceState", "brittle_cup"),
    ("validate_query", "ValidateListResourceConfig", "brittle_cup"),
    ("list", "ListResource", "brittle_cup"),
    ("data validate", "ValidateDataResourceConfig", "brittle_shard"),
    ("data resolve", "ReadDataSource", "brittle_shard"),
    ("data read", "ReadDataSource", "brittle_shard"),
    ("action validate", "ValidateActionConfig", "brittle_wash"),
    ("action validate", "PlanAction", "brittle_wash"),
    ("action plan", "PlanAction", "brittle_wash"),
    ("action validate", "InvokeAction", "brittle_wash"),
    ("invoke", "InvokeAction", "brittle_wash"),
    ("ephemeral validate", "ValidateEphemeralResourceConfig", "brittle_sip"),
    ("ephemeral resolve", "OpenEphemeralResource", "brittle_sip"),
    ("open", "OpenEphemeralResource", "brittle_sip"),
    ("renew", "RenewEphemeralResource", "brittle_sip"),
    ("close", "CloseEphemeralResource", "brittle_sip"),
];

#[tokio::test]
async fn every_method_is_guarded() {
    let _turn = TURN.lock().await;
    let server = Brittles::new();
    for (method, rpc, type_name) in METHODS {
        assert_eq!(call(&server, "ConfigureProvider").await, [], "{method}");
        panic_in(method);
        let said = error(&call(&server, rpc).await);
        panic_in("");
        let name = rpc.split(' ').next().expect("a name");
        let of = if type_name.is_empty() { String::new() } else { format!(" of {type_name}") };
        assert!(said.starts_with(&format!("The provider panicked in {name}{of}\n")), "{method} in {rpc}: {said}");
        assert!(said.contains(&format!("Its message is: {method} broke")), "{method} in {rpc}: {said}");
        assert_eq!(call(&server, rpc).await, [], "the server is as it was: {method} in {rpc}");
    }
}

#[tokio::test]
async fn a_function_is_guarded() {
    let _turn = TURN.lock().await;
    let server = Brittles::new();
    let ask = async || {
        let request = call_function::Request { name: "brittle".to_owned(), arguments: Vec::new() };
        let answer = server.call_function(Request::new(request)).await.expect("an answer").into_inner();
        answer.error.expect("an error").text
    };
    panic_in("call");
    let said = ask().await;
    panic_in("");
    assert!(said.starts_with("The provider panicked in CallFunction of brittle. "), "{said}");
    assert_eq!(ask().await, "It has no result.");
}

#[tokio::test]
async fn definitions_that_panic_are_an_answer() {
    let _turn = TURN.lock().await;
    for (method, whose) in [
        ("kinds", "`kinds` of brittle"),
        ("data_sources", "`data_sources` of brittle"),
        ("ephemeral_resources", "`ephemeral_resources` of brittle"),
        ("list_resources", "`list_resources` of brittle"),
        ("actions", "`actions` of brittle"),
        ("functions", "`functions` of brittle"),
        ("block", "`block` of brittle_cup"),
        ("permissions", "`permissions` of brittle_cup"),
        ("permissions_by_argument", "`permissions_by_argument` of brittle_cup"),
        ("query_permissions", "`permissions` of brittle_cup"),
        ("data permissions", "`permissions` of brittle_shard"),
        ("ephemeral permissions", "`permissions` of brittle_sip"),
        ("action permissions", "`permissions` of brittle_wash"),
    ] {
        panic_in(method);
        let server = Brittles::new();
        panic_in("");
        let request = Request::new(get_provider_schema::Request::default());
        let answer = server.get_provider_schema(request).await.expect("an answer").into_inner();
        let said = error(&answer.diagnostics);
        assert!(said.starts_with(&format!("The provider panicked in {whose}\n")), "{method}: {said}");
        assert!(said.contains(&format!("Its message is: {method} broke")), "{method}: {said}");
    }
}
