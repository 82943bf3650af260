//! La Poste's side of the wire: Suivi v2 as documented, read 2026-11-23, and as answers that others recorded. Shares
//! nothing with the parser.

use jiff::tz::TimeZoneDatabase;
use serde_json::{Value, json};

use crate::contract::sandbox::{
    Parcel, Refusal, Sandbox, SandboxRequest, SandboxResponse, Scan, Step, World,
};

/// Numbers of one request, at most.
const NUMBERS_MAX: usize = 10;

/// La Poste, imitated.
pub fn sandbox() -> Box<dyn Sandbox> {
    Box::new(LaPoste)
}

struct LaPoste;

impl Sandbox for LaPoste {
    fn source(&self) -> &'static str {
        "la_poste.suivi"
    }

    fn respond(&self, request: &SandboxRequest, world: &dyn World) -> SandboxResponse {
        let Some(numbers) =
            request.path.strip_prefix("/suivi/v2/idships/").filter(|_| request.method == "GET")
        else {
            return gateway(404, "RESOURCE_NOT_FOUND");
        };
        if request.header("x-okapi-key") != Some("sandbox-api_key") {
            return self.refuse(Refusal::Unauthorized);
        }
        let numbers: Vec<&str> = numbers.split(',').collect();
        match numbers.as_slice() {
            [number] => {
                let (status, body) = about(number, world);
                answer(status, &body)
            }
            several if several.len() <= NUMBERS_MAX => {
                let bodies: Vec<Value> = several.iter().map(|number| about(number, world).1).collect();
                answer(207, &json!(bodies))
            }
            _ => gateway(400, "BAD_REQUEST"),
        }
    }

    fn refuse(&self, refusal: Refusal) -> SandboxResponse {
        match refusal {
            Refusal::RateLimited => gateway(429, "TOO_MANY_REQUESTS"),
            Refusal::Unavailable => gateway(503, "SERVICE_UNAVAILABLE"),
            Refusal::Unauthorized => gateway(401, "UNAUTHORIZED"),
        }
    }
}

fn answer(status: u16, body: &Value) -> SandboxResponse {
    SandboxResponse { status, content_type: "application/json", body: body.to_string().into_bytes() }
}

fn gateway(status: u16, code: &str) -> SandboxResponse {
    answer(status, &json!({"code": code, "message": code.to_ascii_lowercase()}))
}

fn about(number: &str, world: &dyn World) -> (u16, Value) {
    let failed = |status: u16, message: &str| {
        let body = json!({
            "returnCode": status,
            "returnMessage": message,
            "lang": "en_GB",
            "scope": "open",
            "idShip": number,
        });
        (status, body)
    };
    if !(11..=15).contains(&number.len()) {
        return failed(400, "The number is not valid.");
    }
    match world.parcel(number).and_then(|parcel| shipment(parcel, world)) {
        Some(shipment) => {
            (200, json!({"returnCode": 200, "lang": "en_GB", "scope": "open", "shipment": shipment}))
        }
        None => failed(404, "The number is not known."),
    }
}

/// Code and label. There is none here for a voided label or a loss.
fn words(scan: Scan) -> Option<(&'static str, &'static str)> {
    Some(match scan {
        Scan::Voided | Scan::Lost | Scan::Notice => return None,
        Scan::Label => ("DR1", "Announced by the sender."),
        Scan::PickedUp => ("PC1", "Taken over by La Poste."),
        Scan::Departed => ("ET2", "Ready to leave the country."),
        Scan::Arrived => ("ET1", "In transit on our platforms."),
        Scan::Customs => ("DO1", "Entered customs."),
        Scan::CustomsCleared => ("DO2", "Left customs."),
        Scan::OutForDelivery => ("MD2", "On the delivery round."),
        Scan::Attempted => ("ND1", "Could not be delivered."),
        Scan::AtCounter => ("AG1", "Waiting at the post office."),
        Scan::Delivered => ("DI1", "Delivered."),
        Scan::Returning => ("RE1", "On its way back to the sender."),
        Scan::Returned => ("DI2", "Delivered to the sender."),
        Scan::Damaged => ("PB1", "A problem has occurred."),
    })
}

/// Every event is told in Paris time, wherever it was.
fn event(step: &Step) -> Option<Value> {
    let (code, label) = words(step.scan)?;
    let paris = TimeZoneDatabase::bundled().get("Europe/Paris").ok()?;
    let offset = paris.to_offset(step.at);
    let local = offset.to_datetime(step.at).strftime("%Y-%m-%dT%H:%M:%S");
    let date = format!("{local}+{:02}:00", offset.seconds() / 3600);
    Some(json!({"code": code, "label": label, "date": date}))
}

fn shipment(parcel: &Parcel, world: &dyn World) -> Option<Value> {
    let told: Vec<&Step> = parcel.happened(world.now()).filter(|step| words(step.scan).is_some()).collect();
    let newest = told.last()?;
    Some(json!({
        "idShip": parcel.tracking_number,
        "holder": 4,
        "product": parcel.service,
        "isFinal": matches!(newest.scan, Scan::Delivered | Scan::Returned),
        "event": told.iter().rev().filter_map(|step| event(step)).collect::<Vec<_>>(),
        "contextData": {
            "deliveryChoice": {"deliveryChoice": 0},
            "originCountry": parcel.origin.country.map(|c| c.to_string()),
            "arrivalCountry": parcel.destination.country.map(|c| c.to_string()),
        },
        "url": format!("https://www.laposte.fr/outils/suivre-vos-envois?code={}", parcel.tracking_number),
    }))
}
