//! La Poste: the request as documented, every sample answer read, foreign bodies, and the sandbox read back.

use proptest::prelude::*;

use crate::contract::{Content, FailureKind, Fault, HeaderValue, Method, Reading, Status, StatusTable};
use crate::trial::{ask, failure, never_another_number, read, reshaped, source, spoilt};

const SOURCE: &str = "la_poste.suivi";
const NUMBER: &str = "EW990000054FR";

const IN_TRANSIT: &str = include_str!("fixtures/in_transit_single_object.json");
const SEVERAL: &str = include_str!("fixtures/delivered_and_missing_array_http207.json");
const RETURNED: &str = include_str!("fixtures/returned.json");
const INVALID: &str = include_str!("fixtures/invalid_number_http400.json");
const BAD_KEY: &str = include_str!("fixtures/bad_key_http401.json");
const ALL: &[&str] = &[IN_TRANSIT, SEVERAL, RETURNED, INVALID, BAD_KEY];

#[test]
fn reads_the_samples() {
    for (name, status, body) in [
        ("in_transit_single_object", 200, IN_TRANSIT),
        ("delivered_and_missing_array", 207, SEVERAL),
        ("returned", 200, RETURNED),
        ("invalid_number", 400, INVALID),
        ("bad_key", 401, BAD_KEY),
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
    let request = source(SOURCE).request(&ask("la_poste", NUMBER));
    assert_eq!((request.method, request.content), (Method::Get, Content::Empty));
    assert_eq!(request.path, format!("/suivi/v2/idships/{NUMBER}"));
    assert_eq!(request.query, [("lang", "en_GB".into())]);
    assert_eq!(
        request.headers,
        [
            ("X-Okapi-Key", HeaderValue::Secret("api_key")),
            ("Accept", HeaderValue::Plain("application/json".to_owned())),
        ]
    );
}

#[test]
fn failures_are_told_apart() {
    let is = |status, body: &str, asked, kind, code: &str| {
        assert_eq!(failure(SOURCE, status, body.as_bytes(), asked), (kind, code.to_owned()), "{body}");
    };
    // With the HTTP status and without it.
    for status in [200, 400] {
        is(status, INVALID, Some("BAD"), FailureKind::Inconclusive, "400");
    }
    for (code, kind) in [
        (404, FailureKind::NotFound),
        (401, FailureKind::Refused),
        (429, FailureKind::RateLimited),
        (504, FailureKind::Unavailable),
    ] {
        let body = format!("{{\"returnCode\":{code},\"returnMessage\":\"x\",\"idShip\":\"{NUMBER}\"}}");
        is(code, &body, Some(NUMBER), kind, &code.to_string());
        is(200, &body, Some(NUMBER), kind, &code.to_string());
    }
    is(401, BAD_KEY, None, FailureKind::Refused, "UNAUTHORIZED");
    is(200, BAD_KEY, None, FailureKind::Refused, "UNAUTHORIZED");
    // The gateway's own 403 and 404 speak neither about the key nor about the number.
    let gateway = "{\"code\":\"CLOSED\",\"message\":\"Site indisponible\"}";
    is(403, gateway, None, FailureKind::Unavailable, "CLOSED");
    is(404, gateway, None, FailureKind::Unavailable, "CLOSED");
    is(503, INVALID, Some("BAD"), FailureKind::Unavailable, "unexpected_shape");
    is(403, "<html>Site indisponible</html>", None, FailureKind::Unavailable, "html_instead");
    is(200, "", None, FailureKind::Malformed, "empty");
    is(200, "{}", None, FailureKind::Malformed, "unexpected_shape");
    is(200, "[]", None, FailureKind::Malformed, "unexpected_shape");
    is(200, "{\"returnCode\":200}", None, FailureKind::Malformed, "unexpected_shape");
    is(200, IN_TRANSIT.get(..800).expect("long"), None, FailureKind::Malformed, "truncated");
}

#[test]
fn an_answer_about_another_number_is_not_believed() {
    let wrong = (FailureKind::Malformed, "wrong_number".to_owned());
    for body in [IN_TRANSIT, SEVERAL, INVALID] {
        assert_eq!(failure(SOURCE, 200, body.as_bytes(), Some("EW990000068FR")), wrong);
    }
}

#[test]
fn one_number_is_an_object_several_are_an_array() {
    let readings = read(SOURCE, 207, SEVERAL.as_bytes(), None);
    assert_eq!(readings.iter().map(Reading::outcome).collect::<Vec<_>>(), ["found", "not_found"]);
    let not_found = (FailureKind::NotFound, "404".to_owned());
    assert_eq!(failure(SOURCE, 207, SEVERAL.as_bytes(), Some("SYNTH0000FR")), not_found);
    assert_eq!(read(SOURCE, 200, IN_TRANSIT.as_bytes(), Some(NUMBER))[0].outcome(), "found");
}

#[test]
fn the_label_tells_what_a_neutral_code_does_not() {
    let status = |code: &str, label: &str| {
        let body = IN_TRANSIT
            .replacen("\"ET2\"", &format!("\"{code}\""), 1)
            .replace("prêt à quitter le territoire d’expédition.", label);
        let readings = read(SOURCE, 200, body.as_bytes(), Some(NUMBER));
        let newest = readings[0].tracking().expect("found").checkpoints[0].clone();
        (newest.status, newest.fault)
    };
    // ET1 is processing in France, whatever some programs take it for.
    assert_eq!(status("ET1", "en cours de traitement."), (Status::InTransit, None));
    assert_eq!(status("ET1", "Incident lors de la livraison."), (Status::Exception, None));
    assert_eq!(status("MD2", "colis refusé"), (Status::Exception, Some(Fault::Recipient)));
    assert_eq!(status("MD2", "mis en livraison."), (Status::OutForDelivery, None));
    assert_eq!(status("MD2", "préparé sur le site de livraison."), (Status::InTransit, None));
    assert_eq!(status("DI1", "livré contre refus"), (Status::Delivered, None));
    assert_eq!(status("ZZ9", "livré"), (Status::Unknown, None));
}

#[test]
fn what_is_final_may_be_back_with_the_sender() {
    let readings = read(SOURCE, 200, RETURNED.as_bytes(), Some(NUMBER));
    let tracking = readings[0].tracking().expect("found");
    assert_eq!((tracking.status, tracking.delivered_at), (Status::Returned, None));
}

#[test]
fn the_namespace_that_is_read_is_in_the_table() {
    let table = StatusTable::read("la_poste/statuses.toml", include_str!("statuses.toml"));
    assert!(table.unwrap_or_else(|e| panic!("{e}")).has_namespace("event_code"));
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(body in prop::collection::vec(any::<u8>(), 0..300), status: u16) {
        never_another_number(SOURCE, status, &body, NUMBER)?;
    }

    #[test]
    fn answers_of_another_shape_never_speak_of_another_number(body in reshaped(ALL)) {
        never_another_number(SOURCE, 200, &body, NUMBER)?;
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
            (place("FR", "SAMPLEVILLE", "", "75001", 60), place("BR", "EXEMPLO", "", "", -180));
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
            let readings = asked(&*sandbox, &world, "la_poste", NUMBER);
            let tracking = readings[0].tracking().unwrap_or_else(|| panic!("{readings:?}"));
            assert_eq!(tracking.status, status.unwrap_or(Status::LabelCreated), "{scan:?}");
            assert_eq!(tracking.checkpoints.len(), 1 + usize::from(status.is_some()), "{scan:?}");
            if status.is_some() {
                assert_eq!(tracking.checkpoints[0].time.map(OffsetTime::timestamp), Some(world.now));
            }
            assert_eq!(tracking.delivered_at.is_some(), scan == Scan::Delivered);
            let country = |p: &Option<crate::contract::Place>| p.as_ref().and_then(|p| p.country);
            assert_eq!(country(&tracking.destination).map(|c| c.to_string()).as_deref(), Some("BR"));
        }
    }

    #[test]
    fn what_is_not_known_and_what_is_refused() {
        let sandbox = super::super::sandbox::sandbox();
        let world = world(&[Scan::Label]);
        let unknown = asked(&*sandbox, &world, "la_poste", "EW990000068FR");
        assert_eq!(unknown[0].outcome(), "not_found");
        let kind = |refusal| {
            let answer = sandbox.refuse(refusal);
            failure(SOURCE, answer.status, &answer.body, None).0
        };
        assert_eq!(kind(Refusal::RateLimited), FailureKind::RateLimited);
        assert_eq!(kind(Refusal::Unavailable), FailureKind::Unavailable);
        assert_eq!(kind(Refusal::Unauthorized), FailureKind::Refused);
        let invalid = asked(&*sandbox, &world, "la_poste", "1Z");
        assert_eq!(invalid[0].outcome(), "inconclusive");
        let mut request = crate::trial::sent(&source(SOURCE).request(&ask("la_poste", NUMBER)), None);
        request.headers.clear();
        assert_eq!(sandbox.respond(&request, &world).status, 401);
    }
}
