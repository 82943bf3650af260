//! Bytes with a strong entity tag, so that a client that has them gets 304.

use std::convert::Infallible;

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::response::Response;
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, StatusCode, header};

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
    pub fn respond(&self, had: &Had, control: &'static str) -> Response {
        let had = had.is(&self.etag);
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

/// What the client says that it has.
#[derive(Debug, Default)]
pub struct Had(Option<HeaderValue>);

impl Had {
    /// Whether that is the content with this tag.
    pub fn is(&self, etag: &HeaderValue) -> bool {
        self.0.as_ref().and_then(|tags| tags.to_str().ok()).is_some_and(|tags| {
            let mine = etag.to_str().unwrap_or_default();
            tags.trim() == "*" || tags.split(',').any(|tag| tag.trim().trim_start_matches("W/") == mine)
        })
    }
}

impl<S: Sync> FromRequestParts<S> for Had {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(parts.headers.get(header::IF_NONE_MATCH).cloned()))
    }
}
