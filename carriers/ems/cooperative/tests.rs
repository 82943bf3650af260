//! The EMS Cooperative: the request, every sample page read, foreign bodies, and the sandbox read back.

use proptest::prelude::*;

use crate::contract::{Content, FailureKind, Method, Status, StatusTable};
use crate::trial::{ask, failure, never_another_number, read, source, spoilt};

const SOURCE: &str = "ems.cooperative";
const NUMBER: &str = "EB990000010CN";

const DELIVERED: &str = include_str!("fixtures/delivered.html");
const IN_TRANSIT: &str = include_str!("fixtures/in_transit.html");
const NOT_FOUND: &str = include_str!("fixtures/not_found.html");
const NOT_EMS: &str = include_str!("fixtures/not_an_ems_item.html");
const ALL: &[&str] = &[DELIVERED, IN_TRANSIT, NOT_FOUND, NOT_EMS];

#[test]
fn reads_the_samples() {
    for (name, status, body) in [
        ("delivered", 200, DELIVERED),
        ("in_transit", 200, IN_TRANSIT),
        ("not_found", 200, NOT_FOUND),
        ("not_an_ems_item", 200, NOT_EMS),
    ] {
        let readings = read(SOURCE, status, body.as_bytes(), None);
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_json_snapshot!(name, readings);
        });
        assert!(source(SOURCE).recognizes(body.as_bytes()), "{name}");
    }
}

#[test]
fn asks_as_the_form_does() {
    let request = source(SOURCE).request(&ask("ems", NUMBER));
    assert_eq!((request.method, request.path.as_str()), (Method::Get, "/api/publicTracking/track"));
    assert_eq!(request.query, [("language", "EN".into()), ("itemId", NUMBER.into())]);
    assert_eq!((request.headers, request.content), (Vec::new(), Content::Empty));
}

#[test]
fn failures_are_told_apart() {
    let is = |status, body: &str, asked, kind, code: &str| {
        assert_eq!(failure(SOURCE, status, body.as_bytes(), Some(asked)), (kind, code.to_owned()), "{body}");
    };
    is(200, NOT_FOUND, NUMBER, FailureKind::NotFound, "not_found");
    is(200, NOT_EMS, "LZ990000071CN", FailureKind::Inconclusive, "not_an_ems_item");
    let complaint = NOT_EMS.replace("does not denote an EMS item", "is under repair");
    is(200, &complaint, "LZ990000071CN", FailureKind::Inconclusive, "complaint");
    is(
        200,
        &NOT_FOUND.replace("no-results-found", "other"),
        NUMBER,
        FailureKind::Malformed,
        "unexpected_shape",
    );
    is(200, "<html><p>Hello</p></html>", NUMBER, FailureKind::Unavailable, "unexpected_shape");
    is(429, "<html></html>", NUMBER, FailureKind::RateLimited, "http_error");
    for status in [401, 403, 404, 503] {
        is(status, DELIVERED, NUMBER, FailureKind::Unavailable, "http_error");
    }
    is(200, "", NUMBER, FailureKind::Malformed, "empty");
    is(200, "{}", NUMBER, FailureKind::Malformed, "not_html");
    is(200, &DELIVERED[..DELIVERED.len() / 2], NUMBER, FailureKind::Malformed, "truncated");
}

#[test]
fn a_page_about_another_number_is_not_believed() {
    let wrong = (FailureKind::Malformed, "wrong_number".to_owned());
    for body in [DELIVERED, NOT_FOUND] {
        assert_eq!(failure(SOURCE, 200, body.as_bytes(), Some("EB990000023CN")), wrong);
    }
    // What the form repeats proves nothing.
    let body = DELIVERED.replace("value=\"EB990000010CN\"", "value=\"EB990000023CN\"");
    assert_eq!(failure(SOURCE, 200, body.as_bytes(), Some("EB990000023CN")), wrong);
}

#[test]
fn the_wall_clock_is_kept_and_no_instant_is_made_of_it() {
    let local = |date: &str| {
        let body = DELIVERED.replace("Feb 26, 2026, 12:01 PM", date);
        let readings = read(SOURCE, 200, body.as_bytes(), Some(NUMBER));
        let tracking = readings[0].tracking().expect("found");
        assert_eq!((tracking.status, tracking.delivered_at), (Status::Delivered, None));
        tracking.checkpoints[0].local_time.map(|t| t.to_string())
    };
    assert_eq!(local("Feb 26, 2026, 12:01 PM").as_deref(), Some("2026-02-26T12:01:00"));
    assert_eq!(local("Feb 6, 2026 1:05 AM").as_deref(), Some("2026-02-06T01:05:00"));
    assert_eq!(local("Feb 26, 2026, 12:01\u{202f}AM").as_deref(), Some("2026-02-26T00:01:00"));
    assert_eq!(local("26.02.2026"), None);
}

