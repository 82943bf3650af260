//! FedEx's side of the wire, written from the OpenAPI documents of its Track API and Authorization API (read
//! 2026-11-23) and from answers that others recorded. Shares nothing with the parser.

use jiff::Timestamp;
use jiff::tz::Offset;
use serde_json::{Value, json};

use crate::contract::sandbox::{
    Parcel, Refusal, Sandbox, SandboxPlace, SandboxRequest, SandboxResponse, Scan, Step, World,
};

/// How long a token holds, as FedEx documents it.
const TOKEN_SECONDS: i64 = 3_599;

/// A token says when it ends, so that the sandbox need not remember it.
const TOKEN_PREFIX: &str = "sbx.";

/// Numbers in one request, at most.
const NUMBERS_MAX: usize = 30;

/// Days from the label to the estimated delivery.
const ESTIMATED_DAYS: i64 = 5;

/// FedEx, imitated.
pub fn sandbox() -> Box<dyn Sandbox> {
    Box::new(FedEx)
}

struct FedEx;

impl Sandbox for FedEx {
    fn source(&self) -> &'static str {
        "fedex.track"
    }

    fn respond(&self, request: &SandboxRequest, world: &dyn World) -> SandboxResponse {
        match (request.method.as_str(), request.path.as_str()) {
            ("POST", "/oauth/token") => token(request, world.now()),
            ("POST", "/track/v1/trackingnumbers") => track(request, world),
            _ => error(404, "NOT.FOUND.ERROR", "The resource you requested is no longer available."),
        }
    }

    fn refuse(&self, refusal: Refusal) -> SandboxResponse {
        match refusal {
            Refusal::RateLimited => error(429, "TOO.MANY.REQUESTS.ERROR", "Too many requests."),
            Refusal::Unavailable => error(503, "SERVICE.UNAVAILABLE.ERROR", "The service is unavailable."),
            Refusal::Unauthorized => error(401, "NOT.AUTHORIZED.ERROR", "Access token expired."),
        }
    }
}

fn answer(status: u16, body: &Value) -> SandboxResponse {
    SandboxResponse { status, content_type: "application/json", body: body.to_string().into_bytes() }
}

fn error(status: u16, code: &str, message: &str) -> SandboxResponse {
    let body = json!({
        "transactionId": "00000000-0000-4000-8000-00000000000e",
        "errors": [{"code": code, "message": message}],
    });
    answer(status, &body)
}

