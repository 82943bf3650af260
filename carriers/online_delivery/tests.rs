//! Online delivery: the request, every sample answer read, foreign bodies, and the sandbox read back.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::contract::{Content, FailureKind, Method, Reading, Standing, Status, StatusTable, Tracking};
use crate::trial::{ask, failure, never_another_number, read, reshaped, source, spoilt};

const SOURCE: &str = "online_delivery.cainiao";
const NUMBER: &str = "LP00000000000002";

const DELIVERED: &str = include_str!("fixtures/delivered.json");
const IN_TRANSIT: &str = include_str!("fixtures/in_transit.json");
const PENDING: &str = include_str!("fixtures/pending_no_scan.json");
const NOT_FOUND: &str = include_str!("fixtures/not_found.json");
const CHALLENGE: &str = include_str!("fixtures/challenge.json");
const ALL: &[&str] = &[DELIVERED, IN_TRANSIT, PENDING, NOT_FOUND, CHALLENGE];

/// The one tracking that a body comes to, with something in its module replaced.
fn changed(sample: &str, change: impl Fn(&mut Value)) -> Tracking {
    let mut body: Value = serde_json::from_str(sample).expect("the sample is JSON");
    change(&mut body["module"][0]);
    let readings = read(SOURCE, 200, body.to_string().as_bytes(), None);
    readings.first().and_then(Reading::tracking).cloned().unwrap_or_else(|| panic!("{readings:?}"))
}

#[test]
fn asks_as_the_page_does_and_only_where_the_operator_says_so() {
    let request = source(SOURCE).request(&ask("online_delivery", NUMBER));
    assert_eq!((request.method, request.path.as_str()), (Method::Get, "/global/detail.json"));
    assert_eq!(
        request.query,
        [("mailNos", NUMBER.into()), ("lang", "en-US".into()), ("language", "en-US".into())]
    );
    assert_eq!(request.content, Content::Empty);
    let facts = source(SOURCE).facts();
    assert_eq!((facts.standing, facts.on_by_default, facts.secrets.len()), (Standing::Observed, false, 0));
}

#[test]
fn reads_the_samples() {
    for (name, body) in [
        ("delivered", DELIVERED),
        ("in_transit", IN_TRANSIT),
        ("pending_no_scan", PENDING),
        ("not_found", NOT_FOUND),
        ("challenge", CHALLENGE),
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
        assert_eq!(failure(SOURCE, status, body.as_bytes(), None), (kind, code.to_owned()), "{body}");
    };
    is(200, NOT_FOUND, FailureKind::NotFound, "no_events");
    for status in [200, 401, 403, 429] {
        is(status, CHALLENGE, FailureKind::Unavailable, "challenge");
    }
    is(200, "<html><script src=\"/punish/a.js\"></html>", FailureKind::Unavailable, "challenge");
    is(200, "<html>#nocaptcha</html>", FailureKind::Unavailable, "challenge");
    is(200, "<html></html>", FailureKind::Malformed, "html_instead");
    is(503, "<html></html>", FailureKind::Unavailable, "html_instead");
    // The page takes no credentials, so that it cannot refuse any.
    is(401, "", FailureKind::Unavailable, "empty");
    is(429, "", FailureKind::RateLimited, "empty");
    is(404, NOT_FOUND, FailureKind::Unavailable, "unexpected_shape");
    is(200, "{}", FailureKind::Malformed, "unexpected_shape");
    is(200, "{\"module\":[],\"success\":true}", FailureKind::Malformed, "unexpected_shape");
    is(200, "{\"success\":false}", FailureKind::Malformed, "unexpected_shape");
    is(200, &DELIVERED[..DELIVERED.len() / 2], FailureKind::Malformed, "truncated");
}

#[test]
fn an_answer_about_another_number_is_not_believed() {
    let wrong = (FailureKind::Malformed, "wrong_number".to_owned());
    for body in [DELIVERED, NOT_FOUND] {
        assert_eq!(failure(SOURCE, 200, body.as_bytes(), Some("LP00000000000009")), wrong);
    }
}

