//! The demo's order system: receives webhooks and believes only those with a right signature.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use anyhow::{Context, anyhow};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use http::{HeaderMap, StatusCode};
use serde_json::json;

use crate::clock::{Clock, SystemClock};
use crate::secrets::WebhookSecret;
use crate::webhook::signature::{HEADER_ID, HEADER_SIGNATURE, HEADER_TIMESTAMP, verify};

/// What has arrived.
pub struct Receiver {
    secret: OnceLock<(String, WebhookSecret)>,
    verified: Mutex<BTreeMap<String, usize>>,
    record: Option<Mutex<File>>,
}

impl Receiver {
    /// A receiver that has received nothing.
    pub fn new(record: Option<&Path>) -> anyhow::Result<Self> {
        let open = |path: &Path| File::create(path).with_context(|| path.display().to_string());
        let record = record.map(open).transpose()?.map(Mutex::new);
        Ok(Self { secret: OnceLock::new(), verified: Mutex::default(), record })
    }

    /// From now on, webhooks are believed that are signed with this secret.
    pub fn expect(&self, secret: &str) -> anyhow::Result<()> {
        let parsed: WebhookSecret = secret.parse()?;
        self.secret.set((secret.to_owned(), parsed)).map_err(|_| anyhow!("there is a secret already"))
    }

    /// Webhooks of an order that arrived with a right signature.
    pub fn verified(&self, order: &str) -> usize {
        self.verified.lock().unwrap_or_else(PoisonError::into_inner).get(order).copied().unwrap_or_default()
    }

    fn take(&self, headers: &HeaderMap, body: &[u8]) -> Result<(), &'static str> {
        let (text, secret) = self.secret.get().ok_or("nothing is expected yet")?;
        let header =
            |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).ok_or("a header is missing");
        let (id, at, signature) = (header(HEADER_ID)?, header(HEADER_TIMESTAMP)?, header(HEADER_SIGNATURE)?);
        verify(secret, headers, body, SystemClock.now()).map_err(|_| "the signature is wrong")?;
        let event: serde_json::Value = serde_json::from_slice(body).map_err(|_| "the body is not JSON")?;
        let order = event["order"].as_str().ok_or("the event names no order")?;
        *self.verified.lock().unwrap_or_else(PoisonError::into_inner).entry(order.to_owned()).or_default() +=
            1;
        if let Some(record) = &self.record {
            let names = [(HEADER_ID, id), (HEADER_TIMESTAMP, at), (HEADER_SIGNATURE, signature)];
            let body = std::str::from_utf8(body).map_err(|_| "the body is not UTF-8")?;
            let line = json!({"secret": text, "headers": BTreeMap::from(names), "body": body});
            let mut file = record.lock().unwrap_or_else(PoisonError::into_inner);
            writeln!(file, "{line}").map_err(|_| "it cannot be recorded")?;
        }
        Ok(())
    }
}

/// The receiver over HTTP.
pub fn router(receiver: Arc<Receiver>) -> Router {
    Router::new().route("/webhooks", post(receive)).with_state(receiver)
}

async fn receive(
    State(receiver): State<Arc<Receiver>>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, &'static str) {
    match receiver.take(&headers, &body) {
        Ok(()) => (StatusCode::OK, "taken"),
        Err(why) => {
            tracing::warn!("a webhook was refused: {why}");
            (StatusCode::BAD_REQUEST, why)
        }
    }
}
