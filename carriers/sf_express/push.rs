//! SF Express route push: a form with the routes as JSON in `msgData`, and a digest over it, the time and the check word
//! (public programs that receive it, read 2026-11-23: reconstructed). Routes come one by one, several times, in any
//! order.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::contract::{Proof, Push};

/// How SF Express pushes.
pub const PUSH: Push = Push {
    source: "sf_express.routes",
    proof: Proof::Md5OfForm { digest: "msgDigest", over: ["msgData", "timestamp"] },
    whole: false,
    as_answer,
    thanks: r#"{"return_code":"0000","return_msg":"OK"}"#,
};

fn as_answer(message: &[u8]) -> Option<Vec<u8>> {
    let (_, data) = url::form_urlencoded::parse(message).find(|(name, _)| name == "msgData")?;
    let data: Value = serde_json::from_str(&data).ok()?;
    let body = data.get("Body").unwrap_or(&data);
    let routes = match body.get("WaybillRoute").unwrap_or(body) {
        Value::Array(routes) => routes.clone(),
        route @ Value::Object(_) => vec![route.clone()],
        _ => return None,
    };
    let mut of_waybill: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for route in routes {
        let number = ["mailno", "mailNo", "MAIL_NO"].iter().find_map(|name| route.get(name)?.as_str())?;
        of_waybill.entry(number.to_owned()).or_default().push(route.clone());
    }
    let waybills: Vec<Value> = of_waybill
        .into_iter()
        .map(|(number, routes)| json!({ "mailNo": number, "routes": routes }))
        .collect();
    let data = json!({ "success": true, "errorCode": "S0000", "msgData": { "routeResps": waybills } });
    serde_json::to_vec(&json!({ "apiResultCode": "A1000", "apiResultData": data })).ok()
}
