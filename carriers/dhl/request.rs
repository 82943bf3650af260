//! The request to DHL Shipment Tracking - Unified, by its reference, read 2026-11-23.

use crate::contract::{Ask, HeaderValue, Request};

/// Asks for one number. The division is named wherever the number's format tells it: without it DHL may answer with
/// another division's shipment of the same number. The recipient's postal code unlocks details of parcels.
pub fn track(ask: &Ask) -> Request {
    let mut request = Request::get("/track/shipments").query("trackingNumber", &ask.tracking_number);
    if let Some(service) = ask.format.as_deref().and_then(service_of) {
        request = request.query("service", service);
    }
    if let Some(code) = &ask.destination_postal_code {
        request = request.query("recipientPostalCode", code);
    }
    request.query("language", "en").header("DHL-API-Key", HeaderValue::Secret("api_key"))
}

/// The division that issues numbers of a format, where it is sure: asked about another division's number DHL answers
/// that it finds none, and that would be taken for the truth. Piece ids and licence plates are shared by divisions.
fn service_of(format: &str) -> Option<&'static str> {
    match format.strip_prefix("dhl.")? {
        "express" => Some("express"),
        format if format.starts_with("paket") => Some("parcel-de"),
        format if format.starts_with("ecommerce") => Some("ecommerce"),
        _ => None,
    }
}
