//! China EMS, beyond the list of tests that every source has (`suite.rs`).

use serde_json::{Value, json};

use crate::contract::{
    CarrierId, Content, Country, FailureKind, Fault, Method, Reading, Response, Status, StatusTable, Tracking,
};
use crate::registry::registry;
use crate::trial::{ask, failure, read, source};

const SOURCE: &str = "ems.china";
const NUMBER: &str = "EB990000010CN";

const DELIVERED: &str = include_str!("fixtures/delivered.json");
const IN_TRANSIT: &str = include_str!("fixtures/in_transit.json");
const REVERSAL: &str = include_str!("fixtures/not_delivered_then_reversal.json");
const NOT_FOUND: &str = include_str!("fixtures/not_found.json");
const ERROR: &str = include_str!("fixtures/error.json");
const PARTNER: &str = include_str!("fixtures/legacy_partner_in_transit.xml");
const PARTNER_BAD_KEY: &str = include_str!("fixtures/legacy_partner_bad_key.xml");
const PARTNER_NOT_FOUND: &str = include_str!("fixtures/legacy_partner_not_found.xml");

/// A sample with something in its events replaced.
fn body(sample: &str, change: impl Fn(&mut Value)) -> String {
    let mut outer: Value = serde_json::from_str(sample).expect("the sample is JSON");
    let inner = outer["retBody"].as_str().expect("JSON in JSON");
    let mut inner: Value = serde_json::from_str(inner).expect("JSON in JSON");
    change(&mut inner["responseItems"]);
    outer["retBody"] = json!(inner.to_string());
    outer.to_string()
}

fn found(body: &str) -> Tracking {
    let readings = read(SOURCE, 200, body.as_bytes(), None);
    readings.first().and_then(Reading::tracking).cloned().unwrap_or_else(|| panic!("{readings:?}"))
}

/// The in-transit sample with a further event in China.
fn then(event: &Value) -> Tracking {
    found(&body(IN_TRANSIT, |events| {
        let mut told = json!({
            "waybillNo": NUMBER, "opTime": "2026-03-01 10:00:00", "opOrgProvName": "示例省", "opOrgCity": "示例市",
        });
        for (name, value) in event.as_object().expect("an object") {
            told[name] = value.clone();
        }
        events.as_array_mut().expect("events").push(told);
    }))
}

#[test]
fn encrypts_what_it_asks_as_documented() {
    let mut ask = ask("ems", NUMBER);
    ask.asked_at = "2026-03-02T16:30:05Z".parse().expect("a time");
    let request = source(SOURCE).request(&ask);
    assert_eq!((request.method, request.path.as_str()), (Method::Post, "/amp-prod-api/f/amp/api/open"));
    assert_eq!((request.query, request.headers), (Vec::new(), Vec::new()));
    let Content::Form(fields) = request.content else { panic!("a form is sent") };
    let fields: Vec<_> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(
        fields,
        [
            "apiCode=040001",
            "senderNo={sender_no}",
            "authorization={authorization}",
            "msgType=0",
            // China's clock, whatever the clock here.
            "timeStamp=2026-03-03 00:30:05",
            "version=V1.0.0",
            // The key's own text stands after the question.
            r#"logitcsInterface=|$4|{Sm4Ecb with sign_key of {"waybillNo":"EB990000010CN"}{sign_key}}"#,
        ]
    );
}

#[test]
fn answers_for_chinas_items_alone() {
    let asked = |carrier: &str, country: &str, format: &str| {
        let mut ask = ask(carrier, NUMBER);
        ask.origin_country = Country::new(country).ok();
        ask.format = Some(format.to_owned());
        registry().sources_for(&ask).iter().any(|s| s.facts().id.as_str() == SOURCE)
    };
    assert!(asked("ems", "CN", "ems.s10") && asked("china_post", "CN", "china_post.s10"));
    assert!(asked("ems", "", "ems.china_domestic") && asked("china_post", "", "china_post.parcel"));
    assert!(!asked("ems", "JP", "ems.s10") && !asked("usps", "CN", "usps.s10"));
}

