//! The request to TNT ExpressConnect Tracking 3.1, by its schema and guide, read 2026-11-23.

use quick_xml::escape::escape;

use crate::contract::{Ask, Batch, Content, HeaderValue, Request};

/// Several consignments in one request.
pub const BATCH: Batch = Batch { max: 50, request: track_all };

/// Asks for one consignment.
pub fn track(ask: &Ask) -> Request {
    track_all(std::slice::from_ref(ask))
}

/// Asks for consignments with all that may be shown. The search is not narrowed by market or origin: neither is
/// known of a number. The path is part of the base address, since the service has moved before.
fn track_all(asks: &[Ask]) -> Request {
    let number = |ask: &Ask| {
        format!("<ConsignmentNumber>{}</ConsignmentNumber>", escape(ask.tracking_number.as_str()))
    };
    let document = format!(
        concat!(
            r#"<?xml version="1.0" encoding="UTF-8" standalone="no"?>"#,
            r#"<TrackRequest locale="en_US" version="3.1">"#,
            "<SearchCriteria>{}</SearchCriteria>",
            r#"<LevelOfDetail><Complete originAddress="true" destinationAddress="true" shipment="true" package="true"/>"#,
            "</LevelOfDetail></TrackRequest>",
        ),
        asks.iter().map(number).collect::<String>()
    );
    Request::post("", Content::Form(vec![("xml_in", document.into())]))
        .header("Authorization", HeaderValue::Basic { user: "username", password: "password" })
        .header("Accept", HeaderValue::Plain("text/xml; charset=UTF-8".to_owned()))
}
