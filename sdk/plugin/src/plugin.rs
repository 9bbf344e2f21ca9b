//! A provider that runs.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rosa_ecr_goplugin::Client;
use rosa_ecr_model::{Diagnostic, Diagnostics, Schema, Type, Value, validate};
use rosa_ecr_proto::tfplugin6;
use rosa_ecr_proto::tfplugin6::{
    ClientCapabilities, DynamicValue, ServerCapabilities, configure_provider, stop_provider, validate_provider_config,
};
use rosa_ecr_wire::{self as wire, CodecError};
use tonic::Status;

use crate::arguments;
use crate::binary::Binary;
use crate::rpc::{SUPPORTED, Service};
use crate::running::Running;
use crate::start_error::{start_error, unreachable};
use crate::unanswered::Unanswered;

/// The version of Terraform whose behaviour this host has. Providers decide by it what to offer.
const TERRAFORM: &str = "1.15.5";

/// What this host can do: it cannot put resources off, and it keeps write-only values out of plans and states.
pub(crate) const CAPABILITIES: ClientCapabilities =
    ClientCapabilities { deferral_allowed: false, write_only_attributes_allowed: true };

/// A provider that runs. Clones are the same one; with the last of them, and the last [`Kind`](rosa_ecr_model::Kind) of it, the
/// process ends.
#[derive(Clone)]
pub struct Plugin(Arc<Inner>);

struct Inner {
    client: Client,
    service: Service,
    /// None if somebody else started it.
    binary: Option<Binary>,
    schema: Schema,
    resources: Schemas,
    data_sources: Schemas,
    listens_to_modules: bool,
    capabilities: ServerCapabilities,
    configured: AtomicBool,
}

/// By type name.
pub(crate) type Schemas = BTreeMap<String, tfplugin6::Schema>;

impl Plugin {
    /// Starts a provider and reads its schema.
    ///
    /// # Errors
    /// If it does not start within a minute, or is no provider of protocol 5 or 6.
    pub async fn start(binary: &Binary) -> Result<Self, Diagnostics> {
        let command = binary.command();
        let client = Client::start(&command, &SUPPORTED).await;
        Self::new(client.map_err(|error| start_error(&command, &error))?, Some(binary.clone())).await
    }

    /// Uses a provider that somebody else started, and will stop.
    ///
    /// # Errors
    /// If it is not there.
    pub async fn attach(running: Running) -> Result<Self, Diagnostics> {
        let Running { name, reattach } = running;
        let client = Client::attach(&name, reattach).await;
        Self::new(client.map_err(|error| unreachable(&name, &error))?, None).await
    }

    async fn new(client: Client, binary: Option<Binary>) -> Result<Self, Diagnostics> {
        let service = Service::new(client.protocol(), client.channel());
        let response = match service.clone().get_provider_schema().await {
            Ok(response) => response,
            Err(status) => return Err(Unanswered::new(&client, "GetProviderSchema", &status).await.into()),
        };
        wire::read_diagnostics(&response.diagnostics).into_result()?;
        let schema = wire::read_schema(&response.provider.unwrap_or_default());
        let schema = schema.map_err(|error| strange_schema(client.name(), "its provider block", &error))?;
        Ok(Self(Arc::new(Inner {
            client,
            service,
            binary,
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
        self.0.client.name()
    }

    /// The version of the plugin protocol that it speaks: 5 or 6.
    pub fn protocol(&self) -> u32 {
        self.0.client.protocol()
    }

    /// The arguments of [`configure`](Self::configure).
    pub fn provider_schema(&self) -> &Schema {
        &self.0.schema
    }

    pub(crate) fn resources(&self) -> &Schemas {
        &self.0.resources
    }

    pub(crate) fn data_sources(&self) -> &Schemas {
        &self.0.data_sources
    }

    /// The types of its resources, sorted.
    pub fn type_names(&self) -> impl Iterator<Item = &str> {
        self.0.resources.keys().map(String::as_str)
    }

    /// The types of its data sources, sorted.
    pub fn data_source_names(&self) -> impl Iterator<Item = &str> {
        self.0.data_sources.keys().map(String::as_str)
    }

    /// Hands it the arguments of its provider block. Returns warnings.
    pub(crate) async fn take(&self, config: &Value) -> Result<Diagnostics, Diagnostics> {
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
        let Some(binary) = &self.0.binary else { return Ok(None) };
        let plugin = Self::start(binary).await?;
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
        let config = wire::encode(&config, &block.ty()).map_err(|error| {
            Diagnostic::error("The provider's configuration does not fit").detail(error.to_string())
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
        self.0.client.is_running()
    }

    /// Whether it has ended, and this host has not ended it.
    pub(crate) fn has_died(&self) -> bool {
        self.0.client.has_died()
    }

    /// Asks work in flight to end early. The calls still answer, and the provider may do nothing new after it.
    pub async fn stop(&self) {
        if let Err(status) = self.service().stop_provider(stop_provider::Request {}).await {
            tracing::warn!(provider = self.name(), error = status.message(), "the provider did not hear the stop");
        }
    }

    /// Ends the process: asks it, waits for two seconds, then kills it. A provider that was attached to goes on.
    pub async fn shutdown(&self) {
        self.0.client.shutdown().await;
    }

    /// Kills the process, and waits until it is gone. Calls in flight fail. A provider that was attached to goes on.
    pub async fn kill(&self) {
        self.0.client.kill().await;
    }

    /// The process, for as long as this host has started it and not seen it end.
    pub fn process_id(&self) -> Option<u32> {
        self.0.client.process_id()
    }

    pub(crate) fn service(&self) -> Service {
        self.0.service.clone()
    }

    /// What modules say to a provider, which no program does. Providers that listen to it count on something.
    pub(crate) fn nothing_meant(&self) -> Option<DynamicValue> {
        // Null is the same at every type, and always encodes.
        self.0.listens_to_modules.then(|| wire::encode(&Value::Null, &Type::Dynamic).unwrap_or_default())
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
            Err(status) => Err(Unanswered::new(&self.0.client, rpc, &status).await),
        }
    }
}

impl Binary {
    /// Starts it, and reads its schema.
    ///
    /// # Errors
    /// If it does not start within a minute, or is no provider of protocol 5 or 6.
    pub async fn start(&self) -> Result<Plugin, Diagnostics> {
        Plugin::start(self).await
    }
}

impl fmt::Debug for Plugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Plugin({}, protocol {})", self.name(), self.protocol())
    }
}

pub(crate) fn strange_schema(name: &str, what: &str, error: &CodecError) -> Diagnostic {
    Diagnostic::error(format!("The schema that {name} has for {what} is not understood"))
        .detail(format!("{error}."))
        .fix("Use another version of the provider.")
}
