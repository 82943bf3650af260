//! PostNL: the request as documented, every sample answer read, foreign bodies, and the sandbox read back.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::contract::{Content, FailureKind, HeaderValue, Method, Reading, Status, StatusTable, Tracking};
use crate::trial::{ask, failure, never_another_number, read, reshaped, source, spoilt};

const SOURCE: &str = "postnl.status";
const NUMBER: &str = "3SDEVC000000001";

const DELIVERED: &str = include_str!("fixtures/delivered.json");
const SINGLE: &str = include_str!("fixtures/in_transit_single_event_object.json");
const NOT_FOUND: &str = include_str!("fixtures/not_found_http200.json");
const ALL: &[&str] = &[DELIVERED, SINGLE, NOT_FOUND];

#[test]
fn reads_the_samples() {
    for (name, status, body) in [
        ("delivered", 200, DELIVERED),
        ("in_transit_single_event_object", 200, SINGLE),
        ("not_found", 200, NOT_FOUND),
    ] {
        let readings = read(SOURCE, status, body.as_bytes(), None);
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_json_snapshot!(name, readings);
        });
        assert!(source(SOURCE).recognizes(body.as_bytes()), "{name}");
    }
}

/// The tracking that the delivered sample comes to with something in its shipment replaced.
fn changed(change: impl Fn(&mut Value)) -> Tracking {
    let mut body: Value = serde_json::from_str(DELIVERED).expect("the sample is JSON");
    change(&mut body["CompleteStatus"]["Shipment"]);
    let readings = read(SOURCE, 200, body.to_string().as_bytes(), Some(NUMBER));
    readings.first().and_then(Reading::tracking).cloned().unwrap_or_else(|| panic!("{readings:?}"))
}

#[test]
fn asks_as_documented() {
    let request = source(SOURCE).request(&ask("postnl", NUMBER));
    assert_eq!((request.method, request.content), (Method::Get, Content::Empty));
    assert_eq!(request.path, format!("/shipment/v2/status/barcode/{NUMBER}"));
    assert_eq!(request.query, [("detail", "true".into()), ("language", "EN".into())]);
    assert_eq!(
        request.headers,
        [
            ("apikey", HeaderValue::Secret("api_key")),
            ("Accept", HeaderValue::Plain("application/json".to_owned())),
        ]
    );
}

#[test]
fn failures_are_told_apart() {
    let is = |status, body: &str, kind, code: &str| {
        assert_eq!(failure(SOURCE, status, body.as_bytes(), Some(NUMBER)), (kind, code.to_owned()), "{body}");
    };
    is(200, NOT_FOUND, FailureKind::NotFound, "2");
    is(200, &NOT_FOUND.replace("\"2\"", "\"7\""), FailureKind::Inconclusive, "7");
    let fault = |text: &str| json!({"fault": {"faultstring": text}}).to_string();
    is(401, &fault("Invalid ApiKey"), FailureKind::Refused, "fault");
    is(200, &fault("Invalid ApiKey"), FailureKind::Refused, "fault");
    // The spike arrest comes as 429 and as 500.
    is(429, &fault("x"), FailureKind::RateLimited, "fault");
    is(500, &fault("Spike arrest violation"), FailureKind::RateLimited, "fault");
    is(404, &fault("Unable to identify proxy"), FailureKind::Unavailable, "fault");
    is(403, "<html>blocked</html>", FailureKind::Unavailable, "html_instead");
    is(503, NOT_FOUND, FailureKind::Unavailable, "unexpected_shape");
    is(200, "", FailureKind::Malformed, "empty");
    is(200, "{\"CurrentStatus\":{}}", FailureKind::Malformed, "unexpected_shape");
    is(200, &DELIVERED[..DELIVERED.len() / 2], FailureKind::Malformed, "truncated");
}