#[test]
fn knows_its_samples_without_being_named() {
    let ems = CarrierId::new("ems").expect("an id");
    for (name, body) in [
        ("delivered", DELIVERED),
        ("in_transit", IN_TRANSIT),
        ("not_delivered_then_reversal", REVERSAL),
        ("not_found", NOT_FOUND),
        ("error", ERROR),
        ("partner_in_transit", PARTNER),
        ("partner_bad_key", PARTNER_BAD_KEY),
        ("partner_not_found", PARTNER_NOT_FOUND),
    ] {
        let readings = read(SOURCE, 200, body.as_bytes(), None);
        let unnamed = Response { status: 200, body: body.as_bytes(), asked: None };
        assert_eq!(registry().read(&ems, None, unnamed), readings, "{name}");
    }
    let page = "<html><table summary=\"履歴情報\"></table></html>";
    assert!(!source(SOURCE).recognizes(page.as_bytes()));
}

#[test]
fn an_answer_about_another_number_is_not_believed() {
    let wrong = (FailureKind::Malformed, "wrong_number".to_owned());
    assert_eq!(failure(SOURCE, 200, DELIVERED.as_bytes(), Some("EB990000023CN")), wrong);
    let nameless = DELIVERED.replace("waybillNo", "someNo");
    let shapeless = (FailureKind::Malformed, "unexpected_shape".to_owned());
    assert_eq!(failure(SOURCE, 200, nameless.as_bytes(), Some(NUMBER)), shapeless);
}

#[test]
fn several_items_are_several_readings() {
    let two = body(DELIVERED, |events| {
        let mut other = events[0].clone();
        // The older name of the field.
        other.as_object_mut().expect("an object").remove("waybillNo");
        other["traceNo"] = json!("EB990000023CN");
        events.as_array_mut().expect("events").push(other);
    });
    let statuses = |asked| {
        let readings = read(SOURCE, 200, two.as_bytes(), asked);
        readings.iter().filter_map(Reading::tracking).map(|t| t.status).collect::<Vec<_>>()
    };
    assert_eq!(statuses(None), [Status::Delivered, Status::Accepted]);
    assert_eq!(statuses(Some("EB990000023CN")), [Status::Accepted]);
}

#[test]
fn the_events_come_as_text_as_an_object_or_as_a_list() {
    let told = found(DELIVERED);
    let mut outer: Value = serde_json::from_str(DELIVERED).expect("JSON");
    let inner: Value = serde_json::from_str(outer["retBody"].as_str().expect("text")).expect("JSON");
    for shape in [inner.clone(), inner["responseItems"].clone(), Value::Null] {
        outer["retBody"] = shape;
        outer["responseItems"] = inner["responseItems"].clone();
        assert_eq!(found(&outer.to_string()), told);
    }
}

#[test]
fn a_delivery_that_was_taken_back_is_no_delivery() {
    let tracking = found(REVERSAL);
    assert_eq!((tracking.status, tracking.delivered_at), (Status::AttemptFailed, None));
    let told: Vec<_> =
        tracking.checkpoints.iter().map(|c| (c.code.as_deref().unwrap_or_default(), c.status)).collect();
    assert_eq!(told[..3], [("705", Status::AttemptFailed), ("743", Status::Info), ("704", Status::Info)]);
    assert_eq!(tracking.notes, ["China EMS took back its scan 704 of 2026-02-26T11:45:00 (delivered)"]);
    // Taken back and nothing since: where it stood before.
    let open = body(REVERSAL, |events| {
        events.as_array_mut().expect("events").pop();
    });
    assert_eq!(found(&open).status, Status::InTransit);
}

#[test]
fn the_code_beside_a_delivery_says_how() {
    let status = |code: &str, how: &str| {
        let tracking = then(&json!({"opCode": code, "deliverCode": how, "attemptDeliveryCode": how}));
        (tracking.status, tracking.notes.join("; "))
    };
    let is = |code, how, want, notes: &str| {
        assert_eq!(status(code, how), (want, notes.to_owned()), "{code} {how}");
    };
    is("704", "10", Status::Delivered, "");
    is("704", "30", Status::Delivered, "left in a locker or at a pickup point");
    // A claim is settled.
    is("704", "180", Status::Exception, "");
    is("747", "", Status::AvailableForPickup, "");
    is("748", "", Status::Delivered, "");
    is("705", "1", Status::AttemptFailed, "");
    is("705", "10", Status::Returning, "");
    is("705", "13", Status::Lost, "");
    is("705", "99", Status::AttemptFailed, "");
    is("711", "", Status::Returned, "");
    is("999", "", Status::Unknown, "");
    let refused = then(&json!({"opCode": "705", "attemptDeliveryCode": 7}));
    assert_eq!(refused.checkpoints[0].fault, Some(Fault::Recipient));
}

