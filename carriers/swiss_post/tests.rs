//! Swiss Post, beyond the list of tests that every source has (`suite.rs`).

use crate::contract::{Status, StatusTable};
use crate::trial::read;

const SOURCE: &str = "swiss_post.events";
const NUMBER: &str = "990000000000000002";

const EVENTS: &str = include_str!("fixtures/events.json");

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
