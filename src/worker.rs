//! Work that nobody waits for: looks at official sources, judgements that time makes due, timers of orders, webhook
//! deliveries, the sealing of the evidence log. Each role claims what is due at the clock's time and does it; the store is the only queue, so that a
//! restart loses nothing. What is not among this replica's roles is neither done here nor woken for.

mod retention;

use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use tokio::task::JoinSet;

use crate::config::{ReplicaRole, RetentionDays, Roles};
use crate::gateway::{Gateway, GatewayError};
use crate::stopping::Stopping;
use crate::store::{DueWork, StoreError};
use crate::webhook::deliver::Deliverer;
use crate::webhook::notify::Notifier;

/// How much is claimed at once.
const BATCH: u32 = 256;
/// Orders whose timers fire at the same time, so that they share commits. Orders do not wait for each other; the timers of
/// one fire in order, in one change.
const TIMERS_AT_ONCE: usize = 64;
/// Longest wait before the store is asked again, in seconds of the clock, where all that becomes due becomes so here.
const IDLE_SECONDS_MAX: i64 = 30;
/// The same where other replicas, whose changes wake nobody here, make work due for this one.
const SHARED_IDLE_SECONDS_MAX: i64 = 2;
/// The same for sealing: other replicas write to the log in any case.
const SEALING_IDLE_SECONDS_MAX: i64 = 5;
/// Pause after the store failed.
const STORE_FAILED_PAUSE: Duration = Duration::from_millis(500);
/// Pause after sealing, so that a busy log signs ten heads a second and not one for each commit.
const SEALING_PAUSE: Duration = Duration::from_millis(100);
/// How often what has been kept for its time is forgotten.
const TIDY_HOURS: i64 = 1;

/// The roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Asks official sources.
    Looks,
    /// Judges what time or another order's claim made due.
    Judgements,
    /// Fires the timers of orders.
    Timers,
    /// Delivers webhooks.
    Deliveries,
    /// Tells endpoints how other endpoints fare.
    Notices,
    /// Seals the evidence log.
    Sealing,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 6] =
        [Self::Looks, Self::Judgements, Self::Timers, Self::Deliveries, Self::Notices, Self::Sealing];

    /// Which replicas have it.
    pub fn of(self) -> ReplicaRole {
        match self {
            Self::Looks | Self::Judgements => ReplicaRole::Poller,
            Self::Timers => ReplicaRole::Timers,
            Self::Deliveries | Self::Notices => ReplicaRole::Webhooks,
            // Who shows the log seals it: heads, tiles and proofs are read from the same files.
            Self::Sealing => ReplicaRole::Api,
        }
    }

    /// What becomes due for it. New entries of the log do not become due: they are there.
    fn due(self) -> Option<DueWork> {
        match self {
            Self::Looks => Some(DueWork::Looks),
            Self::Judgements => Some(DueWork::Judgements),
            Self::Timers => Some(DueWork::Timers),
            Self::Deliveries => Some(DueWork::Deliveries),
            Self::Notices => Some(DueWork::Notices),
            Self::Sealing => None,
        }
    }
}

/// How long a replica sleeps at most before it asks the store again, where nothing wakes it.
pub fn idle(roles: Roles) -> SignedDuration {
    SignedDuration::from_secs(if roles.is_all() { IDLE_SECONDS_MAX } else { SHARED_IDLE_SECONDS_MAX })
}

/// How much a worker does at the same time.
#[derive(Debug, Clone, Copy)]
pub struct WorkerLimits {
    /// Which part of the work is done here.
    pub roles: Roles,
    /// Sources asked at the same time.
    pub looks_at_once: usize,
    /// How long claimed work is kept from others.
    pub lease: SignedDuration,
    /// For how many days things are kept.
    pub retention: RetentionDays,
}

/// Does the work.
pub struct Worker {
    gateway: Arc<Gateway>,
    deliverer: Arc<Deliverer>,
    notifier: Arc<Notifier>,
    limits: WorkerLimits,
    stopping: Stopping,
}

impl Worker {
    /// A worker for this replica's roles. Once `stopping` has begun it begins nothing more.
    pub fn new(
        gateway: Arc<Gateway>,
        deliverer: Arc<Deliverer>,
        notifier: Arc<Notifier>,
        limits: WorkerLimits,
        stopping: Stopping,
    ) -> Self {
        assert!(limits.looks_at_once > 0, "a worker that may do nothing would wait forever");
        Self { gateway, deliverer, notifier, limits, stopping }
    }

    /// The roles that are done here.
    fn roles(&self) -> impl Iterator<Item = Role> + use<> {
        let has = self.limits.roles;
        Role::ALL.into_iter().filter(move |role| has.has(role.of()))
    }

    /// Does what is due for a role at the clock's present time; says how much it was.
    async fn run_due(&self, role: Role) -> Result<usize, StoreError> {
        match role {
            Role::Looks => self.looks().await,
            Role::Judgements => self.judgements().await,
            Role::Timers => self.timers().await,
            Role::Deliveries => self.deliverer.run_due().await,
            Role::Notices => self.notifier.run_due().await,
            Role::Sealing => Ok(self.gateway.log.seal().await?),
        }
    }

