//! The worker that delivers: claims what is due, posts it, and records every attempt. At least once, and in order per
//! order: the store gives an order's next event only after the one before it is finished.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use jiff::SignedDuration;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::message::Message;
use super::post::{Posted, post};
use super::schedule::{Outcome, follows};
use crate::clock::SharedClock;
use crate::ids::{AttemptId, EndpointId, EventId};
use crate::net::client::{Egress, TOTAL_TIMEOUT};
use crate::secrets::MasterKey;
use crate::store::{Attempt, DueDelivery, Store, StoreError};

/// How much is done at once.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Most deliveries that are claimed and not finished.
    pub claimed: u32,
    /// Most posts under way.
    pub posts: usize,
    /// Most posts under way to one endpoint.
    pub posts_per_endpoint: usize,
    /// Most deliveries that one run claims.
    pub claims_per_run: u32,
    /// Unanswered posts to one endpoint after which the rest waits until its lease ends, so that an endpoint that is
    /// down does not hold up the others.
    pub unanswered_per_endpoint: u32,
    /// How long a claim holds.
    pub lease: SignedDuration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            claimed: 256,
            posts: 64,
            posts_per_endpoint: 8,
            claims_per_run: 10_000,
            unanswered_per_endpoint: 8,
            lease: SignedDuration::from_secs(60),
        }
    }
}

/// Delivers what is due.
pub struct Deliverer {
    store: Arc<dyn Store>,
    clock: SharedClock,
    wall: SharedClock,
    master: Arc<MasterKey>,
    egress: Egress,
    limits: Limits,
}

/// What one run knows of an endpoint.
struct Lane {
    posts: Arc<Semaphore>,
    unanswered: u32,
}

/// A delivery's endpoint and event.
type Key = (EndpointId, EventId);

/// What became of a claimed delivery.
enum Done {
    /// It was posted and the attempt recorded.
    Attempted { answered: bool },
    /// It waits until its lease ends.
    Left,
    /// It was posted, but the attempt could not be recorded.
    Failed(StoreError),
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
        Self { store, clock, wall, master, egress, limits }
    }

    /// Delivers until nothing is due at the clock's time, or the run has claimed as many as it may. Says how many
    /// attempts were recorded. What is under way when the store fails is finished first; what could not be recorded is
    /// delivered again when its lease ends.
    pub async fn run_due(&self) -> Result<usize, StoreError> {
        let posts = Arc::new(Semaphore::new(self.limits.posts));
        let mut lanes: HashMap<EndpointId, Lane> = HashMap::new();
        let mut under_way = FuturesUnordered::new();
        // A clock that runs fast ends a lease while its post is under way: what comes again is not posted twice.
        let mut keys: HashSet<Key> = HashSet::new();
        let (mut attempts, mut claims_left, mut failed, mut more) =
            (0, self.limits.claims_per_run, None, true);
        loop {
            let busy = u32::try_from(under_way.len()).unwrap_or(u32::MAX);
            let room = self.limits.claimed.saturating_sub(busy).min(claims_left);
            if more && failed.is_none() && room > 0 {
                match self.claim(room).await {
                    Err(error) => failed = Some(error),
                    Ok((due, lease_ends)) => {
                        more = false;
                        claims_left =
                            claims_left.saturating_sub(u32::try_from(due.len()).unwrap_or(u32::MAX));
                        for delivery in due {
                            let key = (delivery.endpoint.id.clone(), delivery.event.id.clone());
                            if keys.contains(&key) {
                                continue;
                            }
                            more = true;
                            let lane = self.lane(&mut lanes, &key.0);
                            keys.insert(key.clone());
                            let turns = (Arc::clone(&lane.posts), Arc::clone(&posts));
                            under_way
                                .push(async move { (key, self.deliver(delivery, turns, lease_ends).await) });
                        }
                    }
                }
                continue;
            }
            let Some((key, done)) = under_way.next().await else { break };
            keys.remove(&key);
            match done {
                Done::Left => {}
                Done::Failed(error) => failed = failed.or(Some(error)),
                Done::Attempted { answered } => {
                    attempts += 1;
                    // The next event of this order may be due now.
                    more = true;
                    let lane = self.lane(&mut lanes, &key.0);
                    lane.unanswered = if answered { 0 } else { lane.unanswered + 1 };
                    if lane.unanswered >= self.limits.unanswered_per_endpoint {
                        lane.posts.close();
                    }
                }
            }
        }
        failed.map_or(Ok(attempts), Err)
    }

    /// Claims what is due. The lease is kept by the store's clock; what it means for us is counted in real time, which
    /// is the time that posts take.
    async fn claim(&self, limit: u32) -> Result<(Vec<DueDelivery>, Instant), StoreError> {
        let now = self.clock.now();
        let ends = Instant::now() + self.limits.lease.unsigned_abs();
        let due = self.store.claim_deliveries(now, now + self.limits.lease, limit).await?;
        Ok((due, ends))
    }

    fn lane<'a>(&self, lanes: &'a mut HashMap<EndpointId, Lane>, endpoint: &EndpointId) -> &'a mut Lane {
        lanes.entry(endpoint.clone()).or_insert_with(|| Lane {
            posts: Arc::new(Semaphore::new(self.limits.posts_per_endpoint)),
            unanswered: 0,
        })
    }

    async fn deliver(
        &self,
        delivery: DueDelivery,
        (lane, posts): (Arc<Semaphore>, Arc<Semaphore>),
        lease_ends: Instant,
    ) -> Done {
        // The lane is closed when its endpoint does not answer.
        let Ok(_turn) = lane.acquire().await else { return Done::Left };
        let Ok(_post) = posts.acquire().await else { return Done::Left };
        if Instant::now() + TOTAL_TIMEOUT > lease_ends {
            return Done::Left;
        }
        let attempt = self.attempt(&delivery).await;
        let answered = attempt.http_status.is_some();
        tracing::debug!(
            endpoint = %attempt.endpoint, event = %attempt.event, status = attempt.http_status,
            error = attempt.error, "webhook posted"
        );
        match self.store.record_attempt(attempt).await {
            Ok(()) => Done::Attempted { answered },
            Err(error) => Done::Failed(error),
        }
    }

    async fn attempt(&self, delivery: &DueDelivery) -> Attempt {
        let at = self.clock.now();
        let sent_at = self.wall.now();
        let posted = match Message::of(&self.master, delivery, at, sent_at) {
            Ok(message) => post(&self.egress, &delivery.endpoint.url, message, sent_at).await,
            Err(error) => Posted::unanswered(&format!("not sent: {error}"), Duration::ZERO),
        };
        let result = follows(posted.outcome, delivery.attempts, self.clock.now(), rand::random());
        Attempt {
            id: AttemptId::generate(at),
            endpoint: delivery.endpoint.id.clone(),
            event: delivery.event.id.clone(),
            at,
            took_ms: u32::try_from(posted.took.as_millis()).unwrap_or(u32::MAX),
            http_status: match posted.outcome {
                Outcome::Answered { status, .. } => Some(status),
                Outcome::Unanswered => None,
            },
            error: posted.error,
            answer: posted.answer,
            result,
        }
    }
}
