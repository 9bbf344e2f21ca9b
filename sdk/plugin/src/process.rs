//! The provider's process: started, watched, and not left behind.

use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rosa_ecr_model::{Diagnostic, Diagnostics};
use tokio::io::BufReader;
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::Binary;
use crate::handshake::{self, Line};
use crate::output::{self, LastWords};

/// How long a provider may take to say where it listens.
const START_LIMIT: Duration = Duration::from_secs(60);

/// How long to wait for the rest of a log once the process has ended. Something that it started may hold its stderr.
const LOG_LIMIT: Duration = Duration::from_secs(1);

/// A running provider. Dropping it kills the process, and what that has started.
#[derive(Debug)]
pub(crate) struct Process {
    name: String,
    id: Option<u32>,
    is_gone: Arc<AtomicBool>,
    /// How it ended, once it has and its log is read.
    ended: watch::Receiver<Option<String>>,
    words: Arc<LastWords>,
    kill: CancellationToken,
}

impl Process {
    /// Starts it, for a host with this certificate, and waits until it is ready.
    pub(crate) async fn start(binary: &Binary, certificate_pem: &str) -> Result<(Self, Line), Diagnostics> {
        let mut command = Command::new(&binary.path);
        command.args(&binary.arguments);
        for name in handshake::FOREIGN {
            command.env_remove(name);
        }
        command.envs(binary.environment.iter().map(|(name, value)| (name, value)));
        command.envs(handshake::environment(certificate_pem));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        // A group of its own: Ctrl-C is for the host, which asks the provider to stop when it is time.
        #[cfg(unix)]
        command.process_group(0);
        let started = command.spawn().and_then(|mut child| {
            let pipes = child.stdout.take().zip(child.stderr.take());
            pipes
                .map(|(stdout, stderr)| (child, stdout, stderr))
                .ok_or_else(|| std::io::Error::other("it has no pipes"))
        });
        let (child, stdout, stderr) = started.map_err(|error| {
            Diagnostic::error(format!("{} cannot be started", binary.name()))
                .detail(format!("{}: {error}.", binary.path.display()))
                .fix("Is it there, executable, and made for this machine?")
        })?;
        let (words, kill) = (Arc::<LastWords>::default(), CancellationToken::new());
        let log = tokio::spawn(output::forward(binary.name(), stderr, words.clone()));
        let (tell, ended) = watch::channel(None);
        let (id, is_gone) = (child.id(), Arc::<AtomicBool>::default());
        tokio::spawn(watch_over(child, kill.clone(), is_gone.clone(), log, tell));
        let process = Self { name: binary.name(), id, is_gone, ended, words, kill };
        let mut stdout = BufReader::new(stdout);
        let line = match tokio::time::timeout(START_LIMIT, output::line(&mut stdout)).await {
            Ok(Ok(Some(line))) => handshake::read(&line).map_err(|errors| process.explain_all(errors))?,
            Ok(_) => return Err(process.stillborn(binary).await.into()),
            Err(_) => {
                let late = format!("It has said nothing for {} seconds.", START_LIMIT.as_secs());
                let error = Diagnostic::error(format!("{} does not start", binary.name())).detail(late);
                return Err(process.explain(error, None).into());
            }
        };
        // A full pipe would stop it.
        tokio::spawn(async move {
            while let Ok(Some(line)) = output::line(&mut stdout).await {
                tracing::debug!(target: "provider", line, "written to stdout");
            }
        });
        Ok((process, line))
    }

    /// Ended, or closed its stdout, before it was ready.
    async fn stillborn(&self, binary: &Binary) -> Diagnostic {
        let ended = self.end(LOG_LIMIT).await;
        let error = Diagnostic::error(format!("{} does not start", binary.name()))
            .fix(format!("Is {} a Terraform provider for this machine? Run it by hand to see.", binary.path.display()));
        self.explain(error.detail("It said nothing about where it listens."), ended)
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

    /// The errors with what the process said last.
    fn explain_all(&self, errors: Diagnostics) -> Diagnostics {
        errors.into_iter().map(|error| self.explain(error, None)).collect()
    }

    /// The error with how the process ended and what it said last.
    pub(crate) fn explain(&self, mut error: Diagnostic, ended: Option<String>) -> Diagnostic {
        if let Some(ended) = ended {
            error.detail.push_str(&format!("\n{} has ended: {ended}.", self.name));
        }
        let words = self.words.text();
        if !words.is_empty() {
            error.detail.push_str(&format!("\n\nThe last it said:\n{words}"));
        }
        error
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill.cancel();
    }
}

/// Waits for the end, reaps, and tells. Where the runtime ends first, tokio kills the process by itself.
async fn watch_over(
    mut child: Child,
    kill: CancellationToken,
    is_gone: Arc<AtomicBool>,
    log: JoinHandle<()>,
    tell: watch::Sender<Option<String>>,
) {
    let status = tokio::select! {
        status = child.wait() => status,
        () = kill.cancelled() => {
            kill_group(&mut child);
            child.wait().await
        }
    };
    is_gone.store(true, Ordering::Release);
    // Its last words are in before its end is told.
    let _ = tokio::time::timeout(LOG_LIMIT, log).await;
    tell.send_replace(Some(status.map_or_else(|error| error.to_string(), |status| status.to_string())));
}

/// Kills the process, which leads its group and was not reaped yet, and what it has started.
fn kill_group(child: &mut Child) {
    #[cfg(unix)]
    if let Some(group) = child.id().and_then(|id| rustix::process::Pid::from_raw(id.cast_signed())) {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = child.start_kill();
}
