//! A provider process: the real provider over the cloud in memory, called through gRPC without sockets.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rosa_ecr::aws::{self, Aws};
use rosa_ecr::model::{Diagnostics, Kind, Object as _, Provider, Value, conform};
use rosa_ecr_derive::Inputs;
use rosa_ecr_fake_aws::{ACCOUNT, Process as Client, REGION};
use rosa_ecr_proto::tfplugin6::diagnostic::Severity;
use rosa_ecr_proto::tfplugin6::provider_client::ProviderClient;
use rosa_ecr_proto::tfplugin6::provider_server::ProviderServer;
use rosa_ecr_proto::tfplugin6::{
    Diagnostic, DynamicValue, RawState, apply_resource_change, configure_provider, import_resource_state,
    plan_resource_change, read_resource, upgrade_resource_state,
};
use rosa_ecr_provider::rpc;
use rosa_ecr_wire as wire;

use crate::declaration::shape;

/// How often the SDK tries a call: enough to outlast one lost answer.
const ATTEMPTS: u32 = 3;

/// The provider `rosa`, whose block says which client process it is.
#[derive(Clone, Debug, Inputs)]
pub struct Faked {
    /// The number of the process.
    pub process: i64,
}

static CLIENTS: Mutex<BTreeMap<i64, Client>> = Mutex::new(BTreeMap::new());

impl Provider for Faked {
    const NAME: &'static str = "rosa";
    const VERSION: &'static str = "1.0.0";
    type Context = Aws;

    fn kinds() -> Vec<Arc<dyn Kind<Aws>>> {
        aws::kinds()
    }

    async fn configure(self) -> Result<Aws, Diagnostics> {
        let client = CLIENTS.lock().expect("no panic").remove(&self.process).expect("it was started");
        Ok(context(&client))
    }
}

/// The context of that process.
pub fn context(client: &Client) -> Aws {
    Aws::over(client.client(), REGION, ACCOUNT, ATTEMPTS)
}

/// What the provider answered: a value, what it keeps with it, and what it says.
#[derive(Debug, Default)]
pub struct Answer {
    pub value: Value,
    pub private: Vec<u8>,
    pub replaces: bool,
    pub errors: Vec<String>,
}

