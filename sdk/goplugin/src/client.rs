//! The host's end: a plugin that runs, in a process of this host's or in somebody else's.

pub(crate) mod connection;
pub(crate) mod output;
pub(crate) mod process;

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rosa_ecr_proto::goplugin::Empty;
use rosa_ecr_proto::goplugin::grpc_controller_client::GrpcControllerClient;
use tokio::runtime::Handle;
use tonic::transport::Channel;

use self::process::{Command, Process, StartError, StartFailure};
use crate::certificate::ClientIdentity;
use crate::reattach::Reattach;

/// How long a plugin may take to exit when it is asked to.
const EXIT_LIMIT: Duration = Duration::from_secs(2);

/// How long to look for the end of the process behind a connection that broke.
const END_LIMIT: Duration = Duration::from_secs(2);

/// A plugin that runs. With it the process ends that this host has started: it is asked to exit, and killed if it does not.
pub struct Client {
    name: String,
    protocol: u32,
    channel: Channel,
    /// None if somebody else started it.
    process: Option<Process>,
    /// Whether this host has ended the process, or was about to.
    ended_here: AtomicBool,
}

/// There is nothing to connect to.
pub type ConnectError = tonic::transport::Error;

impl Client {
    /// Starts a plugin that speaks one of these versions of the plugin protocol, and connects to it.
    ///
    /// # Errors
    /// If it does not start within a minute, is no plugin, or cannot be trusted.
    pub async fn start(command: &Command, supported: &[u32]) -> Result<Self, StartError> {
        let identity = ClientIdentity::new().map_err(StartFailure::Tls)?;
        let (process, handshake) = Process::start(command, identity.pem(), supported).await?;
        let certificate = handshake.certificate.ok_or(StartFailure::NoCertificate)?;
        let tls = identity.connector(certificate).map_err(StartFailure::Tls)?;
        match connection::connect(handshake.address, Some(tls)).await {
            Ok(channel) => Ok(Self::new(&command.name, handshake.protocol, channel, Some(process))),
            Err(error) => {
                let exit = process.end(END_LIMIT).await;
                Err(process.failure(StartFailure::Connect(error), exit))
            }
        }
    }

    /// Connects to a plugin that somebody else started, and will stop.
    ///
    /// # Errors
    /// If it is not there.
    pub async fn attach(name: &str, plugin: Reattach) -> Result<Self, ConnectError> {
        Ok(Self::new(name, plugin.protocol, connection::connect(plugin.address, None).await?, None))
    }

    fn new(name: &str, protocol: u32, channel: Channel, process: Option<Process>) -> Self {
        Self { name: name.to_owned(), protocol, channel, process, ended_here: AtomicBool::new(false) }
    }

    /// As errors and logs call it, such as `terraform-provider-aws`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The version of the plugin protocol that it speaks.
    pub fn protocol(&self) -> u32 {
        self.protocol
    }

    /// The connection.
    pub fn channel(&self) -> Channel {
        self.channel.clone()
    }

    /// The process, for as long as this host has started it and not seen it end.
    pub fn process_id(&self) -> Option<u32> {
        self.process.as_ref().and_then(Process::id)
    }

    /// Whether it runs, as far as that is known here.
    pub fn is_running(&self) -> bool {
        self.process.as_ref().is_none_or(|process| process.id().is_some())
    }

    /// Whether it has ended, and this host has not ended it.
    pub fn has_died(&self) -> bool {
        !self.is_running() && !self.ended_here.load(Ordering::Acquire)
    }

    /// How the process has ended, after a connection that broke; it may take a moment. None if it goes on, or somebody else
    /// has started it.
    pub async fn exit(&self) -> Option<String> {
        self.process.as_ref()?.end(END_LIMIT).await
    }

    /// What the process has written to stderr last that tells of trouble; empty if there is nothing.
    pub fn stderr(&self) -> String {
        self.process.as_ref().map(Process::stderr).unwrap_or_default()
    }

    /// Ends the process: asks it, waits for two seconds, then kills it. A plugin that was attached to goes on.
    pub async fn shutdown(&self) {
        if let Some(process) = self.ending() {
            end(&self.name, self.channel.clone(), process).await;
        }
    }

    /// Kills the process, and waits until it is gone. Calls in flight fail. A plugin that was attached to goes on.
    pub async fn kill(&self) {
        if let Some(process) = self.ending() {
            process.kill().await;
        }
    }

    /// The process, which this host is going to end.
    fn ending(&self) -> Option<&Process> {
        let process = self.process.as_ref()?;
        self.ended_here.store(true, Ordering::Release);
        Some(process)
    }
}

/// If nothing is left to wait for it, it is asked to exit nevertheless. With the runtime it is killed.
impl Drop for Client {
    fn drop(&mut self) {
        let Some(process) = self.process.take() else { return };
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

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Client({}, protocol {})", self.name, self.protocol)
    }
}
