//! Forgets what has been kept for its time: in portions, so that nobody waits long behind one of them.

use jiff::SignedDuration;

use crate::config::RetentionDays;
use crate::domain::calendar::shifted;
use crate::gateway::Gateway;
use crate::store::{Kept, StoreError};

/// Rows, or orders, that are forgotten in one transaction.
const PORTION: u32 = 32;
/// Most portions of one kind in one go; what is left waits for the next hour.
const PORTIONS_MAX: u32 = 2_000;

/// Forgets all that is due; says how many rows and orders that were. The store's files are swept in any case: a process
/// that was killed between forgetting and sweeping is made good here.
pub async fn forget_due(gateway: &Gateway, days: RetentionDays) -> Result<u64, StoreError> {
    let now = gateway.now();
    let mut forgotten = 0;
    for kept in Kept::ALL {
        let before = shifted(now, -SignedDuration::from_hours(24 * i64::from(days.of(kept))));
        for _ in 0..PORTIONS_MAX {
            let portion = gateway.privacy.retain(kept, before, now, PORTION).await?;
            forgotten += portion;
            if portion < u64::from(PORTION) {
                break;
            }
            tokio::task::yield_now().await;
        }
    }
    match gateway.privacy.sweep().await {
        // Somebody reads just now: the next hour will do.
        Err(StoreError::Full) => {}
        swept => swept?,
    }
    if forgotten > 0 {
        tracing::info!(forgotten, "what was kept for its time is forgotten");
        gateway.wake.notify_waiters();
    }
    Ok(forgotten)
}
