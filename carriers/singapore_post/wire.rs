//! The answers of the service behind Singapore Post's page as they come over the wire. Every field is optional, flags are
//! text, and a dash stands for nothing.

#![expect(clippy::struct_field_names, reason = "the names are those of the wire")]

use serde::{Deserialize, Deserializer};

use crate::foreign::{self, many};

/// Whether a body looks like an answer of the service.
pub fn recognizes(body: &[u8]) -> bool {
    String::from_utf8_lossy(body).contains("\"trackingNumberFound\"")
}

/// Text that is neither empty nor a dash. A flag is written as text.
fn told<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(foreign::text_or_flag(deserializer)?.filter(|text| text != "-"))
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Answer {
    pub items: Option<Items>,
}

#[derive(Deserialize)]
#[serde(transparent)]
pub struct Items(#[serde(deserialize_with = "many")] pub Vec<Item>);

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Item {
    #[serde(deserialize_with = "told")]
    pub tracking_number: Option<String>,
    #[serde(deserialize_with = "told")]
    pub alternative_tracking_number: Option<String>,
    #[serde(deserialize_with = "told")]
    pub tracking_number_found: Option<String>,
    #[serde(deserialize_with = "told")]
    pub original_country: Option<String>,
    #[serde(deserialize_with = "told")]
    pub destination_country: Option<String>,
    #[serde(deserialize_with = "told")]
    pub item_type: Option<String>,
    #[serde(deserialize_with = "many")]
    pub events: Vec<Event>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Event {
    #[serde(deserialize_with = "told")]
    pub status_description: Option<String>,
    #[serde(deserialize_with = "told")]
    pub date: Option<String>,
    #[serde(deserialize_with = "told")]
    pub location: Option<String>,
    /// The code.
    #[serde(deserialize_with = "told")]
    pub event_description: Option<String>,
}
