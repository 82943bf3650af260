//! MyDHL API, beyond the list of tests that every source has (`suite.rs`).

use serde_json::{Value, json};

use crate::contract::{
    CarrierId, Content, FailureKind, HeaderValue, Method, Reading, Response, Status, Tracking,
};
use crate::registry::registry;
use crate::trial::{ask, failure, read, source};

const SOURCE: &str = "dhl.express";
const NUMBER: &str = "1234567891";

const DELIVERED: &str = include_str!("fixtures/delivered.json");
const IN_TRANSIT: &str = include_str!("fixtures/in_transit_no_offset.json");
const NOT_FOUND: &str = include_str!("fixtures/not_found_http404.json");
const BAD_REQUEST: &str = include_str!("fixtures/bad_request_http400.json");

fn body(sample: &str, change: impl Fn(&mut Value)) -> String {
    let mut body: Value = serde_json::from_str(sample).expect("the sample is JSON");
    change(&mut body["shipments"][0]);
    body.to_string()
}

/// The one tracking that a body comes to, with something in its shipment replaced.
fn changed(sample: &str, change: impl Fn(&mut Value)) -> Tracking {
    let readings = read(SOURCE, 200, body(sample, change).as_bytes(), None);
    readings.first().and_then(Reading::tracking).cloned().unwrap_or_else(|| panic!("{readings:?}"))
}

#[test]
fn asks_as_documented() {
    let request = source(SOURCE).request(&ask("dhl", NUMBER));
    assert_eq!(
        (request.method, request.path.as_str()),
        (Method::Get, "/mydhlapi/shipments/1234567891/tracking")
    );
    let query = |request: &crate::contract::Request| {
        request.query.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
    };
    assert_eq!(
        query(&request),
        "requestGMTOffsetPerEvent=true&trackingView=all-checkpoints&levelOfDetail=all"
    );
    let plain = |text: &str| HeaderValue::Plain(text.to_owned());
    assert_eq!(
        request.headers,
        [
            ("Authorization", HeaderValue::Basic { user: "api_key", password: "api_secret" }),
            ("x-version", plain("3.1.0")),
            ("Message-Reference", plain("018f2b6e-0000-7000-8000-000000000001")),
            ("Accept-Language", plain("eng")),
        ]
    );
    assert_eq!(request.content, Content::Empty);
    let piece = source(SOURCE).request(&ask("dhl", "JD010000000000000001"));
    assert_eq!(piece.path, "/mydhlapi/tracking");
    assert_eq!(
        query(&piece),
        "pieceTrackingNumber=JD010000000000000001&trackingView=all-checkpoints&levelOfDetail=all"
    );
}

#[test]
fn answers_for_express_numbers_alone() {
    let asked = |format: &str| {
        let mut ask = ask("dhl", NUMBER);
        ask.format = Some(format.to_owned());
        registry().sources_for(&ask).iter().any(|s| s.facts().id.as_str() == SOURCE)
    };
    assert!(asked("dhl.express") && asked("dhl.piece"));
    assert!(!asked("dhl.paket") && !asked("dhl.ecommerce_gm"));
}

#[test]
fn knows_its_samples_from_those_of_the_other_source() {
    let dhl = CarrierId::new("dhl").expect("an id");
    for (name, body) in [
        ("delivered", DELIVERED),
        ("in_transit_no_offset", IN_TRANSIT),
        ("not_found", NOT_FOUND),
        ("bad_request", BAD_REQUEST),
    ] {
        let readings = read(SOURCE, 200, body.as_bytes(), None);
        let unnamed = Response { status: 200, body: body.as_bytes(), asked: None };
        assert_eq!(registry().read(&dhl, None, unnamed), readings, "{name}");
    }
    for body in
        [include_str!("../fixtures/delivered.json"), include_str!("../fixtures/not_found_http404.json")]
    {
        assert!(!source(SOURCE).recognizes(body.as_bytes()));
    }
}

#[test]
fn success_is_that_of_the_look_up_not_a_delivery() {
    let tracking = changed(IN_TRANSIT, |_| {});
    assert_eq!(tracking.status, Status::InTransit);
    let announced = changed(IN_TRANSIT, |shipment| shipment["events"] = json!([]));
    assert_eq!((announced.status, announced.checkpoints.len()), (Status::LabelCreated, 0));
    let failed = body(IN_TRANSIT, |shipment| {
        shipment["events"] = json!([]);
        shipment["status"] = json!("Failure");
    });
    let inconclusive = (FailureKind::Inconclusive, "Failure".to_owned());
    assert_eq!(failure(SOURCE, 200, failed.as_bytes(), Some(NUMBER)), inconclusive);
}

