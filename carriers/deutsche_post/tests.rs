//! Parcel DE Tracking: the request as documented, every sample answer read, foreign bodies, and the sandbox read back.

use proptest::prelude::*;

use crate::contract::{Content, FailureKind, HeaderValue, Method, Status, StatusTable};
use crate::trial::{ask, failure, never_another_number, read, source, spoilt};

const SOURCE: &str = "deutsche_post.parcel_de";
const NUMBER: &str = "00340000000000000002";

const DELIVERED: &str = include_str!("fixtures/delivered.xml");
const IN_TRANSIT: &str = include_str!("fixtures/in_transit.xml");
const NOT_FOUND: &str = include_str!("fixtures/not_found.xml");
const ALL: &[&str] = &[DELIVERED, IN_TRANSIT, NOT_FOUND];

#[test]
fn reads_the_samples() {
    for (name, status, body) in
        [("delivered", 200, DELIVERED), ("in_transit", 200, IN_TRANSIT), ("not_found", 200, NOT_FOUND)]
    {
        let readings = read(SOURCE, status, body.as_bytes(), None);
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_json_snapshot!(name, readings);
        });
        assert!(source(SOURCE).recognizes(body.as_bytes()), "{name}");
    }
}

#[test]
fn asks_as_documented() {
    let request = source(SOURCE).request(&ask("dhl", NUMBER));
    assert_eq!((request.method, request.path.as_str()), (Method::Get, "/parcel/de/tracking/v0/shipments"));
    assert_eq!(request.content, Content::Empty);
    let [(name, xml)] = request.query.as_slice() else { panic!("one field") };
    assert_eq!(
        format!("{name}={xml}"),
        "xml=<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?><data appname=\"{app_name}\" \
         language-code=\"en\" password=\"{app_password}\" piece-code=\"00340000000000000002\" \
         request=\"d-get-piece-detail\"/>"
    );
    let basic = HeaderValue::Basic { user: "api_key", password: "api_secret" };
    assert_eq!(
        request.headers,
        [("Authorization", basic), ("Accept", HeaderValue::Plain("application/xml".to_owned()))]
    );
    // A number never ends the attribute, and never asks for a second number.
    let request = source(SOURCE).request(&ask("dhl", "1\"/><x a=\"2;3"));
    assert!(request.query[0].1.to_string().contains("piece-code=\"1xa23\""));
}

#[test]
fn answers_for_parcels_of_dhl_in_germany() {
    let asked = |format: &str| {
        let mut ask = ask("dhl", NUMBER);
        ask.format = Some(format.to_owned());
        crate::registry::registry().sources_for(&ask).iter().any(|s| s.facts().id.as_str() == SOURCE)
    };
    assert!(asked("dhl.paket") && asked("dhl.identcode"));
    assert!(!asked("dhl.express") && !asked("dhl.licence_plate"));
    let dhl = crate::contract::CarrierId::new("dhl").expect("an id");
    let response = crate::contract::Response { status: 200, body: DELIVERED.as_bytes(), asked: None };
    let readings = crate::registry::registry().read(&dhl, None, response);
    assert_eq!(readings[0].tracking().map(|t| t.carrier.as_str()), Some("dhl"));
}

#[test]
fn failures_are_told_apart() {
    let is = |status, body: &str, kind, code: &str| {
        assert_eq!(failure(SOURCE, status, body.as_bytes(), Some(NUMBER)), (kind, code.to_owned()), "{body}");
    };
    is(200, NOT_FOUND, FailureKind::NotFound, "100");
    let coded = |code: &str| NOT_FOUND.replace("\"100\"", &format!("\"{code}\""));
    is(200, &coded("5"), FailureKind::Refused, "5");
    is(200, &coded("6"), FailureKind::RateLimited, "6");
    is(200, &coded("2"), FailureKind::Inconclusive, "2");
    is(200, &DELIVERED.replace("error-status=\"0\"", "error-status=\"100\""), FailureKind::NotFound, "100");
    is(401, "{\"title\":\"Unauthorized\",\"status\":401}", FailureKind::Refused, "not_xml");
    is(429, "{\"title\":\"Too many requests\"}", FailureKind::RateLimited, "not_xml");
    is(404, "{\"title\":\"Not found\"}", FailureKind::Unavailable, "not_xml");
    is(503, NOT_FOUND, FailureKind::Unavailable, "unexpected_shape");
    is(503, "<html>down</html>", FailureKind::Unavailable, "html_instead");
    is(200, "", FailureKind::Malformed, "empty");
    is(200, "<data/>", FailureKind::Malformed, "unexpected_shape");
    is(200, "<data name=\"piece-shipment-list\" code=\"0\"/>", FailureKind::Malformed, "unexpected_shape");
    is(200, &DELIVERED[..DELIVERED.len() / 2], FailureKind::Malformed, "truncated");
}

#[test]
fn of_letters_it_cannot_say_that_they_do_not_exist() {
    let kind = |number| failure(SOURCE, 200, NOT_FOUND.as_bytes(), Some(number)).0;
    assert_eq!(kind("RR990000037DE"), FailureKind::Inconclusive);
    assert_eq!(kind("CY990000037DE"), FailureKind::NotFound);
    assert_eq!(kind(NUMBER), FailureKind::NotFound);
}

#[test]
fn an_answer_about_another_number_is_not_believed() {
    let wrong = (FailureKind::Malformed, "wrong_number".to_owned());
    assert_eq!(failure(SOURCE, 200, DELIVERED.as_bytes(), Some("00340000000000000009")), wrong);
    let readings = read(SOURCE, 200, DELIVERED.as_bytes(), Some("340000000000000002"));
    assert_eq!(readings[0].tracking().map(|t| t.tracking_number.as_str()), Some("340000000000000002"));
}

