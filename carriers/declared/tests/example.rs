//! The file and the answer that `docs/sources.md` shows.

use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{failed, read, registry};
use crate::contract::{
    Ask, CarrierId, Content, HeaderValue, Method, Reading, Response, SourceId, Status, Tracking,
};
use crate::foreign::same_number;
use crate::numbers::Hint;
use crate::registry::Registry;

const PAGE: &str = include_str!("../../../docs/sources.md");
const SOURCE: &str = "acme_post.track";
const NUMBER: &str = "AP0000000017";

/// The longest block of the page in a language.
fn block(language: &str) -> &'static str {
    let opening = format!("```{language}\n");
    let blocks = PAGE.split(&opening).skip(1);
    let blocks = blocks.filter_map(|rest| Some(rest.split_once("\n```")?.0));
    blocks.max_by_key(|block| block.len()).expect("the page has such a block")
}

static DOCUMENTED: LazyLock<Registry> = LazyLock::new(|| registry(block("toml")));

fn documented() -> &'static Registry {
    &DOCUMENTED
}

fn answer() -> Value {
    serde_json::from_str(block("json")).expect("the page's answer is JSON")
}

fn found(body: &Value) -> Tracking {
    let readings = read(documented(), SOURCE, 200, &body.to_string(), Some(NUMBER));
    readings[0].tracking().unwrap_or_else(|| panic!("{readings:?}")).clone()
}

fn ask(postal_code: Option<&str>) -> Ask {
    let postal_code = postal_code.map(str::to_owned);
    Ask { destination_postal_code: postal_code, ..crate::trial::ask("acme_post", NUMBER) }
}

#[test]
fn of_two_fields_of_one_name_the_last_counts() {
    let twice = answer().to_string().replacen("{\"items\":", "{\"items\":null,\"items\":", 1);
    assert_ne!(twice, answer().to_string());
    let readings = read(documented(), SOURCE, 200, &twice, Some(NUMBER));
    assert_eq!(readings[0].tracking(), Some(&found(&answer())));
}

#[test]
fn the_documented_file_makes_a_carrier_with_its_numbers_and_its_source() {
    let registry = documented();
    let acme = CarrierId::new("acme_post").expect("an id");
    let facts = registry.carrier(&acme).expect("declared");
    assert_eq!((facts.name.as_str(), facts.sources.len()), ("Acme Post", 1));
    let candidates = registry.formats().identify("ap 0000000017", Hint::default()).candidates;
    assert_eq!(candidates[0].carrier, acme);
    let sources: Vec<_> = registry.sources_for(&ask(None)).iter().map(|s| s.facts().id.to_string()).collect();
    assert_eq!(sources, [SOURCE]);
    // The built-in ones are untouched.
    assert!(registry.carriers().count() == crate::registry::registry().carriers().count() + 1);
}

#[test]
fn the_documented_answer_is_read() {
    let tracking = found(&answer());
    let text = |place: Option<crate::contract::Place>| {
        let place = place.unwrap_or_default();
        format!("{:?} {:?} {:?}", place.country, place.city, place.postal_code)
    };
    assert_eq!(tracking.tracking_number, NUMBER);
    assert_eq!(tracking.service.as_deref(), Some("Parcel International"));
    assert_eq!(tracking.weight_grams, Some(1250));
    assert_eq!(text(tracking.origin), "Some(KR) None None");
    assert_eq!(text(tracking.destination), "Some(NL) Some(\"Utrecht\") Some(\"3511 AA\")");
    assert_eq!(tracking.estimated_delivery, None);
    assert_eq!(tracking.estimated_delivery_local.map(|t| t.to_string()).as_deref(), Some("2026-03-09"));
    assert_eq!(tracking.notes, ["handed over to Sample Post"]);
    // `T` stands in no table, so the newest checkpoint says how the parcel stands.
    assert_eq!((tracking.status, tracking.status_code.as_deref()), (Status::OutForDelivery, Some("OFD-0")));
    assert_eq!((tracking.delivered_at, tracking.proof_of_delivery), (None, None));
    let told: Vec<_> = tracking
        .checkpoints
        .iter()
        .map(|c| {
            let time = c.time.map_or("-".to_owned(), |t| t.to_string());
            let local = c.local_time.map_or("-".to_owned(), |t| t.to_string());
            format!("{time} {local} {}", c.status.as_str())
        })
        .collect();
    assert_eq!(
        told,
        [
            "2026-03-06T08:05:00+01:00 2026-03-06T08:05:00 out_for_delivery",
            "- 2026-03-04T22:10:00 exception", // the United States keep several clocks
            "2026-03-02T17:30:00+09:00 2026-03-02T17:30:00 accepted",
        ]
    );
}

