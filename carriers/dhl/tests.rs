//! DHL, beyond the list of tests that every source has (`suite.rs`).

use serde_json::{Value, json};

use crate::contract::{Content, FailureKind, Fault, HeaderValue, Method, Reading, Status, Tracking};
use crate::trial::{ask, failure, read, source};

const SOURCE: &str = "dhl.unified";
const NUMBER: &str = "1234567891";

const DELIVERED: &str = include_str!("fixtures/delivered.json");
const IN_TRANSIT: &str = include_str!("fixtures/in_transit.json");
const SEVERAL: &str = include_str!("fixtures/several_shipments.json");

/// The one tracking that a body comes to, with something in its shipment replaced.
fn changed(sample: &str, change: impl Fn(&mut Value)) -> Tracking {
    let mut body: Value = serde_json::from_str(sample).expect("the sample is JSON");
    change(&mut body["shipments"][0]);
    let readings = read(SOURCE, 200, body.to_string().as_bytes(), None);
    readings.first().and_then(Reading::tracking).cloned().unwrap_or_else(|| panic!("{readings:?}"))
}

#[test]
fn asks_as_documented() {
    let query = |change: fn(&mut crate::contract::Ask)| {
        let mut ask = ask("dhl", NUMBER);
        change(&mut ask);
        let request = source(SOURCE).request(&ask);
        assert_eq!((request.method, request.path.as_str()), (Method::Get, "/track/shipments"));
        assert_eq!(request.headers, [("DHL-API-Key", HeaderValue::Secret("api_key"))]);
        assert_eq!(request.content, Content::Empty);
        request.query.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
    };
    assert_eq!(query(|_| {}), "trackingNumber=1234567891&language=en");
    assert_eq!(
        query(|ask| ask.format = Some("dhl.express".to_owned())),
        "trackingNumber=1234567891&service=express&language=en"
    );
    assert_eq!(
        query(|ask| {
            ask.format = Some("dhl.paket".to_owned());
            ask.destination_postal_code = Some("53113".to_owned());
        }),
        "trackingNumber=1234567891&service=parcel-de&recipientPostalCode=53113&language=en"
    );
    // Several divisions use such ids.
    assert_eq!(
        query(|ask| ask.format = Some("dhl.licence_plate".to_owned())),
        "trackingNumber=1234567891&language=en"
    );
    assert_eq!(
        query(|ask| ask.format = Some("dhl.ecommerce_gm".to_owned())),
        "trackingNumber=1234567891&service=ecommerce&language=en"
    );
}

#[test]
fn a_shipment_of_another_number_is_not_believed() {
    let wrong = (FailureKind::Malformed, "wrong_number".to_owned());
    assert_eq!(failure(SOURCE, 200, DELIVERED.as_bytes(), Some("7777777770")), wrong);
    // Blanks and case are no difference, and ids come as numbers too.
    let body = IN_TRANSIT.replace("\"id\": \"1234567891\"", "\"id\": 1234567891");
    assert_eq!(read(SOURCE, 200, body.as_bytes(), Some("12 3456 7891"))[0].outcome(), "found");
}

#[test]
fn a_piece_answers_under_its_own_number() {
    let readings = read(SOURCE, 200, DELIVERED.as_bytes(), Some("JD010000000000000001"));
    let tracking = readings[0].tracking().expect("the piece is found");
    assert_eq!(tracking.tracking_number, "JD010000000000000001");
    assert_eq!(tracking.notes, ["a piece of DHL's shipment 1234567891"]);
}

#[test]
fn several_shipments_are_several_readings() {
    let readings = read(SOURCE, 200, SEVERAL.as_bytes(), Some(NUMBER));
    let statuses: Vec<_> = readings.iter().filter_map(Reading::tracking).map(|t| t.status).collect();
    assert_eq!(statuses, [Status::Delivered, Status::InTransit]);
}

