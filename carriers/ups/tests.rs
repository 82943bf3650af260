//! UPS, beyond the list of tests that every source has (`suite.rs`).

use serde_json::json;

use crate::contract::{Content, FailureKind, HeaderValue, Method, Reading, Response, Status};
use crate::trial::{failure, read, source};

const SOURCE: &str = "ups.track";
const NUMBER: &str = "1ZWAYG8T0300000013";

const DELIVERED: &str = include_str!("fixtures/delivered.json");
const SEVERAL: &str = include_str!("fixtures/several_packages.json");
const NOT_FOUND: &str = include_str!("fixtures/not_found_http200.json");
const EXPIRED: &str = include_str!("fixtures/token_expired_http401.json");
const RATE_LIMITED: &str = include_str!("fixtures/rate_limited_http429.json");
const TOKEN: &str = include_str!("fixtures/oauth_token_http200.json");

fn response(status: u16, body: &str) -> Response<'_> {
    Response { status, body: body.as_bytes(), asked: Some(NUMBER) }
}

/// The one tracking that a body comes to, as JSON with something in it replaced.
fn changed(sample: &str, change: impl Fn(&mut serde_json::Value)) -> crate::contract::Tracking {
    let mut body: serde_json::Value = serde_json::from_str(sample).expect("the sample is JSON");
    change(&mut body["trackResponse"]["shipment"][0]["package"][0]);
    let readings = read(SOURCE, 200, body.to_string().as_bytes(), Some(NUMBER));
    readings.first().and_then(Reading::tracking).cloned().unwrap_or_else(|| panic!("{readings:?}"))
}

#[test]
fn exchanges_the_credentials_as_documented() {
    let exchange = source(SOURCE).token().expect("UPS wants a token");
    let request = exchange.request();
    assert_eq!((request.method, request.path.as_str()), (Method::Post, "/security/v1/oauth/token"));
    assert_eq!(request.content, Content::Form(vec![("grant_type", "client_credentials".into())]));
    let basic = HeaderValue::Basic { user: "client_id", password: "client_secret" };
    assert_eq!(request.headers, [("Authorization", basic)]);

    let Ok(token) = exchange.read(response(200, TOKEN)) else { panic!("the sample is a token") };
    assert_eq!((token.text.as_str(), token.seconds), ("synthetic.token.value", 14_399));
    let refused = |status, body| exchange.read(response(status, body)).err().map(|f| f.kind);
    assert_eq!(refused(401, EXPIRED), Some(FailureKind::Refused));
    assert_eq!(refused(429, RATE_LIMITED), Some(FailureKind::RateLimited));
    assert_eq!(refused(503, "<html>"), Some(FailureKind::Unavailable));
    assert_eq!(refused(200, "{}"), Some(FailureKind::Malformed));
    assert!(exchange.is_token_rejected(response(401, EXPIRED)));
    assert!(!exchange.is_token_rejected(response(200, DELIVERED)));
    assert!(!exchange.is_token_rejected(response(429, RATE_LIMITED)));
}

#[test]
fn an_answer_about_another_number_is_not_believed() {
    let other = Some("1Z999AA10123456784");
    let wrong = (FailureKind::Malformed, "wrong_number".to_owned());
    for body in [DELIVERED, SEVERAL, NOT_FOUND] {
        assert_eq!(failure(SOURCE, 200, body.as_bytes(), other), wrong);
    }
}

#[test]
fn of_several_packages_the_asked_one_is_read() {
    let number = "1zwayg8t 0300000022";
    let readings = read(SOURCE, 200, SEVERAL.as_bytes(), Some(number));
    let found: Vec<_> = readings.iter().filter_map(Reading::tracking).collect();
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].tracking_number.as_str(), found[0].status),
        ("1ZWAYG8T0300000022", Status::InTransit)
    );
    assert_eq!(found[0].notes, ["the shipment has 3 packages; this answer shows 2"]);
}

#[test]
fn another_number_of_the_same_package_is_its_number_too() {
    let tracking = changed(DELIVERED, |package| {
        package["trackingNumber"] = "1Z999AA10123456784".into();
        package["alternateTrackingNumber"] = json!([{"type": "REFERENCE", "number": NUMBER}]);
    });
    assert_eq!(tracking.tracking_number, NUMBER);
    assert_eq!(tracking.notes, ["UPS tracks this package as 1Z999AA10123456784"]);
}

#[test]
fn a_notice_after_delivery_does_not_undo_it() {
    let tracking = changed(DELIVERED, |package| {
        let notice = json!({"type": "X", "code": "PX", "statusCode": "027"});
        package["currentStatus"] = notice.clone();
        let mut activity = package["activity"][0].clone();
        activity["status"] = notice;
        activity["time"] = "150000".into();
        activity["gmtTime"] = "22:00:00".into();
        package["activity"].as_array_mut().expect("a list").insert(0, activity);
    });
    assert_eq!(tracking.status, Status::Delivered);
    assert_eq!(tracking.checkpoints[0].status, Status::Info);
    assert_eq!(tracking.delivered_at.map(|t| t.to_string()).as_deref(), Some("2026-03-05T14:15:03-07:00"));
}

#[test]
fn codes_are_looked_up_from_the_surest_to_the_least_sure() {
    let status = |current: serde_json::Value| {
        let tracking = changed(DELIVERED, |package| {
            package["activity"] = json!([]);
            package["deliveryDate"] = json!([]);
            package["currentStatus"] = current.clone();
        });
        (tracking.status, tracking.status_code)
    };
    let is = |current, want, code: &str| assert_eq!(status(current), (want, Some(code.to_owned())));
    is(json!({"type": "X", "code": "DP", "statusCode": "011"}), Status::Delivered, "011");
    // A figure has lost its zeros.
    is(json!({"type": "D", "code": "FS", "statusCode": 11}), Status::Delivered, "11");
    // DP is a manifest under M, a departure under I.
    is(json!({"type": "M", "code": "DP"}), Status::LabelCreated, "DP");
    is(json!({"type": "I", "code": "DP"}), Status::InTransit, "DP");
    is(json!({"type": "X", "code": "AM"}), Status::AttemptFailed, "AM");
    // D alone is a delivery only with the date of an actual delivery.
    is(json!({"type": "D", "code": "??"}), Status::Unknown, "??");
    is(json!({"type": "W", "code": "??", "statusCode": "999"}), Status::Unknown, "999");
    // The codes of Mail Innovations collide with others and count only for its items.
    is(json!({"type": "", "code": "RW"}), Status::Unknown, "RW");
    let tracking = changed(DELIVERED, |package| {
        package["activity"] = json!([]);
        package["service"] = json!({"description": "UPS Mail Innovations"});
        package["currentStatus"] = json!({"code": "RW"});
    });
    assert_eq!(tracking.status, Status::Lost);
}

#[test]
fn every_row_of_the_table_is_in_a_namespace_that_is_read() {
    let table = crate::contract::StatusTable::read("ups/statuses.toml", include_str!("statuses.toml"));
    let table = table.unwrap_or_else(|e| panic!("{e}"));
    for namespace in ["status_code", "type_code", "exception_code", "mail_innovations"] {
        assert!(table.has_namespace(namespace), "{namespace}");
    }
}
