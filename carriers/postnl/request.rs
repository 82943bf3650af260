//! The request to PostNL's Shipping Status API v2, by its documentation, read 2026-11-23.

use crate::contract::{Ask, HeaderValue, Request};

/// Asks for one barcode, with its events.
pub fn track(ask: &Ask) -> Request {
    let barcode: String = url::form_urlencoded::byte_serialize(ask.tracking_number.as_bytes()).collect();
    Request::get(format!("/shipment/v2/status/barcode/{barcode}"))
        .query("detail", "true")
        .query("language", "EN")
        .header("apikey", HeaderValue::Secret("api_key"))
        .header("Accept", HeaderValue::Plain("application/json".to_owned()))
}
