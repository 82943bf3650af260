//! The documentation's receiver in Rust for `v1`, word for word.

pub fn receive(secret: &str, headers: &http::HeaderMap, raw_body: &[u8]) -> Option<()> {
    standardwebhooks::Webhook::new(secret).ok()?.verify(raw_body, headers).ok()
}
