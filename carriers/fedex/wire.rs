//! The FedEx Track API's answers as they come over the wire. Every field is optional: what is shown depends on whether
//! the account is a party of the shipment. Figures are text; lists have been seen as single values.

use serde::Deserialize;

use crate::foreign::{accessory, many, some, text, texts};

/// Whether a body looks like an answer of the Track API or of the gateway in front of it.
pub fn recognizes(body: &[u8]) -> bool {
    let body = String::from_utf8_lossy(body);
    body.contains("\"completeTrackResults\"")
        || (body.contains("\"transactionId\"") && body.contains("\"errors\""))
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Answer {
    pub output: Option<Output>,
    #[serde(deserialize_with = "many")]
    pub errors: Vec<Message>,
}

/// An error or an alert.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Message {
    #[serde(deserialize_with = "text")]
    pub code: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Output {
    #[serde(deserialize_with = "many")]
    pub complete_track_results: Vec<NumberResults>,
    #[serde(deserialize_with = "some")]
    pub alerts: Vec<Message>,
}

/// Documented as a list; a single value and text have been seen.
/// All shipments of one number.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct NumberResults {
    #[serde(deserialize_with = "text")]
    pub tracking_number: Option<String>,
    #[serde(deserialize_with = "many")]
    pub track_results: Vec<TrackResult>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct TrackResult {
    #[serde(deserialize_with = "accessory")]
    pub tracking_number_info: NumberInfo,
    #[serde(deserialize_with = "accessory")]
    pub error: Option<Message>,
    #[serde(deserialize_with = "accessory")]
    pub latest_status_detail: Option<LatestStatus>,
    #[serde(deserialize_with = "many")]
    pub scan_events: Vec<ScanEvent>,
    #[serde(deserialize_with = "many")]
    pub date_and_times: Vec<DateAndTime>,
    #[serde(deserialize_with = "accessory")]
    pub estimated_delivery_time_window: TimeWindow,
    #[serde(deserialize_with = "accessory")]
    pub standard_transit_time_window: TimeWindow,
    #[serde(deserialize_with = "accessory")]
    pub delivery_details: DeliveryDetails,
    #[serde(deserialize_with = "accessory")]
    pub package_details: PackageDetails,
    #[serde(deserialize_with = "accessory")]
    pub shipment_details: WeightList,
    #[serde(deserialize_with = "accessory")]
    pub service_detail: Service,
    #[serde(deserialize_with = "accessory")]
    pub service_commit_message: Kind,
    #[serde(deserialize_with = "accessory")]
    pub shipper_information: Party,
    #[serde(deserialize_with = "accessory")]
    pub recipient_information: Party,
    #[serde(deserialize_with = "accessory")]
    pub origin_location: Location,
    #[serde(deserialize_with = "accessory")]
    pub destination_location: Location,
    #[serde(deserialize_with = "accessory")]
    pub additional_tracking_info: AdditionalInfo,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct NumberInfo {
    #[serde(deserialize_with = "text")]
    pub tracking_number: Option<String>,
    #[serde(deserialize_with = "text")]
    pub tracking_number_unique_id: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct LatestStatus {
    #[serde(deserialize_with = "text")]
    pub code: Option<String>,
    #[serde(deserialize_with = "text")]
    pub derived_code: Option<String>,
    #[serde(deserialize_with = "text")]
    pub description: Option<String>,
    #[serde(deserialize_with = "accessory")]
    pub scan_location: Address,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct ScanEvent {
    #[serde(deserialize_with = "text")]
    pub date: Option<String>,
    #[serde(deserialize_with = "text")]
    pub event_type: Option<String>,
    #[serde(deserialize_with = "text")]
    pub event_description: Option<String>,
    #[serde(deserialize_with = "text")]
    pub exception_code: Option<String>,
    #[serde(deserialize_with = "text")]
    pub exception_description: Option<String>,
    #[serde(deserialize_with = "text")]
    pub derived_status_code: Option<String>,
    #[serde(deserialize_with = "accessory")]
    pub scan_location: Address,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Address {
    #[serde(deserialize_with = "text")]
    pub city: Option<String>,
    #[serde(deserialize_with = "text")]
    pub state_or_province_code: Option<String>,
    #[serde(deserialize_with = "text")]
    pub postal_code: Option<String>,
    #[serde(deserialize_with = "text")]
    pub country_code: Option<String>,
    #[serde(deserialize_with = "text")]
    pub country_name: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct DateAndTime {
    #[serde(rename = "type", deserialize_with = "text")]
    pub kind: Option<String>,
    #[serde(deserialize_with = "text")]
    pub date_time: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct TimeWindow {
    #[serde(deserialize_with = "accessory")]
    pub window: Window,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Window {
    #[serde(deserialize_with = "text")]
    pub ends: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct DeliveryDetails {
    #[serde(deserialize_with = "text")]
    pub received_by_name: Option<String>,
    #[serde(deserialize_with = "text")]
    pub signed_by_name: Option<String>,
    #[serde(deserialize_with = "text")]
    pub location_description: Option<String>,
    #[serde(deserialize_with = "text")]
    pub location_type: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct PackageDetails {
    #[serde(deserialize_with = "text")]
    pub count: Option<String>,
    #[serde(deserialize_with = "accessory")]
    pub weight_and_dimensions: WeightList,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct WeightList {
    #[serde(deserialize_with = "some")]
    pub weight: Vec<Weight>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Weight {
    #[serde(deserialize_with = "text")]
    pub unit: Option<String>,
    #[serde(deserialize_with = "text")]
    pub value: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Service {
    #[serde(deserialize_with = "text")]
    pub description: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Kind {
    #[serde(rename = "type", deserialize_with = "text")]
    pub kind: Option<String>,
}

/// Names beside the address are personal data and are not read.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Party {
    #[serde(deserialize_with = "accessory")]
    pub address: Address,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Location {
    #[serde(deserialize_with = "accessory")]
    pub location_contact_and_address: Party,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct AdditionalInfo {
    #[serde(deserialize_with = "some")]
    pub package_identifiers: Vec<Identifier>,
}

/// Another number of the package. The document calls its numbers `value`, the wire `values`.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Identifier {
    #[serde(rename = "type", deserialize_with = "text")]
    pub kind: Option<String>,
    #[serde(alias = "value", deserialize_with = "texts")]
    pub values: Vec<String>,
}
