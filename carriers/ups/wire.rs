//! The UPS Tracking API's answers as they come over the wire. UPS documents all but a few fields as optional; fields
//! documented as lists have been seen as single values, and figures as text.

#![expect(clippy::struct_field_names, reason = "the names are those of the wire")]

use serde::Deserialize;

use crate::foreign::{accessory, many, some, text, texts};

/// Whether a body looks like an answer of the Tracking API or of the gateway in front of it.
pub fn recognizes(body: &[u8]) -> bool {
    let body = String::from_utf8_lossy(body);
    body.contains("\"trackResponse\"") || (body.contains("\"response\"") && body.contains("\"errors\""))
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Answer {
    pub track_response: Option<TrackResponse>,
    #[serde(deserialize_with = "accessory")]
    pub response: ErrorResponse,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct ErrorResponse {
    #[serde(deserialize_with = "some")]
    pub errors: Vec<Message>,
}

/// An error or a warning.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Message {
    #[serde(deserialize_with = "text")]
    pub code: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct TrackResponse {
    #[serde(deserialize_with = "many")]
    pub shipment: Vec<Shipment>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Shipment {
    #[serde(deserialize_with = "text")]
    pub inquiry_number: Option<String>,
    #[serde(deserialize_with = "many")]
    pub warnings: Vec<Message>,
    #[serde(deserialize_with = "many")]
    pub package: Vec<Package>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Package {
    #[serde(deserialize_with = "text")]
    pub tracking_number: Option<String>,
    #[serde(deserialize_with = "text")]
    pub package_count: Option<String>,
    #[serde(deserialize_with = "accessory")]
    pub current_status: Option<Status>,
    #[serde(deserialize_with = "text")]
    pub status_code: Option<String>,
    #[serde(deserialize_with = "text")]
    pub status_description: Option<String>,
    #[serde(deserialize_with = "many")]
    pub activity: Vec<Activity>,
    #[serde(deserialize_with = "many")]
    pub delivery_date: Vec<DeliveryDate>,
    #[serde(deserialize_with = "accessory")]
    pub delivery_time: DeliveryTime,
    #[serde(deserialize_with = "accessory")]
    pub delivery_information: DeliveryInformation,
    #[serde(deserialize_with = "many")]
    pub package_address: Vec<PackageAddress>,
    #[serde(deserialize_with = "accessory")]
    pub weight: Weight,
    #[serde(deserialize_with = "accessory")]
    pub service: Service,
    #[serde(deserialize_with = "many")]
    pub alternate_tracking_number: Vec<Reference>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Status {
    #[serde(rename = "type", deserialize_with = "text")]
    pub kind: Option<String>,
    #[serde(deserialize_with = "text")]
    pub code: Option<String>,
    #[serde(deserialize_with = "text")]
    pub status_code: Option<String>,
    #[serde(deserialize_with = "text")]
    pub description: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Activity {
    #[serde(deserialize_with = "text")]
    pub date: Option<String>,
    #[serde(deserialize_with = "text")]
    pub time: Option<String>,
    #[serde(deserialize_with = "text")]
    pub gmt_date: Option<String>,
    #[serde(deserialize_with = "text")]
    pub gmt_time: Option<String>,
    #[serde(deserialize_with = "text")]
    pub gmt_offset: Option<String>,
    #[serde(deserialize_with = "accessory")]
    pub location: Location,
    #[serde(deserialize_with = "accessory")]
    pub status: Status,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Location {
    #[serde(deserialize_with = "accessory")]
    pub address: Address,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Address {
    #[serde(deserialize_with = "text")]
    pub city: Option<String>,
    #[serde(deserialize_with = "text")]
    pub state_province: Option<String>,
    #[serde(deserialize_with = "text")]
    pub postal_code: Option<String>,
    #[serde(deserialize_with = "text")]
    pub country_code: Option<String>,
    #[serde(deserialize_with = "text")]
    pub country: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct DeliveryDate {
    #[serde(rename = "type", deserialize_with = "text")]
    pub kind: Option<String>,
    #[serde(deserialize_with = "text")]
    pub date: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct DeliveryTime {
    #[serde(rename = "type", deserialize_with = "text")]
    pub kind: Option<String>,
    #[serde(deserialize_with = "text")]
    pub end_time: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct DeliveryInformation {
    #[serde(deserialize_with = "text")]
    pub received_by: Option<String>,
    #[serde(deserialize_with = "text")]
    pub location: Option<String>,
}

/// Names beside the address are personal data and are not read.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct PackageAddress {
    #[serde(rename = "type", deserialize_with = "text")]
    pub kind: Option<String>,
    #[serde(deserialize_with = "accessory")]
    pub address: Address,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Weight {
    #[serde(deserialize_with = "text")]
    pub unit_of_measurement: Option<String>,
    #[serde(deserialize_with = "text")]
    pub weight: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Service {
    #[serde(deserialize_with = "text")]
    pub description: Option<String>,
}

/// Another number of the same package.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Reference {
    #[serde(rename = "type", deserialize_with = "text")]
    pub kind: Option<String>,
    #[serde(deserialize_with = "texts")]
    pub number: Vec<String>,
}