#[test]
fn the_bodys_shape_decides_among_the_sources_of_ems() {
    let ems = crate::contract::CarrierId::new("ems").expect("an id");
    let status = |body: &str| {
        let response = crate::contract::Response { status: 200, body: body.as_bytes(), asked: None };
        let readings = crate::registry::registry().read(&ems, None, response);
        readings[0].tracking().map(|t| (t.carrier.as_str().to_owned(), t.status))
    };
    let delivered = Some(("ems".to_owned(), Status::Delivered));
    for body in [
        DELIVERED,
        include_str!("../../postal/fixtures/delivered.json"),
        include_str!("../../usps/fixtures/delivered_v3.json"),
        include_str!("../../royal_mail/fixtures/events_delivered.json"),
        include_str!("../../canada_post/fixtures/delivered_signature_first.xml"),
        include_str!("../../australia_post/fixtures/delivered.json"),
        include_str!("../../korea_post/fixtures/international_delivered_en.html"),
        include_str!("../../russian_post/fixtures/delivered.xml"),
        include_str!("../../singapore_post/fixtures/delivered.json"),
        include_str!("../../la_poste/fixtures/delivered_and_missing_array_http207.json"),
        include_str!("../../japan_post/fixtures/delivered_en.html"),
    ] {
        assert_eq!(status(body), delivered, "{body:.60}");
    }
}

#[test]
fn a_wording_counts_whole() {
    let status = |wording: &str| {
        let body = DELIVERED.replace("<td>Delivered</td>", &format!("<td>{wording}</td>"));
        read(SOURCE, 200, body.as_bytes(), None)[0].tracking().map(|t| t.status)
    };
    assert_eq!(status("Delivery attempted"), Some(Status::AttemptFailed));
    assert_eq!(status("Delivered to another office"), Some(Status::Unknown));
}

#[test]
fn the_namespace_that_is_read_is_in_the_table() {
    let table = StatusTable::read("ems/statuses.toml", include_str!("../statuses.toml"));
    assert!(table.unwrap_or_else(|e| panic!("{e}")).has_namespace("cooperative"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))] // a page takes long to read

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
    use crate::contract::sandbox::{Refusal, Scan};

    use crate::trial::{OneParcel, asked, place};

    fn world(scans: &[Scan]) -> OneParcel {
        let (origin, destination) =
            (place("CN", "EXAMPLE BEIJING", "", "", 480), place("FR", "EXAMPLE PARIS", "", "", 60));
        OneParcel::new(NUMBER, scans, &origin, &destination)
    }

    #[test]
    fn what_the_sandbox_says_is_what_is_read() {
        let sandbox = super::super::sandbox::sandbox();
        for (scan, status) in [
            (Scan::Voided, None),
            (Scan::Departed, Some(Status::InTransit)),
            (Scan::Arrived, Some(Status::InTransit)),
            (Scan::Customs, Some(Status::Customs)),
            (Scan::CustomsCleared, Some(Status::InTransit)),
            (Scan::OutForDelivery, Some(Status::OutForDelivery)),
            (Scan::Attempted, Some(Status::AttemptFailed)),
            (Scan::AtCounter, None),
            (Scan::Delivered, Some(Status::Delivered)),
            (Scan::Returning, None),
            (Scan::Returned, Some(Status::Returned)),
            (Scan::Damaged, None),
            (Scan::Lost, None),
            (Scan::Notice, None),
        ] {
            let world = world(&[Scan::PickedUp, scan]);
            let readings = asked(&*sandbox, &world, "ems", NUMBER);
            let tracking = readings[0].tracking().unwrap_or_else(|| panic!("{readings:?}"));
            assert_eq!(tracking.status, status.unwrap_or(Status::Accepted), "{scan:?}");
            assert_eq!(tracking.checkpoints.len(), 1 + usize::from(status.is_some()), "{scan:?}");
            if status.is_some() {
                let clock = jiff::tz::Offset::from_seconds(world.parcel.destination.offset_minutes * 60);
                let local = clock.expect("an offset").to_datetime(world.now);
                assert_eq!(
                    tracking.checkpoints[0].local_time,
                    Some(crate::contract::LocalTime::DateTime(local))
                );
            }
        }
    }

    #[test]
    fn what_is_not_known_and_what_is_refused() {
        let sandbox = super::super::sandbox::sandbox();
        let world = world(&[Scan::PickedUp]);
        let unknown = asked(&*sandbox, &world, "ems", "EB990000023CN");
        assert_eq!(unknown[0].outcome(), "not_found");
        let kind = |refusal| {
            let answer = sandbox.refuse(refusal);
            failure(SOURCE, answer.status, &answer.body, None).0
        };
        assert_eq!(kind(Refusal::RateLimited), FailureKind::RateLimited);
        assert_eq!(kind(Refusal::Unavailable), FailureKind::Unavailable);
        assert_eq!(kind(Refusal::Unauthorized), FailureKind::Unavailable);
        assert_eq!(asked(&*sandbox, &world, "ems", "LZ990000071CN")[0].outcome(), "inconclusive");
    }
}
