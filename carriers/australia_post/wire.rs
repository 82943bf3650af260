//! The answers of Australia Post's Track Items as they come over the wire: articles, or consignments of articles, or the
//! consignment itself. Every field is optional; errors have two forms.

use serde::Deserialize;

use crate::foreign::{accessory, many, text};

/// Whether a body looks like an answer of Track Items: results, or one of its two error forms.
pub fn recognizes(body: &[u8]) -> bool {
    let body = String::from_utf8_lossy(body);
    body.contains("\"tracking_results\"")
        || (body.contains("\"errors\"") && (body.contains("\"error_code\"") || body.contains("_TRACKING_ID")))
}

/// Results, or errors in their place.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Answer {
    pub tracking_results: Option<Results>,
    #[serde(deserialize_with = "many")]
    pub errors: Vec<Problem>,
}

#[derive(Deserialize)]
#[serde(transparent)]
pub struct Results(#[serde(deserialize_with = "many")] pub Vec<TrackingResult>);

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct TrackingResult {
    #[serde(deserialize_with = "text")]
    pub tracking_id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub status: Option<String>,
    #[serde(deserialize_with = "many")]
    pub errors: Vec<Problem>,
    /// StarTrack tells the consignment as a whole.
    #[serde(deserialize_with = "accessory")]
    pub consignment: Option<Item>,
    #[serde(deserialize_with = "many")]
    pub trackable_items: Vec<Item>,
}

/// `code` in most answers, `error_code` from the gateway before the API.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Problem {
    #[serde(deserialize_with = "text")]
    pub code: Option<String>,
    #[serde(deserialize_with = "text")]
    pub error_code: Option<String>,
}

/// An article, or a consignment that holds items.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Item {
    #[serde(deserialize_with = "text")]
    pub article_id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub consignment_id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub product_type: Option<String>,
    #[serde(deserialize_with = "text")]
    pub status: Option<String>,
    #[serde(deserialize_with = "many")]
    pub events: Vec<Event>,
    #[serde(deserialize_with = "many")]
    pub items: Vec<Self>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Event {
    #[serde(deserialize_with = "text")]
    pub location: Option<String>,
    #[serde(deserialize_with = "text")]
    pub description: Option<String>,
    #[serde(deserialize_with = "text")]
    pub date: Option<String>,
}
