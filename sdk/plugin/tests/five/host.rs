//! Hosts of a script's provider.

use std::sync::Arc;

use rosa_ecr_model::{Applied, Call, DataKind, Kind, Planned, Value};
use rosa_ecr_plugin::{Connection, Plugin, Running};
use rosa_ecr_proto::tfplugin5::provider_server::ProviderServer;
use serde_json::json;
use tokio::net::UnixListener;
use tokio_stream::wrappers::UnixListenerStream;
use tokio_util::sync::CancellationToken;

use crate::script::Script;

/// A provider that runs in this process.
pub struct Den {
    pub running: Running,
    server: tokio::task::JoinHandle<Result<(), tonic::transport::Error>>,
    leaving: CancellationToken,
    _directory: tempfile::TempDir,
}

impl Den {
    pub fn of(script: &Script) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let socket = directory.path().join("provider");
        let listener = UnixListenerStream::new(UnixListener::bind(&socket).expect("a socket"));
        let service = ProviderServer::new(script.clone());
        let leaving = CancellationToken::new();
        let left = leaving.clone().cancelled_owned();
        let server = tonic::transport::Server::builder().serve_with_incoming_shutdown(service, listener, left);
        let address = json!({ "Network": "unix", "String": socket.to_str() });
        let variable = json!({ "example.com/acme/den": { "ProtocolVersion": 5, "Addr": address } }).to_string();
        let running = Running::in_variable(&variable, "acme/den").expect("an entry");
        Self { running, server: tokio::spawn(server), leaving, _directory: directory }
    }

    /// Ends it, and its connections.
    pub async fn leave(self) {
        self.leaving.cancel();
        self.server.await.expect("no panic").expect("it can be served");
    }
}

/// A host of that script's provider.
pub struct Host {
    pub kind: Arc<dyn Kind<Connection>>,
    pub source: Arc<dyn DataKind<Connection>>,
    pub call: Call<Connection>,
    pub cancelled: CancellationToken,
    pub den: Den,
}

impl Host {
    pub async fn of(script: &Script) -> Self {
        let den = Den::of(script);
        let plugin = Plugin::attach(den.running.clone()).await;
        let plugin = plugin.unwrap_or_else(|error| panic!("{error}"));
        let (connection, _) = plugin.configure(&Value::map::<String>([])).await.expect("it takes anything");
        let cancelled = CancellationToken::new();
        let call = Call::new(Arc::new(connection), cancelled.clone());
        let kind = plugin.kind("den_box").unwrap_or_else(|error| panic!("{error}"));
        let source = plugin.data_source("den_box").unwrap_or_else(|error| panic!("{error}"));
        Self { kind, source, call, cancelled, den }
    }

    pub async fn plan(&self, config: &Value) -> Planned {
        self.kind.plan(Some(&self.call), &Value::Null, config).await
    }

    pub async fn apply(&self, planned: &Planned, config: &Value) -> Applied {
        let call = self.call.clone().keeping(planned.private.clone()).configured(config.clone());
        self.kind.apply(&call, &Value::Null, &planned.state).await
    }
}

/// A configuration with that name.
pub fn named(name: &str) -> Value {
    Value::map([("name", name.into()), ("key", "hunter2".into()), ("token", "hunter3".into())])
}
