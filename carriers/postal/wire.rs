//! The answers of Global Track and Trace as they come over the wire: a list of items, or nothing at all. Every field is
//! optional.

#![expect(clippy::struct_field_names, reason = "the names are those of the wire")]

use serde::Deserialize;

use crate::foreign::{many, text};

/// Whether a body looks like an answer with an item. Nothing at all is an answer too, but not one to know it by.
pub fn recognizes(body: &[u8]) -> bool {
    let body = String::from_utf8_lossy(body);
    body.contains("\"EventCd\"") || (body.contains("\"ID\"") && body.contains("\"OriginCountryCd\""))
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
pub struct Item {
    #[serde(deserialize_with = "text", rename = "ID")]
    pub id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub origin_country_cd: Option<String>,
    #[serde(deserialize_with = "text")]
    pub destination_country_cd: Option<String>,
    #[serde(deserialize_with = "many")]
    pub events: Vec<Event>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
pub struct Event {
    #[serde(deserialize_with = "text")]
    pub event_cd: Option<String>,
    #[serde(deserialize_with = "text")]
    pub event_nm: Option<String>,
    #[serde(deserialize_with = "text", rename = "EventDT")]
    pub event_dt: Option<String>,
    #[serde(deserialize_with = "text")]
    pub event_location: Option<String>,
    #[serde(deserialize_with = "text")]
    pub office_nm: Option<String>,
    #[serde(deserialize_with = "text")]
    pub country_cd: Option<String>,
    /// Who signed.
    #[serde(deserialize_with = "text")]
    pub signature: Option<String>,
}
