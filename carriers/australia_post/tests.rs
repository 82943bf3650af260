//! Australia Post: the request as documented, every sample answer read, foreign bodies, and the sandbox read back.

use proptest::prelude::*;
use serde_json::json;

use crate::contract::{Content, FailureKind, HeaderValue, Method, Reading, Status, StatusTable, Tracking};
use crate::trial::{ask, failure, never_another_number, read, reshaped, source, spoilt};

const SOURCE: &str = "australia_post.track";
const NUMBER: &str = "SYN0000000001";

const DELIVERED: &str = include_str!("fixtures/delivered.json");
const NESTED: &str = include_str!("fixtures/in_transit_nested_consignment.json");
const MIXED: &str = include_str!("fixtures/mixed_not_found.json");
const RATE_LIMITED: &str = include_str!("fixtures/rate_limited_http429.json");
const TOO_MANY: &str = include_str!("fixtures/too_many_ids_http400.json");
const ALL: &[&str] = &[DELIVERED, NESTED, MIXED, RATE_LIMITED, TOO_MANY];

#[test]
fn reads_the_samples() {
    for (name, status, body) in [
        ("delivered", 200, DELIVERED),
        ("in_transit_nested_consignment", 200, NESTED),
        ("mixed_not_found", 200, MIXED),
        ("rate_limited", 429, RATE_LIMITED),
        ("too_many_ids", 400, TOO_MANY),
    ] {
        let readings = read(SOURCE, status, body.as_bytes(), None);
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_json_snapshot!(name, readings);
        });
        assert!(source(SOURCE).recognizes(body.as_bytes()), "{name}");
    }
}

/// The tracking that the delivered sample comes to with something in it replaced.
fn changed(from: &str, to: &str) -> Tracking {
    let readings = read(SOURCE, 200, DELIVERED.replace(from, to).as_bytes(), Some(NUMBER));
    readings.first().and_then(Reading::tracking).cloned().unwrap_or_else(|| panic!("{readings:?}"))
}

#[test]
fn asks_as_documented() {
    let request = source(SOURCE).request(&ask("australia_post", NUMBER));
    assert_eq!((request.method, request.path.as_str()), (Method::Get, "/shipping/v1/track"));
    assert_eq!(request.query, [("tracking_ids", NUMBER.into())]);
    assert_eq!(request.content, Content::Empty);
    assert_eq!(
        request.headers,
        [
            ("Authorization", HeaderValue::Basic { user: "api_key", password: "password" }),
            ("Account-Number", HeaderValue::Secret("account_number")),
            ("Accept", HeaderValue::Plain("application/json".to_owned())),
        ]
    );
}

#[test]
fn failures_are_told_apart() {
    let is = |status, body: &str, kind, code: &str| {
        assert_eq!(failure(SOURCE, status, body.as_bytes(), Some(NUMBER)), (kind, code.to_owned()), "{body}");
    };
    // The gateway's errors have other names than the API's; with the HTTP status and without it.
    for status in [200, 429] {
        is(status, RATE_LIMITED, FailureKind::RateLimited, "API_002");
    }
    is(400, TOO_MANY, FailureKind::Inconclusive, "51101");
    is(400, &TOO_MANY.replace("51101", "51104"), FailureKind::NotFound, "51104");
    is(401, &RATE_LIMITED.replace("API_002", "API_001"), FailureKind::Refused, "API_001");
    is(500, &TOO_MANY.replace("51101", "99999"), FailureKind::Unavailable, "99999");
    let result = |code: &str| {
        json!({"tracking_results": [{"tracking_id": NUMBER, "errors": [{"code": code}]}]}).to_string()
    };
    is(200, &result("ESB-10001"), FailureKind::NotFound, "ESB-10001");
    is(200, &result("ESB-10002"), FailureKind::Inconclusive, "ESB-10002");
    is(200, &result("ESB-20050"), FailureKind::Unavailable, "ESB-20050");
    is(403, "<html>blocked</html>", FailureKind::Unavailable, "html_instead");
    is(503, DELIVERED, FailureKind::Unavailable, "unexpected_shape");
    is(200, "", FailureKind::Malformed, "empty");
    is(200, "{}", FailureKind::Malformed, "unexpected_shape");
    is(200, "{\"tracking_results\":[]}", FailureKind::Malformed, "unexpected_shape");
    is(200, &DELIVERED[..DELIVERED.len() / 2], FailureKind::Malformed, "truncated");
}

