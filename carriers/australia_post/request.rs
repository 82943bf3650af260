//! The request to Australia Post's Track Items, by its documentation, read 2026-11-23.

use crate::contract::{Ask, Batch, HeaderValue, Request};

/// Several numbers in one request, with commas between.
pub const BATCH: Batch = Batch { max: 10, request: track_all };

/// Asks for one number.
pub fn track(ask: &Ask) -> Request {
    track_all(std::slice::from_ref(ask))
}

fn track_all(asks: &[Ask]) -> Request {
    let numbers: Vec<&str> = asks.iter().map(|ask| ask.tracking_number.as_str()).collect();
    Request::get("/shipping/v1/track")
        .query("tracking_ids", numbers.join(","))
        .header("Authorization", HeaderValue::Basic { user: "api_key", password: "password" })
        .header("Account-Number", HeaderValue::Secret("account_number"))
        .header("Accept", HeaderValue::Plain("application/json".to_owned()))
}
