//! The data behind Cainiao's tracking page, imitated as it was seen (2026-11-23). Shares nothing with the parser.

use jiff::Timestamp;
use jiff::tz::Offset;
use serde_json::{Value, json};

use crate::contract::sandbox::{
    Parcel, Refusal, Sandbox, SandboxPlace, SandboxRequest, SandboxResponse, Scan, Step, World,
};

/// Cainiao, imitated.
pub fn sandbox() -> Box<dyn Sandbox> {
    Box::new(Cainiao)
}

struct Cainiao;

impl Sandbox for Cainiao {
    fn source(&self) -> &'static str {
        "online_delivery.cainiao"
    }

    fn respond(&self, request: &SandboxRequest, world: &dyn World) -> SandboxResponse {
        if request.method != "GET" || request.path != "/global/detail.json" {
            return SandboxResponse {
                status: 404,
                content_type: "text/html",
                body: b"<html></html>".to_vec(),
            };
        }
        let numbers = request.field("mailNos").unwrap_or_default();
        let modules: Vec<Value> = numbers
            .split(',')
            .filter(|number| !number.is_empty())
            .map(|number| {
                let told = world.parcel(number).and_then(|parcel| module(parcel, world.now()));
                told.unwrap_or_else(|| unknown(number))
            })
            .collect();
        answer(200, &json!({"module": modules, "success": true}))
    }

    /// It does not say that it refuses: it wants proof of a human.
    fn refuse(&self, refusal: Refusal) -> SandboxResponse {
        match refusal {
            Refusal::RateLimited | Refusal::Unauthorized => {
                let url = "https://example.invalid/punish?x5secdata=sandbox";
                answer(200, &json!({"ret": ["FAIL_SYS_USER_VALIDATE"], "data": {"url": url}}))
            }
            Refusal::Unavailable => {
                SandboxResponse { status: 503, content_type: "text/html", body: b"<html></html>".to_vec() }
            }
        }
    }
}

fn answer(status: u16, body: &Value) -> SandboxResponse {
    SandboxResponse { status, content_type: "application/json", body: body.to_string().into_bytes() }
}

fn unknown(number: &str) -> Value {
    json!({
        "mailNo": number, "originCountry": "", "destCountry": "", "status": "UNKNOWN",
        "mailNoSource": "EXTERNAL", "detailList": [],
    })
}

/// actionCode and words. Nothing is told of what moves nothing.
fn words(scan: Scan) -> Option<[&'static str; 2]> {
    Some(match scan {
        Scan::Notice => return None,
        Scan::Label => ["GWMS_ACCEPT", "Order received by warehouse"],
        Scan::Voided => ["GWMS_CANCEL", "Order cancelled"],
        Scan::PickedUp => ["PU_PICKUP_SUCCESS", "Accepted by carrier"],
        Scan::Departed => ["LH_DEPART", "Leaving from departure country/region"],
        Scan::Arrived => ["LH_ARRIVE", "Arrived at linehaul office"],
        Scan::Customs => ["CC_IM_START", "Import customs clearance started"],
        Scan::CustomsCleared => ["CC_IM_SUCCESS", "Import customs clearance complete"],
        Scan::OutForDelivery => ["GTMS_DO_DEPART", "Out for delivery"],
        Scan::Attempted => ["GTMS_DEL_FAILURE", "Delivery attempt unsuccessful"],
        Scan::AtCounter => ["GTMS_STA_SIGNED", "Arrived at pickup station"],
        Scan::Delivered => ["GTMS_SIGNED", "Delivered"],
        Scan::Returning => ["RT_OUTBOUND", "Package on its way back"],
        Scan::Returned => ["RETURNED", "Package returned"],
        Scan::Damaged => ["EXCEPTION", "Package damaged"],
        Scan::Lost => ["RT_DESTROY", "Package destroyed"],
    })
}

fn printed_name(place: &SandboxPlace) -> String {
    match place.country.map(|c| c.to_string()).as_deref() {
        Some("CN") => "Mainland China".to_owned(),
        Some("NL") => "Netherlands".to_owned(),
        Some("US") => "United States".to_owned(),
        Some("FR") => "France".to_owned(),
        Some("GB") => "United Kingdom".to_owned(),
        Some("DE") => "Germany".to_owned(),
        Some(code) => code.to_owned(),
        None => String::new(),
    }
}

fn event(step: &Step) -> Option<Value> {
    let [code, text] = words(step.scan)?;
    let minutes = step.place.offset_minutes;
    let local = Offset::from_seconds(minutes * 60).unwrap_or(Offset::UTC).to_datetime(step.at);
    // The figure is counted as if the clock were Beijing's, wherever it hangs.
    let counted = jiff::tz::offset(8).to_timestamp(local).unwrap_or(step.at);
    let sign = if minutes < 0 { '-' } else { '+' };
    let (hours, rest) = (minutes.abs() / 60, minutes.abs() % 60);
    let zone = if rest == 0 { format!("GMT{sign}{hours}") } else { format!("GMT{sign}{hours}:{rest:02}") };
    Some(json!({
        "time": counted.as_millisecond(),
        "timeStr": local.strftime("%Y-%m-%d %H:%M:%S").to_string(),
        "timeZone": zone,
        "desc": text,
        "standerdDesc": text,
        "actionCode": code,
        "group": {"nodeCode": "SANDBOX", "nodeDesc": text},
    }))
}

fn module(parcel: &Parcel, now: Timestamp) -> Option<Value> {
    let steps: Vec<&Step> = parcel.happened(now).collect();
    steps.first()?;
    let events: Vec<Value> = steps.iter().rev().filter_map(|step| event(step)).collect();
    Some(json!({
        "mailNo": parcel.tracking_number,
        "originCountry": printed_name(&parcel.origin),
        "destCountry": printed_name(&parcel.destination),
        "mailType": "NORMAL",
        "status": "DELIVERING",
        "statusDesc": "In transit",
        "mailNoSource": "AE",
        "latestTrace": events.first(),
        "detailList": events,
    }))
}
