//! USPS, beyond the list of tests that every source has (`suite.rs`).

use serde_json::{Value, json};

use crate::contract::{
    Content, FailureKind, HeaderValue, Method, Reading, Response, Status, StatusTable, Tracking,
};
use crate::trial::{ask, failure, read, source};

const SOURCE: &str = "usps.v3";
const NUMBER: &str = "9400100000000000000002";

const DELIVERED: &str = include_str!("fixtures/delivered_v3.json");
const IN_TRANSIT: &str = include_str!("fixtures/in_transit_v3.json");
const BATCH: &str = include_str!("fixtures/v3r2_batch_http207.json");
const NO_SCOPE: &str = include_str!("fixtures/missing_scope_http401.json");
const RATE_LIMITED: &str = include_str!("fixtures/rate_limited_http429.json");

fn response(status: u16, body: &str) -> Response<'_> {
    Response { status, body: body.as_bytes(), asked: None }
}

/// The tracking that the delivered sample comes to with something in it replaced.
fn changed(change: impl Fn(&mut Value)) -> Tracking {
    let mut body: Value = serde_json::from_str(DELIVERED).expect("the sample is JSON");
    change(&mut body);
    let readings = read(SOURCE, 200, body.to_string().as_bytes(), Some(NUMBER));
    readings.first().and_then(Reading::tracking).cloned().unwrap_or_else(|| panic!("{readings:?}"))
}

#[test]
fn asks_as_documented() {
    let mut ask = ask("usps", NUMBER);
    ask.destination_postal_code = Some("94607".to_owned());
    let request = source(SOURCE).request(&ask);
    assert_eq!((request.method, request.content), (Method::Get, Content::Empty));
    assert_eq!(request.path, format!("/tracking/v3/tracking/{NUMBER}"));
    assert_eq!(request.query, [("expand", "DETAIL".into())]);
    assert_eq!(
        request.headers,
        [
            ("Accept", HeaderValue::Plain("application/json".to_owned())),
            ("Authorization", HeaderValue::BearerToken),
        ]
    );
}

#[test]
fn exchanges_the_credentials_as_documented() {
    let exchange = source(SOURCE).token().expect("USPS wants a token");
    let request = exchange.request();
    assert_eq!((request.method, request.path.as_str()), (Method::Post, "/oauth2/v3/token"));
    let Content::Form(fields) = &request.content else { panic!("a form") };
    let fields: Vec<_> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(
        fields.join("&"),
        "grant_type=client_credentials&client_id={client_id}&client_secret={client_secret}&scope=tracking"
    );
    let body = |scope: &str| {
        json!({"access_token": "synthetic", "token_type": "Bearer", "expires_in": 28799, "scope": scope})
            .to_string()
    };
    let Ok(token) = exchange.read(response(200, &body("addresses tracking"))) else { panic!("a token") };
    assert_eq!((token.text.as_str(), token.seconds), ("synthetic", 28_799));
    let refused = |status, body: &str| exchange.read(response(status, body)).err().map(|f| (f.kind, f.code));
    let is = |status, body: &str, kind, code: &str| {
        assert_eq!(refused(status, body), Some((kind, code.to_owned())), "{body}");
    };
    // A new client often lacks the right to track, and nothing else would ever say so plainly.
    is(200, &body("addresses prices"), FailureKind::Refused, "no_tracking_scope");
    let oauth = "{\"error\":\"invalid_client\",\"error_description\":\"x\",\"error_uri\":\"\"}";
    is(401, oauth, FailureKind::Refused, "invalid_client");
    is(400, oauth, FailureKind::Refused, "invalid_client");
    is(429, RATE_LIMITED, FailureKind::RateLimited, "429");
    is(503, "<html>", FailureKind::Unavailable, "html_instead");
    is(200, "{}", FailureKind::Malformed, "no_token");
    // A new token changes nothing where the right is missing.
    assert!(!exchange.is_token_rejected(response(401, NO_SCOPE)));
    assert!(exchange.is_token_rejected(response(401, "{\"error\":{\"code\":\"401\"}}")));
    assert!(!exchange.is_token_rejected(response(200, DELIVERED)));
}

