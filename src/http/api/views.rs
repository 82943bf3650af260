//! Orders, shipments, verdicts and events as the API shows them.

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use waygate_carriers::contract::Reading;

use crate::domain::conversation::{Told, told};
use crate::domain::lifecycle::OrderState;
use crate::domain::order::Order;
use crate::domain::shipment::Late;
use crate::domain::verdict::Verdict;
use crate::http::problem::Problem;
use crate::store::{
    Cursor, DeliverySummary, EventRecord, ObservationRecord, OrderRecord, Page, ShipmentRecord, VerdictRecord,
};

use crate::webhook::payload::PAYLOAD_VERSION;

/// Items on a page where the caller does not say.
const PAGE_DEFAULT: u32 = 50;
/// Most items on a page.
const PAGE_MAX: u32 = 200;

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListView<T> {
    /// The items.
    pub data: Vec<T>,
    /// Give it as `after` to get the next page; null at the end.
    pub next_cursor: Option<String>,
    /// Whether there is a next page.
    pub has_more: bool,
}

impl<T> ListView<T> {
    /// A page with its items shown by `show`.
    pub fn of<R>(page: Page<R>, show: impl Fn(R) -> T) -> Self {
        let next_cursor = page.next.map(|Cursor(text)| text);
        let has_more = next_cursor.is_some();
        Self { data: page.items.into_iter().map(show).collect(), next_cursor, has_more }
    }

    /// A list that is all there is.
    pub fn whole(data: Vec<T>) -> Self {
        Self { data, next_cursor: None, has_more: false }
    }
}

/// The number of items that a page is to have.
pub fn page_limit(limit: Option<u32>) -> Result<u32, Problem> {
    match limit.unwrap_or(PAGE_DEFAULT) {
        limit @ 1..=PAGE_MAX => Ok(limit),
        _ => Err(Problem::bad_request("bad_limit", format!("`limit` is from 1 to {PAGE_MAX}"))),
    }
}

/// An order.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderView {
    /// The order as it was registered.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    pub order: Order,
    /// Its clock: phase and due times.
    #[schema(value_type = Object)]
    pub state: OrderState,
    /// When its next timer is due.
    pub next_timer_at: Option<String>,
    /// When it was registered.
    pub created_at: String,
    /// Its shipments, oldest first.
    pub shipments: Vec<ShipmentView>,
}

impl OrderView {
    /// An order with its shipments.
    pub fn new(order: OrderRecord, shipments: Vec<ShipmentRecord>) -> Self {
        Self {
            next_timer_at: order.next_timer_at.map(|t| t.to_string()),
            created_at: order.created_at.to_string(),
            order: order.order,
            state: order.state,
            shipments: shipments.into_iter().map(ShipmentView::from).collect(),
        }
    }
}

/// A shipment: the claim, the verdict, the latest tracking.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShipmentView {
    /// `shp_…`
    pub id: String,
    /// The order that it was given for.
    pub order: String,
    /// The carrier that the seller named.
    pub carrier: String,
    /// The number, clean.
    pub tracking_number: String,
    /// The number as it was typed.
    pub input: String,
    /// A page that the seller named.
    pub tracking_url: Option<String>,
    /// When the shipment was confirmed.
    pub confirmed_at: Option<String>,
    /// When the number was given.
    pub submitted_at: Option<String>,
    /// The verdict with its checks, as `waygate verify` prints it.
    #[schema(value_type = Option<Object>)]
    pub verdict: Option<Verdict>,
    /// When that verdict was given.
    pub verdict_at: Option<String>,
    /// The latest official tracking, as `waygate parse` prints it.
    #[schema(value_type = Option<Object>)]
    pub tracking: Option<Reading>,
    /// When it was fetched.
    pub tracking_at: Option<String>,
    /// When the source is asked next.
    pub next_look_at: Option<String>,
    /// Why then.
    pub next_look_why: Option<String>,
    /// How often it was asked.
    pub looks: u32,
    /// After what the number was given that it should have come before: `after_handling_time`, `after_dispute`,
    /// `after_delivery`.
    pub late: Vec<&'static str>,
    /// The shipment whose number this one corrects.
    pub corrects: Option<String>,
    /// The shipment whose number was given in place of this one's: this one counts no more.
    pub corrected_by: Option<String>,
    /// What the seller is told: what is wrong, what would mend it, until when. Null where nothing is amiss.
    #[schema(value_type = Option<Object>)]
    pub for_seller: Option<Told>,
}

