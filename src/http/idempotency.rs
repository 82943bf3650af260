//! `Idempotency-Key`: a request is carried out once however often it is sent. The record is written in the transaction
//! of the effect itself, so that a crash can never separate them.

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use jiff::Timestamp;

use super::auth::Caller;
use super::problem::Problem;
use super::state::App;
use crate::ids::KeyId;
use crate::secrets::sha256_hex;
use crate::store::IdempotencyRecord;

/// The request's header.
pub const HEADER: &str = "idempotency-key";
/// The answer's header that marks a repeated answer.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// Longest key, in bytes.
const KEY_BYTES_MAX: usize = 255;

/// A request that carries a key.
#[derive(Debug, Clone)]
pub struct Once {
    key: KeyId,
    idempotency_key: String,
    request_sha256: String,
    at: Timestamp,
}

impl Once {
    /// The request's key, where it has one.
    pub fn of(
        app: &App,
        caller: &Caller,
        headers: &HeaderMap,
        address: &str,
        body: &[u8],
    ) -> Result<Option<Self>, Problem> {
        let Some(value) = headers.get(HEADER) else { return Ok(None) };
        let text = value.to_str().ok().map(str::trim).filter(|t| !t.is_empty() && t.len() <= KEY_BYTES_MAX);
        let text = text.ok_or_else(|| {
            let detail = format!("`Idempotency-Key` is 1 to {KEY_BYTES_MAX} visible ASCII characters");
            Problem::bad_request("bad_idempotency_key", detail)
        })?;
        let request = [address.as_bytes(), b"\n", body].concat();
        Ok(Some(Self {
            key: caller.key.id.clone(),
            idempotency_key: text.to_owned(),
            request_sha256: sha256_hex(&request),
            at: app.gateway.now(),
        }))
    }

    /// The record of this request with its answer.
    pub fn record(&self, status: StatusCode, body: &str) -> IdempotencyRecord {
        IdempotencyRecord {
            key: self.key.clone(),
            idempotency_key: self.idempotency_key.clone(),
            request_sha256: self.request_sha256.clone(),
            status: status.as_u16(),
            body: body.to_owned(),
            at: self.at,
        }
    }

    /// The recorded answer, where the request was carried out before.
    pub async fn replay(&self, app: &App) -> Result<Option<Response>, Problem> {
        self.replay_as(app, |body| body).await
    }

    /// The same, its body completed with what may not be recorded.
    pub async fn replay_as(
        &self,
        app: &App,
        complete: impl FnOnce(String) -> String,
    ) -> Result<Option<Response>, Problem> {
        let found = app.gateway.store.idempotency(self.key.clone(), self.idempotency_key.clone()).await?;
        let Some(record) = found else { return Ok(None) };
        if record.request_sha256 != self.request_sha256 {
            let detail =
                "this idempotency key was used with another request; use a new key for a new request";
            return Err(Problem::invalid("idempotency_key_reused", detail));
        }
        let status = StatusCode::from_u16(record.status).unwrap_or(StatusCode::OK);
        let mut response = json_text(status, complete(record.body));
        response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
        Ok(Some(response))
    }
}

/// The answer to a request that failed: where the very same request was carried out meanwhile (a client that sent it
/// twice at once), it failed for that reason, and the answer is the recorded one.
pub async fn failed(app: &App, once: Option<&Once>, problem: Problem) -> Result<Response, Problem> {
    match once {
        Some(once) => once.replay(app).await?.ok_or(problem),
        None => Err(problem),
    }
}

/// An answer of JSON text.
pub fn json_text(status: StatusCode, body: String) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}
