//! TNT: the request as documented, every sample answer read, foreign bodies, and the sandbox read back.

use proptest::prelude::*;

use crate::contract::{
    Content, FailureKind, Fault, HeaderValue, Method, Reading, Status, StatusTable, Tracking,
};
use crate::trial::{ask, failure, never_another_number, read, source, spoilt};

const SOURCE: &str = "tnt.expressconnect";
const NUMBER: &str = "123456785";

const DELIVERED: &str = include_str!("fixtures/delivered.xml");
const IN_TRANSIT: &str = include_str!("fixtures/in_transit.xml");
const EXCEPTION: &str = include_str!("fixtures/exception.xml");
const RECYCLED: &str = include_str!("fixtures/recycled_number_two_consignments.xml");
const NOT_FOUND: &str = include_str!("fixtures/not_found.xml");
const UNAUTHORIZED: &str = include_str!("fixtures/error_unauthorized.xml");
const ALL: &[&str] = &[DELIVERED, IN_TRANSIT, EXCEPTION, RECYCLED, NOT_FOUND, UNAUTHORIZED];

fn found(body: &str) -> Tracking {
    let readings = read(SOURCE, 200, body.as_bytes(), Some(NUMBER));
    readings.first().and_then(Reading::tracking).cloned().unwrap_or_else(|| panic!("{readings:?}"))
}

#[test]
fn asks_as_the_schema_says() {
    let request = source(SOURCE).request(&ask("tnt", NUMBER));
    assert_eq!((request.method, request.path.as_str()), (Method::Post, ""));
    assert!(source(SOURCE).facts().base_url.ends_with("/expressconnect/track.do"));
    assert_eq!(
        request.headers,
        [
            ("Authorization", HeaderValue::Basic { user: "username", password: "password" }),
            ("Accept", HeaderValue::Plain("text/xml; charset=UTF-8".to_owned())),
        ]
    );
    let document = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\
        <TrackRequest locale=\"en_US\" version=\"3.1\"><SearchCriteria><ConsignmentNumber>123456785</ConsignmentNumber>\
        </SearchCriteria><LevelOfDetail><Complete originAddress=\"true\" destinationAddress=\"true\" shipment=\"true\" \
        package=\"true\"/></LevelOfDetail></TrackRequest>";
    assert_eq!(request.content, Content::Form(vec![("xml_in", document.into())]));
    let odd = source(SOURCE).request(&ask("tnt", "<&>"));
    let Content::Form(fields) = odd.content else { panic!("a form is sent") };
    assert!(fields[0].1.to_string().contains("<ConsignmentNumber>&lt;&amp;&gt;</ConsignmentNumber>"));
}

#[test]
fn reads_the_samples() {
    for (name, body) in [
        ("delivered", DELIVERED),
        ("in_transit", IN_TRANSIT),
        ("exception", EXCEPTION),
        ("recycled_number", RECYCLED),
        ("not_found", NOT_FOUND),
        ("unauthorized", UNAUTHORIZED),
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
        assert_eq!(failure(SOURCE, status, body.as_bytes(), None), (kind, code.to_owned()), "{body}");
    };
    is(200, NOT_FOUND, FailureKind::NotFound, "CNF");
    for status in [200, 401] {
        is(status, UNAUTHORIZED, FailureKind::Refused, "9000");
    }
    let other = UNAUTHORIZED.replace("9000", "9999");
    is(200, &other, FailureKind::Inconclusive, "9999");
    is(429, &other, FailureKind::RateLimited, "9999");
    is(500, &other, FailureKind::Unavailable, "9999");
    is(200, "<runtime_error/>", FailureKind::Unavailable, "runtime_error");
    is(200, "<parse_error/>", FailureKind::Inconclusive, "parse_error");
    is(200, "<other/>", FailureKind::Malformed, "unexpected_shape");
    is(200, "<TrackResponse/>", FailureKind::Malformed, "unexpected_shape");
    is(200, "<html>maintenance</html>", FailureKind::Malformed, "html_instead");
    is(503, "<html>maintenance</html>", FailureKind::Unavailable, "html_instead");
    is(429, "<html>slow down</html>", FailureKind::RateLimited, "html_instead");
    is(401, "", FailureKind::Refused, "empty");
    // What is found or not found is not said under an HTTP error.
    is(404, NOT_FOUND, FailureKind::Unavailable, "unexpected_shape");
    is(200, "{}", FailureKind::Malformed, "not_xml");
    is(200, &DELIVERED[..DELIVERED.len() / 2], FailureKind::Malformed, "truncated");
}

