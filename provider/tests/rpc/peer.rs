//! The other end of the connection: what a host does, in as few words as the tests need.

use std::sync::Arc;
use std::time::Duration;

use rosa_ecr_model::{
    Block, DataSource, Ephemeral, Field as _, Object as _, Resource, Type, Value, conform, data_source, ephemeral,
    identity_type,
};
use rosa_ecr_proto::MAX_MESSAGE_BYTES;
use rosa_ecr_proto::tfplugin6::provider_client::ProviderClient;
use rosa_ecr_proto::tfplugin6::provider_server::ProviderServer;
use rosa_ecr_proto::tfplugin6::{
    Diagnostic, DynamicValue, ResourceIdentityData, apply_resource_change, configure_provider, diagnostic::Severity,
    plan_resource_change, read_resource,
};
use rosa_ecr_provider::rpc;
use rosa_ecr_wire as wire;
use tokio::net::UnixListener;
use tokio_stream::wrappers::UnixListenerStream;
use tonic::transport::{Channel, Endpoint};

use crate::liar;
use crate::test_provider::{Book, Location, Shelf, Trap};

/// A connection to a server of its own.
pub struct Peer {
    /// Calls any RPC.
    pub client: ProviderClient<Channel>,
    /// The socket is in it.
    directory: Arc<tempfile::TempDir>,
}

impl Peer {
    /// Connects to a server that nobody has called yet.
    pub async fn connect() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let socket = directory.path().join("provider");
        let listener = UnixListenerStream::new(UnixListener::bind(&socket).expect("a socket"));
        let service = ProviderServer::new(rpc::Server::<Shelf>::new()).max_decoding_message_size(MAX_MESSAGE_BYTES);
        tokio::spawn(tonic::transport::Server::builder().serve_with_incoming(service, listener));
        let endpoint = Endpoint::from_shared(format!("unix:{}", socket.display())).expect("an address");
        // No call of these tests takes long: one that hangs shall fail.
        let endpoint = endpoint.timeout(Duration::from_secs(20));
        let client = ProviderClient::new(endpoint.connect().await.expect("a connection"));
        Self { client: client.max_decoding_message_size(MAX_MESSAGE_BYTES), directory: Arc::new(directory) }
    }

    /// Another caller on the same connection.
    pub fn another(&self) -> Self {
        Self { client: self.client.clone(), directory: self.directory.clone() }
    }

    /// Connects, and configures the provider for that location.
    pub async fn at(location: &str) -> (Self, Location) {
        let mut peer = Self::connect().await;
        assert_eq!(peer.configure(Value::map([("location", location.into())])).await, []);
        (peer, Location::named(location))
    }

    /// `ConfigureProvider`.
    pub async fn configure(&mut self, config: Value) -> Vec<Diagnostic> {
        let request = configure_provider::Request {
            terraform_version: "1.15.5".to_owned(),
            config: Some(dynamic(&conform(&Shelf::block(), config), &Shelf::ty())),
            client_capabilities: None,
        };
        self.client.configure_provider(request).await.expect("an answer").into_inner().diagnostics
    }

    /// `PlanResourceChange`, with the capability to plan destroys.
    pub async fn plan(&mut self, of: &Of, prior: &Value, config: &Value) -> plan_resource_change::Response {
        let config = Some(of.dynamic(config));
        let request = plan_resource_change::Request {
            type_name: of.type_name.to_owned(),
            prior_state: Some(of.dynamic(prior)),
            proposed_new_state: config.clone(),
            config,
            prior_private: b"private".to_vec(),
            ..Default::default()
        };
        self.client.plan_resource_change(request).await.expect("an answer").into_inner()
    }

    /// `ApplyResourceChange`.
    pub async fn apply(&mut self, of: &Of, prior: &Value, planned: &Value) -> apply_resource_change::Response {
        let request = apply_resource_change::Request {
            type_name: of.type_name.to_owned(),
            prior_state: Some(of.dynamic(prior)),
            planned_state: Some(of.dynamic(planned)),
            planned_private: b"private".to_vec(),
            ..Default::default()
        };
        self.client.apply_resource_change(request).await.expect("an answer").into_inner()
    }

    /// `ReadResource`.
    pub async fn read(&mut self, of: &Of, state: &Value) -> read_resource::Response {
        let request = read_resource::Request {
            type_name: of.type_name.to_owned(),
            current_state: Some(of.dynamic(state)),
            private: b"private".to_vec(),
            ..Default::default()
        };
        self.client.read_resource(request).await.expect("an answer").into_inner()
    }

    /// Plans and applies without a word from the provider; gives the new state.
    pub async fn bring_about(&mut self, of: &Of, prior: &Value, config: &Value) -> Value {
        let planned = self.plan(of, prior, config).await;
        assert_eq!(planned.diagnostics, []);
        let applied = self.apply(of, prior, &of.value(planned.planned_state)).await;
        assert_eq!(applied.diagnostics, []);
        of.value(applied.new_state)
    }
}

