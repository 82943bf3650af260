//! Royal Mail: the request as documented, every sample answer read, foreign bodies, and the sandbox read back.

use proptest::prelude::*;

use crate::contract::{Content, FailureKind, HeaderValue, Method, Reading, Status, StatusTable, Tracking};
use crate::trial::{ask, failure, never_another_number, read, reshaped, source, spoilt};

const SOURCE: &str = "royal_mail.v2";
const NUMBER: &str = "FQ990000023GB";

const DELIVERED: &str = include_str!("fixtures/events_delivered.json");
const IN_TRANSIT: &str = include_str!("fixtures/events_in_transit.json");
const SUMMARY: &str = include_str!("fixtures/summary_mixed.json");
const NOT_FOUND: &str = include_str!("fixtures/not_found_http404.json");
const NO_TERMS: &str = include_str!("fixtures/missing_terms_header_http400.json");
const RATE_LIMITED: &str = include_str!("fixtures/rate_limited_http429.json");
const ALL: &[&str] = &[DELIVERED, IN_TRANSIT, SUMMARY, NOT_FOUND, NO_TERMS, RATE_LIMITED];

#[test]
fn reads_the_samples() {
    for (name, status, body) in [
        ("events_delivered", 200, DELIVERED),
        ("events_in_transit", 200, IN_TRANSIT),
        ("summary_mixed", 200, SUMMARY),
        ("not_found", 404, NOT_FOUND),
        ("missing_terms_header", 400, NO_TERMS),
        ("rate_limited", 429, RATE_LIMITED),
    ] {
        let readings = read(SOURCE, status, body.as_bytes(), None);
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_json_snapshot!(name, readings);
        });
        assert!(source(SOURCE).recognizes(body.as_bytes()), "{name}");
    }
}

#[test]
fn asks_as_documented() {
    let request = source(SOURCE).request(&ask("royal_mail", NUMBER));
    assert_eq!((request.method, request.content), (Method::Get, Content::Empty));
    assert_eq!(request.path, format!("/mailpieces/v2/{NUMBER}/events"));
    assert_eq!(request.query, []);
    let plain = |text: &str| HeaderValue::Plain(text.to_owned());
    assert_eq!(
        request.headers,
        [
            ("X-IBM-Client-Id", HeaderValue::Secret("client_id")),
            ("X-IBM-Client-Secret", HeaderValue::Secret("client_secret")),
            ("X-Accept-RMG-Terms", plain("yes")),
            ("Accept", plain("application/json")),
        ]
    );
}

#[test]
fn failures_are_told_apart() {
    let is = |status, body: &str, kind, code: &str| {
        assert_eq!(failure(SOURCE, status, body.as_bytes(), Some(NUMBER)), (kind, code.to_owned()), "{body}");
    };
    // With the HTTP status and without it.
    for (status, body, kind, code) in [
        (404, NOT_FOUND, FailureKind::NotFound, "E1142"),
        (400, NO_TERMS, FailureKind::Inconclusive, "E0004"),
        (429, RATE_LIMITED, FailureKind::RateLimited, "429"),
        (401, "{\"httpCode\":\"401\",\"httpMessage\":\"x\"}", FailureKind::Refused, "401"),
        (500, "{\"httpCode\":500,\"errors\":[{\"errorCode\":\"E0009\"}]}", FailureKind::Unavailable, "E0009"),
    ] {
        is(status, body, kind, code);
        is(200, body, kind, code);
    }
    for (code, kind) in [
        ("E1284", FailureKind::NotFound),
        ("E1307", FailureKind::Unavailable),
        ("E1283", FailureKind::Inconclusive),
        ("E0016", FailureKind::Refused),
        ("E0010", FailureKind::RateLimited),
        ("E0013", FailureKind::Inconclusive),
    ] {
        is(400, &NO_TERMS.replace("E0004", code), kind, code);
    }
    // A 404 of the gateway before the API says nothing about the item.
    is(404, "{\"httpCode\":\"404\",\"httpMessage\":\"Not Found\"}", FailureKind::Inconclusive, "404");
    is(404, "<html>no such page</html>", FailureKind::Unavailable, "html_instead");
    is(503, NOT_FOUND, FailureKind::Unavailable, "unexpected_shape");
    is(200, "", FailureKind::Malformed, "empty");
    is(200, "{}", FailureKind::Malformed, "unexpected_shape");
    is(200, "{\"mailPieces\":[]}", FailureKind::Malformed, "unexpected_shape");
    is(200, &DELIVERED[..DELIVERED.len() / 2], FailureKind::Malformed, "truncated");
}

#[test]
fn an_answer_about_another_number_is_not_believed() {
    let wrong = (FailureKind::Malformed, "wrong_number".to_owned());
    for body in [DELIVERED, SUMMARY] {
        assert_eq!(failure(SOURCE, 200, body.as_bytes(), Some("FQ990000037GB")), wrong);
    }
    // The 2D barcode is a number of the same item.
    let readings = read(SOURCE, 200, DELIVERED.as_bytes(), Some("0B0000000000000000001"));
    assert_eq!(readings[0].tracking().map(|t| t.tracking_number.as_str()), Some("0B0000000000000000001"));
}

#[test]
fn mail_pieces_are_one_object_or_a_list() {
    let readings = read(SOURCE, 200, SUMMARY.as_bytes(), None);
    assert_eq!(readings.iter().map(Reading::outcome).collect::<Vec<_>>(), ["found", "not_found"]);
    let summary = readings[0].tracking().expect("found");
    assert_eq!((summary.status, summary.checkpoints.len()), (Status::InTransit, 1));
    let not_found = (FailureKind::NotFound, "E1142".to_owned());
    assert_eq!(failure(SOURCE, 200, SUMMARY.as_bytes(), Some("AA000000000GB")), not_found);
}

