//! Korea Post: the requests, every sample page read, foreign bodies, and the sandbox read back.

use proptest::prelude::*;

use crate::contract::{Content, FailureKind, Method, Status, StatusTable};
use crate::trial::{ask, failure, never_another_number, read, source, spoilt};

const SOURCE: &str = "korea_post.page";
const NUMBER: &str = "EE990000085KR";

const DELIVERED: &str = include_str!("fixtures/international_delivered_en.html");
const DOMESTIC: &str = include_str!("fixtures/domestic_in_transit_ko.html");
const NOT_FOUND: &str = include_str!("fixtures/international_not_found_en.html");
const ALL: &[&str] = &[DELIVERED, DOMESTIC, NOT_FOUND];

#[test]
fn reads_the_samples() {
    for (name, status, body) in [
        ("international_delivered_en", 200, DELIVERED),
        ("domestic_in_transit_ko", 200, DOMESTIC),
        ("international_not_found_en", 200, NOT_FOUND),
    ] {
        let readings = read(SOURCE, status, body.as_bytes(), None);
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_json_snapshot!(name, readings);
        });
        assert!(source(SOURCE).recognizes(body.as_bytes()), "{name}");
    }
}

/// A parcel in Korea.
const DOMESTIC_NUMBER: &str = "6000000000001";

#[test]
fn asks_as_the_forms_do() {
    let request = |number| {
        let request = source(SOURCE).request(&ask("korea_post", number));
        assert_eq!(
            (request.method, request.headers, request.content),
            (Method::Get, Vec::new(), Content::Empty)
        );
        let query: Vec<_> = request.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
        format!("{}?{}", request.path, query.join("&"))
    };
    assert_eq!(request(DOMESTIC_NUMBER), "/trace.RetrieveDomRigiTraceList.comm?sid1=6000000000001");
    assert_eq!(
        request(NUMBER),
        "/trace.RetrieveEmsRigiTraceList.comm?POST_CODE=EE990000085KR&displayHeader=N"
    );
}

#[test]
fn failures_are_told_apart() {
    let is = |status, body: &str, kind, code: &str| {
        assert_eq!(failure(SOURCE, status, body.as_bytes(), Some(NUMBER)), (kind, code.to_owned()), "{body}");
    };
    is(200, NOT_FOUND, FailureKind::NotFound, "not_found");
    is(200, "<html><table></table></html>", FailureKind::Unavailable, "unexpected_shape");
    is(200, &DELIVERED.replace("EE990000085KR", ""), FailureKind::Malformed, "unexpected_shape");
    is(429, "<html></html>", FailureKind::RateLimited, "http_error");
    for status in [401, 403, 404, 503] {
        is(status, DELIVERED, FailureKind::Unavailable, "http_error");
    }
    is(200, "", FailureKind::Malformed, "empty");
    is(200, "{}", FailureKind::Malformed, "not_html");
    is(200, "<html><table>", FailureKind::Malformed, "truncated");
}

#[test]
fn a_page_about_another_number_is_not_believed() {
    let wrong = (FailureKind::Malformed, "wrong_number".to_owned());
    for body in [DELIVERED, NOT_FOUND, DOMESTIC] {
        assert_eq!(failure(SOURCE, 200, body.as_bytes(), Some("EE990000099KR")), wrong);
    }
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))] // a page takes long to read

    #[test]
    fn any_bytes_are_read_without_panic(body in prop::collection::vec(any::<u8>(), 0..300), status: u16) {
        never_another_number(SOURCE, status, &body, NUMBER)?;
    }

    #[test]
    fn spoilt_answers_never_speak_of_another_number(body in spoilt(ALL)) {
        never_another_number(SOURCE, 200, &body, NUMBER)?;
    }
}

#[cfg(feature = "sandbox")]
mod sandbox {
    use super::*;
    use crate::contract::sandbox::{Refusal, Scan};

    use crate::trial::{OneParcel, asked, place};

    fn world(scans: &[Scan]) -> OneParcel {
        let (origin, destination) =
            (place("KR", "EXAMPLE SEOUL", "", "", 540), place("FR", "EXAMPLE PARIS", "", "", 60));
        OneParcel::new(NUMBER, scans, &origin, &destination)
    }

    #[test]
    fn what_the_sandbox_says_is_what_is_read() {
        let sandbox = super::super::sandbox::sandbox();
        for (scan, status) in [
            (Scan::Voided, None),
            (Scan::Departed, Some(Status::InTransit)),
            (Scan::Arrived, Some(Status::InTransit)),
            (Scan::Customs, Some(Status::Customs)),
            (Scan::CustomsCleared, Some(Status::InTransit)),
            (Scan::OutForDelivery, Some(Status::OutForDelivery)),
            (Scan::Attempted, Some(Status::AttemptFailed)),
            (Scan::AtCounter, None),
            (Scan::Delivered, Some(Status::Delivered)),
            (Scan::Returning, Some(Status::Returning)),
            (Scan::Returned, None),
            (Scan::Damaged, None),
            (Scan::Lost, None),
            (Scan::Notice, None),
        ] {
            let world = world(&[Scan::PickedUp, scan]);
            let readings = asked(&*sandbox, &world, "korea_post", NUMBER);
            let tracking = readings[0].tracking().unwrap_or_else(|| panic!("{readings:?}"));
            assert_eq!(tracking.status, status.unwrap_or(Status::Accepted), "{scan:?}");
            assert_eq!(tracking.checkpoints.len(), 1 + usize::from(status.is_some()), "{scan:?}");
            if status.is_some() {
                let clock = jiff::tz::Offset::from_seconds(world.parcel.destination.offset_minutes * 60);
                let local = clock.expect("an offset").to_datetime(world.now);
                assert_eq!(
                    tracking.checkpoints[0].local_time,
                    Some(crate::contract::LocalTime::DateTime(local))
                );
            }
        }
    }

    #[test]
    fn what_is_not_known_and_what_is_refused() {
        let sandbox = super::super::sandbox::sandbox();
        let world = world(&[Scan::PickedUp]);
        let unknown = asked(&*sandbox, &world, "korea_post", "EE990000099KR");
        assert_eq!(unknown[0].outcome(), "not_found");
        let kind = |refusal| {
            let answer = sandbox.refuse(refusal);
            failure(SOURCE, answer.status, &answer.body, None).0
        };
        assert_eq!(kind(Refusal::RateLimited), FailureKind::RateLimited);
        assert_eq!(kind(Refusal::Unavailable), FailureKind::Unavailable);
        assert_eq!(kind(Refusal::Unauthorized), FailureKind::Unavailable);
        let mut domestic = self::world(&[Scan::PickedUp, Scan::Delivered]);
        domestic.parcel.tracking_number = DOMESTIC_NUMBER.to_owned();
        domestic.parcel.steps[1].place = domestic.parcel.origin.clone();
        let readings = asked(&*sandbox, &domestic, "korea_post", DOMESTIC_NUMBER);
        let delivered =
            readings[0].tracking().and_then(|t| t.delivered_at).map(crate::contract::OffsetTime::timestamp);
        assert_eq!(delivered, Some(domestic.now));
    }
}