#[test]
fn events_are_told_oldest_first_and_are_turned_round() {
    let codes = |change: fn(&mut Value)| {
        let tracking = changed(DELIVERED, |shipment| {
            for event in shipment["events"].as_array_mut().expect("events") {
                event.as_object_mut().expect("an object").remove("GMTOffset");
                event["serviceArea"] = json!([]);
            }
            change(&mut shipment["events"]);
        });
        tracking.checkpoints.iter().filter_map(|c| c.code.clone()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(codes(|_| {}), "OK WC DF PU");
    assert_eq!(codes(|events| events.as_array_mut().expect("events").reverse()), "OK WC DF PU");
}

#[test]
fn an_offset_is_that_of_the_event_or_of_its_country() {
    let time = |offset: Value, area: &str| {
        let tracking = changed(DELIVERED, |shipment| {
            let event = &mut shipment["events"][3];
            event["GMTOffset"] = offset.clone();
            event["serviceArea"] = json!([{"description": area}]);
        });
        let newest = tracking.checkpoints.iter().find(|c| c.code.as_deref() == Some("OK")).cloned();
        newest.and_then(|c| c.time).map(|t| t.to_string())
    };
    assert_eq!(time(json!("+01:00"), "AMSTERDAM-NL").as_deref(), Some("2026-03-05T11:02:09+01:00"));
    assert_eq!(time(json!("-08:00"), "LOS ANGELES GATEWAY-US").as_deref(), Some("2026-03-05T11:02:09-08:00"));
    assert_eq!(time(Value::Null, "AMSTERDAM-NL").as_deref(), Some("2026-03-05T11:02:09+01:00"));
    assert_eq!(time(Value::Null, "LOS ANGELES GATEWAY-US"), None);
    assert_eq!(time(Value::Null, "SOMEWHERE"), None);
}

#[test]
fn codes_mean_what_dhl_says_they_mean() {
    let status = |code: &str| {
        let tracking = changed(IN_TRANSIT, |shipment| shipment["events"][1]["typeCode"] = json!(code));
        tracking.status
    };
    for (code, want) in [
        // Waits for the recipient, not for customs; a part of the pieces is no delivery.
        ("CC", Status::AvailableForPickup),
        ("PD", Status::Exception),
        ("DD", Status::Delivered),
        ("RT", Status::Returned),
        ("DS", Status::Lost),
        ("??", Status::Unknown),
    ] {
        assert_eq!(status(code), want, "{code}");
    }
}

#[test]
fn a_piece_answers_under_its_own_number() {
    let pieces = body(DELIVERED, |shipment| {
        let events = shipment["events"].clone();
        shipment["numberOfPieces"] = json!(2);
        shipment["pieces"] = json!([
            {"trackingNumber": "JD010000000000000001", "events": events},
            {"trackingNumber": "JD010000000000000002", "events": [events[0]]},
        ]);
    });
    let of = |asked| {
        let readings = read(SOURCE, 200, pieces.as_bytes(), Some(asked));
        let tracking = readings[0].tracking().cloned().expect("it is found");
        (tracking.status, tracking.notes.join("; "))
    };
    assert_eq!(of(NUMBER), (Status::Delivered, "the shipment has 2 pieces".to_owned()));
    let note = "the shipment has 2 pieces; a piece of DHL's shipment 1234567891";
    assert_eq!(of("JD010000000000000001"), (Status::Delivered, note.to_owned()));
    assert_eq!(of("JD010000000000000002"), (Status::Accepted, note.to_owned()));
    // Pieces that went apart do not come to one status.
    let mut only: Value = serde_json::from_str(&pieces).expect("JSON");
    only["shipments"][0]["events"] = json!([]);
    let inconclusive = (FailureKind::Inconclusive, "pieces_only".to_owned());
    assert_eq!(failure(SOURCE, 200, only.to_string().as_bytes(), Some(NUMBER)), inconclusive);
}

#[test]
fn several_shipments_are_several_readings() {
    let mut both: Value = serde_json::from_str(DELIVERED).expect("JSON");
    let mut other: Value = serde_json::from_str(IN_TRANSIT).expect("JSON");
    other["shipments"][0]["shipmentTrackingNumber"] = json!("7777777770");
    both["shipments"].as_array_mut().expect("a list").push(other["shipments"][0].clone());
    let statuses = |asked| {
        let readings = read(SOURCE, 200, both.to_string().as_bytes(), asked);
        readings.iter().filter_map(Reading::tracking).map(|t| t.status).collect::<Vec<_>>()
    };
    assert_eq!(statuses(None), [Status::Delivered, Status::InTransit]);
    assert_eq!(statuses(Some("7777777770")), [Status::InTransit]);
}
