//! Toll: the request as customers' programs make it, every sample answer read, foreign bodies, the sandbox read back.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::contract::{Content, FailureKind, HeaderValue, Method, Reading, Standing, Status, Tracking};
use crate::registry::registry;
use crate::trial::{ask, failure, never_another_number, read, reshaped, source, spoilt};

const SOURCE: &str = "toll.tge";
const NUMBER: &str = "7100000000001";
const ITEM: &str = "00093000000000000017";

const DELIVERED: &str = include_str!("fixtures/delivered_reconstructed.json");
const IN_TRANSIT: &str = include_str!("fixtures/in_transit_reconstructed.json");
const NOT_FOUND: &str = include_str!("fixtures/not_found_reconstructed.json");
const ERROR: &str = include_str!("fixtures/error.json");
const ALL: &[&str] = &[DELIVERED, IN_TRANSIT, NOT_FOUND, ERROR];

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
fn reads_the_samples() {
    for (name, body) in
        [("delivered", DELIVERED), ("in_transit", IN_TRANSIT), ("not_found", NOT_FOUND), ("error", ERROR)]
    {
        let readings = read(SOURCE, 200, body.as_bytes(), None);
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_json_snapshot!(name, readings);
        });
        assert!(source(SOURCE).recognizes(body.as_bytes()), "{name}");
    }
}

#[test]
fn failures_are_told_apart() {
    let is = |status, body: &str, kind, code: &str| {
        assert_eq!(failure(SOURCE, status, body.as_bytes(), Some(NUMBER)), (kind, code.to_owned()), "{body}");
    };
    is(200, NOT_FOUND, FailureKind::NotFound, "no_shipment");
    is(404, NOT_FOUND, FailureKind::Unavailable, "unexpected_shape");
    for (status, kind) in [
        (200, FailureKind::Inconclusive),
        (400, FailureKind::Inconclusive),
        (401, FailureKind::Refused),
        (403, FailureKind::Refused),
        (429, FailureKind::RateLimited),
        (500, FailureKind::Unavailable),
    ] {
        is(status, ERROR, kind, "PRINT00400");
    }
    let timeout = ERROR.replace("synthetic failure text", "Read TimeOut");
    is(200, &timeout, FailureKind::Unavailable, "PRINT00400");
    is(503, "<html></html>", FailureKind::Unavailable, "html_instead");
    is(401, "", FailureKind::Refused, "empty");
    is(200, "{}", FailureKind::Malformed, "unexpected_shape");
    is(200, "{\"TollMessage\":{}}", FailureKind::Malformed, "unexpected_shape");
    is(200, &DELIVERED[..DELIVERED.len() / 2], FailureKind::Malformed, "truncated");
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

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(body in prop::collection::vec(any::<u8>(), 0..300), status: u16) {
        never_another_number(SOURCE, status, &body, NUMBER)?;
    }

    #[test]
    fn answers_of_another_shape_never_speak_of_another_number(body in reshaped(ALL)) {
        never_another_number(SOURCE, 200, &body, NUMBER)?;
        never_another_number(SOURCE, 200, &body, ITEM)?;
    }

    #[test]
    fn spoilt_answers_never_speak_of_another_number(body in spoilt(ALL)) {
        never_another_number(SOURCE, 200, &body, NUMBER)?;
        never_another_number(SOURCE, 200, &body, ITEM)?;
    }
}

#[cfg(feature = "sandbox")]
mod sandbox {
    use super::*;
    use crate::contract::sandbox::{Refusal, SandboxRequest, SandboxResponse, Scan};
    use crate::trial::{OneParcel, place};

    /// `sandbox-username:sandbox-password` in Base64, made elsewhere.
    const BASIC: &str = "Basic c2FuZGJveC11c2VybmFtZTpzYW5kYm94LXBhc3N3b3Jk";

    fn world(scans: &[Scan]) -> OneParcel {
        let origin = place("AU", "MELBOURNE", "VIC", "3000", 660);
        OneParcel::new(NUMBER, scans, &origin, &place("AU", "PERTH", "WA", "6000", 660))
    }

    fn respond(world: &OneParcel, number: &str, authorization: &str) -> SandboxResponse {
        let request = source(SOURCE).request(&ask("toll", number));
        let Content::Json(message) = request.content else { panic!("JSON is sent") };
        // The secrets, as the gateway puts them in.
        let message = message.to_string().replace("{message_sender}", "sandbox-message_sender");
        let request = SandboxRequest {
            method: "POST".to_owned(),
            path: request.path,
            query: Vec::new(),
            headers: vec![("authorization".to_owned(), authorization.to_owned())],
            body: message.replace("{source_system_code}", "sandbox-source_system_code").into_bytes(),
        };
        super::super::sandbox::sandbox().respond(&request, world)
    }

    #[test]
    fn what_the_sandbox_says_is_what_is_read() {
        // No description is known for the others.
        for (scan, status) in [
            (Scan::Voided, None),
            (Scan::PickedUp, Some(Status::Accepted)),
            (Scan::Departed, Some(Status::InTransit)),
            (Scan::Arrived, Some(Status::InTransit)),
            (Scan::Customs, None),
            (Scan::CustomsCleared, None),
            (Scan::OutForDelivery, Some(Status::OutForDelivery)),
            (Scan::Attempted, None),
            (Scan::AtCounter, None),
            (Scan::Delivered, Some(Status::Delivered)),
            (Scan::Returning, None),
            (Scan::Returned, None),
            (Scan::Damaged, None),
            (Scan::Lost, None),
            (Scan::Notice, None),
        ] {
            let world = world(&[Scan::Label, scan]);
            let answer = respond(&world, NUMBER, BASIC);
            let readings = read(SOURCE, answer.status, &answer.body, Some(NUMBER));
            let tracking = readings[0].tracking().unwrap_or_else(|| panic!("{readings:?}"));
            assert_eq!(tracking.status, status.unwrap_or(Status::LabelCreated), "{scan:?}");
            assert_eq!(tracking.checkpoints.len(), 1 + usize::from(status.is_some()));
        }
    }

    #[test]
    fn what_has_not_happened_is_not_told() {
        let mut world = world(&[Scan::Label, Scan::PickedUp, Scan::Delivered]);
        world.now = world.parcel.steps[0].at;
        let answer = respond(&world, NUMBER, BASIC);
        let readings = read(SOURCE, answer.status, &answer.body, Some(NUMBER));
        let tracking = readings[0].tracking().expect("the label is told");
        assert_eq!((tracking.status, tracking.checkpoints.len()), (Status::LabelCreated, 1));
    }

    #[test]
    fn it_refuses_as_the_gateway_does() {
        let world = world(&[Scan::Label]);
        let is = |answer: SandboxResponse, kind, code: &str| {
            assert_eq!(failure(SOURCE, answer.status, &answer.body, None), (kind, code.to_owned()));
        };
        is(respond(&world, "7100000000002", BASIC), FailureKind::NotFound, "no_shipment");
        is(respond(&world, NUMBER, "Basic bm8="), FailureKind::Refused, "TT00401");
        let sandbox = super::super::sandbox::sandbox();
        is(sandbox.refuse(Refusal::RateLimited), FailureKind::RateLimited, "TT00429");
        is(sandbox.refuse(Refusal::Unavailable), FailureKind::Unavailable, "TT00500");
        is(sandbox.refuse(Refusal::Unauthorized), FailureKind::Refused, "TT00401");
    }
}