    /// Does all that is due for this replica's roles until nothing is left at the clock's present time.
    pub async fn run_until_idle(&self) -> Result<(), StoreError> {
        loop {
            let mut done = 0;
            for role in self.roles() {
                done += self.run_due(role).await?;
            }
            if done == 0 {
                return Ok(());
            }
        }
    }

    /// Works until it is stopped; then ends when what was under way is done. Whoever drops this ends it at once.
    pub async fn run_forever(self: Arc<Self>) {
        let mut tasks = JoinSet::new();
        for role in self.roles() {
            tasks.spawn(Arc::clone(&self).run_role(role));
        }
        if self.limits.roles.has(ReplicaRole::Timers) {
            tasks.spawn(Arc::clone(&self).tidy());
        }
        while let Some(ended) = tasks.join_next().await {
            if let Err(error) = ended {
                tracing::error!("a worker ended: {error}");
            }
        }
    }

    async fn run_role(self: Arc<Self>, role: Role) {
        if role == Role::Deliveries {
            // It waits by itself: for its posts, for what becomes due, and to be woken.
            let delivering = self.deliverer.run_forever(&self.gateway.wake);
            tokio::pin!(delivering);
            tokio::select! {
                biased;
                () = self.stopping.begun() => self.deliverer.stop(),
                () = &mut delivering => return,
            }
            return delivering.await;
        }
        while !self.stopping.has_begun() {
            // Listen before looking, so that what arrives between the two is not slept over.
            let woken = self.gateway.wake.notified();
            tokio::pin!(woken);
            woken.as_mut().enable();
            match self.run_due(role).await {
                Ok(0) => {
                    let until = self.next_due(role).await;
                    tokio::select! {
                        () = woken => {}
                        () = self.gateway.clock.sleep_until(until) => {}
                        () = self.stopping.begun() => {}
                    }
                }
                Ok(_) if role == Role::Sealing => tokio::time::sleep(SEALING_PAUSE).await,
                Ok(_) => {}
                Err(error) => {
                    tracing::error!(?role, "{error}");
                    tokio::time::sleep(STORE_FAILED_PAUSE).await;
                }
            }
        }
    }

    /// When the role asks the store again.
    async fn next_due(&self, role: Role) -> Timestamp {
        let now = self.gateway.now();
        let Some(work) = role.due() else { return now + SignedDuration::from_secs(SEALING_IDLE_SECONDS_MAX) };
        let latest = now + idle(self.limits.roles);
        let due = self.gateway.store.next_due_of(work).await.ok().flatten().unwrap_or(latest);
        // Due already, but not for this role or under lease: look again a little later, not at once.
        due.clamp(now + SignedDuration::from_secs(1), latest)
    }

    async fn tidy(self: Arc<Self>) {
        loop {
            let now = self.gateway.now();
            // Each portion is forgotten in one transaction: it can end between any two.
            let tidied = tokio::select! {
                tidied = self.forget_due() => tidied,
                () = self.stopping.begun() => return,
            };
            if let Err(error) = tidied {
                tracing::warn!("tidying failed: {error}");
            }
            tokio::select! {
                () = self.gateway.clock.sleep_until(now + SignedDuration::from_hours(TIDY_HOURS)) => {}
                () = self.stopping.begun() => return,
            }
        }
    }

    /// Forgets what has been kept for its time; says how much that was.
    pub async fn forget_due(&self) -> Result<u64, StoreError> {
        retention::forget_due(&self.gateway, self.limits.retention).await
    }

    async fn looks(&self) -> Result<usize, StoreError> {
        let now = self.gateway.now();
        self.gateway.fetcher.forget_flights().await;
        let due = self.gateway.store.claim_looks(now, now + self.limits.lease, BATCH).await?;
        let count = due.len();
        stream::iter(due)
            .for_each_concurrent(self.limits.looks_at_once, |shipment| async move {
                if !self.stopping.has_begun() {
                    log_failure("look", shipment.id.as_str(), self.gateway.look(&shipment).await);
                }
            })
            .await;
        Ok(count)
    }

    async fn judgements(&self) -> Result<usize, StoreError> {
        let now = self.gateway.now();
        let due = self.gateway.store.claim_judgements(now, now + self.limits.lease, BATCH).await?;
        for shipment in due.iter().take_while(|_| !self.stopping.has_begun()) {
            log_failure("judgement", shipment.id.as_str(), self.gateway.judge(shipment).await);
        }
        Ok(due.len())
    }

    async fn timers(&self) -> Result<usize, StoreError> {
        let due = self.gateway.store.due_timers(self.gateway.now(), BATCH).await?;
        let count = due.len();
        stream::iter(due)
            .for_each_concurrent(TIMERS_AT_ONCE, |order| async move {
                if !self.stopping.has_begun() {
                    log_failure("timer", &order, self.gateway.fire_timers(&order).await);
                }
            })
            .await;
        Ok(count)
    }
}

/// Work that failed, or that was not begun because the process stops, stays due: its lease ends and it is claimed again.
fn log_failure(what: &str, id: &str, result: Result<(), GatewayError>) {
    if let Err(error) = result {
        tracing::warn!(what, id, "{error}");
    }
}
