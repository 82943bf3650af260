//! Japan Post: the request, every sample page read, foreign bodies, and the sandbox read back.

use proptest::prelude::*;

use crate::contract::{Content, FailureKind, Method, Reading, Status, StatusTable, Tracking};
use crate::trial::{ask, failure, never_another_number, read, source, spoilt};

const SOURCE: &str = "japan_post.page";
const NUMBER: &str = "EN990000037JP";

const DELIVERED: &str = include_str!("fixtures/delivered_en.html");
const DOMESTIC: &str = include_str!("fixtures/domestic_delivered_ja.html");
const IN_TRANSIT: &str = include_str!("fixtures/in_transit_en.html");
const RETURNED: &str = include_str!("fixtures/returned_en.html");
const NOT_FOUND: &str = include_str!("fixtures/not_found_en.html");
const MAINTENANCE: &str = include_str!("fixtures/maintenance.html");
const ALL: &[&str] = &[DELIVERED, DOMESTIC, IN_TRANSIT, RETURNED, NOT_FOUND, MAINTENANCE];

fn found(body: &str) -> Tracking {
    let readings = read(SOURCE, 200, body.as_bytes(), Some(NUMBER));
    readings.first().and_then(Reading::tracking).cloned().unwrap_or_else(|| panic!("{readings:?}"))
}

#[test]
fn asks_as_the_search_form_does() {
    let request = source(SOURCE).request(&ask("japan_post", NUMBER));
    assert_eq!((request.method, request.path.as_str()), (Method::Get, "/services/srv/search/direct"));
    assert_eq!(request.query, [("reqCodeNo1", NUMBER.into()), ("locale", "en".into())]);
    assert_eq!((request.headers, request.content), (Vec::new(), Content::Empty));
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
fn reads_the_samples() {
    for (name, body) in [
        ("delivered_en", DELIVERED),
        ("domestic_delivered_ja", DOMESTIC),
        ("in_transit_en", IN_TRANSIT),
        ("returned_en", RETURNED),
        ("not_found_en", NOT_FOUND),
        ("maintenance", MAINTENANCE),
    ] {
        let readings = read(SOURCE, 200, body.as_bytes(), None);
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_json_snapshot!(name, readings);
        });
        assert_eq!(source(SOURCE).recognizes(body.as_bytes()), name != "maintenance", "{name}");
    }
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))] // a page takes long to read

    #[test]
    fn any_bytes_are_read_without_panic(body in prop::collection::vec(any::<u8>(), 0..300), status: u16) {
        never_another_number(SOURCE, status, &body, NUMBER)?;
    }

    #[test]
    fn any_text_within_a_page_is_read_without_panic(inner in "\\PC{0,200}") {
        never_another_number(SOURCE, 200, format!("<html>{inner}</html>").as_bytes(), NUMBER)?;
    }

    #[test]
    fn spoilt_pages_never_speak_of_another_number(body in spoilt(ALL)) {
        never_another_number(SOURCE, 200, &body, NUMBER)?;
        never_another_number(SOURCE, 200, &body, "EN990000045JP")?;
    }
}

#[cfg(feature = "sandbox")]
mod sandbox {
    use super::*;
    use crate::contract::OffsetTime;
    use crate::contract::sandbox::{Refusal, SandboxRequest, SandboxResponse, Scan};
    use crate::trial::{OneParcel, place};

    fn world(scans: &[Scan]) -> OneParcel {
        let origin = place("JP", "EXAMPLE POST", "TOKYO", "100-0001", 540);
        OneParcel::new(NUMBER, scans, &origin, &place("KR", "EXAMPLE SEOUL", "", "", 540))
    }

    fn respond(world: &OneParcel, number: &str) -> SandboxResponse {
        let query = [("reqCodeNo1", number), ("locale", "en")];
        let request = SandboxRequest {
            method: "GET".to_owned(),
            path: "/services/srv/search/direct".to_owned(),
            query: query.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
            headers: Vec::new(),
            body: Vec::new(),
        };
        super::super::sandbox::sandbox().respond(&request, world)
    }

    #[test]
    fn what_the_sandbox_says_is_what_is_read() {
        // The page has no wording for a voided label, a loss or a notice: no row stands for them. What is held, be it
        // damaged or to be sent back, is in retention.
        for (scan, status) in [
            (Scan::Label, None),
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
            (Scan::Returning, Some(Status::InTransit)),
            (Scan::Returned, Some(Status::Returned)),
            (Scan::Damaged, Some(Status::InTransit)),
            (Scan::Lost, None),
            (Scan::Notice, None),
        ] {
            let world = world(&[Scan::PickedUp, scan]);
            let answer = respond(&world, NUMBER);
            let readings = read(SOURCE, answer.status, &answer.body, Some(NUMBER));
            let tracking = readings[0].tracking().unwrap_or_else(|| panic!("{readings:?}"));
            assert_eq!(tracking.tracking_number, NUMBER);
            assert!(String::from_utf8_lossy(&answer.body).contains("EN 990 000 037 JP"));
            assert_eq!(tracking.status, status.unwrap_or(Status::Accepted), "{scan:?}");
            assert_eq!(tracking.checkpoints.len(), 1 + usize::from(status.is_some()));
            if status.is_some() {
                assert_eq!(tracking.checkpoints[0].time.map(OffsetTime::timestamp), Some(world.now));
                let country = tracking.checkpoints[0].place.as_ref().and_then(|p| p.country);
                assert_eq!(country.map(|c| c.to_string()).as_deref(), Some("KR"));
            }
            let origin = tracking.origin.as_ref().and_then(|p| p.region.as_deref());
            assert_eq!(origin, Some("TOKYO"));
        }
    }

    #[test]
    fn an_item_is_not_known_before_its_first_scan() {
        let world = world(&[Scan::Label]);
        let answer = respond(&world, NUMBER);
        let not_found = (FailureKind::NotFound, "not_found".to_owned());
        assert_eq!(failure(SOURCE, answer.status, &answer.body, Some(NUMBER)), not_found);
        let answer = respond(&world, "EN990000045JP");
        assert_eq!(failure(SOURCE, answer.status, &answer.body, Some("EN990000045JP")), not_found);
    }

    #[test]
    fn it_refuses_as_japan_post_does() {
        let sandbox = super::super::sandbox::sandbox();
        let kind = |refusal| {
            let answer = sandbox.refuse(refusal);
            failure(SOURCE, answer.status, &answer.body, Some(NUMBER)).0
        };
        assert_eq!(kind(Refusal::RateLimited), FailureKind::RateLimited);
        assert_eq!(kind(Refusal::Unavailable), FailureKind::Unavailable);
        assert_eq!(kind(Refusal::Unauthorized), FailureKind::Unavailable);
    }
}
