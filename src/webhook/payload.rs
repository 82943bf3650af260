//! The body of a webhook: an event as JSON. The same event gives the same bytes, in every attempt.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::domain::event::EventType;
use crate::ids::EventId;
use crate::store::{EventRecord, PayloadForm};

/// Longest body in bytes (Standard Webhooks 1.0.0, "Payload size": less than 20 kB).
pub const BODY_BYTES_MAX: usize = 20_000;

/// The version of the form in which events are written. It grows when a field goes or comes to mean something else, and
/// not when one is added.
pub const PAYLOAD_VERSION: u32 = 1;

/// The name of a body's last field, as it stands behind another.
const DATA: &[u8] = br#","data":"#;

#[derive(Serialize)]
struct Body<'a> {
    id: &'a str,
    #[serde(rename = "type")]
    kind: EventType,
    timestamp: Timestamp,
    version: u32,
    order: &'a str,
    sequence: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<&'a str>,
    #[serde(skip_serializing_if = "is_false")]
    data_omitted: bool,
    // `data` follows: see `with_data`.
}

/// An event without its particulars.
#[derive(Serialize)]
struct Thin<'a> {
    id: &'a str,
    #[serde(rename = "type")]
    kind: EventType,
    timestamp: Timestamp,
    version: u32,
    order: &'a str,
    sequence: i64,
    links: Links,
}

/// Where to read more, from the gateway's address on.
#[derive(Serialize)]
struct Links {
    event: String,
    order: String,
}

/// What is told of an endpoint.
#[derive(Serialize)]
struct NoticeBody<'a> {
    id: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    timestamp: Timestamp,
    version: u32,
    data: &'a Map<String, Value>,
}

/// The event's body in a form.
pub fn body_in(form: PayloadForm, event: &EventRecord) -> Result<Vec<u8>, serde_json::Error> {
    match form {
        PayloadForm::Full => body(event),
        PayloadForm::Thin => serde_json::to_vec(&Thin {
            id: event.id.as_str(),
            kind: event.kind,
            timestamp: event.at,
            version: PAYLOAD_VERSION,
            order: &event.order,
            sequence: event.sequence,
            links: Links {
                event: format!("/v1/events/{}", event.id),
                order: format!("/v1/orders/{}", segment(&event.order)),
            },
        }),
    }
}

/// The event's whole body. Where its data would make it too long, they are left out and the body says so: the event
/// itself can be read over the API.
pub fn body(event: &EventRecord) -> Result<Vec<u8>, serde_json::Error> {
    let whole = with_data(event, event.data.as_str(), false)?;
    if whole.len() <= BODY_BYTES_MAX { Ok(whole) } else { with_data(event, "{}", true) }
}

/// A body whose last field is this object, as it is written.
fn with_data(event: &EventRecord, data: &str, data_omitted: bool) -> Result<Vec<u8>, serde_json::Error> {
    let mut written = serde_json::to_vec(&of(event, data_omitted))?;
    written.pop();
    written.reserve_exact(DATA.len() + data.len() + 1);
    written.extend_from_slice(DATA);
    written.extend_from_slice(data.as_bytes());
    written.push(b'}');
    Ok(written)
}

/// The body of what concerns no order: a notice, or a test.
pub fn notice_body(
    id: &EventId,
    kind: &str,
    at: Timestamp,
    data: &Map<String, Value>,
) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec(&NoticeBody { id: id.as_str(), kind, timestamp: at, version: PAYLOAD_VERSION, data })
}

fn of(event: &EventRecord, data_omitted: bool) -> Body<'_> {
    Body {
        id: event.id.as_str(),
        kind: event.kind,
        timestamp: event.at,
        version: PAYLOAD_VERSION,
        order: &event.order,
        sequence: event.sequence,
        rule: event.rule.as_deref(),
        data_omitted,
    }
}

/// A text as one segment of a path (RFC 3986, section 3.3: what is not unreserved is written in hexadecimal).
fn segment(text: &str) -> String {
    text.bytes().fold(String::new(), |mut written, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => written.push(byte.into()),
            _ => written += &format!("%{byte:02X}"),
        }
        written
    })
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(data: Value) -> EventRecord {
        let Value::Object(data) = data else { panic!("an event's data are an object") };
        EventRecord {
            id: "evt_0190163d8694739b96e8bf1e2b3f1a11".parse().unwrap(),
            order: "A-1".to_owned(),
            sequence: 3,
            kind: EventType::ShipmentVerified,
            at: "2026-11-23T10:00:00Z".parse().unwrap(),
            rule: None,
            data: data.into(),
        }
    }

    fn text(event: &EventRecord) -> String {
        String::from_utf8(body(event).unwrap()).unwrap()
    }

    #[test]
    fn a_body_names_the_event_the_order_and_the_place_in_its_sequence() {
        let mut event = event(json!({ "city": "Zürich", "carrier": "dhl" }));
        assert_eq!(
            text(&event),
            r#"{"id":"evt_0190163d8694739b96e8bf1e2b3f1a11","type":"shipment.verified","timestamp":"2026-11-23T10:00:00Z","version":1,"order":"A-1","sequence":3,"data":{"carrier":"dhl","city":"Zürich"}}"#
        );
        event.rule = Some("protection.expiry".to_owned());
        assert!(text(&event).contains(r#""sequence":3,"rule":"protection.expiry","data":"#));
    }

    #[test]
    fn a_thin_body_says_where_to_read_the_rest() {
        let mut event = event(json!({ "city": "Zürich" }));
        event.order = "A/1 ü".to_owned();
        assert_eq!(
            String::from_utf8(body_in(PayloadForm::Thin, &event).unwrap()).unwrap(),
            r#"{"id":"evt_0190163d8694739b96e8bf1e2b3f1a11","type":"shipment.verified","timestamp":"2026-11-23T10:00:00Z","version":1,"order":"A/1 ü","sequence":3,"links":{"event":"/v1/events/evt_0190163d8694739b96e8bf1e2b3f1a11","order":"/v1/orders/A%2F1%20%C3%BC"}}"#
        );
        assert_eq!(body_in(PayloadForm::Full, &event).unwrap(), body(&event).unwrap());
    }

    #[test]
    fn a_body_is_as_long_as_it_may_be_and_then_comes_without_its_data() {
        let with = |bytes: usize| body(&event(json!({ "note": "x".repeat(bytes) }))).unwrap();
        let room = BODY_BYTES_MAX - with(0).len();
        assert_eq!(with(room).len(), BODY_BYTES_MAX);
        let longer: Value = serde_json::from_slice(&with(room + 1)).unwrap();
        assert_eq!(longer["data_omitted"], json!(true));
        assert_eq!(longer["data"], json!({}));
        assert_eq!(longer["sequence"], json!(3));
    }
}
