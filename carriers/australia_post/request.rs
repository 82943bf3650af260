//! The request to Australia Post's Track Items, by its documentation, read 2026-11-23.

use crate::contract::{Ask, HeaderValue, Request};

/// Asks for one number.
pub fn track(ask: &Ask) -> Request {
    Request::get("/shipping/v1/track")
        .query("tracking_ids", &ask.tracking_number)
        .header("Authorization", HeaderValue::Basic { user: "api_key", password: "password" })
        .header("Account-Number", HeaderValue::Secret("account_number"))
        .header("Accept", HeaderValue::Plain("application/json".to_owned()))
}
