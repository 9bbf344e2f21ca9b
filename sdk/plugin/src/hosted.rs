//! A provider binary as the provider of a stack.

use std::sync::{Arc, Mutex, PoisonError};

use futures::FutureExt as _;
use futures::future::BoxFuture;
use rosa_ecr_engine::{AnyContext, ProviderHandle, ProviderInstance, Stack, erase, erase_data_source};
use rosa_ecr_model::{Block, DataKind, Diagnostics, Kind, Value};

use crate::binary::Binary;
use crate::connection::Connection;
use crate::declared::Argument;
use crate::plugin::Plugin;
use crate::running::Running;

impl Binary {
    /// Makes it the provider of that local name in a stack, with the arguments of its provider block: an object. The
    /// process starts when a run needs it, and ends with the stack.
    ///
    /// The local name is the first word of its resources' type names, such as `aws`. Under another name it is one more
    /// configuration, for resources with [`Options::provider`](rosa_ecr_engine::Options::provider).
    pub fn provide(self, stack: &mut Stack, name: &str, block: impl Into<Argument>) -> ProviderHandle {
        Origin::Binary(self).provide(stack, name, block)
    }
}

impl Running {
    /// Makes it the provider of that local name in a stack, as [`Binary::provide`] does. Every run configures it anew, and
    /// none ends it.
    pub fn provide(self, stack: &mut Stack, name: &str, block: impl Into<Argument>) -> ProviderHandle {
        Origin::Running(self).provide(stack, name, block)
    }
}

/// Where a provider comes from.
enum Origin {
    Binary(Binary),
    Running(Running),
}

impl Origin {
    fn provide(self, stack: &mut Stack, name: &str, block: impl Into<Argument>) -> ProviderHandle {
        let host = Hosted { name: name.to_owned(), origin: self, running: Mutex::new(None) };
        stack.provider_instance(name, Arc::new(host), block.into().into_expression())
    }

    async fn start(&self) -> Result<Plugin, Diagnostics> {
        match self {
            Self::Binary(binary) => binary.start().await,
            Self::Running(running) => Plugin::attach(running.clone()).await,
        }
    }
}

/// A provider that runs while the stack needs it.
struct Hosted {
    name: String,
    origin: Origin,
    running: Mutex<Option<Plugin>>,
}

impl Hosted {
    fn running(&self) -> Option<Plugin> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The engine says itself that there is none.
    fn found<K>(&self, found: Result<K, Diagnostics>) -> Option<K> {
        found.inspect_err(|errors| tracing::warn!(provider = self.name, "{errors}")).ok()
    }

    /// The process, if it is any good; else a new one.
    async fn plugin(&self, is_good: impl Fn(&Plugin) -> bool) -> Result<Plugin, Diagnostics> {
        if let Some(plugin) = self.running().filter(|plugin| plugin.is_running() && is_good(plugin)) {
            return Ok(plugin);
        }
        let plugin = self.origin.start().await?;
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = Some(plugin.clone());
        Ok(plugin)
    }
}

impl ProviderInstance for Hosted {
    fn name(&self) -> &str {
        &self.name
    }

    fn provider(&self) -> String {
        match &self.origin {
            Origin::Binary(binary) => binary.path.display().to_string(),
            Origin::Running(running) => running.name.clone(),
        }
    }

    fn start(&self) -> BoxFuture<'_, Result<(), Diagnostics>> {
        async { self.plugin(|_| true).await.map(drop) }.boxed()
    }

    fn block(&self) -> Block {
        self.running().map(|plugin| plugin.provider_schema().block.clone()).unwrap_or_default()
    }

    fn type_names(&self, of_data_sources: bool) -> Vec<String> {
        let Some(plugin) = self.running() else { return Vec::new() };
        match of_data_sources {
            true => plugin.data_source_names().map(str::to_owned).collect(),
            false => plugin.type_names().map(str::to_owned).collect(),
        }
    }

    fn kind(&self, type_name: &str) -> Option<Arc<dyn Kind<AnyContext>>> {
        self.found(self.running()?.kind(type_name)).map(erase)
    }

    fn data_source(&self, type_name: &str) -> Option<Arc<dyn DataKind<AnyContext>>> {
        self.found(self.running()?.data_source(type_name)).map(erase_data_source)
    }

    fn validate<'a>(&'a self, config: &'a Value) -> BoxFuture<'a, Diagnostics> {
        async {
            match self.plugin(|_| true).await {
                Ok(plugin) => plugin.validate(config).await,
                Err(errors) => errors,
            }
        }
        .boxed()
    }

    /// A process has one configuration: another run, whose configuration may be another, has another process.
    fn configure(&self, config: Value) -> BoxFuture<'_, Result<AnyContext, Diagnostics>> {
        async move {
            let plugin = self.plugin(|plugin| !plugin.is_configured()).await?;
            let (connection, warnings) = plugin.configure(&config).await?;
            Ok(AnyContext::new(Arc::new(connection)).warn(warnings))
        }
        .boxed()
    }

    /// It was asked to stop, and has had time to.
    fn abandon<'a>(&'a self, context: &'a AnyContext) -> BoxFuture<'a, ()> {
        async {
            if let Some(connection) = context.downcast::<Connection>() {
                connection.plugin().kill().await;
            }
        }
        .boxed()
    }
}
