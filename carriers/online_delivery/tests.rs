//! Online delivery, beyond the list of tests that every source has (`suite.rs`).

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::contract::{Content, FailureKind, Method, Reading, Standing, Status, StatusTable, Tracking};
use crate::trial::{ask, failure, read, source};

const SOURCE: &str = "online_delivery.cainiao";
const NUMBER: &str = "LP00000000000002";

const DELIVERED: &str = include_str!("fixtures/delivered.json");
const IN_TRANSIT: &str = include_str!("fixtures/in_transit.json");
const PENDING: &str = include_str!("fixtures/pending_no_scan.json");
const NOT_FOUND: &str = include_str!("fixtures/not_found.json");

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
    fn any_zone_is_read_without_panic(zone in "(GMT)?[+-]?\\PC{0,8}") {
        changed(DELIVERED, |module| module["detailList"][0]["timeZone"] = json!(zone));
    }

}