#[test]
fn a_coarse_code_gives_way_to_the_real_one() {
    let tracking = then(&json!({"opCode": "20", "opStateCode": "702"}));
    assert_eq!((tracking.status, tracking.status_code.as_deref()), (Status::OutForDelivery, Some("702")));
}

#[test]
fn the_clock_is_chinas_in_china_alone() {
    let tracking = found(DELIVERED);
    let times: Vec<_> = tracking.checkpoints.iter().map(|c| c.time.map(|t| t.to_string())).collect();
    // Delivered abroad by another post's clock.
    assert_eq!((times[0].clone(), tracking.delivered_at), (None, None));
    assert_eq!(
        tracking.checkpoints[0].local_time.map(|t| t.to_string()).as_deref(),
        Some("2026-02-26T11:45:00")
    );
    assert_eq!(times.last().cloned().flatten().as_deref(), Some("2026-02-20T09:15:00+08:00"));
    // Domestic items never leave; and figures are instants.
    let domestic = DELIVERED.replace(NUMBER, "1012345678901");
    assert!(found(&domestic).checkpoints.iter().all(|c| c.time.is_some()));
    for figure in [json!(1_772_330_400), json!("1772330400000")] {
        let tracking = then(&json!({"opCode": "702", "opTime": figure}));
        assert_eq!(
            tracking.checkpoints[0].time.map(|t| t.to_string()).as_deref(),
            Some("2026-03-01T10:00:00+08:00")
        );
    }
}

#[test]
fn persons_are_not_passed_on() {
    let tracking =
        then(&json!({"opCode": "702", "opDesc": "投递员张三，电话13800000000", "opName": "投递下段"}));
    assert_eq!(tracking.checkpoints[0].text.as_deref(), Some("投递下段"));
    let tracking = then(&json!({"opCode": "702", "opDesc": "电话13800000000"}));
    assert_eq!(tracking.checkpoints[0].text.as_deref(), Some("电话***"));
}

#[test]
fn the_older_interface_is_read_too() {
    let readings = read(SOURCE, 200, PARTNER.as_bytes(), Some(NUMBER));
    let tracking = readings[0].tracking().expect("it is found");
    assert_eq!((tracking.tracking_number.as_str(), tracking.status), (NUMBER, Status::InTransit));
    assert_eq!(tracking.notes, ["the answer does not name the item"]);
    let single = "<traces><trace><acceptTime>2026-02-20 09:15:00</acceptTime><acceptAddress/><remark>Posting</remark></trace></traces>";
    let readings = read(SOURCE, 200, single.as_bytes(), Some(NUMBER));
    let tracking = readings[0].tracking().expect("it is found");
    assert_eq!(
        tracking.checkpoints[0].time.map(|t| t.to_string()).as_deref(),
        Some("2026-02-20T09:15:00+08:00")
    );
    let is = |status, body: &str, kind, code: &str| {
        assert_eq!(failure(SOURCE, status, body.as_bytes(), Some(NUMBER)), (kind, code.to_owned()), "{body}");
    };
    is(200, PARTNER_NOT_FOUND, FailureKind::NotFound, "null");
    is(503, PARTNER_NOT_FOUND, FailureKind::Unavailable, "unexpected_shape");
    is(200, PARTNER_BAD_KEY, FailureKind::Refused, "V02");
    is(200, &PARTNER_BAD_KEY.replace("V02", "V09"), FailureKind::Inconclusive, "V09");
    is(200, "<traces></traces>", FailureKind::Malformed, "unexpected_shape");
    is(200, "<traces><trace>", FailureKind::Malformed, "truncated");
}

#[test]
fn every_namespace_that_is_read_is_declared() {
    let table = StatusTable::read("ems/statuses.toml", include_str!("statuses.toml"));
    let table = table.unwrap_or_else(|e| panic!("{e}"));
    for namespace in ["op_code", "deliver_code", "attempt_delivery_code", "partner_remark"] {
        assert!(table.has_namespace(namespace), "{namespace}");
    }
}
