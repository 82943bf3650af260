//! An event as a CloudEvent (CloudEvents 1.0.2, JSON event format), in structured mode: all in one JSON document, which every
//! version of the NATS protocol binding has.

use jiff::Timestamp;
use serde::Serialize;

use crate::domain::event::EventType;
use crate::store::{EventData, EventRecord};

/// The document's media type.
pub(super) const MEDIA_TYPE: &str = "application/cloudevents+json; charset=utf-8";

#[derive(Serialize)]
struct CloudEvent<'a> {
    specversion: &'static str,
    id: &'a str,
    source: &'a str,
    #[serde(rename = "type")]
    kind: EventType,
    subject: &'a str,
    time: Timestamp,
    datacontenttype: &'static str,
    /// The extension `sequence` wants text whose order is that of the numbers.
    sequence: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<&'a str>,
    data: &'a EventData,
}

/// The document.
pub(super) fn document(event: &EventRecord, source: &str) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec(&CloudEvent {
        specversion: "1.0",
        id: event.id.as_str(),
        source,
        kind: event.kind,
        subject: &event.order,
        time: event.at,
        datacontenttype: "application/json",
        sequence: format!("{:010}", event.sequence),
        rule: event.rule.as_deref(),
        data: &event.data,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn an_event_is_a_cloud_event() {
        let event = EventRecord {
            id: "evt_0190163d8694739b96e8bf1e2b3f1a11".parse().unwrap(),
            order: "A-1".to_owned(),
            sequence: 3,
            kind: EventType::ShipmentVerified,
            at: "2026-11-23T10:00:00Z".parse().unwrap(),
            rule: None,
            data: json!({ "carrier": "dhl" }).as_object().unwrap().clone().into(),
        };
        let document: Value = serde_json::from_slice(&document(&event, "waygate").unwrap()).unwrap();
        assert_eq!(
            document,
            json!({
                "specversion": "1.0", "id": "evt_0190163d8694739b96e8bf1e2b3f1a11", "source": "waygate",
                "type": "shipment.verified", "subject": "A-1", "time": "2026-11-23T10:00:00Z",
                "datacontenttype": "application/json", "sequence": "0000000003", "data": { "carrier": "dhl" },
            })
        );
        // CloudEvents 1.0.2: names of attributes are lower-case letters and digits.
        let plain =
            |name: &String| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        assert!(document.as_object().unwrap().keys().all(plain));
    }
}
