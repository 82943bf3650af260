//! PostNL, beyond the list of tests that every source has (`suite.rs`).

use serde_json::{Value, json};

use crate::contract::{Reading, Status, StatusTable, Tracking};
use crate::trial::read;

const SOURCE: &str = "postnl.status";
const NUMBER: &str = "3SDEVC000000001";

const DELIVERED: &str = include_str!("fixtures/delivered.json");
const SINGLE: &str = include_str!("fixtures/in_transit_single_event_object.json");

/// The tracking that the delivered sample comes to with something in its shipment replaced.
fn changed(change: impl Fn(&mut Value)) -> Tracking {
    let mut body: Value = serde_json::from_str(DELIVERED).expect("the sample is JSON");
    change(&mut body["CompleteStatus"]["Shipment"]);
    let readings = read(SOURCE, 200, body.to_string().as_bytes(), Some(NUMBER));
    readings.first().and_then(Reading::tracking).cloned().unwrap_or_else(|| panic!("{readings:?}"))
}

#[test]
fn one_event_is_the_event_itself_and_nothing_is_an_empty_object() {
    let readings = read(SOURCE, 200, SINGLE.as_bytes(), Some(NUMBER));
    let tracking = readings[0].tracking().expect("found");
    assert_eq!((tracking.status, tracking.checkpoints.len()), (Status::Accepted, 1));
    let tracking = changed(|shipment| {
        shipment["Event"] = json!({});
        shipment["Dimension"] = json!({"Weight": {}});
        shipment["ProductDescription"] = json!({});
    });
    assert_eq!((tracking.weight_grams, tracking.service.as_deref()), (None, None));
    // Without events the status itself is the one that is told.
    assert_eq!((tracking.status, tracking.checkpoints.len()), (Status::Delivered, 1));
}

#[test]
fn several_parcels_are_found_under_their_own_barcodes_and_under_the_first() {
    let mut body: Value = serde_json::from_str(DELIVERED).expect("JSON");
    let first = body["CompleteStatus"]["Shipment"].clone();
    let mut second = first.clone();
    second["Barcode"] = "3SDEVC000000002".into();
    second["ShipmentAmount"] = "2".into();
    body["CompleteStatus"]["Shipment"] = json!([second.clone(), second, first]);
    let numbers = |asked: &str| -> Vec<_> {
        let readings = read(SOURCE, 200, body.to_string().as_bytes(), Some(asked));
        readings
            .iter()
            .filter_map(Reading::tracking)
            .map(|t| (t.tracking_number.clone(), t.notes.len()))
            .collect()
    };
    assert_eq!(numbers(NUMBER), [(NUMBER.to_owned(), 0)]);
    assert_eq!(numbers("3SDEVC000000002").len(), 2);
    body["CompleteStatus"]["Shipment"].as_array_mut().expect("a list").truncate(1);
    let readings = read(SOURCE, 200, body.to_string().as_bytes(), Some(NUMBER));
    let tracking = readings[0].tracking().expect("found");
    assert_eq!(tracking.notes, ["the shipment has 2 parcels"]);
}

#[test]
fn the_status_counts_as_the_newest_report() {
    let stands = |code: &str, phase: &str| {
        let tracking = changed(|shipment| {
            shipment["Event"] = json!([]);
            shipment["Status"]["StatusCode"] = code.into();
            shipment["Status"]["PhaseCode"] = phase.into();
        });
        (tracking.status, tracking.delivered_at.map(|t| t.to_string()))
    };
    let at = Some("2026-03-05T12:57:15+01:00".to_owned());
    assert_eq!(stands("11", "4"), (Status::Delivered, at.clone()));
    assert_eq!(stands("77", "4"), (Status::Delivered, at));
    assert_eq!(stands("12", "3"), (Status::AvailableForPickup, None));
    assert_eq!(stands("99", "99"), (Status::Unknown, None));
    // What stands there as old never counts.
    assert_eq!(changed(|shipment| shipment["Status"] = json!({})).status, Status::Delivered);
}

#[test]
fn the_clock_is_the_dutch_one() {
    let tracking = changed(|_| {});
    assert_eq!(tracking.delivered_at.map(|t| t.to_string()).as_deref(), Some("2026-03-05T12:57:15+01:00"));
    assert_eq!(
        tracking.estimated_delivery.map(|t| t.to_string()).as_deref(),
        Some("2026-03-05T14:00:00+01:00")
    );
}

#[test]
fn every_namespace_that_is_read_is_in_the_table() {
    let table = StatusTable::read("postnl/statuses.toml", include_str!("statuses.toml"));
    let table = table.unwrap_or_else(|e| panic!("{e}"));
    for namespace in ["status_code", "phase_code", "event_code"] {
        assert!(table.has_namespace(namespace), "{namespace}");
    }
}
