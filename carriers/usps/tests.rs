//! USPS: the requests as documented, every sample answer read, foreign bodies, and the sandbox read back.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::contract::{
    Content, FailureKind, HeaderValue, Method, Reading, Response, Status, StatusTable, Tracking,
};
use crate::trial::{ask, failure, never_another_number, read, reshaped, source, spoilt};

const SOURCE: &str = "usps.v3";
const NUMBER: &str = "9400100000000000000002";

const DELIVERED: &str = include_str!("fixtures/delivered_v3.json");
const IN_TRANSIT: &str = include_str!("fixtures/in_transit_v3.json");
const BATCH: &str = include_str!("fixtures/v3r2_batch_http207.json");
const NOT_FOUND: &str = include_str!("fixtures/not_found_v3_http404.json");
const NO_SCOPE: &str = include_str!("fixtures/missing_scope_http401.json");
const RATE_LIMITED: &str = include_str!("fixtures/rate_limited_http429.json");
const ALL: &[&str] = &[DELIVERED, IN_TRANSIT, BATCH, NOT_FOUND, NO_SCOPE];

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
fn reads_the_samples() {
    for (name, body) in [
        ("delivered", DELIVERED),
        ("in_transit", IN_TRANSIT),
        ("v3r2_batch", BATCH),
        ("not_found", NOT_FOUND),
        ("missing_scope", NO_SCOPE),
    ] {
        let readings = read(SOURCE, 200, body.as_bytes(), None);
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_json_snapshot!(name, readings);
        });
        assert!(source(SOURCE).recognizes(body.as_bytes()), "{name}");
    }
}

#[test]
fn failures_are_told_apart() {
    let is = |status, body: &str, kind, code: &str| {
        assert_eq!(failure(SOURCE, status, body.as_bytes(), Some(NUMBER)), (kind, code.to_owned()), "{body}");
    };
    // With the HTTP status and without it.
    for (status, body, kind, code) in [
        (404, NOT_FOUND, FailureKind::NotFound, "-2147219302"),
        (401, NO_SCOPE, FailureKind::Refused, "401"),
        (429, RATE_LIMITED, FailureKind::RateLimited, "429"),
        (400, "{\"apiVersion\":\"v3\",\"error\":{\"code\":\"400\"}}", FailureKind::Inconclusive, "400"),
        (503, "{\"apiVersion\":\"v3\",\"error\":{\"code\":\"503\"}}", FailureKind::Unavailable, "503"),
    ] {
        is(status, body, kind, code);
        is(200, body, kind, code);
    }
    is(503, NOT_FOUND, FailureKind::Unavailable, "unexpected_shape");
    is(403, "<html>blocked</html>", FailureKind::Unavailable, "html_instead");
    is(404, "{\"fault\":\"no route\"}", FailureKind::Unavailable, "unexpected_shape");
    is(200, "", FailureKind::Malformed, "empty");
    is(200, "[]", FailureKind::Malformed, "unexpected_shape");
    is(200, "{\"trackingEvents\":[]}", FailureKind::Malformed, "unexpected_shape");
    is(200, &DELIVERED[..DELIVERED.len() / 2], FailureKind::Malformed, "truncated");
    let summary = json!({"trackingNumber": NUMBER, "eventSummaries": ["Delivered."]}).to_string();
    is(200, &summary, FailureKind::Inconclusive, "summary_only");
}

#[test]
fn an_answer_about_another_number_is_not_believed() {
    let wrong = (FailureKind::Malformed, "wrong_number".to_owned());
    for body in [DELIVERED, IN_TRANSIT, BATCH] {
        assert_eq!(failure(SOURCE, 200, body.as_bytes(), Some("9400100000000000000009")), wrong);
    }
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
    use crate::trial::{OneParcel, asked, place, sent};

    fn world(scans: &[Scan]) -> OneParcel {
        let (origin, destination) =
            (place("US", "SAMPLETON", "NY", "10001", -300), place("US", "OAKLAND", "CA", "94607", -480));
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
            (Scan::Customs, Some(Status::Customs)),
            (Scan::CustomsCleared, Some(Status::InTransit)),
            (Scan::OutForDelivery, Some(Status::OutForDelivery)),
            (Scan::Attempted, Some(Status::AttemptFailed)),
            (Scan::AtCounter, Some(Status::AvailableForPickup)),
            (Scan::Delivered, Some(Status::Delivered)),
            (Scan::Returning, Some(Status::Returning)),
            (Scan::Returned, Some(Status::Returned)),
            (Scan::Damaged, Some(Status::Exception)),
            (Scan::Lost, Some(Status::Lost)),
            (Scan::Notice, None),
        ] {
            let world = world(&[Scan::Label, scan]);
            let readings = asked(&*sandbox, &world, "usps", NUMBER);
            let tracking = readings[0].tracking().unwrap_or_else(|| panic!("{readings:?}"));
            assert_eq!(tracking.status, status.unwrap_or(Status::LabelCreated), "{scan:?}");
            assert_eq!(tracking.checkpoints.len(), 1 + usize::from(status.is_some()));
            if status.is_some() {
                assert_eq!(tracking.checkpoints[0].time.map(OffsetTime::timestamp), Some(world.now));
            }
            assert_eq!(tracking.delivered_at.is_some(), scan == Scan::Delivered);
            assert_eq!(tracking.destination.as_ref().and_then(|p| p.postal_code.as_deref()), Some("94607"));
            assert_eq!(tracking.service.as_deref(), Some("Test Service"));
        }
    }

    #[test]
    fn it_refuses_as_usps_does() {
        let sandbox = super::super::sandbox::sandbox();
        let world = world(&[Scan::Label]);
        let unknown = asked(&*sandbox, &world, "usps", "9400100000000000000009");
        assert_eq!(unknown[0].outcome(), "not_found");
        let request = sent(&source(SOURCE).request(&ask("usps", NUMBER)), Some("sbx.0"));
        let is = |answer: crate::contract::sandbox::SandboxResponse, kind| {
            assert_eq!(failure(SOURCE, answer.status, &answer.body, None).0, kind);
        };
        is(sandbox.respond(&request, &world), FailureKind::Refused);
        is(sandbox.refuse(Refusal::RateLimited), FailureKind::RateLimited);
        is(sandbox.refuse(Refusal::Unavailable), FailureKind::Unavailable);
        is(sandbox.refuse(Refusal::Unauthorized), FailureKind::Refused);
        let mut request = sent(&source(SOURCE).token().expect("a token").request(), None);
        request.body = b"grant_type=client_credentials&client_id=x".to_vec();
        assert_eq!(sandbox.respond(&request, &world).status, 401);
    }
}
