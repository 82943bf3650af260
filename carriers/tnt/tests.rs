//! TNT, beyond the list of tests that every source has (`suite.rs`).

use crate::contract::{
    Content, FailureKind, Fault, HeaderValue, Method, Reading, Status, StatusTable, Tracking,
};
use crate::trial::{ask, failure, read, source};

const SOURCE: &str = "tnt.expressconnect";
const NUMBER: &str = "123456785";

const DELIVERED: &str = include_str!("fixtures/delivered.xml");
const IN_TRANSIT: &str = include_str!("fixtures/in_transit.xml");
const RECYCLED: &str = include_str!("fixtures/recycled_number_two_consignments.xml");
const NOT_FOUND: &str = include_str!("fixtures/not_found.xml");

fn found(body: &str) -> Tracking {
    let readings = read(SOURCE, 200, body.as_bytes(), Some(NUMBER));
    readings.first().and_then(Reading::tracking).cloned().unwrap_or_else(|| panic!("{readings:?}"))
}

#[test]
fn asks_as_the_schema_says() {
    let request = source(SOURCE).request(&ask("tnt", NUMBER));
    assert_eq!((request.method, request.path.as_str()), (Method::Post, ""));
    assert!(source(SOURCE).facts().base_url.ends_with("/expressconnect/track.do"));
    assert_eq!(
        request.headers,
        [
            ("Authorization", HeaderValue::Basic { user: "username", password: "password" }),
            ("Accept", HeaderValue::Plain("text/xml; charset=UTF-8".to_owned())),
        ]
    );
    let document = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\
        <TrackRequest locale=\"en_US\" version=\"3.1\"><SearchCriteria><ConsignmentNumber>123456785</ConsignmentNumber>\
        </SearchCriteria><LevelOfDetail><Complete originAddress=\"true\" destinationAddress=\"true\" shipment=\"true\" \
        package=\"true\"/></LevelOfDetail></TrackRequest>";
    assert_eq!(request.content, Content::Form(vec![("xml_in", document.into())]));
    let odd = source(SOURCE).request(&ask("tnt", "<&>"));
    let Content::Form(fields) = odd.content else { panic!("a form is sent") };
    assert!(fields[0].1.to_string().contains("<ConsignmentNumber>&lt;&amp;&gt;</ConsignmentNumber>"));
}

#[test]
fn an_answer_about_another_number_is_not_believed() {
    let wrong = (FailureKind::Malformed, "wrong_number".to_owned());
    for body in [DELIVERED, NOT_FOUND] {
        assert_eq!(failure(SOURCE, 200, body.as_bytes(), Some("720111883")), wrong);
    }
    let alternative = DELIVERED.replace(
        "<OriginDepot>",
        "<AlternativeConsignmentNumber>720111883</AlternativeConsignmentNumber><OriginDepot>",
    );
    let readings = read(SOURCE, 200, alternative.as_bytes(), Some("720111883"));
    assert_eq!(readings[0].tracking().map(|t| t.tracking_number.as_str()), Some("720111883"));
}

#[test]
fn a_number_used_again_is_two_consignments_the_newest_first() {
    let readings = read(SOURCE, 200, RECYCLED.as_bytes(), Some(NUMBER));
    let trackings: Vec<_> = readings.iter().filter_map(Reading::tracking).collect();
    assert_eq!(
        trackings.iter().map(|t| t.status).collect::<Vec<_>>(),
        [Status::InTransit, Status::Delivered]
    );
    let note = "TNT shows 2 consignments with this number; this one, collected on 2026-03-02 in DE";
    assert_eq!(trackings[0].notes[1], note);
}

/// The in-transit sample with another summary and another newest event.
fn with(summary: &str, code: &str, wording: &str) -> Tracking {
    let body = IN_TRANSIT.replace("<SummaryCode>INT<", &format!("<SummaryCode>{summary}<"));
    let body = body.replacen("<StatusCode>TR<", &format!("<StatusCode>{code}<"), 1);
    found(&body.replacen("Shipment In Transit.", wording, 1))
}

#[test]
fn the_summary_says_how_it_stands_and_the_newest_event_makes_it_finer() {
    let is = |summary, code, wording, want| {
        assert_eq!(with(summary, code, wording).status, want, "{summary} {code} {wording}");
    };
    is("INT", "OD", "", Status::OutForDelivery);
    is("INT", "CI", "", Status::Accepted);
    is("INT", "LAA", "no one knows", Status::InTransit);
    // Delivered by mail has no OK event.
    is("DEL", "PA", "", Status::Delivered);
    is("DEL", "TR", "", Status::Delivered);
    is("DEL", "NR", "delayed once", Status::Delivered);
    // The summary does not count it as delivered yet.
    is("INT", "OK", "", Status::InTransit);
    is("EXC", "NR", "", Status::Exception);
    is("EXC", "LAA", "no one knows", Status::Exception);
    is("EXC", "XX", "Customer Not Home. Follow up", Status::AttemptFailed);
    is("EXC", "XX", "Customs clearance in progress.", Status::Customs);
    is("EXC", "XX", "Delivered damaged", Status::Delivered);
    // The summary lags behind the movement.
    is("EXC", "TR", "", Status::InTransit);
    is("???", "TR", "", Status::InTransit);
    is("???", "LAA", "", Status::Unknown);
    // Wording counts only from its start.
    is("EXC", "XX", "Could not be delivered to residential", Status::Exception);
}

#[test]
fn a_consignment_without_events_is_announced() {
    let (head, tail) = IN_TRANSIT.split_once("<StatusData>").expect("an event");
    let end = tail.rsplit_once("</StatusData>").expect("an event").1;
    let tracking = found(&format!("{head}{end}"));
    assert_eq!((tracking.status, tracking.checkpoints.len()), (Status::LabelCreated, 0));
}

#[test]
fn faults_are_told_where_the_code_tells_them() {
    assert_eq!(with("EXC", "NR", "").checkpoints[0].fault, Some(Fault::Carrier));
    assert_eq!(with("EXC", "XX", "Closed on delivery attempt").checkpoints[0].fault, Some(Fault::Recipient));
    assert_eq!(with("INT", "TR", "").checkpoints[0].fault, None);
}

#[test]
fn a_depots_clock_is_known_only_at_the_ends_of_the_journey() {
    let tracking = found(DELIVERED);
    let times: Vec<_> = tracking.checkpoints.iter().map(|c| c.time.map(|t| t.to_string())).collect();
    let some = |text: &str| Some(text.to_owned());
    // Delivered in the destination country; a hub somewhere; the depot of origin.
    assert_eq!(times, [some("2026-03-05T08:41:00Z"), None, None, some("2026-03-02T18:42:00+01:00")]);
    assert_eq!(tracking.delivered_at.map(|t| t.to_string()), some("2026-03-05T08:41:00Z"));
    assert_eq!(tracking.checkpoints[1].local_time.map(|t| t.to_string()), some("2026-03-05T07:47:00"));
    let elsewhere = DELIVERED.replace("<CountryCode>GB<", "<CountryCode>US<").replace("United Kingdom", "x");
    assert_eq!(found(&elsewhere).delivered_at, None);
}

#[test]
fn every_wording_that_is_looked_for_has_a_row() {
    let table = StatusTable::read("tnt/statuses.toml", include_str!("statuses.toml"));
    let table = table.unwrap_or_else(|e| panic!("{e}"));
    assert!(table.has_namespace("summary_code") && table.has_namespace("status_code"));
    for wording in super::parse::WORDINGS {
        assert!(table.get("wording", wording).is_some(), "{wording}");
    }
}
