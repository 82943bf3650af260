//! The answers of USPS Tracking v3 as they come over the wire: one object for a number, or an array of them from the
//! batch (v3r2). Every field is optional; flags and figures are text.

#![expect(clippy::struct_field_names, reason = "the names are those of the wire")]

use serde::Deserialize;
use serde_json::Value;

use crate::foreign::{accessory, many, text};

/// Whether a body looks like an answer of Tracking v3: events, summaries, or its error.
pub fn recognizes(body: &[u8]) -> bool {
    let body = String::from_utf8_lossy(body);
    ["\"trackingEvents\"", "\"eventSummaries\"", "\"/tracking/v3", "\"statusCategory\""]
        .iter()
        .any(|name| body.contains(name))
}

/// One mail piece, or an error in its place.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Piece {
    #[serde(deserialize_with = "text")]
    pub tracking_number: Option<String>,
    /// The HTTP status of one element of a batch.
    #[serde(deserialize_with = "text")]
    pub status_code: Option<String>,
    /// An object with a code, or a word of OAuth.
    pub error: Option<Value>,
    #[serde(deserialize_with = "text")]
    pub status: Option<String>,
    #[serde(deserialize_with = "text")]
    pub status_category: Option<String>,
    pub tracking_events: Option<Events>,
    pub event_summaries: Option<Value>,
    #[serde(deserialize_with = "text")]
    pub mail_class: Option<String>,
    #[serde(deserialize_with = "text")]
    pub expected_delivery_time_stamp: Option<String>,
    #[serde(deserialize_with = "text")]
    pub predicted_delivery_date: Option<String>,
    #[serde(deserialize_with = "accessory")]
    pub delivery_date_expectation: Expectation,
    #[serde(deserialize_with = "text")]
    pub origin_city: Option<String>,
    #[serde(deserialize_with = "text")]
    pub origin_state: Option<String>,
    #[serde(deserialize_with = "text", rename = "originZIP")]
    pub origin_zip: Option<String>,
    #[serde(deserialize_with = "text")]
    pub origin_country: Option<String>,
    #[serde(deserialize_with = "text")]
    pub destination_city: Option<String>,
    #[serde(deserialize_with = "text")]
    pub destination_state: Option<String>,
    #[serde(deserialize_with = "text", rename = "destinationZIP")]
    pub destination_zip: Option<String>,
    #[serde(deserialize_with = "text")]
    pub destination_country_code: Option<String>,
}

#[derive(Deserialize)]
#[serde(transparent)]
pub struct Events(#[serde(deserialize_with = "many")] pub Vec<Event>);

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Expectation {
    #[serde(deserialize_with = "text")]
    pub expected_delivery_date: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Event {
    #[serde(deserialize_with = "text")]
    pub event_type: Option<String>,
    /// A wall clock.
    #[serde(deserialize_with = "text")]
    pub event_timestamp: Option<String>,
    #[serde(deserialize_with = "text", rename = "GMTTimestamp")]
    pub gmt_timestamp: Option<String>,
    #[serde(deserialize_with = "text", rename = "GMTOffset")]
    pub gmt_offset: Option<String>,
    #[serde(deserialize_with = "text")]
    pub event_code: Option<String>,
    #[serde(deserialize_with = "text")]
    pub event_city: Option<String>,
    #[serde(deserialize_with = "text")]
    pub event_state: Option<String>,
    #[serde(deserialize_with = "text", rename = "eventZIP")]
    pub event_zip: Option<String>,
    /// The same in the batch.
    #[serde(deserialize_with = "text", rename = "eventZIPCode")]
    pub event_zip_code: Option<String>,
    #[serde(deserialize_with = "text")]
    pub event_country: Option<String>,
    /// Who signed.
    #[serde(deserialize_with = "text")]
    pub name: Option<String>,
}

/// An error of the API.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Problem {
    #[serde(deserialize_with = "text")]
    pub code: Option<String>,
    #[serde(deserialize_with = "many")]
    pub errors: Vec<Cause>,
}

/// What is behind it.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Cause {
    #[serde(deserialize_with = "text")]
    pub code: Option<String>,
    #[serde(deserialize_with = "text")]
    pub title: Option<String>,
}
