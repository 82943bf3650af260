//! Swiss Post, beyond the list of tests that every source has (`suite.rs`).

use serde_json::json;

use crate::contract::{Status, StatusTable};
use crate::trial::read;

const SOURCE: &str = "swiss_post.events";
const NUMBER: &str = "990000000000000002";

const EVENTS: &str = include_str!("fixtures/events.json");

#[test]
fn whose_events_they_are_is_not_proven() {
    let readings = read(SOURCE, 200, EVENTS.as_bytes(), Some(NUMBER));
    let tracking = readings[0].tracking().expect("found");
    assert_eq!(tracking.status_code.as_deref(), Some("PARCEL.*.40.4000"));
    assert_eq!(tracking.notes, ["the answer does not name the item: whose events these are is not proven"]);
}

#[test]
fn the_last_part_of_a_code_is_read_as_that_of_a_parcel_or_a_letter() {
    let status = |code: &str| {
        let body = EVENTS.replace("PARCEL.*.40.4000", code);
        let readings = read(SOURCE, 200, body.as_bytes(), Some(NUMBER));
        readings[0].tracking().expect("found").checkpoints[0].status
    };
    // In the words of Swiss Post: "Zugestellt durch", "Verzollungsprozess", "Rücksendung", "Verlad in Zustellfahrzeug".
    assert_eq!(status("PARCEL.*.8192.4000"), Status::Delivered);
    assert_eq!(status("LETTER.*.88.40"), Status::Delivered);
    assert_eq!(status("LETTER.*.88.803"), Status::Customs);
    assert_eq!(status("PARCEL.*.1.3600"), Status::Returning);
    assert_eq!(status("PARCEL.*.1.1003"), Status::OutForDelivery);
    // A letter's code is none of a parcel's.
    for code in ["PARCEL.*.1.40", "PARCEL.*.*.999", "PARCEL", "4000", "PARCEL.*.4000"] {
        assert_eq!(status(code), Status::Unknown, "{code}");
    }
}

#[test]
fn what_was_revoked_did_not_happen() {
    let stands = |events: &[(&str, &str)]| {
        let event = |(index, (code, sub)): (usize, &(&str, &str))| {
            let at = format!("2026-03-{:02}T09:15:00+01:00", 20 - index);
            json!({ "timestamp": at, "eventCode": format!("PARCEL.*.2.{code}"), "subEventId": sub })
        };
        let body: Vec<_> = events.iter().enumerate().map(event).collect();
        let readings = read(SOURCE, 200, json!(body).to_string().as_bytes(), Some(NUMBER));
        let tracking = readings[0].tracking().expect("found").clone();
        (tracking.status, tracking.delivered_at.is_some())
    };
    let (accepted, delivered) = ((Status::Accepted, false), (Status::Delivered, true));
    assert_eq!(stands(&[("4000", ""), ("912", "")]), delivered);
    assert_eq!(stands(&[("4000", "CANPDS"), ("4000", ""), ("912", "")]), accepted);
    assert_eq!(stands(&[("4000", ""), ("4000", "CAN1"), ("4000", ""), ("912", "")]), delivered);
    assert_eq!(stands(&[("3997", ""), ("3900", ""), ("912", "")]), accepted);
    // Only what is older, only what it names, and only once.
    assert_eq!(stands(&[("4000", ""), ("4000", "CAN1"), ("912", "")]), delivered);
    assert_eq!(stands(&[("2000", "CANPDS"), ("4000", ""), ("912", "")]), delivered);
    assert_eq!(stands(&[("4000", "CAN1"), ("4000", ""), ("4000", ""), ("912", "")]), delivered);
    assert_eq!(stands(&[("4000", "1"), ("912", "")]), delivered);
}

#[test]
fn the_namespaces_that_are_read_are_in_the_table() {
    let table = StatusTable::read("swiss_post/statuses.toml", include_str!("statuses.toml"));
    let table = table.unwrap_or_else(|e| panic!("{e}"));
    assert!(table.has_namespace("parcel") && table.has_namespace("letter"));
}
