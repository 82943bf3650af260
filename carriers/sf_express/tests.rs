//! SF Express, beyond the list of tests that every source has (`suite.rs`).

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::contract::{Content, FailureKind, Method, Reading, Status, StatusTable, Tracking};
use crate::trial::{ask, failure, read, source};

const SOURCE: &str = "sf_express.routes";
const NUMBER: &str = "SF0000000000002";

const DELIVERED: &str = include_str!("fixtures/delivered.json");
const LOCKER: &str = include_str!("fixtures/locker_then_unknown_8000.json");
const NO_ROUTES: &str = include_str!("fixtures/not_found_empty_routes.json");
const PHONE: &str = include_str!("fixtures/no_routes_phone_check.json");

/// An answer of the service in the platform's envelope.
fn enveloped(inner: &Value) -> String {
    json!({"apiResultCode": "A1000", "apiErrorMsg": "", "apiResultData": inner.to_string()}).to_string()
}

/// A sample with something in its service's answer replaced.
fn body(sample: &str, change: impl Fn(&mut Value)) -> String {
    let outer: Value = serde_json::from_str(sample).expect("the sample is JSON");
    let inner = outer["apiResultData"].as_str().expect("JSON in JSON");
    let mut inner: Value = serde_json::from_str(inner).expect("JSON in JSON");
    change(&mut inner);
    enveloped(&inner)
}

fn found(body: &str) -> Tracking {
    let readings = read(SOURCE, 200, body.as_bytes(), None);
    readings.first().and_then(Reading::tracking).cloned().unwrap_or_else(|| panic!("{readings:?}"))
}

/// The tracking of one route with these fields after a collection.
fn after_collection(route: &Value) -> Tracking {
    let mut told = json!({"acceptTime": "2026-03-03 12:00:00", "acceptAddress": "示例市"});
    for (name, value) in route.as_object().expect("an object") {
        told[name] = value.clone();
    }
    let collected = json!({"acceptTime": "2026-03-02 12:00:00", "opCode": "50"});
    let waybill = json!({"mailNo": NUMBER, "routes": [collected, told]});
    found(&enveloped(&json!({"success": true, "errorCode": "S0000", "msgData": {"routeResps": [waybill]}})))
}

#[test]
fn signs_what_it_sends_as_documented() {
    let mut ask = ask("sf_express", "SF0000000000001");
    ask.asked_at = "2026-01-01T00:00:00Z".parse().expect("a time");
    let request = source(SOURCE).request(&ask);
    assert_eq!((request.method, request.path.as_str()), (Method::Post, "/std/service"));
    assert_eq!((request.query, request.headers), (Vec::new(), Vec::new()));
    let Content::Form(fields) = request.content else { panic!("a form is sent") };
    let fields: Vec<_> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let data = r#"{"language":"0","trackingType":"1","trackingNumber":["SF0000000000001"],"methodType":"1"}"#;
    assert_eq!(
        fields,
        [
            "partnerID={partner_id}".to_owned(),
            "requestID=018f2b6e-0000-7000-8000-000000000001".to_owned(),
            "serviceCode=EXP_RECE_SEARCH_ROUTES".to_owned(),
            "timestamp=1767225600000".to_owned(),
            // Base64 of the MD5 of the form-encoded msgData, timestamp and checkword, in this order.
            format!("msgDigest={{Md5OfFormEncoded of {data}1767225600000{{checkword}}}}"),
            format!("msgData={data}"),
        ]
    );
}

#[test]
fn empty_routes_are_not_an_unknown_number_and_want_the_telephone() {
    for (sample, code) in [(NO_ROUTES, "no_routes"), (PHONE, "SYNTH-PHONE")] {
        let readings = read(SOURCE, 200, sample.as_bytes(), None);
        let [Reading::Failed(failure)] = readings.as_slice() else { panic!("{readings:?}") };
        assert_eq!((failure.kind, failure.code.as_str()), (FailureKind::Inconclusive, code));
        assert_eq!(failure.needs, ["phone"]);
    }
    let none = enveloped(&json!({"success": true, "errorCode": "S0000", "msgData": {"routeResps": []}}));
    let no_routes = (FailureKind::Inconclusive, "no_routes".to_owned());
    assert_eq!(failure(SOURCE, 200, none.as_bytes(), Some(NUMBER)), no_routes);
}

#[test]
fn an_answer_about_another_number_is_not_believed() {
    let wrong = (FailureKind::Malformed, "wrong_number".to_owned());
    for body in [DELIVERED, NO_ROUTES] {
        assert_eq!(failure(SOURCE, 200, body.as_bytes(), Some("SF0000000000009")), wrong);
    }
}

#[test]
fn json_within_json_is_read_as_text_and_as_an_object() {
    let text = found(DELIVERED);
    let mut outer: Value = serde_json::from_str(DELIVERED).expect("JSON");
    let inner: Value = serde_json::from_str(outer["apiResultData"].as_str().expect("text")).expect("JSON");
    // `routeResps` beside `msgData`, and success as text.
    let beside =
        json!({"success": "true", "errorCode": "S0000", "routeResps": inner["msgData"]["routeResps"]});
    for data in [inner, beside] {
        outer["apiResultData"] = data;
        assert_eq!(found(&outer.to_string()), text);
    }
}

