//! Whether the host is gone.
//!
//! A host that is killed calls no Shutdown and sends no signal. What the kernel does for it is to close its connections
//! and to give its children another parent. Neither is enough by itself: a gRPC client may close a connection that it
//! does not use and connect again, and a process that starts plugins for somebody else may end before them.

use std::time::Duration;

use super::count::Count;

/// How often the parent is looked up while no client is connected. Nothing is done while one is.
const PERIOD: Duration = Duration::from_millis(500);

/// How long a client of a plugin that was handed over may be without a connection.
const ABSENCE: Duration = Duration::from_secs(2);

/// The process that started this one.
pub(crate) struct Parent<F = fn() -> Option<u32>> {
    at_start: Option<u32>,
    now: F,
}

impl Parent {
    /// It has to be called before the handshake's line is printed: a host that is gone by then cannot read the line.
    pub(crate) fn of_process() -> Self {
        Self::found_by(parent)
    }
}

impl<F: Fn() -> Option<u32>> Parent<F> {
    fn found_by(now: F) -> Self {
        Self { at_start: now(), now }
    }

    /// Resolves when the parent is another one than at the start, and no client is or comes connected.
    pub(crate) async fn gone(&self, connections: &Count) {
        loop {
            connections.none().await;
            let changed = (self.now)() != self.at_start;
            let limit = if changed { ABSENCE } else { PERIOD };
            let connected = tokio::time::timeout(limit, connections.some()).await.is_ok();
            if changed && !connected {
                return;
            }
        }
    }
}

/// The parent's id, where the system gives a process another parent when its own has ended.
fn parent() -> Option<u32> {
    #[cfg(unix)]
    return Some(std::os::unix::process::parent_id());
    #[cfg(not(unix))]
    return None;
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    /// More than any limit above.
    const LONG: Duration = Duration::from_secs(3600);

    fn parent_in(id: &AtomicU32) -> Parent<impl Fn() -> Option<u32>> {
        Parent::found_by(|| Some(id.load(Ordering::Relaxed)))
    }

    /// Whether the parent counts as gone within that time.
    async fn gone(parent: &Parent<impl Fn() -> Option<u32>>, connections: &Count, within: Duration) -> bool {
        tokio::time::timeout(within, parent.gone(connections)).await.is_ok()
    }

    #[tokio::test(start_paused = true)]
    async fn a_parent_that_is_there_may_take_its_time() {
        let id = AtomicU32::new(7);
        let (parent, connections) = (parent_in(&id), Count::default());
        assert!(!gone(&parent, &connections, LONG).await, "it has not connected yet");
        drop(connections.enter());
        assert!(!gone(&parent, &connections, LONG).await, "it has closed its connection");
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_gone_in_seconds() {
        let id = AtomicU32::new(7);
        let (parent, connections) = (parent_in(&id), Count::default());
        id.store(1, Ordering::Relaxed);
        assert!(gone(&parent, &connections, PERIOD + ABSENCE * 2).await);
    }

    #[tokio::test(start_paused = true)]
    async fn another_parent_is_no_end_while_there_is_a_client() {
        let id = AtomicU32::new(7);
        let (parent, connections) = (parent_in(&id), Count::default());
        let (first, second) = (connections.enter(), connections.enter());
        id.store(1, Ordering::Relaxed);
        drop(first);
        assert!(!gone(&parent, &connections, LONG).await, "one is connected");
        drop(second);
        let again = async {
            tokio::time::sleep(ABSENCE / 2).await;
            let connected = connections.enter();
            tokio::time::sleep(LONG).await;
            drop(connected);
        };
        let ended = async {
            let started = tokio::time::Instant::now();
            parent.gone(&connections).await;
            started.elapsed()
        };
        let ((), ended) = tokio::join!(again, ended);
        assert!(ended > LONG && ended < LONG + ABSENCE * 2 + PERIOD, "it came back, and went after {ended:?}");
    }
}
