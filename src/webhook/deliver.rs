//! The worker that delivers: claims what is due, posts it, and records every attempt. At least once, and in order per
//! order: the store gives an order's next event only after the one before it is finished. Endpoints do not wait for each
//! other: each has its own lane.

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::SignedDuration;
use tokio::sync::Notify;

use super::lanes::Lanes;
use super::message::Message;
use super::notices::Notices;
use super::post::{Posted, post};
use super::schedule::{Outcome, follows};
use crate::clock::SharedClock;
use crate::ids::AttemptId;
use crate::net::client::Egress;
use crate::secrets::MasterKey;
use crate::stopping::Stopping;
use crate::store::{Attempt, DueDelivery, Store, StoreError};

/// Pause after the store failed.
const STORE_FAILED_PAUSE: Duration = Duration::from_millis(500);

/// How much is done at once.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Most deliveries that are claimed and not finished. Each may hold a body of 20,000 bytes.
    pub claimed: u32,
    /// Most posts under way. No more than three quarters of them go to endpoints that answer soon, and no more than that
    /// to those that do not, so that neither keeps the other waiting.
    pub posts: usize,
    /// Most posts under way to one endpoint.
    pub posts_per_endpoint: u32,
    /// Most posts a second to one endpoint, where there is a limit.
    pub rate_per_second: Option<NonZeroU32>,
    /// Most deliveries that [`Deliverer::run_due`] claims.
    pub claims_per_run: u32,
    /// A post that is under way for longer is slow.
    pub slow_after: Duration,
    /// How long a claim holds.
    pub lease: SignedDuration,
    /// Longest wait before the store is asked again, on the clock.
    pub idle: SignedDuration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            claimed: 1_024,
            posts: 256,
            posts_per_endpoint: 8,
            rate_per_second: None,
            claims_per_run: 10_000,
            slow_after: Duration::from_secs(1),
            lease: SignedDuration::from_secs(60),
            idle: SignedDuration::from_secs(30),
        }
    }
}

/// Delivers what is due.
pub struct Deliverer {
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: SharedClock,
    pub(super) wall: SharedClock,
    master: Arc<MasterKey>,
    egress: Egress,
    pub(super) limits: Limits,
    pub(super) lanes: Arc<Mutex<Lanes>>,
    pub(super) notices: Arc<Notices>,
    pub(super) alone: tokio::sync::Mutex<()>,
    pub(super) stopping: Stopping,
}

impl Deliverer {
    /// A worker on this store. `clock` says when deliveries are due; `wall` is what receivers compare a signature's time
    /// with. They differ only where a story runs faster than the world.
    pub fn new(
        store: Arc<dyn Store>,
        clock: SharedClock,
        wall: SharedClock,
        master: Arc<MasterKey>,
        egress: Egress,
        limits: Limits,
    ) -> Self {
        Self {
            store,
            clock,
            wall,
            master,
            egress,
            limits,
            lanes: Arc::new(Mutex::new(Lanes::new(limits))),
            notices: Arc::default(),
            alone: tokio::sync::Mutex::default(),
            stopping: Stopping::default(),
        }
    }

    /// What is counted, and told to operators.
    pub fn notices(&self) -> Arc<Notices> {
        Arc::clone(&self.notices)
    }

    /// Delivers until nothing is due at the clock's time, or the run has claimed as many as it may. Says how many
    /// attempts were recorded. What is under way when the store fails is finished first; what could not be recorded is
    /// delivered again when its lease ends.
    pub async fn run_due(&self) -> Result<usize, StoreError> {
        self.run(None).await
    }

    /// Delivers until it is stopped. `wake` tells that something may have become due.
    pub async fn run_forever(&self, wake: &Notify) {
        loop {
            if let Err(error) = self.run(Some(wake)).await {
                tracing::error!("deliveries: {error}");
            }
            if self.stopping.has_begun() {
                return;
            }
            tokio::time::sleep(STORE_FAILED_PAUSE).await;
        }
    }

    /// Begins nothing more: what is under way is finished and recorded, and what waits is left under its lease.
    pub fn stop(&self) {
        self.stopping.begin();
    }

    pub(super) fn lanes(&self) -> MutexGuard<'_, Lanes> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Posts a delivery; gives what came of it and what is to be recorded.
    pub(super) async fn attempt(&self, delivery: &DueDelivery) -> (Outcome, Attempt) {
        let at = self.clock.now();
        let sent_at = self.wall.now();
        let posted = match Message::of(&self.master, delivery, at, sent_at) {
            Ok(message) => post(&self.egress, &delivery.endpoint.url, message, sent_at).await,
            Err(error) => Posted::unanswered(&format!("not sent: {error}"), Duration::ZERO),
        };
        let result = follows(posted.outcome, delivery.attempts, self.clock.now(), rand::random());
        let attempt = Attempt {
            id: AttemptId::generate(at),
            endpoint: delivery.endpoint.id.clone(),
            event: delivery.event.id.clone(),
            lease: delivery.lease,
            at,
            took_ms: u32::try_from(posted.took.as_millis()).unwrap_or(u32::MAX),
            http_status: match posted.outcome {
                Outcome::Answered { status, .. } => Some(status),
                Outcome::Unanswered => None,
            },
            error: posted.error,
            answer: posted.answer,
            result,
        };
        (posted.outcome, attempt)
    }
}
