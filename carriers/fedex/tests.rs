//! FedEx, beyond the list of tests that every source has (`suite.rs`).

use serde_json::{Value, json};

use crate::contract::{Content, FailureKind, Fault, Method, Reading, Response, Status, Tracking};
use crate::trial::{failure, read, source};

const SOURCE: &str = "fedex.track";
const NUMBER: &str = "700000000010";

const DELIVERED: &str = include_str!("fixtures/delivered.json");
const IN_TRANSIT: &str = include_str!("fixtures/in_transit.json");
const LABEL: &str = include_str!("fixtures/label_created.json");
const DUPLICATE: &str = include_str!("fixtures/duplicate_number.json");
const BATCH: &str = include_str!("fixtures/batch_mixed.json");
const NOT_FOUND: &str = include_str!("fixtures/not_found_http200.json");
const UNAUTHORIZED: &str = include_str!("fixtures/unauthorized_http401.json");
const UNAVAILABLE: &str = include_str!("fixtures/unavailable_http503.json");
const TOKEN: &str = include_str!("fixtures/oauth_token_http200.json");

/// The one tracking that a body comes to, with something in its first result replaced.
fn changed(sample: &str, change: impl Fn(&mut Value)) -> Tracking {
    let mut body: Value = serde_json::from_str(sample).expect("the sample is JSON");
    change(&mut body["output"]["completeTrackResults"][0]["trackResults"][0]);
    let readings = read(SOURCE, 200, body.to_string().as_bytes(), None);
    readings.first().and_then(Reading::tracking).cloned().unwrap_or_else(|| panic!("{readings:?}"))
}

