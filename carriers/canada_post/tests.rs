//! Canada Post: the request as documented, every sample answer read, foreign bodies, and the sandbox read back.

use proptest::prelude::*;

use crate::contract::{Content, FailureKind, HeaderValue, Method, Reading, Status, StatusTable, Tracking};
use crate::trial::{ask, failure, never_another_number, read, source, spoilt};

const SOURCE: &str = "canada_post.track";
const NUMBER: &str = "1000000000000002";

const DELIVERED: &str = include_str!("fixtures/delivered_signature_first.xml");
const IN_TRANSIT: &str = include_str!("fixtures/in_transit.xml");
const PICKUP: &str = include_str!("fixtures/available_for_pickup_after_attempt.xml");
const NOT_FOUND: &str = include_str!("fixtures/not_found.xml");
const RATE_LIMITED: &str = include_str!("fixtures/rate_limited.xml");
const REST_DELIVERED: &str = include_str!("fixtures/rest_delivered.json");
const REST_NOT_FOUND: &str = include_str!("fixtures/rest_not_found.json");
const ALL: &[&str] =
    &[DELIVERED, IN_TRANSIT, PICKUP, NOT_FOUND, RATE_LIMITED, REST_DELIVERED, REST_NOT_FOUND];

#[test]
fn reads_the_samples() {
    for (name, status, body) in [
        ("delivered_signature_first", 200, DELIVERED),
        ("in_transit", 200, IN_TRANSIT),
        ("available_for_pickup_after_attempt", 200, PICKUP),
        ("not_found", 404, NOT_FOUND),
        ("rate_limited", 200, RATE_LIMITED),
        ("rest_delivered", 200, REST_DELIVERED),
        ("rest_not_found", 404, REST_NOT_FOUND),
    ] {
        let readings = read(SOURCE, status, body.as_bytes(), None);
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_json_snapshot!(name, readings);
        });
        assert!(source(SOURCE).recognizes(body.as_bytes()), "{name}");
    }
}

/// The one tracking that a body comes to.
fn found(body: &str) -> Tracking {
    let readings = read(SOURCE, 200, body.as_bytes(), None);
    readings.first().and_then(Reading::tracking).cloned().unwrap_or_else(|| panic!("{readings:?}"))
}

#[test]
fn asks_as_documented() {
    let request = source(SOURCE).request(&ask("canada_post", NUMBER));
    assert_eq!((request.method, request.content), (Method::Get, Content::Empty));
    assert_eq!(request.path, format!("/vis/track/pin/{NUMBER}/detail"));
    let plain = |text: &str| HeaderValue::Plain(text.to_owned());
    assert_eq!(
        request.headers,
        [
            ("Authorization", HeaderValue::Basic { user: "user", password: "password" }),
            ("Accept", plain("application/vnd.cpc.track-v2+xml")),
            ("Accept-Language", plain("en-CA")),
        ]
    );
}

#[test]
fn failures_are_told_apart() {
    let is = |status, body: &str, kind, code: &str| {
        assert_eq!(failure(SOURCE, status, body.as_bytes(), Some(NUMBER)), (kind, code.to_owned()), "{body}");
    };
    for status in [200, 404] {
        is(status, NOT_FOUND, FailureKind::NotFound, "004");
        is(status, REST_NOT_FOUND, FailureKind::NotFound, "004");
    }
    // The throttle comes with any status, told by its words alone.
    for status in [200, 500, 504] {
        is(status, RATE_LIMITED, FailureKind::RateLimited, "Server");
    }
    let message = |code: &str, text: &str| {
        NOT_FOUND.replace("<code>004", &format!("<code>{code}")).replace("No Pin History", text)
    };
    is(500, &message("Server", "Internal error"), FailureKind::Unavailable, "Server");
    is(401, &message("E002", "AAA Authentication Failure"), FailureKind::Refused, "E002");
    is(403, &message("AA04", "mismatch"), FailureKind::Refused, "AA04");
    is(406, &message("406", "Not Acceptable"), FailureKind::Inconclusive, "406");
    is(400, &message("008", "another"), FailureKind::Inconclusive, "008");
    is(401, "{\"httpCode\":\"401\",\"httpMessage\":\"x\"}", FailureKind::Refused, "401");
    is(404, "{\"httpCode\":\"404\",\"httpMessage\":\"x\"}", FailureKind::Inconclusive, "404");
    is(200, "{\"errors\":[{\"errorCode\":\"004\",\"message\":\"x\"}]}", FailureKind::NotFound, "004");
    is(503, "<html>down</html>", FailureKind::Unavailable, "html_instead");
    is(404, "<html>no such page</html>", FailureKind::Unavailable, "html_instead");
    is(200, "", FailureKind::Malformed, "empty");
    is(200, "{}", FailureKind::Malformed, "unexpected_shape");
    is(200, "<data/>", FailureKind::Malformed, "unexpected_shape");
    is(200, &DELIVERED[..DELIVERED.len() / 2], FailureKind::Malformed, "truncated");
}

