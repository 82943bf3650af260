//! Canada Post, beyond the list of tests that every source has (`suite.rs`).

use crate::contract::{Reading, Status, StatusTable, Tracking};
use crate::trial::read;

const SOURCE: &str = "canada_post.track";

const DELIVERED: &str = include_str!("fixtures/delivered_signature_first.xml");
const IN_TRANSIT: &str = include_str!("fixtures/in_transit.xml");
const REST_DELIVERED: &str = include_str!("fixtures/rest_delivered.json");

/// The one tracking that a body comes to.
fn found(body: &str) -> Tracking {
    let readings = read(SOURCE, 200, body.as_bytes(), None);
    readings.first().and_then(Reading::tracking).cloned().unwrap_or_else(|| panic!("{readings:?}"))
}

#[test]
fn the_signatures_picture_before_the_delivery_is_no_status() {
    let tracking = found(DELIVERED);
    assert_eq!((tracking.status, tracking.status_code.as_deref()), (Status::Delivered, Some("1496")));
    assert_eq!(tracking.checkpoints[0].status, Status::Info);
    let proof = tracking.proof_of_delivery.clone().expect("a proof");
    assert_eq!(proof.signed_by.as_deref(), Some("SYNTHETIC SIGNER"));
    assert_eq!(tracking.notes, ["Canada Post prints 11:59:59 where it does not tell the hour of a delivery"]);
    let rest = Tracking { proof_of_delivery: None, ..tracking };
    assert!(!serde_json::to_string(&rest).expect("JSON").contains("SIGNER"));
}

#[test]
fn xml_and_json_say_the_same() {
    let (xml, json) = (found(DELIVERED), found(REST_DELIVERED));
    assert_eq!((xml.status, xml.delivered_at, xml.service), (json.status, json.delivered_at, json.service));
    assert_eq!(xml.checkpoints[1..3], json.checkpoints[..]);
}

#[test]
fn codes_are_compared_as_numbers() {
    for code in ["0174", "174", "00174"] {
        let body = IN_TRANSIT.replace("<event-identifier>0100", &format!("<event-identifier>{code}"));
        let tracking = found(&body);
        assert_eq!((tracking.status, tracking.status_code.as_deref()), (Status::OutForDelivery, Some(code)));
    }
    assert_eq!(
        found(&IN_TRANSIT.replace("<event-identifier>0100", "<event-identifier>9999")).status,
        Status::Unknown
    );
}

#[test]
fn the_clock_is_that_of_the_province() {
    let times = |from: &str, to: &str| {
        let tracking = found(&IN_TRANSIT.replace(from, to));
        tracking.checkpoints[0].time.map(|t| t.to_string())
    };
    assert_eq!(times("", "").as_deref(), Some("2026-03-03T14:45:48-05:00"));
    assert_eq!(times("2026-03-03", "2026-09-03").as_deref(), Some("2026-09-03T14:45:48-04:00"));
    // Kenora keeps another clock than the rest of Ontario.
    assert_eq!(times("EST", "CST"), None);
}

#[test]
fn the_changed_day_counts_and_the_way_back_is_named() {
    let tracking = found(&IN_TRANSIT.replace("<return-pin/>", "<return-pin>1000000000000008</return-pin>"));
    assert_eq!(tracking.estimated_delivery_local.map(|t| t.to_string()).as_deref(), Some("2026-03-06"));
    assert_eq!(tracking.notes, ["Canada Post sends the item back under the PIN 1000000000000008"]);
}

#[test]
fn the_namespace_that_is_read_is_in_the_table() {
    let table = StatusTable::read("canada_post/statuses.toml", include_str!("statuses.toml"));
    assert!(table.unwrap_or_else(|e| panic!("{e}")).has_namespace("event_identifier"));
}
