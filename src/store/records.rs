//! What goes into the store and comes out of it.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use waygate_carriers::contract::{CarrierId, Reading, SourceId};

use super::docket::{DisputeRecord, Docket, StandingRecord};
use super::endpoints::{PayloadForm, SealedHeader, SecretVersions, SignatureForm};
use super::event_data::EventData;
use crate::domain::event::{EventType, Happening};
use crate::domain::event_pattern::EventPattern;
use crate::domain::lifecycle::OrderState;
use crate::domain::order::Order;
use crate::domain::shipment::{Claim, OtherClaim, SellerRecord};
use crate::domain::verdict::{Basis, Verdict};
use crate::ids::{AttemptId, EndpointId, EventId, KeyId, ObservationId, ShipmentId, VerdictId};
use crate::secrets::ApiKeySecret;

/// An order to add.
#[derive(Debug, Clone)]
pub struct NewOrder {
    /// The order.
    pub order: Order,
    /// Its state at the beginning.
    pub state: OrderState,
    /// When the first timer is due.
    pub next_timer_at: Option<Timestamp>,
    /// When it was registered.
    pub at: Timestamp,
    /// The request's record.
    pub idempotency: Option<IdempotencyRecord>,
}

/// What adding an order came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Registered {
    /// It is new.
    Added,
    /// The same order was there.
    Same,
    /// Another order with this id was there; nothing was changed.
    Different,
}

/// An order as stored.
#[derive(Debug, Clone, PartialEq)]
pub struct OrderRecord {
    /// The order.
    pub order: Order,
    /// Its state.
    pub state: OrderState,
    /// Grows by one with each change.
    pub revision: i64,
    /// The sequence number of its latest event; 0 before the first.
    pub sequence: i64,
    /// When the next timer is due.
    pub next_timer_at: Option<Timestamp>,
    /// When it was registered.
    pub created_at: Timestamp,
}

/// A shipment as stored.
#[derive(Debug, Clone, PartialEq)]
pub struct ShipmentRecord {
    /// Its id.
    pub id: ShipmentId,
    /// The order that it was given for.
    pub order: String,
    /// What the seller said, the number normalized.
    pub claim: Claim,
    /// The number as the seller typed it.
    pub input: String,
    /// The carrier that is asked, where one is recognized.
    pub carrier: Option<CarrierId>,
    /// The number's format, where it is known.
    pub format: Option<String>,
    /// Its latest verdict.
    pub verdict: Option<Verdict>,
    /// When that verdict was given.
    pub verdict_at: Option<Timestamp>,
    /// The latest reading that holds a tracking.
    pub tracking: Option<Reading>,
    /// When that reading was fetched.
    pub tracking_at: Option<Timestamp>,
    /// When the source is asked next.
    pub next_look_at: Option<Timestamp>,
    /// Why then.
    pub next_look_why: Option<String>,
    /// How often it was asked.
    pub looks: u32,
    /// When it is judged again without a new answer.
    pub judge_at: Option<Timestamp>,
    /// The shipment whose number the seller gave in its place: this one stays on record, and counts for nothing more.
    pub corrected_by: Option<ShipmentId>,
    /// When the number was submitted.
    pub created_at: Timestamp,
}

/// One answer of a source, as recorded; the body lies beside it.
#[derive(Debug, Clone, PartialEq)]
pub struct ObservationRecord {
    /// Its id.
    pub id: ObservationId,
    /// Whose source.
    pub carrier: CarrierId,
    /// Which source.
    pub source: SourceId,
    /// The address that was asked, without secrets.
    pub url: String,
    /// When the answer was complete.
    pub fetched_at: Timestamp,
    /// HTTP status; none where no answer came.
    pub http_status: Option<u16>,
    /// SHA-256 of the body as received, in hexadecimal; none where no body came.
    pub body_sha256: Option<String>,
    /// Length of the body in bytes.
    pub body_bytes: u64,
    /// What it was read as.
    pub reading: Reading,
}

/// An answer with its body.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredAnswer {
    /// The record.
    pub record: ObservationRecord,
    /// The body as received (after content decoding); empty where none came.
    pub body: Vec<u8>,
}

