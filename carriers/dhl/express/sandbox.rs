//! MyDHL API's side of the wire, written from its OpenAPI document 3.1.1 (read 2026-11-23). Shares nothing with the
//! parser.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::tz::Offset;
use serde_json::{Value, json};

use crate::contract::sandbox::{
    Parcel, Refusal, Sandbox, SandboxPlace, SandboxRequest, SandboxResponse, Scan, Step, World,
};

/// DHL Express, imitated.
pub fn sandbox() -> Box<dyn Sandbox> {
    Box::new(Express)
}

struct Express;

impl Sandbox for Express {
    fn source(&self) -> &'static str {
        "dhl.express"
    }

    fn respond(&self, request: &SandboxRequest, world: &dyn World) -> SandboxResponse {
        let waybill =
            request.path.strip_prefix("/mydhlapi/shipments/").and_then(|p| p.strip_suffix("/tracking"));
        let by_field = request.field("shipmentTrackingNumber").or(request.field("pieceTrackingNumber"));
        let number = match (request.method.as_str(), request.path.as_str()) {
            ("GET", "/mydhlapi/tracking") => by_field,
            ("GET", _) => waybill,
            _ => return problem(request, 405, "Method Not Allowed", "Method not allowed"),
        };
        let basic = format!("Basic {}", STANDARD.encode("sandbox-api_key:sandbox-api_secret"));
        if request.header("authorization") != Some(basic.as_str()) {
            return self.refuse(Refusal::Unauthorized);
        }
        if request.header("x-version").is_none() {
            return problem(request, 400, "Bad request", "x-version is required");
        }
        let Some(number) = number.filter(|n| n.len() >= 10 && n.bytes().all(|b| b.is_ascii_alphanumeric()))
        else {
            return problem(request, 400, "Wrong format", "Parameters not having correct format");
        };
        // Offsets are documented only for the single waybill.
        let offsets = waybill.is_some() && request.field("requestGMTOffsetPerEvent") == Some("true");
        match world.parcel(number).and_then(|parcel| shipment(parcel, offsets, world.now())) {
            Some(shipment) => answer(200, &json!({"shipments": [shipment]})),
            None => problem(request, 404, "Not data found", "No data found"),
        }
    }

    fn refuse(&self, refusal: Refusal) -> SandboxResponse {
        let (status, title) = match refusal {
            Refusal::RateLimited => (429, "Too Many Requests"),
            Refusal::Unavailable => (500, "Internal Server Error"),
            // The credentials are refused in plain text.
            Refusal::Unauthorized => {
                let body = b"Unauthorized".to_vec();
                return SandboxResponse { status: 401, content_type: "text/plain", body };
            }
        };
        let status_text = status.to_string();
        answer(status, &json!({"title": title, "message": title, "detail": title, "status": status_text}))
    }
}

fn answer(status: u16, body: &Value) -> SandboxResponse {
    SandboxResponse { status, content_type: "application/json", body: body.to_string().into_bytes() }
}

fn problem(request: &SandboxRequest, status: u16, title: &str, detail: &str) -> SandboxResponse {
    let instance = request.path.replace("/mydhlapi", "/expressapi");
    let status_text = status.to_string();
    answer(
        status,
        &json!({
            "instance": instance, "detail": detail, "title": title, "message": title, "status": status_text,
        }),
    )
}

/// typeCode and text. Express has no event for a label, a voided label or a notice.
fn words(scan: Scan) -> Option<[&'static str; 2]> {
    Some(match scan {
        Scan::Label | Scan::Voided | Scan::Notice => return None,
        Scan::PickedUp => ["PU", "Shipment picked up"],
        Scan::Departed => ["DF", "Departed facility"],
        Scan::Arrived => ["AF", "Arrived facility"],
        Scan::Customs => ["IC", "In clearance processing"],
        Scan::CustomsCleared => ["CR", "Clearance release"],
        Scan::OutForDelivery => ["WC", "With delivery courier"],
        Scan::Attempted => ["NH", "Delivery attempted; consignee premises closed"],
        Scan::AtCounter => ["CC", "Awaiting collection by the consignee"],
        Scan::Delivered => ["OK", "Delivered"],
        Scan::Returning | Scan::Returned => ["RT", "Returned to consignor"],
        Scan::Damaged => ["OH", "Shipment on hold"],
        Scan::Lost => ["DS", "Destroyed or disposed"],
    })
}

fn service_area(place: &SandboxPlace) -> Value {
    let country = place.country.map(|c| c.to_string()).unwrap_or_default();
    let code: String = place.city.chars().take(3).collect();
    json!([{"code": code, "description": format!("{}-{country}", place.city)}])
}

fn event(step: &Step, [code, text]: [&str; 2], offsets: bool, signed_by: Option<&String>) -> Value {
    let minutes = step.place.offset_minutes;
    let local = Offset::from_seconds(minutes * 60).unwrap_or(Offset::UTC).to_datetime(step.at);
    let mut event = json!({
        "date": local.strftime("%Y-%m-%d").to_string(),
        "time": local.strftime("%H:%M:%S").to_string(),
        "typeCode": code,
        "description": text,
        "serviceArea": service_area(&step.place),
    });
    if offsets {
        let sign = if minutes < 0 { '-' } else { '+' };
        let minutes = minutes.abs();
        event["GMTOffset"] = json!(format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60));
    }
    if step.scan == Scan::Delivered {
        event["signedBy"] = json!(signed_by.map_or("", String::as_str));
    }
    event
}

/// Names, towns and postal codes are blanked.
fn party(place: &SandboxPlace) -> Value {
    let country = place.country.map(|c| c.to_string()).unwrap_or_default();
    json!({
        "name": "",
        "postalAddress": {"cityName": "", "postalCode": "", "countryCode": country},
        "serviceArea": service_area(place),
    })
}

fn shipment(parcel: &Parcel, offsets: bool, now: Timestamp) -> Option<Value> {
    let steps: Vec<&Step> = parcel.happened(now).collect();
    let first = steps.first()?;
    // Oldest first.
    let events: Vec<Value> = steps
        .iter()
        .filter_map(|step| Some(event(step, words(step.scan)?, offsets, parcel.signed_by.as_ref())))
        .collect();
    let shipped = Offset::from_seconds(parcel.origin.offset_minutes * 60).unwrap_or(Offset::UTC);
    Some(json!({
        "shipmentTrackingNumber": parcel.tracking_number,
        "status": "Success",
        "shipmentTimestamp": shipped.to_datetime(first.at).strftime("%Y-%m-%dT%H:%M:%S").to_string(),
        "productCode": "P",
        "description": "SAMPLE GOODS",
        "shipperDetails": party(&parcel.origin),
        "receiverDetails": party(&parcel.destination),
        "totalWeight": f64::from(parcel.weight_grams) / 1000.0,
        "unitOfMeasurements": "metric",
        "events": events,
        "numberOfPieces": 1,
    }))
}
