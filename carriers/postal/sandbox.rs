//! The Universal Postal Union's side of the wire: Global Track and Trace as others recorded its answers, read 2026-11-23.
//! Shares nothing with the parser.

use serde_json::{Value, json};

use crate::contract::sandbox::{
    Parcel, Refusal, Sandbox, SandboxRequest, SandboxResponse, Scan, Step, World,
};

/// Global Track and Trace, imitated.
pub fn sandbox() -> Box<dyn Sandbox> {
    Box::new(GlobalTrackAndTrace)
}

struct GlobalTrackAndTrace;

impl Sandbox for GlobalTrackAndTrace {
    fn source(&self) -> &'static str {
        "postal.upu"
    }

    fn respond(&self, request: &SandboxRequest, world: &dyn World) -> SandboxResponse {
        let asked = request.path.strip_prefix("/gtt.api/service.svc/rest/ItemTTWithTrans/");
        let asked = asked.filter(|_| request.method == "GET").and_then(|rest| rest.split_once('/'));
        match asked {
            Some((number, "EN" | "FR" | "ES")) => {
                let item = world.parcel(number).and_then(|parcel| item(parcel, world));
                item.map_or_else(|| answer(200, ""), |item| answer(200, &json!([item]).to_string()))
            }
            _ => page(404, "Endpoint not found."),
        }
    }

    fn refuse(&self, refusal: Refusal) -> SandboxResponse {
        match refusal {
            Refusal::RateLimited => page(429, "Too Many Requests"),
            Refusal::Unavailable => page(503, "Service Unavailable"),
            Refusal::Unauthorized => page(401, "Unauthorized"),
        }
    }
}

fn answer(status: u16, body: &str) -> SandboxResponse {
    SandboxResponse {
        status,
        content_type: "application/json; charset=utf-8",
        body: body.as_bytes().to_vec(),
    }
}

fn page(status: u16, text: &str) -> SandboxResponse {
    let body = format!("<html><body><h1>{text}</h1></body></html>");
    SandboxResponse { status, content_type: "text/html", body: body.into_bytes() }
}

/// Code and name. The messages have none for a label, a return, or a loss.
fn words(scan: Scan) -> Option<(&'static str, &'static str)> {
    Some(match scan {
        Scan::Label
        | Scan::Voided
        | Scan::Returning
        | Scan::Returned
        | Scan::Damaged
        | Scan::Lost
        | Scan::Notice => return None,
        Scan::PickedUp => ("EMA", "Posting/Collection"),
        Scan::Departed => ("EMC", "Departure from outward office of exchange"),
        Scan::Arrived => ("EMD", "Arrival at inward office of exchange"),
        Scan::Customs => ("EDB", "Item presented to import Customs"),
        Scan::CustomsCleared => ("EDC", "Item returned from Customs (import)"),
        Scan::OutForDelivery => ("EDG", "Item out for physical delivery"),
        Scan::Attempted => ("EMH", "Unsuccessful item delivery attempt"),
        Scan::AtCounter => ("EDH", "Item arrival at collection point for pick-up"),
        Scan::Delivered => ("EMI", "Final delivery"),
    })
}

fn event(step: &Step, signed_by: Option<&String>) -> Option<Value> {
    let (code, name) = words(step.scan)?;
    let minutes = step.place.offset_minutes;
    let sign = if minutes < 0 { '-' } else { '+' };
    let at = step.at.as_millisecond();
    Some(json!({
        "EventCd": code,
        "EventNm": name,
        "EventDT": format!("/Date({at}{sign}{:02}{:02})/", minutes.abs() / 60, minutes.abs() % 60),
        "EventLocation": step.place.city,
        "Signature": signed_by.filter(|_| step.scan == Scan::Delivered),
    }))
}

/// Oldest first; behind what has happened stands when delivery is expected.
fn item(parcel: &Parcel, world: &dyn World) -> Option<Value> {
    let happened: Vec<&Step> = parcel.happened(world.now()).collect();
    let mut events: Vec<Value> =
        happened.iter().filter_map(|step| event(step, parcel.signed_by.as_ref())).collect();
    if events.is_empty() {
        return None;
    }
    if !happened.iter().any(|step| step.scan == Scan::Delivered) {
        let at = world.now().as_millisecond() + 5 * 24 * 3_600_000;
        events.push(json!({
            "EventCd": "DLV",
            "EventNm": "Estimated delivery",
            "EventDT": format!("/Date({at}+0000)/"),
            "EventLocation": "",
            "Signature": null,
        }));
    }
    Some(json!({
        "ID": parcel.tracking_number,
        "State": 3,
        "OriginCountryCd": parcel.origin.country.map(|c| c.to_string()),
        "DestinationCountryCd": parcel.destination.country.map(|c| c.to_string()),
        "Events": events,
    }))
}
