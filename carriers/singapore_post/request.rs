//! The request to the service behind Singapore Post's tracking page, as the page makes it, seen 2026-11-23.

use serde_json::json;

use crate::contract::{Ask, Content, HeaderValue, Request};

/// Asks for one number.
pub fn track(ask: &Ask) -> Request {
    let body = json!({"trackingNumber": ask.tracking_number}).to_string();
    Request::post("/api/services/track-events", Content::Json(body.into()))
        .header("Accept", HeaderValue::Plain("application/json".to_owned()))
}
