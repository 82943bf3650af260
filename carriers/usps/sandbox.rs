//! USPS's side of the wire, written from the OpenAPI documents of Tracking v3 and OAuth v3 (read 2026-11-23) and from
//! answers that others recorded. Shares nothing with the parser.

use jiff::tz::Offset;
use serde_json::{Value, json};

use crate::contract::sandbox::{
    Parcel, Refusal, Sandbox, SandboxPlace, SandboxRequest, SandboxResponse, Scan, Step, World,
};

/// How long a token holds.
const TOKEN_SECONDS: i64 = 28_799;

/// A token says when it ends, so that the sandbox need not remember it.
const TOKEN_PREFIX: &str = "sbx.";

/// The path of one number.
const TRACK_PATH: &str = "/tracking/v3/tracking/";

/// USPS, imitated.
pub fn sandbox() -> Box<dyn Sandbox> {
    Box::new(Usps)
}

struct Usps;

impl Sandbox for Usps {
    fn source(&self) -> &'static str {
        "usps.v3"
    }

    fn respond(&self, request: &SandboxRequest, world: &dyn World) -> SandboxResponse {
        match (request.method.as_str(), request.path.strip_prefix(TRACK_PATH)) {
            ("POST", None) if request.path == "/oauth2/v3/token" => token(request, world),
            ("GET", Some(number)) => track(request, number, world),
            _ => error(404, "404", "Resource not found."),
        }
    }

    fn refuse(&self, refusal: Refusal) -> SandboxResponse {
        match refusal {
            Refusal::RateLimited => error(429, "429", "Quota limit exceeded."),
            Refusal::Unavailable => error(503, "503", "Service unavailable."),
            Refusal::Unauthorized => error(401, "401", "Invalid access token."),
        }
    }
}

fn answer(status: u16, body: &Value) -> SandboxResponse {
    SandboxResponse { status, content_type: "application/json", body: body.to_string().into_bytes() }
}

fn error(status: u16, code: &str, title: &str) -> SandboxResponse {
    answer(
        status,
        &json!({
            "apiVersion": "/tracking/v3",
            "error": {"code": code, "message": title, "errors": [{"title": title, "detail": title}]},
        }),
    )
}

fn token(request: &SandboxRequest, world: &dyn World) -> SandboxResponse {
    let fields: Vec<(String, String)> = url::form_urlencoded::parse(&request.body).into_owned().collect();
    let field = |name: &str| fields.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
    if field("grant_type") != Some("client_credentials") {
        return answer(400, &json!({"error": "unsupported_grant_type", "error_description": "Grant type"}));
    }
    if (field("client_id"), field("client_secret"))
        != (Some("sandbox-client_id"), Some("sandbox-client_secret"))
    {
        let text = "The client application identifier is invalid.";
        return answer(401, &json!({"error": "invalid_client", "error_description": text, "error_uri": ""}));
    }
    let now = world.now();
    answer(
        200,
        &json!({
            "access_token": format!("{TOKEN_PREFIX}{}", now.as_second() + TOKEN_SECONDS),
            "token_type": "Bearer",
            "issued_at": now.as_millisecond(),
            "expires_in": TOKEN_SECONDS,
            "status": "approved",
            "scope": field("scope").unwrap_or_default(),
            "issuer": "api.usps.com",
            "client_id": "sandbox-client_id",
        }),
    )
}

/// Whether the request bears a token that has not ended.
fn is_let_in(request: &SandboxRequest, world: &dyn World) -> bool {
    let bearer = request.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
    let end =
        bearer.and_then(|token| token.strip_prefix(TOKEN_PREFIX)).and_then(|end| end.parse::<i64>().ok());
    end.is_some_and(|end| end > world.now().as_second())
}

fn track(request: &SandboxRequest, number: &str, world: &dyn World) -> SandboxResponse {
    if !is_let_in(request, world) {
        return error(401, "401", "Invalid access token.");
    }
    if !(10..=34).contains(&number.len()) {
        return error(400, "400", "Bad Request.");
    }
    let piece = world.parcel(number).and_then(|parcel| piece(parcel, world));
    match piece {
        Some(piece) if request.field("expand") == Some("DETAIL") => answer(200, &piece),
        Some(piece) => answer(
            200,
            &json!({"trackingNumber": number, "eventSummaries": [piece["statusSummary"].clone()]}),
        ),
        None => answer(
            404,
            &json!({
                "apiVersion": "/tracking/v3",
                "error": {"code": "404", "message": "A status update is not yet available.", "errors": [{
                    "status": "404",
                    "code": "-2147219302",
                    "title": "Not Found",
                    "detail": "A status update is not yet available on your item.",
                    "source": {"parameter": "trackingNumber", "example": number},
                }]},
            }),
        ),
    }
}

