//! Australia Post's side of the wire: Track Items as documented, read 2026-11-23, and as answers that others recorded.
//! Shares nothing with the parser.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::tz::Offset;
use serde_json::{Value, json};

use crate::contract::sandbox::{
    Parcel, Refusal, Sandbox, SandboxRequest, SandboxResponse, Scan, Step, World,
};

/// Numbers of one request, at most.
const NUMBERS_MAX: usize = 10;

/// Australia Post, imitated.
pub fn sandbox() -> Box<dyn Sandbox> {
    Box::new(AustraliaPost)
}

struct AustraliaPost;

impl Sandbox for AustraliaPost {
    fn source(&self) -> &'static str {
        "australia_post.track"
    }

    fn respond(&self, request: &SandboxRequest, world: &dyn World) -> SandboxResponse {
        if request.method != "GET" || request.path != "/shipping/v1/track" {
            return gateway(404, "API_003", "Not found");
        }
        let basic = format!("Basic {}", STANDARD.encode("sandbox-api_key:sandbox-password"));
        if request.header("authorization") != Some(basic.as_str())
            || request.header("account-number") != Some("sandbox-account_number")
        {
            return self.refuse(Refusal::Unauthorized);
        }
        let numbers: Vec<&str> =
            request.field("tracking_ids").unwrap_or_default().split(',').filter(|n| !n.is_empty()).collect();
        match numbers.len() {
            0 => error("51100", "MISSING_TRACKING_IDS"),
            1..=NUMBERS_MAX => {
                let results: Vec<Value> = numbers.iter().map(|number| result(number, world)).collect();
                answer(200, &json!({"tracking_results": results}))
            }
            _ => error("51101", "TOO_MANY_AP_TRACKING_IDS"),
        }
    }

    fn refuse(&self, refusal: Refusal) -> SandboxResponse {
        match refusal {
            Refusal::RateLimited => gateway(429, "API_002", "Too many requests"),
            Refusal::Unavailable => gateway(503, "API_005", "Service unavailable"),
            Refusal::Unauthorized => gateway(401, "API_001", "Unauthorised"),
        }
    }
}

fn answer(status: u16, body: &Value) -> SandboxResponse {
    SandboxResponse { status, content_type: "application/json", body: body.to_string().into_bytes() }
}

/// The API's own errors.
fn error(code: &str, name: &str) -> SandboxResponse {
    answer(400, &json!({"errors": [{"code": code, "name": name, "message": name}]}))
}

/// Those of the gateway before it have other names.
fn gateway(status: u16, code: &str, name: &str) -> SandboxResponse {
    answer(status, &json!({"errors": [{"message": name, "error_code": code, "error_name": name}]}))
}

fn result(number: &str, world: &dyn World) -> Value {
    match world.parcel(number).and_then(|parcel| article(parcel, world)) {
        Some(article) => json!({
            "tracking_id": number,
            "status": article["status"].clone(),
            "trackable_items": [article],
        }),
        None => json!({
            "tracking_id": number,
            "errors": [{"code": "ESB-10001", "name": "Invalid tracking ID"}],
        }),
    }
}

/// Description and status. There is none here for what comes back, is lost, or is a mere notice.
fn words(scan: Scan) -> Option<(&'static str, &'static str)> {
    Some(match scan {
        Scan::Voided | Scan::Returned | Scan::Lost | Scan::Notice => return None,
        Scan::Label => ("Shipping information received by Australia Post", "Created"),
        Scan::PickedUp => ("Received by Australia Post", "In transit"),
        Scan::Departed => ("Departed facility", "In transit"),
        Scan::Arrived => ("Arrived at facility", "In transit"),
        Scan::Customs => ("Held by Customs", "In transit"),
        Scan::CustomsCleared => ("Item cleared by Customs", "In transit"),
        Scan::OutForDelivery => ("Onboard for delivery", "On Board for Delivery"),
        Scan::Attempted => ("Attempted delivery - Card left", "Unsuccessful Delivery"),
        Scan::AtCounter => ("Awaiting collection at Post Office", "Awaiting collection"),
        Scan::Delivered => ("Delivered - Left in a safe place\n\t", "Delivered"),
        Scan::Returning => ("Return to sender in progress", "In transit"),
        Scan::Damaged => ("Article damaged", "Article damaged"),
    })
}

fn event(step: &Step) -> Option<Value> {
    let (description, _) = words(step.scan)?;
    let minutes = step.place.offset_minutes;
    let local = Offset::from_seconds(minutes * 60).unwrap_or(Offset::UTC).to_datetime(step.at);
    let sign = if minutes < 0 { '-' } else { '+' };
    let date = format!(
        "{}{sign}{:02}:{:02}",
        local.strftime("%Y-%m-%dT%H:%M:%S"),
        minutes.abs() / 60,
        minutes.abs() % 60
    );
    let mut event = json!({"description": description, "date": date});
    // The records before the first scan have no place.
    if step.scan != Scan::Label {
        event["location"] = json!(format!("{} {}", step.place.city, step.place.region).trim());
    }
    Some(event)
}

fn article(parcel: &Parcel, world: &dyn World) -> Option<Value> {
    let told: Vec<&Step> = parcel.happened(world.now()).filter(|step| words(step.scan).is_some()).collect();
    let (_, status) = words(told.last()?.scan)?;
    Some(json!({
        "article_id": parcel.tracking_number,
        "product_type": parcel.service,
        "status": status,
        "events": told.iter().rev().filter_map(|step| event(step)).collect::<Vec<_>>(),
    }))
}
