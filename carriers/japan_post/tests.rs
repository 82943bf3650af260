//! Japan Post, beyond the list of tests that every source has (`suite.rs`).

use crate::contract::{FailureKind, Reading, Status, StatusTable, Tracking};
use crate::trial::{ask, failure, read};

const SOURCE: &str = "japan_post.page";
const NUMBER: &str = "EN990000037JP";

const DELIVERED: &str = include_str!("fixtures/delivered_en.html");
const DOMESTIC: &str = include_str!("fixtures/domestic_delivered_ja.html");
const NOT_FOUND: &str = include_str!("fixtures/not_found_en.html");
const MAINTENANCE: &str = include_str!("fixtures/maintenance.html");

fn found(body: &str) -> Tracking {
    let readings = read(SOURCE, 200, body.as_bytes(), Some(NUMBER));
    readings.first().and_then(Reading::tracking).cloned().unwrap_or_else(|| panic!("{readings:?}"))
}

#[test]
fn answers_for_express_items_from_japan_too() {
    let mut ask = ask("ems", NUMBER);
    let registry = crate::registry::registry();
    let asked = |ask: &_| registry.sources_for(ask).iter().any(|s| s.facts().id.as_str() == SOURCE);
    assert!(!asked(&ask));
    ask.origin_country = crate::contract::Country::new("CN").ok();
    assert!(!asked(&ask));
    ask.origin_country = crate::contract::Country::new("JP").ok();
    assert!(asked(&ask));
}

#[test]
fn failures_are_told_apart() {
    let is = |status, body: &str, kind, code: &str| {
        assert_eq!(failure(SOURCE, status, body.as_bytes(), Some(NUMBER)), (kind, code.to_owned()), "{body}");
    };
    is(200, NOT_FOUND, FailureKind::NotFound, "not_found");
    is(200, MAINTENANCE, FailureKind::Unavailable, "maintenance");
    is(200, "<html><p>Hello</p></html>", FailureKind::Unavailable, "unexpected_shape");
    is(429, "<html></html>", FailureKind::RateLimited, "http_error");
    // The page takes no credentials, so that it cannot refuse any; and its not-found comes with 200.
    for status in [401, 403, 404, 500, 503] {
        is(status, "<html></html>", FailureKind::Unavailable, "http_error");
    }
    is(503, DELIVERED, FailureKind::Unavailable, "http_error");
    is(200, "", FailureKind::Malformed, "empty");
    is(200, "{\"shipments\":[]}", FailureKind::Malformed, "not_html");
    let half = DELIVERED.char_indices().nth(DELIVERED.chars().count() / 2).map_or(0, |(at, _)| at);
    is(200, &DELIVERED[..half], FailureKind::Malformed, "truncated");
    // What is nested without end is not read at all.
    is(200, &format!("<html>{}</html>", "<div>".repeat(5000)), FailureKind::Malformed, "too_large");
    is(200, &format!("<html>{}</html>", " ".repeat(300_000)), FailureKind::Malformed, "too_large");
    let list_of_found =
        NOT_FOUND.replace("<font color=\"ff0000\">** Your item was not found.", "<font>Arrival.");
    is(200, &list_of_found, FailureKind::Inconclusive, "summary_only");
}

#[test]
fn a_page_about_another_number_is_not_believed() {
    let wrong = (FailureKind::Malformed, "wrong_number".to_owned());
    for body in [DELIVERED, NOT_FOUND] {
        assert_eq!(failure(SOURCE, 200, body.as_bytes(), Some("EN990000045JP")), wrong);
    }
    let domestic = read(SOURCE, 200, DOMESTIC.as_bytes(), Some("000000000012"));
    assert_eq!(domestic[0].outcome(), "found");
}

#[test]
fn the_clock_is_that_of_the_place() {
    let times = |country: &str| {
        let tracking = found(&DELIVERED.replace("EXAMPLELAND", country));
        tracking.delivered_at.map(|t| t.to_string())
    };
    assert_eq!(times("KOREA").as_deref(), Some("2026-02-24T11:43:00+09:00"));
    assert_eq!(times("FRANCE").as_deref(), Some("2026-02-24T11:43:00+01:00"));
    assert_eq!(times("UNITED STATES OF AMERICA"), None);
    assert_eq!(times("EXAMPLELAND"), None);
}

#[test]
fn a_wording_counts_whole_or_up_to_what_is_added() {
    let status =
        |wording: &str| found(&DELIVERED.replace(">Final delivery<", &format!(">{wording}<"))).status;
    assert_eq!(status("Final delivery – Collected at counter"), Status::Delivered);
    assert_eq!(status("Retention (awaiting the addressee)"), Status::InTransit);
    assert_eq!(status("Unsuccessful delivery"), Status::Unknown);
    assert_eq!(status("Final delivery impossible"), Status::Unknown);
    assert_eq!(status("ご不在のため持ち戻り"), Status::AttemptFailed);
}

#[test]
fn every_row_of_the_table_is_in_the_namespace_that_is_read() {
    let table = StatusTable::read("japan_post/statuses.toml", include_str!("statuses.toml"));
    assert!(table.unwrap_or_else(|e| panic!("{e}")).has_namespace("wording"));
}
