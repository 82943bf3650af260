//! UPS's side of the wire, written from the OpenAPI documents of its Tracking API and OAuth client credentials (read
//! 2026-11-23) and from answers that others recorded. Shares nothing with the parser.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::tz::Offset;
use serde_json::{Value, json};

use crate::contract::sandbox::{
    Parcel, Refusal, Sandbox, SandboxPlace, SandboxRequest, SandboxResponse, Scan, Step, World,
};

/// How long a token holds, as UPS documents it.
const TOKEN_SECONDS: i64 = 14_399;

/// A token says when it ends, so that the sandbox need not remember it.
const TOKEN_PREFIX: &str = "sbx.";

/// The path of one number's details.
const TRACK_PATH: &str = "/api/track/v1/details/";

/// Days from the label to the scheduled delivery.
const SCHEDULED_DAYS: i64 = 5;

/// UPS, imitated.
pub fn sandbox() -> Box<dyn Sandbox> {
    Box::new(Ups)
}

struct Ups;

impl Sandbox for Ups {
    fn source(&self) -> &'static str {
        "ups.track"
    }

    fn respond(&self, request: &SandboxRequest, world: &dyn World) -> SandboxResponse {
        match (request.method.as_str(), request.path.strip_prefix(TRACK_PATH)) {
            ("POST", None) if request.path == "/security/v1/oauth/token" => token(request, world.now()),
            ("GET", Some(number)) => track(request, number, world),
            _ => error(404, "404", "Resource not found"),
        }
    }

    fn refuse(&self, refusal: Refusal) -> SandboxResponse {
        match refusal {
            Refusal::RateLimited => error(429, "10429", "Too Many Requests"),
            Refusal::Unavailable => error(503, "10004", "Service unavailable"),
            Refusal::Unauthorized => error(401, "250002", "Invalid Authentication Information."),
        }
    }
}

fn answer(status: u16, body: &Value) -> SandboxResponse {
    SandboxResponse { status, content_type: "application/json", body: body.to_string().into_bytes() }
}

fn error(status: u16, code: &str, message: &str) -> SandboxResponse {
    answer(status, &json!({"response": {"errors": [{"code": code, "message": message}]}}))
}

fn token(request: &SandboxRequest, now: Timestamp) -> SandboxResponse {
    let basic = format!("Basic {}", STANDARD.encode("sandbox-client_id:sandbox-client_secret"));
    if request.header("authorization") != Some(basic.as_str()) {
        return error(401, "10401", "ClientId is Invalid");
    }
    if request.body != b"grant_type=client_credentials" {
        return error(400, "10400", "Invalid/Missing Authorization Header");
    }
    answer(
        200,
        &json!({
            "token_type": "Bearer",
            "issued_at": now.as_millisecond().to_string(),
            "client_id": "sandbox-client_id",
            "access_token": format!("{TOKEN_PREFIX}{}", now.as_second() + TOKEN_SECONDS),
            "scope": "",
            "expires_in": TOKEN_SECONDS.to_string(),
            "refresh_count": "0",
            "status": "approved",
        }),
    )
}

/// Whether the request bears a token that has not ended.
fn is_let_in(request: &SandboxRequest, now: Timestamp) -> bool {
    request
        .header("authorization")
        .and_then(|value| value.strip_prefix("Bearer "))
        .and_then(|token| token.strip_prefix(TOKEN_PREFIX))
        .and_then(|end| end.parse::<i64>().ok())
        .is_some_and(|end| end > now.as_second())
}

fn track(request: &SandboxRequest, number: &str, world: &dyn World) -> SandboxResponse {
    if !is_let_in(request, world.now()) {
        return error(401, "250002", "Invalid Authentication Information.");
    }
    if request.header("transid").is_none() || request.header("transactionsrc").is_none() {
        return error(400, "10007", "Missing required header");
    }
    if !(7..=34).contains(&number.len()) || !number.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return error(400, "TV1002", "Invalid inquiry number");
    }
    let told = world.parcel(number).and_then(|parcel| package(parcel, world.now()));
    let shipment = match told {
        Some(package) => json!({"inquiryNumber": number, "package": [package]}),
        None => json!({
            "inquiryNumber": number,
            "warnings": [{"code": "TW0001", "message": "Tracking Information Not Found"}],
        }),
    };
    answer(200, &json!({"trackResponse": {"shipment": [shipment]}}))
}

/// Type, code, statusCode, description. Some descriptions end with a blank, as UPS's do.
fn words(scan: Scan) -> [&'static str; 4] {
    match scan {
        Scan::Label => ["M", "MP", "003", "Shipper created a label, UPS has not received the package yet. "],
        Scan::Voided => ["M", "VP", "007", "Shipment information voided"],
        Scan::PickedUp => ["I", "PU", "038", "Pickup Scan "],
        Scan::Departed => ["I", "DP", "005", "Departed from Facility"],
        Scan::Arrived => ["I", "AR", "005", "Arrived at Facility"],
        Scan::Customs => ["I", "IP", "012", "Clearance in Progress"],
        Scan::CustomsCleared => ["I", "IP", "014", "Clearance Completed"],
        Scan::OutForDelivery => ["I", "OT", "021", "Out For Delivery Today"],
        Scan::Attempted => ["X", "48", "022", "The receiver was not available for delivery."],
        Scan::AtCounter => ["D", "2Q", "040", "Delivered to UPS Access Point, awaiting customer pickup"],
        Scan::Delivered => ["D", "FS", "011", "DELIVERED "],
        Scan::Returning => ["X", "DL", "035", "Returning to Sender"],
        Scan::Returned => ["D", "B0", "034", "Returned to Sender"],
        Scan::Damaged => ["X", "A0", "059", "Damage Reported"],
        Scan::Lost => ["X", "S9", "068", "Sent to Lost and Found"],
        Scan::Notice => ["X", "PX", "027", "Delivery Address Change Requested"],
    }
}

