//! USPS Web Tools, beyond the list of tests that every source has (`suite.rs`).

use crate::contract::{CarrierId, Reading, Response};
use crate::registry::registry;
use crate::trial::{ask, read, source};
use crate::xml;

const SOURCE: &str = "usps.web_tools";
const DELIVERED: &str = include_str!("fixtures/legacy_webtools_delivered.xml");
const UNAUTHORIZED: &str = include_str!("fixtures/unauthorized.xml");
const V3: &str = include_str!("../fixtures/delivered_v3.json");

fn first_times(body: &str) -> (Option<String>, Option<String>) {
    let readings = read(SOURCE, 200, body.as_bytes(), None);
    let newest = readings[0].tracking().expect("found").checkpoints[0].clone();
    (newest.time.map(|t| t.to_string()), newest.local_time.map(|t| t.to_string()))
}

#[test]
fn the_clock_is_proved_only_where_a_country_keeps_one() {
    assert_eq!(first_times(DELIVERED), (None, Some("2020-03-05T09:01:00".to_owned())));
    let abroad = DELIVERED.replacen("<EventCountry/>", "<EventCountry>JAPAN</EventCountry>", 1);
    let local = "2020-03-05T09:01:00".to_owned();
    assert_eq!(first_times(&abroad), (Some(format!("{local}+09:00")), Some(local)));
    // Noon and midnight, by a clock of twelve hours; no time is a day.
    let at = |time: &str| first_times(&DELIVERED.replace("9:01 am", time)).1.unwrap_or_default();
    assert_eq!(at("12:04 am"), "2020-03-05T00:04:00");
    assert_eq!(at("12:04 pm"), "2020-03-05T12:04:00");
    assert_eq!(at(""), "2020-03-05");
}

#[test]
fn the_bodys_shape_tells_it_from_tracking_v3() {
    let usps = CarrierId::new("usps").expect("an id");
    let outcome = |body: &str| {
        let response = Response { status: 200, body: body.as_bytes(), asked: None };
        registry().read(&usps, None, response)[0].outcome()
    };
    assert_eq!([DELIVERED, V3, UNAUTHORIZED].map(outcome), ["found", "found", "refused"]);
}

#[test]
fn no_number_breaks_out_of_the_xml_in_the_query() {
    let odd = "1\"/><TrackID ID=\"2&amp;";
    let request = source(SOURCE).request(&ask("usps", odd));
    let (_, document) = request.query.iter().find(|(name, _)| *name == "XML").expect("a field");
    let document = document.to_string();
    let root = xml::read(&document).expect("still XML");
    assert_eq!(root.attribute("USERID"), Some("{user_id}"));
    assert_eq!(root.all("TrackID").map(|id| id.attribute("ID")).collect::<Vec<_>>(), [Some(odd)]);
}

#[test]
fn where_it_was_left_is_the_proof() {
    let signed = DELIVERED.replacen("<Name/>", "<Name>J EXAMPLE</Name>", 1);
    let readings = read(SOURCE, 200, signed.as_bytes(), None);
    let proof = readings.first().and_then(Reading::tracking).and_then(|t| t.proof_of_delivery.clone());
    let proof = proof.expect("a proof");
    assert_eq!(
        (proof.signed_by.as_deref(), proof.left_at.as_deref()),
        (Some("J EXAMPLE"), Some("In/At Mailbox"))
    );
}
