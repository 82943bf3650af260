//! Toll, beyond the list of tests that every source has (`suite.rs`).

use serde_json::{Value, json};

use crate::contract::{Content, FailureKind, HeaderValue, Method, Reading, Standing, Status, Tracking};
use crate::registry::registry;
use crate::trial::{ask, failure, read, source};

const SOURCE: &str = "toll.tge";
const NUMBER: &str = "7100000000001";
const ITEM: &str = "00093000000000000017";

const DELIVERED: &str = include_str!("fixtures/delivered_reconstructed.json");
const IN_TRANSIT: &str = include_str!("fixtures/in_transit_reconstructed.json");

fn body(sample: &str, change: impl Fn(&mut Value)) -> String {
    let mut body: Value = serde_json::from_str(sample).expect("the sample is JSON");
    change(&mut body["TollMessage"]["TrackAndTrace"]["Response"]["Shipments"]["Shipment"]);
    body.to_string()
}

fn found(body: &str, asked: Option<&str>) -> Tracking {
    let readings = read(SOURCE, 200, body.as_bytes(), asked);
    readings.first().and_then(Reading::tracking).cloned().unwrap_or_else(|| panic!("{readings:?}"))
}

#[test]
fn is_not_asked_unless_the_operator_says_so() {
    let facts = source(SOURCE).facts();
    assert_eq!((facts.standing, facts.on_by_default), (Standing::Reconstructed, false));
    let asked = |format: &str| {
        let mut ask = ask("toll", NUMBER);
        ask.format = Some(format.to_owned());
        registry().sources_for(&ask).iter().any(|s| s.facts().id.as_str() == SOURCE)
    };
    // A number of another division would be called unknown.
    assert!(asked("toll.ipec") && !asked("toll.connote"));
}

#[test]
fn asks_as_customers_programs_do() {
    let mut ask = ask("toll", NUMBER);
    ask.asked_at = "2026-03-05T10:30:20.5Z".parse().expect("a time");
    let request = source(SOURCE).request(&ask);
    let path = "/gateway/TollMessageTrackAndTraceRestService/1.0/tom/enquireTrackTrace";
    assert_eq!((request.method, request.path.as_str()), (Method::Post, path));
    assert_eq!(
        request.headers,
        [
            ("Authorization", HeaderValue::Basic { user: "username", password: "password" }),
            ("Accept", HeaderValue::Plain("application/json".to_owned())),
        ]
    );
    let Content::Json(message) = request.content else { panic!("JSON is sent") };
    let sent: Value = serde_json::from_str(&message.to_string()).expect("the message is JSON");
    let wanted = json!({"TollMessage": {
        "Header": {
            "MessageVersion": "1.0",
            "MessageIdentifier": "018f2b6e-0000-7000-8000-000000000001",
            "CreateTimestamp": "2026-03-05T10:30:20+00:00",
            "DocumentType": "TrackAndTrace",
            "Environment": "PRD",
            "SourceSystemCode": "{source_system_code}",
            "MessageSender": "{message_sender}",
            "MessageReceiver": "TOLL",
        },
        "TrackAndTrace": {"Request": {"SearchTexts": {"SearchText": [
            {"Value": "7100000000001", "BusinessID": "IPEC"},
        ]}}},
    }});
    assert_eq!(sent, wanted);
}

#[test]
fn a_consignment_of_another_number_is_not_believed() {
    let wrong = (FailureKind::Malformed, "wrong_number".to_owned());
    assert_eq!(failure(SOURCE, 200, DELIVERED.as_bytes(), Some("7100000000002")), wrong);
    // Without a name the only consignment is the one that was asked for; of two neither is.
    let nameless = body(DELIVERED, |shipments| {
        shipments[0].as_object_mut().expect("an object").remove("ShipmentID");
    });
    let tracking = found(&nameless, Some(NUMBER));
    assert_eq!(tracking.notes, ["the answer does not name the consignment"]);
    let two = body(&nameless, |shipments| {
        let copy = shipments[0].clone();
        shipments.as_array_mut().expect("a list").push(copy);
    });
    assert_eq!(failure(SOURCE, 200, two.as_bytes(), Some(NUMBER)), wrong);
}

#[test]
fn an_item_answers_under_its_own_number_and_all_items_make_the_consignment() {
    let two = body(DELIVERED, |shipments| {
        let events = shipments[0]["Events"]["Event"].as_array_mut().expect("events");
        let mut other = events[2].clone();
        other["References"]["Reference"][0]["ReferenceValue"] = json!("00093000000000000024");
        events.push(other);
    });
    let whole = found(&two, Some(NUMBER));
    assert_eq!((whole.status, whole.checkpoints.len()), (Status::InTransit, 4));
    assert_eq!(whole.notes, ["1 of 2 items are delivered"]);
    let item = found(&two, Some(ITEM));
    assert_eq!((item.status, item.checkpoints.len()), (Status::Delivered, 3));
    assert_eq!(item.notes, ["an item of the consignment 7100000000001"]);
}

#[test]
fn several_consignments_are_several_readings() {
    let two = body(DELIVERED, |shipments| {
        let mut copy = shipments[0].clone();
        copy["ShipmentID"] = json!("7100000000002");
        shipments.as_array_mut().expect("a list").push(copy);
    });
    assert_eq!(read(SOURCE, 200, two.as_bytes(), None).len(), 2);
    assert_eq!(found(&two, Some("7100000000002")).tracking_number, "7100000000002");
}

#[test]
fn a_depots_clock_is_no_instant_and_orders_the_events() {
    let turned = body(DELIVERED, |shipments| {
        shipments[0]["Events"]["Event"].as_array_mut().expect("events").reverse();
    });
    for sample in [DELIVERED, &turned] {
        let tracking = found(sample, None);
        let told: Vec<_> = tracking.checkpoints.iter().map(|c| (c.status, c.time)).collect();
        let wanted = [Status::Delivered, Status::OutForDelivery, Status::InTransit].map(|s| (s, None));
        assert_eq!(told, wanted);
        assert_eq!(
            tracking.checkpoints[0].local_time.map(|t| t.to_string()).as_deref(),
            Some("2026-03-06T13:11:00")
        );
    }
}

#[test]
fn descriptions_count_whole_or_up_to_a_bracket() {
    let status = |text: &str| {
        let changed = body(IN_TRANSIT, |shipments| {
            shipments[0]["Events"]["Event"][0]["Codes"]["Code"][0]["Description"] = json!(text);
        });
        found(&changed, None).status
    };
    assert_eq!(status("CONNOTE FILE LODGED (E-TRADER)"), Status::LabelCreated);
    assert_eq!(status("Freight delivered"), Status::Delivered);
    assert_eq!(status("FREIGHT NOT DELIVERED"), Status::Unknown);
}
