//! What becomes of a provider that does not keep its promises: one of protocol 5, in this process, with a script.
#![cfg(unix)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use rosa_ecr_model::{Applied, Call, DataKind, Kind, Planned, Type, Value};
use rosa_ecr_plugin::{Connection, Plugin, Running};
use rosa_ecr_proto::tfplugin5::provider_server::{Provider, ProviderServer};
use rosa_ecr_proto::tfplugin5::resource_identity_schema::IdentityAttribute;
use rosa_ecr_proto::tfplugin5::schema::{Attribute, Block};
use rosa_ecr_proto::tfplugin5::{self as five, DynamicValue, Schema};
use rosa_ecr_proto::tfplugin6;
use rosa_ecr_wire as wire;
use serde_json::json;
use tokio::net::UnixListener;
use tokio::sync::watch;
use tokio_stream::wrappers::UnixListenerStream;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};

/// What a test changes in the answers, and what it sees of the requests.
#[derive(Clone, Default)]
struct Script {
    plan: Option<fn(&mut BTreeMap<String, Value>)>,
    apply: Option<fn(&mut BTreeMap<String, Value>)>,
    find: Option<fn(&mut BTreeMap<String, Value>)>,
    deferred: bool,
    /// Whether it knows of identities.
    identity: bool,
    legacy: bool,
    seen: Arc<Mutex<Vec<five::apply_resource_change::Request>>>,
    stopped: watch::Sender<bool>,
}

fn block() -> Block {
    let attribute = |name: &str| Attribute {
        name: name.to_owned(),
        r#type: br#""string""#.to_vec(),
        optional: name != "id",
        computed: name == "id",
        sensitive: name == "key",
        write_only: name == "token",
        ..Attribute::default()
    };
    Block { attributes: ["id", "key", "name", "token"].map(attribute).into(), ..Block::default() }
}

fn ty() -> Type {
    Type::object(["id", "key", "name", "token"].map(|name| (name, Type::String)))
}

fn read(value: Option<&DynamicValue>) -> BTreeMap<String, Value> {
    let value = value.map(|value| tfplugin6::DynamicValue { msgpack: value.msgpack.clone(), json: Vec::new() });
    wire::decode(value.as_ref(), &ty()).expect("it fits").entries().cloned().unwrap_or_default()
}

fn write(entries: BTreeMap<String, Value>) -> Option<DynamicValue> {
    let value = if entries.is_empty() { Value::Null } else { Value::Map(entries) };
    Some(DynamicValue { msgpack: wire::encode(&value, &ty()).expect("it fits").msgpack, json: Vec::new() })
}

