//! Royal Mail, beyond the list of tests that every source has (`suite.rs`).

use crate::contract::{FailureKind, Reading, Status, StatusTable, Tracking};
use crate::trial::{failure, read};

const SOURCE: &str = "royal_mail.v2";
const NUMBER: &str = "FQ990000023GB";

const DELIVERED: &str = include_str!("fixtures/events_delivered.json");
const IN_TRANSIT: &str = include_str!("fixtures/events_in_transit.json");
const SUMMARY: &str = include_str!("fixtures/summary_mixed.json");

#[test]
fn an_answer_about_another_number_is_not_believed() {
    let wrong = (FailureKind::Malformed, "wrong_number".to_owned());
    for body in [DELIVERED, SUMMARY] {
        assert_eq!(failure(SOURCE, 200, body.as_bytes(), Some("FQ990000037GB")), wrong);
    }
    // The 2D barcode is a number of the same item.
    let readings = read(SOURCE, 200, DELIVERED.as_bytes(), Some("0B0000000000000000001"));
    assert_eq!(readings[0].tracking().map(|t| t.tracking_number.as_str()), Some("0B0000000000000000001"));
}

#[test]
fn mail_pieces_are_one_object_or_a_list() {
    let readings = read(SOURCE, 200, SUMMARY.as_bytes(), None);
    assert_eq!(readings.iter().map(Reading::outcome).collect::<Vec<_>>(), ["found", "not_found"]);
    let summary = readings[0].tracking().expect("found");
    assert_eq!((summary.status, summary.checkpoints.len()), (Status::InTransit, 1));
    let not_found = (FailureKind::NotFound, "E1142".to_owned());
    assert_eq!(failure(SOURCE, 200, SUMMARY.as_bytes(), Some("AA000000000GB")), not_found);
}

#[test]
fn the_window_is_a_time_of_the_day_or_a_whole_time() {
    let estimate = |end: &str| {
        let body = IN_TRANSIT.replace("11:00:00+00:00", end);
        let readings = read(SOURCE, 200, body.as_bytes(), Some(NUMBER));
        let tracking = readings[0].tracking().expect("found").clone();
        let printed = |text: Option<String>| text.unwrap_or_default();
        (
            printed(tracking.estimated_delivery.map(|t| t.to_string())),
            printed(tracking.estimated_delivery_local.map(|t| t.to_string())),
        )
    };
    let is = |end, instant: &str, local: &str| {
        assert_eq!(estimate(end), (instant.to_owned(), local.to_owned()), "{end}");
    };
    is("11:00:00+01:00", "2026-03-04T11:00:00+01:00", "");
    is("2026-03-05T12:00:00+00:00", "2026-03-05T12:00:00Z", "");
    is("", "", "2026-03-04");
}

#[test]
fn a_time_without_offset_is_no_instant() {
    let body = DELIVERED.replace("2026-03-04T10:04:00+00:00", "2026-03-04T10:04:00");
    let readings = read(SOURCE, 200, body.as_bytes(), Some(NUMBER));
    let tracking = readings[0].tracking().expect("found");
    assert_eq!((tracking.status, tracking.delivered_at), (Status::Delivered, None));
    let local = tracking.checkpoints[0].local_time.map(|t| t.to_string());
    assert_eq!(local.as_deref(), Some("2026-03-04T10:04:00"));
}

#[test]
fn the_category_stands_in_for_an_unknown_code() {
    let status = |category: &str| {
        let body = IN_TRANSIT.replace("EVIMC", "EVZZZ").replace("\"IN TRANSIT\"", &format!("\"{category}\""));
        read(SOURCE, 200, body.as_bytes(), None)[0].tracking().map(|t| t.status)
    };
    // The addressee collected it; an event of that name would be the sender's.
    assert_eq!(status("Collected"), Some(Status::Delivered));
    assert_eq!(status("Ready for delivery"), Some(Status::InTransit));
    assert_eq!(status("Something else"), Some(Status::Unknown));
}

#[test]
fn who_signed_stands_nowhere_but_in_the_proof() {
    let readings = read(SOURCE, 200, DELIVERED.as_bytes(), None);
    let tracking = readings[0].tracking().expect("found").clone();
    let proof = tracking.proof_of_delivery.clone().expect("a proof");
    assert_eq!(proof.signed_by.as_deref(), Some("SYNTHETIC RECIPIENT"));
    let rest = Tracking { proof_of_delivery: None, ..tracking };
    assert!(!serde_json::to_string(&rest).expect("JSON").contains("RECIPIENT"));
}

#[test]
fn every_namespace_that_is_read_is_in_the_table() {
    let table = StatusTable::read("royal_mail/statuses.toml", include_str!("statuses.toml"));
    let table = table.unwrap_or_else(|e| panic!("{e}"));
    for namespace in ["event_code", "status_category"] {
        assert!(table.has_namespace(namespace), "{namespace}");
    }
}

#[cfg(feature = "sandbox")]
#[test]
fn nobody_is_answered_who_has_not_accepted_the_terms() {
    use crate::trial::{OneParcel, ask, place, sent, source};

    let mut request = sent(&source(SOURCE).request(&ask("royal_mail", NUMBER)), None);
    request.headers.retain(|(name, _)| name != "x-accept-rmg-terms");
    let world = OneParcel::new(NUMBER, &[], &place("GB", "", "", "", 0), &place("FR", "", "", "", 60));
    assert_eq!(super::sandbox::sandbox().respond(&request, &world).status, 400);
}
