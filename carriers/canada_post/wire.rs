//! Canada Post's answers as they come over the wire: XML from the web service, JSON from its successor. The fields are
//! the same, `event-date` there and `eventDate` here, so that both are read into one form.

#![expect(clippy::struct_field_names, reason = "the names are those of the wire")]

use serde::Deserialize;

use crate::contract::{Failure, Response};
use crate::foreign::{self, many, text};
use crate::xml::{self, Element};

/// Whether a body looks like Canada Post's, in either form.
pub fn recognizes(body: &[u8]) -> bool {
    let body = String::from_utf8_lossy(body);
    body.contains("www.canadapost.ca/ws/")
        || body.contains("<tracking-detail")
        || body.contains("\"significantEvents\"")
        || (body.contains("\"messages\"") && body.contains("\"description\""))
}

/// The details of a PIN, or messages in their place.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Detail {
    #[serde(deserialize_with = "text")]
    pub pin: Option<String>,
    #[serde(deserialize_with = "text")]
    pub changed_expected_date: Option<String>,
    #[serde(deserialize_with = "text")]
    pub expected_delivery_date: Option<String>,
    #[serde(deserialize_with = "text")]
    pub destination_postal_id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub service_name: Option<String>,
    #[serde(deserialize_with = "text")]
    pub return_pin: Option<String>,
    #[serde(deserialize_with = "many")]
    pub significant_events: Vec<Occurrence>,
    #[serde(deserialize_with = "many")]
    pub messages: Vec<Message>,
    /// Errors of the gateway before the newer service.
    #[serde(deserialize_with = "many")]
    pub errors: Vec<Message>,
    #[serde(deserialize_with = "text")]
    pub http_code: Option<String>,
    #[serde(deserialize_with = "text")]
    pub more_information: Option<String>,
}

/// An event.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Occurrence {
    #[serde(deserialize_with = "text")]
    pub event_identifier: Option<String>,
    #[serde(deserialize_with = "text")]
    pub event_date: Option<String>,
    #[serde(deserialize_with = "text")]
    pub event_time: Option<String>,
    #[serde(deserialize_with = "text")]
    pub event_time_zone: Option<String>,
    #[serde(deserialize_with = "text")]
    pub event_description: Option<String>,
    #[serde(deserialize_with = "text")]
    pub signatory_name: Option<String>,
    #[serde(deserialize_with = "text")]
    pub event_site: Option<String>,
    #[serde(deserialize_with = "text")]
    pub event_province: Option<String>,
}

/// An error.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Message {
    #[serde(deserialize_with = "text")]
    pub code: Option<String>,
    #[serde(deserialize_with = "text")]
    pub description: Option<String>,
    /// The same by the gateway before the newer service.
    #[serde(deserialize_with = "text")]
    pub error_code: Option<String>,
    #[serde(deserialize_with = "text")]
    pub message: Option<String>,
}

/// Reads a body in the form that it has.
pub fn detail(response: Response<'_>) -> Result<Detail, Failure> {
    let shapeless = || foreign::unexpected_shape(response.status);
    if response.body.trim_ascii_start().starts_with(b"{") {
        return foreign::answer(response);
    }
    let root = xml::document(response)?;
    match &*root.name {
        "tracking-detail" => Ok(of_detail(&root)),
        "messages" => {
            Ok(Detail { messages: root.all("message").map(message).collect(), ..Detail::default() })
        }
        _ => Err(shapeless()),
    }
}

fn message(element: &Element<'_>) -> Message {
    let told = |name: &str| element.text_at(&[name]).map(str::to_owned);
    Message { code: told("code"), description: told("description"), ..Message::default() }
}

fn of_detail(root: &Element<'_>) -> Detail {
    let told = |name: &str| root.text_at(&[name]).map(str::to_owned);
    let events = root.child("significant-events");
    Detail {
        pin: told("pin"),
        changed_expected_date: told("changed-expected-date"),
        expected_delivery_date: told("expected-delivery-date"),
        destination_postal_id: told("destination-postal-id"),
        service_name: told("service-name"),
        return_pin: told("return-pin"),
        significant_events: events.iter().flat_map(|e| e.all("occurrence")).map(occurrence).collect(),
        ..Detail::default()
    }
}

fn occurrence(element: &Element<'_>) -> Occurrence {
    let told = |name: &str| element.text_at(&[name]).map(str::to_owned);
    Occurrence {
        event_identifier: told("event-identifier"),
        event_date: told("event-date"),
        event_time: told("event-time"),
        event_time_zone: told("event-time-zone"),
        event_description: told("event-description"),
        signatory_name: told("signatory-name"),
        event_site: told("event-site"),
        event_province: told("event-province"),
    }
}
