//! FedEx Advanced Integrated Visibility: messages of the track result's shape, signed in `fdx-signature` with
//! HMAC-SHA256 over the body, in Base64 or, as the text has it, hexadecimal (developer portal, read 2026-11-23).

use serde_json::{Value, json};

use crate::contract::{Proof, Push};

/// How FedEx pushes.
pub const PUSH: Push = Push {
    source: "fedex.track",
    proof: Proof::HmacSha256 { header: "fdx-signature" },
    whole: true,
    as_answer,
    thanks: "{}",
};

fn as_answer(message: &[u8]) -> Option<Vec<u8>> {
    let message: Value = serde_json::from_slice(message).ok()?;
    let answer = if message.get("output").is_some() {
        message
    } else if message.get("completeTrackResults").is_some() {
        json!({ "output": message })
    } else {
        let number = message.get("trackingNumberInfo")?.get("trackingNumber")?.as_str()?.to_owned();
        let results = json!([{ "trackingNumber": number, "trackResults": [message] }]);
        json!({ "output": { "completeTrackResults": results } })
    };
    serde_json::to_vec(&answer).ok()
}
