//! Global Track and Trace: the request as documented, every sample answer read, foreign bodies, and the sandbox read back.

use proptest::prelude::*;

use crate::contract::{Content, FailureKind, HeaderValue, Method, Status, StatusTable, Tracking};
use crate::trial::{ask, failure, never_another_number, read, reshaped, source, spoilt};

const SOURCE: &str = "postal.upu";
const NUMBER: &str = "RR990000068FI";

const DELIVERED: &str = include_str!("fixtures/delivered.json");
const FORECAST: &str = include_str!("fixtures/in_transit_with_forecast.json");
const NOT_FOUND: &str = include_str!("fixtures/not_found_empty_body.json");
const ALL: &[&str] = &[DELIVERED, FORECAST];

#[test]
fn reads_the_samples() {
    for (name, status, body) in [
        ("delivered", 200, DELIVERED),
        ("in_transit_with_forecast", 200, FORECAST),
        ("not_found_empty_body", 200, NOT_FOUND),
    ] {
        let readings = read(SOURCE, status, body.as_bytes(), None);
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_json_snapshot!(name, readings);
        });
        let own = !["not_found_empty_body"].contains(&name);
        assert_eq!(source(SOURCE).recognizes(body.as_bytes()), own, "{name}");
    }
}

#[test]
fn asks_as_documented() {
    let request = source(SOURCE).request(&ask("postal", NUMBER));
    assert_eq!((request.method, request.content), (Method::Get, Content::Empty));
    assert_eq!(request.path, format!("/gtt.api/service.svc/rest/ItemTTWithTrans/{NUMBER}/EN"));
    assert_eq!(request.query, []);
    assert_eq!(request.headers, [("Accept", HeaderValue::Plain("application/json".to_owned()))]);
}

#[test]
fn answers_for_posts_without_a_source_of_their_own() {
    let registry = crate::registry::registry();
    let asked = |carrier: &str, format: &str| {
        let mut ask = ask(carrier, NUMBER);
        ask.format = Some(format.to_owned());
        registry.sources_for(&ask).iter().any(|s| s.facts().id.as_str() == SOURCE)
    };
    assert!(asked("postal", "postal.s10") && asked("ems", "ems.s10"));
    assert!(!asked("ems", "ems.china_domestic") && !asked("ups", "postal.s10"));
    // Every post has a source: its own, or this one.
    for post in registry.carriers().filter(|c| c.post_of.is_some()) {
        let own = !post.sources.is_empty();
        assert!(own || asked(post.id.as_str(), &format!("{}.s10", post.id)), "{} has no source", post.id);
    }
}

#[test]
fn failures_are_told_apart() {
    let is = |status, body: &str, kind, code: &str| {
        assert_eq!(failure(SOURCE, status, body.as_bytes(), Some(NUMBER)), (kind, code.to_owned()), "{body}");
    };
    // Nothing with success is the answer that nothing is known; nothing with an error is not.
    for body in [NOT_FOUND, "\r\n", "[]"] {
        is(200, body, FailureKind::NotFound, "no_content");
    }
    is(500, "", FailureKind::Unavailable, "empty");
    is(404, "<html>Endpoint not found.</html>", FailureKind::Unavailable, "html_instead");
    is(429, "<html></html>", FailureKind::RateLimited, "html_instead");
    // It takes no credentials, so that it cannot refuse any.
    is(401, "<html></html>", FailureKind::Unavailable, "html_instead");
    is(401, "{}", FailureKind::Unavailable, "unexpected_shape");
    is(503, DELIVERED, FailureKind::Unavailable, "unexpected_shape");
    is(200, "<html>captcha</html>", FailureKind::Malformed, "html_instead");
    is(200, "null", FailureKind::Malformed, "unexpected_shape");
    is(200, "[{}]", FailureKind::Malformed, "unexpected_shape");
    is(200, &DELIVERED[..DELIVERED.len() / 2], FailureKind::Malformed, "truncated");
}

#[test]
fn an_answer_about_another_number_is_not_believed() {
    let wrong = (FailureKind::Malformed, "wrong_number".to_owned());
    assert_eq!(failure(SOURCE, 200, DELIVERED.as_bytes(), Some("RR990000071FI")), wrong);
}

