//! A provider that runs.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rosa_ecr_model::{DataKind, Diagnostic, Diagnostics, Kind, Schema, Value, validate};
use rosa_ecr_proto::goplugin::Empty;
use rosa_ecr_proto::goplugin::grpc_controller_client::GrpcControllerClient;
use rosa_ecr_proto::tfplugin6;
use rosa_ecr_proto::tfplugin6::{
    ClientCapabilities, DynamicValue, ServerCapabilities, configure_provider, stop_provider, validate_provider_config,
};
use rosa_ecr_wire as wire;
use tokio::runtime::Handle;
use tonic::Status;
use tonic::transport::Channel;

use crate::configured::Connection;
use crate::handshake::Protocol;
use crate::process::Process;
use crate::reattach::Running;
use crate::remote::Remote;
use crate::rpc::Service;
use crate::trust::Own;
use crate::unanswered::Unanswered;
use crate::{Binary, arguments, connection};

/// The version of Terraform whose behaviour this host has. Providers decide by it what to offer.
const TERRAFORM: &str = "1.15.5";

/// How long a provider may take to exit when it is asked to.
const EXIT_LIMIT: Duration = Duration::from_secs(2);

/// How long to look for the end of the process behind a connection that broke.
pub(crate) const END_LIMIT: Duration = Duration::from_secs(2);

/// Null in msgpack, of whatever type.
const NULL: [u8; 1] = [0xc0];

/// What this host can do: it cannot put resources off, and it keeps write-only values out of plans and states.
pub(crate) const CAPABILITIES: ClientCapabilities =
    ClientCapabilities { deferral_allowed: false, write_only_attributes_allowed: true };

/// A provider that runs. Clones are the same one; with the last of them, and the last [`Kind`] of it, the process ends.
#[derive(Clone)]
pub struct Plugin(Arc<Inner>);

struct Inner {
    name: String,
    protocol: Protocol,
    service: Service,
    channel: Channel,
    /// None where somebody else started it.
    started: Option<Started>,
    schema: Schema,
    resources: Schemas,
    data_sources: Schemas,
    listens_to_modules: bool,
    capabilities: ServerCapabilities,
    configured: AtomicBool,
}

/// A process of this host's.
struct Started {
    binary: Binary,
    process: Process,
    /// Whether this host has ended it, or was about to.
    ended_here: AtomicBool,
}

/// By type name.
type Schemas = BTreeMap<String, tfplugin6::Schema>;

impl Plugin {
    /// Starts a provider and reads its schema.
    ///
    /// # Errors
    /// Where it does not start within a minute, or is no provider of protocol 5 or 6.
    pub async fn start(binary: &Binary) -> Result<Self, Diagnostics> {
        let own = Own::new()?;
        let (process, line) = Process::start(binary, &own.pem).await?;
        let Some(certificate) = line.certificate else {
            let error = Diagnostic::error(format!("{} cannot be trusted", binary.name()))
                .detail("It does not answer with a certificate, so anyone could listen in its place.")
                .fix("Use a version of the provider that works with Terraform 0.12 or later.");
            return Err(error.into());
        };
        match connection::connect(line.place, Some(own.connector(certificate)?)).await {
            Ok(channel) => {
                let started = Started { binary: binary.clone(), process, ended_here: AtomicBool::new(false) };
                Self::new(binary.name(), line.protocol, channel, Some(started)).await
            }
            Err(error) => {
                Err(process.explain(unreachable(&binary.name(), &error), process.end(END_LIMIT).await).into())
            }
        }
    }

    /// Uses a provider that somebody else started, and will stop.
    ///
    /// # Errors
    /// Where it is not there.
    pub async fn attach(address: Running) -> Result<Self, Diagnostics> {
        match connection::connect(address.place, None).await {
            Ok(channel) => Self::new(address.name, address.protocol, channel, None).await,
            Err(error) => Err(unreachable(&address.name, &error).into()),
        }
    }

    async fn new(
        name: String,
        protocol: Protocol,
        channel: Channel,
        started: Option<Started>,
    ) -> Result<Self, Diagnostics> {
        let service = Service::new(protocol, channel.clone());
        let response = match service.clone().get_provider_schema().await {
            Ok(response) => response,
            Err(status) => {
                let process = started.as_ref().map(|started| &started.process);
                return Err(Unanswered::new(&name, process, "GetProviderSchema", &status).await.into());
            }
        };
        wire::read_diagnostics(&response.diagnostics).into_result()?;
        let schema = wire::read_schema(&response.provider.unwrap_or_default());
        let schema = schema.map_err(|misfit| strange_schema(&name, "its provider block", &misfit))?;
        Ok(Self(Arc::new(Inner {
            name,
            protocol,
            service,
            channel,
            started,
            schema,
            resources: response.resource_schemas,
            data_sources: response.data_source_schemas,
            listens_to_modules: response.provider_meta.is_some(),
            capabilities: response.server_capabilities.unwrap_or_default(),
            configured: AtomicBool::new(false),
        })))
    }

