//! Erasing what tells of persons from an order, at somebody's wish.

use super::Gateway;
use crate::store::{Cause, Erased, StoreError};

impl Gateway {
    /// Erases an order that came to its end, and lets nothing of it remain in the store's files.
    pub async fn erase(&self, order: &str) -> Result<Erased, StoreError> {
        let erased = self.privacy.erase(order.to_owned(), Cause::Request, self.now()).await?;
        if matches!(erased, Erased::Now(_) | Erased::Before(_)) {
            // It is erased already; where a reader holds the files, the hourly sweep does it.
            if let Err(error) = self.privacy.sweep().await {
                tracing::warn!("the files are swept later: {error}");
            }
            // The log's entry about it is sealed when its turn comes.
            self.wake.notify_waiters();
        }
        Ok(erased)
    }
}