#[test]
fn an_answer_about_another_number_is_not_believed() {
    let wrong = (FailureKind::Malformed, "wrong_number".to_owned());
    for body in [DELIVERED, NESTED, MIXED] {
        assert_eq!(failure(SOURCE, 200, body.as_bytes(), Some("ET990000059AU")), wrong);
    }
}

#[test]
fn articles_are_found_however_deep_they_stand() {
    let readings = read(SOURCE, 200, NESTED.as_bytes(), Some("ET990000045AU"));
    let tracking = readings[0].tracking().expect("found");
    // The status is "Unknown": the newest event says it.
    assert_eq!((tracking.status, tracking.checkpoints.len()), (Status::InTransit, 4));
    let article = |id: &str| json!({"article_id": id, "status": "Delivered", "events": []});
    let body = json!({"tracking_results": [{
        "tracking_id": "CONS1",
        "trackable_items": [{"consignment_id": "CONS1", "items": [article("ART1"), {"items": [article("ART2")]}]}],
    }]})
    .to_string();
    let notes = |asked: &str| -> Vec<_> {
        let readings = read(SOURCE, 200, body.as_bytes(), Some(asked));
        readings
            .iter()
            .filter_map(Reading::tracking)
            .map(|t| (t.tracking_number.clone(), t.notes.clone()))
            .collect()
    };
    let note = |id: &str| vec![format!("an article of the consignment, with the number {id}")];
    assert_eq!(notes("CONS1"), [("CONS1".to_owned(), note("ART1")), ("CONS1".to_owned(), note("ART2"))]);
    assert_eq!(notes("ART2"), [("ART2".to_owned(), vec![])]);
    // StarTrack tells the consignment as a whole.
    let body =
        json!({"tracking_results": [{"tracking_id": "ST1", "consignment": {"status": "Delivered in Full"}}]});
    let readings = read(SOURCE, 200, body.to_string().as_bytes(), Some("ST1"));
    assert_eq!(readings[0].tracking().map(|t| t.status), Some(Status::Delivered));
}

#[test]
fn a_number_that_is_not_found_stands_beside_one_that_is() {
    let readings = read(SOURCE, 200, MIXED.as_bytes(), None);
    assert_eq!(readings.iter().map(Reading::outcome).collect::<Vec<_>>(), ["found", "not_found"]);
    let not_found = (FailureKind::NotFound, "ESB-10001".to_owned());
    assert_eq!(failure(SOURCE, 200, MIXED.as_bytes(), Some("7XX0000")), not_found);
}

#[test]
fn a_description_counts_by_the_words_that_it_begins_with() {
    let status = |words: &str| changed("Delivered - Left in a safe place\\n\\t", words).checkpoints[0].status;
    assert_eq!(status("Delivered"), Status::Delivered);
    assert_eq!(status("Attempted delivery\\tno one home"), Status::AttemptFailed);
    assert_eq!(status("Awaiting collection at LPO"), Status::AvailableForPickup);
    assert_eq!(status("Item cleared by Customs"), Status::InTransit);
    assert_eq!(status("Presented to Customs."), Status::Customs);
    assert_eq!(status("Delivery scheduled"), Status::Unknown);
    assert_eq!(status("To be delivered"), Status::Unknown);
    assert_eq!(changed("", "").checkpoints[0].text.as_deref(), Some("Delivered - Left in a safe place"));
}