#[test]
fn an_answer_about_another_number_is_not_believed() {
    let wrong = (FailureKind::Malformed, "wrong_number".to_owned());
    for body in [DELIVERED, NOT_FOUND] {
        assert_eq!(failure(SOURCE, 200, body.as_bytes(), Some("720111883")), wrong);
    }
    let alternative = DELIVERED.replace(
        "<OriginDepot>",
        "<AlternativeConsignmentNumber>720111883</AlternativeConsignmentNumber><OriginDepot>",
    );
    let readings = read(SOURCE, 200, alternative.as_bytes(), Some("720111883"));
    assert_eq!(readings[0].tracking().map(|t| t.tracking_number.as_str()), Some("720111883"));
}

#[test]
fn a_number_used_again_is_two_consignments_the_newest_first() {
    let readings = read(SOURCE, 200, RECYCLED.as_bytes(), Some(NUMBER));
    let trackings: Vec<_> = readings.iter().filter_map(Reading::tracking).collect();
    assert_eq!(
        trackings.iter().map(|t| t.status).collect::<Vec<_>>(),
        [Status::InTransit, Status::Delivered]
    );
    let note = "TNT shows 2 consignments with this number; this one, collected on 2026-03-02 in DE";
    assert_eq!(trackings[0].notes[1], note);
}

/// The in-transit sample with another summary and another newest event.
fn with(summary: &str, code: &str, wording: &str) -> Tracking {
    let body = IN_TRANSIT.replace("<SummaryCode>INT<", &format!("<SummaryCode>{summary}<"));
    let body = body.replacen("<StatusCode>TR<", &format!("<StatusCode>{code}<"), 1);
    found(&body.replacen("Shipment In Transit.", wording, 1))
}

#[test]
fn the_summary_says_how_it_stands_and_the_newest_event_makes_it_finer() {
    let is = |summary, code, wording, want| {
        assert_eq!(with(summary, code, wording).status, want, "{summary} {code} {wording}");
    };
    is("INT", "OD", "", Status::OutForDelivery);
    is("INT", "CI", "", Status::Accepted);
    is("INT", "LAA", "no one knows", Status::InTransit);
    // Delivered by mail has no OK event.
    is("DEL", "PA", "", Status::Delivered);
    is("DEL", "TR", "", Status::Delivered);
    is("DEL", "NR", "delayed once", Status::Delivered);
    // The summary does not count it as delivered yet.
    is("INT", "OK", "", Status::InTransit);
    is("EXC", "NR", "", Status::Exception);
    is("EXC", "LAA", "no one knows", Status::Exception);
    is("EXC", "XX", "Customer Not Home. Follow up", Status::AttemptFailed);
    is("EXC", "XX", "Customs clearance in progress.", Status::Customs);
    is("EXC", "XX", "Delivered damaged", Status::Delivered);
    // The summary lags behind the movement.
    is("EXC", "TR", "", Status::InTransit);
    is("???", "TR", "", Status::InTransit);
    is("???", "LAA", "", Status::Unknown);
    // Wording counts only from its start.
    is("EXC", "XX", "Could not be delivered to residential", Status::Exception);
}

