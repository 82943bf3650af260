//! Japan Post's side of the wire: its page of one number in English, as seen 2026-11-23. Shares nothing with the parser.

use std::fmt::Write as _;

use jiff::tz::Offset;

use crate::contract::Country;
use crate::contract::sandbox::{
    Parcel, Refusal, Sandbox, SandboxPlace, SandboxRequest, SandboxResponse, Scan, Step, World,
};

/// Japan Post, imitated.
pub fn sandbox() -> Box<dyn Sandbox> {
    Box::new(JapanPost)
}

struct JapanPost;

impl Sandbox for JapanPost {
    fn source(&self) -> &'static str {
        "japan_post.page"
    }

    fn respond(&self, request: &SandboxRequest, world: &dyn World) -> SandboxResponse {
        if request.method != "GET" || request.path != "/services/srv/search/direct" {
            return page(404, "<h1>Not Found</h1>");
        }
        let number = request.field("reqCodeNo1").unwrap_or_default();
        let rows = world.parcel(number).map(|parcel| rows(parcel, world)).filter(|rows| !rows.is_empty());
        match (world.parcel(number), rows) {
            (Some(parcel), Some(rows)) => page(200, &item(parcel, &rows)),
            _ => page(200, &not_found(number)),
        }
    }

    fn refuse(&self, refusal: Refusal) -> SandboxResponse {
        match refusal {
            Refusal::RateLimited => page(429, "<h1>Too Many Requests</h1>"),
            Refusal::Unavailable => page(200, "<p>This service is closed for maintenance.</p>"),
            Refusal::Unauthorized => page(403, "<h1>Forbidden</h1>"),
        }
    }
}

fn page(status: u16, content: &str) -> SandboxResponse {
    let body = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"UTF-8\"><title>Tracking</title></head><body>\n\
         {content}\n</body></html>\n"
    );
    SandboxResponse { status, content_type: "text/html;charset=UTF-8", body: body.into_bytes() }
}

/// What stands between tags.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// `EN990000037JP` as `EN 990 000 037 JP`; twelve digits in fours.
fn spaced(number: &str) -> String {
    let is_s10 = number.len() == 13 && number.is_ascii();
    if is_s10 {
        let part = |from: usize, to: usize| number.get(from..to).unwrap_or_default();
        return [part(0, 2), part(2, 5), part(5, 8), part(8, 11), part(11, 13)].join(" ");
    }
    let characters: Vec<char> = number.chars().collect();
    characters.chunks(4).map(String::from_iter).collect::<Vec<_>>().join("-")
}

/// The wording of the page. Japan Post has none for a label, a voided label, a lost item or a notice: no row then.
fn wording(scan: Scan) -> Option<&'static str> {
    Some(match scan {
        Scan::Label | Scan::Voided | Scan::Lost | Scan::Notice => return None,
        Scan::PickedUp => "Posting/Collection",
        Scan::Departed => "Dispatch from outward office of exchange",
        Scan::Arrived => "Arrival at inward office of exchange",
        Scan::Customs => "Item presented to import Customs",
        Scan::CustomsCleared => "Item returned from import Customs",
        Scan::OutForDelivery => "Item out for physical delivery",
        Scan::Attempted => "Absence. Attempted delivery",
        Scan::AtCounter => "Arrival at collection point",
        Scan::Delivered => "Final delivery",
        Scan::Returning | Scan::Damaged => "Retention",
        Scan::Returned => "Returned to sender",
    })
}

/// The country as the page prints it.
fn printed_name(country: Country) -> String {
    match country.as_str() {
        "AU" => "AUSTRALIA",
        "CA" => "CANADA",
        "CN" => "CHINA",
        "DE" => "GERMANY",
        "FR" => "FRANCE",
        "GB" => "UNITED KINGDOM",
        "HK" => "HONG KONG",
        "IT" => "ITALY",
        "KR" => "KOREA",
        "NL" => "NETHERLANDS",
        "SG" => "SINGAPORE",
        "TW" => "TAIWAN",
        "US" => "UNITED STATES OF AMERICA",
        other => other,
    }
    .to_owned()
}

/// Office, prefecture or country, postal code.
fn whereabouts(place: &SandboxPlace) -> (String, String, String) {
    let blank = || "&nbsp;".to_owned();
    let or_blank = |text: &str| if text.is_empty() { blank() } else { escaped(text) };
    match place.country {
        Some(country) if country.as_str() != "JP" => {
            (or_blank(&place.city), escaped(&printed_name(country)), blank())
        }
        _ => (or_blank(&place.city), or_blank(&place.region), or_blank(&place.postal_code)),
    }
}

/// The event's two rows, with the time on the place's clock.
fn event(step: &Step) -> Option<String> {
    let wording = wording(step.scan)?;
    let clock = Offset::from_seconds(step.place.offset_minutes * 60).unwrap_or(Offset::UTC);
    let date = clock.to_datetime(step.at).strftime("%m/%d/%Y %H:%M");
    let (office, region, code) = whereabouts(&step.place);
    Some(format!(
        "<tr><td rowspan=\"2\" class=\"w_120\">{date}</td><td rowspan=\"2\" class=\"w_150\">{wording}</td>\
         <td rowspan=\"2\" class=\"w_180\"></td><td class=\"w_105\">{office}</td>\
         <td rowspan=\"2\" class=\"w_105\">{region}</td></tr>\n<tr><td class=\"w_105\">{code}</td></tr>\n"
    ))
}

/// The rows of all that has happened, oldest first; empty before the first scan.
fn rows(parcel: &Parcel, world: &dyn World) -> String {
    parcel.happened(world.now()).filter_map(event).collect()
}

fn item(parcel: &Parcel, rows: &str) -> String {
    let mut html = String::new();
    let (number, service) = (spaced(&parcel.tracking_number), escaped(&parcel.service));
    let _ = write!(
        html,
        "<table summary=\"配達状況詳細\" class=\"tableType01 txt_c m_b5\"><tr><th>Item number</th>\
         <th>Class of goods</th><th>Additional services</th></tr>\n<tr><td>{number}</td><td>{service}</td>\
         <td>&nbsp;</td></tr></table>\n\
         <table summary=\"履歴情報\" class=\"tableType01 txt_c m_b5\"><tr>\
         <th rowspan=\"2\">State occurrence date<br>（In local time if occurred overseas）</th>\
         <th rowspan=\"2\">Shipping track record</th><th rowspan=\"2\">Details</th><th>Office</th>\
         <th rowspan=\"2\">Prefecture / Country</th></tr><tr><th>ZIP code（Postal code number）</th></tr>\n\
         {rows}</table>\n<table summary=\"窓口店\"><tr><td>Post office</td></tr></table>"
    );
    html
}

fn not_found(number: &str) -> String {
    format!(
        "<table summary=\"照会結果\" class=\"tableType01\"><tr><th>Item number</th><th>Class of goods</th>\
         <th>Latest date</th><th>Latest status</th><th>Office</th><th>Prefecture</th></tr>\n<tr><td>{}</td>\
         <td colspan=\"5\" class=\"txt_l\"><font color=\"ff0000\">** Your item was not found. Confirm your item \
         number and ask at your local office.</font></td></tr></table>",
        escaped(number)
    )
}
