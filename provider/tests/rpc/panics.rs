//! A panic in any method of a provider is an answer that names the RPC and the type, and the server goes on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use rosa_ecr_derive::{Inputs, Outputs};
use rosa_ecr_model::{
    Block, Call, Change, DataKind, DataSource, Diagnostics, Ephemeral, EphemeralKind, Failure, Function, FunctionBody,
    FunctionError, IdentityAttribute, Intent, Kind, ListKind, Listed, Listing, MoveSource, Object as _, Opened, Path,
    Provider, RealObject, Renewed, Resource, State, Type, Value, conform, data_source, ephemeral, identity_type, kind,
    list_resource,
};
use rosa_ecr_proto::tfplugin6::provider_server::Provider as Service;
use rosa_ecr_proto::tfplugin6::{
    Diagnostic, DynamicValue, RawState, ResourceIdentityData, apply_resource_change, call_function,
    close_ephemeral_resource, configure_provider, get_provider_schema, import_resource_state, list_resource,
    move_resource_state, open_ephemeral_resource, plan_resource_change, read_data_source, read_resource,
    renew_ephemeral_resource, upgrade_resource_state, validate_data_resource_config,
    validate_ephemeral_resource_config, validate_list_resource_config, validate_provider_config,
    validate_resource_config,
};
use rosa_ecr_provider::rpc::Server;
use tokio::sync::Mutex as Turn;
use tokio_stream::StreamExt as _;
use tonic::Request;

use crate::peer::{Of, dynamic, error};

/// The method that panics, and the turn of the test that sets it.
static PANICS_IN: Mutex<&str> = Mutex::new("");
static TURN: Turn<()> = Turn::const_new(());

fn panic_in(method: &'static str) {
    *PANICS_IN.lock().unwrap_or_else(PoisonError::into_inner) = method;
}

fn pass(method: &str) {
    let panics = *PANICS_IN.lock().unwrap_or_else(PoisonError::into_inner) == method;
    assert!(!panics, "{method} broke");
}

/// The provider.
#[derive(Clone, Debug, Inputs)]
struct Brittle {
    /// May be unknown for a while.
    note: Option<String>,
}

/// Its context.
#[derive(Clone, Debug)]
struct Hands;

/// What its types have.
#[derive(Clone, Debug, PartialEq, Inputs)]
struct Cup {
    /// Its name.
    name: String,
}

/// A data source, an ephemeral resource and a query have no more.
#[derive(Clone, Debug, PartialEq, Inputs)]
struct Shard {
    /// Its name.
    name: String,
}

/// The same.
#[derive(Clone, Debug, PartialEq, Inputs)]
struct Sip {
    /// Its name.
    name: String,
}

/// The same.
#[derive(Clone, Debug, PartialEq, Inputs)]
struct Query {
    /// Its name.
    name: String,
}

/// What is computed.
#[derive(Clone, Debug, PartialEq, Outputs)]
struct Facts {
    /// Its number.
    number: i64,
}

impl Provider for Brittle {
    const NAME: &'static str = "brittle";
    const VERSION: &'static str = "1.0.0";
    const OPEN: &'static [&'static str] = &["note"];
    type Context = Hands;

    fn kinds() -> Vec<Arc<dyn Kind<Hands>>> {
        pass("kinds");
        vec![kind::<Cup>()]
    }

    fn data_sources() -> Vec<Arc<dyn DataKind<Hands>>> {
        pass("data_sources");
        vec![data_source::<Shard>()]
    }

    fn ephemeral_resources() -> Vec<Arc<dyn EphemeralKind<Hands>>> {
        pass("ephemeral_resources");
        vec![ephemeral::<Sip>()]
    }

    fn list_resources() -> Vec<Arc<dyn ListKind<Hands>>> {
        pass("list_resources");
        vec![list_resource::<Cup>()]
    }

    fn functions() -> Vec<Function> {
        pass("functions");
        let call = FunctionBody::new(|_| {
            pass("call");
            Err(FunctionError::new("It has no result."))
        });
        let (summary, description) = ("Breaks", "Breaks.");
        vec![Function {
            name: "brittle",
            summary,
            description,
            parameters: vec![],
            variadic: None,
            returns: Type::Bool,
            call,
        }]
    }

    fn validate(_: &Self::Partial, _: &mut Diagnostics) {
        pass("provider validate");
    }

    async fn configure(self) -> Result<Hands, Diagnostics> {
        pass("configure");
        Ok(Hands)
    }

    async fn configure_open(self, _: &[Path]) -> Result<Hands, Diagnostics> {
        pass("configure_open");
        Ok(Hands)
    }
}

