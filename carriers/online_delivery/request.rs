//! The request for the data of Cainiao's tracking page, in English, as the page makes it, seen 2026-11-23.

use crate::contract::{Ask, HeaderValue, Request};

/// Asks for one number.
pub fn track(ask: &Ask) -> Request {
    Request::get("/global/detail.json")
        .query("mailNos", &ask.tracking_number)
        .query("lang", "en-US")
        .query("language", "en-US")
        .header("Accept", HeaderValue::Plain("application/json".to_owned()))
}
