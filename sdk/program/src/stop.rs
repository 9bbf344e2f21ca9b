//! How a run is stopped.

use tokio_util::sync::CancellationToken;

/// Stops a run, in two steps. Clones stop the same run.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    finish: CancellationToken,
    cancel: CancellationToken,
}

impl Stop {
    /// Nothing is stopped yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets what runs come to its end, and starts nothing new.
    pub fn finish(&self) {
        self.finish.cancel();
    }

    /// Makes what runs stop as soon as it can. What has no known end is recorded in the state as pending.
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

    /// Stops at the process's interrupts (Ctrl-C): [finishes](Self::finish) at the first, [cancels](Self::cancel) at the
    /// second. To be called within a tokio runtime.
    pub fn on_interrupt() -> Self {
        let stop = Self::new();
        let interrupted = stop.clone();
        tokio::spawn(async move {
            if tokio::signal::ctrl_c().await.is_ok() {
                interrupted.finish();
            }
            if tokio::signal::ctrl_c().await.is_ok() {
                interrupted.cancel();
            }
        });
        stop
    }
}