impl Cup {
    fn state(name: &str) -> State<Self> {
        State { inputs: Self { name: name.to_owned() }, outputs: Facts { number: 1 } }
    }
}

impl Resource for Cup {
    const TYPE: &'static str = "brittle_cup";
    const IDENTITY: &'static [IdentityAttribute] =
        &[IdentityAttribute { name: "name", description: "Its name.", required: true }];
    const MOVE_SOURCES: &'static [&'static str] = &["other_cup"];
    type Outputs = Facts;
    type Context = Hands;
    type Facts = ();

    fn permissions() -> BTreeSet<&'static str> {
        pass("permissions");
        BTreeSet::new()
    }

    fn permissions_by_argument() -> BTreeMap<&'static str, BTreeSet<&'static str>> {
        pass("permissions_by_argument");
        BTreeMap::new()
    }

    fn block_with_outputs() -> Block {
        pass("block");
        Self::block().merge(Facts::block())
    }

    fn validate(_: &Self::Partial, _: &mut Diagnostics) {
        pass("validate");
    }

    fn resolve(_: Option<&Hands>, _: &Self::Partial, _: &mut Self::Partial) {
        pass("resolve");
    }

    fn context(_: &Self::Partial, _: &Hands) -> Option<Hands> {
        pass("context");
        None
    }

    fn objects(_: &Self::Partial, _: &Hands) -> Vec<RealObject> {
        pass("objects");
        Vec::new()
    }

    fn claim(_: &State<Self>) -> Option<&str> {
        pass("claim");
        None
    }

    fn takes_over(_: &Self::Partial) -> bool {
        pass("takes_over");
        false
    }

    async fn verify(_: &Call<Hands>, _: &State<Self>) -> Result<(), Diagnostics> {
        pass("verify");
        Ok(())
    }

    async fn survey(_: &Call<Hands>, _: Intent<'_, Self>) -> Result<(), Diagnostics> {
        pass("survey");
        Ok(())
    }

    fn plan((): &(), _: &mut Change<Self>, _: &mut Diagnostics) {
        pass("plan");
    }

    fn plan_delete((): &(), _: &State<Self>, _: &mut Diagnostics) {
        pass("plan_delete");
    }

    async fn create(_: &Call<Hands>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
        pass("create");
        Ok(Self::state(&inputs.name))
    }

    async fn read(_: &Call<Hands>, state: State<Self>) -> Result<Option<State<Self>>, Diagnostics> {
        pass("read");
        Ok(Some(state))
    }

    async fn update(_: &Call<Hands>, _: State<Self>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
        pass("update");
        Ok(Self::state(&inputs.name))
    }

    async fn delete(_: &Call<Hands>, _: State<Self>) -> Result<(), Failure<Self>> {
        pass("delete");
        Ok(())
    }

    async fn import(_: &Call<Hands>, id: &str) -> Result<State<Self>, Diagnostics> {
        pass("import");
        Ok(Self::state(id))
    }

    fn import_id(identity: &BTreeMap<String, String>) -> Result<String, Diagnostics> {
        pass("import_id");
        Ok(identity["name"].clone())
    }

    fn move_state(_: &MoveSource<'_>) -> Option<Result<State<Self>, Diagnostics>> {
        pass("move_state");
        Some(Ok(Self::state("other")))
    }

    fn upgrade(_: i64, state: Value) -> Result<Value, Diagnostics> {
        pass("upgrade");
        Ok(state)
    }
}

impl Listed for Cup {
    type Query = Query;

    fn query_permissions() -> BTreeSet<&'static str> {
        pass("query_permissions");
        BTreeSet::new()
    }

    fn validate_query(_: &<Query as rosa_ecr_model::Attributes>::Partial, _: &mut Diagnostics) {
        pass("validate_query");
    }

    async fn list(_: &Call<Hands>, query: Query, _: Option<usize>) -> Result<Vec<Listing<Self>>, Diagnostics> {
        pass("list");
        Ok(vec![Listing { display_name: query.name.clone(), state: Self::state(&query.name) }])
    }
}

