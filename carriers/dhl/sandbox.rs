//! DHL's side of the wire, written from the reference of Shipment Tracking - Unified (read 2026-11-23) and from
//! answers that others recorded. Shares nothing with the parser.

use jiff::Timestamp;
use jiff::tz::Offset;
use serde_json::{Value, json};

use crate::contract::Country;
use crate::contract::sandbox::{
    Parcel, Refusal, Sandbox, SandboxPlace, SandboxRequest, SandboxResponse, Scan, Step, World,
};

/// DHL, imitated.
pub fn sandbox() -> Box<dyn Sandbox> {
    Box::new(Dhl)
}

struct Dhl;

impl Sandbox for Dhl {
    fn source(&self) -> &'static str {
        "dhl.unified"
    }

    fn respond(&self, request: &SandboxRequest, world: &dyn World) -> SandboxResponse {
        if request.method != "GET" || request.path != "/track/shipments" {
            return problem(404, "Not Found", "No such resource.");
        }
        if request.header("dhl-api-key") != Some("sandbox-api_key") {
            return self.refuse(Refusal::Unauthorized);
        }
        let Some(number) = request.field("trackingNumber").filter(|number| !number.is_empty()) else {
            return problem(400, "Invalid input", "Input is invalid: trackingNumber");
        };
        if request.field("language").is_some_and(|language| language.len() != 2) {
            return problem(400, "Invalid input", "Input is invalid: language");
        }
        let service = request.field("service").unwrap_or_else(|| service_of(number));
        match world.parcel(number).and_then(|parcel| shipment(parcel, service, world.now())) {
            Some(shipment) => json_answer(200, "application/json", &json!({"shipments": [shipment]})),
            None => problem(404, "No result found", "No shipment with given tracking number found."),
        }
    }

    fn refuse(&self, refusal: Refusal) -> SandboxResponse {
        match refusal {
            Refusal::RateLimited => problem(429, "Too Many Requests", "Quota exceeded."),
            Refusal::Unavailable => problem(503, "Service Unavailable", "The service is unavailable."),
            Refusal::Unauthorized => problem(401, "Unauthorized", "Unauthorized for given resource."),
        }
    }
}

fn json_answer(status: u16, content_type: &'static str, body: &Value) -> SandboxResponse {
    SandboxResponse { status, content_type, body: body.to_string().into_bytes() }
}

fn problem(status: u16, title: &str, detail: &str) -> SandboxResponse {
    let body = json!({"title": title, "status": status, "detail": detail});
    json_answer(status, "application/problem+json", &body)
}

/// The division that a number belongs to, where the request does not say: ten digits are Express.
fn service_of(number: &str) -> &'static str {
    let all_digits = number.bytes().all(|b| b.is_ascii_digit());
    match (all_digits, number.len()) {
        (true, 10) => "express",
        (true, _) => "parcel-de",
        (false, _) if number.starts_with("JJD") => "parcel-de",
        (false, _) => "ecommerce",
    }
}

/// `statusCode`, `status`, `description`. Divisions beside Express and Parcel Germany tell no code of their own here;
/// neither does Express for what it has no code for.
fn words(scan: Scan, service: &str) -> (&'static str, Option<&'static str>, &'static str) {
    let (coarse, express, parcel, text) = match scan {
        Scan::Label => ("pre-transit", Some("104"), Some("VA"), "Shipment information received"),
        Scan::Voided => ("unknown", None, None, "Shipment cancelled by the shipper"),
        Scan::PickedUp => ("transit", Some("PU"), Some("AE"), "Shipment picked up"),
        Scan::Departed => ("transit", Some("DF"), Some("NB"), "Departed from a DHL facility"),
        Scan::Arrived => ("transit", Some("AF"), Some("NB"), "Arrived at a DHL facility"),
        Scan::Customs => ("transit", Some("IC"), Some("ZO"), "Processed for customs clearance"),
        Scan::CustomsCleared => ("transit", Some("CR"), Some("ZO"), "Customs clearance completed"),
        Scan::OutForDelivery => ("transit", Some("WC"), Some("PO"), "Out with courier for delivery"),
        Scan::Attempted => ("failure", Some("NH"), Some("ZN"), "Delivery attempted; recipient not home"),
        Scan::AtCounter => ("transit", Some("CC"), Some("LA"), "Awaiting collection by recipient"),
        Scan::Delivered => ("delivered", Some("OK"), Some("ZU"), "Delivered"),
        Scan::Returning | Scan::Returned => ("failure", Some("RT"), None, "Returned to shipper"),
        Scan::Damaged => ("failure", Some("OH"), Some("BV"), "Shipment on hold, damaged"),
        Scan::Lost => ("failure", Some("DS"), None, "Shipment destroyed or disposed of"),
        Scan::Notice => ("unknown", Some("SM"), Some("GT"), "Notice about the shipment"),
    };
    let own = match service {
        "express" => express,
        "parcel-de" => parcel,
        _ => None,
    };
    (coarse, own, text)
}