fn token(request: &SandboxRequest, now: Timestamp) -> SandboxResponse {
    let fields: Vec<_> = url::form_urlencoded::parse(&request.body).collect();
    let has = |name: &str, value: &str| fields.iter().any(|(n, v)| n == name && v == value);
    if !has("grant_type", "client_credentials") {
        return error(400, "BAD.REQUEST.ERROR", "Missing or duplicate parameters.");
    }
    if !has("client_id", "sandbox-client_id") || !has("client_secret", "sandbox-client_secret") {
        return error(401, "NOT.AUTHORIZED.ERROR", "The given client credentials were not valid.");
    }
    answer(
        200,
        &json!({
            "access_token": format!("{TOKEN_PREFIX}{}", now.as_second() + TOKEN_SECONDS),
            "token_type": "bearer",
            "expires_in": TOKEN_SECONDS,
            "scope": "CXS",
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

fn track(request: &SandboxRequest, world: &dyn World) -> SandboxResponse {
    if !is_let_in(request, world.now()) {
        return error(401, "NOT.AUTHORIZED.ERROR", "Access token expired.");
    }
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let numbers = body["trackingInfo"].as_array().map(Vec::as_slice).unwrap_or_default();
    let numbers: Vec<&str> =
        numbers.iter().filter_map(|n| n["trackingNumberInfo"]["trackingNumber"].as_str()).collect();
    if numbers.is_empty() || numbers.len() > NUMBERS_MAX || numbers.contains(&"") {
        return error(400, "TRACKING.TRACKINGNUMBER.EMPTY", "Please provide tracking number.");
    }
    let in_detail = body["includeDetailedScans"] == json!(true);
    let results: Vec<Value> = numbers.iter().map(|number| of_number(number, in_detail, world)).collect();
    answer(
        200,
        &json!({
            "transactionId": "00000000-0000-4000-8000-000000000001",
            "customerTransactionId": request.header("x-customer-transaction-id").unwrap_or_default(),
            "output": {"completeTrackResults": results},
        }),
    )
}

fn of_number(number: &str, in_detail: bool, world: &dyn World) -> Value {
    let told = world.parcel(number).and_then(|parcel| result(parcel, in_detail, world.now()));
    let result = told.unwrap_or_else(|| {
        json!({
            "trackingNumberInfo": {
                "trackingNumber": number, "trackingNumberUniqueId": "", "carrierCode": "",
            },
            "error": {
                "code": "TRACKING.TRACKINGNUMBER.NOTFOUND",
                "message": "Tracking number cannot be found. Please correct the tracking number and try again.",
            },
        })
    });
    json!({"trackingNumber": number, "trackResults": [result]})
}

/// eventType, derived code, text, exceptionCode. FedEx has no code of its own for what came back or was lost.
fn words(scan: Scan) -> [&'static str; 4] {
    match scan {
        Scan::Label => ["OC", "IN", "Shipment information sent to FedEx", ""],
        Scan::Voided => ["CA", "CA", "Shipment cancelled by sender", ""],
        Scan::PickedUp => ["PU", "PU", "Picked up", ""],
        Scan::Departed => ["DP", "IT", "Left FedEx origin facility", ""],
        Scan::Arrived => ["AR", "IT", "Arrived at FedEx location", ""],
        Scan::Customs => ["CP", "IT", "Clearance in progress", ""],
        Scan::CustomsCleared => ["CC", "IT", "International shipment release - Import", ""],
        Scan::OutForDelivery => ["OD", "IT", "On FedEx vehicle for delivery", ""],
        Scan::Attempted => ["DE", "DE", "Delivery exception", "08"],
        Scan::AtCounter => ["HL", "HL", "Ready for recipient pickup", ""],
        Scan::Delivered | Scan::Returned => ["DL", "DL", "Delivered", ""],
        Scan::Returning => ["RS", "RS", "Returning package to shipper", ""],
        Scan::Damaged | Scan::Lost => ["SE", "SE", "Shipment exception", "A12"],
        Scan::Notice => ["RR", "IT", "Delivery option requested", ""],
    }
}

fn address(place: &SandboxPlace) -> Value {
    let mut address = json!({"residential": false});
    let country = place.country.map(|c| c.to_string()).unwrap_or_default();
    let fields = [("city", &place.city), ("stateOrProvinceCode", &place.region), ("countryCode", &country)];
    for (name, value) in fields {
        if !value.is_empty() {
            address[name] = json!(value);
        }
    }
    address
}

fn time(at: Timestamp, place: &SandboxPlace) -> String {
    let offset = Offset::from_seconds(place.offset_minutes * 60).unwrap_or(Offset::UTC);
    let minutes = place.offset_minutes;
    let sign = if minutes < 0 { '-' } else { '+' };
    let local = offset.to_datetime(at).strftime("%Y-%m-%dT%H:%M:%S");
    format!("{local}{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
}

/// What came back is delivered where the shipper is.
fn place_of<'a>(parcel: &'a Parcel, step: &'a Step) -> &'a SandboxPlace {
    if step.scan == Scan::Returned { &parcel.origin } else { &step.place }
}

fn scan_event(parcel: &Parcel, step: &Step) -> Value {
    let [code, derived, text, exception] = words(step.scan);
    let place = place_of(parcel, step);
    let mut location = address(place);
    if !place.postal_code.is_empty() {
        location["postalCode"] = json!(place.postal_code);
    }
    let reason = if exception.is_empty() { "" } else { "Customer not available or business closed" };
    json!({
        "date": time(step.at, place),
        "eventType": code,
        "eventDescription": text,
        "exceptionCode": exception,
        "exceptionDescription": reason,
        "scanLocation": location,
        "derivedStatusCode": derived,
        "derivedStatus": text,
    })
}

fn result(parcel: &Parcel, in_detail: bool, now: Timestamp) -> Option<Value> {
    let steps: Vec<&Step> = parcel.happened(now).collect();
    let (first, newest) = (steps.first()?, steps.last()?);
    // A notice does not become the latest status.
    let stands = steps.iter().rev().find(|s| s.scan != Scan::Notice).unwrap_or(newest);
    let [code, derived, text, _] = words(stands.scan);
    let shown = if in_detail { steps.as_slice() } else { std::slice::from_ref(newest) };
    let events: Vec<Value> = shown.iter().rev().map(|step| scan_event(parcel, step)).collect();
    let grams = f64::from(parcel.weight_grams);
    let day = Offset::UTC.to_datetime(first.at).date();
    let due = day.saturating_add(jiff::Span::new().days(ESTIMATED_DAYS));
    let mut dates = vec![json!({"type": "SHIP", "dateTime": format!("{day}T00:00:00-06:00")})];
    let mut details = json!({"deliveryAttempts": "0"});
    if let Some(step) = steps.iter().rev().find(|s| matches!(s.scan, Scan::Delivered | Scan::Returned)) {
        dates.push(json!({"type": "ACTUAL_DELIVERY", "dateTime": time(step.at, place_of(parcel, step))}));
        if let Some(name) = &parcel.signed_by {
            details["receivedByName"] = json!(name);
        }
        details["locationDescription"] = json!("Front Door");
    } else {
        dates.push(json!({"type": "ESTIMATED_DELIVERY", "dateTime": format!("{due}T00:00:00-06:00")}));
    }
    Some(json!({
        "trackingNumberInfo": {
            "trackingNumber": parcel.tracking_number,
            "trackingNumberUniqueId": format!("12061~{}~FDEG", parcel.tracking_number),
            "carrierCode": "FDXG",
        },
        "shipperInformation": {"contact": {}, "address": address(&parcel.origin)},
        "recipientInformation": {"contact": {}, "address": address(&parcel.destination)},
        "latestStatusDetail": {
            "code": code, "derivedCode": derived, "statusByLocale": text, "description": text,
            "scanLocation": address(place_of(parcel, stands)),
        },
        "dateAndTimes": dates,
        "packageDetails": {
            "sequenceNumber": "1",
            "count": "1",
            "weightAndDimensions": {"weight": [
                {"value": format!("{:.2}", grams / 453.592_37), "unit": "LB"},
                {"value": format!("{:.2}", grams / 1000.0), "unit": "KG"},
            ]},
        },
        "scanEvents": events,
        "deliveryDetails": details,
        "serviceDetail": {"type": "FEDEX_GROUND", "description": parcel.service, "shortDescription": "FG"},
        "estimatedDeliveryTimeWindow": {"window": {}},
    }))
}