#[test]
fn the_last_carriers_number_answers_too() {
    let readings = read(SOURCE, 200, DELIVERED.as_bytes(), Some("SYNTH00000002"));
    let tracking = readings[0].tracking().expect("it is found");
    assert_eq!(tracking.tracking_number, "SYNTH00000002");
    assert_eq!(tracking.notes, ["Cainiao's number of the parcel is LP00000000000002"]);
    let tracking = changed(DELIVERED, |_| {});
    assert_eq!(tracking.notes, ["Synth Post delivers it as SYNTH00000002"]);
}

#[test]
fn several_numbers_are_several_readings() {
    let mut both: Value = serde_json::from_str(DELIVERED).expect("JSON");
    let other: Value = serde_json::from_str(NOT_FOUND).expect("JSON");
    both["module"].as_array_mut().expect("a list").push(other["module"][0].clone());
    let outcomes = |asked| {
        let readings = read(SOURCE, 200, both.to_string().as_bytes(), asked);
        readings.iter().map(Reading::outcome).collect::<Vec<_>>()
    };
    assert_eq!(outcomes(None), ["found", "not_found"]);
    assert_eq!(outcomes(Some(NUMBER)), ["found"]);
}

#[test]
fn without_scans_a_number_of_its_own_is_announced_and_anothers_unknown() {
    let tracking = changed(PENDING, |_| {});
    assert_eq!((tracking.status, tracking.checkpoints.len()), (Status::LabelCreated, 0));
    assert_eq!(tracking.origin.and_then(|p| p.country).map(|c| c.to_string()).as_deref(), Some("CN"));
}

#[test]
fn the_station_that_signs_is_not_the_recipient() {
    let status = |code: &str| {
        let tracking = changed(IN_TRANSIT, |module| module["detailList"][0]["actionCode"] = json!(code));
        tracking.status
    };
    assert_eq!(status("GTMS_STA_SIGNED"), Status::AvailableForPickup);
    assert_eq!(status("GTMS_SIGNED"), Status::Delivered);
    assert_eq!(status("GTMS_DEL_FAILURE"), Status::AttemptFailed);
    assert_eq!(status("NEW_THING_FAILURE"), Status::Exception);
    assert_eq!(status("CC_TRANS＿START"), Status::Customs);
    assert_eq!(status("RT_WH_DESTROY"), Status::Lost);
}

#[test]
fn the_clock_is_that_of_the_zone_never_that_of_the_figure() {
    let time = |zone: Value| {
        let tracking = changed(DELIVERED, |module| module["detailList"][0]["timeZone"] = zone.clone());
        let newest = tracking.checkpoints.iter().find(|c| c.status == Status::Delivered).cloned();
        newest.and_then(|c| c.time).map(|t| t.to_string())
    };
    assert_eq!(time(json!("GMT+1")).as_deref(), Some("2026-03-04T10:15:00+01:00"));
    assert_eq!(time(json!("GMT+2")).as_deref(), Some("2026-03-04T10:15:00+02:00"));
    assert_eq!(time(Value::Null), None);
}

#[test]
fn the_summary_counts_only_where_no_event_is_understood() {
    let status = |code: &str, summary: &str| {
        let tracking = changed(IN_TRANSIT, |module| {
            let mut event = module["detailList"][0].clone();
            event["actionCode"] = json!(code);
            module["detailList"] = json!([event]);
            module["status"] = json!(summary);
        });
        tracking.status
    };
    assert_eq!(status("LH_DEPART", "DELIVERED"), Status::InTransit);
    assert_eq!(status("NEW_THING", "CLEAR_CUSTOMS"), Status::Customs);
    assert_eq!(status("NEW_THING", "transport"), Status::InTransit);
    assert_eq!(status("NEW_THING", "NEW_WORD"), Status::Unknown);
}

#[test]
fn every_namespace_that_is_read_is_declared() {
    let table = StatusTable::read("online_delivery/statuses.toml", include_str!("statuses.toml"));
    let table = table.unwrap_or_else(|e| panic!("{e}"));
    assert!(table.has_namespace("action_code") && table.has_namespace("status"));
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(body in prop::collection::vec(any::<u8>(), 0..300), status: u16) {
        never_another_number(SOURCE, status, &body, NUMBER)?;
    }

    #[test]
    fn any_zone_is_read_without_panic(zone in "(GMT)?[+-]?\\PC{0,8}") {
        changed(DELIVERED, |module| module["detailList"][0]["timeZone"] = json!(zone));
    }

    #[test]
    fn answers_of_another_shape_never_speak_of_another_number(body in reshaped(ALL)) {
        never_another_number(SOURCE, 200, &body, NUMBER)?;
        never_another_number(SOURCE, 200, &body, "LP00000000000009")?;
    }

    #[test]
    fn spoilt_answers_never_speak_of_another_number(body in spoilt(ALL)) {
        never_another_number(SOURCE, 200, &body, NUMBER)?;
        never_another_number(SOURCE, 200, &body, "LP00000000000009")?;
    }
}

