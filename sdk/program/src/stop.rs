//! How a run is stopped.

use tokio::signal::unix::{SignalKind, signal};
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

    /// Lets what runs come to its end, and starts nothing new. What only looks, such as a plan, is broken off.
    pub fn finish(&self) {
        self.finish.cancel();
    }

    /// Waits no longer for what runs than it needs to tell how far it is. What has no known end is recorded in the state
    /// as pending.
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

    /// Stops where the process is told to end, by Ctrl-C (SIGINT) or SIGTERM: [finishes](Self::finish) at the first signal,
    /// [cancels](Self::cancel) at the second. To be called within a tokio runtime.
    pub fn on_interrupt() -> Self {
        let stop = Self::new();
        let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
        else {
            return stop;
        };
        let stopped = stop.clone();
        tokio::spawn(async move {
            for step in [Self::finish, Self::cancel] {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                }
                step(&stopped);
            }
        });
        stop
    }
}
