//! Russian Post: the request as documented, every sample answer read, foreign bodies, and the sandbox read back.

use proptest::prelude::*;

use crate::contract::{Content, FailureKind, Method, Status, StatusTable};
use crate::trial::{ask, failure, never_another_number, read, source, spoilt};

const SOURCE: &str = "russian_post.rtm34";
const NUMBER: &str = "00000000000017";

const DELIVERED: &str = include_str!("fixtures/delivered.xml");
const IN_TRANSIT: &str = include_str!("fixtures/in_transit.xml");
const NOT_FOUND: &str = include_str!("fixtures/not_found_empty_history.xml");
const AUTH_FAULT: &str = include_str!("fixtures/auth_fault.xml");
const ALL: &[&str] = &[DELIVERED, IN_TRANSIT, NOT_FOUND, AUTH_FAULT];

#[test]
fn reads_the_samples() {
    for (name, status, body) in [
        ("delivered", 200, DELIVERED),
        ("in_transit", 200, IN_TRANSIT),
        ("not_found_empty_history", 200, NOT_FOUND),
        ("auth_fault", 500, AUTH_FAULT),
    ] {
        let readings = read(SOURCE, status, body.as_bytes(), None);
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_json_snapshot!(name, readings);
        });
        assert!(source(SOURCE).recognizes(body.as_bytes()), "{name}");
    }
}

#[test]
fn asks_as_documented() {
    let request = source(SOURCE).request(&ask("russian_post", "000</data:Barcode>17"));
    assert_eq!((request.method, request.path.as_str()), (Method::Post, "/rtm34"));
    assert_eq!((request.query, request.headers), (Vec::new(), Vec::new()));
    let Content::Xml { content_type, document } = request.content else { panic!("XML") };
    assert_eq!(content_type, "application/soap+xml; charset=utf-8");
    assert_eq!(
        document.to_string(),
        "<soap:Envelope xmlns:soap=\"http://www.w3.org/2003/05/soap-envelope\" \
         xmlns:oper=\"http://russianpost.org/operationhistory\" \
         xmlns:data=\"http://russianpost.org/operationhistory/data\" \
         xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Header/><soap:Body>\
         <oper:getOperationHistory><data:OperationHistoryRequest><data:Barcode>000dataBarcode17</data:Barcode>\
         <data:MessageType>0</data:MessageType><data:Language>ENG</data:Language>\
         </data:OperationHistoryRequest><data:AuthorizationHeader soapenv:mustUnderstand=\"1\">\
         <data:login>{login}</data:login><data:password>{password}</data:password></data:AuthorizationHeader>\
         </oper:getOperationHistory></soap:Body></soap:Envelope>"
    );
}

#[test]
fn failures_are_told_apart() {
    let is = |status, body: &str, kind, code: &str| {
        assert_eq!(failure(SOURCE, status, body.as_bytes(), Some(NUMBER)), (kind, code.to_owned()), "{body}");
    };
    is(200, NOT_FOUND, FailureKind::NotFound, "empty_history");
    // A fault comes with 500, and in a file without.
    for status in [200, 500] {
        is(status, AUTH_FAULT, FailureKind::Refused, "AuthorizationFault");
        for (name, kind) in [
            ("OperationHistoryFault", FailureKind::Inconclusive),
            ("LanguageFault", FailureKind::Inconclusive),
        ] {
            is(status, &AUTH_FAULT.replace("AuthorizationFault", name), kind, name);
        }
        is(status, &AUTH_FAULT.replace("AuthorizationFault", "Other"), FailureKind::Unavailable, "Fault");
    }
    is(503, "<html>down</html>", FailureKind::Unavailable, "html_instead");
    is(404, "<html>no such page</html>", FailureKind::Unavailable, "html_instead");
    is(503, NOT_FOUND, FailureKind::Unavailable, "unexpected_shape");
    is(200, "", FailureKind::Malformed, "empty");
    is(200, "<Envelope/>", FailureKind::Malformed, "unexpected_shape");
    is(200, "<Envelope><Body/></Envelope>", FailureKind::Malformed, "unexpected_shape");
    is(200, IN_TRANSIT.get(..1000).expect("long"), FailureKind::Malformed, "truncated");
}

#[test]
fn an_answer_about_another_number_is_not_believed() {
    let wrong = (FailureKind::Malformed, "wrong_number".to_owned());
    assert_eq!(failure(SOURCE, 200, DELIVERED.as_bytes(), Some("00000000000024")), wrong);
}

#[test]
fn the_wall_clock_is_kept_and_moscows_offset_proves_nothing() {
    let readings = read(SOURCE, 200, DELIVERED.as_bytes(), Some(NUMBER));
    let tracking = readings[0].tracking().expect("found");
    assert_eq!((tracking.status, tracking.delivered_at), (Status::Delivered, None));
    assert!(tracking.checkpoints.iter().all(|c| c.time.is_none()));
    let local = tracking.checkpoints[0].local_time.map(|t| t.to_string());
    assert_eq!(local.as_deref(), Some("2026-02-25T17:00:00"));
}

