//! The answers of La Poste's Suivi v2 as they come over the wire: an object for one number, an array for several.
//! Every field is optional.

use serde::Deserialize;

use crate::foreign::{accessory, many, text};

/// Whether a body looks like an answer of Suivi: shipments, or an error for a number.
pub fn recognizes(body: &[u8]) -> bool {
    let body = String::from_utf8_lossy(body);
    let gateway = body.contains("\"code\"") && body.contains("\"message\"") && !body.contains('[');
    body.contains("\"returnCode\"") || body.contains("\"idShip\"") || gateway
}

/// What is said of one number.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Answer {
    #[serde(deserialize_with = "text")]
    pub return_code: Option<String>,
    /// The number, where it is not known.
    #[serde(deserialize_with = "text")]
    pub id_ship: Option<String>,
    pub shipment: Option<Shipment>,
    /// The gateway's own errors.
    #[serde(deserialize_with = "text")]
    pub code: Option<String>,
    #[serde(deserialize_with = "text")]
    pub message: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Shipment {
    #[serde(deserialize_with = "text")]
    pub id_ship: Option<String>,
    #[serde(deserialize_with = "text")]
    pub product: Option<String>,
    #[serde(deserialize_with = "text")]
    pub estim_date: Option<String>,
    #[serde(deserialize_with = "many")]
    pub event: Vec<Event>,
    #[serde(deserialize_with = "accessory")]
    pub context_data: Context,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Event {
    #[serde(deserialize_with = "text")]
    pub code: Option<String>,
    #[serde(deserialize_with = "text")]
    pub label: Option<String>,
    #[serde(deserialize_with = "text")]
    pub date: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Context {
    #[serde(deserialize_with = "text")]
    pub origin_country: Option<String>,
    #[serde(deserialize_with = "text")]
    pub arrival_country: Option<String>,
    #[serde(deserialize_with = "accessory")]
    pub removal_point: RemovalPoint,
    #[serde(deserialize_with = "accessory")]
    pub partner: Partner,
}

/// The shop or locker from which the addressee takes it.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct RemovalPoint {
    #[serde(deserialize_with = "text")]
    pub name: Option<String>,
}

/// The foreign operator, and the number that it uses.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Partner {
    #[serde(deserialize_with = "text")]
    pub name: Option<String>,
    #[serde(deserialize_with = "text")]
    pub reference: Option<String>,
}