/// The country as Express prints it after the city.
fn printed_name(country: Country) -> Option<&'static str> {
    Some(match country.as_str() {
        "AE" => "UNITED ARAB EMIRATES",
        "AT" => "AUSTRIA",
        "AU" => "AUSTRALIA",
        "BE" => "BELGIUM",
        "BR" => "BRAZIL",
        "CA" => "CANADA",
        "CH" => "SWITZERLAND",
        "CN" => "CHINA MAINLAND",
        "CZ" => "CZECH REPUBLIC, THE",
        "DE" => "GERMANY",
        "DK" => "DENMARK",
        "ES" => "SPAIN",
        "FR" => "FRANCE",
        "GB" => "UK",
        "HK" => "HONG KONG SAR, CHINA",
        "IN" => "INDIA",
        "IT" => "ITALY",
        "JP" => "JAPAN",
        "KR" => "KOREA, REPUBLIC OF (SOUTH K.)",
        "MX" => "MEXICO",
        "NL" => "NETHERLANDS, THE",
        "PL" => "POLAND",
        "SE" => "SWEDEN",
        "SG" => "SINGAPORE",
        "TH" => "THAILAND",
        "US" => "USA",
        "VN" => "VIETNAM",
        _ => return None,
    })
}

fn location(place: &SandboxPlace, service: &str) -> Value {
    let mut address = json!({});
    let named = place.country.and_then(printed_name);
    match named {
        Some(name) if service == "express" => {
            address["addressLocality"] = json!(format!("{} - {name}", place.city));
        }
        _ => {
            if !place.city.is_empty() {
                address["addressLocality"] = json!(place.city);
            }
            if let Some(country) = place.country {
                address["countryCode"] = json!(country.as_str());
            }
        }
    }
    json!({"address": address})
}

/// A wall clock without an offset from Express and Parcel Germany; with one, and with nanoseconds, from the others.
fn timestamp(at: Timestamp, place: &SandboxPlace, service: &str) -> String {
    let local = Offset::from_seconds(place.offset_minutes * 60).unwrap_or(Offset::UTC).to_datetime(at);
    let local = local.strftime("%Y-%m-%dT%H:%M:%S");
    if matches!(service, "express" | "parcel-de") {
        return local.to_string();
    }
    let sign = if place.offset_minutes < 0 { '-' } else { '+' };
    let minutes = place.offset_minutes.abs();
    format!("{local}.000000000{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

fn event(step: &Step, service: &str) -> Value {
    let (coarse, own, text) = words(step.scan, service);
    let mut event = json!({
        "timestamp": timestamp(step.at, &step.place, service),
        "location": location(&step.place, service),
        "statusCode": coarse,
        "description": text,
    });
    if let Some(code) = own {
        event["status"] = json!(code);
    }
    event
}

fn end_of_journey(place: &SandboxPlace) -> Value {
    let mut address = json!({"addressLocality": place.city});
    if let Some(country) = place.country {
        address["countryCode"] = json!(country.as_str());
    }
    if !place.postal_code.is_empty() {
        address["postalCode"] = json!(place.postal_code);
    }
    json!({"address": address})
}

fn shipment(parcel: &Parcel, service: &str, now: Timestamp) -> Option<Value> {
    let steps: Vec<&Step> = parcel.happened(now).collect();
    let newest = steps.last()?;
    let mut details = json!({
        "carrier": {"@type": "Organization", "organizationName": "DHL"},
        "product": {"productName": parcel.service},
        "totalNumberOfPieces": 1,
        "weight": {"value": f64::from(parcel.weight_grams) / 1000.0, "unitText": "kg"},
    });
    if let Some(step) = steps.iter().rev().find(|step| step.scan == Scan::Delivered) {
        let mut proof = json!({"timestamp": timestamp(step.at, &step.place, service)});
        if let Some(name) = &parcel.signed_by {
            proof["signed"] = json!({"@type": "Person", "name": name});
        }
        details["proofOfDelivery"] = proof;
    }
    Some(json!({
        "id": parcel.tracking_number,
        "service": service,
        "origin": end_of_journey(&parcel.origin),
        "destination": end_of_journey(&parcel.destination),
        "status": event(newest, service),
        "details": details,
        "events": steps.iter().rev().map(|step| event(step, service)).collect::<Vec<_>>(),
    }))
}
