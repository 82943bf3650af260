//! The request to Canada Post's web service Get Tracking Details, by its documentation, read 2026-11-23.

use crate::contract::{Ask, HeaderValue, Request};

/// Asks for one PIN.
pub fn track(ask: &Ask) -> Request {
    let pin: String = url::form_urlencoded::byte_serialize(ask.tracking_number.as_bytes()).collect();
    let plain = |text: &str| HeaderValue::Plain(text.to_owned());
    Request::get(format!("/vis/track/pin/{pin}/detail"))
        .header("Authorization", HeaderValue::Basic { user: "user", password: "password" })
        .header("Accept", plain("application/vnd.cpc.track-v2+xml"))
        .header("Accept-Language", plain("en-CA"))
}