/// An RPC that took long, and how long.
pub type Slow = (&'static str, Duration);

/// A process. Clones are the same one.
#[derive(Clone)]
pub struct Process {
    grpc: ProviderClient<ProviderServer<rpc::Server<Faked>>>,
    pub client: Client,
    slowest: Arc<Mutex<Slow>>,
}

impl Process {
    /// Starts and configures it.
    pub async fn start(client: Client) -> Self {
        static NEXT: AtomicI64 = AtomicI64::new(1);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        CLIENTS.lock().expect("no panic").insert(number, client.clone());
        let mut grpc = ProviderClient::new(ProviderServer::new(rpc::Server::<Faked>::new()));
        let block = conform(&Faked::block(), Value::map([("process", number.into())]));
        let request = configure_provider::Request {
            terraform_version: "1.15.5".to_owned(),
            config: Some(wire::encode(&block, &Faked::block().ty()).expect("it fits")),
            client_capabilities: None,
        };
        let answer = grpc.configure_provider(request).await.expect("an answer").into_inner();
        assert_eq!(answer.diagnostics, []);
        Self { grpc, client, slowest: Arc::default() }
    }

    /// The longest RPC.
    pub fn slowest(&self) -> Slow {
        *self.slowest.lock().expect("no panic")
    }

    async fn timed<T>(
        &self,
        rpc: &'static str,
        call: impl Future<Output = Result<tonic::Response<T>, tonic::Status>>,
    ) -> T {
        let started = tokio::time::Instant::now();
        let answer = call.await.expect("an answer").into_inner();
        let mut slowest = self.slowest.lock().expect("no panic");
        *slowest = std::cmp::max_by_key(*slowest, (rpc, started.elapsed()), |(_, duration)| *duration);
        answer
    }

    /// `UpgradeResourceState` and `ReadResource`, as at the beginning of every plan.
    pub async fn read(&self, type_name: &str, state: &Value, private: &[u8]) -> Answer {
        let upgrade = upgrade_resource_state::Request {
            type_name: type_name.to_owned(),
            version: 0,
            raw_state: Some(RawState { json: state.to_json().to_string().into_bytes(), ..RawState::default() }),
        };
        let upgraded = self.timed("UpgradeResourceState", self.grpc.clone().upgrade_resource_state(upgrade)).await;
        if !errors(&upgraded.diagnostics).is_empty() {
            return Answer { errors: errors(&upgraded.diagnostics), ..Answer::default() };
        }
        let request = read_resource::Request {
            type_name: type_name.to_owned(),
            current_state: upgraded.upgraded_state,
            private: private.to_vec(),
            ..Default::default()
        };
        let read = self.timed("ReadResource", self.grpc.clone().read_resource(request)).await;
        let value = value(type_name, read.new_state.as_ref());
        Answer { value, private: read.private, replaces: false, errors: errors(&read.diagnostics) }
    }

    /// `PlanResourceChange`, of a destroy where there is no configuration.
    pub async fn plan(&self, type_name: &str, prior: &Value, config: &Value, private: &[u8]) -> Answer {
        let config = Some(dynamic(type_name, config));
        let request = plan_resource_change::Request {
            type_name: type_name.to_owned(),
            prior_state: Some(dynamic(type_name, prior)),
            proposed_new_state: config.clone(),
            config,
            prior_private: private.to_vec(),
            ..Default::default()
        };
        let planned = self.timed("PlanResourceChange", self.grpc.clone().plan_resource_change(request)).await;
        Answer {
            value: value(type_name, planned.planned_state.as_ref()),
            private: planned.planned_private,
            replaces: !planned.requires_replace.is_empty(),
            errors: errors(&planned.diagnostics),
        }
    }

    /// `ApplyResourceChange`.
    pub async fn apply(
        &self,
        type_name: &str,
        prior: &Value,
        planned: &Value,
        config: &Value,
        private: &[u8],
    ) -> Answer {
        let request = apply_resource_change::Request {
            type_name: type_name.to_owned(),
            prior_state: Some(dynamic(type_name, prior)),
            planned_state: Some(dynamic(type_name, planned)),
            config: Some(dynamic(type_name, config)),
            planned_private: private.to_vec(),
            ..Default::default()
        };
        let applied = self.timed("ApplyResourceChange", self.grpc.clone().apply_resource_change(request)).await;
        let value = value(type_name, applied.new_state.as_ref());
        Answer { value, private: applied.private, replaces: false, errors: errors(&applied.diagnostics) }
    }

    /// `ImportResourceState`, and the read that follows.
    pub async fn import(&self, type_name: &str, id: &str) -> Answer {
        let request =
            import_resource_state::Request { type_name: type_name.to_owned(), id: id.to_owned(), ..Default::default() };
        let imported = self.timed("ImportResourceState", self.grpc.clone().import_resource_state(request)).await;
        let failed = errors(&imported.diagnostics);
        match imported.imported_resources.into_iter().next() {
            Some(found) if failed.is_empty() => {
                let state = value(type_name, found.state.as_ref());
                self.read(type_name, &state, &found.private).await
            }
            _ => Answer { errors: failed, ..Answer::default() },
        }
    }
}

fn dynamic(type_name: &str, value: &Value) -> DynamicValue {
    wire::encode(value, &shape(type_name).1).expect("the value fits the schema")
}

fn value(type_name: &str, value: Option<&DynamicValue>) -> Value {
    wire::decode(value, &shape(type_name).1).expect("the value fits the schema")
}

fn errors(diagnostics: &[Diagnostic]) -> Vec<String> {
    let errors = diagnostics.iter().filter(|it| it.severity() == Severity::Error);
    errors.map(|error| format!("{}. {}", error.summary, error.detail.replace('\n', " "))).collect()
}
