//! Swiss Post's side of the wire: the events behind its tracking page, as a public program has them, read 2026-11-23.
//! Shares nothing with the parser.

use jiff::tz::Offset;
use serde_json::{Value, json};

use crate::contract::sandbox::{Refusal, Sandbox, SandboxRequest, SandboxResponse, Scan, Step, World};

/// Swiss Post, imitated.
pub fn sandbox() -> Box<dyn Sandbox> {
    Box::new(SwissPost)
}

struct SwissPost;

impl Sandbox for SwissPost {
    fn source(&self) -> &'static str {
        "swiss_post.events"
    }

    fn respond(&self, request: &SandboxRequest, world: &dyn World) -> SandboxResponse {
        let asked = request.path.strip_prefix("/ekp-web/api/shipment/id/");
        let Some(number) =
            asked.and_then(|rest| rest.strip_suffix("/events")).filter(|_| request.method == "GET")
        else {
            return page(404, "Not Found");
        };
        let parcel = world.parcel(number).into_iter();
        let mut events: Vec<Value> =
            parcel.flat_map(|parcel| parcel.happened(world.now()).filter_map(event)).collect();
        events.reverse();
        let body = json!(events).to_string().into_bytes();
        SandboxResponse { status: 200, content_type: "application/json", body }
    }

    fn refuse(&self, refusal: Refusal) -> SandboxResponse {
        match refusal {
            Refusal::RateLimited => page(429, "Too Many Requests"),
            Refusal::Unavailable => page(503, "Service Unavailable"),
            Refusal::Unauthorized => page(403, "Forbidden"),
        }
    }
}

fn page(status: u16, text: &str) -> SandboxResponse {
    let body = format!("<html><body><h1>{text}</h1></body></html>");
    SandboxResponse { status, content_type: "text/html", body: body.into_bytes() }
}

/// The codes of a PostPac Priority (2), by Swiss Post's own texts. There is none for what came back to the sender or was lost.
fn code(scan: Scan) -> Option<&'static str> {
    Some(match scan {
        Scan::Label => "PARCEL.*.2.600",
        Scan::PickedUp => "PARCEL.*.2.912",
        Scan::Departed => "PARCEL.*.2.1202",
        Scan::Arrived => "PARCEL.*.2.1001",
        Scan::Customs => "PARCEL.*.2.819",
        Scan::CustomsCleared => "PARCEL.*.2.804",
        Scan::OutForDelivery => "PARCEL.*.2.1003",
        Scan::Attempted => "PARCEL.*.2.4100",
        Scan::AtCounter => "PARCEL.*.2.2100",
        Scan::Delivered => "PARCEL.*.2.4000",
        Scan::Returning => "PARCEL.*.2.3600",
        Scan::Damaged => "PARCEL.*.2.1500",
        Scan::Voided | Scan::Returned | Scan::Lost | Scan::Notice => return None,
    })
}

fn event(step: &Step) -> Option<Value> {
    let code = code(step.scan)?;
    let minutes = step.place.offset_minutes;
    let local = Offset::from_seconds(minutes * 60).unwrap_or(Offset::UTC).to_datetime(step.at);
    let sign = if minutes < 0 { '-' } else { '+' };
    let offset = format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60);
    Some(json!({
        "timestamp": format!("{}{offset}", local.strftime("%Y-%m-%dT%H:%M:%S")),
        "eventCode": code,
        "city": step.place.city,
        "zip": step.place.postal_code,
        "country": step.place.country.map(|c| c.to_string()),
    }))
}
