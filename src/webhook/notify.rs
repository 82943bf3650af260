//! The worker that tells endpoints how other endpoints fare. Notices are few: they are posted one after the other, by the
//! schedule of all webhooks, and in no order.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;

use super::message::{Message, MessageError};
use super::payload::notice_body;
use super::post::{Posted, post};
use super::schedule::follows;
use crate::clock::SharedClock;
use crate::net::client::{Egress, TOTAL_TIMEOUT};
use crate::secrets::MasterKey;
use crate::stopping::Stopping;
use crate::store::{AttemptResult, DueNotice, EndpointStore, StoreError};

/// Most notices that one run claims: as many as can be posted within their lease, however slow their receivers are.
const BATCH: u32 = 4;
/// How long a claim holds.
const LEASE: SignedDuration = SignedDuration::from_secs(120);
const _: () = assert!(BATCH == 4 && TOTAL_TIMEOUT.as_secs() * 4 < LEASE.unsigned_abs().as_secs());

/// Posts notices that are due.
pub struct Notifier {
    /// What is remembered.
    pub store: Arc<dyn EndpointStore>,
    /// The clock of due times and secrets.
    pub clock: SharedClock,
    /// The clock that receivers compare with.
    pub wall: SharedClock,
    /// What secrets are derived from.
    pub master: Arc<MasterKey>,
    /// The way out.
    pub egress: Egress,
    /// Whether nothing more is begun.
    pub stopping: Stopping,
}

impl Notifier {
    /// Posts what is due at the clock's time; says how much it was.
    pub async fn run_due(&self) -> Result<usize, StoreError> {
        let now = self.clock.now();
        let due = self.store.claim_notices(now, now + LEASE, BATCH).await?;
        let count = due.len();
        for notice in due {
            if self.stopping.has_begun() {
                break;
            }
            let (endpoint, id) = (notice.endpoint.id.clone(), notice.notice.id.clone());
            let again = self.post(&notice).await;
            tracing::debug!(%endpoint, notice = %id, again = ?again, "notice posted");
            self.store.settle_notice(endpoint, id, again).await?;
        }
        Ok(count)
    }

    /// Posts a notice; says when it is posted again, if it is.
    async fn post(&self, due: &DueNotice) -> Option<jiff::Timestamp> {
        let sent_at = self.wall.now();
        let posted = match self.message(due, sent_at) {
            Ok(message) => post(&self.egress, &due.endpoint.url, message, sent_at).await,
            Err(error) => Posted::unanswered(&format!("not sent: {error}"), Duration::ZERO),
        };
        match follows(posted.outcome, due.attempts, self.clock.now(), rand::random()) {
            AttemptResult::RetryAt(at) => Some(at),
            // An endpoint that is gone says so to an order's next event, too.
            AttemptResult::Delivered | AttemptResult::GiveUp | AttemptResult::DisableEndpoint(_) => None,
        }
    }

    fn message(&self, due: &DueNotice, sent_at: jiff::Timestamp) -> Result<Message, MessageError> {
        let notice = &due.notice;
        let body = notice_body(&notice.id, notice.kind.as_str(), notice.at, &notice.data)?;
        Message::new(&self.master, &due.endpoint, &notice.id, body, (self.clock.now(), sent_at))
    }
}
