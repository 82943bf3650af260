//! The EMS Cooperative, beyond the list of tests that every source has (`suite.rs`).

use crate::contract::{FailureKind, Status, StatusTable};
use crate::trial::{failure, read};

const SOURCE: &str = "ems.cooperative";
const NUMBER: &str = "EB990000010CN";

const DELIVERED: &str = include_str!("fixtures/delivered.html");
const NOT_FOUND: &str = include_str!("fixtures/not_found.html");

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