#[cfg(feature = "sandbox")]
mod sandbox {
    use super::*;
    use crate::contract::OffsetTime;
    use crate::contract::sandbox::{Refusal, SandboxRequest, SandboxResponse, Scan};
    use crate::trial::{OneParcel, place};

    fn world(scans: &[Scan]) -> OneParcel {
        let origin = place("CN", "SHENZHEN", "", "518000", 480);
        OneParcel::new(NUMBER, scans, &origin, &place("US", "OAKLAND", "CA", "94607", -480))
    }

    fn respond(world: &OneParcel, number: &str) -> SandboxResponse {
        let described = source(SOURCE).request(&ask("online_delivery", number));
        let request = SandboxRequest {
            method: "GET".to_owned(),
            path: described.path,
            query: described.query.iter().map(|(n, v)| ((*n).to_owned(), v.to_string())).collect(),
            headers: Vec::new(),
            body: Vec::new(),
        };
        super::super::sandbox::sandbox().respond(&request, world)
    }

    #[test]
    fn what_the_sandbox_says_is_what_is_read() {
        // A cancelled order is an exception to Cainiao; nothing is told of what moves nothing.
        for (scan, status) in [
            (Scan::Voided, Some(Status::Exception)),
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
            let answer = respond(&world, NUMBER);
            let readings = read(SOURCE, answer.status, &answer.body, Some(NUMBER));
            let tracking = readings[0].tracking().unwrap_or_else(|| panic!("{readings:?}"));
            assert_eq!(tracking.status, status.unwrap_or(Status::LabelCreated), "{scan:?}");
            assert_eq!(tracking.checkpoints.len(), 1 + usize::from(status.is_some()));
            if status.is_some() {
                assert_eq!(tracking.checkpoints[0].time.map(OffsetTime::timestamp), Some(world.now));
            }
            assert_eq!(tracking.delivered_at.is_some(), scan == Scan::Delivered);
            let country = |p: &Option<crate::contract::Place>| p.as_ref().and_then(|p| p.country);
            assert_eq!(country(&tracking.origin).map(|c| c.to_string()).as_deref(), Some("CN"));
            assert_eq!(country(&tracking.destination).map(|c| c.to_string()).as_deref(), Some("US"));
        }
    }

    #[test]
    fn what_has_not_happened_is_not_told() {
        let mut world = world(&[Scan::Label, Scan::PickedUp, Scan::Delivered]);
        world.now = world.parcel.steps[0].at;
        let answer = respond(&world, NUMBER);
        let readings = read(SOURCE, answer.status, &answer.body, Some(NUMBER));
        let tracking = readings[0].tracking().expect("the label is told");
        assert_eq!((tracking.status, tracking.checkpoints.len()), (Status::LabelCreated, 1));
    }

    #[test]
    fn it_refuses_as_cainiao_does() {
        let world = world(&[Scan::Label]);
        let answer = respond(&world, "LP00000000000009");
        let not_found = (FailureKind::NotFound, "no_events".to_owned());
        assert_eq!(failure(SOURCE, answer.status, &answer.body, None), not_found);
        let sandbox = super::super::sandbox::sandbox();
        let kind = |refusal| {
            let answer = sandbox.refuse(refusal);
            failure(SOURCE, answer.status, &answer.body, Some(NUMBER))
        };
        let challenge = (FailureKind::Unavailable, "challenge".to_owned());
        assert_eq!(kind(Refusal::RateLimited), challenge);
        assert_eq!(kind(Refusal::Unauthorized), challenge);
        assert_eq!(kind(Refusal::Unavailable).0, FailureKind::Unavailable);
    }
}
