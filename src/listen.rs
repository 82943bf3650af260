//! A receiver of webhooks for development, on loopback: checks each arrival as a receiver should, and says what it saw:
//! what came twice, what is missing, what is not signed. It keeps nothing on disk and knows nothing of the gateway.

mod seen;

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use http::{HeaderMap, Method, StatusCode};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use tokio::sync::mpsc;

pub use seen::{Missing, Seen};

use crate::clock::SharedClock;
use crate::webhook::signature::HEADER_ID;
use crate::webhook::signing::Verifier;

/// Longest body, in bytes.
const BODY_BYTES_MAX: usize = 1 << 20;
/// Longest headers, names and values together, in bytes.
const HEADER_BYTES_MAX: usize = 16 << 10;
/// Arrivals that wait to be shown.
const ARRIVALS_MAX: usize = 256;

/// What arrived.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Arrival {
    /// When.
    pub at: Timestamp,
    /// The event's id, from the header.
    pub id: Option<String>,
    /// The event's type.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// The order that it concerns.
    pub order: Option<String>,
    /// Its number among the order's events.
    pub sequence: Option<i64>,
    /// Whether its signature holds; null where there is nothing to check it with.
    pub verified: Option<bool>,
    /// What is wrong with it.
    pub problem: Option<String>,
    /// Whether this id was taken before.
    pub duplicate: bool,
    /// Events of the order that should have come before it.
    pub missing: Option<Missing>,
    /// What was answered.
    pub answered: u16,
    /// The body's length, in bytes.
    pub bytes: usize,
    /// The particulars.
    pub data: Option<Value>,
}

/// How to receive.
pub struct Receiving {
    /// What signatures are checked with.
    pub verifier: Option<Verifier>,
    /// How many arrivals are refused first, so that they come again.
    pub fail_first: u32,
    /// Time.
    pub clock: SharedClock,
}

struct Receiver {
    receiving: Receiving,
    left_to_fail: AtomicU32,
    seen: Mutex<Seen>,
    arrivals: mpsc::Sender<Arrival>,
}

/// The receiver over HTTP, and what arrives at it.
pub fn receiver(receiving: Receiving) -> (Router, mpsc::Receiver<Arrival>) {
    let (arrivals, shown) = mpsc::channel(ARRIVALS_MAX);
    let left_to_fail = AtomicU32::new(receiving.fail_first);
    let receiver = Receiver { receiving, left_to_fail, seen: Mutex::default(), arrivals };
    (Router::new().fallback(receive).with_state(Arc::new(receiver)), shown)
}

async fn receive(State(receiver): State<Arc<Receiver>>, request: Request) -> (StatusCode, String) {
    if request.method() != Method::POST {
        return (StatusCode::METHOD_NOT_ALLOWED, "webhooks are posted\n".to_owned());
    }
    let (head, body) = request.into_parts();
    let length = head.headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum::<usize>();
    if length > HEADER_BYTES_MAX {
        return (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, format!("at most {HEADER_BYTES_MAX} bytes\n"));
    }
    let Ok(body) = to_bytes(body, BODY_BYTES_MAX).await else {
        return (StatusCode::PAYLOAD_TOO_LARGE, format!("at most {BODY_BYTES_MAX} bytes\n"));
    };
    let (arrival, status) = receiver.take(&head.headers, &body);
    let said = arrival.problem.clone().unwrap_or_else(|| "taken".to_owned());
    // Whoever shows arrivals may have ended; the sender is answered all the same.
    let _ = receiver.arrivals.send(arrival).await;
    (status, said + "\n")
}

impl Receiver {
    fn take(&self, headers: &HeaderMap, body: &[u8]) -> (Arrival, StatusCode) {
        let at = self.receiving.clock.now();
        let id = headers.get(HEADER_ID).and_then(|id| id.to_str().ok()).map(str::to_owned);
        let event: Option<Value> = serde_json::from_slice(body).ok();
        let text = |name: &str| event.as_ref().and_then(|event| event[name].as_str()).map(str::to_owned);
        let checked = self.receiving.verifier.as_ref().map(|verifier| verifier.verify(headers, body, at));
        let (order, sequence) = (text("order"), event.as_ref().and_then(|event| event["sequence"].as_i64()));
        let mut problem = match &checked {
            Some(Err(error)) => Some(error.to_string()),
            _ if event.is_none() => Some("the body is not JSON".to_owned()),
            _ if id.is_none() => Some(format!("the header {HEADER_ID} is missing")),
            _ => None,
        };
        let (mut status, mut duplicate, mut missing) = (StatusCode::BAD_REQUEST, false, None);
        if problem.is_none() {
            if self.fails() {
                status = StatusCode::SERVICE_UNAVAILABLE;
                problem = Some("refused, as asked: it should come again".to_owned());
            } else {
                status = StatusCode::OK;
                let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
                let id = id.as_deref().unwrap_or_default();
                let taken = seen.take(id, body, order.as_deref().zip(sequence));
                (duplicate, missing) = (taken.duplicate, taken.missing);
                problem = taken.problem;
            }
        }
        let arrival = Arrival {
            at,
            id,
            kind: text("type"),
            order,
            sequence,
            verified: checked.map(|checked| checked.is_ok()),
            problem,
            duplicate,
            missing,
            answered: status.as_u16(),
            bytes: body.len(),
            data: event.and_then(|mut event| event.get_mut("data").map(Value::take)),
        };
        (arrival, status)
    }

    /// Whether this arrival is one of the first that are refused.
    fn fails(&self) -> bool {
        let less = |left: u32| left.checked_sub(1);
        self.left_to_fail.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less).is_ok()
    }
}