#[test]
fn several_waybills_are_several_readings() {
    let two = body(DELIVERED, |inner| {
        let waybills = inner["msgData"]["routeResps"].as_array_mut().expect("a list");
        waybills.push(json!({"mailNo": "SF0000000000009", "routes": []}));
    });
    let outcomes = |asked| {
        let readings = read(SOURCE, 200, two.as_bytes(), asked);
        readings.iter().map(Reading::outcome).collect::<Vec<_>>()
    };
    assert_eq!(outcomes(None), ["found", "inconclusive"]);
    assert_eq!(outcomes(Some(NUMBER)), ["found"]);
}

#[test]
fn codes_are_looked_up_from_the_surest_to_the_least_sure() {
    let is = |route: Value, want| assert_eq!(after_collection(&route).status, want, "{route}");
    // 204 is a delivery under way, or customs.
    is(
        json!({"opCode": "204", "firstStatusCode": "3", "secondaryStatusCode": "301"}),
        Status::OutForDelivery,
    );
    is(json!({"opCode": "204", "firstStatusCode": "2", "secondaryStatusCode": "204"}), Status::Customs);
    is(json!({"opCode": "204"}), Status::OutForDelivery);
    is(json!({"opCode": 80}), Status::Delivered);
    is(json!({"opCode": "??", "firstStatusCode": "3"}), Status::OutForDelivery);
    is(json!({"opCode": "??"}), Status::Unknown);
    // Left the warehouse, which is no delivery.
    is(json!({"opCode": "202"}), Status::InTransit);
    is(json!({"opCode": "70"}), Status::AttemptFailed);
    is(json!({"opCode": "70", "stayWhyCode": "46"}), Status::Cancelled);
    is(json!({"opCode": "33", "reasonCode": 85}), Status::AvailableForPickup);
    is(json!({"opCode": "33", "secondaryStatusCode": "501"}), Status::Cancelled);
}

#[test]
fn a_closed_waybill_is_not_delivered_unless_its_reason_says_so() {
    let is = |reason: Value, want| {
        assert_eq!(
            after_collection(&json!({"opCode": "8000", "reasonCode": reason})).status,
            want,
            "{reason}"
        );
    };
    is(Value::Null, Status::Unknown);
    is(json!("1"), Status::Delivered);
    is(json!("2"), Status::Lost);
    is(json!("4"), Status::Returned);
    is(json!("6"), Status::Lost);
    assert_eq!(found(LOCKER).status, Status::Unknown);
}

#[test]
fn what_lies_in_a_locker_is_not_delivered() {
    let signed = |remark: &str| {
        after_collection(&json!({"opCode": "80", "secondaryStatusCode": "401", "remark": remark})).status
    };
    assert_eq!(signed("已存放至丰巢智能柜"), Status::AvailableForPickup);
    assert_eq!(signed("已派送至【顺丰自助柜】"), Status::AvailableForPickup);
    assert_eq!(signed("已派送至本人"), Status::Delivered);
}

#[test]
fn what_goes_back_or_on_names_its_new_number() {
    let forwarded = after_collection(&json!({"opCode": "99", "remark": "转寄"}));
    assert_eq!((forwarded.status, forwarded.notes), (Status::InTransit, Vec::new()));
    assert_eq!(after_collection(&json!({"opCode": "99", "remark": "快件退回"})).status, Status::Returning);
    let back = after_collection(&json!({"opCode": "631", "remark": "新单号为SF0000000000007"}));
    assert_eq!(back.status, Status::Returning);
    assert_eq!(back.notes, ["SF Express sends it on as SF0000000000007"]);
}

#[test]
fn the_clock_is_chinas_until_the_border() {
    let times = |change: fn(&mut Value)| {
        let tracking =
            found(&body(DELIVERED, |inner| change(&mut inner["msgData"]["routeResps"][0]["routes"])));
        tracking.checkpoints.iter().map(|c| c.time.map(|t| t.to_string())).collect::<Vec<_>>()
    };
    let home = times(|_| {});
    assert_eq!(home[0].as_deref(), Some("2026-03-03T11:02:09+08:00"));
    assert!(home.iter().all(Option::is_some));
    // Customs at the fourth of six: what follows has no known clock.
    let abroad = times(|routes| routes[3]["secondaryStatusCode"] = json!("204"));
    assert_eq!(
        abroad.iter().map(Option::is_some).collect::<Vec<_>>(),
        [false, false, true, true, true, true]
    );
}

#[test]
fn routes_come_in_any_order() {
    let turned = body(DELIVERED, |inner| {
        inner["msgData"]["routeResps"][0]["routes"].as_array_mut().expect("routes").reverse();
    });
    assert_eq!(found(&turned).checkpoints, found(DELIVERED).checkpoints);
}

#[test]
fn a_couriers_telephone_number_is_not_passed_on() {
    let tracking = after_collection(&json!({"opCode": "44", "remark": "快递员电话：13800000000，派送中"}));
    assert_eq!(tracking.status_text.as_deref(), Some("快递员电话：***，派送中"));
}

#[test]
fn every_namespace_that_is_read_is_declared() {
    let table = StatusTable::read("sf_express/statuses.toml", include_str!("statuses.toml"));
    let table = table.unwrap_or_else(|e| panic!("{e}"));
    for namespace in ["op_code", "op_code_reason", "secondary_status_code", "first_status_code"] {
        assert!(table.has_namespace(namespace), "{namespace}");
    }
}

proptest! {
    #[test]
    fn any_remark_is_read_without_panic(remark in "(SF|[0-9]|丰|巢|\\PC){0,40}") {
        after_collection(&json!({"opCode": "631", "remark": remark}));
    }

}