#[test]
fn asks_for_a_token_as_documented() {
    let exchange = source(SOURCE).token().expect("FedEx wants a token");
    let request = exchange.request();
    assert_eq!((request.method, request.path.as_str()), (Method::Post, "/oauth/token"));
    let Content::Form(fields) = request.content else { panic!("a form is sent") };
    let fields: Vec<_> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(
        fields,
        ["grant_type=client_credentials", "client_id={client_id}", "client_secret={client_secret}"]
    );
    let read = |status, body: &str| {
        let read = exchange.read(Response { status, body: body.as_bytes(), asked: None });
        read.map(|token| (token.text, token.seconds)).map_err(|f| f.kind)
    };
    assert_eq!(read(200, TOKEN), Ok(("synthetic.token.value".to_owned(), 3599)));
    assert_eq!(read(401, UNAUTHORIZED), Err(FailureKind::Refused));
    assert_eq!(read(400, r#"{"errors":[{"code":"BAD.REQUEST.ERROR"}]}"#), Err(FailureKind::Refused));
    // The documented answer to too many token requests.
    assert_eq!(read(403, "<html>blocked</html>"), Err(FailureKind::RateLimited));
    assert_eq!(read(503, UNAVAILABLE), Err(FailureKind::Unavailable));
    assert_eq!(read(200, "{}"), Err(FailureKind::Malformed));
    let rejected = |status| exchange.is_token_rejected(Response { status, body: b"", asked: None });
    assert!(rejected(401) && !rejected(403) && !rejected(429));
}

#[test]
fn an_answer_about_another_number_is_not_believed() {
    let wrong = (FailureKind::Malformed, "wrong_number".to_owned());
    for body in [DELIVERED, NOT_FOUND] {
        assert_eq!(failure(SOURCE, 200, body.as_bytes(), Some("700000000021")), wrong);
    }
}

#[test]
fn a_batch_tells_each_number_apart() {
    let outcomes = |asked| {
        let readings = read(SOURCE, 200, BATCH.as_bytes(), asked);
        readings.iter().map(Reading::outcome).collect::<Vec<_>>()
    };
    assert_eq!(outcomes(None), ["found", "not_found"]);
    assert_eq!(outcomes(Some(NUMBER)), ["found"]);
    assert_eq!(outcomes(Some("700000000021")), ["not_found"]);
}

#[test]
fn a_number_used_again_is_two_shipments_the_newest_first() {
    let readings = read(SOURCE, 200, DUPLICATE.as_bytes(), Some(NUMBER));
    let trackings: Vec<_> = readings.iter().filter_map(Reading::tracking).collect();
    assert_eq!(
        trackings.iter().map(|t| t.status).collect::<Vec<_>>(),
        [Status::InTransit, Status::Delivered]
    );
    let note = "FedEx knows 2 shipments of this number; this one is 2461102000~700000000010~FX, shipped on 2026-03-02";
    assert_eq!(trackings[0].notes, [note]);
}

#[test]
fn a_longer_number_that_fedex_looks_up_answers_under_itself() {
    let asked = "9622001900000000000000700000000010";
    let body = DELIVERED.replacen(
        "\"trackingNumber\": \"700000000010\"",
        &format!("\"trackingNumber\": \"{asked}\""),
        1,
    );
    let readings = read(SOURCE, 200, body.as_bytes(), Some(asked));
    let tracking = readings[0].tracking().expect("it is found");
    assert_eq!(tracking.tracking_number, asked);
    assert_eq!(tracking.notes, ["FedEx tracks this package as 700000000010"]);
}

#[test]
fn a_shipment_with_an_error_beside_it_is_a_shipment() {
    let tracking = changed(DELIVERED, |result| result["error"] = json!({"code": "TRACKING.NOTE"}));
    assert_eq!(
        (tracking.status, tracking.notes),
        (Status::Delivered, vec!["FedEx adds the error TRACKING.NOTE".to_owned()])
    );
}

#[test]
fn what_is_held_is_to_be_fetched_unless_fedex_says_not_yet() {
    let status = |commit: &str| {
        let tracking = changed(IN_TRANSIT, |result| {
            result["latestStatusDetail"]["code"] = json!("HP");
            result["serviceCommitMessage"] = json!({"type": commit});
        });
        tracking.status
    };
    assert_eq!(status("HELD_PACKAGE_AVAILABLE_FOR_RECIPIENT_PICKUP"), Status::AvailableForPickup);
    assert_eq!(status("HELD_PACKAGE_NOT_AVAILABLE_FOR_RECIPIENT_PICKUP"), Status::InTransit);
}

#[test]
fn what_was_sent_back_and_delivered_at_the_shippers_has_returned() {
    let status = |sent_back: bool, city: &str, region: &str| {
        let tracking = changed(DELIVERED, |result| {
            if sent_back {
                result["scanEvents"][1]["eventType"] = json!("RS");
            }
            let place = &mut result["scanEvents"][0]["scanLocation"];
            place["city"] = json!(city);
            place["stateOrProvinceCode"] = json!(region);
            let place = place.clone();
            result["latestStatusDetail"]["scanLocation"] = place;
        });
        (tracking.status, tracking.delivered_at.is_some())
    };
    assert_eq!(status(true, "SAMPLEVILLE", "OH"), (Status::Returned, false));
    assert_eq!(status(true, "TESTTON", "CO"), (Status::Delivered, true));
    assert_eq!(status(false, "SAMPLEVILLE", "OH"), (Status::Delivered, true));
}

#[test]
fn a_failed_attempt_names_who_is_at_fault_where_the_reason_is_known() {
    let attempt = |reason: &str| {
        let tracking = changed(IN_TRANSIT, |result| {
            result["scanEvents"][0]["eventType"] = json!("DE");
            result["scanEvents"][0]["exceptionCode"] = json!(reason);
            result["scanEvents"][0]["exceptionDescription"] = json!("Customer not available");
        });
        let attempt = tracking.checkpoints[0].clone();
        assert_eq!(attempt.status, Status::AttemptFailed);
        assert_eq!(attempt.text.as_deref(), Some("Arrived at FedEx location: Customer not available"));
        attempt.fault
    };
    assert_eq!(attempt("08"), Some(Fault::Recipient));
    assert_eq!(attempt("99"), None);
}

#[test]
fn codes_that_are_not_known_fall_back_on_the_derived_ones() {
    let status = |code: Value, derived: Value| {
        let tracking = changed(LABEL, |result| {
            result["scanEvents"] = json!([]);
            result["latestStatusDetail"] = json!({"code": code, "derivedCode": derived});
        });
        tracking.status
    };
    assert_eq!(status(json!("ZZ"), json!("IT")), Status::InTransit);
    assert_eq!(status(json!("ZZ"), json!("ZZ")), Status::Unknown);
    assert_eq!(status(json!("DL"), json!("IT")), Status::Delivered);
    assert_eq!(status(json!("CA"), Value::Null), Status::Cancelled);
}

#[test]
fn a_notice_after_delivery_does_not_undo_it() {
    let tracking = changed(DELIVERED, |result| {
        result["latestStatusDetail"]["code"] = json!("RC");
        let events = result["scanEvents"].as_array_mut().expect("events");
        let mut notice = events[0].clone();
        notice["eventType"] = json!("RM");
        notice["date"] = json!("2026-03-06T09:00:00-07:00");
        events.insert(0, notice);
    });
    assert_eq!((tracking.status, tracking.checkpoints[0].status), (Status::Delivered, Status::Info));
    assert_eq!(tracking.delivered_at.map(|t| t.to_string()).as_deref(), Some("2026-03-05T12:41:57-07:00"));
}

#[test]
fn scans_are_put_in_order_around_those_without_an_hour() {
    let tracking = changed(DELIVERED, |result| {
        let events = result["scanEvents"].as_array_mut().expect("events");
        events.swap(0, 2);
    });
    let codes: Vec<_> = tracking.checkpoints.iter().filter_map(|c| c.code.as_deref()).collect();
    assert_eq!(codes, ["DL", "OD", "AR", "OC", "PU"]);
}

#[test]
fn every_namespace_that_is_read_is_declared() {
    let table = crate::contract::StatusTable::read("fedex/statuses.toml", include_str!("statuses.toml"));
    let table = table.unwrap_or_else(|e| panic!("{e}"));
    for namespace in ["status_code", "derived_code", "delivery_exception"] {
        assert!(table.has_namespace(namespace), "{namespace}");
    }
}

#[cfg(feature = "sandbox")]
#[test]
fn in_the_sandbox_too_a_parcel_that_was_sent_back_has_returned() {
    use crate::contract::sandbox::Scan;
    use crate::trial::{OneParcel, asked, place};

    let (origin, destination) =
        (place("CN", "SHENZHEN", "", "518000", 480), place("US", "OAKLAND", "CA", "94607", -480));
    let world = OneParcel::new(NUMBER, &[Scan::Returning, Scan::Returned], &origin, &destination);
    let readings = asked(&*super::sandbox::sandbox(), &world, "fedex", NUMBER);
    assert_eq!(readings[0].tracking().map(|t| (t.status, t.delivered_at)), Some((Status::Returned, None)));
}
