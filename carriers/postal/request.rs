//! The request to the Universal Postal Union's Global Track and Trace, by its list of methods, read 2026-11-23.

use crate::contract::{Ask, HeaderValue, Request};

/// Asks for one item, with the events' names in English.
pub fn track(ask: &Ask) -> Request {
    let number: String = url::form_urlencoded::byte_serialize(ask.tracking_number.as_bytes()).collect();
    Request::get(format!("/gtt.api/service.svc/rest/ItemTTWithTrans/{number}/EN"))
        .header("Accept", HeaderValue::Plain("application/json".to_owned()))
}
