//! Bytes with a strong entity tag, so that a client that has them gets 304.

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};

/// A JSON document, made once, served many times.
#[derive(Debug, Clone)]
pub struct Document {
    bytes: Bytes,
    etag: HeaderValue,
}

impl Document {
    /// A document with the tag of its content.
    pub fn new(bytes: Vec<u8>) -> Self {
        let hash = crate::secrets::sha256_hex(&bytes);
        let etag = HeaderValue::from_str(&format!("\"{}\"", &hash[..32]))
            .unwrap_or_else(|_| unreachable!("hexadecimal digits can stand in a header"));
        Self { bytes: Bytes::from(bytes), etag }
    }

    /// 304 where the client has it already, else the document. `control` says how long the client may keep it.
    pub fn respond(&self, asked: &HeaderMap, control: &'static str) -> Response {
        let had = client_has(asked, &self.etag);
        let body = if had { Body::empty() } else { Body::from(self.bytes.clone()) };
        let mut response = Response::new(body);
        let headers = response.headers_mut();
        headers.insert(header::ETAG, self.etag.clone());
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(control));
        if had {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        } else {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        response
    }
}

/// Whether the client says that it has the content with this tag.
pub fn client_has(asked: &HeaderMap, etag: &HeaderValue) -> bool {
    asked.get(header::IF_NONE_MATCH).and_then(|v| v.to_str().ok()).is_some_and(|tags| {
        let mine = etag.to_str().unwrap_or_default();
        tags.trim() == "*" || tags.split(',').any(|tag| tag.trim().trim_start_matches("W/") == mine)
    })
}
