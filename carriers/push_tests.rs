//! What carriers push, read: published messages and, where none is published, messages built like the documents say.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::contract::{CarrierId, Reading, Status, Tracking};
use crate::journey;
use crate::registry::registry;

fn carrier(id: &str) -> CarrierId {
    CarrierId::new(id).expect("a carrier's id")
}

fn read(id: &str, message: &[u8]) -> Vec<Tracking> {
    let readings = registry().read_push(&carrier(id), message, None).expect("a message of the carrier");
    readings.iter().filter_map(Reading::tracking).cloned().collect()
}

#[test]
fn ups_tells_one_event_a_message() {
    let told = read("ups", include_bytes!("ups/fixtures/track_alert_v2_webhook.json"));
    let [told] = told.as_slice() else { panic!("{told:#?}") };
    assert_eq!((told.tracking_number.as_str(), told.status), ("1ZWAYG8T0300000013", Status::Delivered));
    let [event] = told.checkpoints.as_slice() else { panic!("{told:#?}") };
    assert_eq!(event.time.map(|t| t.to_string()).as_deref(), Some("2026-03-05T14:15:03-07:00"));
    assert_eq!(event.code.as_deref(), Some("011"));
    let place = event.place.clone().unwrap_or_default();
    assert_eq!((place.city.as_deref(), place.postal_code.as_deref()), (Some("TESTTON"), Some("80999")));
    assert_eq!(told.delivered_at, event.time);
}

#[test]
fn fedex_tells_a_track_result() {
    let answer = include_bytes!("fedex/fixtures/delivered.json");
    let whole: Value = serde_json::from_slice(answer).expect("JSON");
    let results = &whole["output"];
    let one = &results["completeTrackResults"][0]["trackResults"][0];
    let expected = read("fedex", answer);
    assert_eq!(expected.len(), 1);
    for message in [results, one] {
        assert_eq!(read("fedex", message.to_string().as_bytes()), expected);
    }
}

#[test]
fn dhl_tells_a_shipment() {
    let answer = include_bytes!("dhl/fixtures/delivered.json");
    let whole: Value = serde_json::from_slice(answer).expect("JSON");
    let expected = read("dhl", answer);
    assert_eq!(expected[0].status, Status::Delivered);
    for message in [&whole["shipments"], &whole["shipments"][0]] {
        let told = read("dhl", message.to_string().as_bytes());
        assert_eq!(
            (&told[0].tracking_number, &told[0].checkpoints),
            (&expected[0].tracking_number, &expected[0].checkpoints)
        );
    }
}

#[test]
fn sf_express_tells_routes_of_several_waybills() {
    let route = |number: &str, time: &str, code: &str| {
        json!({
            "id": "1", "mailno": number, "acceptTime": time, "acceptAddress": "示例市", "remark": "快件已发车",
            "opCode": code, "orderid": "O-1",
        })
    };
    let routes = [
        route("SF0000000000001", "2026-03-02 23:10:30", "36"),
        route("SF0000000000002", "2026-03-02 18:05:11", "50"),
        route("SF0000000000001", "2026-03-02 18:05:11", "50"),
    ];
    for data in [json!({"Body": {"WaybillRoute": routes}}), json!(routes)] {
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("msgData", &data.to_string())
            .append_pair("timestamp", "1772467200000")
            .finish();
        let told = read("sf_express", form.as_bytes());
        let stands: Vec<_> =
            told.iter().map(|t| (t.tracking_number.as_str(), t.status, t.checkpoints.len())).collect();
        assert_eq!(
            stands,
            [("SF0000000000001", Status::InTransit, 2), ("SF0000000000002", Status::Accepted, 1)]
        );
    }
}

#[test]
fn news_are_joined_with_what_is_known_once() {
    let known = read("ups", include_bytes!("ups/fixtures/track_alert_v2_webhook.json")).remove(0);
    assert_eq!(journey::joined(&known, known.clone()), known);
    let mut earlier = known.clone();
    earlier.checkpoints[0].status = Status::OutForDelivery;
    earlier.checkpoints[0].code = Some("021".to_owned());
    earlier.checkpoints[0].time = "2026-03-05T09:00:00-07:00".parse().ok();
    let joined = journey::joined(&known, earlier.clone());
    assert_eq!((joined.status, joined.checkpoints.len()), (Status::Delivered, 2));
    assert_eq!(joined.checkpoints, journey::joined(&earlier, known.clone()).checkpoints, "in either order");
    assert_eq!(journey::joined(&joined, known), joined);
}

proptest! {
    #[test]
    fn any_bytes_are_taken_without_panic(message in prop::collection::vec(any::<u8>(), 0..200), text in "[{}\\[\\]\":,a-zA-Z0-9=&%]{0,80}") {
        for (carrier, _) in registry().pushes() {
            let _ = registry().read_push(carrier, &message, None);
            let _ = registry().read_push(carrier, text.as_bytes(), None);
        }
    }
}