#[test]
fn the_divisions_code_says_more_than_the_coarse_one() {
    let status = |service: &str, coarse: Value, code: Value| {
        let tracking = changed(DELIVERED, |shipment| {
            shipment["service"] = service.into();
            shipment["events"] = json!([]);
            shipment["status"] = json!({"statusCode": coarse, "status": code, "description": "text"});
        });
        (tracking.status, tracking.status_code.unwrap_or_default())
    };
    let is = |service, coarse: Value, code: Value, want, kept: &str| {
        assert_eq!(status(service, coarse, code), (want, kept.to_owned()));
    };
    // A hand-over to a locker and a return are not the delivery that the coarse code says.
    is("ecommerce-europe", json!("delivered"), json!(43), Status::AvailableForPickup, "43");
    is("svb", json!("delivered"), json!("RETURNED_TO_SENDER"), Status::Returned, "RETURNED_TO_SENDER");
    is("express", json!("transit"), json!("CC"), Status::AvailableForPickup, "CC");
    is("express", json!("failure"), json!("101"), Status::Delivered, "101");
    is("express", json!("transit"), json!("??"), Status::InTransit, "??");
    is("parcel-mars", json!("Pre-Transit"), json!("OK"), Status::LabelCreated, "OK");
    is("dgf", json!("failure"), json!("Delivery has failed"), Status::Exception, "failure");
    is("express", json!("unknown"), json!("??"), Status::Unknown, "??");
    is("express", Value::Null, Value::Null, Status::Unknown, "");
}

#[test]
fn faults_are_told_where_the_code_tells_them() {
    let fault = |code: &str| {
        let tracking = changed(DELIVERED, |shipment| shipment["events"][0]["status"] = code.into());
        tracking.checkpoints.iter().find(|c| c.code.as_deref() == Some(code)).and_then(|c| c.fault)
    };
    assert_eq!(fault("NH"), Some(Fault::Recipient));
    assert_eq!(fault("BA"), Some(Fault::Sender));
    assert_eq!(fault("UD"), Some(Fault::Customs));
    assert_eq!(fault("MS"), Some(Fault::Carrier));
    assert_eq!(fault("OK"), None);
}

#[test]
fn a_wall_clock_is_an_instant_only_where_the_country_keeps_one_clock() {
    let time = |locality: &str| {
        let tracking = changed(DELIVERED, |shipment| {
            shipment["events"] = json!([{
                "timestamp": "2026-07-05T11:02:00", "statusCode": "transit", "status": "AF",
                "location": {"address": {"addressLocality": locality}}
            }]);
        });
        let checkpoint = &tracking.checkpoints[0];
        assert_eq!(checkpoint.local_time.map(|t| t.to_string()).as_deref(), Some("2026-07-05T11:02:00"));
        checkpoint.time.map(|t| t.to_string())
    };
    assert_eq!(time("TESTDORF - NETHERLANDS").as_deref(), Some("2026-07-05T11:02:00+02:00"));
    assert_eq!(time("SHENZHEN - CHINA MAINLAND").as_deref(), Some("2026-07-05T11:02:00+08:00"));
    assert_eq!(time("NEW YORK CITY GATEWAY, NY - USA"), None);
    assert_eq!(time("SOMEWHERE - EXAMPLELAND"), None);
    assert_eq!(time("TESTDORF"), None);
}

#[test]
fn a_coarse_status_does_not_hide_what_its_event_says() {
    let tracking = changed(IN_TRANSIT, |shipment| {
        shipment["status"].as_object_mut().expect("an object").remove("status");
    });
    assert_eq!((tracking.status, tracking.status_code.as_deref()), (Status::OutForDelivery, Some("WC")));
}

#[test]
fn an_answer_with_only_a_status_has_one_checkpoint() {
    let tracking = changed(IN_TRANSIT, |shipment| shipment["events"] = Value::Null);
    assert_eq!(tracking.checkpoints.len(), 1);
    assert_eq!(tracking.status, Status::OutForDelivery);
}