#[test]
fn the_attribute_tells_a_delivery_from_a_return() {
    let status = |attribute: &str| {
        let at = DELIVERED.rfind("<ns3:OperAttr><ns3:Id>1<").expect("the last operation");
        let (before, last) = DELIVERED.split_at(at);
        let last = last.replacen("<ns3:Id>1<", &format!("<ns3:Id>{attribute}<"), 1);
        let readings = read(SOURCE, 200, format!("{before}{last}").as_bytes(), Some(NUMBER));
        let tracking = readings[0].tracking().expect("found");
        (tracking.status, tracking.status_code.clone().unwrap_or_default())
    };
    assert_eq!(status("1"), (Status::Delivered, "2/1".to_owned()));
    assert_eq!(status("2"), (Status::Returned, "2/2".to_owned()));
    assert_eq!(status("12"), (Status::Delivered, "2/12".to_owned()));
}

#[test]
fn names_are_never_kept() {
    let user =
        "<ns3:UserParameters><ns3:Rcpn>A NAME</ns3:Rcpn><ns3:Sndr>A NAME</ns3:Sndr></ns3:UserParameters>";
    let body = DELIVERED.replace("<ns3:UserParameters/>", user);
    let readings = read(SOURCE, 200, body.as_bytes(), Some(NUMBER));
    assert_eq!(readings[0].outcome(), "found");
    assert!(!format!("{readings:?}").contains("A NAME"));
}

#[test]
fn every_namespace_that_is_read_is_in_the_table() {
    let table = StatusTable::read("russian_post/statuses.toml", include_str!("statuses.toml"));
    let table = table.unwrap_or_else(|e| panic!("{e}"));
    for namespace in ["oper_type", "oper_type_attr"] {
        assert!(table.has_namespace(namespace), "{namespace}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(body in prop::collection::vec(any::<u8>(), 0..300), status: u16) {
        never_another_number(SOURCE, status, &body, NUMBER)?;
    }

    #[test]
    fn spoilt_answers_never_speak_of_another_number(body in spoilt(ALL)) {
        never_another_number(SOURCE, 200, &body, NUMBER)?;
    }
}

#[cfg(feature = "sandbox")]
mod sandbox {
    use super::*;
    use crate::contract::sandbox::{Refusal, Scan};

    use crate::trial::{OneParcel, asked, place};

    fn world(scans: &[Scan]) -> OneParcel {
        let (origin, destination) = (
            place("RU", "EXAMPLE MOSCOW", "", "101000", 180),
            place("RU", "EXAMPLE OMSK", "", "644000", 360),
        );
        OneParcel::new(NUMBER, scans, &origin, &destination)
    }

    #[test]
    fn what_the_sandbox_says_is_what_is_read() {
        let sandbox = super::super::sandbox::sandbox();
        for (scan, status) in [
            (Scan::Voided, None),
            (Scan::PickedUp, Some(Status::Accepted)),
            (Scan::Departed, Some(Status::InTransit)),
            (Scan::Arrived, Some(Status::InTransit)),
            (Scan::Customs, Some(Status::Customs)),
            (Scan::CustomsCleared, Some(Status::InTransit)),
            (Scan::OutForDelivery, Some(Status::InTransit)),
            (Scan::Attempted, Some(Status::AttemptFailed)),
            (Scan::AtCounter, Some(Status::AvailableForPickup)),
            (Scan::Delivered, Some(Status::Delivered)),
            (Scan::Returning, Some(Status::Returning)),
            (Scan::Returned, Some(Status::Returned)),
            (Scan::Damaged, None),
            (Scan::Lost, Some(Status::Lost)),
            (Scan::Notice, None),
        ] {
            let world = world(&[Scan::Label, scan]);
            let readings = asked(&*sandbox, &world, "russian_post", NUMBER);
            let tracking = readings[0].tracking().unwrap_or_else(|| panic!("{readings:?}"));
            assert_eq!(tracking.status, status.unwrap_or(Status::LabelCreated), "{scan:?}");
            assert_eq!(tracking.checkpoints.len(), 1 + usize::from(status.is_some()), "{scan:?}");
            if status.is_some() {
                let clock = jiff::tz::Offset::from_seconds(world.parcel.destination.offset_minutes * 60);
                let local = clock.expect("an offset").to_datetime(world.now);
                assert_eq!(
                    tracking.checkpoints[0].local_time,
                    Some(crate::contract::LocalTime::DateTime(local))
                );
            }
            assert_eq!(tracking.weight_grams, Some(1250));
            assert_eq!(tracking.destination.as_ref().and_then(|p| p.postal_code.as_deref()), Some("644000"));
        }
    }

    #[test]
    fn what_is_not_known_and_what_is_refused() {
        let sandbox = super::super::sandbox::sandbox();
        let world = world(&[Scan::Label]);
        let unknown = asked(&*sandbox, &world, "russian_post", "00000000000024");
        assert_eq!(unknown[0].outcome(), "not_found");
        let kind = |refusal| {
            let answer = sandbox.refuse(refusal);
            failure(SOURCE, answer.status, &answer.body, None).0
        };
        assert_eq!(kind(Refusal::RateLimited), FailureKind::RateLimited);
        assert_eq!(kind(Refusal::Unavailable), FailureKind::Unavailable);
        assert_eq!(kind(Refusal::Unauthorized), FailureKind::Refused);
        assert_eq!(asked(&*sandbox, &world, "russian_post", "17")[0].outcome(), "inconclusive");
    }
}
