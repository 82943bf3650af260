//! The request to China EMS' open platform, as its contract customers' public programs make it, read 2026-11-23.

use serde_json::Value;

use crate::contract::{Ask, Cipher, Content, Request, Template};

/// The interface that answers track queries.
const TRACK: &str = "040001";

/// What stands before the ciphertext.
const PREFIX: &str = "|$4|";

/// Asks for one item. What is encrypted is the question with the key's own text after it; the time is China's, whatever
/// the clock here. The field's name is spelt as the platform spells it.
pub fn track(ask: &Ask) -> Request {
    let number = Value::from(ask.tracking_number.as_str());
    let question = Template::from(format!(r#"{{"waybillNo":{number}}}"#)).secret("sign_key");
    let time = jiff::tz::offset(8).to_datetime(ask.asked_at).strftime("%Y-%m-%d %H:%M:%S").to_string();
    let fields = vec![
        ("apiCode", TRACK.into()),
        ("senderNo", Template::default().secret("sender_no")),
        ("authorization", Template::default().secret("authorization")),
        ("msgType", "0".into()),
        ("timeStamp", time.into()),
        ("version", "V1.0.0".into()),
        ("logitcsInterface", Template::from(PREFIX).encrypted(Cipher::Sm4Ecb, "sign_key", question)),
    ];
    Request::post("/amp-prod-api/f/amp/api/open", Content::Form(fields))
}
