//! The request to La Poste's Suivi v2, by its documentation, read 2026-11-23.

use crate::contract::{Ask, HeaderValue, Request};

/// Asks for one number.
pub fn track(ask: &Ask) -> Request {
    let number: String = url::form_urlencoded::byte_serialize(ask.tracking_number.as_bytes()).collect();
    Request::get(format!("/suivi/v2/idships/{number}"))
        .query("lang", "en_GB")
        .header("X-Okapi-Key", HeaderValue::Secret("api_key"))
        .header("Accept", HeaderValue::Plain("application/json".to_owned()))
}
