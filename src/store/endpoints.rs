//! What is kept of webhook endpoints beyond their address, what is asked of their deliveries, and the notices about
//! them: the units of work of their owners, beside those of the worker in [`super::Store`].

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{
    Cursor, DeliveryState, DeliverySummary, Endpoint, EndpointState, EventRecord, IdempotencyRecord, Work,
};
use crate::domain::event::EventType;
use crate::domain::event_pattern::EventPattern;
use crate::domain::notice::NoticeType;
use crate::ids::{EndpointId, EventId};

/// How much of an event is posted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PayloadForm {
    /// All of it.
    #[default]
    Full,
    /// What it is about and where to read it, and no particulars.
    Thin,
}

/// How messages are signed (Standard Webhooks 1.0.0).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignatureForm {
    /// With a shared secret: HMAC-SHA256.
    #[default]
    V1,
    /// With a key pair: Ed25519.
    V1a,
    /// With either.
    Both,
}

/// Which of an endpoint's derived secrets are in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SecretVersions {
    /// The newest.
    pub version: u32,
    /// Until when the one before it signs too.
    pub previous_until: Option<Timestamp>,
}

impl SecretVersions {
    /// The secret of a new endpoint.
    pub const FIRST: Self = Self { version: crate::webhook::SECRET_VERSION, previous_until: None };

    /// The version that the newest one replaces, while it still signs.
    pub fn previous(self, now: Timestamp) -> Option<u32> {
        self.previous_until.filter(|until| now < *until).map(|_| self.version - 1)
    }

    /// The versions that sign, the newest first.
    pub fn live(self, now: Timestamp) -> impl Iterator<Item = u32> {
        std::iter::once(self.version).chain(self.previous(now))
    }

    /// The next version; the present one signs along until `until`.
    #[must_use]
    pub fn rotated(self, until: Option<Timestamp>) -> Self {
        Self { version: self.version + 1, previous_until: until }
    }
}

/// A header that an endpoint wants with each post. Its value may be a credential: it is kept encrypted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedHeader {
    /// In lower case.
    pub name: String,
    /// The value, encrypted, in base64.
    pub sealed: String,
}

impl Endpoint {
    /// An endpoint that gets all events of orders, as most want them.
    pub fn new(id: EndpointId, url: impl Into<String>, at: Timestamp) -> Self {
        Self {
            id,
            url: url.into(),
            event_types: Vec::new(),
            description: None,
            payload: PayloadForm::Full,
            signature: SignatureForm::V1,
            secret: SecretVersions::FIRST,
            headers: Vec::new(),
            rate_per_second: None,
            state: EndpointState::Enabled,
            disabled_why: None,
            created_at: at,
            revision: 1,
        }
    }

    /// Whether it wants what is of this type. One that names nothing wants all events of orders.
    pub fn wants(&self, kind: EventType) -> bool {
        self.event_types.is_empty() || self.event_types.iter().any(|pattern| pattern.fits(kind.as_str()))
    }

    /// Whether it wants such notices.
    pub fn wants_notice(&self, kind: NoticeType) -> bool {
        self.event_types.iter().any(|pattern| pattern.fits(kind.as_str()))
    }
}

/// Which deliveries are meant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeliveryFilter {
    /// In this state.
    pub state: Option<DeliveryState>,
    /// Of events that fit one of these; of any, where empty.
    pub types: Vec<EventPattern>,
    /// Written at this time or later.
    pub from: Option<Timestamp>,
    /// Written before this time.
    pub to: Option<Timestamp>,
}

/// Deliveries that were found. A page looks at so many rows and no more, so that it may hold fewer than were asked for
/// though there are more.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundDeliveries {
    /// Newest first.
    pub items: Vec<DeliverySummary>,
    /// Where to go on; none at the end.
    pub next: Option<Cursor>,
}

/// What a replay came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replayed {
    /// How many deliveries begin anew.
    pub count: u64,
    /// Where to go on; none at the end.
    pub next: Option<Cursor>,
}

/// Which events are meant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// Of these types; of any, where empty.
    pub types: Vec<EventPattern>,
    /// Of this order.
    pub order: Option<String>,
    /// Of this seller's orders.
    pub seller: Option<String>,
}

/// An event with its place among all events, and whose it is.
#[derive(Debug, Clone, PartialEq)]
pub struct PlacedEvent {
    /// Grows with each event that is written.
    pub place: i64,
    /// The seller of its order.
    pub seller: Option<String>,
    /// The event.
    pub event: EventRecord,
}