#[test]
fn the_window_is_a_time_of_the_day_or_a_whole_time() {
    let estimate = |end: &str| {
        let body = IN_TRANSIT.replace("11:00:00+00:00", end);
        let readings = read(SOURCE, 200, body.as_bytes(), Some(NUMBER));
        let tracking = readings[0].tracking().expect("found").clone();
        let printed = |text: Option<String>| text.unwrap_or_default();
        (
            printed(tracking.estimated_delivery.map(|t| t.to_string())),
            printed(tracking.estimated_delivery_local.map(|t| t.to_string())),
        )
    };
    let is = |end, instant: &str, local: &str| {
        assert_eq!(estimate(end), (instant.to_owned(), local.to_owned()), "{end}");
    };
    is("11:00:00+01:00", "2026-03-04T11:00:00+01:00", "");
    is("2026-03-05T12:00:00+00:00", "2026-03-05T12:00:00Z", "");
    is("", "", "2026-03-04");
}

#[test]
fn a_time_without_offset_is_no_instant() {
    let body = DELIVERED.replace("2026-03-04T10:04:00+00:00", "2026-03-04T10:04:00");
    let readings = read(SOURCE, 200, body.as_bytes(), Some(NUMBER));
    let tracking = readings[0].tracking().expect("found");
    assert_eq!((tracking.status, tracking.delivered_at), (Status::Delivered, None));
    let local = tracking.checkpoints[0].local_time.map(|t| t.to_string());
    assert_eq!(local.as_deref(), Some("2026-03-04T10:04:00"));
}

#[test]
fn the_category_stands_in_for_an_unknown_code() {
    let status = |category: &str| {
        let body = IN_TRANSIT.replace("EVIMC", "EVZZZ").replace("\"IN TRANSIT\"", &format!("\"{category}\""));
        read(SOURCE, 200, body.as_bytes(), None)[0].tracking().map(|t| t.status)
    };
    // The addressee collected it; an event of that name would be the sender's.
    assert_eq!(status("Collected"), Some(Status::Delivered));
    assert_eq!(status("Ready for delivery"), Some(Status::InTransit));
    assert_eq!(status("Something else"), Some(Status::Unknown));
}

#[test]
fn who_signed_stands_nowhere_but_in_the_proof() {
    let readings = read(SOURCE, 200, DELIVERED.as_bytes(), None);
    let tracking = readings[0].tracking().expect("found").clone();
    let proof = tracking.proof_of_delivery.clone().expect("a proof");
    assert_eq!(proof.signed_by.as_deref(), Some("SYNTHETIC RECIPIENT"));
    let rest = Tracking { proof_of_delivery: None, ..tracking };
    assert!(!serde_json::to_string(&rest).expect("JSON").contains("RECIPIENT"));
}

#[test]
fn every_namespace_that_is_read_is_in_the_table() {
    let table = StatusTable::read("royal_mail/statuses.toml", include_str!("statuses.toml"));
    let table = table.unwrap_or_else(|e| panic!("{e}"));
    for namespace in ["event_code", "status_category"] {
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
        let (origin, destination) = (place("GB", "SAMPLETON", "", "", 0), place("FR", "EXAMPLE", "", "", 60));
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
            (Scan::Returning, Some(Status::Returning)),
            (Scan::Returned, Some(Status::Returned)),
            (Scan::Damaged, None),
            (Scan::Lost, None),
            (Scan::Notice, None),
        ] {
            let world = world(&[Scan::Label, scan]);
            let readings = asked(&*sandbox, &world, "royal_mail", NUMBER);
            let tracking = readings[0].tracking().unwrap_or_else(|| panic!("{readings:?}"));
            assert_eq!(tracking.status, status.unwrap_or(Status::LabelCreated), "{scan:?}");
            assert_eq!(tracking.checkpoints.len(), 1 + usize::from(status.is_some()), "{scan:?}");
            if status.is_some() {
                assert_eq!(tracking.checkpoints[0].time.map(OffsetTime::timestamp), Some(world.now));
            }
            assert_eq!(tracking.delivered_at.is_some(), scan == Scan::Delivered);
            let country = |p: &Option<crate::contract::Place>| p.as_ref().and_then(|p| p.country);
            assert_eq!(country(&tracking.destination).map(|c| c.to_string()).as_deref(), Some("FR"));
            assert_eq!(tracking.proof_of_delivery.is_some(), scan == Scan::Delivered);
        }
    }

    #[test]
    fn what_is_not_known_and_what_is_refused() {
        let sandbox = super::super::sandbox::sandbox();
        let world = world(&[Scan::Label]);
        let unknown = asked(&*sandbox, &world, "royal_mail", "AA000000000ZZ");
        assert_eq!(unknown[0].outcome(), "not_found");
        let kind = |refusal| {
            let answer = sandbox.refuse(refusal);
            failure(SOURCE, answer.status, &answer.body, None).0
        };
        assert_eq!(kind(Refusal::RateLimited), FailureKind::RateLimited);
        assert_eq!(kind(Refusal::Unavailable), FailureKind::Unavailable);
        assert_eq!(kind(Refusal::Unauthorized), FailureKind::Refused);
        let mut request = crate::trial::sent(&source(SOURCE).request(&ask("royal_mail", NUMBER)), None);
        request.headers.retain(|(name, _)| name != "x-accept-rmg-terms");
        assert_eq!(sandbox.respond(&request, &world).status, 400);
        request.headers.clear();
        assert_eq!(sandbox.respond(&request, &world).status, 401);
    }
}