#[test]
fn an_answer_about_another_number_is_not_believed() {
    let wrong = (FailureKind::Malformed, "wrong_number".to_owned());
    for body in [DELIVERED, REST_DELIVERED] {
        assert_eq!(failure(SOURCE, 200, body.as_bytes(), Some("1000000000000009")), wrong);
    }
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

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(body in prop::collection::vec(any::<u8>(), 0..300), status: u16) {
        never_another_number(SOURCE, status, &body, NUMBER)?;
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
        let (origin, destination) = (
            place("CA", "SAMPLETOWN", "ON", "M5V 1A1", -300),
            place("CA", "EXAMPLE CITY", "AB", "T2P1A1", -420),
        );
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
            (Scan::CustomsCleared, None),
            (Scan::OutForDelivery, Some(Status::OutForDelivery)),
            (Scan::Attempted, Some(Status::AttemptFailed)),
            (Scan::AtCounter, Some(Status::AvailableForPickup)),
            (Scan::Delivered, Some(Status::Delivered)),
            (Scan::Returning, Some(Status::Returning)),
            (Scan::Returned, None),
            (Scan::Damaged, None),
            (Scan::Lost, None),
            (Scan::Notice, None),
        ] {
            let world = world(&[Scan::Label, scan]);
            let readings = asked(&*sandbox, &world, "canada_post", NUMBER);
            let tracking = readings[0].tracking().unwrap_or_else(|| panic!("{readings:?}"));
            assert_eq!(tracking.status, status.unwrap_or(Status::LabelCreated), "{scan:?}");
            assert_eq!(
                tracking.checkpoints.len(),
                1 + usize::from(status.is_some()) + usize::from(scan == Scan::Delivered),
                "{scan:?}"
            );
            if status.is_some() {
                assert_eq!(tracking.checkpoints[0].time.map(OffsetTime::timestamp), Some(world.now));
            }
            assert_eq!(tracking.delivered_at.is_some(), scan == Scan::Delivered);
            let destination = tracking.destination.as_ref().and_then(|p| p.postal_code.as_deref());
            assert_eq!(destination, Some("T2P1A1"));
            assert_eq!(tracking.proof_of_delivery.is_some(), scan == Scan::Delivered);
        }
    }

    #[test]
    fn what_is_not_known_and_what_is_refused() {
        let sandbox = super::super::sandbox::sandbox();
        let world = world(&[Scan::Label]);
        let unknown = asked(&*sandbox, &world, "canada_post", "1000000000000009");
        assert_eq!(unknown[0].outcome(), "not_found");
        let kind = |refusal| {
            let answer = sandbox.refuse(refusal);
            failure(SOURCE, answer.status, &answer.body, None).0
        };
        assert_eq!(kind(Refusal::RateLimited), FailureKind::RateLimited);
        assert_eq!(kind(Refusal::Unavailable), FailureKind::Unavailable);
        assert_eq!(kind(Refusal::Unauthorized), FailureKind::Refused);
        let mut request = crate::trial::sent(&source(SOURCE).request(&ask("canada_post", NUMBER)), None);
        request.headers.retain(|(name, _)| name != "authorization");
        assert_eq!(sandbox.respond(&request, &world).status, 401);
    }
}
