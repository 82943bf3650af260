//! Korea Post's side of the wire: its page for parcels in Korea and, in English, its page for items abroad, as seen
//! 2026-11-23. Shares nothing with the parser.

use jiff::tz::Offset;

use crate::contract::sandbox::{
    Parcel, Refusal, Sandbox, SandboxRequest, SandboxResponse, Scan, Step, World,
};

/// Korea Post, imitated.
pub fn sandbox() -> Box<dyn Sandbox> {
    Box::new(KoreaPost)
}

struct KoreaPost;

impl Sandbox for KoreaPost {
    fn source(&self) -> &'static str {
        "korea_post.page"
    }

    fn respond(&self, request: &SandboxRequest, world: &dyn World) -> SandboxResponse {
        match (request.method.as_str(), request.path.as_str()) {
            ("GET", "/trace.RetrieveDomRigiTraceList.comm") => {
                domestic(request.field("sid1").unwrap_or_default(), world)
            }
            ("GET", "/trace.RetrieveEmsRigiTraceList.comm") => {
                abroad(request.field("POST_CODE").unwrap_or_default(), world)
            }
            _ => page(404, "<h1>Not Found</h1>"),
        }
    }

    fn refuse(&self, refusal: Refusal) -> SandboxResponse {
        match refusal {
            Refusal::RateLimited => page(429, "<h1>Too Many Requests</h1>"),
            Refusal::Unavailable => page(503, "<h1>Service Unavailable</h1>"),
            Refusal::Unauthorized => page(403, "<h1>Forbidden</h1>"),
        }
    }
}

fn page(status: u16, content: &str) -> SandboxResponse {
    let body = format!("<!DOCTYPE html><html lang=\"ko\"><body>{content}</body></html>");
    SandboxResponse { status, content_type: "text/html;charset=UTF-8", body: body.into_bytes() }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The Korean wording and the English one. There is none for a voided label, damage, loss or a notice.
fn wording(scan: Scan) -> Option<(&'static str, &'static str)> {
    Some(match scan {
        Scan::Label
        | Scan::Voided
        | Scan::AtCounter
        | Scan::Returned
        | Scan::Damaged
        | Scan::Lost
        | Scan::Notice => return None,
        Scan::PickedUp => ("접수", "Posting/Collection"),
        Scan::Departed => ("발송", "Departure from outward office of exchange"),
        Scan::Arrived => ("도착", "Arrival at inward office of exchange"),
        Scan::Customs => ("통관", "Ready for customs clearance"),
        Scan::CustomsCleared => ("도착", "Item returned from import Customs"),
        Scan::OutForDelivery => ("배달준비", "Item out for physical delivery"),
        Scan::Attempted => ("미배달", "Unsuccessful delivery"),
        Scan::Delivered => ("배달완료", "Delivery complete"),
        Scan::Returning => ("반송", "반송"),
    })
}

fn time(step: &Step, format: &str) -> String {
    let clock = Offset::from_seconds(step.place.offset_minutes * 60).unwrap_or(Offset::UTC);
    clock.to_datetime(step.at).strftime(format).to_string()
}

fn rows(parcel: Option<&Parcel>, world: &dyn World, row: impl Fn(&Step) -> Option<String>) -> String {
    parcel.into_iter().flat_map(|parcel| parcel.happened(world.now())).filter_map(row).collect()
}

fn domestic(number: &str, world: &dyn World) -> SandboxResponse {
    let row = |step: &Step| {
        let (korean, _) = wording(step.scan)?;
        let office = escaped(&step.place.city);
        Some(format!(
            "<tr><td>{}</td><td>{}</td><td><a href=\"#\">{office}</a></td>\
             <td><span class=\"evtnm\">{korean}</span></td></tr>",
            time(step, "%Y.%m.%d"),
            time(step, "%H:%M"),
        ))
    };
    let rows = rows(world.parcel(number), world, row);
    page(
        200,
        &format!(
            "<table class=\"table_col\"><tbody><tr><th scope=\"row\">{}</th><td>합*</td><td>성*</td></tr></tbody></table>\
             <table class=\"table_col detail_off\" id=\"processTable\"><tbody>{rows}</tbody></table>",
            escaped(number)
        ),
    )
}

/// A piece of a page, without its beginning and end.
fn abroad(number: &str, world: &dyn World) -> SandboxResponse {
    let row = |step: &Step| {
        let (_, english) = wording(step.scan)?;
        let office = escaped(&step.place.city);
        Some(format!(
            "<tr><td>{}</td><td>{english}</td><td>{office}</td><td></td></tr>",
            time(step, "%H:%M %d-%b-%Y")
        ))
    };
    let rows = rows(world.parcel(number), world, row);
    let body = format!(
        "<table summary=\"Basic Information\"><tbody><tr><td>{}</td><td>S***</td><td>R***</td><td></td><td>EMS</td></tr>\
         </tbody></table>\n<table summary=\"Delivery Status for your EMS\"><tbody>{rows}</tbody></table>\n",
        escaped(number)
    );
    SandboxResponse { status: 200, content_type: "text/html;charset=UTF-8", body: body.into_bytes() }
}