#[test]
fn the_posts_own_word_counts_unless_an_event_says_more() {
    let status = |word: &str, newest: &str| {
        let body = DELIVERED
            .replace("\"Delivered\"", &format!("\"{word}\""))
            .replace("Delivered - Left in a safe place\\n\\t", newest);
        let readings = read(SOURCE, 200, body.as_bytes(), Some(NUMBER));
        readings[0].tracking().map(|t| t.status)
    };
    assert_eq!(status("Possible delay", "Item processed at facility"), Some(Status::Exception));
    assert_eq!(status("In transit", "Onboard for delivery"), Some(Status::OutForDelivery));
    assert_eq!(status("Track items for detailed delivery information", "Delivered"), Some(Status::Delivered));
    assert_eq!(status("In transit", "Something new"), Some(Status::InTransit));
    assert_eq!(status("Possible delay", "Delivered"), Some(Status::Delivered));
}

#[test]
fn a_foreign_clock_with_an_australian_offset_is_no_instant() {
    let times = |location: &str| {
        let tracking = changed("EXAMPLEVILLE VIC", location);
        let first = &tracking.checkpoints[0];
        (first.time.is_some(), first.place.as_ref().and_then(|p| p.country).map(|c| c.to_string()))
    };
    assert_eq!(times("EXAMPLEVILLE VIC"), (true, Some("AU".to_owned())));
    assert_eq!(times("EXAMPLE AUCKLAND NEW ZEALAND"), (false, Some("NZ".to_owned())));
    assert_eq!(times("SOMEWHERE"), (true, None));
}

#[test]
fn every_namespace_that_is_read_is_in_the_table() {
    let table = StatusTable::read("australia_post/statuses.toml", include_str!("statuses.toml"));
    let table = table.unwrap_or_else(|e| panic!("{e}"));
    for namespace in ["status", "description", "word"] {
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
        let (origin, destination) =
            (place("AU", "SAMPLETON", "QLD", "4000", 600), place("AU", "EXAMPLEVILLE", "VIC", "3000", 660));
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
            (Scan::Returned, None),
            (Scan::Damaged, Some(Status::Exception)),
            (Scan::Lost, None),
            (Scan::Notice, None),
        ] {
            let world = world(&[Scan::Label, scan]);
            let readings = asked(&*sandbox, &world, "australia_post", NUMBER);
            let tracking = readings[0].tracking().unwrap_or_else(|| panic!("{readings:?}"));
            assert_eq!(tracking.status, status.unwrap_or(Status::LabelCreated), "{scan:?}");
            assert_eq!(tracking.checkpoints.len(), 1 + usize::from(status.is_some()), "{scan:?}");
            if status.is_some() {
                assert_eq!(tracking.checkpoints[0].time.map(OffsetTime::timestamp), Some(world.now));
            }
            assert_eq!(tracking.delivered_at.is_some(), scan == Scan::Delivered);
            let region = tracking.checkpoints[0].place.as_ref().and_then(|p| p.region.as_deref());
            assert_eq!(region, status.map(|_| "VIC"));
        }
    }

    #[test]
    fn what_is_not_known_and_what_is_refused() {
        let sandbox = super::super::sandbox::sandbox();
        let world = world(&[Scan::Label]);
        let unknown = asked(&*sandbox, &world, "australia_post", "AA000000000ZZ");
        assert_eq!(unknown[0].outcome(), "not_found");
        let kind = |refusal| {
            let answer = sandbox.refuse(refusal);
            failure(SOURCE, answer.status, &answer.body, None).0
        };
        assert_eq!(kind(Refusal::RateLimited), FailureKind::RateLimited);
        assert_eq!(kind(Refusal::Unavailable), FailureKind::Unavailable);
        assert_eq!(kind(Refusal::Unauthorized), FailureKind::Refused);
        let mut request = crate::trial::sent(&source(SOURCE).request(&ask("australia_post", NUMBER)), None);
        request.headers.retain(|(name, _)| name != "account-number");
        assert_eq!(sandbox.respond(&request, &world).status, 401);
    }
}
