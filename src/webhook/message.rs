//! A message as it is posted: the body, the headers that its receiver asked for, and ours, signed.

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;

use super::headers::{self, HeaderError};
use super::payload;
use super::signature::{HEADER_ID, HEADER_SIGNATURE, HEADER_TIMESTAMP};
use super::signing::Signers;
use crate::ids::EventId;
use crate::secrets::MasterKey;
use crate::store::{DueDelivery, Endpoint};

/// A message, ready to be posted.
#[derive(Debug, Clone)]
pub struct Message {
    /// All headers of it.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

/// Why there is no message.
#[derive(Debug, thiserror::Error)]
pub enum MessageError {
    /// The event is no JSON.
    #[error("the event cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// A header of the endpoint's cannot be sent.
    #[error(transparent)]
    Header(#[from] HeaderError),
}

impl Message {
    /// The message of a delivery. `now` is the time of the secrets; `sent_at` is what the receiver compares with its
    /// own clock.
    pub fn of(
        master: &MasterKey,
        delivery: &DueDelivery,
        now: Timestamp,
        sent_at: Timestamp,
    ) -> Result<Self, MessageError> {
        let body = payload::body_in(delivery.endpoint.payload, &delivery.event)?;
        Self::new(master, &delivery.endpoint, &delivery.event.id, body, (now, sent_at))
    }

    /// A message of this body.
    pub(super) fn new(
        master: &MasterKey,
        endpoint: &Endpoint,
        id: &EventId,
        body: Vec<u8>,
        (now, sent_at): (Timestamp, Timestamp),
    ) -> Result<Self, MessageError> {
        let mut all = headers::open(master, endpoint)?;
        let signature = Signers::of(master, endpoint, now).sign(id.as_str(), sent_at, &body);
        let text = |text: &str| {
            HeaderValue::from_str(text).map_err(|_| HeaderError::Unsendable("webhook-*".to_owned()))
        };
        all.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        all.insert(HeaderName::from_static(HEADER_ID), text(id.as_str())?);
        all.insert(HeaderName::from_static(HEADER_TIMESTAMP), HeaderValue::from(sent_at.as_second()));
        all.insert(HeaderName::from_static(HEADER_SIGNATURE), text(&signature)?);
        Ok(Self { headers: all, body })
    }
}
