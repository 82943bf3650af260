//! The answers of China EMS' open platform as they come over the wire: an envelope, in it the events as JSON text or
//! as an object. Of the envelope little is certain, so it is read with patience.

use serde::Deserialize;
use serde_json::Value;

use crate::foreign::{Needed, text};

/// Whether a body looks like an answer of the open platform.
pub fn recognizes(body: &[u8]) -> bool {
    let body = String::from_utf8_lossy(body);
    body.contains("\"retCode\"") || body.contains("\"responseItems\"")
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Envelope {
    #[serde(deserialize_with = "text")]
    pub ret_code: Option<String>,
    #[serde(deserialize_with = "text")]
    pub ret_msg: Option<String>,
    pub ret_body: Value,
    pub response_items: Value,
}

/// What is told in the envelope, where it is told as a list.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Items {
    pub response_items: Vec<Needed<Event>>,
}

/// Names and numbers of couriers are personal data and are not read.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Event {
    #[serde(alias = "traceNo", deserialize_with = "text")]
    pub waybill_no: Option<String>,
    #[serde(deserialize_with = "text")]
    pub op_time: Option<String>,
    #[serde(deserialize_with = "text")]
    pub op_code: Option<String>,
    /// The real code, where `opCode` is a coarse one.
    #[serde(deserialize_with = "text")]
    pub op_state_code: Option<String>,
    #[serde(deserialize_with = "text")]
    pub op_name: Option<String>,
    #[serde(deserialize_with = "text")]
    pub op_desc: Option<String>,
    #[serde(deserialize_with = "text")]
    pub op_org_prov_name: Option<String>,
    #[serde(deserialize_with = "text")]
    pub op_org_city: Option<String>,
    #[serde(deserialize_with = "text")]
    pub deliver_code: Option<String>,
    #[serde(deserialize_with = "text")]
    pub attempt_delivery_code: Option<String>,
    #[serde(deserialize_with = "text")]
    pub product_name: Option<String>,
}

impl Event {
    /// The code that says what happened.
    pub fn code(&self) -> Option<&str> {
        self.op_state_code.as_deref().or(self.op_code.as_deref())
    }
}
