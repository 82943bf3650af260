//! Webhooks from end to end: what a receiver gets, what is recorded, and what is never connected to.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod consumers;
mod delivering;
mod documented;
mod fairness;
mod fake_store;
mod guarding;
mod hostile;
mod interop;
mod posting;
mod receiver;
mod snippets;

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::json;
use waygate::domain::event::EventType;
use waygate::ids::{EndpointId, EventId};
use waygate::secrets::MasterKey;
use waygate::store::{DueDelivery, Endpoint, EventRecord};

/// The time that the tests' clocks show at the beginning.
fn noon() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

fn master() -> MasterKey {
    MasterKey::from_bytes([7; 32])
}

fn endpoint(url: &str) -> Endpoint {
    Endpoint::new(EndpointId::generate(noon()), url, noon())
}

fn delivery(endpoint: &Endpoint, order: &str, sequence: i64) -> DueDelivery {
    let event = EventRecord {
        id: EventId::generate(noon()),
        order: order.to_owned(),
        sequence,
        kind: EventType::ShipmentVerified,
        at: noon(),
        rule: None,
        data: json!({ "tracking_number": "JD014600006281230704" }).as_object().unwrap().clone().into(),
    };
    DueDelivery {
        endpoint: Arc::new(endpoint.clone()),
        event: Box::new(event),
        attempts: 0,
        lease: 1,
        created_at: noon(),
    }
}
