//! UPS Track Alert: one message an event, with the event's fields at the top. The header `x-api-key` holds what the
//! subscription was registered with (UPS Track Alert v2, webhook payload, read 2026-11-23). There is no signature.

use serde_json::{Value, json};

use crate::contract::{Proof, Push};

/// How UPS pushes.
pub const PUSH: Push = Push {
    source: "ups.track",
    proof: Proof::Secret { header: "x-api-key" },
    whole: false,
    as_answer,
    thanks: "{}",
};

fn as_answer(message: &[u8]) -> Option<Vec<u8>> {
    let message: Value = serde_json::from_slice(message).ok()?;
    let number = message.get("trackingNumber")?.as_str()?;
    let field = |name: &str| message.get(name).cloned().unwrap_or_default();
    let place = field("activityLocation");
    let of_place = |name: &str| place.get(name).cloned().unwrap_or_default();
    let status = message.get("activityStatus")?;
    let of_status = |name: &str| status.get(name).cloned().unwrap_or_default();
    let activity = json!({
        "date": field("localActivityDate"),
        "time": field("localActivityTime"),
        "gmtDate": field("gmtActivityDate"),
        "gmtTime": field("gmtActivityTime"),
        "gmtOffset": field("gmtOffset"),
        "location": { "address": {
            "city": of_place("city"),
            "stateProvince": of_place("stateProvince"),
            "postalCode": of_place("postalCode"),
            "country": of_place("country"),
        } },
        "status": {
            "type": of_status("type"),
            "code": of_status("code"),
            "description": of_status("description"),
            "statusCode": of_status("descriptionCode"),
        },
    });
    let dates = [("SDD", "scheduledDeliveryDate"), ("DEL", "actualDeliveryDate")]
        .map(|(kind, name)| json!({ "type": kind, "date": field(name) }));
    let package = json!({
        "trackingNumber": number,
        "activity": [activity],
        "deliveryDate": dates,
        "deliveryTime": { "type": "DEL", "endTime": field("actualDeliveryTime") },
        "deliveryInformation": { "receivedBy": field("receivedBy") },
    });
    let shipment = json!({ "inquiryNumber": number, "package": [package] });
    serde_json::to_vec(&json!({ "trackResponse": { "shipment": [shipment] } })).ok()
}