impl EventFilter {
    /// Whether it lets an event through.
    pub fn fits(&self, placed: &PlacedEvent) -> bool {
        let event = &placed.event;
        self.order.as_ref().is_none_or(|order| *order == event.order)
            && self.seller.as_ref().is_none_or(|seller| placed.seller.as_ref() == Some(seller))
            && self.fits_type(event.kind)
    }

    /// Whether it lets events of a type through.
    pub fn fits_type(&self, kind: EventType) -> bool {
        self.types.is_empty() || self.types.iter().any(|pattern| pattern.fits(kind.as_str()))
    }
}

/// A stretch of the events.
#[derive(Debug, Clone, PartialEq)]
pub struct EventStretch {
    /// Those that were asked for, in the order in which they were written.
    pub events: Vec<PlacedEvent>,
    /// Everything up to this place was looked at.
    pub seen: i64,
    /// The event at that place; none where there is none yet.
    pub cursor: Option<EventId>,
    /// Whether there is more behind it.
    pub more: bool,
}

/// Something about an endpoint, told to other endpoints.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    /// Its id; it stays the same over all attempts.
    pub id: EventId,
    /// What happened.
    pub kind: NoticeType,
    /// When.
    pub at: Timestamp,
    /// The particulars.
    pub data: Map<String, Value>,
}

impl Notice {
    /// What happened to an endpoint, and why.
    pub fn about(endpoint: &Endpoint, kind: NoticeType, why: &str, at: Timestamp) -> Self {
        let data = [
            ("endpoint".to_owned(), json!(endpoint.id)),
            ("description".to_owned(), json!(endpoint.description)),
            ("why".to_owned(), json!(why)),
        ];
        Self { id: EventId::generate(at), kind, at, data: data.into_iter().collect() }
    }
}

/// A notice that is due at an endpoint.
#[derive(Debug, Clone, PartialEq)]
pub struct DueNotice {
    /// Where to.
    pub endpoint: Endpoint,
    /// What.
    pub notice: Notice,
    /// How many attempts were made before.
    pub attempts: u32,
}

/// The units of work of those who own endpoints and follow events.
pub trait EndpointStore: Send + Sync + 'static {
    /// One endpoint.
    fn endpoint(&self, id: EndpointId) -> Work<'_, Option<Endpoint>>;

    /// Replaces an endpoint's settings if it is still at the revision of `endpoint`, and puts it at the next one. Its
    /// deliveries are held or let go where its state changes. False where there is none.
    fn replace_endpoint(&self, endpoint: Endpoint, idempotency: Option<IdempotencyRecord>) -> Work<'_, bool>;

    /// Deletes an endpoint: its pending deliveries are cancelled, what was delivered stays on record. Says how many were
    /// cancelled; none where there never was such an endpoint. Deleting it again is no mistake.
    fn delete_endpoint(&self, id: EndpointId, at: Timestamp) -> Work<'_, Option<u64>>;

    /// An endpoint's deliveries that fit, newest first.
    fn find_deliveries(
        &self,
        endpoint: EndpointId,
        filter: DeliveryFilter,
        after: Option<Cursor>,
        limit: u32,
    ) -> Work<'_, FoundDeliveries>;

    /// Begins one delivery anew, whatever came of it; false where there is none. One that waits for its next attempt is
    /// due at once; one under way stays so.
    fn replay_one(&self, endpoint: EndpointId, event: EventId, at: Timestamp) -> Work<'_, bool>;

    /// Begins finished deliveries that fit anew, oldest first, at most `limit`: the same events under the same ids, each
    /// order's in the order of their sequence numbers.
    fn replay(
        &self,
        endpoint: EndpointId,
        filter: DeliveryFilter,
        after: Option<Cursor>,
        limit: u32,
        at: Timestamp,
    ) -> Work<'_, Replayed>;

    /// One event.
    fn event(&self, id: EventId) -> Work<'_, Option<PlacedEvent>>;

    /// The place of the newest event; 0 before the first.
    fn newest_event(&self) -> Work<'_, i64>;

    /// Events after a place that fit, at most `limit`.
    fn events_after(&self, place: i64, filter: EventFilter, limit: u32) -> Work<'_, EventStretch>;

    /// Counts up whenever something was written. It is closed when the store is.
    fn written(&self) -> tokio::sync::watch::Receiver<u64>;

    /// Tells the other endpoints that want it something about one.
    fn tell_notice(&self, about: EndpointId, notice: Notice) -> Work<'_, ()>;

    /// Claims notices that are due, oldest first.
    fn claim_notices(&self, now: Timestamp, lease_until: Timestamp, limit: u32) -> Work<'_, Vec<DueNotice>>;

    /// Records what came of posting a notice: when it is posted again, or never.
    fn settle_notice(&self, endpoint: EndpointId, notice: EventId, again: Option<Timestamp>) -> Work<'_, ()>;
}
