//! The answers of Royal Mail's Tracking API v2 as they come over the wire: `mailPieces` is one object with events, or an
//! array of summaries. Every field is optional.

#![expect(clippy::struct_field_names, reason = "the names are those of the wire")]

use serde::Deserialize;

use crate::foreign::{accessory, many, text};

/// Whether a body looks like an answer of the API: mail pieces, or its error.
pub fn recognizes(body: &[u8]) -> bool {
    let body = String::from_utf8_lossy(body);
    body.contains("\"mailPieces\"") || (body.contains("\"httpCode\"") && body.contains("\"httpMessage\""))
}

/// Mail pieces, or an error.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Answer {
    pub mail_pieces: Option<Pieces>,
    #[serde(deserialize_with = "text")]
    pub http_code: Option<String>,
    #[serde(deserialize_with = "many")]
    pub errors: Vec<Problem>,
}

#[derive(Deserialize)]
#[serde(transparent)]
pub struct Pieces(#[serde(deserialize_with = "many")] pub Vec<Piece>);

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Piece {
    #[serde(deserialize_with = "text")]
    pub mail_piece_id: Option<String>,
    /// The HTTP status of one item of a summary.
    #[serde(deserialize_with = "text")]
    pub status: Option<String>,
    #[serde(deserialize_with = "accessory")]
    pub error: Option<Problem>,
    #[serde(deserialize_with = "accessory")]
    pub summary: Summary,
    #[serde(deserialize_with = "accessory")]
    pub signature: Signature,
    #[serde(deserialize_with = "accessory")]
    pub estimated_delivery: Estimate,
    #[serde(deserialize_with = "many")]
    pub events: Vec<Event>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Problem {
    #[serde(deserialize_with = "text")]
    pub error_code: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Summary {
    #[serde(deserialize_with = "text")]
    pub unique_item_id: Option<String>,
    #[serde(deserialize_with = "text", rename = "oneDBarcode")]
    pub one_d_barcode: Option<String>,
    #[serde(deserialize_with = "text")]
    pub product_name: Option<String>,
    #[serde(deserialize_with = "text")]
    pub destination_country_code: Option<String>,
    #[serde(deserialize_with = "text")]
    pub destination_country_name: Option<String>,
    #[serde(deserialize_with = "text")]
    pub origin_country_code: Option<String>,
    #[serde(deserialize_with = "text")]
    pub origin_country_name: Option<String>,
    #[serde(deserialize_with = "text")]
    pub last_event_code: Option<String>,
    #[serde(deserialize_with = "text")]
    pub last_event_name: Option<String>,
    #[serde(deserialize_with = "text")]
    pub last_event_date_time: Option<String>,
    #[serde(deserialize_with = "text")]
    pub last_event_location_name: Option<String>,
    #[serde(deserialize_with = "text")]
    pub status_category: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Signature {
    #[serde(deserialize_with = "text")]
    pub recipient_name: Option<String>,
}

/// A day, and the window of it: times with an offset but no day, in some answers with the day.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Estimate {
    #[serde(deserialize_with = "text")]
    pub date: Option<String>,
    #[serde(deserialize_with = "text")]
    pub end_of_estimated_window: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Event {
    #[serde(deserialize_with = "text")]
    pub event_code: Option<String>,
    #[serde(deserialize_with = "text")]
    pub event_name: Option<String>,
    #[serde(deserialize_with = "text")]
    pub event_date_time: Option<String>,
    #[serde(deserialize_with = "text")]
    pub location_name: Option<String>,
}