    /// As errors and logs call it, such as `terraform-provider-aws`.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The version of the plugin protocol that it speaks: 5 or 6.
    pub fn protocol(&self) -> u32 {
        self.0.protocol.number()
    }

    /// The arguments of [`configure`](Self::configure).
    pub fn provider_schema(&self) -> &Schema {
        &self.0.schema
    }

    /// The types of its resources, sorted.
    pub fn type_names(&self) -> impl Iterator<Item = &str> {
        self.0.resources.keys().map(String::as_str)
    }

    /// The resources of one type.
    ///
    /// # Errors
    /// Where the provider has none of that type.
    pub fn kind(&self, type_name: &str) -> Result<Arc<dyn Kind<Connection>>, Diagnostics> {
        Ok(Arc::new(self.remote(&self.0.resources, "resource", type_name)?))
    }

    /// The types of its data sources, sorted.
    pub fn data_source_names(&self) -> impl Iterator<Item = &str> {
        self.0.data_sources.keys().map(String::as_str)
    }

    /// The data source of that type.
    ///
    /// # Errors
    /// Where the provider has none of that type.
    pub fn data_source(&self, type_name: &str) -> Result<Arc<dyn DataKind<Connection>>, Diagnostics> {
        Ok(Arc::new(self.remote(&self.0.data_sources, "data source", type_name)?))
    }

    fn remote(&self, schemas: &Schemas, what: &str, type_name: &str) -> Result<Remote, Diagnostics> {
        let Some(schema) = schemas.get(type_name) else {
            // The names that begin like it for longest.
            let shared = |name: &str| name.bytes().zip(type_name.bytes()).take_while(|(a, b)| a == b).count();
            let mut close: Vec<&str> = schemas.keys().map(String::as_str).collect();
            close.sort_by_key(|name| std::cmp::Reverse(shared(name)));
            close.truncate(5);
            let error = Diagnostic::error(format!("There is no {what} \"{type_name}\" in {}", self.name()))
                .detail(match close[..] {
                    [] => format!("It has no {what}s."),
                    _ => format!("It has for instance: {}.", close.join(", ")),
                })
                .fix("Check the type name and the version of the provider.");
            return Err(error.into());
        };
        let schema = wire::read_schema(schema).map_err(|misfit| strange_schema(self.name(), type_name, &misfit))?;
        Ok(Remote::new(self.clone(), type_name.to_owned(), schema))
    }

    /// Hands it the arguments of its provider block, once in the life of a process. Warnings come with the connection.
    ///
    /// # Errors
    /// Where the arguments are wrong, and where the provider says so.
    pub async fn configure(&self, config: &Value) -> Result<(Connection, Diagnostics), Diagnostics> {
        let warnings = self.take(config).await?;
        Ok((Connection::new(self.clone(), config.clone()), warnings))
    }

    /// Hands it the arguments of its provider block. Returns warnings.
    async fn take(&self, config: &Value) -> Result<Diagnostics, Diagnostics> {
        if self.0.configured.swap(true, Ordering::AcqRel) {
            let error = Diagnostic::error(format!("{} is configured already", self.name()))
                .detail("A provider's process has one configuration.")
                .fix("Start another one for another configuration.");
            return Err(error.into());
        }
        let (config, mut warnings) = self.checked(config).await?;
        let request = configure_provider::Request {
            terraform_version: TERRAFORM.to_owned(),
            config: Some(config),
            client_capabilities: Some(CAPABILITIES),
        };
        let answered = self.answer("ConfigureProvider", self.service().configure_provider(request)).await?;
        warnings.extend(wire::read_diagnostics(&answered.diagnostics).into_result()?);
        Ok(warnings)
    }

    /// Another process of the same provider with the same configuration; `None` where somebody else started this one.
    pub(crate) async fn again(&self, config: &Value) -> Result<Option<Self>, Diagnostics> {
        let Some(started) = &self.0.started else { return Ok(None) };
        let plugin = Self::start(&started.binary).await?;
        plugin.take(config).await?;
        Ok(Some(plugin))
    }

    /// Everything that is wrong with the arguments of the provider block, as far as they are known.
    pub async fn validate(&self, config: &Value) -> Diagnostics {
        self.checked(config).await.map_or_else(|errors| errors, |(_, warnings)| warnings)
    }

    /// The arguments as the provider takes them, with warnings.
    async fn checked(&self, config: &Value) -> Result<(DynamicValue, Diagnostics), Diagnostics> {
        let block = &self.0.schema.block;
        let config = arguments::fit(block, config);
        validate(block, &config).into_result()?;
        let config = wire::encode(&config, &block.ty()).map_err(|misfit| {
            Diagnostic::error("The provider's configuration does not fit").detail(misfit.to_string())
        })?;
        let request = validate_provider_config::Request { config: Some(config.clone()) };
        let answered = self.answer("ValidateProviderConfig", self.service().validate_provider_config(request)).await?;
        Ok((config, wire::read_diagnostics(&answered.diagnostics).into_result()?))
    }

