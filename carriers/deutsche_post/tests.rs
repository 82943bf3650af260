//! Parcel DE Tracking, beyond the list of tests that every source has (`suite.rs`).

use crate::contract::{Content, FailureKind, HeaderValue, Method, Status, StatusTable};
use crate::trial::{ask, failure, read, source};

const SOURCE: &str = "deutsche_post.parcel_de";
const NUMBER: &str = "00340000000000000002";

const DELIVERED: &str = include_str!("fixtures/delivered.xml");
const NOT_FOUND: &str = include_str!("fixtures/not_found.xml");

#[test]
fn asks_as_documented() {
    let request = source(SOURCE).request(&ask("dhl", NUMBER));
    assert_eq!((request.method, request.path.as_str()), (Method::Get, "/parcel/de/tracking/v0/shipments"));
    assert_eq!(request.content, Content::Empty);
    let [(name, xml)] = request.query.as_slice() else { panic!("one field") };
    assert_eq!(
        format!("{name}={xml}"),
        "xml=<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?><data appname=\"{app_name}\" \
         language-code=\"en\" password=\"{app_password}\" piece-code=\"00340000000000000002\" \
         request=\"d-get-piece-detail\"/>"
    );
    let basic = HeaderValue::Basic { user: "api_key", password: "api_secret" };
    assert_eq!(
        request.headers,
        [("Authorization", basic), ("Accept", HeaderValue::Plain("application/xml".to_owned()))]
    );
    // A number never ends the attribute, and never asks for a second number.
    let request = source(SOURCE).request(&ask("dhl", "1\"/><x a=\"2;3"));
    assert!(request.query[0].1.to_string().contains("piece-code=\"1xa23\""));
}

#[test]
fn answers_for_parcels_of_dhl_in_germany() {
    let asked = |format: &str| {
        let mut ask = ask("dhl", NUMBER);
        ask.format = Some(format.to_owned());
        crate::registry::registry().sources_for(&ask).iter().any(|s| s.facts().id.as_str() == SOURCE)
    };
    assert!(asked("dhl.paket") && asked("dhl.identcode"));
    assert!(!asked("dhl.express") && !asked("dhl.licence_plate"));
    let dhl = crate::contract::CarrierId::new("dhl").expect("an id");
    let response = crate::contract::Response { status: 200, body: DELIVERED.as_bytes(), asked: None };
    let readings = crate::registry::registry().read(&dhl, None, response);
    assert_eq!(readings[0].tracking().map(|t| t.carrier.as_str()), Some("dhl"));
}

#[test]
fn of_letters_it_cannot_say_that_they_do_not_exist() {
    let kind = |number| failure(SOURCE, 200, NOT_FOUND.as_bytes(), Some(number)).0;
    assert_eq!(kind("RR990000037DE"), FailureKind::Inconclusive);
    assert_eq!(kind("CY990000037DE"), FailureKind::NotFound);
    assert_eq!(kind(NUMBER), FailureKind::NotFound);
}

#[test]
fn what_goes_back_is_no_delivery() {
    let status = |from: &str, to: &str| {
        let readings = read(SOURCE, 200, DELIVERED.replace(from, to).as_bytes(), Some(NUMBER));
        readings[0].tracking().map(|t| (t.status, t.checkpoints[0].code.clone().unwrap_or_default()))
    };
    let is = |from, to, status_wanted, code: &str| {
        assert_eq!(status(from, to), Some((status_wanted, code.to_owned())));
    };
    is("", "", Status::Delivered, "ZU");
    is(
        "standard-event-code=\"ZU\" ruecksendung=\"false\"",
        "standard-event-code=\"ZU\" ruecksendung=\"true\"",
        Status::Returned,
        "ZU",
    );
    is("standard-event-code=\"ZU\" ", "", Status::Delivered, "DLVRD");
    is("ice=\"DLVRD\" ric=\"OTHER\"", "", Status::Delivered, "ZU");
    is("standard-event-code=\"ZU\"", "standard-event-code=\"??\"", Status::Delivered, "??");
}

#[test]
fn the_clock_is_the_german_one() {
    let times = |from: &str, to: &str| {
        let readings = read(SOURCE, 200, DELIVERED.replace(from, to).as_bytes(), Some(NUMBER));
        readings[0].tracking().and_then(|t| t.delivered_at).map(|t| t.to_string())
    };
    assert_eq!(times("", "").as_deref(), Some("2026-03-05T10:02:00+01:00"));
    assert_eq!(times("05.03.2026", "05.07.2026").as_deref(), Some("2026-07-05T10:02:00+02:00"));
    assert_eq!(times("\"Germany\"", "\"Deutschland\"").as_deref(), Some("2026-03-05T10:02:00+01:00"));
    // Abroad it is not sure whose clock it is.
    assert_eq!(times("\"Germany\"", "\"Poland\""), None);
}

#[test]
fn every_namespace_that_is_read_is_in_the_table() {
    let table = StatusTable::read("deutsche_post/statuses.toml", include_str!("statuses.toml"));
    let table = table.unwrap_or_else(|e| panic!("{e}"));
    for namespace in ["standard_event_code", "ice"] {
        assert!(table.has_namespace(namespace), "{namespace}");
    }
}
