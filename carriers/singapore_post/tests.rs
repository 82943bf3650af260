//! Singapore Post: the request, every sample answer read, foreign bodies, and the sandbox read back.

use proptest::prelude::*;

use crate::contract::{Content, FailureKind, HeaderValue, Method, Status, StatusTable};
use crate::trial::{ask, failure, never_another_number, read, reshaped, source, spoilt};

const SOURCE: &str = "singapore_post.track";
const NUMBER: &str = "RR990000099SG";

const DELIVERED: &str = include_str!("fixtures/delivered.json");
const IN_TRANSIT: &str = include_str!("fixtures/in_transit.json");
const NOT_FOUND: &str = include_str!("fixtures/not_found.json");
const ALL: &[&str] = &[DELIVERED, IN_TRANSIT, NOT_FOUND];

#[test]
fn reads_the_samples() {
    for (name, status, body) in
        [("delivered", 200, DELIVERED), ("in_transit", 200, IN_TRANSIT), ("not_found", 200, NOT_FOUND)]
    {
        let readings = read(SOURCE, status, body.as_bytes(), None);
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_json_snapshot!(name, readings);
        });
        assert!(source(SOURCE).recognizes(body.as_bytes()), "{name}");
    }
}

#[test]
fn asks_as_the_page_does() {
    let request = source(SOURCE).request(&ask("singapore_post", NUMBER));
    assert_eq!((request.method, request.path.as_str()), (Method::Post, "/api/services/track-events"));
    assert_eq!(request.content, Content::Json("{\"trackingNumber\":\"RR990000099SG\"}".into()));
    assert_eq!(request.query, []);
    assert_eq!(request.headers, [("Accept", HeaderValue::Plain("application/json".to_owned()))]);
}

#[test]
fn failures_are_told_apart() {
    let is = |status, body: &str, kind, code: &str| {
        assert_eq!(failure(SOURCE, status, body.as_bytes(), Some(NUMBER)), (kind, code.to_owned()), "{body}");
    };
    is(200, NOT_FOUND, FailureKind::NotFound, "not_found");
    // A flag may be a true flag one day; without it nothing is said about the item.
    is(200, &NOT_FOUND.replace("Found\": \"false\"", "Found\": false"), FailureKind::NotFound, "not_found");
    is(200, &NOT_FOUND.replace("NumberFound", "NumberKnown"), FailureKind::Malformed, "unexpected_shape");
    // Neither 403 nor 404 is about the item, and no credentials of ours were refused.
    for status in [401, 403, 404, 503] {
        is(status, "<html></html>", FailureKind::Unavailable, "html_instead");
        is(status, NOT_FOUND, FailureKind::Unavailable, "unexpected_shape");
    }
    is(429, "<html></html>", FailureKind::RateLimited, "html_instead");
    is(200, "", FailureKind::Malformed, "empty");
    is(200, "{\"ok\":true,\"items\":[]}", FailureKind::Malformed, "unexpected_shape");
    is(200, &DELIVERED[..DELIVERED.len() / 2], FailureKind::Malformed, "truncated");
}

#[test]
fn an_answer_about_another_number_is_not_believed() {
    let wrong = (FailureKind::Malformed, "wrong_number".to_owned());
    for body in [DELIVERED, NOT_FOUND] {
        assert_eq!(failure(SOURCE, 200, body.as_bytes(), Some("RR990000108SG")), wrong);
    }
    let body = DELIVERED.replace("Number\": \"\"", "Number\": \"RR990000108SG\"");
    let readings = read(SOURCE, 200, body.as_bytes(), Some("RR990000108SG"));
    assert_eq!(readings[0].tracking().map(|t| t.tracking_number.as_str()), Some("RR990000108SG"));
}

#[test]
fn a_dash_is_nothing_and_speedposts_times_are_no_instants() {
    let body = DELIVERED.replace("\"Synth base\"", "\"-\"").replace("13:00:00.000+08:00", "13:00:00");
    let readings = read(SOURCE, 200, body.as_bytes(), Some(NUMBER));
    let tracking = readings[0].tracking().expect("found");
    assert_eq!((tracking.origin.as_ref(), tracking.status), (None, Status::Delivered));
    let newest = &tracking.checkpoints[0];
    assert_eq!((newest.time, newest.place.as_ref()), (None, None));
    assert_eq!(newest.local_time.map(|t| t.to_string()).as_deref(), Some("2026-02-26T13:00:00"));
}

#[test]
fn details_are_never_kept() {
    let body = DELIVERED.replace("\"details\": \"\"", "\"details\": \"A NAME\"");
    assert!(!format!("{:?}", read(SOURCE, 200, body.as_bytes(), None)).contains("A NAME"));
}

#[test]
fn the_namespace_that_is_read_is_in_the_table() {
    let table = StatusTable::read("singapore_post/statuses.toml", include_str!("statuses.toml"));
    assert!(table.unwrap_or_else(|e| panic!("{e}")).has_namespace("event_description"));
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
        let (origin, destination) = (place("SG", "SYNTH HUB", "", "", 480), place("CN", "", "", "", 480));
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
            (Scan::Attempted, None),
            (Scan::AtCounter, None),
            (Scan::Delivered, Some(Status::Delivered)),
            (Scan::Returning, None),
            (Scan::Returned, None),
            (Scan::Damaged, None),
            (Scan::Lost, None),
            (Scan::Notice, None),
        ] {
            let world = world(&[Scan::Label, scan]);
            let readings = asked(&*sandbox, &world, "singapore_post", NUMBER);
            let tracking = readings[0].tracking().unwrap_or_else(|| panic!("{readings:?}"));
            assert_eq!(tracking.status, status.unwrap_or(Status::LabelCreated), "{scan:?}");
            assert_eq!(tracking.checkpoints.len(), 1 + usize::from(status.is_some()), "{scan:?}");
            if status.is_some() {
                assert_eq!(tracking.checkpoints[0].time.map(OffsetTime::timestamp), Some(world.now));
            }
            assert_eq!(tracking.delivered_at.is_some(), scan == Scan::Delivered);
        }
    }

    #[test]
    fn what_is_not_known_and_what_is_refused() {
        let sandbox = super::super::sandbox::sandbox();
        let world = world(&[Scan::Label]);
        let unknown = asked(&*sandbox, &world, "singapore_post", "RR990000108SG");
        assert_eq!(unknown[0].outcome(), "not_found");
        let kind = |refusal| {
            let answer = sandbox.refuse(refusal);
            failure(SOURCE, answer.status, &answer.body, None).0
        };
        assert_eq!(kind(Refusal::RateLimited), FailureKind::RateLimited);
        assert_eq!(kind(Refusal::Unavailable), FailureKind::Unavailable);
        assert_eq!(kind(Refusal::Unauthorized), FailureKind::Unavailable);
    }
}