#[test]
fn every_service_has_its_namespace() {
    let table = crate::contract::StatusTable::read("dhl/statuses.toml", include_str!("statuses.toml"));
    let table = table.unwrap_or_else(|e| panic!("{e}"));
    for namespace in [
        "express",
        "parcel-de",
        "dgf",
        "ecommerce",
        "ecommerce-europe",
        "ecommerce-ppl",
        "freight",
        "parcel-nl",
        "parcel-pl",
        "svb",
        "status_code",
    ] {
        assert!(table.has_namespace(namespace), "{namespace}");
    }
}

#[cfg(feature = "sandbox")]
mod sandbox {
    use super::*;
    use crate::contract::OffsetTime;
    use crate::contract::sandbox::{SandboxRequest, SandboxResponse, Scan};
    use crate::trial::{OneParcel, place};

    fn world(scans: &[Scan]) -> OneParcel {
        let origin = place("CN", "SHENZHEN", "", "518000", 480);
        OneParcel::new(NUMBER, scans, &origin, &place("NL", "TESTDORF", "", "1011 AB", 60))
    }

    fn respond(world: &OneParcel, number: &str, service: &str, key: &str) -> SandboxResponse {
        let query = [("trackingNumber", number), ("service", service), ("language", "en")];
        let request = SandboxRequest {
            method: "GET".to_owned(),
            path: "/track/shipments".to_owned(),
            query: query.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
            headers: vec![("dhl-api-key".to_owned(), key.to_owned())],
            body: Vec::new(),
        };
        super::super::sandbox::sandbox().respond(&request, world)
    }

    #[test]
    fn what_each_division_says_is_what_is_read() {
        use Status::{
            Accepted, AttemptFailed, AvailableForPickup, Customs, Delivered, Exception, InTransit, Info,
            LabelCreated, Lost, OutForDelivery, Returned, Unknown,
        };
        // What each division's codes can say. Express has no code for a parcel on its way back, a voided label or a
        // notice; Parcel Germany none for a return or a loss; the others say only the coarse code here.
        for (scan, express, parcel, coarse) in [
            (Scan::Voided, Unknown, Unknown, Unknown),
            (Scan::PickedUp, Accepted, Accepted, InTransit),
            (Scan::Departed, InTransit, InTransit, InTransit),
            (Scan::Arrived, InTransit, InTransit, InTransit),
            (Scan::Customs, Customs, Customs, InTransit),
            (Scan::CustomsCleared, Customs, Customs, InTransit),
            (Scan::OutForDelivery, OutForDelivery, OutForDelivery, InTransit),
            (Scan::Attempted, AttemptFailed, AttemptFailed, Exception),
            (Scan::AtCounter, AvailableForPickup, AvailableForPickup, InTransit),
            (Scan::Delivered, Delivered, Delivered, Delivered),
            (Scan::Returning, Returned, Exception, Exception),
            (Scan::Returned, Returned, Exception, Exception),
            (Scan::Damaged, Exception, Exception, Exception),
            (Scan::Lost, Lost, Exception, Exception),
            (Scan::Notice, Unknown, Info, Unknown),
        ] {
            let world = world(&[Scan::Label, scan]);
            for (service, want) in [("express", express), ("parcel-de", parcel), ("ecommerce", coarse)] {
                let answer = respond(&world, NUMBER, service, "sandbox-api_key");
                let readings = read(SOURCE, answer.status, &answer.body, Some(NUMBER));
                let tracking = readings[0].tracking().unwrap_or_else(|| panic!("{readings:?}"));
                let checkpoint = &tracking.checkpoints[0];
                assert_eq!(checkpoint.status, want, "{scan:?} of {service}");
                let stands = if want == Info { LabelCreated } else { want };
                assert_eq!(tracking.status, stands, "{scan:?} of {service}");
                assert_eq!(checkpoint.time.map(OffsetTime::timestamp), Some(world.now), "{service}");
                assert_eq!(tracking.weight_grams, Some(1250));
                assert_eq!(tracking.checkpoints.len(), 2);
                let city = checkpoint.place.as_ref().and_then(|p| p.city.as_deref());
                assert_eq!(city, Some("TESTDORF"));
            }
        }
    }
}
