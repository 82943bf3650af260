//! The signed request to SF Express' open platform, by its documents on the digest signature and on
//! EXP_RECE_SEARCH_ROUTES, read 2026-11-23.

use serde_json::Value;

use crate::contract::{Ask, Content, Digest, Request, Template};

/// The service that tells routes.
const SERVICE: &str = "EXP_RECE_SEARCH_ROUTES";

/// Asks for one waybill. What is signed is the very text that is sent as `msgData`, the time in milliseconds and the
/// checkword. The words come in Chinese, since only the Chinese ones tell a locker from a recipient. The telephone
/// number that SF wants for others' waybills is not known here.
pub fn routes(ask: &Ask) -> Request {
    let number = Value::from(ask.tracking_number.as_str());
    let data =
        format!(r#"{{"language":"0","trackingType":"1","trackingNumber":[{number}],"methodType":"1"}}"#);
    let timestamp = ask.asked_at.as_millisecond().to_string();
    let signed = Template::from(&data).text(&timestamp).secret("checkword");
    let fields = vec![
        ("partnerID", Template::default().secret("partner_id")),
        ("requestID", (&ask.request_id).into()),
        ("serviceCode", SERVICE.into()),
        ("timestamp", timestamp.into()),
        ("msgDigest", Template::default().digest(Digest::Md5OfFormEncoded, signed)),
        ("msgData", data.into()),
    ];
    Request::post("/std/service", Content::Form(fields))
}