/// A verdict as given.
#[derive(Debug, Clone, PartialEq)]
pub struct VerdictRecord {
    /// Its id.
    pub id: VerdictId,
    /// When it was given.
    pub at: Timestamp,
    /// The verdict.
    pub verdict: Verdict,
    /// What it was made on. Lists leave it out.
    pub basis: Option<Basis>,
}

/// All that is needed to judge an order's shipments and move its clock.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseFile {
    /// The order.
    pub order: OrderRecord,
    /// Its shipments, oldest first.
    pub shipments: Vec<ShipmentRecord>,
    /// Their observations, oldest first, each with its shipment.
    pub observations: Vec<(ShipmentId, ObservationRecord)>,
    /// Other orders' claims on the same normalized numbers, each with the shipment of this order that it meets.
    pub other_claims: Vec<(ShipmentId, OtherClaim)>,
    /// How the seller's claims on other orders went.
    pub seller_record: Option<SellerRecord>,
    /// The order's disputes, oldest first.
    pub disputes: Vec<DisputeRecord>,
    /// The seller's standing, where anything has touched it.
    pub standing: Option<StandingRecord>,
}

/// A change to one order, computed from its case file.
#[derive(Debug, Clone)]
pub struct Change {
    /// The order.
    pub order: String,
    /// The revision that it was computed from.
    pub revision: i64,
    /// When it happens.
    pub at: Timestamp,
    /// The order's state after it.
    pub state: OrderState,
    /// When the order's next timer is due after it.
    pub next_timer_at: Option<Timestamp>,
    /// Shipments that are new or changed, whole.
    pub shipments: Vec<ShipmentRecord>,
    /// New answers, with the shipment that was asked for.
    pub answers: Vec<(ShipmentId, StoredAnswer)>,
    /// New verdicts, with their shipment.
    pub verdicts: Vec<(ShipmentId, VerdictRecord)>,
    /// What happened, in order. Each becomes an event with the next sequence number.
    pub happenings: Vec<Happening>,
    /// Normalized numbers whose other claims must be judged again.
    pub judge_others: Vec<String>,
    /// Shipments that are new, each with the order that it is claimed for, to be logged.
    pub claims: Vec<(ShipmentId, Order)>,
    /// What it adds to the case's papers.
    pub docket: Docket,
    /// The request's record.
    pub idempotency: Option<IdempotencyRecord>,
}

/// What an applied change came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// The ids of the events, in order.
    pub events: Vec<EventId>,
}

/// An event as stored.
#[derive(Debug, Clone, PartialEq)]
pub struct EventRecord {
    /// Its id.
    pub id: EventId,
    /// The order that it concerns.
    pub order: String,
    /// Its number in the order's sequence, from 1.
    pub sequence: i64,
    /// What happened.
    pub kind: EventType,
    /// When.
    pub at: Timestamp,
    /// The rule that made it.
    pub rule: Option<String>,
    /// The particulars.
    pub data: EventData,
}

/// A request that was carried out once, with its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyRecord {
    /// Whose request.
    pub key: KeyId,
    /// The caller's `Idempotency-Key`.
    pub idempotency_key: String,
    /// SHA-256 over method, path and body, in hexadecimal.
    pub request_sha256: String,
    /// The answer's status.
    pub status: u16,
    /// The answer's body.
    pub body: String,
    /// When.
    pub at: Timestamp,
}

/// What a key may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Submit numbers and read its own shipments.
    Seller,
    /// Read everything about orders, verdicts and evidence.
    Arbiter,
    /// Register orders, confirm receipts, read events, manage webhook endpoints.
    OrderSystem,
    /// Everything, keys and sources included.
    Operator,
}

/// An API key without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its public id.
    pub id: KeyId,
    /// What it is for, in the operator's words.
    pub name: String,
    /// SHA-256 of the whole key, in hexadecimal.
    pub sha256: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// For a seller's key: the only seller whose orders it may see.
    pub seller: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

