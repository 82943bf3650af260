//! The requests for Korea Post's pages, as its own search forms make them, seen 2026-11-23.

use crate::contract::{Ask, Request};

/// Asks for one number: thirteen digits are a parcel in Korea, all else is an item abroad.
pub fn track(ask: &Ask) -> Request {
    let number = &ask.tracking_number;
    if number.bytes().all(|b| b.is_ascii_digit()) {
        Request::get("/trace.RetrieveDomRigiTraceList.comm").query("sid1", number)
    } else {
        Request::get("/trace.RetrieveEmsRigiTraceList.comm")
            .query("POST_CODE", number)
            .query("displayHeader", "N")
    }
}
