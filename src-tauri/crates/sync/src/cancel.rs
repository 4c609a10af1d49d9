//! Stopping long work between two steps.

use std::sync::Arc;
use tokio::sync::watch;

/// A flag that stops long work; clones share it.
#[derive(Debug, Clone)]
pub struct Cancel(Arc<watch::Sender<bool>>);

impl Default for Cancel {
    fn default() -> Self {
        Self::new()
    }
}

impl Cancel {
    /// A flag that is not set.
    pub fn new() -> Self {
        Self(Arc::new(watch::channel(false).0))
    }

    /// Sets it.
    pub fn cancel(&self) {
        self.0.send_replace(true);
    }

    /// Whether it is set.
    pub fn is_cancelled(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is set.
    pub async fn cancelled(&self) {
        let mut changes = self.0.subscribe();
        // The sender lives in `self`, so waiting cannot fail.
        let _ = changes.wait_for(|set| *set).await;
    }
}