#[test]
fn a_consignment_without_events_is_announced() {
    let (head, tail) = IN_TRANSIT.split_once("<StatusData>").expect("an event");
    let end = tail.rsplit_once("</StatusData>").expect("an event").1;
    let tracking = found(&format!("{head}{end}"));
    assert_eq!((tracking.status, tracking.checkpoints.len()), (Status::LabelCreated, 0));
}

#[test]
fn faults_are_told_where_the_code_tells_them() {
    assert_eq!(with("EXC", "NR", "").checkpoints[0].fault, Some(Fault::Carrier));
    assert_eq!(with("EXC", "XX", "Closed on delivery attempt").checkpoints[0].fault, Some(Fault::Recipient));
    assert_eq!(with("INT", "TR", "").checkpoints[0].fault, None);
}

#[test]
fn a_depots_clock_is_known_only_at_the_ends_of_the_journey() {
    let tracking = found(DELIVERED);
    let times: Vec<_> = tracking.checkpoints.iter().map(|c| c.time.map(|t| t.to_string())).collect();
    let some = |text: &str| Some(text.to_owned());
    // Delivered in the destination country; a hub somewhere; the depot of origin.
    assert_eq!(times, [some("2026-03-05T08:41:00Z"), None, None, some("2026-03-02T18:42:00+01:00")]);
    assert_eq!(tracking.delivered_at.map(|t| t.to_string()), some("2026-03-05T08:41:00Z"));
    assert_eq!(tracking.checkpoints[1].local_time.map(|t| t.to_string()), some("2026-03-05T07:47:00"));
    let elsewhere = DELIVERED.replace("<CountryCode>GB<", "<CountryCode>US<").replace("United Kingdom", "x");
    assert_eq!(found(&elsewhere).delivered_at, None);
}

