//! The request to DHL's Parcel DE Tracking, by its reference, read 2026-11-23: XML in a query field, with credentials of
//! the application in it beside those of the API in the header.

use crate::contract::{Ask, HeaderValue, Request, Template};

/// Asks for one piece code, with its events, in English.
pub fn track(ask: &Ask) -> Request {
    let xml = Template::default()
        .text("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?><data appname=\"")
        .secret_in_xml("app_name")
        .text("\" language-code=\"en\" password=\"")
        .secret_in_xml("app_password")
        .text(format!(
            "\" piece-code=\"{}\" request=\"d-get-piece-detail\"/>",
            escaped(&ask.tracking_number)
        ));
    Request::get("/parcel/de/tracking/v0/shipments")
        .query("xml", xml)
        .header("Authorization", HeaderValue::Basic { user: "api_key", password: "api_secret" })
        .header("Accept", HeaderValue::Plain("application/xml".to_owned()))
}

/// Only what a number consists of. Anything else could end the attribute or, as a semicolon, begin another number.
fn escaped(number: &str) -> String {
    number.chars().filter(char::is_ascii_alphanumeric).collect()
}
