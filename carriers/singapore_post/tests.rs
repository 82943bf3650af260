//! Singapore Post, beyond the list of tests that every source has (`suite.rs`).

use crate::contract::{FailureKind, Status, StatusTable};
use crate::trial::{failure, read};

const SOURCE: &str = "singapore_post.track";
const NUMBER: &str = "RR990000099SG";

const DELIVERED: &str = include_str!("fixtures/delivered.json");
const NOT_FOUND: &str = include_str!("fixtures/not_found.json");

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