#[test]
fn what_goes_back_is_no_delivery() {
    let status = |from: &str, to: &str| {
        let readings = read(SOURCE, 200, DELIVERED.replace(from, to).as_bytes(), Some(NUMBER));
        readings[0].tracking().map(|t| (t.status, t.checkpoints[0].code.clone().unwrap_or_default()))
    };
    let is = |from, to, status_wanted, code: &str| {
        assert_eq!(status(from, to), Some((status_wanted, code.to_owned())));
    };
    is("", "", Status::Delivered, "ZU");
    is(
        "standard-event-code=\"ZU\" ruecksendung=\"false\"",
        "standard-event-code=\"ZU\" ruecksendung=\"true\"",
        Status::Returned,
        "ZU",
    );
    is("standard-event-code=\"ZU\" ", "", Status::Delivered, "DLVRD");
    is("ice=\"DLVRD\" ric=\"OTHER\"", "", Status::Delivered, "ZU");
    is("standard-event-code=\"ZU\"", "standard-event-code=\"??\"", Status::Delivered, "??");
}

#[test]
fn the_clock_is_the_german_one() {
    let times = |from: &str, to: &str| {
        let readings = read(SOURCE, 200, DELIVERED.replace(from, to).as_bytes(), Some(NUMBER));
        readings[0].tracking().and_then(|t| t.delivered_at).map(|t| t.to_string())
    };
    assert_eq!(times("", "").as_deref(), Some("2026-03-05T10:02:00+01:00"));
    assert_eq!(times("05.03.2026", "05.07.2026").as_deref(), Some("2026-07-05T10:02:00+02:00"));
    assert_eq!(times("\"Germany\"", "\"Deutschland\"").as_deref(), Some("2026-03-05T10:02:00+01:00"));
    // Abroad it is not sure whose clock it is.
    assert_eq!(times("\"Germany\"", "\"Poland\""), None);
}

#[test]
fn every_namespace_that_is_read_is_in_the_table() {
    let table = StatusTable::read("deutsche_post/statuses.toml", include_str!("statuses.toml"));
    let table = table.unwrap_or_else(|e| panic!("{e}"));
    for namespace in ["standard_event_code", "ice"] {
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
    use crate::contract::OffsetTime;
    use crate::contract::sandbox::{Refusal, Scan};
    use crate::trial::{OneParcel, asked, place};

    fn world(scans: &[Scan]) -> OneParcel {
        let (origin, destination) =
            (place("DE", "BEISPIELSTADT", "", "53113", 60), place("DE", "MUSTERDORF", "", "10115", 60));
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
            (Scan::CustomsCleared, None),
            (Scan::OutForDelivery, Some(Status::OutForDelivery)),
            (Scan::Attempted, Some(Status::AttemptFailed)),
            (Scan::AtCounter, Some(Status::AvailableForPickup)),
            (Scan::Delivered, Some(Status::Delivered)),
            (Scan::Returning, Some(Status::Returning)),
            (Scan::Returned, Some(Status::Returned)),
            (Scan::Damaged, Some(Status::Exception)),
            (Scan::Lost, None),
            (Scan::Notice, None),
        ] {
            let world = world(&[Scan::Label, scan]);
            let readings = asked(&*sandbox, &world, "deutsche_post", NUMBER);
            let tracking = readings[0].tracking().unwrap_or_else(|| panic!("{readings:?}"));
            assert_eq!(tracking.status, status.unwrap_or(Status::LabelCreated), "{scan:?}");
            assert_eq!(
                tracking.checkpoints.len(),
                1 + usize::from(status.is_some() || scan == Scan::Notice),
                "{scan:?}"
            );
            if status.is_some() {
                assert_eq!(tracking.checkpoints[0].time.map(OffsetTime::timestamp), Some(world.now));
            }
            assert_eq!(tracking.delivered_at.is_some(), scan == Scan::Delivered);
            let country = |p: &Option<crate::contract::Place>| p.as_ref().and_then(|p| p.country);
            assert_eq!(country(&tracking.destination).map(|c| c.to_string()).as_deref(), Some("DE"));
            assert_eq!(tracking.service.as_deref(), Some("Test Service"));
        }
    }

    #[test]
    fn what_is_not_known_and_what_is_refused() {
        let sandbox = super::super::sandbox::sandbox();
        let world = world(&[Scan::Label]);
        let unknown = asked(&*sandbox, &world, "deutsche_post", "00340000000000000009");
        assert_eq!(unknown[0].outcome(), "not_found");
        let kind = |refusal| {
            let answer = sandbox.refuse(refusal);
            failure(SOURCE, answer.status, &answer.body, None).0
        };
        assert_eq!(kind(Refusal::RateLimited), FailureKind::RateLimited);
        assert_eq!(kind(Refusal::Unavailable), FailureKind::Unavailable);
        assert_eq!(kind(Refusal::Unauthorized), FailureKind::Refused);
        let mut request = crate::trial::sent(&source(SOURCE).request(&ask("dhl", NUMBER)), None);
        request.query[0].1 = request.query[0].1.replace("sandbox-app_password", "geheim");
        let answer = sandbox.respond(&request, &world);
        assert_eq!(
            failure(SOURCE, answer.status, &answer.body, None),
            (FailureKind::Refused, "5".to_owned())
        );
        request.headers.clear();
        assert_eq!(sandbox.respond(&request, &world).status, 401);
    }
}