/// A resource, as a host knows it: its name and its schema.
pub struct Of {
    /// The type name.
    pub type_name: &'static str,
    block: Block,
}

/// `shelf_book`
pub fn book() -> Of {
    Of::resource::<Book>()
}

/// `shelf_trap`
pub fn trap() -> Of {
    Of::resource::<Trap>()
}

/// `shelf_liar`
pub fn liar() -> Of {
    Of { type_name: "shelf_liar", block: liar::kind().schema().block.clone() }
}

impl Of {
    /// A resource.
    pub fn resource<R: Resource>() -> Self {
        Self { type_name: R::TYPE, block: R::block_with_outputs() }
    }

    /// A data source.
    pub fn data_source<D: DataSource>() -> Self {
        Self { type_name: D::TYPE, block: data_source::<D>().schema().block.clone() }
    }

    /// An ephemeral resource.
    pub fn ephemeral<E: Ephemeral>() -> Self {
        Self { type_name: E::TYPE, block: ephemeral::<E>().schema().block.clone() }
    }

    /// A configuration in full shape.
    pub fn config<const N: usize>(&self, arguments: [(&str, Value); N]) -> Value {
        conform(&self.block, Value::map(arguments))
    }

    /// A value on the wire.
    pub fn dynamic(&self, value: &Value) -> DynamicValue {
        dynamic(value, &self.block.ty())
    }

    /// A value from the wire. It must have been written out: an empty envelope would read as null without a word.
    #[track_caller]
    pub fn value(&self, value: Option<DynamicValue>) -> Value {
        let value = value.expect("the value is there");
        assert!(!value.msgpack.is_empty(), "the value is written out");
        wire::decode(Some(&value), &self.block.ty()).expect("the value fits the schema")
    }
}

/// A value on the wire.
pub fn dynamic(value: &Value, ty: &Type) -> DynamicValue {
    wire::encode(value, ty).expect("the value fits its type")
}

/// The identity of a `shelf_book`, if there is one. It must have been written out.
#[track_caller]
pub fn identity(identity: Option<ResourceIdentityData>) -> Option<Value> {
    let data = identity?.identity_data.expect("the identity is there");
    let ty = identity_type(Book::IDENTITY);
    Some(wire::decode(Some(&data), &ty).expect("the identity fits its schema"))
}

/// The one error among the diagnostics, as one text: title, detail and, in brackets, the attribute.
#[track_caller]
pub fn error(diagnostics: &[Diagnostic]) -> String {
    let errors: Vec<&Diagnostic> =
        diagnostics.iter().filter(|diagnostic| diagnostic.severity() == Severity::Error).collect();
    let [error] = errors[..] else { panic!("one error is expected: {diagnostics:#?}") };
    let steps = error.attribute.iter().flat_map(|path| &path.steps);
    let steps: Vec<String> = steps.filter_map(|step| step.selector.as_ref()).map(|step| format!("{step:?}")).collect();
    format!("{}\n{}\n[{}]", error.summary, error.detail, steps.join(" "))
}

/// Something from a wire path, for comparisons.
pub fn attribute(name: &str) -> rosa_ecr_proto::tfplugin6::AttributePath {
    wire::path(&name.into())
}