/// The service: these answers, and all other RPCs unimplemented.
macro_rules! service {
    ($($rpc:ident: $module:ident,)*) => {
        #[tonic::async_trait]
        impl Provider for Script {
            $(
                async fn $rpc(&self, _: Request<five::$module::Request>) -> Result<Response<five::$module::Response>, Status> {
                    Err(Status::unimplemented("it is not in the script"))
                }
            )*
            async fn get_schema(
                &self,
                _: Request<five::get_provider_schema::Request>,
            ) -> Result<Response<five::get_provider_schema::Response>, Status> {
                let schema = Schema { version: 0, block: Some(block()) };
                let schemas = [("den_box".to_owned(), schema)];
                Ok(Response::new(five::get_provider_schema::Response {
                    provider: Some(Schema { version: 0, block: Some(Block::default()) }),
                    resource_schemas: schemas.clone().into(),
                    data_source_schemas: schemas.into(),
                    ..Default::default()
                }))
            }

            async fn prepare_provider_config(
                &self,
                request: Request<five::prepare_provider_config::Request>,
            ) -> Result<Response<five::prepare_provider_config::Response>, Status> {
                let prepared_config = request.into_inner().config;
                Ok(Response::new(five::prepare_provider_config::Response { prepared_config, diagnostics: Vec::new() }))
            }

            async fn configure(
                &self,
                _: Request<five::configure::Request>,
            ) -> Result<Response<five::configure::Response>, Status> {
                Ok(Response::new(Default::default()))
            }

            async fn stop(&self, _: Request<five::stop::Request>) -> Result<Response<five::stop::Response>, Status> {
                self.stopped.send_replace(true);
                Ok(Response::new(Default::default()))
            }

            async fn validate_resource_type_config(
                &self,
                _: Request<five::validate_resource_type_config::Request>,
            ) -> Result<Response<five::validate_resource_type_config::Response>, Status> {
                Ok(Response::new(Default::default()))
            }

            async fn get_resource_identity_schemas(
                &self,
                _: Request<five::get_resource_identity_schemas::Request>,
            ) -> Result<Response<five::get_resource_identity_schemas::Response>, Status> {
                if !self.identity {
                    return Err(Status::unimplemented("it is older"));
                }
                let attribute = |name: &str, ty: &[u8]| IdentityAttribute {
                    name: name.to_owned(),
                    r#type: ty.to_vec(),
                    required_for_import: name == "name",
                    ..IdentityAttribute::default()
                };
                let identity_attributes = vec![attribute("name", br#""string""#), attribute("shelf", br#""number""#)];
                let schema = five::ResourceIdentitySchema { version: 0, identity_attributes };
                let identity_schemas = [("den_box".to_owned(), schema)].into();
                Ok(Response::new(five::get_resource_identity_schemas::Response { identity_schemas, ..Default::default() }))
            }

            async fn import_resource_state(
                &self,
                request: Request<five::import_resource_state::Request>,
            ) -> Result<Response<five::import_resource_state::Response>, Status> {
                let identity = request.into_inner().identity.and_then(|identity| identity.identity_data);
                let given = tfplugin6::DynamicValue { msgpack: identity.unwrap_or_default().msgpack, json: Vec::new() };
                let ty = Type::object([("name", Type::String), ("shelf", Type::Number)]);
                let given = wire::decode(Some(&given), &ty).expect("an identity");
                assert_eq!(given.get("shelf"), &3.into());
                let mut state = read(None);
                state.extend([("id".to_owned(), "1".into()), ("name".to_owned(), given.get("name").clone())]);
                state.extend(["key", "token"].map(|name| (name.to_owned(), Value::Null)));
                Ok(Response::new(five::import_resource_state::Response {
                    imported_resources: vec![five::import_resource_state::ImportedResource {
                        type_name: "den_box".to_owned(),
                        state: write(state),
                        ..Default::default()
                    }],
                    ..Default::default()
                }))
            }

            async fn read_resource(
                &self,
                request: Request<five::read_resource::Request>,
            ) -> Result<Response<five::read_resource::Response>, Status> {
                let new_state = request.into_inner().current_state;
                Ok(Response::new(five::read_resource::Response { new_state, ..Default::default() }))
            }

            async fn validate_data_source_config(
                &self,
                request: Request<five::validate_data_source_config::Request>,
            ) -> Result<Response<five::validate_data_source_config::Response>, Status> {
                let mut diagnostics = Vec::new();
                if read(request.get_ref().config.as_ref())["name"] == Value::from("wrong") {
                    let severity = five::diagnostic::Severity::Error.into();
                    diagnostics.push(five::Diagnostic { severity, summary: "Refused".to_owned(), ..Default::default() });
                }
                Ok(Response::new(five::validate_data_source_config::Response { diagnostics }))
            }

            async fn read_data_source(
                &self,
                request: Request<five::read_data_source::Request>,
            ) -> Result<Response<five::read_data_source::Response>, Status> {
                let mut found = read(request.get_ref().config.as_ref());
                found.insert("id".to_owned(), "1".into());
                self.find.inspect(|change| change(&mut found));
                let reason = five::deferred::Reason::ProviderConfigUnknown.into();
                Ok(Response::new(five::read_data_source::Response {
                    state: write(found),
                    deferred: self.deferred.then_some(five::Deferred { reason }),
                    ..Default::default()
                }))
            }

            async fn plan_resource_change(
                &self,
                request: Request<five::plan_resource_change::Request>,
            ) -> Result<Response<five::plan_resource_change::Response>, Status> {
                let mut planned = read(request.get_ref().proposed_new_state.as_ref());
                planned.insert("token".to_owned(), Value::Null);
                if planned["id"].is_null() {
                    planned.insert("id".to_owned(), Value::Unknown);
                }
                self.plan.inspect(|change| change(&mut planned));
                Ok(Response::new(five::plan_resource_change::Response {
                    planned_state: write(planned),
                    planned_private: b"planned".to_vec(),
                    legacy_type_system: self.legacy,
                    ..Default::default()
                }))
            }

            async fn apply_resource_change(
                &self,
                request: Request<five::apply_resource_change::Request>,
            ) -> Result<Response<five::apply_resource_change::Response>, Status> {
                let mut state = read(request.get_ref().planned_state.as_ref());
                let is_slow = state["name"] == Value::from("slow");
                self.seen.lock().unwrap_or_else(PoisonError::into_inner).push(request.into_inner());
                state.insert("id".to_owned(), "1".into());
                let mut diagnostics = Vec::new();
                if is_slow {
                    let _ = self.stopped.subscribe().wait_for(|stopped| *stopped).await;
                    let severity = five::diagnostic::Severity::Error.into();
                    diagnostics.push(five::Diagnostic { severity, summary: "Stopped".to_owned(), ..Default::default() });
                }
                self.apply.inspect(|change| change(&mut state));
                Ok(Response::new(five::apply_resource_change::Response {
                    new_state: write(state),
                    private: b"applied".to_vec(),
                    diagnostics,
                    legacy_type_system: self.legacy,
                    ..Default::default()
                }))
            }
        }
    };
}

service! {
    get_metadata: get_metadata,
    get_functions: get_functions,
    upgrade_resource_state: upgrade_resource_state,
    upgrade_resource_identity: upgrade_resource_identity,
    move_resource_state: move_resource_state,
    validate_ephemeral_resource_config: validate_ephemeral_resource_config,
    open_ephemeral_resource: open_ephemeral_resource,
    renew_ephemeral_resource: renew_ephemeral_resource,
    close_ephemeral_resource: close_ephemeral_resource,
    call_function: call_function,
}

/// A host of that script's provider.
struct Host {
    kind: Arc<dyn Kind<Connection>>,
    source: Arc<dyn DataKind<Connection>>,
    call: Call<Connection>,
    cancelled: CancellationToken,
    _directory: tempfile::TempDir,
}

impl Host {
    async fn of(script: &Script) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let socket = directory.path().join("provider");
        let listener = UnixListenerStream::new(UnixListener::bind(&socket).expect("a socket"));
        let service = ProviderServer::new(script.clone());
        tokio::spawn(tonic::transport::Server::builder().serve_with_incoming(service, listener));
        let address = json!({ "Network": "unix", "String": socket.to_str() });
        let variable = json!({ "example.com/acme/den": { "ProtocolVersion": 5, "Addr": address } }).to_string();
        let plugin = Plugin::attach(Running::in_variable(&variable, "acme/den").expect("an entry")).await;
        let plugin = plugin.unwrap_or_else(|error| panic!("{error}"));
        let (connection, _) = plugin.configure(&Value::map::<String>([])).await.expect("it takes anything");
        let cancelled = CancellationToken::new();
        let call = Call::new(Arc::new(connection), cancelled.clone());
        let kind = plugin.kind("den_box").unwrap_or_else(|error| panic!("{error}"));
        let source = plugin.data_source("den_box").unwrap_or_else(|error| panic!("{error}"));
        Self { kind, source, call, cancelled, _directory: directory }
    }

    async fn plan(&self, config: &Value) -> Planned {
        self.kind.plan(Some(&self.call), &Value::Null, config).await
    }

    async fn apply(&self, planned: &Planned, config: &Value) -> Applied {
        let call = self.call.clone().keeping(planned.private.clone()).configured(config.clone());
        self.kind.apply(&call, &Value::Null, &planned.state).await
    }
}

fn named(name: &str) -> Value {
    Value::map([("name", name.into()), ("key", "hunter2".into()), ("token", "hunter3".into())])
}

#[tokio::test]
async fn configuration_and_private_bytes_arrive() {
    let script = Script::default();
    let host = Host::of(&script).await;
    let planned = host.plan(&named("a")).await;
    assert!(planned.diagnostics.is_empty(), "{}", planned.diagnostics);
    assert_eq!((planned.state.get("id"), planned.state.get("token")), (&Value::Unknown, &Value::Null));
    let applied = host.apply(&planned, &named("a")).await;
    assert!(applied.diagnostics.is_empty(), "{}", applied.diagnostics);
    assert_eq!((applied.state.get("id"), applied.private), (&"1".into(), b"applied".to_vec()));
    let seen = script.seen.lock().expect("no panic");
    assert_eq!(seen[0].planned_private, b"planned");
    assert_eq!(read(seen[0].config.as_ref())["token"], "hunter3".into(), "write-only values are in the configuration");
    assert_eq!(read(seen[0].planned_state.as_ref())["token"], Value::Null);
}

#[tokio::test]
async fn a_plan_that_lies_is_refused_without_its_secrets() {
    let lie: fn(&mut BTreeMap<String, Value>) = |planned| {
        planned.insert("name".to_owned(), "b".into());
        planned.insert("key".to_owned(), "hunter4".into());
    };
    let told = Host::of(&Script { plan: Some(lie), ..Script::default() }).await.plan(&named("a")).await.diagnostics;
    let text = told.to_string();
    assert!(text.contains("contradicts the configuration") && text.contains("the plan has \"b\""), "{text}");
    assert!(!text.contains("hunter"), "{text}");
    let legacy = Host::of(&Script { plan: Some(lie), legacy: true, ..Script::default() }).await.plan(&named("a")).await;
    assert!(legacy.diagnostics.is_empty(), "Terraform's first SDK cannot do better: {}", legacy.diagnostics);
}

#[tokio::test]
async fn a_result_that_lies_is_kept_and_told() {
    let lie: fn(&mut BTreeMap<String, Value>) = |state| {
        state.insert("name".to_owned(), "b".into());
    };
    let host = Host::of(&Script { apply: Some(lie), ..Script::default() }).await;
    let applied = host.apply(&host.plan(&named("a")).await, &named("a")).await;
    let text = applied.diagnostics.to_string();
    assert!(text.contains("something else than it had planned") && text.contains("is \"b\""), "{text}");
    assert_eq!(applied.state.get("name"), &"b".into(), "what is real is not forgotten");
}

#[tokio::test]
async fn a_state_is_known_whatever_the_provider_says() {
    let unknown: fn(&mut BTreeMap<String, Value>) = |state| {
        state.insert("id".to_owned(), Value::Unknown);
    };
    let host = Host::of(&Script { apply: Some(unknown), legacy: true, ..Script::default() }).await;
    let applied = host.apply(&host.plan(&named("a")).await, &named("a")).await;
    assert!(applied.diagnostics.to_string().contains("not known"), "{}", applied.diagnostics);
    assert_eq!(applied.state.get("id"), &Value::Null);
}

#[tokio::test]
async fn cancelling_asks_to_stop_and_takes_the_answer() {
    let host = Host::of(&Script::default()).await;
    let planned = host.plan(&named("slow")).await;
    let config = named("slow");
    let cancelled = async {
        tokio::task::yield_now().await;
        host.cancelled.cancel();
    };
    let (applied, ()) = tokio::join!(host.apply(&planned, &config), cancelled);
    assert!(applied.diagnostics.to_string().contains("Stopped"), "{}", applied.diagnostics);
    assert_eq!(applied.state.get("id"), &"1".into(), "what is real comes back");
}

#[tokio::test]
async fn data_is_found() {
    let host = Host::of(&Script::default()).await;
    let planned = host.source.plan(Some(&host.call), &named("a")).await;
    assert!(planned.diagnostics.is_empty(), "{}", planned.diagnostics);
    assert_eq!((planned.state.get("name"), planned.state.get("id")), (&"a".into(), &Value::Unknown));
    let found = host.source.read(&host.call, &named("a")).await;
    assert!(found.diagnostics.is_empty(), "{}", found.diagnostics);
    assert_eq!((found.state.get("name"), found.state.get("id")), (&"a".into(), &"1".into()));
    for refused in [
        host.source.plan(Some(&host.call), &named("wrong")).await.diagnostics,
        host.source.read(&host.call, &named("wrong")).await.diagnostics,
    ] {
        assert!(refused.to_string().contains("Refused"), "{refused}");
    }
    let unknown = host.source.read(&host.call, &Value::map([("name", Value::Unknown)])).await;
    assert!(unknown.diagnostics.to_string().contains("not known yet"), "{}", unknown.diagnostics);
}

#[tokio::test]
async fn data_that_is_no_data_is_refused() {
    let nothing: fn(&mut BTreeMap<String, Value>) = BTreeMap::clear;
    let unknown: fn(&mut BTreeMap<String, Value>) = |found| {
        found.insert("id".to_owned(), Value::Unknown);
    };
    for (script, part) in [
        (Script { find: Some(nothing), ..Script::default() }, "found nothing"),
        (Script { find: Some(unknown), ..Script::default() }, "unknown values"),
        (Script { deferred: true, ..Script::default() }, "puts it off (ProviderConfigUnknown)"),
    ] {
        let host = Host::of(&script).await;
        let found = host.source.read(&host.call, &named("a")).await;
        let told = found.diagnostics.to_string();
        assert!(told.contains(part) && told.contains("den_box") && found.state.is_null(), "{told}");
    }
}

#[tokio::test]
async fn an_object_is_found_by_identity() {
    let identity = |name: &str| Value::map([(name, "a".into()), ("shelf", "3".into())]);
    let host = Host::of(&Script { identity: true, ..Script::default() }).await;
    let found = host.kind.import_by_identity(&host.call, &identity("name")).await;
    assert!(found.diagnostics.is_empty(), "{}", found.diagnostics);
    assert_eq!((found.state.get("name"), found.state.get("id")), (&"a".into(), &"1".into()));
    let wrong = host.kind.import_by_identity(&host.call, &identity("nam")).await.diagnostics.to_string();
    assert!(wrong.contains("Missing required argument \"name\"") && wrong.contains("\"nam\""), "{wrong}");
    let older = Host::of(&Script::default()).await;
    let told = older.kind.import_by_identity(&older.call, &identity("name")).await.diagnostics.to_string();
    assert!(told.contains("den_box cannot be imported by identity"), "{told}");
}
