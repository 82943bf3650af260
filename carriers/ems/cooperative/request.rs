//! The request for the EMS Cooperative's page of one item, in English, as its own form makes it, seen 2026-11-23.

use crate::contract::{Ask, Request};

/// Asks for one item.
pub fn track(ask: &Ask) -> Request {
    Request::get("/api/publicTracking/track").query("language", "EN").query("itemId", &ask.tracking_number)
}
