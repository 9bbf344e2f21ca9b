//! How a run is stopped.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

/// How long what runs may take to hand back what it knows, once it is cancelled.
const GRACE: Duration = Duration::from_secs(5);

/// How long a process may take to end by itself after the last signal.
const LAST: Duration = Duration::from_millis(500);

/// Stops a run, in two steps. Clones stop the same run.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    finish: CancellationToken,
    cancel: CancellationToken,
    abandon: CancellationToken,
}

impl Stop {
    /// Nothing is stopped yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets what changes something come to its end, and starts nothing new. What only looks is broken off.
    pub fn finish(&self) {
        self.finish.cancel();
    }

    /// Makes what runs stop as soon as it can. What has not come to its end five seconds later is waited for no longer: the
    /// state has it as pending, and the next run looks for what came of it.
    pub fn cancel(&self) {
        self.finish.cancel();
        self.cancel.cancel();
    }

    /// Ends when nothing new is to be started.
    pub fn finishing(&self) -> &CancellationToken {
        &self.finish
    }

    /// Ends when what runs is to stop.
    pub fn cancelled(&self) -> &CancellationToken {
        &self.cancel
    }

    /// Stops at the process's signals, SIGINT (Ctrl-C) and SIGTERM alike: [finishes](Self::finish) at the first,
    /// [cancels](Self::cancel) at the second, and at the third does not wait any longer: half a second later the process
    /// exits, with 128 and the signal's number, unless it has come to its end by then. To be called within a tokio runtime.
    pub fn on_interrupt() -> Self {
        let stop = Self::new();
        let interrupted = stop.clone();
        // Heard from now on, not only once the task runs.
        let signals = Signals::heard();
        tokio::spawn(async move {
            let Ok(mut signals) = signals else { return };
            for step in 1.. {
                let signal = signals.next().await;
                match step {
                    1 => interrupted.finish(),
                    2 => interrupted.cancel(),
                    _ => {
                        interrupted.abandon.cancel();
                        // Processes of providers are killed meanwhile.
                        tokio::time::sleep(LAST).await;
                        std::process::exit(128 + signal);
                    }
                }
            }
        });
        stop
    }

    /// The same stop for one run: what stops the run alone does not stop what else this one stops.
    pub(crate) fn child(&self) -> Self {
        let [finish, cancel, abandon] = [&self.finish, &self.cancel, &self.abandon].map(CancellationToken::child_token);
        Self { finish, cancel, abandon }
    }

    /// Whether nothing new is to be started.
    pub(crate) fn is_finishing(&self) -> bool {
        self.finish.is_cancelled()
    }

    /// What comes of `work`. `None` where it was [cancelled](Self::cancel) and has had the time to hand back what it knows:
    /// then it is waited for no longer, and it is dropped in the middle.
    pub(crate) async fn until_cancelled<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            done = work => Some(done),
            () = self.abandoned() => None,
        }
    }

    /// What comes of `work` that changes nothing. `None` as soon as nothing new is to be started: what it was to find out is
    /// not needed any more.
    pub(crate) async fn unless_finishing<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            done = work => Some(done),
            () = self.finish.cancelled() => None,
        }
    }

    async fn abandoned(&self) {
        self.cancel.cancelled().await;
        let _ = tokio::time::timeout(GRACE, self.abandon.cancelled()).await;
    }
}

/// The signals that ask a process to end. One stream of each for all of its life: none is lost between two waits.
struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn heard() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// The number of the next one.
    async fn next(&mut self) -> i32 {
        tokio::select! {
            _ = self.interrupt.recv() => 2,
            _ = self.terminate.recv() => 15,
        }
    }
}

#[cfg(not(unix))]
impl Signals {
    fn heard() -> std::io::Result<Self> {
        Ok(Self {})
    }

    async fn next(&mut self) -> i32 {
        match tokio::signal::ctrl_c().await {
            Ok(()) => 2,
            Err(_) => std::future::pending().await,
        }
    }
}
