//! How many there are of something that comes and goes.

use std::sync::Arc;

use tokio::sync::watch;

/// A count of what is present, such as open connections or calls in flight.
#[derive(Clone, Default)]
pub(crate) struct Count(Arc<watch::Sender<usize>>);

impl Count {
    /// Counts one more until what is returned is dropped.
    pub(crate) fn enter(&self) -> Counted {
        self.0.send_modify(|present| *present = present.saturating_add(1));
        Counted(self.clone())
    }

    /// Resolves when there are none.
    pub(crate) async fn none(&self) {
        self.wait_for(|present| present == 0).await;
    }

    /// Resolves when there are some.
    pub(crate) async fn some(&self) {
        self.wait_for(|present| present > 0).await;
    }

    async fn wait_for(&self, condition: impl Fn(usize) -> bool) {
        // It fails only without a sender, and here is one.
        let _ = self.0.subscribe().wait_for(|present| condition(*present)).await;
    }
}

/// One of those that are present.
pub(crate) struct Counted(Count);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.0.send_modify(|present| *present = present.saturating_sub(1));
    }
}