impl From<ShipmentRecord> for ShipmentView {
    fn from(shipment: ShipmentRecord) -> Self {
        let delivered_at = shipment.verdict.as_ref().and_then(|v| v.delivered_at);
        let is_current = shipment.corrected_by.is_none();
        Self {
            late: shipment.claim.lateness(delivered_at).into_iter().map(Late::as_str).collect(),
            for_seller: shipment.verdict.as_ref().filter(|_| is_current).and_then(told),
            corrects: shipment.claim.corrects,
            corrected_by: shipment.corrected_by.map(|id| id.to_string()),
            id: shipment.id.to_string(),
            order: shipment.order,
            carrier: shipment.claim.carrier,
            tracking_number: shipment.claim.tracking_number,
            input: shipment.input,
            tracking_url: shipment.claim.tracking_url,
            confirmed_at: shipment.claim.confirmed_at.map(|t| t.to_string()),
            submitted_at: shipment.claim.submitted_at.map(|t| t.to_string()),
            verdict: shipment.verdict,
            verdict_at: shipment.verdict_at.map(|t| t.to_string()),
            tracking: shipment.tracking,
            tracking_at: shipment.tracking_at.map(|t| t.to_string()),
            next_look_at: shipment.next_look_at.map(|t| t.to_string()),
            next_look_why: shipment.next_look_why,
            looks: shipment.looks,
        }
    }
}

/// A verdict as it was given.
#[derive(Debug, Serialize, ToSchema)]
pub struct VerdictView {
    /// `vrd_…`
    pub id: String,
    /// When it was given.
    pub at: String,
    /// The verdict with its checks.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    pub verdict: Verdict,
}

impl From<VerdictRecord> for VerdictView {
    fn from(record: VerdictRecord) -> Self {
        Self { id: record.id.to_string(), at: record.at.to_string(), verdict: record.verdict }
    }
}

/// An official answer as it was recorded.
#[derive(Debug, Serialize, ToSchema)]
pub struct ObservationView {
    /// `obs_…`
    pub id: String,
    /// Whose source.
    pub carrier: String,
    /// Which source.
    pub source: String,
    /// The address that was asked.
    pub url: String,
    /// When the answer was complete.
    pub fetched_at: String,
    /// HTTP status; null where no answer came.
    pub http_status: Option<u16>,
    /// SHA-256 of the body as the source sent it.
    pub body_sha256: Option<String>,
    /// The body's length in bytes.
    pub body_bytes: u64,
    /// What it was read as.
    #[schema(value_type = Object)]
    pub reading: Reading,
}

impl From<ObservationRecord> for ObservationView {
    fn from(record: ObservationRecord) -> Self {
        Self {
            id: record.id.to_string(),
            carrier: record.carrier.to_string(),
            source: record.source.to_string(),
            url: record.url,
            fetched_at: record.fetched_at.to_string(),
            http_status: record.http_status,
            body_sha256: record.body_sha256,
            body_bytes: record.body_bytes,
            reading: record.reading,
        }
    }
}

/// An event, as webhooks carry it.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventView {
    /// `evt_…`: the same over all attempts.
    pub id: String,
    /// What happened.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// When.
    pub timestamp: String,
    /// The version of this form.
    pub version: u32,
    /// The order that it concerns.
    pub order: String,
    /// Grows by one for each event of the order, from 1.
    pub sequence: i64,
    /// The rule that made it.
    pub rule: Option<String>,
    /// The particulars.
    #[schema(value_type = Object)]
    pub data: Map<String, Value>,
}

impl From<EventRecord> for EventView {
    fn from(event: EventRecord) -> Self {
        Self {
            id: event.id.to_string(),
            kind: event.kind.as_str(),
            timestamp: event.at.to_string(),
            version: PAYLOAD_VERSION,
            order: event.order,
            sequence: event.sequence,
            rule: event.rule,
            data: event.data.read(),
        }
    }
}

/// A delivery of an event to an endpoint.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeliveryView {
    /// The endpoint.
    pub endpoint: String,
    /// The event.
    pub event: EventView,
    /// `pending`, `delivered`, `failed` or `cancelled`.
    #[schema(value_type = String)]
    pub state: crate::store::DeliveryState,
    /// When it is tried next.
    pub next_attempt_at: Option<String>,
    /// Attempts so far.
    pub attempts: u32,
    /// The last attempt's HTTP status.
    pub last_http_status: Option<u16>,
    /// The last attempt's error.
    pub last_error: Option<String>,
    /// The last attempt's time.
    pub last_attempt_at: Option<String>,
}

impl From<DeliverySummary> for DeliveryView {
    fn from(delivery: DeliverySummary) -> Self {
        Self {
            endpoint: delivery.endpoint.to_string(),
            event: delivery.event.into(),
            state: delivery.state,
            next_attempt_at: delivery.next_attempt_at.map(|t| t.to_string()),
            attempts: delivery.attempts,
            last_http_status: delivery.last_http_status,
            last_error: delivery.last_error,
            last_attempt_at: delivery.last_attempt_at.map(|t| t.to_string()),
        }
    }
}
