//! PostNL's side of the wire: the Shipping Status API v2 as documented, read 2026-11-23, and as answers that others
//! recorded. Shares nothing with the parser.

use jiff::tz::TimeZoneDatabase;
use serde_json::{Value, json};

use crate::contract::sandbox::{
    Parcel, Refusal, Sandbox, SandboxPlace, SandboxRequest, SandboxResponse, Scan, Step, World,
};

/// PostNL, imitated.
pub fn sandbox() -> Box<dyn Sandbox> {
    Box::new(PostNl)
}

struct PostNl;

impl Sandbox for PostNl {
    fn source(&self) -> &'static str {
        "postnl.status"
    }

    fn respond(&self, request: &SandboxRequest, world: &dyn World) -> SandboxResponse {
        let Some(barcode) =
            request.path.strip_prefix("/shipment/v2/status/barcode/").filter(|_| request.method == "GET")
        else {
            return fault(404, "Unable to identify proxy for host", "messaging.adaptors.http.flow.Error");
        };
        if request.header("apikey") != Some("sandbox-api_key") {
            return self.refuse(Refusal::Unauthorized);
        }
        let name = if request.field("detail") == Some("true") { "CompleteStatus" } else { "CurrentStatus" };
        match world.parcel(barcode).and_then(|parcel| shipment(parcel, world)) {
            Some(shipment) => answer(200, &json!({name: {"Shipment": shipment}})),
            None => answer(
                200,
                &json!({"CurrentStatus": {}, "Warnings": [{"Message": "No shipment found", "Code": "2"}]}),
            ),
        }
    }

    fn refuse(&self, refusal: Refusal) -> SandboxResponse {
        match refusal {
            Refusal::RateLimited => {
                fault(429, "Spike arrest violation", "policies.ratelimit.SpikeArrestViolation")
            }
            Refusal::Unavailable => fault(503, "The Service is temporarily unavailable", "messaging.Error"),
            Refusal::Unauthorized => fault(401, "Invalid ApiKey", "oauth.v2.InvalidApiKey"),
        }
    }
}

fn answer(status: u16, body: &Value) -> SandboxResponse {
    SandboxResponse { status, content_type: "application/json", body: body.to_string().into_bytes() }
}

fn fault(status: u16, text: &str, code: &str) -> SandboxResponse {
    answer(status, &json!({"fault": {"faultstring": text, "detail": {"errorcode": code}}}))
}

/// Event code, status code, phase, text. The codes between the first and the last are not published.
fn words(scan: Scan) -> Option<(&'static str, &'static str, &'static str, &'static str)> {
    Some(match scan {
        Scan::Label => ("01A", "1", "1", "Zending wordt verwacht"),
        Scan::PickedUp => ("01B", "2", "1", "Zending is bij PostNL"),
        Scan::Departed | Scan::Arrived => ("J01", "5", "2", "Zending is gesorteerd"),
        Scan::OutForDelivery => ("J05", "7", "3", "Bezorger is onderweg"),
        Scan::Attempted => ("I01", "8", "3", "Zending niet bezorgd"),
        Scan::AtCounter => ("A01", "12", "3", "Zending ligt klaar op de afhaallocatie"),
        Scan::Delivered => ("11", "11", "4", "Zending afgeleverd"),
        _ => return None,
    })
}

/// The Dutch clock.
fn time(step: &Step) -> String {
    let zone = TimeZoneDatabase::bundled().get("Europe/Amsterdam");
    zone.map(|zone| zone.to_datetime(step.at).strftime("%d-%m-%Y %H:%M:%S").to_string()).unwrap_or_default()
}

/// Nothing is an empty object.
fn or_nothing(text: &str) -> Value {
    if text.is_empty() { json!({}) } else { json!(text) }
}

fn address(kind: &str, place: &SandboxPlace) -> Value {
    json!({
        "AddressType": kind,
        "City": or_nothing(&place.city),
        "CountryCode": or_nothing(&place.country.map(|c| c.to_string()).unwrap_or_default()),
        "Zipcode": or_nothing(&place.postal_code),
        "Region": {},
    })
}

fn shipment(parcel: &Parcel, world: &dyn World) -> Option<Value> {
    let told: Vec<&Step> = parcel.happened(world.now()).filter(|step| words(step.scan).is_some()).collect();
    let newest = told.last()?;
    let (_, status, phase, text) = words(newest.scan)?;
    let event = |step: &&Step| {
        let (code, _, _, text) = words(step.scan)?;
        Some(json!({
            "Code": code,
            "Description": text,
            "DestinationLocationCode": {},
            "LocationCode": "000001",
            "RouteCode": {},
            "RouteName": {},
            "TimeStamp": time(step),
        }))
    };
    let mut events: Vec<Value> = told.iter().rev().filter_map(event).collect();
    // A list of one is the one itself.
    let events = if events.len() == 1 { events.remove(0) } else { json!(events) };
    Some(json!({
        "MainBarcode": parcel.tracking_number,
        "Barcode": parcel.tracking_number,
        "ShipmentAmount": "1",
        "ShipmentCounter": "1",
        "ProductDescription": parcel.service,
        "DeliveryDate": {},
        "Dimension": {"Weight": parcel.weight_grams.to_string()},
        "Address": [address("01", &parcel.destination), address("02", &parcel.origin)],
        "Event": events,
        "Expectation": {},
        "Status": {
            "TimeStamp": time(newest),
            "StatusCode": status,
            "StatusDescription": text,
            "PhaseCode": phase,
            "PhaseDescription": {},
        },
    }))
}