#[test]
fn the_sources_own_word_counts_as_its_newest_report_and_proof_only_with_a_delivery() {
    let mut body = answer();
    body["items"]["delivery"] = json!({"receivedBy": "J EXAMPLE", "place": "Reception"});
    assert_eq!(found(&body).proof_of_delivery, None);
    body["items"]["state"] = "D".into();
    let tracking = found(&body);
    assert_eq!((tracking.status, tracking.status_code.as_deref()), (Status::Delivered, Some("D")));
    let proof = tracking.proof_of_delivery.expect("delivered");
    assert_eq!(
        (proof.signed_by.as_deref(), proof.left_at.as_deref()),
        (Some("J EXAMPLE"), Some("Reception"))
    );
    assert_eq!(tracking.delivered_at, None); // no checkpoint tells when
}

#[test]
fn telephone_numbers_are_left_out_and_unknown_codes_stay_unknown() {
    let mut body = answer();
    body["items"]["events"][1] =
        json!({"type": "X", "reason": "9", "description": "Call 0612345678", "at": "yesterday"});
    let checkpoint = found(&body).checkpoints[1].clone();
    assert_eq!((checkpoint.status, checkpoint.text.as_deref()), (Status::Unknown, Some("Call ***")));
    assert_eq!((checkpoint.time, checkpoint.local_time), (None, None));
}

#[test]
fn the_documented_request_is_made() {
    let registry = documented();
    let source = registry.source(&SourceId::new(SOURCE).expect("an id")).expect("declared");
    let request = source.request(&ask(Some("3511 AA")));
    assert_eq!((request.method, request.path.as_str()), (Method::Get, "/v1/items/AP0000000017"));
    assert_eq!(request.query, [("postcode", "3511 AA".into()), ("lang", "en".into())]);
    assert_eq!(
        request.headers,
        [
            ("Authorization", HeaderValue::BearerToken),
            ("Accept", HeaderValue::Plain("application/json".to_owned()))
        ]
    );
    assert_eq!(source.request(&ask(None)).query, [("lang", "en".into())]);
    let token = source.token().expect("declared").request();
    assert_eq!((token.method, token.path.as_str()), (Method::Post, "/oauth/token"));
    let Content::Form(fields) = token.content else { panic!("a form") };
    let written: Vec<_> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(
        written,
        ["grant_type=client_credentials", "client_id={client_id}", "client_secret={client_secret}"]
    );
}

