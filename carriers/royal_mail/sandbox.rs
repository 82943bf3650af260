//! Royal Mail's side of the wire, written from the OpenAPI document of its Tracking API v2 (read 2026-11-23). Shares
//! nothing with the parser.

use jiff::tz::Offset;
use serde_json::{Value, json};

use crate::contract::sandbox::{
    Parcel, Refusal, Sandbox, SandboxPlace, SandboxRequest, SandboxResponse, Scan, Step, World,
};

/// Royal Mail, imitated.
pub fn sandbox() -> Box<dyn Sandbox> {
    Box::new(RoyalMail)
}

struct RoyalMail;

impl Sandbox for RoyalMail {
    fn source(&self) -> &'static str {
        "royal_mail.v2"
    }

    fn respond(&self, request: &SandboxRequest, world: &dyn World) -> SandboxResponse {
        let number =
            request.path.strip_prefix("/mailpieces/v2/").and_then(|rest| rest.strip_suffix("/events"));
        let Some(number) = number.filter(|_| request.method == "GET") else {
            return error(404, "Not Found", None);
        };
        let credentials = (request.header("x-ibm-client-id"), request.header("x-ibm-client-secret"));
        if credentials != (Some("sandbox-client_id"), Some("sandbox-client_secret")) {
            return self.refuse(Refusal::Unauthorized);
        }
        if request.header("x-accept-rmg-terms") != Some("yes") {
            return error(400, "Bad Request", Some("E0004"));
        }
        match world.parcel(number).and_then(|parcel| piece(parcel, world)) {
            Some(piece) => answer(200, &json!({"mailPieces": piece})),
            None => error(404, "Not Found", Some("E1142")),
        }
    }

    fn refuse(&self, refusal: Refusal) -> SandboxResponse {
        match refusal {
            Refusal::RateLimited => error(429, "Too Many Requests", Some("E0010")),
            Refusal::Unavailable => error(503, "Service Unavailable", Some("E0001")),
            Refusal::Unauthorized => error(401, "Unauthorized", None),
        }
    }
}

fn answer(status: u16, body: &Value) -> SandboxResponse {
    SandboxResponse { status, content_type: "application/json", body: body.to_string().into_bytes() }
}

/// `httpCode` is text. Refusals by the gateway before the API have no list of errors.
fn error(status: u16, message: &str, code: Option<&str>) -> SandboxResponse {
    let mut body = json!({"httpCode": status.to_string(), "httpMessage": message});
    match code {
        Some(code) => {
            body["errors"] = json!([{
                "errorCode": code,
                "errorDescription": message,
                "errorCause": "",
                "errorResolution": "",
            }]);
        }
        None => body["moreInformation"] = json!(message),
    }
    answer(status, &body)
}

/// Code, name, category. Royal Mail has no code here for customs, damage, loss or a voided label.
fn words(scan: Scan) -> Option<(&'static str, &'static str, &'static str)> {
    Some(match scan {
        Scan::Voided | Scan::Customs | Scan::CustomsCleared | Scan::Damaged | Scan::Lost | Scan::Notice => {
            return None;
        }
        Scan::Label => ("EVAIP", "Sender has despatched item", "IN TRANSIT"),
        Scan::PickedUp => ("EVPPA", "Accepted at Parcelshop", "IN TRANSIT"),
        Scan::Departed => ("EVODO", "Item Despatched", "IN TRANSIT"),
        Scan::Arrived => ("EVIMC", "Item Received", "IN TRANSIT"),
        Scan::OutForDelivery => ("EVGPD", "Due to be delivered today", "IN TRANSIT"),
        Scan::Attempted => ("EVKNA", "Delivery Attempted - No Answer", "ATTEMPTED DELIVERY"),
        Scan::AtCounter => ("EVNDA", "Available for Redelivery or Collection", "ATTEMPTED DELIVERY"),
        Scan::Delivered => ("EVKSP", "Delivered and Signed", "DELIVERED"),
        Scan::Returning => ("EVKRF", "Delivery Attempted - Refused", "RETURNED"),
        Scan::Returned => ("EVRTS", "Returned to Sender", "RETURNED"),
    })
}

fn time(step: &Step) -> String {
    let minutes = step.place.offset_minutes;
    let local = Offset::from_seconds(minutes * 60).unwrap_or(Offset::UTC).to_datetime(step.at);
    let sign = if minutes < 0 { '-' } else { '+' };
    format!(
        "{}{sign}{:02}:{:02}",
        local.strftime("%Y-%m-%dT%H:%M:%S"),
        minutes.abs() / 60,
        minutes.abs() % 60
    )
}

/// Three letters, as the API writes countries.
fn alpha3(place: &SandboxPlace) -> Option<&'static str> {
    Some(match place.country?.as_str() {
        "AU" => "AUS",
        "CA" => "CAN",
        "CN" => "CHN",
        "DE" => "DEU",
        "ES" => "ESP",
        "FR" => "FRA",
        "GB" => "GBR",
        "HK" => "HKG",
        "IE" => "IRL",
        "IT" => "ITA",
        "JP" => "JPN",
        "NL" => "NLD",
        "SG" => "SGP",
        "US" => "USA",
        _ => return None,
    })
}

fn event(step: &Step) -> Option<Value> {
    let (code, name, _) = words(step.scan)?;
    Some(json!({
        "eventCode": code,
        "eventName": name,
        "eventDateTime": time(step),
        "locationName": step.place.city,
    }))
}

fn piece(parcel: &Parcel, world: &dyn World) -> Option<Value> {
    let told: Vec<&Step> = parcel.happened(world.now()).filter(|step| words(step.scan).is_some()).collect();
    let newest = told.last()?;
    let (code, name, category) = words(newest.scan)?;
    let mut piece = json!({
        "mailPieceId": parcel.tracking_number,
        "carrierShortName": "RM",
        "carrierFullName": "Royal Mail Group Ltd",
        "summary": {
            "uniqueItemId": "0B0000000000000000001",
            "oneDBarcode": parcel.tracking_number,
            "productName": parcel.service,
            "originCountryCode": alpha3(&parcel.origin),
            "destinationCountryCode": alpha3(&parcel.destination),
            "lastEventCode": code,
            "lastEventName": name,
            "lastEventDateTime": time(newest),
            "lastEventLocationName": newest.place.city,
            "statusCategory": category,
        },
        "events": told.iter().rev().filter_map(|step| event(step)).collect::<Vec<_>>(),
    });
    if let Some(step) = told.iter().find(|step| step.scan == Scan::Delivered) {
        piece["signature"] = json!({
            "recipientName": parcel.signed_by,
            "signatureDateTime": time(step),
            "imageId": "000001",
        });
    }
    Some(piece)
}
