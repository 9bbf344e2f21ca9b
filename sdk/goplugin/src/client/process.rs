//! The plugin's process: started, watched, and not left behind.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::io::BufReader;
use tokio::process::Child;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::output::{self, StderrTail};
use crate::certificate::TlsError;
use crate::cookie::COOKIE;
use crate::environment::{
    CLIENT_CERTIFICATE, MAX_PORT, MIN_PORT, MULTIPLEXING, REATTACH, SOCKET_DIRECTORY, SOCKET_GROUP, VERSIONS,
};
use crate::handshake::{Handshake, HandshakeError};

/// How long a plugin may take to say where it listens.
const START_LIMIT: Duration = Duration::from_secs(60);

/// How long to wait for the rest of a log once the process has ended. Something that it started may hold its stderr.
const LOG_LIMIT: Duration = Duration::from_secs(1);

/// What a plugin that was started by this process's own host may have left in the environment, and would confuse.
const INHERITED: [&str; 4] = [SOCKET_DIRECTORY, SOCKET_GROUP, MULTIPLEXING, REATTACH];

/// The ports that a plugin may listen on, if there are no unix sockets.
const PORTS: std::ops::RangeInclusive<u16> = 10_000..=25_000;

/// Which plugin to start, and how.
#[derive(Clone, Debug)]
pub struct Command {
    /// As errors and logs call it, such as `terraform-provider-aws`.
    pub name: String,
    /// Its binary.
    pub path: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// Variables for its environment, besides those of this process.
    pub environment: Vec<(OsString, OsString)>,
}

/// Why a plugin did not start, and what is known of its process.
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
pub struct StartError {
    /// What went wrong.
    pub reason: StartFailure,
    /// How the process has ended, if it has.
    pub exit: Option<String>,
    /// What it has written to stderr last, such as a panic; empty if there is nothing.
    pub stderr: String,
}

/// What went wrong when a plugin was started.
#[derive(Debug, thiserror::Error)]
pub enum StartFailure {
    /// There is no certificate for this side.
    #[error("cannot set up TLS: {0}")]
    Tls(TlsError),
    /// There is no process.
    #[error("cannot start the process: {0}")]
    Spawn(io::Error),
    /// It ended, or closed its stdout, before it reported where it listens.
    #[error("the process ended before it reported where it listens")]
    ExitedDuringStartup,
    /// It has written nothing for that long.
    #[error("the process has written nothing for {} seconds", .0.as_secs())]
    Timeout(Duration),
    /// It wrote something else than where it listens.
    #[error("no handshake: {0}")]
    Handshake(HandshakeError),
    /// It does without TLS, so anyone could listen in its place.
    #[error("the plugin does not answer with a certificate")]
    NoCertificate,
    /// It does not listen there.
    #[error("cannot connect: {0}")]
    Connect(tonic::transport::Error),
}

impl From<StartFailure> for StartError {
    fn from(reason: StartFailure) -> Self {
        Self { reason, exit: None, stderr: String::new() }
    }
}

/// A running plugin. Dropping it kills the process, and what that has started.
#[derive(Debug)]
pub(crate) struct Process {
    id: Option<u32>,
    is_gone: Arc<AtomicBool>,
    /// How it ended, once it has and its log is read.
    ended: watch::Receiver<Option<String>>,
    stderr: Arc<StderrTail>,
    kill: CancellationToken,
}

