//! The list of orders and what it counts.

use jiff::Timestamp;

use super::last_events::LastEvent;
use super::when::{When, distance};
use super::words::{self, Badge};
use crate::domain::lifecycle::{OrderState, Phase};
use crate::domain::verdict::Outcome;
use crate::store::{OrderSummary, ShipmentRecord};

/// One order of the list.
pub struct Row {
    /// The order.
    pub id: String,
    /// The page with its case.
    pub address: String,
    /// Whether its case is shown.
    pub selected: bool,
    /// The seller.
    pub seller: String,
    /// The carrier of its latest number.
    pub carrier: String,
    /// Its latest number.
    pub number: Option<String>,
    /// Numbers besides that one.
    pub further: usize,
    /// The verdict on it.
    pub verdict: Badge,
    /// Where the order stands.
    pub phase: &'static str,
    /// What its clock waits for.
    pub timer: Option<Timer>,
    /// What happened last.
    pub last: Option<Last>,
}

/// What an order's clock waits for.
pub struct Timer {
    /// What.
    pub what: &'static str,
    /// How far that is.
    pub distance: String,
}

/// What happened last.
pub struct Last {
    /// What.
    pub what: &'static str,
    /// When.
    pub at: When,
}

/// How many orders of the list have a verdict.
pub struct Count {
    /// The verdict.
    pub badge: Badge,
    /// How many.
    pub orders: usize,
}

/// The address of an order's case.
pub fn address(order: &str) -> String {
    let encoded: String = url::form_urlencoded::byte_serialize(order.as_bytes()).collect();
    format!("/?order={encoded}")
}

/// The list.
pub fn rows(
    orders: &[OrderSummary],
    last: &[Option<LastEvent>],
    selected: Option<&str>,
    now: Timestamp,
) -> Vec<Row> {
    let last = last.iter().copied().chain(std::iter::repeat(None));
    orders.iter().zip(last).map(|(summary, last)| row(summary, last, selected, now)).collect()
}

fn row(summary: &OrderSummary, last: Option<LastEvent>, selected: Option<&str>, now: Timestamp) -> Row {
    let order = &summary.order.order;
    let shipment = summary.shipments.last();
    Row {
        id: order.id.clone(),
        address: address(&order.id),
        selected: selected == Some(order.id.as_str()),
        seller: order.seller.clone().unwrap_or_default(),
        carrier: shipment.map(carrier_name).unwrap_or_default(),
        number: shipment.map(|s| s.claim.tracking_number.clone()),
        further: summary.shipments.len().saturating_sub(1),
        verdict: shipment.map_or(NO_NUMBER, |s| words::outcome(verdict_of(s))),
        phase: words::stand(&summary.order.state),
        timer: summary
            .order
            .next_timer_at
            .map(|at| Timer { what: timer_words(&summary.order.state), distance: distance(at, now) }),
        last: last.map(|(kind, at)| Last { what: words::event(kind), at: When::short(at) }),
    }
}

const NO_NUMBER: Badge = Badge { tone: "none", icon: "dash", word: "No number yet" };

fn verdict_of(shipment: &ShipmentRecord) -> Option<Outcome> {
    shipment.verdict.as_ref().map(|v| v.verdict)
}

/// What people call the shipment's carrier: its own name where it is known, else what the seller wrote.
pub fn carrier_name(shipment: &ShipmentRecord) -> String {
    let registry = waygate_carriers::registry::registry();
    let facts = shipment.carrier.as_ref().and_then(|id| registry.carrier(id));
    facts.map_or_else(|| shipment.claim.carrier.clone(), |facts| facts.name.clone())
}

/// What the order's next timer does.
pub fn timer_words(state: &OrderState) -> &'static str {
    if state.dispute.is_some() {
        return "The dispute's next step";
    }
    match state.phase {
        Phase::AwaitingShipment => "Shipment due",
        Phase::Protected if state.ending_told => "Protection ends",
        Phase::Protected => "Warning to the seller",
        Phase::AwaitingReceipt => "Receipt due",
        Phase::Completed => "Funds released",
        Phase::Released | Phase::Cancelled | Phase::Settled => "Nothing",
    }
}

/// How many orders have which verdict; those that none has are left out.
pub fn counts(rows: &[Row]) -> Vec<Count> {
    let all = [
        words::outcome(Some(Outcome::Verified)),
        words::outcome(Some(Outcome::Pending)),
        words::outcome(Some(Outcome::Suspicious)),
        words::outcome(Some(Outcome::Rejected)),
        words::outcome(Some(Outcome::Unverifiable)),
        words::outcome(None),
        NO_NUMBER,
    ];
    let count = |badge: Badge| Count { badge, orders: rows.iter().filter(|r| r.verdict == badge).count() };
    all.into_iter().map(count).filter(|c| c.orders > 0).collect()
}
