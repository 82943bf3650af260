//! Canada Post's side of the wire: the web service Get Tracking Details as documented, read 2026-11-23, and as answers
//! that others recorded. Shares nothing with the parser.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::tz::Offset;

use crate::contract::sandbox::{
    Parcel, Refusal, Sandbox, SandboxRequest, SandboxResponse, Scan, Step, World,
};

/// Canada Post, imitated.
pub fn sandbox() -> Box<dyn Sandbox> {
    Box::new(CanadaPost)
}

struct CanadaPost;

impl Sandbox for CanadaPost {
    fn source(&self) -> &'static str {
        "canada_post.track"
    }

    fn respond(&self, request: &SandboxRequest, world: &dyn World) -> SandboxResponse {
        let pin = request.path.strip_prefix("/vis/track/pin/").and_then(|rest| rest.strip_suffix("/detail"));
        let Some(pin) = pin.filter(|_| request.method == "GET") else {
            return messages(404, "404", "Not Found");
        };
        let basic = format!("Basic {}", STANDARD.encode("sandbox-user:sandbox-password"));
        if request.header("authorization") != Some(basic.as_str()) {
            return self.refuse(Refusal::Unauthorized);
        }
        if request.header("accept") != Some("application/vnd.cpc.track-v2+xml") {
            return messages(406, "406", "Not Acceptable");
        }
        match world.parcel(pin).and_then(|parcel| detail(parcel, world)) {
            Some(body) => answer(200, body),
            None => messages(404, "004", "No Pin History"),
        }
    }

    fn refuse(&self, refusal: Refusal) -> SandboxResponse {
        match refusal {
            Refusal::RateLimited => messages(500, "Server", "Rejected by SLM Monitor"),
            Refusal::Unavailable => messages(503, "Server", "Service unavailable"),
            Refusal::Unauthorized => messages(401, "E002", "AAA Authentication Failure"),
        }
    }
}

fn answer(status: u16, xml: String) -> SandboxResponse {
    SandboxResponse { status, content_type: "application/vnd.cpc.track-v2+xml", body: xml.into_bytes() }
}

fn messages(status: u16, code: &str, description: &str) -> SandboxResponse {
    answer(
        status,
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<messages xmlns=\"http://www.canadapost.ca/ws/messages\">\
             <message><code>{code}</code><description>{description}</description></message></messages>"
        ),
    )
}

/// What stands between tags.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Identifier and description. There is none here for a label that is voided, for damage, loss or a notice.
fn words(scan: Scan) -> Option<(&'static str, &'static str)> {
    Some(match scan {
        Scan::Voided | Scan::CustomsCleared | Scan::Returned | Scan::Damaged | Scan::Lost | Scan::Notice => {
            return None;
        }
        Scan::Label => ("3000", "Electronic information submitted by shipper"),
        Scan::PickedUp => ("1301", "Item accepted at the Post Office"),
        Scan::Departed => ("0170", "Item in transit"),
        Scan::Arrived => ("0100", "Item processed"),
        Scan::Customs => ("4700", "Item has been sent to customs"),
        Scan::OutForDelivery => ("0174", "Item out for delivery"),
        Scan::Attempted => ("1479", "Attempted delivery. Notice card left"),
        Scan::AtCounter => ("1701", "Item available for pickup at Post Office"),
        Scan::Delivered => ("1496", "Item successfully delivered"),
        Scan::Returning => ("2600", "Item being returned to sender"),
    })
}

/// Standard time all year.
fn label(province: &str) -> &'static str {
    match province {
        "NL" => "NST",
        "NB" | "NS" | "PE" => "AST",
        "ON" | "QC" => "EST",
        "MB" | "SK" => "CST",
        "AB" | "NT" | "YT" => "MST",
        "BC" => "PST",
        _ => "",
    }
}

fn occurrence(step: &Step, identifier: &str, description: &str, signatory: &str) -> String {
    let local =
        Offset::from_seconds(step.place.offset_minutes * 60).unwrap_or(Offset::UTC).to_datetime(step.at);
    format!(
        "<occurrence><event-identifier>{identifier}</event-identifier><event-date>{}</event-date>\
         <event-time>{}</event-time><event-time-zone>{}</event-time-zone>\
         <event-description>{description}</event-description><signatory-name>{}</signatory-name>\
         <event-site>{}</event-site><event-province>{}</event-province><event-retail-location-id/>\
         <event-retail-name/></occurrence>",
        local.strftime("%Y-%m-%d"),
        local.strftime("%H:%M:%S"),
        label(&step.place.region),
        escaped(signatory),
        escaped(&step.place.city),
        escaped(&step.place.region),
    )
}

/// A delivery that was signed for has the signature's picture before it, of the same second.
fn occurrences(parcel: &Parcel, step: &Step) -> Option<String> {
    let (identifier, description) = words(step.scan)?;
    let own = occurrence(step, identifier, description, "");
    Some(match &parcel.signed_by {
        Some(name) if step.scan == Scan::Delivered => {
            occurrence(step, "20", "Signature image recorded for Online viewing", name) + &own
        }
        _ => own,
    })
}

fn detail(parcel: &Parcel, world: &dyn World) -> Option<String> {
    let told: Vec<String> =
        parcel.happened(world.now()).rev().filter_map(|step| occurrences(parcel, step)).collect();
    (!told.is_empty()).then(|| {
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<tracking-detail xmlns=\"http://www.canadapost.ca/ws/track\">\
             <pin>{}</pin><active-exists>1</active-exists><archive-exists/><changed-expected-date/>\
             <destination-postal-id>{}</destination-postal-id><expected-delivery-date/>\
             <service-name>{}</service-name><return-pin/><signature-image-exists>false</signature-image-exists>\
             <significant-events>{}</significant-events></tracking-detail>",
            escaped(&parcel.tracking_number),
            escaped(&parcel.destination.postal_code),
            escaped(&parcel.service),
            told.concat(),
        )
    })
}