    /// Whether it was configured already, so that it takes no other configuration.
    pub(crate) fn is_configured(&self) -> bool {
        self.0.configured.load(Ordering::Acquire)
    }

    /// Whether it runs, as far as that is known here.
    pub(crate) fn is_running(&self) -> bool {
        self.process().is_none_or(|process| process.id().is_some())
    }

    /// Whether it has ended, and this host has not ended it.
    pub(crate) fn has_died(&self) -> bool {
        let ended_here = |started: &Started| started.ended_here.load(Ordering::Acquire);
        !self.is_running() && !self.0.started.as_ref().is_some_and(ended_here)
    }

    fn process(&self) -> Option<&Process> {
        self.0.started.as_ref().map(|started| &started.process)
    }

    /// The process, which this host is going to end.
    fn ending(&self) -> Option<&Process> {
        let started = self.0.started.as_ref()?;
        started.ended_here.store(true, Ordering::Release);
        Some(&started.process)
    }

    /// Asks work in flight to end early. The calls still answer, and the provider may do nothing new after it.
    pub async fn stop(&self) {
        if let Err(status) = self.service().stop_provider(stop_provider::Request {}).await {
            tracing::warn!(provider = self.name(), error = status.message(), "the provider did not hear the stop");
        }
    }

    /// Ends the process: asks it, waits for two seconds, then kills it. A provider that was attached to goes on.
    pub async fn shutdown(&self) {
        if let Some(process) = self.ending() {
            end(self.name(), self.0.channel.clone(), process).await;
        }
    }

    /// Kills the process, and waits until it is gone. Calls in flight fail. A provider that was attached to goes on.
    pub async fn kill(&self) {
        if let Some(process) = self.ending() {
            process.kill().await;
        }
    }

    /// The process, for as long as this host has started it and not seen it end.
    pub fn process_id(&self) -> Option<u32> {
        self.process().and_then(Process::id)
    }

    pub(crate) fn service(&self) -> Service {
        self.0.service.clone()
    }

    /// What modules say to a provider, which no program does. Providers that listen to it count on something.
    pub(crate) fn nothing_meant(&self) -> Option<DynamicValue> {
        self.0.listens_to_modules.then(|| DynamicValue { msgpack: NULL.to_vec(), json: Vec::new() })
    }

    /// Whether it wants to hear of deletes before they are done.
    pub(crate) fn plans_deletes(&self) -> bool {
        self.0.capabilities.plan_destroy
    }

    /// A call's answer, or why there is none.
    pub(crate) async fn answer<T>(
        &self,
        rpc: &str,
        call: impl Future<Output = Result<T, Status>>,
    ) -> Result<T, Unanswered> {
        match call.await {
            Ok(answer) => Ok(answer),
            Err(status) => Err(Unanswered::new(self.name(), self.process(), rpc, &status).await),
        }
    }
}

/// Where there is nobody left to wait for it, it is asked to exit nevertheless. With the runtime it is killed.
impl Drop for Inner {
    fn drop(&mut self) {
        let Some(Started { process, .. }) = self.started.take() else { return };
        if let (Ok(runtime), Some(_)) = (Handle::try_current(), process.id()) {
            let (name, channel) = (std::mem::take(&mut self.name), self.channel.clone());
            runtime.spawn(async move { end(&name, channel, &process).await });
        }
    }
}

/// Asks the process to exit, waits for two seconds, then kills it.
async fn end(name: &str, channel: Channel, process: &Process) {
    let mut controller = GrpcControllerClient::new(channel);
    // Some end before they answer, and the wait is what counts.
    let _ = tokio::time::timeout(EXIT_LIMIT, controller.shutdown(Empty {})).await;
    if process.end(EXIT_LIMIT).await.is_none() {
        tracing::warn!(provider = name, "the provider does not exit and is killed");
        process.kill().await;
    }
}

impl fmt::Debug for Plugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Plugin({}, protocol {})", self.name(), self.protocol())
    }
}

fn unreachable(name: &str, error: &tonic::transport::Error) -> Diagnostic {
    let mut causes = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(deeper) = cause {
        causes.push_str(&format!(": {deeper}"));
        cause = deeper.source();
    }
    Diagnostic::error(format!("Cannot connect to {name}")).detail(format!("{causes}."))
}

fn strange_schema(name: &str, what: &str, misfit: &wire::Misfit) -> Diagnostic {
    Diagnostic::error(format!("The schema that {name} has for {what} is not understood"))
        .detail(format!("{misfit}."))
        .fix("Use another version of the provider.")
}
