//! UPS: the request as documented, every sample answer read, foreign bodies, and the sandbox read back.

use proptest::prelude::*;
use serde_json::json;

use crate::contract::{Content, FailureKind, HeaderValue, Method, Reading, Response, Status};
use crate::trial::{ask, failure, never_another_number, read, reshaped, source, spoilt};

const SOURCE: &str = "ups.track";
const NUMBER: &str = "1ZWAYG8T0300000013";

const DELIVERED: &str = include_str!("fixtures/delivered.json");
const IN_TRANSIT: &str = include_str!("fixtures/in_transit.json");
const LABEL: &str = include_str!("fixtures/label_created.json");
const ATTEMPT: &str = include_str!("fixtures/exception_attempt.json");
const RETURNED: &str = include_str!("fixtures/returned.json");
const SEVERAL: &str = include_str!("fixtures/several_packages.json");
const MINIMAL: &str = include_str!("fixtures/minimal.json");
const NOT_FOUND: &str = include_str!("fixtures/not_found_http200.json");
const INVALID: &str = include_str!("fixtures/invalid_number_http400.json");
const EXPIRED: &str = include_str!("fixtures/token_expired_http401.json");
const RATE_LIMITED: &str = include_str!("fixtures/rate_limited_http429.json");
const TOKEN: &str = include_str!("fixtures/oauth_token_http200.json");
const ALL: &[&str] = &[DELIVERED, IN_TRANSIT, LABEL, ATTEMPT, RETURNED, SEVERAL, MINIMAL, NOT_FOUND, INVALID];

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
fn asks_as_documented() {
    let request = source(SOURCE).request(&ask("ups", NUMBER));
    assert_eq!((request.method, request.content), (Method::Get, Content::Empty));
    assert_eq!(request.path, format!("/api/track/v1/details/{NUMBER}"));
    let query: Vec<_> = request.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(query.join("&"), "locale=en_US&returnSignature=false&returnMilestones=false&returnPOD=false");
    let plain = |text: &str| HeaderValue::Plain(text.to_owned());
    assert_eq!(
        request.headers,
        [
            ("transId", plain("018f2b6e-0000-7000-8000-000000000001")),
            ("transactionSrc", plain("waygate")),
            ("Authorization", HeaderValue::BearerToken),
        ]
    );
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
fn reads_the_samples() {
    for (name, body) in [
        ("delivered", DELIVERED),
        ("in_transit", IN_TRANSIT),
        ("label_created", LABEL),
        ("exception_attempt", ATTEMPT),
        ("returned", RETURNED),
        ("several_packages", SEVERAL),
        ("minimal", MINIMAL),
        ("not_found", NOT_FOUND),
        ("invalid_number", INVALID),
    ] {
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
    is(200, NOT_FOUND, FailureKind::NotFound, "TW0001");
    is(404, NOT_FOUND, FailureKind::NotFound, "TW0001");
    is(400, INVALID, FailureKind::Inconclusive, "TV1002");
    is(401, EXPIRED, FailureKind::Refused, "250002");
    is(429, RATE_LIMITED, FailureKind::RateLimited, "10429");
    // Without the HTTP status the body still says it.
    is(200, EXPIRED, FailureKind::Refused, "250002");
    is(200, RATE_LIMITED, FailureKind::RateLimited, "10429");
    is(503, "<html>down</html>", FailureKind::Unavailable, "html_instead");
    is(403, "<html>blocked</html>", FailureKind::Unavailable, "html_instead");
    is(404, "{\"error\":\"no such route\"}", FailureKind::Unavailable, "unexpected_shape");
    is(200, "<html>hello</html>", FailureKind::Malformed, "html_instead");
    is(200, "", FailureKind::Malformed, "empty");
    is(200, "[]", FailureKind::Malformed, "unexpected_shape");
    is(200, "{\"trackResponse\":{\"shipment\":\"none\"}}", FailureKind::Malformed, "unexpected_shape");
    is(200, "{\"trackResponse\":{\"shipment\":[]}}", FailureKind::Malformed, "unexpected_shape");
    is(200, "{\"shipments\":[]}", FailureKind::Malformed, "unexpected_shape");
    is(200, &DELIVERED[..DELIVERED.len() / 2], FailureKind::Malformed, "truncated");
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

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(body in prop::collection::vec(any::<u8>(), 0..300), status: u16) {
        never_another_number(SOURCE, status, &body, NUMBER)?;
    }

    #[test]
    fn answers_of_another_shape_never_speak_of_another_number(body in reshaped(ALL)) {
        never_another_number(SOURCE, 200, &body, NUMBER)?;
        never_another_number(SOURCE, 200, &body, "1Z999AA10123456784")?;
    }

    #[test]
    fn spoilt_answers_never_speak_of_another_number(body in spoilt(ALL)) {
        never_another_number(SOURCE, 200, &body, NUMBER)?;
        never_another_number(SOURCE, 200, &body, "1Z999AA10123456784")?;
    }
}

#[cfg(feature = "sandbox")]
mod sandbox {
    use super::*;
    use crate::contract::OffsetTime;
    use crate::contract::sandbox::{Refusal, SandboxRequest, SandboxResponse, Scan};
    use crate::trial::{OneParcel, place};

    fn world(scans: &[Scan]) -> OneParcel {
        let (origin, destination) =
            (place("CN", "SHENZHEN", "", "518000", 480), place("US", "OAKLAND", "CA", "94607", -480));
        OneParcel::new(NUMBER, scans, &origin, &destination)
    }

    fn request(method: &str, path: &str, authorization: &str) -> SandboxRequest {
        SandboxRequest {
            method: method.to_owned(),
            path: path.to_owned(),
            query: Vec::new(),
            headers: [("authorization", authorization), ("transid", "1"), ("transactionsrc", "test")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .to_vec(),
            body: b"grant_type=client_credentials".to_vec(),
        }
    }

    /// `sandbox-client_id:sandbox-client_secret` in Base64, made elsewhere.
    const BASIC: &str = "Basic c2FuZGJveC1jbGllbnRfaWQ6c2FuZGJveC1jbGllbnRfc2VjcmV0";

    fn respond(world: &OneParcel, number: &str) -> SandboxResponse {
        let sandbox = super::super::sandbox::sandbox();
        let answer = sandbox.respond(&request("POST", "/security/v1/oauth/token", BASIC), world);
        let exchange = source(SOURCE).token().expect("UPS wants a token");
        let token = exchange.read(Response { status: answer.status, body: &answer.body, asked: None });
        let Ok(token) = token else { panic!("the sandbox gives a token") };
        assert_eq!(token.seconds, 14_399);
        let path = format!("/api/track/v1/details/{number}");
        sandbox.respond(&request("GET", &path, &format!("Bearer {}", token.text)), world)
    }

    #[test]
    fn what_the_sandbox_says_is_what_is_read() {
        for (scan, status) in [
            (Scan::Voided, Status::Cancelled),
            (Scan::PickedUp, Status::Accepted),
            (Scan::Departed, Status::InTransit),
            (Scan::Arrived, Status::InTransit),
            (Scan::Customs, Status::Customs),
            (Scan::CustomsCleared, Status::Customs),
            (Scan::OutForDelivery, Status::OutForDelivery),
            (Scan::Attempted, Status::AttemptFailed),
            (Scan::AtCounter, Status::AvailableForPickup),
            (Scan::Delivered, Status::Delivered),
            (Scan::Returning, Status::Returning),
            (Scan::Returned, Status::Returned),
            (Scan::Damaged, Status::Exception),
            (Scan::Lost, Status::Lost),
            (Scan::Notice, Status::LabelCreated),
        ] {
            let world = world(&[Scan::Label, scan]);
            let answer = respond(&world, NUMBER);
            let readings = read(SOURCE, answer.status, &answer.body, Some(NUMBER));
            let tracking = readings[0].tracking().unwrap_or_else(|| panic!("{readings:?}"));
            assert_eq!(tracking.status, status, "{scan:?}");
            assert_eq!(tracking.checkpoints.len(), 2);
            assert_eq!(tracking.checkpoints[0].time.map(OffsetTime::timestamp), Some(world.now));
            assert_eq!(tracking.delivered_at.is_some(), scan == Scan::Delivered);
            assert_eq!(tracking.weight_grams, Some(1250));
            let country = |p: &Option<crate::contract::Place>| p.as_ref().and_then(|p| p.country);
            assert_eq!(country(&tracking.origin).map(|c| c.to_string()).as_deref(), Some("CN"));
            assert_eq!(tracking.destination.as_ref().and_then(|p| p.postal_code.as_deref()), Some("94607"));
        }
    }

    #[test]
    fn what_has_not_happened_is_not_told() {
        let mut world = world(&[Scan::Label, Scan::PickedUp, Scan::Delivered]);
        world.now = world.parcel.steps[0].at;
        let answer = respond(&world, NUMBER);
        let readings = read(SOURCE, answer.status, &answer.body, Some(NUMBER));
        let tracking = readings[0].tracking().expect("the label is told");
        assert_eq!((tracking.status, tracking.checkpoints.len()), (Status::LabelCreated, 1));
        assert!(!String::from_utf8_lossy(&answer.body).contains("EXAMPLE"));
    }

    #[test]
    fn it_refuses_as_ups_does() {
        let world = world(&[Scan::Label]);
        let is = |answer: SandboxResponse, kind, code: &str| {
            assert_eq!(failure(SOURCE, answer.status, &answer.body, None), (kind, code.to_owned()));
        };
        is(respond(&world, "1Z999AA10123456784"), FailureKind::NotFound, "TW0001");
        is(respond(&world, "1Z"), FailureKind::Inconclusive, "TV1002");
        let sandbox = super::super::sandbox::sandbox();
        let path = format!("/api/track/v1/details/{NUMBER}");
        is(sandbox.respond(&request("GET", &path, "Bearer sbx.0"), &world), FailureKind::Refused, "250002");
        is(sandbox.refuse(Refusal::RateLimited), FailureKind::RateLimited, "10429");
        is(sandbox.refuse(Refusal::Unavailable), FailureKind::Unavailable, "10004");
        is(sandbox.refuse(Refusal::Unauthorized), FailureKind::Refused, "250002");
        let denied = sandbox.respond(&request("POST", "/security/v1/oauth/token", "Basic bm8="), &world);
        assert_eq!(denied.status, 401);
    }
}
