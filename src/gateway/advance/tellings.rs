//! What is told of a shipment: its events' particulars.

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use waygate_carriers::contract::Tracking;

use crate::domain::event::{EventType, Happening};
use crate::domain::verdict::{CheckOutcome, Effect, Verdict};
use crate::store::ShipmentRecord;

pub(super) fn particulars(shipment: &ShipmentRecord) -> Map<String, Value> {
    Map::from_iter([
        ("shipment".to_owned(), json!(shipment.id)),
        ("carrier".to_owned(), json!(shipment.claim.carrier)),
        ("tracking_number".to_owned(), json!(shipment.claim.tracking_number)),
    ])
}

fn happening(kind: EventType, at: Timestamp, data: Map<String, Value>) -> Happening {
    Happening { kind, at, rule: None, data }
}

pub(super) fn submitted(shipment: &ShipmentRecord, at: Timestamp) -> Happening {
    happening(EventType::ShipmentSubmitted, at, particulars(shipment))
}

pub(super) fn tracking_updated(shipment: &ShipmentRecord, tracking: &Tracking, at: Timestamp) -> Happening {
    let mut data = particulars(shipment);
    data.insert("status".to_owned(), json!(tracking.status));
    data.insert("status_text".to_owned(), json!(tracking.status_text));
    data.insert("latest_checkpoint".to_owned(), json!(tracking.checkpoints.first()));
    happening(EventType::TrackingUpdated, at, data)
}

pub(super) fn verdict_given(
    kind: EventType,
    shipment: &ShipmentRecord,
    verdict: &Verdict,
    at: Timestamp,
) -> Happening {
    let mut data = particulars(shipment);
    data.insert("verdict".to_owned(), json!(verdict.verdict));
    data.insert("policy".to_owned(), json!(verdict.policy));
    let speaking: Vec<Value> = verdict
        .checks
        .iter()
        .filter(|c| c.outcome == CheckOutcome::Fail || c.effect != Effect::None)
        .map(|c| json!({"id": c.id, "outcome": c.outcome, "effect": c.effect, "reason": c.reason}))
        .collect();
    data.insert("failed_checks".to_owned(), Value::Array(speaking));
    data.insert("ask_seller".to_owned(), json!(verdict.ask_seller));
    happening(kind, at, data)
}
