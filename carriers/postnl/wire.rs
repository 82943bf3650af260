//! The answers of PostNL's Shipping Status API as they come over the wire: JSON made of XML, in which a list of one is
//! the one itself, nothing is `{}`, and figures are text.

#![expect(clippy::struct_field_names, reason = "the names are those of the wire")]

use serde::Deserialize;

use crate::foreign::{accessory, many, text};

/// Whether a body looks like an answer of the API: a status, or its gateway's fault.
pub fn recognizes(body: &[u8]) -> bool {
    let body = String::from_utf8_lossy(body);
    ["\"CompleteStatus\"", "\"CurrentStatus\"", "\"faultstring\""].iter().any(|name| body.contains(name))
}

/// A status with events, one without, warnings in their place, or a fault.
#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
pub struct Answer {
    #[serde(deserialize_with = "accessory")]
    pub complete_status: Option<Shipments>,
    #[serde(deserialize_with = "accessory")]
    pub current_status: Option<Shipments>,
    #[serde(deserialize_with = "many")]
    pub warnings: Vec<Warning>,
    #[serde(deserialize_with = "accessory", rename = "fault")]
    pub fault: Option<Fault>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
pub struct Shipments {
    #[serde(deserialize_with = "many")]
    pub shipment: Vec<Shipment>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
pub struct Warning {
    #[serde(deserialize_with = "text")]
    pub code: Option<String>,
}

/// What the gateway before the API says.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Fault {
    #[serde(deserialize_with = "text")]
    pub faultstring: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
pub struct Shipment {
    #[serde(deserialize_with = "text")]
    pub main_barcode: Option<String>,
    #[serde(deserialize_with = "text")]
    pub barcode: Option<String>,
    #[serde(deserialize_with = "text")]
    pub shipment_amount: Option<String>,
    #[serde(deserialize_with = "text")]
    pub product_description: Option<String>,
    #[serde(deserialize_with = "accessory")]
    pub dimension: Dimension,
    #[serde(deserialize_with = "many")]
    pub address: Vec<Address>,
    #[serde(deserialize_with = "many")]
    pub event: Vec<Event>,
    #[serde(deserialize_with = "accessory")]
    pub expectation: Expectation,
    #[serde(deserialize_with = "accessory")]
    pub status: Status,
}

/// In grams.
#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
pub struct Dimension {
    #[serde(deserialize_with = "text")]
    pub weight: Option<String>,
}

/// Of the receiver (01) or the sender (02).
#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
pub struct Address {
    #[serde(deserialize_with = "text")]
    pub address_type: Option<String>,
    #[serde(deserialize_with = "text")]
    pub city: Option<String>,
    #[serde(deserialize_with = "text")]
    pub country_code: Option<String>,
    #[serde(deserialize_with = "text")]
    pub zipcode: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
pub struct Event {
    #[serde(deserialize_with = "text")]
    pub code: Option<String>,
    #[serde(deserialize_with = "text")]
    pub description: Option<String>,
    #[serde(deserialize_with = "text")]
    pub time_stamp: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Expectation {
    #[serde(deserialize_with = "text", rename = "ETATo")]
    pub eta_to: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
pub struct Status {
    #[serde(deserialize_with = "text")]
    pub status_code: Option<String>,
    #[serde(deserialize_with = "text")]
    pub status_description: Option<String>,
    #[serde(deserialize_with = "text")]
    pub phase_code: Option<String>,
    #[serde(deserialize_with = "text")]
    pub time_stamp: Option<String>,
}