impl DataSource for Shard {
    const TYPE: &'static str = "brittle_shard";
    type Outputs = Facts;
    type Context = Hands;

    fn permissions() -> BTreeSet<&'static str> {
        pass("data permissions");
        BTreeSet::new()
    }

    fn validate(_: &Self::Partial, _: &mut Diagnostics) {
        pass("data validate");
    }

    fn resolve(_: Option<&Hands>, _: &Self::Partial, _: &mut Self::Partial) {
        pass("data resolve");
    }

    async fn read(_: &Call<Hands>, _: Self) -> Result<Facts, Diagnostics> {
        pass("data read");
        Ok(Facts { number: 1 })
    }
}

impl Ephemeral for Sip {
    const TYPE: &'static str = "brittle_sip";
    type Outputs = Facts;
    type Context = Hands;

    fn permissions() -> BTreeSet<&'static str> {
        pass("ephemeral permissions");
        BTreeSet::new()
    }

    fn validate(_: &Self::Partial, _: &mut Diagnostics) {
        pass("ephemeral validate");
    }

    fn resolve(_: Option<&Hands>, _: &Self::Partial, _: &mut Self::Partial) {
        pass("ephemeral resolve");
    }

    async fn open(_: &Call<Hands>, _: Self) -> Result<Opened<Facts>, Diagnostics> {
        pass("open");
        Ok(Opened { outputs: Facts { number: 1 }, renew_at: None, private: Vec::new() })
    }

    async fn renew(_: &Call<Hands>, private: &[u8]) -> Result<Renewed, Diagnostics> {
        pass("renew");
        Ok(Renewed { renew_at: None, private: private.to_vec() })
    }

    async fn close(_: &Call<Hands>, _: &[u8]) -> Result<(), Diagnostics> {
        pass("close");
        Ok(())
    }
}

type Brittles = Server<Brittle>;

/// Calls the RPC, and gives what it says is wrong.
async fn call(server: &Brittles, rpc: &str) -> Vec<Diagnostic> {
    let (cup, shard, sip) = (Of::resource::<Cup>(), Of::data_source::<Shard>(), Of::ephemeral::<Sip>());
    let named = |of: &Of| Some(of.dynamic(&of.config([("name", "a".into())])));
    let state = || Some(cup.dynamic(&cup.config([("name", "a".into()), ("number", 1.into())])));
    let planned = || Some(cup.dynamic(&cup.config([("name", "a".into()), ("number", Value::Unknown)])));
    let none = || Some(cup.dynamic(&Value::Null));
    let raw = || Some(RawState { json: br#"{"name": "a", "number": 1}"#.to_vec(), ..RawState::default() });
    let query = || Some(dynamic(&conform(&Query::block(), Value::map([("name", "a".into())])), &Query::block().ty()));
    let block = |note: Value| Some(dynamic(&Value::map([("note", note)]), &Brittle::block().ty()));
    let identity = || {
        let data = dynamic(&Value::map([("name", "a".into())]), &identity_type(Cup::IDENTITY));
        Some(ResourceIdentityData { identity_data: Some(data) })
    };
    let (cup_type, shard_type, sip_type) =
        (cup.type_name.to_owned(), shard.type_name.to_owned(), sip.type_name.to_owned());
    macro_rules! answer {
        ($method:ident: $module:ident { $($field:ident: $value:expr),* }) => {
            server
                .$method(Request::new($module::Request { $($field: $value,)* ..Default::default() }))
                .await
                .expect("an answer")
                .into_inner()
        };
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
        ("functions", "`functions` of brittle"),
        ("block", "`block` of brittle_cup"),
        ("permissions", "`permissions` of brittle_cup"),
        ("permissions_by_argument", "`permissions_by_argument` of brittle_cup"),
        ("query_permissions", "`permissions` of brittle_cup"),
        ("data permissions", "`permissions` of brittle_shard"),
        ("ephemeral permissions", "`permissions` of brittle_sip"),
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
