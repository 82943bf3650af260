//! The request to MyDHL API. OpenAPI document 3.1.1, read 2026-11-23.

use crate::contract::{Ask, HeaderValue, Request};

/// The version that the document describes.
const API_VERSION: &str = "3.1.0";

/// Asks for one waybill, or for one piece. Offsets are told only where they are asked for, and only for a waybill.
pub fn track(ask: &Ask) -> Request {
    let number: String = url::form_urlencoded::byte_serialize(ask.tracking_number.as_bytes()).collect();
    let request = if is_piece(ask) {
        Request::get("/mydhlapi/tracking").query("pieceTrackingNumber", &ask.tracking_number)
    } else {
        Request::get(format!("/mydhlapi/shipments/{number}/tracking"))
            .query("requestGMTOffsetPerEvent", "true")
    };
    request
        .query("trackingView", "all-checkpoints")
        .query("levelOfDetail", "all")
        .header("Authorization", HeaderValue::Basic { user: "api_key", password: "api_secret" })
        .header("x-version", HeaderValue::Plain(API_VERSION.to_owned()))
        .header("Message-Reference", HeaderValue::Plain(ask.request_id.clone()))
        .header("Accept-Language", HeaderValue::Plain("eng".to_owned()))
}

/// Pieces are numbered JD…, waybills with digits alone.
fn is_piece(ask: &Ask) -> bool {
    ask.tracking_number.starts_with("JD") || ask.tracking_number.starts_with("JJD")
}