#[test]
fn a_token_is_read_and_credentials_that_are_refused_are_told() {
    let registry = documented();
    let source = registry.source(&SourceId::new(SOURCE).expect("an id")).expect("declared");
    let token = source.token().expect("declared");
    let read = |status, body: &str| {
        let read = token.read(Response { status, body: body.as_bytes(), asked: None });
        read.map_or_else(
            |f| format!("{} {}", f.kind.as_str(), f.code),
            |t| format!("{} {}", t.text, t.seconds),
        )
    };
    // RFC 6749, sections 4.4.3 and 5.2.
    let issued = r#"{"access_token":"2YotnFZFEjr1zCsicMWpAA","token_type":"example","expires_in":3600}"#;
    assert_eq!(read(200, issued), "2YotnFZFEjr1zCsicMWpAA 3600");
    assert_eq!(read(400, r#"{"error":"invalid_client"}"#), "refused invalid_client");
    assert_eq!(read(401, r#"{"error":"invalid_client"}"#), "refused invalid_client");
    assert_eq!(read(503, "{}"), "unavailable unexpected_shape");
    assert_eq!(read(200, "{}"), "malformed no_token");
    assert!(token.is_token_rejected(Response { status: 401, body: b"{}", asked: None }));
}

#[test]
fn failures_are_told_apart() {
    let registry = documented();
    let is = |status, body: &str, want: &str| {
        assert_eq!(failed(registry, SOURCE, status, body, Some(NUMBER)), want, "{status} {body}");
    };
    let unknown = r#"{"errorCode":"UNKNOWN_ITEM"}"#;
    is(404, unknown, "not_found UNKNOWN_ITEM");
    // The same words under another status are no answer of this source.
    is(200, unknown, "malformed unexpected_shape");
    is(500, unknown, "unavailable unexpected_shape");
    is(404, "<html>Not Found</html>", "unavailable html_instead");
    is(404, "", "unavailable empty");
    is(404, "{}", "unavailable unexpected_shape");
    is(401, "{}", "refused unexpected_shape");
    is(429, "", "rate_limited empty");
    is(200, r#"{"items":[]}"#, "malformed unexpected_shape");
    is(200, r#"{"items":[7]}"#, "malformed unexpected_shape");
    is(200, r#"{"items":{"itemNumber":"AP0000000017"}}"#, "malformed unexpected_shape");
    is(200, r#"{"items":{"itemNumber":"AP0000000017","events":[7]}}"#, "malformed unexpected_shape");
    is(200, r#"{"items":{"events":[]}}"#, "malformed unexpected_shape");
    is(200, r#"{"items":{"itemNumber":"AP0000000024","events":[]}}"#, "malformed wrong_number");
    // An outage is one, whatever the body goes on about.
    is(503, r#"{"items":{"itemNumber":"AP0000000024","events":[]}}"#, "unavailable unexpected_shape");
    let readings = read(registry, SOURCE, 403, r#"{"errorCode":"POSTCODE_NEEDED"}"#, Some(NUMBER));
    let [Reading::Failed(failure)] = readings.as_slice() else { panic!("{readings:?}") };
    assert_eq!(
        (failure.kind.as_str(), failure.needs.as_slice()),
        ("inconclusive", ["postal_code".to_owned()].as_slice())
    );
}

#[test]
fn an_answer_about_several_is_read_for_the_one_that_was_asked() {
    let mut other = answer()["items"].clone();
    other["itemNumber"] = "AP0000000024".into();
    let body = json!({"items": [other, answer()["items"]]});
    let numbers: Vec<_> = read(documented(), SOURCE, 200, &body.to_string(), Some(NUMBER))
        .iter()
        .filter_map(Reading::tracking)
        .map(|t| t.tracking_number.clone())
        .collect();
    assert_eq!(numbers, [NUMBER]);
    assert_eq!(read(documented(), SOURCE, 200, &body.to_string(), None).len(), 2);
}

/// JSON of any shape, in which the example's own names turn up.
fn any_json() -> impl Strategy<Value = Value> {
    let name =
        prop::sample::select(vec!["items", "itemNumber", "events", "state", "at", "type", "errorCode"]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        Just(Value::from(NUMBER)),
        Just(Value::from("AP0000000024")),
    ];
    leaf.prop_recursive(4, 32, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((name.clone(), inner), 0..6).prop_map(|fields| {
                Value::Object(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn whatever_comes_something_is_read_and_never_of_another_number(
        bodies in prop::collection::vec((any_json(), any::<u16>()), 8),
        bytes in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let registry = documented();
        let source = SourceId::new(SOURCE).expect("an id");
        let carrier = CarrierId::new("acme_post").expect("an id");
        let json = bodies.iter().map(|(body, status)| (body.to_string().into_bytes(), *status));
        for (body, status) in json.chain([(bytes, 200)]) {
            for http in [200, status] {
                let response = Response { status: http, body: &body, asked: Some(NUMBER) };
                let readings = registry.read(&carrier, Some(&source), response);
                prop_assert!(!readings.is_empty());
                for reading in &readings {
                    match reading {
                        Reading::Found(t) => prop_assert!(same_number(&t.tracking_number, NUMBER)),
                        Reading::Failed(f) => prop_assert!(f.kind.as_str() != "not_found" || http == 404),
                    }
                }
            }
        }
    }
}
