//! DHL Shipment Tracking - Unified Push: the subscription names a header and a token, which every message bears (version
//! 1.2, read 2026-11-23). The structure differs by division; read is what is built like an answer of the API.

use serde_json::{Value, json};

use crate::contract::{Proof, Push};

/// How DHL pushes.
pub const PUSH: Push = Push {
    source: "dhl.unified",
    proof: Proof::Secret { header: "x-waygate-token" },
    whole: true,
    as_answer,
    thanks: "{}",
};

fn as_answer(message: &[u8]) -> Option<Vec<u8>> {
    let message: Value = serde_json::from_slice(message).ok()?;
    let shipments = match &message {
        Value::Object(fields) if fields.contains_key("shipments") => fields.get("shipments")?.clone(),
        Value::Object(fields) if fields.contains_key("id") => json!([message]),
        Value::Array(_) => message,
        _ => return None,
    };
    serde_json::to_vec(&json!({ "shipments": shipments })).ok()
}
