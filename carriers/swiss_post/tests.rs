//! Swiss Post: the request, every sample answer read, foreign bodies, and the sandbox read back.

use proptest::prelude::*;

use crate::contract::{Content, FailureKind, HeaderValue, Method, Status, StatusTable};
use crate::trial::{ask, failure, never_another_number, read, reshaped, source, spoilt};

const SOURCE: &str = "swiss_post.events";
const NUMBER: &str = "990000000000000002";

const EVENTS: &str = include_str!("fixtures/events.json");
const NOT_FOUND: &str = include_str!("fixtures/not_found_empty_array.json");
const ALL: &[&str] = &[EVENTS, NOT_FOUND];

#[test]
fn reads_the_samples() {
    for (name, status, body) in [("events", 200, EVENTS), ("not_found_empty_array", 200, NOT_FOUND)] {
        let readings = read(SOURCE, status, body.as_bytes(), None);
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_json_snapshot!(name, readings);
        });
        let own = name != "not_found_empty_array";
        assert_eq!(source(SOURCE).recognizes(body.as_bytes()), own, "{name}");
    }
}

#[test]
fn asks_as_the_page_does() {
    let request = source(SOURCE).request(&ask("swiss_post", NUMBER));
    assert_eq!((request.method, request.content), (Method::Get, Content::Empty));
    assert_eq!(request.path, format!("/ekp-web/api/shipment/id/{NUMBER}/events"));
    assert_eq!(request.query, []);
    assert_eq!(request.headers, [("Accept", HeaderValue::Plain("application/json".to_owned()))]);
}

#[test]
fn failures_are_told_apart() {
    let is = |status, body: &str, kind, code: &str| {
        assert_eq!(failure(SOURCE, status, body.as_bytes(), Some(NUMBER)), (kind, code.to_owned()), "{body}");
    };
    is(200, NOT_FOUND, FailureKind::NotFound, "no_events");
    // What is refused is the session, and no credentials of ours.
    for status in [401, 403, 404, 503] {
        is(status, "<html></html>", FailureKind::Unavailable, "html_instead");
        is(status, NOT_FOUND, FailureKind::Unavailable, "unexpected_shape");
    }
    is(429, "", FailureKind::RateLimited, "empty");
    is(200, "", FailureKind::Malformed, "empty");
    is(200, "{}", FailureKind::Malformed, "unexpected_shape");
    is(200, "[{}]", FailureKind::Malformed, "unexpected_shape");
    is(200, "[7]", FailureKind::Malformed, "unexpected_shape");
    is(200, &EVENTS[..EVENTS.len() / 2], FailureKind::Malformed, "truncated");
}

#[test]
fn codes_that_no_document_explains_are_not_guessed() {
    let readings = read(SOURCE, 200, EVENTS.as_bytes(), Some(NUMBER));
    let tracking = readings[0].tracking().expect("found");
    assert_eq!(
        (tracking.status, tracking.status_code.as_deref()),
        (Status::Unknown, Some("PARCEL.*.40.4000"))
    );
    assert_eq!(tracking.delivered_at, None);
    assert_eq!(tracking.notes, ["the answer does not name the item: whose events these are is not proven"]);
}

#[test]
fn the_namespace_that_is_read_is_in_the_table() {
    let table = StatusTable::read("swiss_post/statuses.toml", include_str!("statuses.toml"));
    assert!(table.unwrap_or_else(|e| panic!("{e}")).has_namespace("event_code"));
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

    #[test]
    fn what_the_sandbox_says_is_what_is_read() {
        let sandbox = super::super::sandbox::sandbox();
        let (origin, destination) =
            (place("CH", "BEISPIEL", "", "3000", 60), place("CH", "MUSTERSTADT", "", "8000", 60));
        let world =
            OneParcel::new(NUMBER, &[Scan::Label, Scan::PickedUp, Scan::Delivered], &origin, &destination);
        let readings = asked(&*sandbox, &world, "swiss_post", NUMBER);
        let tracking = readings[0].tracking().unwrap_or_else(|| panic!("{readings:?}"));
        assert_eq!((tracking.status, tracking.checkpoints.len()), (Status::Unknown, 2));
        assert_eq!(tracking.checkpoints[0].time.map(OffsetTime::timestamp), Some(world.now));
        let place = tracking.checkpoints[0].place.as_ref();
        assert_eq!(place.and_then(|p| p.postal_code.as_deref()), Some("8000"));
        assert_eq!(asked(&*sandbox, &world, "swiss_post", "990000000000000009")[0].outcome(), "not_found");
        let kind = |refusal| {
            let answer = sandbox.refuse(refusal);
            failure(SOURCE, answer.status, &answer.body, None).0
        };
        assert_eq!(kind(Refusal::RateLimited), FailureKind::RateLimited);
        assert_eq!(kind(Refusal::Unavailable), FailureKind::Unavailable);
        assert_eq!(kind(Refusal::Unauthorized), FailureKind::Unavailable);
    }
}