/// Code, type, category. USPS tells nothing of a voided label.
fn words(scan: Scan) -> Option<(&'static str, &'static str, &'static str)> {
    Some(match scan {
        Scan::Voided | Scan::Notice => return None,
        Scan::Label => ("GX", "Shipping Label Created, USPS Awaiting Item", "Pre-Shipment"),
        Scan::PickedUp => ("03", "USPS in possession of item", "Accepted"),
        Scan::Departed => ("SF", "Departed Post Office", "In Transit"),
        Scan::Arrived => ("A1", "Arrived at USPS Regional Facility", "In Transit"),
        Scan::Customs => ("IC", "Inbound Into Customs", "In Transit"),
        Scan::CustomsCleared => ("B1", "Inbound Out of Customs", "In Transit"),
        Scan::OutForDelivery => ("OF", "Out for Delivery", "Out for Delivery"),
        Scan::Attempted => ("02", "Notice Left (No Authorized Recipient Available)", "Delivery Attempt"),
        Scan::AtCounter => ("14", "Available for Pickup", "Available for Pickup"),
        Scan::Delivered => ("01", "Delivered, Front Door/Porch", "Delivered"),
        Scan::Returning => ("29", "Return to Sender", "Alert"),
        Scan::Returned => ("29", "Delivered, To Original Sender", "Delivered"),
        Scan::Damaged => ("DN", "Damaged in Transit", "Alert"),
        Scan::Lost => ("DP", "Item Disposed of", "Alert"),
    })
}

fn or_null(text: &str) -> Value {
    if text.is_empty() { Value::Null } else { json!(text) }
}

/// The country is named only where it is not the United States.
fn country(place: &SandboxPlace) -> Value {
    match place.country {
        Some(country) if country.as_str() != "US" => json!(country.as_str()),
        _ => Value::Null,
    }
}

fn event(step: &Step, signed_by: Option<&String>) -> Option<Value> {
    let (code, kind, _) = words(step.scan)?;
    let clock = Offset::from_seconds(step.place.offset_minutes * 60).unwrap_or(Offset::UTC);
    let minutes = step.place.offset_minutes;
    let sign = if minutes < 0 { '-' } else { '+' };
    Some(json!({
        "eventType": kind,
        "eventTimestamp": clock.to_datetime(step.at).strftime("%Y-%m-%dT%H:%M:00").to_string(),
        "GMTTimestamp": Offset::UTC.to_datetime(step.at).strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "GMTOffset": format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60),
        "eventCountry": country(&step.place),
        "eventCity": or_null(&step.place.city),
        "eventState": or_null(&step.place.region),
        "eventZIP": or_null(&step.place.postal_code),
        "firm": null,
        "name": signed_by.filter(|_| step.scan == Scan::Delivered),
        "authorizedAgent": "false",
        "eventCode": code,
        "additionalProp": null,
    }))
}

fn piece(parcel: &Parcel, world: &dyn World) -> Option<Value> {
    let told: Vec<&Step> = parcel.happened(world.now()).filter(|step| words(step.scan).is_some()).collect();
    let newest = told.last()?;
    let (_, status, category) = words(newest.scan)?;
    Some(json!({
        "trackingNumber": parcel.tracking_number,
        "mailClass": format!("{}<SUP>&#153;</SUP>", parcel.service),
        "mailType": "DM",
        "accessControl": "FREE",
        "emailEnabled": "true",
        "status": status,
        "statusCategory": category,
        "statusSummary": format!("Your item: {status}."),
        "originCity": or_null(&parcel.origin.city),
        "originState": or_null(&parcel.origin.region),
        "originZIP": or_null(&parcel.origin.postal_code),
        "originCountry": parcel.origin.country.map(|c| c.to_string()),
        "destinationCity": or_null(&parcel.destination.city),
        "destinationState": or_null(&parcel.destination.region),
        "destinationZIP": or_null(&parcel.destination.postal_code),
        "destinationCountryCode": parcel.destination.country.map(|c| c.to_string()),
        "trackingEvents":
            told.iter().rev().filter_map(|step| event(step, parcel.signed_by.as_ref())).collect::<Vec<_>>(),
    }))
}
