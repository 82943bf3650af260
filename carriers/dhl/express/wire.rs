//! The answers of MyDHL API as they come over the wire. Names and addresses are blanked for privacy; every field is
//! optional, figures are numbers or text.

#![expect(clippy::struct_field_names, reason = "the names are those of the wire")]

use serde::Deserialize;

use crate::foreign::{accessory, many, some, text};

/// Whether a body looks like an answer of MyDHL API: shipments with waybills, or its problem, which has a `message`
/// beside what problems have.
pub fn recognizes(body: &[u8]) -> bool {
    let body = String::from_utf8_lossy(body);
    let has = |name: &str| body.contains(&format!("\"{name}\""));
    has("shipmentTrackingNumber") || (has("title") && has("status") && has("message"))
}

/// Shipments, or a problem.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Answer {
    pub shipments: Option<Shipments>,
    #[serde(deserialize_with = "text")]
    pub title: Option<String>,
    #[serde(deserialize_with = "text")]
    pub status: Option<String>,
}

#[derive(Deserialize)]
#[serde(transparent)]
pub struct Shipments(#[serde(deserialize_with = "many")] pub Vec<Shipment>);

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Shipment {
    #[serde(deserialize_with = "text")]
    pub shipment_tracking_number: Option<String>,
    /// How the look-up went, not how the shipment stands.
    #[serde(deserialize_with = "text")]
    pub status: Option<String>,
    #[serde(deserialize_with = "text")]
    pub product_code: Option<String>,
    #[serde(deserialize_with = "accessory")]
    pub shipper_details: Party,
    #[serde(deserialize_with = "accessory")]
    pub receiver_details: Party,
    #[serde(deserialize_with = "text")]
    pub total_weight: Option<String>,
    #[serde(deserialize_with = "text")]
    pub unit_of_measurements: Option<String>,
    #[serde(deserialize_with = "many")]
    pub events: Vec<Event>,
    #[serde(deserialize_with = "text")]
    pub number_of_pieces: Option<String>,
    #[serde(deserialize_with = "many")]
    pub pieces: Vec<Piece>,
    #[serde(deserialize_with = "text")]
    pub estimated_delivery_date: Option<String>,
}

/// The name beside the address is personal data and is not read.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Party {
    #[serde(deserialize_with = "accessory")]
    pub postal_address: Address,
    #[serde(deserialize_with = "some")]
    pub service_area: Vec<ServiceArea>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Address {
    #[serde(deserialize_with = "text")]
    pub city_name: Option<String>,
    #[serde(deserialize_with = "text")]
    pub province_code: Option<String>,
    #[serde(deserialize_with = "text")]
    pub postal_code: Option<String>,
    #[serde(deserialize_with = "text")]
    pub country_code: Option<String>,
}

/// E.g. `AMSTERDAM-NL`.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct ServiceArea {
    #[serde(deserialize_with = "text")]
    pub description: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Event {
    #[serde(deserialize_with = "text")]
    pub date: Option<String>,
    #[serde(deserialize_with = "text")]
    pub time: Option<String>,
    #[serde(rename = "GMTOffset", deserialize_with = "text")]
    pub gmt_offset: Option<String>,
    #[serde(deserialize_with = "text")]
    pub type_code: Option<String>,
    #[serde(deserialize_with = "text")]
    pub description: Option<String>,
    #[serde(deserialize_with = "some")]
    pub service_area: Vec<ServiceArea>,
    #[serde(deserialize_with = "text")]
    pub signed_by: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Piece {
    #[serde(alias = "pieceTrackingNumber", deserialize_with = "text")]
    pub tracking_number: Option<String>,
    #[serde(deserialize_with = "many")]
    pub events: Vec<Event>,
}
