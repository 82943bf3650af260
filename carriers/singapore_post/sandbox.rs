//! Singapore Post's side of the wire: the service behind its tracking page, as seen 2026-11-23. Shares nothing with the
//! parser.

use jiff::tz::Offset;
use serde_json::{Value, json};

use crate::contract::sandbox::{
    Parcel, Refusal, Sandbox, SandboxRequest, SandboxResponse, Scan, Step, World,
};

/// Singapore Post, imitated.
pub fn sandbox() -> Box<dyn Sandbox> {
    Box::new(SingaporePost)
}

struct SingaporePost;

impl Sandbox for SingaporePost {
    fn source(&self) -> &'static str {
        "singapore_post.track"
    }

    fn respond(&self, request: &SandboxRequest, world: &dyn World) -> SandboxResponse {
        if request.method != "POST" || request.path != "/api/services/track-events" {
            return page(404, "Not Found");
        }
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let Some(number) = body["trackingNumber"].as_str() else { return page(400, "Bad Request") };
        let item = world.parcel(number).and_then(|parcel| item(parcel, world)).unwrap_or_else(|| {
            json!({
                "trackingNumber": number,
                "trackingNumberFound": "false",
                "trackingNumberActive": "false",
                "originalCountry": "-",
                "destinationCountry": "-",
                "events": [{"statusDescription": "-", "date": "-", "location": "-", "eventDescription": "-"}],
            })
        });
        let body = json!({
            "ok": true,
            "trackingNumber": number,
            "trackingNumbers": [number],
            "source": "track-api",
            "items": [item],
        });
        SandboxResponse { status: 200, content_type: "application/json", body: body.to_string().into_bytes() }
    }

    fn refuse(&self, refusal: Refusal) -> SandboxResponse {
        match refusal {
            Refusal::RateLimited => page(429, "Too Many Requests"),
            Refusal::Unavailable => page(503, "Service Unavailable"),
            Refusal::Unauthorized => page(401, "Unauthorized"),
        }
    }
}

fn page(status: u16, text: &str) -> SandboxResponse {
    let body = format!("<html><body><h1>{text}</h1></body></html>");
    SandboxResponse { status, content_type: "text/html", body: body.into_bytes() }
}

/// Code and words. The codes of what goes wrong are not known.
fn words(scan: Scan) -> Option<(&'static str, &'static str)> {
    Some(match scan {
        Scan::Label => ("IR", "SingPost has received your order information, but not your item yet"),
        Scan::PickedUp => ("PO", "Item received by SingPost"),
        Scan::Departed => ("DO", "Despatched to overseas"),
        Scan::Arrived => ("AD", "Item arrived"),
        Scan::Customs => ("CS", "Item presented to customs"),
        Scan::OutForDelivery => ("AL", "Out for delivery."),
        Scan::Delivered => ("FD", "Item delivered to letterbox"),
        _ => return None,
    })
}

fn or_dash(text: &str) -> &str {
    if text.is_empty() { "-" } else { text }
}

fn event(step: &Step, is_mail: bool) -> Option<Value> {
    let (code, text) = words(step.scan)?;
    let minutes = step.place.offset_minutes;
    let local = Offset::from_seconds(minutes * 60).unwrap_or(Offset::UTC).to_datetime(step.at);
    let local = local.strftime("%Y-%m-%dT%H:%M:%S");
    // Speedpost's times have no offset.
    let sign = if minutes < 0 { '-' } else { '+' };
    let offset = format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60);
    let date = if is_mail { format!("{local}.000{offset}") } else { local.to_string() };
    Some(json!({
        "statusDescription": text,
        "date": date,
        "location": or_dash(&step.place.city),
        "details": "",
        "eventDescription": code,
        "aceStatusCode": "",
        "aceReasonCode": "",
    }))
}

fn item(parcel: &Parcel, world: &dyn World) -> Option<Value> {
    let is_mail = parcel.service != "Speedpost";
    let mut events: Vec<Value> =
        parcel.happened(world.now()).filter_map(|step| event(step, is_mail)).collect();
    events.reverse();
    let country = |place: &crate::contract::sandbox::SandboxPlace| {
        place.country.map_or("-".to_owned(), |country| country.to_string())
    };
    (!events.is_empty()).then(|| {
        json!({
            "trackingNumber": parcel.tracking_number,
            "trackingNumberFound": "true",
            "trackingNumberActive": "true",
            "alternativeTrackingNumber": "",
            "originalCountry": country(&parcel.origin),
            "destinationCountry": country(&parcel.destination),
            "itemType": if is_mail { "Mail" } else { "Speedpost" },
            "events": events,
        })
    })
}
