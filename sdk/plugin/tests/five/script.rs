//! A provider of protocol 5, in this process, with a script.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rosa_ecr_model::{Type, Value};
use rosa_ecr_proto::tfplugin5::provider_server::Provider;
use rosa_ecr_proto::tfplugin5::resource_identity_schema::IdentityAttribute;
use rosa_ecr_proto::tfplugin5::schema::{Attribute, Block};
use rosa_ecr_proto::tfplugin5::{self as five, DynamicValue, Schema};
use rosa_ecr_proto::tfplugin6;
use rosa_ecr_wire as wire;
use tokio::sync::watch;
use tonic::{Request, Response, Status};

/// The attributes of an object.
pub type Entries = BTreeMap<String, Value>;

/// What a test changes in the answers, and what it sees of the requests.
#[derive(Clone, Default)]
pub struct Script {
    pub plan: Option<fn(&mut Entries)>,
    pub apply: Option<fn(&mut Entries)>,
    pub find: Option<fn(&mut Entries)>,
    pub read: Option<fn(&mut Entries)>,
    /// What an upgrade of a stored state comes to.
    pub upgrade: Option<fn(serde_json::Value) -> Entries>,
    /// Whether an upgrade is refused, in words that quote the state.
    pub quotes_stored: bool,
    /// Whether a change of the name makes another object.
    pub replaces: bool,
    /// What plans were told that was kept.
    pub kept: Arc<Mutex<Vec<Vec<u8>>>>,
    /// The version of the schema.
    pub version: i64,
    /// Whether it was configured, and how often it was to be.
    pub configured: Arc<Mutex<usize>>,
    /// Whether it cannot be configured.
    pub unusable: bool,
    pub deferred: bool,
    /// Whether it knows of identities.
    pub identity: bool,
    pub legacy: bool,
    /// Whether it listens to what modules say.
    pub meta: bool,
    pub seen: Arc<Mutex<Vec<five::apply_resource_change::Request>>>,
    /// Whether what is not there reads as gone.
    pub remembers: bool,
    /// What there is, by name, which is what it is imported by.
    pub there: Arc<Mutex<BTreeMap<String, Entries>>>,
    /// Whether an apply says that it failed.
    pub fails: bool,
    /// Whether what an apply comes to is no value.
    pub garbage: bool,
    /// What an apply ends with instead of an answer, and whether the object is made by then.
    pub lost: Arc<Mutex<Option<(Status, bool)>>>,
    /// The states that were to be upgraded.
    pub stored: Arc<Mutex<Vec<serde_json::Value>>>,
    pub stopped: watch::Sender<bool>,
}

impl Script {
    fn remember(&self, prior: &Entries, mut state: Entries) {
        let mut there = locked(&self.there);
        prior.get("name").and_then(Value::as_str).and_then(|name| there.remove(name));
        if let Some(name) = state.get("name").and_then(Value::as_str).map(str::to_owned) {
            state.insert("id".to_owned(), "1".into());
            there.insert(name, state);
        }
    }
}

/// What is behind the lock.
pub fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
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

/// The attributes in a message; none for null.
pub fn read(value: Option<&DynamicValue>) -> Entries {
    let value = value.map(|value| tfplugin6::DynamicValue { msgpack: value.msgpack.clone(), json: Vec::new() });
    wire::decode(value.as_ref(), &ty()).expect("it fits").entries().cloned().unwrap_or_default()
}

/// An object of that id and name.
pub fn object(id: &str, name: &str) -> Entries {
    let texts = [("id", Value::from(id)), ("name", name.into()), ("key", Value::Null), ("token", Value::Null)];
    texts.map(|(name, value)| (name.to_owned(), value)).into()
}

fn imported(found: Option<Entries>) -> five::import_resource_state::Response {
    let imported = five::import_resource_state::ImportedResource {
        type_name: "den_box".to_owned(),
        state: write(found.unwrap_or_default()),
        ..Default::default()
    };
    five::import_resource_state::Response { imported_resources: vec![imported], ..Default::default() }
}

