//! The answers of DHL Shipment Tracking - Unified as they come over the wire. The divisions fill them differently:
//! every field is optional, ids are text or numbers, lists are sometimes single values.

#![expect(clippy::struct_field_names, reason = "the names are those of the wire")]

use serde::Deserialize;

use crate::foreign::{accessory, many, text, texts};

/// Whether a body looks like an answer of the API: shipments, or a problem.
pub fn recognizes(body: &[u8]) -> bool {
    let body = String::from_utf8_lossy(body);
    body.contains("\"shipments\"") || (body.contains("\"title\"") && body.contains("\"status\""))
}

/// Shipments, or a problem (`application/problem+json`).
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Answer {
    pub shipments: Option<Shipments>,
    #[serde(deserialize_with = "texts")]
    pub possible_additional_shipments_url: Vec<String>,
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
    pub id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub service: Option<String>,
    #[serde(deserialize_with = "accessory")]
    pub origin: Location,
    #[serde(deserialize_with = "accessory")]
    pub destination: Location,
    #[serde(deserialize_with = "accessory")]
    pub status: Option<Event>,
    #[serde(deserialize_with = "many")]
    pub events: Vec<Event>,
    #[serde(deserialize_with = "text")]
    pub estimated_time_of_delivery: Option<String>,
    #[serde(deserialize_with = "accessory")]
    pub estimated_delivery_time_frame: TimeFrame,
    #[serde(deserialize_with = "accessory")]
    pub details: Details,
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
    pub country_code: Option<String>,
    #[serde(deserialize_with = "text")]
    pub postal_code: Option<String>,
    #[serde(deserialize_with = "text")]
    pub address_locality: Option<String>,
}

/// An event; the shipment's `status` has the same form.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Event {
    #[serde(deserialize_with = "text")]
    pub timestamp: Option<String>,
    #[serde(deserialize_with = "accessory")]
    pub location: Location,
    #[serde(deserialize_with = "text")]
    pub status_code: Option<String>,
    #[serde(deserialize_with = "text")]
    pub status: Option<String>,
    #[serde(deserialize_with = "text")]
    pub description: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct TimeFrame {
    #[serde(deserialize_with = "text")]
    pub estimated_through: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Details {
    #[serde(deserialize_with = "accessory")]
    pub product: Product,
    #[serde(deserialize_with = "text")]
    pub total_number_of_pieces: Option<String>,
    #[serde(deserialize_with = "texts")]
    pub piece_ids: Vec<String>,
    #[serde(deserialize_with = "accessory")]
    pub weight: Weight,
    #[serde(deserialize_with = "accessory")]
    pub proof_of_delivery: Proof,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Product {
    #[serde(deserialize_with = "text")]
    pub product_name: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Weight {
    #[serde(deserialize_with = "text")]
    pub value: Option<String>,
    #[serde(deserialize_with = "text")]
    pub unit_text: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Proof {
    #[serde(deserialize_with = "text")]
    pub timestamp: Option<String>,
    #[serde(deserialize_with = "accessory")]
    pub signed: Person,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Person {
    #[serde(deserialize_with = "text")]
    pub name: Option<String>,
    #[serde(deserialize_with = "text")]
    pub given_name: Option<String>,
    #[serde(deserialize_with = "text")]
    pub family_name: Option<String>,
}
