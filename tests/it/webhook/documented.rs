//! What the documentation says about webhooks is what the code does.

use waygate::webhook::payload;
use waygate::webhook::schedule::WAITS_S;
use waygate::webhook::signature::{SignatureError, sign};
use waygate::webhook::signing::Verifier;

use super::{delivery, endpoint};

const DOCUMENT: &str = include_str!("../../../docs/webhooks.md");

/// A line of the test vector.
fn vector(name: &str) -> &'static str {
    let line = DOCUMENT.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.unwrap_or_else(|| panic!("no line {name}")).trim()
}

#[test]
fn the_test_vector_is_what_is_sent() {
    let at = jiff::Timestamp::from_second(vector("timestamp").parse().unwrap()).unwrap();
    let secret = vector("secret").parse().unwrap();
    let body = vector("body");
    assert_eq!(body.len(), 188);
    assert_eq!(sign(&secret, vector("id"), at, body.as_bytes()), vector("signature"));

    let headers: http::HeaderMap = [
        ("webhook-id", vector("id")),
        ("webhook-timestamp", vector("timestamp")),
        ("webhook-signature", vector("v1a")),
    ]
    .into_iter()
    .map(|(name, value)| (name.parse::<http::HeaderName>().unwrap(), value.parse().unwrap()))
    .collect();
    let key = Verifier::Key(vector("public").parse().unwrap());
    assert_eq!(key.verify(&headers, body.as_bytes(), at), Ok(()));
    assert_eq!(key.verify(&headers, &body.as_bytes()[1..], at), Err(SignatureError::NoMatch));

    let mut event = delivery(&endpoint("https://shop.example/"), "A-1", 3).event;
    event.id = vector("id").parse().unwrap();
    event.at = "2026-11-23T10:00:00Z".parse().unwrap();
    event.data = serde_json::from_str(r#"{"carrier":"dhl","city":"Zürich"}"#).unwrap();
    assert_eq!(payload::body(&event).unwrap(), body.as_bytes());
}

#[test]
fn the_table_of_waits_is_the_schedule() {
    let span = |text: &str| {
        let text = text.split(',').next().unwrap().trim_end_matches([' ', '|']);
        text.parse::<jiff::SignedDuration>().unwrap().as_secs()
    };
    let rows = DOCUMENT.lines().skip_while(|line| !line.starts_with("| after attempt")).skip(2);
    let waits: Vec<_> = rows
        .map_while(|line| line.strip_prefix("| ")?.split_once(" | "))
        .map(|(_, wait)| span(wait))
        .collect();
    assert_eq!(waits, WAITS_S);
}
