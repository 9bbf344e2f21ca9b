//! A provider that is configured, and stays so.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rosa_ecr_model::{Declaration, Diagnostics, Value};

use crate::plugin::Plugin;

/// Private data by type and declaration.
type Creates = BTreeMap<(String, Arc<str>), Vec<u8>>;

/// A provider that is configured: what every operation of its resources gets. If its process has died, the next
/// operation starts another one with the same configuration. One that the host has ended stays ended.
#[derive(Clone)]
pub struct Connection(Arc<Inner>);

struct Inner {
    current: Mutex<Plugin>,
    config: Value,
    /// Held while another process is started, so that it is only one.
    starting: tokio::sync::Mutex<()>,
    /// The private data of the last plan of each create, by type and declaration.
    creates: Mutex<Creates>,
}

impl Connection {
    pub(crate) fn new(plugin: Plugin, config: Value) -> Self {
        Self(Arc::new(Inner {
            current: Mutex::new(plugin),
            config,
            starting: tokio::sync::Mutex::default(),
            creates: Mutex::default(),
        }))
    }

    /// The private data for another plan of the same create: that of the last one. Terraform asks once; who asks again, because
    /// more is known by then, gives back what the provider has answered, as for the second half of a replacement.
    pub(crate) fn planned_before(&self, type_name: &str, by: &Declaration) -> Vec<u8> {
        let Declaration::Named(name) = by else { return Vec::new() };
        self.creates().get(&(type_name.to_owned(), name.clone())).cloned().unwrap_or_default()
    }

    /// Keeps the private data of the plan of a create.
    pub(crate) fn keep_plan(&self, type_name: &str, by: &Declaration, private: &[u8]) {
        if let Declaration::Named(name) = by {
            self.creates().insert((type_name.to_owned(), name.clone()), private.to_vec());
        }
    }

    fn creates(&self) -> MutexGuard<'_, Creates> {
        self.0.creates.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The provider behind it, as it is now.
    pub fn plugin(&self) -> Plugin {
        self.0.current.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The provider behind it, started again if it has died.
    pub(crate) async fn running(&self) -> Result<Plugin, Diagnostics> {
        let plugin = self.plugin();
        if !plugin.has_died() {
            return Ok(plugin);
        }
        let _starting = self.0.starting.lock().await;
        let plugin = self.plugin();
        if !plugin.has_died() {
            return Ok(plugin);
        }
        tracing::warn!(provider = plugin.name(), "the provider has ended and is started again");
        let Some(another) = plugin.again(&self.0.config).await? else { return Ok(plugin) };
        *self.0.current.lock().unwrap_or_else(PoisonError::into_inner) = another.clone();
        Ok(another)
    }
}

impl Plugin {
    /// Hands it the arguments of its provider block, once in the life of a process. Warnings come with the connection.
    ///
    /// # Errors
    /// If the arguments are wrong, or the provider says so.
    pub async fn configure(&self, config: &Value) -> Result<(Connection, Diagnostics), Diagnostics> {
        let warnings = self.take(config).await?;
        Ok((Connection::new(self.clone(), config.clone()), warnings))
    }
}

/// By hand: the configuration may be secret.
impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Connection({:?})", self.plugin())
    }
}
