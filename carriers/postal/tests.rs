//! Global Track and Trace, beyond the list of tests that every source has (`suite.rs`).

use crate::contract::{Status, StatusTable, Tracking};
use crate::trial::{ask, read};

const SOURCE: &str = "postal.upu";
const NUMBER: &str = "RR990000068FI";

const DELIVERED: &str = include_str!("fixtures/delivered.json");
const FORECAST: &str = include_str!("fixtures/in_transit_with_forecast.json");

#[test]
fn answers_for_posts_without_a_source_of_their_own() {
    let registry = crate::registry::registry();
    let asked = |carrier: &str, format: &str| {
        let mut ask = ask(carrier, NUMBER);
        ask.format = Some(format.to_owned());
        registry.sources_for(&ask).iter().any(|s| s.facts().id.as_str() == SOURCE)
    };
    assert!(asked("postal", "postal.s10") && asked("ems", "ems.s10"));
    assert!(!asked("ems", "ems.china_domestic") && !asked("ups", "postal.s10"));
    // Every post has a source: its own, or this one.
    for post in registry.carriers().filter(|c| c.post_of.is_some()) {
        let own = !post.sources.is_empty();
        assert!(own || asked(post.id.as_str(), &format!("{}.s10", post.id)), "{} has no source", post.id);
    }
}

#[test]
fn an_estimate_is_no_scan() {
    let readings = read(SOURCE, 200, FORECAST.as_bytes(), Some(NUMBER));
    let tracking = readings[0].tracking().expect("found");
    assert_eq!((tracking.status, tracking.checkpoints.len()), (Status::Customs, 4));
    assert!(tracking.checkpoints.iter().all(|c| c.code.as_deref() != Some("DLV")));
    // 1772496000000 is 2026-03-03T00:00:00Z.
    let estimate = tracking.estimated_delivery_local.map(|t| t.to_string());
    assert_eq!(estimate.as_deref(), Some("2026-03-03T02:00:00"));
}

#[test]
fn the_wall_clock_is_kept_and_no_instant_is_made_of_it() {
    let local = |text: &str| {
        let body = DELIVERED.replace("/Date(1772175600000+0200)/", text);
        let readings = read(SOURCE, 200, body.as_bytes(), Some(NUMBER));
        let tracking = readings[0].tracking().expect("found");
        assert_eq!((tracking.status, tracking.delivered_at), (Status::Delivered, None));
        assert!(tracking.checkpoints.iter().all(|c| c.time.is_none()));
        tracking.checkpoints[0].local_time.map(|t| t.to_string())
    };
    // 1772175600000 is 2026-02-27T07:00:00Z.
    assert_eq!(local("/Date(1772175600000+0200)/").as_deref(), Some("2026-02-27T09:00:00"));
    assert_eq!(local("/Date(1772175600000-0530)/").as_deref(), Some("2026-02-27T01:30:00"));
    assert_eq!(local("/Date(1772175600000)/").as_deref(), Some("2026-02-27T07:00:00"));
    assert_eq!(local("2026-02-27T09:00:00").as_deref(), Some("2026-02-27T09:00:00"));
    for wrong in ["/Date(x)/", "/Date(1772175600000+02)/", "/Date(+)/", "/Date()/", "soon", "/Date(é+0200)/"]
    {
        assert_eq!(local(wrong), None, "{wrong}");
    }
}

#[test]
fn who_signed_stands_nowhere_but_in_the_proof() {
    let at = DELIVERED.rfind("\"Signature\": null").expect("the last event");
    let body = format!("{}{}", &DELIVERED[..at], DELIVERED[at..].replace("null", "\"A NAME\""));
    let readings = read(SOURCE, 200, body.as_bytes(), Some(NUMBER));
    let tracking = readings[0].tracking().expect("found").clone();
    let proof = tracking.proof_of_delivery.clone().expect("a proof");
    assert_eq!(proof.signed_by.as_deref(), Some("A NAME"));
    let rest = Tracking { proof_of_delivery: None, ..tracking };
    assert!(!serde_json::to_string(&rest).expect("JSON").contains("A NAME"));
}

#[test]
fn the_namespace_that_is_read_is_in_the_table() {
    let table = StatusTable::read("postal/statuses.toml", include_str!("statuses.toml"));
    assert!(table.unwrap_or_else(|e| panic!("{e}")).has_namespace("event_cd"));
}