fn write(entries: Entries) -> Option<DynamicValue> {
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
                let schema = Schema { version: self.version, block: Some(block()) };
                let schemas = [("den_box".to_owned(), schema)];
                Ok(Response::new(five::get_provider_schema::Response {
                    provider: Some(Schema { version: 0, block: Some(Block::default()) }),
                    resource_schemas: schemas.clone().into(),
                    data_source_schemas: schemas.into(),
                    provider_meta: self.meta.then(|| Schema { version: 0, block: Some(Block::default()) }),
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
                *locked(&self.configured) += 1;
                let severity = match self.unusable {
                    true => five::diagnostic::Severity::Error,
                    false => five::diagnostic::Severity::Warning,
                };
                let summary = "It is an old den".to_owned();
                let diagnostics =
                    vec![five::Diagnostic { severity: severity.into(), summary, ..Default::default() }];
                Ok(Response::new(five::configure::Response { diagnostics }))
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
                let request = request.into_inner();
                if request.identity.is_none() {
                    let found = locked(&self.there).get(&request.id).cloned();
                    return Ok(Response::new(imported(found)));
                }
                let identity = request.identity.and_then(|identity| identity.identity_data);
                let given = tfplugin6::DynamicValue { msgpack: identity.unwrap_or_default().msgpack, json: Vec::new() };
                let ty = Type::object([("name", Type::String), ("shelf", Type::Number)]);
                let given = wire::decode(Some(&given), &ty).expect("an identity");
                let name = given.get("name").as_str().expect("a name");
                if self.remembers {
                    return Ok(Response::new(imported(locked(&self.there).get(name).cloned())));
                }
                assert_eq!(given.get("shelf"), &3.into());
                Ok(Response::new(imported(Some(object("1", name)))))
            }

            async fn read_resource(
                &self,
                request: Request<five::read_resource::Request>,
            ) -> Result<Response<five::read_resource::Response>, Status> {
                let request = request.into_inner();
                assert_eq!(request.provider_meta.is_some(), self.meta);
                let mut state = read(request.current_state.as_ref());
                if self.remembers {
                    state = state["name"].as_str().and_then(|name| locked(&self.there).get(name).cloned()).unwrap_or_default();
                }
                self.read.inspect(|change| change(&mut state));
                let (new_state, private) = (write(state), request.private);
                Ok(Response::new(five::read_resource::Response { new_state, private, ..Default::default() }))
            }

            async fn upgrade_resource_state(
                &self,
                request: Request<five::upgrade_resource_state::Request>,
            ) -> Result<Response<five::upgrade_resource_state::Response>, Status> {
                let request_version = request.get_ref().version;
                let json = request.into_inner().raw_state.expect("a state").json;
                let json: serde_json::Value = serde_json::from_slice(&json).expect("JSON");
                locked(&self.stored).push(json.clone());
                assert!(request_version == self.version || *locked(&self.configured) > 0, "it may ask the service");
                if self.quotes_stored {
                    let severity = five::diagnostic::Severity::Error.into();
                    let (summary, detail) = ("It is no box".to_owned(), json["key"].to_string());
                    let diagnostics = vec![five::Diagnostic { severity, summary, detail, attribute: None }];
                    return Ok(Response::new(five::upgrade_resource_state::Response { diagnostics, ..Default::default() }));
                }
                let upgraded = self.upgrade.unwrap_or(|json| {
                    let entry = |(name, value): (&String, &serde_json::Value)| {
                        (name.clone(), value.as_str().map_or(Value::Null, Value::from))
                    };
                    json.as_object().expect("an object").iter().map(entry).collect()
                });
                let upgraded_state = write(upgraded(json));
                Ok(Response::new(five::upgrade_resource_state::Response { upgraded_state, ..Default::default() }))
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
                assert_eq!(request.get_ref().provider_meta.is_some(), self.meta);
                locked(&self.kept).push(request.get_ref().prior_private.clone());
                let mut planned = read(request.get_ref().proposed_new_state.as_ref());
                let name = five::AttributePath {
                    steps: vec![five::attribute_path::Step {
                        selector: Some(five::attribute_path::step::Selector::AttributeName("name".to_owned())),
                    }],
                };
                planned.insert("token".to_owned(), Value::Null);
                if planned["id"].is_null() {
                    planned.insert("id".to_owned(), Value::Unknown);
                }
                self.plan.inspect(|change| change(&mut planned));
                Ok(Response::new(five::plan_resource_change::Response {
                    planned_state: write(planned),
                    planned_private: b"planned".to_vec(),
                    requires_replace: self.replaces.then_some(name).into_iter().collect(),
                    legacy_type_system: self.legacy,
                    ..Default::default()
                }))
            }

            async fn apply_resource_change(
                &self,
                request: Request<five::apply_resource_change::Request>,
            ) -> Result<Response<five::apply_resource_change::Response>, Status> {
                let mut state = read(request.get_ref().planned_state.as_ref());
                let prior = read(request.get_ref().prior_state.as_ref());
                locked(&self.seen).push(request.into_inner());
                if let Some((status, done)) = locked(&self.lost).take() {
                    if done {
                        self.remember(&prior, state);
                    }
                    return Err(status);
                }
                if state.is_empty() {
                    self.remember(&prior, state.clone());
                    let new_state = write(state);
                    return Ok(Response::new(five::apply_resource_change::Response { new_state, ..Default::default() }));
                }
                let is_slow = state["name"] == Value::from("slow");
                state.insert("id".to_owned(), "1".into());
                let mut diagnostics = Vec::new();
                if is_slow {
                    let _ = self.stopped.subscribe().wait_for(|stopped| *stopped).await;
                    let severity = five::diagnostic::Severity::Error.into();
                    diagnostics.push(five::Diagnostic { severity, summary: "Stopped".to_owned(), ..Default::default() });
                }
                self.apply.inspect(|change| change(&mut state));
                self.remember(&prior, state.clone());
                if self.fails {
                    let severity = five::diagnostic::Severity::Error.into();
                    diagnostics.push(five::Diagnostic { severity, summary: "Failed".to_owned(), ..Default::default() });
                }
                if self.garbage {
                    let new_state = Some(DynamicValue { msgpack: vec![0xc1], json: Vec::new() });
                    return Ok(Response::new(five::apply_resource_change::Response { new_state, ..Default::default() }));
                }
                Ok(Response::new(five::apply_resource_change::Response {
                    new_state: write(state),
                    private: if self.fails { Vec::new() } else { b"applied".to_vec() },
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
    upgrade_resource_identity: upgrade_resource_identity,
    move_resource_state: move_resource_state,
    validate_ephemeral_resource_config: validate_ephemeral_resource_config,
    open_ephemeral_resource: open_ephemeral_resource,
    renew_ephemeral_resource: renew_ephemeral_resource,
    close_ephemeral_resource: close_ephemeral_resource,
    call_function: call_function,
}