fn status(scan: Scan) -> Value {
    let [kind, code, status_code, description] = words(scan);
    json!({"type": kind, "code": code, "statusCode": status_code, "description": description})
}

fn clock_of(place: &SandboxPlace) -> Offset {
    Offset::from_seconds(place.offset_minutes * 60).unwrap_or(Offset::UTC)
}

fn filled(fields: &[(&str, &str)]) -> Value {
    let fields = fields.iter().filter(|(_, value)| !value.is_empty());
    Value::Object(fields.map(|(name, value)| ((*name).to_owned(), json!(value))).collect())
}

fn activity(step: &Step) -> Value {
    let (local, gmt) = (clock_of(&step.place).to_datetime(step.at), Offset::UTC.to_datetime(step.at));
    let minutes = step.place.offset_minutes;
    let sign = if minutes < 0 { '-' } else { '+' };
    let country = step.place.country.map(|c| c.to_string()).unwrap_or_default();
    // A scan's address has no postal code, and the label's record only the country.
    let address = match step.scan {
        Scan::Label | Scan::Voided => filled(&[("countryCode", &country), ("country", &country)]),
        _ => filled(&[
            ("city", &step.place.city),
            ("stateProvince", &step.place.region),
            ("countryCode", &country),
            ("country", &country),
        ]),
    };
    json!({
        "location": {"address": address},
        "status": status(step.scan),
        "date": local.strftime("%Y%m%d").to_string(),
        "time": local.strftime("%H%M%S").to_string(),
        "gmtDate": gmt.strftime("%Y%m%d").to_string(),
        "gmtTime": gmt.strftime("%H:%M:%S").to_string(),
        "gmtOffset": format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60),
    })
}

fn end_of_journey(kind: &str, place: &SandboxPlace) -> Value {
    let country = place.country.map(|c| c.to_string()).unwrap_or_default();
    json!({"type": kind, "address": filled(&[
        ("city", &place.city),
        ("stateProvince", &place.region),
        ("postalCode", &place.postal_code),
        ("countryCode", &country),
        ("country", &country),
    ])})
}

/// Pounds for shippers in the United States, kilograms for all others.
fn weight(parcel: &Parcel) -> Value {
    let grams = f64::from(parcel.weight_grams);
    let in_pounds = parcel.origin.country.is_some_and(|c| c.as_str() == "US");
    let (unit, figure) = if in_pounds { ("LBS", grams / 453.592_37) } else { ("KGS", grams / 1000.0) };
    json!({"unitOfMeasurement": unit, "weight": format!("{figure:.3}")})
}

fn package(parcel: &Parcel, now: Timestamp) -> Option<Value> {
    let steps: Vec<&Step> = parcel.happened(now).collect();
    let (first, newest) = (steps.first()?, steps.last()?);
    let delivered = steps.iter().rev().find(|step| step.scan == Scan::Delivered);
    let at =
        |step: &Step, format: &str| clock_of(&step.place).to_datetime(step.at).strftime(format).to_string();
    let mut package = json!({
        "trackingNumber": parcel.tracking_number,
        "deliveryDate": [{"type": "", "date": ""}],
        "activity": steps.iter().rev().map(|step| activity(step)).collect::<Vec<_>>(),
        "currentStatus": status(newest.scan),
        "packageAddress": [
            end_of_journey("ORIGIN", &parcel.origin),
            end_of_journey("DESTINATION", &parcel.destination),
        ],
        "weight": weight(parcel),
        "service": {"code": "518", "levelCode": "003", "description": parcel.service},
        "deliveryInformation": {},
        "packageCount": 1,
    });
    if let Some(step) = delivered {
        package["deliveryDate"] = json!([{"type": "DEL", "date": at(step, "%Y%m%d")}]);
        package["deliveryTime"] = json!({"type": "DEL", "endTime": at(step, "%H%M%S")});
        package["deliveryInformation"] = match &parcel.signed_by {
            Some(name) => json!({"receivedBy": name, "location": "Front Door"}),
            None => json!({"location": "Front Door"}),
        };
    } else if newest.scan != Scan::Label {
        let day = clock_of(&parcel.destination).to_datetime(first.at).date();
        let day = day.saturating_add(jiff::Span::new().days(SCHEDULED_DAYS));
        package["deliveryDate"] = json!([{"type": "SDD", "date": day.strftime("%Y%m%d").to_string()}]);
    }
    Some(package)
}
