//! The documentation's receiver in Rust for `v1a`, word for word.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ed25519_dalek::{Signature, VerifyingKey};

pub fn receive(public_key: &str, headers: &http::HeaderMap, raw_body: &[u8], now: i64) -> Option<()> {
    let header = |name| headers.get(name)?.to_str().ok();
    let (id, time) = (header("webhook-id")?, header("webhook-timestamp")?);
    if now.abs_diff(time.parse().ok()?) > 300 {
        return None; // too old, or from the future
    }
    let key = STANDARD.decode(public_key.strip_prefix("whpk_")?).ok()?;
    let key = VerifyingKey::from_bytes(&key.try_into().ok()?).ok()?;
    let signed = [id.as_bytes(), b".", time.as_bytes(), b".", raw_body].concat();
    let tokens = header("webhook-signature")?.split(' ').filter_map(|token| token.strip_prefix("v1a,"));
    let mut signatures = tokens.filter_map(|text| Signature::from_slice(&STANDARD.decode(text).ok()?).ok());
    signatures.any(|signature| key.verify_strict(&signed, &signature).is_ok()).then_some(())
}
