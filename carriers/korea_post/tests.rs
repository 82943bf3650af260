//! Korea Post, beyond the list of tests that every source has (`suite.rs`).

use crate::contract::{Status, StatusTable};
use crate::trial::{ask, read, source};

const SOURCE: &str = "korea_post.page";
const NUMBER: &str = "EE990000085KR";

const DELIVERED: &str = include_str!("fixtures/international_delivered_en.html");
const DOMESTIC: &str = include_str!("fixtures/domestic_in_transit_ko.html");

#[test]
fn a_parcel_in_korea_has_a_form_of_its_own() {
    let request = source(SOURCE).request(&ask("korea_post", "6000000000001"));
    let query: Vec<_> = request.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(
        (request.path.as_str(), query.join("&").as_str()),
        ("/trace.RetrieveDomRigiTraceList.comm", "sid1=6000000000001")
    );
}

#[test]
fn the_handover_to_another_post_is_no_delivery() {
    let readings = read(SOURCE, 200, DELIVERED.as_bytes(), Some(NUMBER));
    let statuses: Vec<_> =
        readings[0].tracking().expect("found").checkpoints.iter().map(|c| c.status).collect();
    assert_eq!(statuses, [Status::Delivered, Status::InTransit, Status::Accepted]);
}

#[test]
fn the_korean_clock_holds_for_korea() {
    let times = |body: &str| -> Vec<_> {
        let readings = read(SOURCE, 200, body.as_bytes(), None);
        let tracking = readings[0].tracking().expect("found").clone();
        tracking.checkpoints.iter().map(|c| c.time.map(|t| t.to_string()).unwrap_or_default()).collect()
    };
    assert_eq!(
        times(DOMESTIC),
        ["2026-03-02T22:14:00+09:00", "2026-03-02T13:30:00+09:00", "2026-03-02T11:02:00+09:00"]
    );
    // After the handover the clock is the destination's; when that is, the page does not say.
    assert_eq!(times(DELIVERED), ["", "", "2026-02-20T08:10:00+09:00"]);
}

#[test]
fn the_korean_page_for_items_abroad_has_one_column_for_date_and_time() {
    let body = "<table class=\"table_col\"><tbody><tr><th scope=\"row\">EE990000085KR</th></tr></tbody></table>\
        <table class=\"table_col detail_off\"><tbody><tr><td>2026.02.20 08:10</td><td>교환국 도착 (인천)</td>\
        <td>국제우편물류센터</td><td>합*</td></tr></tbody></table>";
    let readings = read(SOURCE, 200, body.as_bytes(), Some(NUMBER));
    let first = readings[0].tracking().expect("found").checkpoints[0].clone();
    assert_eq!((first.status, first.time), (Status::InTransit, None));
    assert_eq!(first.local_time.map(|t| t.to_string()).as_deref(), Some("2026-02-20T08:10:00"));
    assert_eq!(first.place.and_then(|p| p.city).as_deref(), Some("국제우편물류센터"));
}

#[test]
fn names_and_details_are_never_kept() {
    let body = DELIVERED.replace("<td>Synth DO</td><td></td>", "<td>Synth DO</td><td>R. NAME</td>");
    let kept = format!(
        "{:?}{:?}",
        read(SOURCE, 200, body.as_bytes(), None),
        read(SOURCE, 200, DOMESTIC.as_bytes(), None)
    );
    for name in ["R. NAME", "R***", "합*", "성*"] {
        assert!(!kept.contains(name), "{name}");
    }
}

#[test]
fn the_namespace_that_is_read_is_in_the_table() {
    let table = StatusTable::read("korea_post/statuses.toml", include_str!("statuses.toml"));
    assert!(table.unwrap_or_else(|e| panic!("{e}")).has_namespace("wording"));
}
