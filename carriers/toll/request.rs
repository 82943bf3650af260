//! The request to the track and trace of Team Global Express, as two customers' programs send it, read 2026-11-23.

use serde_json::Value;

use crate::contract::{Ask, Content, HeaderValue, Request, Template};

/// The division that is asked. No other's name is known.
const BUSINESS: &str = "IPEC";

/// Asks for one consignment. Who sends the message is part of it; both names are issued to the customer.
pub fn track(ask: &Ask) -> Request {
    let quoted = |text: &str| Value::from(text).to_string();
    let created = ask.asked_at.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string();
    let search = format!(r#"{{"Value":{},"BusinessID":"{BUSINESS}"}}"#, quoted(&ask.tracking_number));
    let message = Template::default()
        .text(r#"{"TollMessage":{"Header":{"MessageVersion":"1.0","MessageIdentifier":"#)
        .text(quoted(&ask.request_id))
        .text(format!(
            r#","CreateTimestamp":"{created}","DocumentType":"TrackAndTrace","Environment":"PRD","#
        ))
        .text(r#""SourceSystemCode":""#)
        .secret("source_system_code")
        .text(r#"","MessageSender":""#)
        .secret("message_sender")
        .text(r#"","MessageReceiver":"TOLL"},"TrackAndTrace":{"Request":{"SearchTexts":{"SearchText":["#)
        .text(search)
        .text("]}}}}}");
    let path = "/gateway/TollMessageTrackAndTraceRestService/1.0/tom/enquireTrackTrace";
    Request::post(path, Content::Json(message))
        .header("Authorization", HeaderValue::Basic { user: "username", password: "password" })
        .header("Accept", HeaderValue::Plain("application/json".to_owned()))
}
