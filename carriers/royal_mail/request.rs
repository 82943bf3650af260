//! The request to Royal Mail's Tracking API v2, by its OpenAPI document, read 2026-11-23.

use crate::contract::{Ask, HeaderValue, Request};

/// Asks for the events of one item. Without the terms header every request is refused. Signatures are a request of
/// their own that no check needs.
pub fn track(ask: &Ask) -> Request {
    let number: String = url::form_urlencoded::byte_serialize(ask.tracking_number.as_bytes()).collect();
    let plain = |text: &str| HeaderValue::Plain(text.to_owned());
    Request::get(format!("/mailpieces/v2/{number}/events"))
        .header("X-IBM-Client-Id", HeaderValue::Secret("client_id"))
        .header("X-IBM-Client-Secret", HeaderValue::Secret("client_secret"))
        .header("X-Accept-RMG-Terms", plain("yes"))
        .header("Accept", plain("application/json"))
}