#[test]
fn the_zip_code_before_a_number_is_no_part_of_it() {
    for asked in [format!("42094607{NUMBER}"), format!("420946071234{NUMBER}")] {
        let readings = read(SOURCE, 200, DELIVERED.as_bytes(), Some(&asked));
        assert_eq!(readings[0].tracking().map(|t| t.tracking_number.as_str()), Some(asked.as_str()));
    }
    let wrong = (FailureKind::Malformed, "wrong_number".to_owned());
    assert_eq!(failure(SOURCE, 200, DELIVERED.as_bytes(), Some(&format!("4209460{NUMBER}"))), wrong);
}

#[test]
fn a_batch_speaks_of_each_number() {
    let readings = read(SOURCE, 207, BATCH.as_bytes(), None);
    assert_eq!(readings.iter().map(Reading::outcome).collect::<Vec<_>>(), ["found", "not_found"]);
    let asked = Some("9400100000000000000003");
    assert_eq!(failure(SOURCE, 207, BATCH.as_bytes(), asked), (FailureKind::NotFound, "404".to_owned()));
}

#[test]
fn the_exact_time_is_the_one_in_gmt() {
    let tracking = changed(|_| {});
    let newest = &tracking.checkpoints[0];
    assert_eq!(newest.time.map(|t| t.to_string()).as_deref(), Some("2026-03-05T13:58:40-05:00"));
    assert_eq!(newest.local_time.map(|t| t.to_string()).as_deref(), Some("2026-03-05T13:58:00"));
    // Without the GMT time the offset, without either nothing: the United States have several clocks.
    let told = |names: &[&str]| {
        changed(|body| {
            for event in body["trackingEvents"].as_array_mut().expect("a list") {
                for name in names {
                    event[name] = Value::Null;
                }
            }
        })
        .delivered_at
        .map(|t| t.to_string())
    };
    assert_eq!(told(&["GMTTimestamp"]).as_deref(), Some("2026-03-05T13:58:00-05:00"));
    assert_eq!(told(&["GMTTimestamp", "GMTOffset"]), None);
}

#[test]
fn the_expected_day_is_no_instant() {
    let readings = read(SOURCE, 200, IN_TRANSIT.as_bytes(), None);
    let tracking = readings[0].tracking().expect("found");
    assert_eq!(tracking.estimated_delivery, None);
    assert_eq!(tracking.estimated_delivery_local.map(|t| t.to_string()).as_deref(), Some("2026-03-05"));
}

#[test]
fn one_code_for_several_things_is_told_by_its_words() {
    let status = |code: &str, words: &str| {
        let tracking = changed(|body| {
            body["trackingEvents"][0]["eventCode"] = code.into();
            body["trackingEvents"][0]["eventType"] = words.into();
        });
        (tracking.status, tracking.delivered_at.is_some())
    };
    assert_eq!(status("01", "Delivered, To Agent"), (Status::Delivered, true));
    assert_eq!(status("01", "Delivered, To Original Sender"), (Status::Returned, false));
    assert_eq!(status("29", "Return to Sender"), (Status::Returning, false));
    assert_eq!(status("29", "Delivered, To Original Sender"), (Status::Returned, false));
    assert_eq!(
        status("81", "Picked Up by Shipping Partner, USPS Awaiting Item"),
        (Status::LabelCreated, false)
    );
    assert_eq!(status("81", "Departed Shipping Partner Facility"), (Status::InTransit, false));
    // A code that is not known: USPS's category says where the item stands, and no time is made of it.
    assert_eq!(status("??", "Delivered"), (Status::Delivered, false));
}

#[test]
fn who_signed_stands_nowhere_but_in_the_proof() {
    let tracking = changed(|body| body["trackingEvents"][0]["name"] = "J EXAMPLE".into());
    let proof = tracking.proof_of_delivery.clone().expect("a proof");
    assert_eq!(
        (proof.signed_by.as_deref(), proof.left_at.as_deref()),
        (Some("J EXAMPLE"), Some("Parcel Locker"))
    );
    let rest = Tracking { proof_of_delivery: None, ..tracking };
    assert!(!serde_json::to_string(&rest).expect("JSON").contains("EXAMPLE\""));
}

#[test]
fn every_namespace_that_is_read_is_in_the_table() {
    let table = StatusTable::read("usps/statuses.toml", include_str!("statuses.toml"));
    let table = table.unwrap_or_else(|e| panic!("{e}"));
    assert!(table.has_namespace("event_code") && table.has_namespace("status_category"));
}
