//! The request to the service behind Swiss Post's tracking page, as a public program makes it, read 2026-11-23.

use crate::contract::{Ask, HeaderValue, Request};

/// Asks for the events of one item.
pub fn track(ask: &Ask) -> Request {
    let number: String = url::form_urlencoded::byte_serialize(ask.tracking_number.as_bytes()).collect();
    Request::get(format!("/ekp-web/api/shipment/id/{number}/events"))
        .header("Accept", HeaderValue::Plain("application/json".to_owned()))
}