#[test]
fn an_estimate_is_no_scan() {
    let readings = read(SOURCE, 200, FORECAST.as_bytes(), Some(NUMBER));
    let tracking = readings[0].tracking().expect("found");
    assert_eq!((tracking.status, tracking.checkpoints.len()), (Status::Customs, 4));
    assert!(tracking.checkpoints.iter().all(|c| c.code.as_deref() != Some("DLV")));
    // 1772496000000 is 2026-03-03T00:00:00Z.
    let estimate = tracking.estimated_delivery_local.map(|t| t.to_string());
    assert_eq!(estimate.as_deref(), Some("2026-03-03T02:00:00"));
}

#[test]
fn the_wall_clock_is_kept_and_no_instant_is_made_of_it() {
    let local = |text: &str| {
        let body = DELIVERED.replace("/Date(1772175600000+0200)/", text);
        let readings = read(SOURCE, 200, body.as_bytes(), Some(NUMBER));
        let tracking = readings[0].tracking().expect("found");
        assert_eq!((tracking.status, tracking.delivered_at), (Status::Delivered, None));
        assert!(tracking.checkpoints.iter().all(|c| c.time.is_none()));
        tracking.checkpoints[0].local_time.map(|t| t.to_string())
    };
    // 1772175600000 is 2026-02-27T07:00:00Z.
    assert_eq!(local("/Date(1772175600000+0200)/").as_deref(), Some("2026-02-27T09:00:00"));
    assert_eq!(local("/Date(1772175600000-0530)/").as_deref(), Some("2026-02-27T01:30:00"));
    assert_eq!(local("/Date(1772175600000)/").as_deref(), Some("2026-02-27T07:00:00"));
    assert_eq!(local("2026-02-27T09:00:00").as_deref(), Some("2026-02-27T09:00:00"));
    for wrong in ["/Date(x)/", "/Date(1772175600000+02)/", "/Date(+)/", "/Date()/", "soon", "/Date(é+0200)/"]
    {
        assert_eq!(local(wrong), None, "{wrong}");
    }
}

#[test]
fn who_signed_stands_nowhere_but_in_the_proof() {
    let at = DELIVERED.rfind("\"Signature\": null").expect("the last event");
    let body = format!("{}{}", &DELIVERED[..at], DELIVERED[at..].replace("null", "\"A NAME\""));
    let readings = read(SOURCE, 200, body.as_bytes(), Some(NUMBER));
    let tracking = readings[0].tracking().expect("found").clone();
    let proof = tracking.proof_of_delivery.clone().expect("a proof");
    assert_eq!(proof.signed_by.as_deref(), Some("A NAME"));
    let rest = Tracking { proof_of_delivery: None, ..tracking };
    assert!(!serde_json::to_string(&rest).expect("JSON").contains("A NAME"));
}

#[test]
fn the_namespace_that_is_read_is_in_the_table() {
    let table = StatusTable::read("postal/statuses.toml", include_str!("statuses.toml"));
    assert!(table.unwrap_or_else(|e| panic!("{e}")).has_namespace("event_cd"));
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
    use crate::contract::sandbox::{Refusal, Scan};

    use crate::trial::{OneParcel, asked, place};

    fn world(scans: &[Scan]) -> OneParcel {
        let (origin, destination) =
            (place("FI", "EXAMPLE HELSINKI", "", "", 120), place("IN", "EXAMPLE DELHI", "", "", 330));
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
            (Scan::AtCounter, Some(Status::AvailableForPickup)),
            (Scan::Delivered, Some(Status::Delivered)),
            (Scan::Returning, None),
            (Scan::Returned, None),
            (Scan::Damaged, None),
            (Scan::Lost, None),
            (Scan::Notice, None),
        ] {
            let world = world(&[Scan::PickedUp, scan]);
            let readings = asked(&*sandbox, &world, "postal", NUMBER);
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
            let country = |p: &Option<crate::contract::Place>| p.as_ref().and_then(|p| p.country);
            assert_eq!(country(&tracking.destination).map(|c| c.to_string()).as_deref(), Some("IN"));
            assert_eq!(tracking.estimated_delivery_local.is_some(), scan != Scan::Delivered);
            assert_eq!(tracking.proof_of_delivery.is_some(), scan == Scan::Delivered);
        }
    }

    #[test]
    fn what_is_not_known_and_what_is_refused() {
        let sandbox = super::super::sandbox::sandbox();
        let world = world(&[Scan::PickedUp]);
        let unknown = asked(&*sandbox, &world, "postal", "RR990000071FI");
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