#[test]
fn every_wording_that_is_looked_for_has_a_row() {
    let table = StatusTable::read("tnt/statuses.toml", include_str!("statuses.toml"));
    let table = table.unwrap_or_else(|e| panic!("{e}"));
    assert!(table.has_namespace("summary_code") && table.has_namespace("status_code"));
    for wording in super::parse::WORDINGS {
        assert!(table.get("wording", wording).is_some(), "{wording}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(body in prop::collection::vec(any::<u8>(), 0..300), status: u16) {
        never_another_number(SOURCE, status, &body, NUMBER)?;
    }

    #[test]
    fn any_text_within_an_answer_is_read_without_panic(inner in "\\PC{0,200}") {
        let body = format!("<TrackResponse><Consignment>{inner}</Consignment></TrackResponse>");
        never_another_number(SOURCE, 200, body.as_bytes(), NUMBER)?;
    }

    #[test]
    fn spoilt_answers_never_speak_of_another_number(body in spoilt(ALL)) {
        never_another_number(SOURCE, 200, &body, NUMBER)?;
        never_another_number(SOURCE, 200, &body, "720111883")?;
    }
}

#[cfg(feature = "sandbox")]
mod sandbox {
    use super::*;
    use crate::contract::OffsetTime;
    use crate::contract::sandbox::{Refusal, SandboxRequest, SandboxResponse, Scan};
    use crate::trial::{OneParcel, place};

    /// `sandbox-username:sandbox-password` in Base64, made elsewhere.
    const BASIC: &str = "Basic c2FuZGJveC11c2VybmFtZTpzYW5kYm94LXBhc3N3b3Jk";

    fn world(scans: &[Scan]) -> OneParcel {
        let origin = place("CN", "SHENZHEN", "", "518000", 480);
        OneParcel::new(NUMBER, scans, &origin, &place("NL", "TESTDORF", "", "1011 AB", 60))
    }

    fn respond(world: &OneParcel, number: &str, authorization: &str) -> SandboxResponse {
        let Content::Form(fields) = source(SOURCE).request(&ask("tnt", number)).content else {
            panic!("a form is sent")
        };
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields.iter().map(|(name, value)| (*name, value.to_string())));
        let request = SandboxRequest {
            method: "POST".to_owned(),
            path: "/".to_owned(),
            query: Vec::new(),
            headers: vec![("authorization".to_owned(), authorization.to_owned())],
            body: form.finish().into_bytes(),
        };
        super::super::sandbox::sandbox().respond(&request, world)
    }

    #[test]
    fn what_the_sandbox_says_is_what_is_read() {
        // No event is known of TNT for a voided label, a counter, a return, a loss or a notice.
        for (scan, status) in [
            (Scan::Voided, None),
            (Scan::PickedUp, Some(Status::Accepted)),
            (Scan::Departed, Some(Status::InTransit)),
            (Scan::Arrived, Some(Status::InTransit)),
            (Scan::Customs, Some(Status::Customs)),
            (Scan::CustomsCleared, Some(Status::Customs)),
            (Scan::OutForDelivery, Some(Status::OutForDelivery)),
            (Scan::Attempted, Some(Status::AttemptFailed)),
            (Scan::AtCounter, None),
            (Scan::Delivered, Some(Status::Delivered)),
            (Scan::Returning, None),
            (Scan::Returned, None),
            (Scan::Damaged, Some(Status::Exception)),
            (Scan::Lost, None),
            (Scan::Notice, None),
        ] {
            let world = world(&[Scan::Label, scan]);
            let answer = respond(&world, NUMBER, BASIC);
            let readings = read(SOURCE, answer.status, &answer.body, Some(NUMBER));
            let tracking = readings[0].tracking().unwrap_or_else(|| panic!("{readings:?}"));
            assert_eq!(tracking.status, status.unwrap_or(Status::LabelCreated), "{scan:?}");
            assert_eq!(tracking.checkpoints.len(), usize::from(status.is_some()));
            assert_eq!(tracking.weight_grams, Some(1250));
            let delivered = tracking.delivered_at.map(OffsetTime::timestamp);
            assert_eq!(delivered, (scan == Scan::Delivered).then_some(world.now));
            let signed_by = tracking.proof_of_delivery.as_ref().and_then(|p| p.signed_by.as_deref());
            assert_eq!(signed_by, (scan == Scan::Delivered).then_some("EXAMPLE"));
            let country = tracking.destination.as_ref().and_then(|p| p.country);
            assert_eq!(country.map(|c| c.to_string()).as_deref(), Some("NL"));
        }
    }

    #[test]
    fn what_has_not_happened_is_not_told() {
        let mut world = world(&[Scan::Label, Scan::PickedUp, Scan::Delivered]);
        world.now = world.parcel.steps[1].at;
        let answer = respond(&world, NUMBER, BASIC);
        let readings = read(SOURCE, answer.status, &answer.body, Some(NUMBER));
        let tracking = readings[0].tracking().expect("the pickup is told");
        assert_eq!((tracking.status, tracking.checkpoints.len()), (Status::Accepted, 1));
        assert!(!String::from_utf8_lossy(&answer.body).contains("EXAMPLE"));
    }

    #[test]
    fn it_refuses_as_tnt_does() {
        let world = world(&[Scan::Label]);
        let is = |answer: SandboxResponse, kind, code: &str| {
            assert_eq!(failure(SOURCE, answer.status, &answer.body, None), (kind, code.to_owned()));
        };
        is(respond(&world, "720111883", BASIC), FailureKind::NotFound, "CNF");
        is(respond(&world, NUMBER, "Basic bm8="), FailureKind::Refused, "9000");
        let sandbox = super::super::sandbox::sandbox();
        is(sandbox.refuse(Refusal::RateLimited), FailureKind::RateLimited, "html_instead");
        is(sandbox.refuse(Refusal::Unavailable), FailureKind::Unavailable, "html_instead");
        is(sandbox.refuse(Refusal::Unauthorized), FailureKind::Refused, "9000");
    }
}
