//! The answers of SF Express' open platform as they come over the wire: the platform's envelope, in it the service's
//! answer as JSON text (some gateways send it as an object).

use serde::Deserialize;
use serde_json::Value;

use crate::foreign::{accessory, many, text};

/// Whether a body looks like an answer of the open platform.
pub fn recognizes(body: &[u8]) -> bool {
    String::from_utf8_lossy(body).contains("\"apiResultCode\"")
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Envelope {
    #[serde(deserialize_with = "text")]
    pub api_result_code: Option<String>,
    pub api_result_data: Value,
}

/// `routeResps` stands in `msgData`, or beside it.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Answer {
    #[serde(deserialize_with = "text")]
    pub error_code: Option<String>,
    #[serde(deserialize_with = "accessory")]
    pub msg_data: Option<Routed>,
    pub route_resps: Option<RouteResps>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Routed {
    pub route_resps: Option<RouteResps>,
}

#[derive(Deserialize)]
#[serde(transparent)]
pub struct RouteResps(#[serde(deserialize_with = "many")] pub Vec<RouteResp>);

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct RouteResp {
    #[serde(deserialize_with = "text")]
    pub mail_no: Option<String>,
    #[serde(deserialize_with = "text")]
    pub reason_code: Option<String>,
    #[serde(deserialize_with = "many")]
    pub routes: Vec<Route>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Route {
    #[serde(deserialize_with = "text")]
    pub accept_time: Option<String>,
    #[serde(deserialize_with = "text")]
    pub accept_address: Option<String>,
    #[serde(deserialize_with = "text")]
    pub remark: Option<String>,
    #[serde(deserialize_with = "text")]
    pub op_code: Option<String>,
    #[serde(deserialize_with = "text")]
    pub first_status_code: Option<String>,
    #[serde(deserialize_with = "text")]
    pub secondary_status_code: Option<String>,
    /// Why, where the code asks for a reason.
    #[serde(alias = "stayWhyCode", deserialize_with = "text")]
    pub reason_code: Option<String>,
}
