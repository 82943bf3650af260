//! The EMS Cooperative's side of the wire: its public tracking page in English, as seen 2026-11-23. Shares nothing with
//! the parser.

use jiff::tz::Offset;

use crate::contract::sandbox::{
    Parcel, Refusal, Sandbox, SandboxRequest, SandboxResponse, Scan, Step, World,
};

/// The EMS Cooperative, imitated.
pub fn sandbox() -> Box<dyn Sandbox> {
    Box::new(Cooperative)
}

struct Cooperative;

impl Sandbox for Cooperative {
    fn source(&self) -> &'static str {
        "ems.cooperative"
    }

    fn respond(&self, request: &SandboxRequest, world: &dyn World) -> SandboxResponse {
        if request.method != "GET" || request.path != "/api/publicTracking/track" {
            return page(404, "<h1>Not Found</h1>");
        }
        let number = request.field("itemId").unwrap_or_default();
        if !number.starts_with('E') {
            let text = format!("Tracking number ''{}'' does not denote an EMS item.", escaped(number));
            return result(number, &format!("<ul class=\"error\"><li>{text}</li></ul>"));
        }
        let rows: String = world
            .parcel(number)
            .into_iter()
            .flat_map(|parcel: &Parcel| parcel.happened(world.now()).filter_map(row))
            .collect();
        let rows = if rows.is_empty() {
            "<tr><td colspan=\"3\" class=\"no-results-found\">There were no results found.</td></tr>"
                .to_owned()
        } else {
            rows
        };
        result(
            number,
            &format!(
                "<table><thead><tr><th class=\"header-cell\">Date and time</th><th class=\"header-cell\">Status of \
                 Item</th><th class=\"header-cell\">Location</th></tr></thead><tbody class=\"tbody\">{rows}</tbody>\
                 </table>"
            ),
        )
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
    let body = format!(
        "<!DOCTYPE html>\n<html><head><title>Public Tracking - EMS</title></head><body>\n{content}\n</body></html>\n"
    );
    SandboxResponse { status, content_type: "text/html;charset=UTF-8", body: body.into_bytes() }
}

fn result(number: &str, content: &str) -> SandboxResponse {
    let number = escaped(number);
    page(
        200,
        &format!(
            "<input type=\"text\" id=\"publicTrackingView.itemId\" name=\"itemId\" value=\"{number}\">\n\
             <div class=\"result-table hidden\" id=\"table-{number}\">{content}</div>"
        ),
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

/// The wording of the page. It has none for a label, a loss or damage: no row then.
fn wording(scan: Scan) -> Option<&'static str> {
    Some(match scan {
        Scan::Label
        | Scan::Voided
        | Scan::AtCounter
        | Scan::Returning
        | Scan::Damaged
        | Scan::Lost
        | Scan::Notice => return None,
        Scan::PickedUp => "Posted",
        Scan::Departed => "Departed from export office",
        Scan::Arrived => "Arrived at destination import office",
        Scan::Customs => "Presented to import customs",
        Scan::CustomsCleared => "Released from import customs",
        Scan::OutForDelivery => "Out for delivery",
        Scan::Attempted => "Delivery attempted",
        Scan::Delivered => "Delivered",
        Scan::Returned => "Returned to sender",
    })
}

fn row(step: &Step) -> Option<String> {
    let wording = wording(step.scan)?;
    let clock = Offset::from_seconds(step.place.offset_minutes * 60).unwrap_or(Offset::UTC);
    let date = clock.to_datetime(step.at).strftime("%b %-d, %Y, %-I:%M %p");
    Some(format!(
        "<tr class=\"result-table-row\"><td>{date}</td><td>{wording}</td><td>{}</td></tr>",
        escaped(&step.place.city)
    ))
}
