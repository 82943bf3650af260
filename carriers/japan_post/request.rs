//! The request for Japan Post's page of one number, in English, as its own search form makes it, seen 2026-11-23.

use crate::contract::{Ask, Request};

/// Asks for one number.
pub fn page(ask: &Ask) -> Request {
    Request::get("/services/srv/search/direct")
        .query("reqCodeNo1", &ask.tracking_number)
        .query("locale", "en")
}
