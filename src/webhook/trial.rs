//! A test of an endpoint: one signed message, posted at once and once only, and what came of it.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::message::Message;
use super::payload::notice_body;
use super::post::post;
use super::schedule::Outcome;
use crate::ids::EventId;
use crate::net::client::Egress;
use crate::secrets::MasterKey;
use crate::store::Endpoint;

/// The type of a test's message.
pub const TEST_TYPE: &str = "webhook.test";

/// What came of a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// The message's id.
    pub id: EventId,
    /// Whether the endpoint took it.
    pub delivered: bool,
    /// What it answered.
    pub http_status: Option<u16>,
    /// How long it took, in milliseconds.
    pub took_ms: u32,
    /// What went wrong.
    pub error: Option<String>,
    /// The first characters of the answer.
    pub answer: String,
}

/// Posts a test. `now` is the time of the secrets, `sent_at` that of the world.
pub async fn try_out(
    master: &MasterKey,
    egress: &Egress,
    endpoint: &Endpoint,
    now: Timestamp,
    sent_at: Timestamp,
) -> Tried {
    let id = EventId::generate(now);
    let data: Map<String, Value> = [("endpoint".to_owned(), json!(endpoint.id))].into_iter().collect();
    let message = notice_body(&id, TEST_TYPE, now, &data)
        .map_err(Into::into)
        .and_then(|body| Message::new(master, endpoint, &id, body, (now, sent_at)));
    let failed = |error: String| Tried {
        id: id.clone(),
        delivered: false,
        http_status: None,
        took_ms: 0,
        error: Some(error),
        answer: String::new(),
    };
    let message = match message {
        Ok(message) => message,
        Err(error) => return failed(format!("not sent: {error}")),
    };
    let posted = post(egress, &endpoint.url, message, sent_at).await;
    let http_status = match posted.outcome {
        Outcome::Answered { status, .. } => Some(status),
        Outcome::Unanswered => None,
    };
    Tried {
        delivered: http_status.is_some_and(|status| (200..300).contains(&status)),
        http_status,
        took_ms: u32::try_from(posted.took.as_millis()).unwrap_or(u32::MAX),
        error: posted.error,
        answer: posted.answer,
        id,
    }
}
