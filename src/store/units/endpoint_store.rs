//! The units of work of those who own endpoints and follow events.

use jiff::Timestamp;
use tokio::sync::watch;

use super::{Engine, endpoints, events, notices, replays};
use crate::ids::{EndpointId, EventId};
use crate::store::{
    Cursor, DeliveryFilter, DueNotice, Endpoint, EndpointStore, EventFilter, EventStretch, FoundDeliveries,
    IdempotencyRecord, Notice, PlacedEvent, Replayed, Work,
};

impl<E: Engine> EndpointStore for E {
    fn endpoint(&self, id: EndpointId) -> Work<'_, Option<Endpoint>> {
        self.read(move |db| endpoints::find(db, &id))
    }

    fn replace_endpoint(&self, endpoint: Endpoint, idempotency: Option<IdempotencyRecord>) -> Work<'_, bool> {
        self.write(0, move |db| endpoints::replace(db, &endpoint, idempotency.as_ref()))
    }

    fn delete_endpoint(&self, id: EndpointId, at: Timestamp) -> Work<'_, Option<u64>> {
        self.write(0, move |db| endpoints::delete(db, &id, at))
    }

    fn find_deliveries(
        &self,
        endpoint: EndpointId,
        filter: DeliveryFilter,
        after: Option<Cursor>,
        limit: u32,
    ) -> Work<'_, FoundDeliveries> {
        self.read(move |db| replays::find(db, &endpoint, &filter, after.as_ref(), limit))
    }

    fn replay_one(&self, endpoint: EndpointId, event: EventId, at: Timestamp) -> Work<'_, bool> {
        self.write(0, move |db| replays::replay_one(db, &endpoint, &event, at))
    }

    fn replay(
        &self,
        endpoint: EndpointId,
        filter: DeliveryFilter,
        after: Option<Cursor>,
        limit: u32,
        at: Timestamp,
    ) -> Work<'_, Replayed> {
        self.write(0, move |db| replays::replay(db, &endpoint, &filter, after.as_ref(), limit, at))
    }

    fn event(&self, id: EventId) -> Work<'_, Option<PlacedEvent>> {
        self.read_in_order(move |db| events::placed(db, &id))
    }

    fn newest_event(&self) -> Work<'_, i64> {
        self.read_in_order(events::newest)
    }

    fn events_after(&self, place: i64, filter: EventFilter, limit: u32) -> Work<'_, EventStretch> {
        self.read_in_order(move |db| events::after(db, place, &filter, limit))
    }

    fn written(&self) -> watch::Receiver<u64> {
        Engine::written(self)
    }

    fn tell_notice(&self, about: EndpointId, notice: Notice) -> Work<'_, ()> {
        self.write(0, move |db| notices::tell(db, &about, &notice))
    }

    fn claim_notices(&self, now: Timestamp, lease_until: Timestamp, limit: u32) -> Work<'_, Vec<DueNotice>> {
        self.write(0, move |db| notices::claim(db, now, lease_until, limit))
    }

    fn settle_notice(&self, endpoint: EndpointId, notice: EventId, again: Option<Timestamp>) -> Work<'_, ()> {
        self.write(0, move |db| notices::settle(db, &endpoint, &notice, again))
    }
}
