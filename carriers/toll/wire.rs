//! The messages of Team Global Express as others' programs read them. Every field is optional, and whatever is not
//! known of is left alone.

#![expect(clippy::struct_field_names, reason = "the names are those of the wire")]

use serde::Deserialize;

use crate::foreign::{accessory, many, some, text};

/// Whether a body looks like a message of Team Global Express.
pub fn recognizes(body: &[u8]) -> bool {
    String::from_utf8_lossy(body).contains("\"TollMessage\"")
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
pub struct Answer {
    pub toll_message: Option<TollMessage>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
pub struct TollMessage {
    #[serde(deserialize_with = "accessory")]
    pub error_messages: ErrorMessages,
    pub track_and_trace: Option<TrackAndTrace>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
pub struct ErrorMessages {
    #[serde(deserialize_with = "some")]
    pub error_message: Vec<ErrorMessage>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
pub struct ErrorMessage {
    #[serde(deserialize_with = "text")]
    pub error_message: Option<String>,
    #[serde(deserialize_with = "accessory")]
    pub error_number: Value,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
pub struct Value {
    #[serde(deserialize_with = "text")]
    pub value: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
pub struct TrackAndTrace {
    pub response: Option<TrackResponse>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
pub struct TrackResponse {
    pub shipments: Option<Shipments>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
pub struct Shipments {
    #[serde(deserialize_with = "many")]
    pub shipment: Vec<Shipment>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
pub struct Shipment {
    #[serde(rename = "ShipmentID", deserialize_with = "text")]
    pub shipment_id: Option<String>,
    #[serde(deserialize_with = "accessory")]
    pub references: References,
    #[serde(deserialize_with = "accessory")]
    pub date_period_collection: DatePeriods,
    #[serde(deserialize_with = "accessory")]
    pub events: Events,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
pub struct References {
    #[serde(deserialize_with = "some")]
    pub reference: Vec<Reference>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
pub struct Reference {
    #[serde(deserialize_with = "text")]
    pub reference_value: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
pub struct DatePeriods {
    #[serde(deserialize_with = "some")]
    pub date_period: Vec<DatePeriod>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
pub struct DatePeriod {
    #[serde(deserialize_with = "text")]
    pub date: Option<String>,
    #[serde(deserialize_with = "text")]
    pub date_time: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
pub struct Events {
    #[serde(deserialize_with = "some")]
    pub event: Vec<Event>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
pub struct Event {
    #[serde(deserialize_with = "accessory")]
    pub references: References,
    #[serde(deserialize_with = "accessory")]
    pub date_period_collection: DatePeriods,
    #[serde(deserialize_with = "accessory")]
    pub codes: Codes,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
pub struct Codes {
    #[serde(deserialize_with = "some")]
    pub code: Vec<Code>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
pub struct Code {
    #[serde(deserialize_with = "text")]
    pub category: Option<String>,
    #[serde(deserialize_with = "text")]
    pub description: Option<String>,
}