impl Process {
    /// Starts it, for a host with this certificate that supports these versions of the plugin protocol, and waits until it
    /// is ready.
    pub(crate) async fn start(
        plugin: &Command,
        certificate_pem: &str,
        supported: &[u32],
    ) -> Result<(Self, Handshake), StartError> {
        let mut command = tokio::process::Command::new(&plugin.path);
        command.args(&plugin.arguments);
        for name in INHERITED {
            command.env_remove(name);
        }
        command.envs(plugin.environment.iter().map(|(name, value)| (name, value)));
        command.envs([
            (COOKIE.0, COOKIE.1.to_owned()),
            (VERSIONS, supported.iter().map(u32::to_string).collect::<Vec<_>>().join(",")),
            (MIN_PORT, PORTS.start().to_string()),
            (MAX_PORT, PORTS.end().to_string()),
            (CLIENT_CERTIFICATE, certificate_pem.to_owned()),
        ]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        // A group of its own: Ctrl-C is for the host, which asks the plugin to stop when it is time.
        #[cfg(unix)]
        command.process_group(0);
        let started = command.spawn().and_then(|mut child| {
            let pipes = child.stdout.take().zip(child.stderr.take());
            pipes.map(|(stdout, stderr)| (child, stdout, stderr)).ok_or_else(|| io::Error::other("it has no pipes"))
        });
        let (child, stdout, stderr) = started.map_err(StartFailure::Spawn)?;
        let (tail, kill) = (Arc::<StderrTail>::default(), CancellationToken::new());
        let log = tokio::spawn(output::forward(plugin.name.clone(), stderr, tail.clone()));
        let (report, ended) = watch::channel(None);
        let (id, is_gone) = (child.id(), Arc::<AtomicBool>::default());
        tokio::spawn(watch_over(child, kill.clone(), is_gone.clone(), log, report));
        let process = Self { id, is_gone, ended, stderr: tail, kill };
        let mut stdout = BufReader::new(stdout);
        let handshake = match tokio::time::timeout(START_LIMIT, output::line(&mut stdout)).await {
            Ok(Ok(Some(line))) => Handshake::parse(&line, supported)
                .map_err(|error| process.failure(StartFailure::Handshake(error), None))?,
            Ok(_) => return Err(process.exited_during_startup().await),
            Err(_) => return Err(process.failure(StartFailure::Timeout(START_LIMIT), None)),
        };
        // A full pipe would stop it.
        tokio::spawn(async move {
            while let Ok(Some(line)) = output::line(&mut stdout).await {
                tracing::debug!(target: "provider", line, "written to stdout");
            }
        });
        Ok((process, handshake))
    }

    async fn exited_during_startup(&self) -> StartError {
        let exit = self.end(LOG_LIMIT).await;
        self.failure(StartFailure::ExitedDuringStartup, exit)
    }

    /// The failure with what the process has written last.
    pub(crate) fn failure(&self, reason: StartFailure, exit: Option<String>) -> StartError {
        StartError { reason, exit, stderr: self.stderr() }
    }

    /// What it has written to stderr last.
    pub(crate) fn stderr(&self) -> String {
        self.stderr.text()
    }

    /// Its number, until it has ended: then the number may be another's.
    pub(crate) fn id(&self) -> Option<u32> {
        self.id.filter(|_| !self.is_gone.load(Ordering::Acquire))
    }

    /// How it ended, as soon as it has, but no later than after `limit`.
    pub(crate) async fn end(&self, limit: Duration) -> Option<String> {
        let mut ended = self.ended.clone();
        let known = tokio::time::timeout(limit, ended.wait_for(Option::is_some)).await;
        known.ok()?.ok()?.clone()
    }

    /// Kills it, and waits until it is gone.
    pub(crate) async fn kill(&self) {
        self.kill.cancel();
        let _ = self.ended.clone().wait_for(Option::is_some).await;
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill.cancel();
    }
}

/// Waits for the end, reaps, and reports. If the runtime ends first, tokio kills the process by itself.
async fn watch_over(
    mut child: Child,
    kill: CancellationToken,
    is_gone: Arc<AtomicBool>,
    log: JoinHandle<()>,
    report: watch::Sender<Option<String>>,
) {
    let status = tokio::select! {
        status = child.wait() => status,
        () = kill.cancelled() => {
            kill_group(&mut child);
            child.wait().await
        }
    };
    is_gone.store(true, Ordering::Release);
    // All of its log is read before its end is reported.
    let _ = tokio::time::timeout(LOG_LIMIT, log).await;
    report.send_replace(Some(status.map_or_else(|error| error.to_string(), |status| status.to_string())));
}

/// Kills the process, which leads its group and was not reaped yet, and what it has started.
fn kill_group(child: &mut Child) {
    #[cfg(unix)]
    if let Some(group) = child.id().and_then(|id| rustix::process::Pid::from_raw(id.cast_signed())) {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = child.start_kill();
}
