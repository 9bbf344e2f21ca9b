//! Signals that ask the process to end.
//!
//! Ctrl-C in a terminal reaches the host and the plugin alike. It is the host's to act on: it says what to cancel, waits
//! for the answers and then asks the plugin to exit. A plugin that ended by itself would take its unfinished work, and
//! the state of it, along.

use std::future::Future;
use std::io;

/// What an interrupt (Ctrl-C) means.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Interrupt {
    /// Nothing: the host says when to stop.
    Ignored,
    /// The end: there is no host that started this process.
    Ends,
}

/// From the call on, signals are handled as described here; the future resolves when one asks to end. It has to be called within
/// a tokio runtime.
#[cfg(unix)]
pub(crate) fn asking_to_end(interrupt: Interrupt) -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut interrupts = signal(SignalKind::interrupt())?;
    let mut terminations = signal(SignalKind::terminate())?;
    Ok(async move {
        loop {
            tokio::select! {
                _ = terminations.recv() => return,
                _ = interrupts.recv() => match interrupt {
                    Interrupt::Ends => return,
                    Interrupt::Ignored => tracing::debug!("ignored an interrupt, which is for the host to act on"),
                },
            }
        }
    })
}

/// From the call on, signals are handled as described here; the future resolves when one asks to end. It has to be called within
/// a tokio runtime.
#[cfg(windows)]
pub(crate) fn asking_to_end(interrupt: Interrupt) -> io::Result<impl Future<Output = ()>> {
    let mut interrupts = tokio::signal::windows::ctrl_c()?;
    Ok(async move {
        loop {
            let _ = interrupts.recv().await;
            if interrupt == Interrupt::Ends {
                return;
            }
        }
    })
}
