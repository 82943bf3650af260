//! Australia Post, beyond the list of tests that every source has (`suite.rs`).

use serde_json::json;

use crate::contract::{FailureKind, Reading, Status, StatusTable, Tracking};
use crate::trial::{failure, read};

const SOURCE: &str = "australia_post.track";
const NUMBER: &str = "SYN0000000001";

const DELIVERED: &str = include_str!("fixtures/delivered.json");
const NESTED: &str = include_str!("fixtures/in_transit_nested_consignment.json");
const MIXED: &str = include_str!("fixtures/mixed_not_found.json");

/// The tracking that the delivered sample comes to with something in it replaced.
fn changed(from: &str, to: &str) -> Tracking {
    let readings = read(SOURCE, 200, DELIVERED.replace(from, to).as_bytes(), Some(NUMBER));
    readings.first().and_then(Reading::tracking).cloned().unwrap_or_else(|| panic!("{readings:?}"))
}

#[test]
fn articles_are_found_however_deep_they_stand() {
    let readings = read(SOURCE, 200, NESTED.as_bytes(), Some("ET990000045AU"));
    let tracking = readings[0].tracking().expect("found");
    // The status is "Unknown": the newest event says it.
    assert_eq!((tracking.status, tracking.checkpoints.len()), (Status::InTransit, 4));
    let article = |id: &str| json!({"article_id": id, "status": "Delivered", "events": []});
    let body = json!({"tracking_results": [{
        "tracking_id": "CONS1",
        "trackable_items": [{"consignment_id": "CONS1", "items": [article("ART1"), {"items": [article("ART2")]}]}],
    }]})
    .to_string();
    let notes = |asked: &str| -> Vec<_> {
        let readings = read(SOURCE, 200, body.as_bytes(), Some(asked));
        readings
            .iter()
            .filter_map(Reading::tracking)
            .map(|t| (t.tracking_number.clone(), t.notes.clone()))
            .collect()
    };
    let note = |id: &str| vec![format!("an article of the consignment, with the number {id}")];
    assert_eq!(notes("CONS1"), [("CONS1".to_owned(), note("ART1")), ("CONS1".to_owned(), note("ART2"))]);
    assert_eq!(notes("ART2"), [("ART2".to_owned(), vec![])]);
    // StarTrack tells the consignment as a whole.
    let body =
        json!({"tracking_results": [{"tracking_id": "ST1", "consignment": {"status": "Delivered in Full"}}]});
    let readings = read(SOURCE, 200, body.to_string().as_bytes(), Some("ST1"));
    assert_eq!(readings[0].tracking().map(|t| t.status), Some(Status::Delivered));
}

#[test]
fn a_number_that_is_not_found_stands_beside_one_that_is() {
    let readings = read(SOURCE, 200, MIXED.as_bytes(), None);
    assert_eq!(readings.iter().map(Reading::outcome).collect::<Vec<_>>(), ["found", "not_found"]);
    let not_found = (FailureKind::NotFound, "ESB-10001".to_owned());
    assert_eq!(failure(SOURCE, 200, MIXED.as_bytes(), Some("7XX0000")), not_found);
}

#[test]
fn a_description_counts_by_the_words_that_it_begins_with() {
    let status = |words: &str| changed("Delivered - Left in a safe place\\n\\t", words).checkpoints[0].status;
    assert_eq!(status("Delivered"), Status::Delivered);
    assert_eq!(status("Attempted delivery\\tno one home"), Status::AttemptFailed);
    assert_eq!(status("Awaiting collection at LPO"), Status::AvailableForPickup);
    assert_eq!(status("Item cleared by Customs"), Status::InTransit);
    assert_eq!(status("Presented to Customs."), Status::Customs);
    assert_eq!(status("Delivery scheduled"), Status::Unknown);
    assert_eq!(status("To be delivered"), Status::Unknown);
    assert_eq!(changed("", "").checkpoints[0].text.as_deref(), Some("Delivered - Left in a safe place"));
}

#[test]
fn the_posts_own_word_counts_unless_an_event_says_more() {
    let status = |word: &str, newest: &str| {
        let body = DELIVERED
            .replace("\"Delivered\"", &format!("\"{word}\""))
            .replace("Delivered - Left in a safe place\\n\\t", newest);
        let readings = read(SOURCE, 200, body.as_bytes(), Some(NUMBER));
        readings[0].tracking().map(|t| t.status)
    };
    assert_eq!(status("Possible delay", "Item processed at facility"), Some(Status::Exception));
    assert_eq!(status("In transit", "Onboard for delivery"), Some(Status::OutForDelivery));
    assert_eq!(status("Track items for detailed delivery information", "Delivered"), Some(Status::Delivered));
    assert_eq!(status("In transit", "Something new"), Some(Status::InTransit));
    assert_eq!(status("Possible delay", "Delivered"), Some(Status::Delivered));
}

#[test]
fn a_foreign_clock_with_an_australian_offset_is_no_instant() {
    let times = |location: &str| {
        let tracking = changed("EXAMPLEVILLE VIC", location);
        let first = &tracking.checkpoints[0];
        (first.time.is_some(), first.place.as_ref().and_then(|p| p.country).map(|c| c.to_string()))
    };
    assert_eq!(times("EXAMPLEVILLE VIC"), (true, Some("AU".to_owned())));
    assert_eq!(times("EXAMPLE AUCKLAND NEW ZEALAND"), (false, Some("NZ".to_owned())));
    assert_eq!(times("SOMEWHERE"), (true, None));
}

#[test]
fn every_namespace_that_is_read_is_in_the_table() {
    let table = StatusTable::read("australia_post/statuses.toml", include_str!("statuses.toml"));
    let table = table.unwrap_or_else(|e| panic!("{e}"));
    for namespace in ["status", "description", "word"] {
        assert!(table.has_namespace(namespace), "{namespace}");
    }
}
