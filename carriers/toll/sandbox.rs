//! The track and trace of Team Global Express, imitated from what two customers' programs send and read (read
//! 2026-11-23): what they do not read is a guess. Shares nothing with the parser.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::tz::Offset;
use serde_json::{Value, json};

use crate::contract::sandbox::{
    Parcel, Refusal, Sandbox, SandboxRequest, SandboxResponse, Scan, Step, World,
};

/// Days from the label to the estimated delivery.
const ESTIMATED_DAYS: i64 = 4;

/// Team Global Express, imitated.
pub fn sandbox() -> Box<dyn Sandbox> {
    Box::new(TeamGlobalExpress)
}

struct TeamGlobalExpress;

impl Sandbox for TeamGlobalExpress {
    fn source(&self) -> &'static str {
        "toll.tge"
    }

    fn respond(&self, request: &SandboxRequest, world: &dyn World) -> SandboxResponse {
        let path = "/gateway/TollMessageTrackAndTraceRestService/1.0/tom/enquireTrackTrace";
        let basic = format!("Basic {}", STANDARD.encode("sandbox-username:sandbox-password"));
        if request.method != "POST" || request.path != path {
            return error(404, "404", "no such service");
        }
        if request.header("authorization") != Some(basic.as_str()) {
            return self.refuse(Refusal::Unauthorized);
        }
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let header = &body["TollMessage"]["Header"];
        let known = header["MessageSender"] == json!("sandbox-message_sender")
            && header["SourceSystemCode"] == json!("sandbox-source_system_code");
        if !known {
            return error(400, "TT00401", "unknown message sender");
        }
        let search = &body["TollMessage"]["TrackAndTrace"]["Request"]["SearchTexts"]["SearchText"];
        let search = search.as_array().map(Vec::as_slice).unwrap_or_default();
        if search.is_empty() || header["DocumentType"] != json!("TrackAndTrace") {
            return error(400, "TT00400", "no search text");
        }
        // A division finds only its own.
        let of_division = search.iter().filter(|s| s["BusinessID"] == json!("IPEC"));
        let numbers = of_division.filter_map(|s| s["Value"].as_str());
        let shipments: Vec<Value> = numbers
            .filter_map(|number| world.parcel(number))
            .filter_map(|parcel| shipment(parcel, world.now()))
            .collect();
        let shipments = if shipments.is_empty() { json!({}) } else { json!({"Shipment": shipments}) };
        let told = json!({"Response": {"Shipments": shipments}});
        let header =
            json!({"MessageVersion": "1.0", "DocumentType": "TrackAndTrace", "MessageSender": "TOLL"});
        answer(200, &json!({"TollMessage": {"Header": header, "TrackAndTrace": told}}))
    }

    fn refuse(&self, refusal: Refusal) -> SandboxResponse {
        match refusal {
            Refusal::RateLimited => error(429, "TT00429", "too many requests"),
            Refusal::Unavailable => error(200, "TT00500", "gateway timeout"),
            Refusal::Unauthorized => error(401, "TT00401", "unauthorized"),
        }
    }
}

fn answer(status: u16, body: &Value) -> SandboxResponse {
    SandboxResponse { status, content_type: "application/json", body: body.to_string().into_bytes() }
}

fn error(status: u16, code: &str, text: &str) -> SandboxResponse {
    let body = json!({
        "TollMessage": {
            "ErrorMessages": {"ErrorMessage": [{"ErrorMessage": text, "ErrorNumber": {"Value": code}}]},
            "Header": {"MessageVersion": "1.0", "DocumentType": "ErrorMessage"},
        },
        "Exception": text,
        "ExceptionMessage": text,
        "message": text,
    });
    answer(status, &body)
}

/// Category (a guess) and description. No description is known for the rest.
fn words(scan: Scan) -> Option<[&'static str; 2]> {
    Some(match scan {
        Scan::Label => ["REGISTERED", "CONNOTE FILE LODGED (E-TRADER)"],
        Scan::PickedUp => ["PICKUP", "PCKDUP"],
        Scan::Departed => ["INTRANSIT", "SORTED TO CHUTE"],
        Scan::Arrived => ["INTRANSIT", "SCANNED INTO DEPOT"],
        Scan::OutForDelivery => ["ONBOARD", "ON FOR DELIVERY"],
        Scan::Delivered => ["DELIVERED", "FREIGHT DELIVERED"],
        _ => return None,
    })
}

fn event(parcel: &Parcel, step: &Step) -> Option<Value> {
    let [category, description] = words(step.scan)?;
    let clock = Offset::from_seconds(step.place.offset_minutes * 60).unwrap_or(Offset::UTC);
    let local = clock.to_datetime(step.at).strftime("%Y-%m-%dT%H:%M:%S.000").to_string();
    let item = format!("{}001", parcel.tracking_number);
    Some(json!({
        "References": {"Reference": [{"ReferenceType": "ITEM", "ReferenceValue": item}]},
        "DatePeriodCollection": {"DatePeriod": [{"DateType": "EventDate", "DateTime": local}]},
        "Codes": {"Code": [{"Category": category, "Description": description}]},
    }))
}

fn shipment(parcel: &Parcel, now: Timestamp) -> Option<Value> {
    let steps: Vec<&Step> = parcel.happened(now).collect();
    let day = Offset::UTC.to_datetime(steps.first()?.at).date();
    let due = day.saturating_add(jiff::Span::new().days(ESTIMATED_DAYS));
    let events: Vec<Value> = steps.iter().rev().filter_map(|step| event(parcel, step)).collect();
    Some(json!({
        "ShipmentID": parcel.tracking_number,
        "Events": {"Event": events},
        "DatePeriodCollection": {"DatePeriod": [{"DateType": "EstimatedDelivery", "Date": due.to_string()}]},
    }))
}