#[test]
fn an_answer_about_another_number_is_not_believed() {
    let wrong = (FailureKind::Malformed, "wrong_number".to_owned());
    for body in [DELIVERED, SINGLE] {
        assert_eq!(failure(SOURCE, 200, body.as_bytes(), Some("3SDEVC000000009")), wrong);
    }
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

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(body in prop::collection::vec(any::<u8>(), 0..300), status: u16) {
        never_another_number(SOURCE, status, &body, NUMBER)?;
    }

    #[test]
    fn answers_of_another_shape_never_speak_of_another_number(body in reshaped(ALL)) {
        never_another_number(SOURCE, 200, &body, NUMBER)?;
    }

    #[test]
    fn spoilt_answers_never_speak_of_another_number(body in spoilt(ALL)) {
        never_another_number(SOURCE, 200, &body, NUMBER)?;
    }
}

#[cfg(feature = "sandbox")]
mod sandbox {
    use super::*;
    use crate::contract::OffsetTime;
    use crate::contract::sandbox::{Refusal, Scan};
    use crate::trial::{OneParcel, asked, place};

    fn world(scans: &[Scan]) -> OneParcel {
        let (origin, destination) =
            (place("NL", "VOORBEELD", "", "1011AB", 60), place("BE", "EXAMPLE", "", "1000", 60));
        OneParcel::new(NUMBER, scans, &origin, &destination)
    }

    #[test]
    fn what_the_sandbox_says_is_what_is_read() {
        let sandbox = super::super::sandbox::sandbox();
        for (scan, status) in [
            (Scan::Voided, None),
            (Scan::PickedUp, Some(Status::Accepted)),
            (Scan::Departed, Some(Status::InTransit)),
            (Scan::Arrived, Some(Status::InTransit)),
            (Scan::Customs, None),
            (Scan::CustomsCleared, None),
            (Scan::OutForDelivery, Some(Status::OutForDelivery)),
            (Scan::Attempted, Some(Status::AttemptFailed)),
            (Scan::AtCounter, Some(Status::AvailableForPickup)),
            (Scan::Delivered, Some(Status::Delivered)),
            (Scan::Returning, None),
            (Scan::Returned, None),
            (Scan::Damaged, None),
            (Scan::Lost, None),
            (Scan::Notice, None),
        ] {
            let world = world(&[Scan::Label, scan]);
            let readings = asked(&*sandbox, &world, "postnl", NUMBER);
            let tracking = readings[0].tracking().unwrap_or_else(|| panic!("{readings:?}"));
            assert_eq!(tracking.status, status.unwrap_or(Status::LabelCreated), "{scan:?}");
            assert_eq!(tracking.checkpoints.len(), 1 + usize::from(status.is_some()), "{scan:?}");
            if status.is_some() {
                assert_eq!(tracking.checkpoints[0].time.map(OffsetTime::timestamp), Some(world.now));
            }
            assert_eq!(tracking.delivered_at.is_some(), scan == Scan::Delivered);
            assert_eq!(tracking.weight_grams, Some(1250));
            assert_eq!(tracking.destination.as_ref().and_then(|p| p.postal_code.as_deref()), Some("1000"));
        }
    }

    #[test]
    fn what_is_not_known_and_what_is_refused() {
        let sandbox = super::super::sandbox::sandbox();
        let world = world(&[Scan::Label]);
        let unknown = asked(&*sandbox, &world, "postnl", "3SDEVC000000009");
        assert_eq!(unknown[0].outcome(), "not_found");
        let kind = |refusal| {
            let answer = sandbox.refuse(refusal);
            failure(SOURCE, answer.status, &answer.body, None).0
        };
        assert_eq!(kind(Refusal::RateLimited), FailureKind::RateLimited);
        assert_eq!(kind(Refusal::Unavailable), FailureKind::Unavailable);
        assert_eq!(kind(Refusal::Unauthorized), FailureKind::Refused);
        let mut request = crate::trial::sent(&source(SOURCE).request(&ask("postnl", NUMBER)), None);
        request.headers.clear();
        assert_eq!(sandbox.respond(&request, &world).status, 401);
    }
}
