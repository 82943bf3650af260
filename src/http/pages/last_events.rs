//! The latest event of each order in the list. An order's sequence number says whether it changed, so what was read
//! once for a number stays right.

use futures_util::future::try_join_all;
use jiff::Timestamp;
use moka::sync::Cache;

use crate::domain::event::EventType;
use crate::store::{OrderSummary, Store, StoreError};

/// Most orders whose latest event is kept.
const KEPT_MAX: u64 = 2_000;

/// The kind and time of an order's latest event.
pub type LastEvent = (EventType, Timestamp);

/// Latest events by order and sequence number.
pub struct LastEvents {
    kept: Cache<(String, i64), LastEvent>,
}

impl Default for LastEvents {
    fn default() -> Self {
        Self { kept: Cache::new(KEPT_MAX) }
    }
}

impl LastEvents {
    /// The latest event of each order, in their order.
    pub async fn of(
        &self,
        store: &dyn Store,
        orders: &[OrderSummary],
    ) -> Result<Vec<Option<LastEvent>>, StoreError> {
        try_join_all(orders.iter().map(|summary| self.one(store, summary))).await
    }

    async fn one(&self, store: &dyn Store, summary: &OrderSummary) -> Result<Option<LastEvent>, StoreError> {
        let record = &summary.order;
        if record.sequence == 0 {
            return Ok(None);
        }
        let key = (record.order.id.clone(), record.sequence);
        if let Some(known) = self.kept.get(&key) {
            return Ok(Some(known));
        }
        let events = store.order_events(record.order.id.clone()).await?;
        let last = events.iter().rfind(|event| event.sequence <= record.sequence).map(|e| (e.kind, e.at));
        if let Some(last) = last {
            self.kept.insert(key, last);
        }
        Ok(last)
    }
}