impl ApiKey {
    /// The record of a fresh key: its hash, never its text.
    pub fn new(
        secret: &ApiKeySecret,
        name: impl Into<String>,
        scopes: Vec<Scope>,
        seller: Option<String>,
        at: Timestamp,
    ) -> Self {
        Self {
            id: KeyId::generate(at),
            name: name.into(),
            sha256: secret.sha256_hex(),
            scopes,
            seller,
            created_at: at,
            revoked_at: None,
        }
    }
}

/// Whether an endpoint is delivered to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndpointState {
    /// Delivered to.
    Enabled,
    /// Not delivered to; its events wait.
    Disabled,
}

/// A webhook endpoint. Its signing secret is derived, not stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Its id.
    pub id: EndpointId,
    /// Where events are posted.
    pub url: String,
    /// The event types that it wants; all of orders, where empty.
    pub event_types: Vec<EventPattern>,
    /// What it is for, in its owner's words.
    pub description: Option<String>,
    /// How much of an event is posted.
    pub payload: PayloadForm,
    /// How messages are signed.
    pub signature: SignatureForm,
    /// Which secrets sign.
    pub secret: SecretVersions,
    /// Headers that are sent along.
    pub headers: Vec<SealedHeader>,
    /// Most posts in a second; as many as there are, where none.
    pub rate_per_second: Option<u32>,
    /// Whether it is delivered to.
    pub state: EndpointState,
    /// Why it was disabled, where it was.
    pub disabled_why: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Grows by one with each change.
    pub revision: i64,
}

/// A delivery that is due.
#[derive(Debug, Clone, PartialEq)]
pub struct DueDelivery {
    /// Where to.
    pub endpoint: Arc<Endpoint>,
    /// What.
    pub event: Box<EventRecord>,
    /// How many attempts were made before.
    pub attempts: u32,
    /// The number of this claim among the delivery's.
    pub lease: i64,
    /// When the delivery was written.
    pub created_at: Timestamp,
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// Still to be delivered.
    Pending,
    /// The endpoint took it.
    Delivered,
    /// Given up after the last attempt; kept.
    Failed,
    /// Its endpoint was deleted before it was delivered.
    Cancelled,
}

/// What an attempt means for its delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttemptResult {
    /// Done.
    Delivered,
    /// Again at this time.
    RetryAt(Timestamp),
    /// No further attempts.
    GiveUp,
    /// The endpoint is gone: disable it, keep the delivery pending.
    DisableEndpoint(String),
}

/// An attempt to deliver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Its id.
    pub id: AttemptId,
    /// Where to.
    pub endpoint: EndpointId,
    /// What.
    pub event: EventId,
    /// The number of the claim under which it was made.
    pub lease: i64,
    /// When it began.
    pub at: Timestamp,
    /// How long it took, in milliseconds.
    pub took_ms: u32,
    /// HTTP status; none where no answer came.
    pub http_status: Option<u16>,
    /// Why it failed, where it did.
    pub error: Option<String>,
    /// The first bytes of the answer, as text.
    pub answer: String,
    /// What follows.
    pub result: AttemptResult,
}

/// A delivery as it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct DeliverySummary {
    /// Where to.
    pub endpoint: EndpointId,
    /// What.
    pub event: EventRecord,
    /// Where it stands.
    pub state: DeliveryState,
    /// When it is tried next.
    pub next_attempt_at: Option<Timestamp>,
    /// Attempts so far.
    pub attempts: u32,
    /// The last attempt's status.
    pub last_http_status: Option<u16>,
    /// The last attempt's error.
    pub last_error: Option<String>,
    /// The last attempt's time.
    pub last_attempt_at: Option<Timestamp>,
}

/// An order as lists show it.
#[derive(Debug, Clone, PartialEq)]
pub struct OrderSummary {
    /// The order.
    pub order: OrderRecord,
    /// Its shipments, oldest first.
    pub shipments: Vec<ShipmentRecord>,
}

/// A place in a list: opaque to callers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor(pub String);

/// One page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Where the next page begins; none at the end.
    pub next: Option<Cursor>,
}
