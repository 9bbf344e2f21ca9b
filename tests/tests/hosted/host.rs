//! What a program does with a provider's resource, step by step.

use std::sync::Arc;

use rosa_ecr_model::{Applied, Call, Diagnostics, Kind, Planned, Value};
use rosa_ecr_plugin::{Binary, Connection, Plugin};
use rosa_ecr_tests::Emulator;
use serde_json::Value as Json;
use tokio_util::sync::CancellationToken;

/// Runs a test's work. Dropping the runtime at its end kills what is still there.
pub fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(work)
}

/// A provider binary with nothing of this machine's AWS in its environment but the emulator.
pub fn binary(path: std::path::PathBuf, emulator: &Emulator) -> Binary {
    let environment = [
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("AWS_CONFIG_FILE", "/dev/null"),
        ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ENDPOINT_URL", emulator.endpoint()),
    ];
    environment.iter().fold(Binary::at(path), |binary, (name, value)| binary.env(name, value))
}

/// A value as a person writes it: JSON without types.
pub fn value(json: &Json) -> Value {
    match json {
        Json::Object(entries) => Value::map(entries.iter().map(|(name, json)| (name, value(json)))),
        Json::Array(elements) => Value::List(elements.iter().map(value).collect()),
        scalar => Value::from_json(scalar, &rosa_ecr_model::Type::Dynamic).expect("a scalar has its own type"),
    }
}

/// A configured provider.
pub struct Host {
    pub plugin: Plugin,
    connection: Arc<Connection>,
    pub cancelled: CancellationToken,
}

impl Host {
    pub async fn start(binary: &Binary, config: Json) -> Self {
        let plugin = binary.start().await.unwrap_or_else(|error| panic!("{error}"));
        let configured = plugin.configure(&value(&config)).await;
        let (connection, _) = configured.unwrap_or_else(|error| panic!("{error}"));
        Self { plugin, connection: Arc::new(connection), cancelled: CancellationToken::new() }
    }

    fn call(&self, private: &[u8]) -> Call<Connection> {
        Call::new(self.connection.clone(), self.cancelled.clone()).keeping(private.to_vec())
    }

    /// The resources of one type.
    #[track_caller]
    pub fn kind(&self, type_name: &str) -> Arc<dyn Kind<Connection>> {
        self.plugin.kind(type_name).unwrap_or_else(|error| panic!("{error}"))
    }

    pub async fn plan(&self, kind: &dyn Kind<Connection>, prior: &Applied, config: &Json) -> Planned {
        kind.plan(Some(&self.call(&prior.private)), &prior.state, &value(config)).await
    }

    pub async fn apply(
        &self,
        kind: &dyn Kind<Connection>,
        prior: &Applied,
        planned: &Planned,
        config: &Json,
    ) -> Applied {
        kind.apply(&self.call(&planned.private).configured(value(config)), &prior.state, &planned.state).await
    }

    /// Plans and applies without trouble. No configuration: a delete.
    pub async fn bring_about(&self, kind: &dyn Kind<Connection>, prior: &Applied, config: &Json) -> Applied {
        assert_eq!(kind.validate(&value(config)), Diagnostics::new());
        let planned = self.plan(kind, prior, config).await;
        assert_eq!((&planned.diagnostics, &planned.replace), (&Diagnostics::new(), &vec![]));
        let applied = self.apply(kind, prior, &planned, config).await;
        assert_eq!(applied.diagnostics, Diagnostics::new());
        applied
    }

    pub async fn read(&self, kind: &dyn Kind<Connection>, state: &Applied) -> Applied {
        let read = kind.read(&self.call(&state.private), &state.state).await;
        assert_eq!(read.diagnostics, Diagnostics::new());
        read
    }

    /// What a data source of that type finds.
    pub async fn look_up(&self, type_name: &str, config: Json) -> Applied {
        let source = self.plugin.data_source(type_name).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(source.validate(&value(&config)), Diagnostics::new());
        source.read(&self.call(&[]), &value(&config)).await
    }

    pub async fn import(&self, kind: &dyn Kind<Connection>, id: &str) -> Applied {
        kind.import(&self.call(&[]), id).await
    }

    pub async fn import_by_identity(&self, kind: &dyn Kind<Connection>, identity: &Json) -> Applied {
        kind.import_by_identity(&self.call(&[]), &value(identity)).await
    }

    /// Checks that nothing is left to do.
    pub async fn assert_settled(&self, kind: &dyn Kind<Connection>, state: &Applied, config: &Json) {
        let read = self.read(kind, state).await;
        let planned = self.plan(kind, &read, config).await;
        assert_eq!(planned.diagnostics, Diagnostics::new());
        assert_eq!(planned.state, read.state);
    }
}

/// Text at an attribute of the state.
#[track_caller]
pub fn text<'a>(state: &'a Applied, name: &str) -> &'a str {
    state.state.get(name).as_str().unwrap_or_else(|| panic!("{name} is no text"))
}
