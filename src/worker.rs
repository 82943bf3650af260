//! Work that nobody waits for: looks at official sources, judgements that time makes due, timers of orders, webhook
//! deliveries, the sealing of the evidence log. Each role claims what is due at the clock's time and does it; the store is the only queue, so that a
//! restart loses nothing.

mod retention;

use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};

use crate::config::RetentionDays;
use crate::gateway::{Gateway, GatewayError};
use crate::store::StoreError;
use crate::webhook::deliver::Deliverer;
use crate::webhook::notify::Notifier;

/// How much is claimed at once.
const BATCH: u32 = 256;
/// Orders whose timers fire at the same time, so that they share commits. Orders do not wait for each other; the timers of
/// one fire in order, in one change.
const TIMERS_AT_ONCE: usize = 64;
/// Longest wait before the store is asked again, in seconds of the clock.
const IDLE_SECONDS_MAX: i64 = 30;
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
}

/// How much a worker does at the same time.
#[derive(Debug, Clone, Copy)]
pub struct WorkerLimits {
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
}

impl Worker {
    /// A worker for all roles.
    pub fn new(
        gateway: Arc<Gateway>,
        deliverer: Arc<Deliverer>,
        notifier: Arc<Notifier>,
        limits: WorkerLimits,
    ) -> Self {
        assert!(limits.looks_at_once > 0, "a worker that may do nothing would wait forever");
        Self { gateway, deliverer, notifier, limits }
    }

    /// Does what is due for a role at the clock's present time; says how much it was.
    pub async fn run_due(&self, role: Role) -> Result<usize, StoreError> {
        match role {
            Role::Looks => self.looks().await,
            Role::Judgements => self.judgements().await,
            Role::Timers => self.timers().await,
            Role::Deliveries => self.deliverer.run_due().await,
            Role::Notices => self.notifier.run_due().await,
            Role::Sealing => Ok(self.gateway.log.seal().await?),
        }
    }

    /// Does all that is due for all roles until nothing is left at the clock's present time.
    pub async fn run_until_idle(&self) -> Result<(), StoreError> {
        loop {
            let mut done = 0;
            for role in Role::ALL {
                done += self.run_due(role).await?;
            }
            if done == 0 {
                return Ok(());
            }
        }
    }

    /// Works for as long as the process lives.
    pub async fn run_forever(self: Arc<Self>) {
        let roles = Role::ALL.map(|role| tokio::spawn(Arc::clone(&self).run_role(role)));
        let tidying = tokio::spawn(Arc::clone(&self).tidy());
        for task in roles.into_iter().chain([tidying]) {
            if let Err(error) = task.await {
                tracing::error!("a worker ended: {error}");
            }
        }
    }

    async fn run_role(self: Arc<Self>, role: Role) {
        if role == Role::Deliveries {
            // It waits by itself: for its posts, for what becomes due, and to be woken.
            return self.deliverer.run_forever(&self.gateway.wake).await;
        }
        loop {
            // Listen before looking, so that what arrives between the two is not slept over.
            let woken = self.gateway.wake.notified();
            tokio::pin!(woken);
            woken.as_mut().enable();
            match self.run_due(role).await {
                Ok(0) => {
                    let until = self.next_due().await;
                    tokio::select! {
                        () = woken => {}
                        () = self.gateway.clock.sleep_until(until) => {}
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

    async fn next_due(&self) -> Timestamp {
        let now = self.gateway.now();
        let latest = now + SignedDuration::from_secs(IDLE_SECONDS_MAX);
        let due = self.gateway.store.next_due().await.ok().flatten().unwrap_or(latest);
        // Due already, but not for this role or under lease: look again a little later, not at once.
        due.clamp(now + SignedDuration::from_secs(1), latest)
    }

    async fn tidy(self: Arc<Self>) {
        loop {
            let now = self.gateway.now();
            if let Err(error) = self.forget_due().await {
                tracing::warn!("tidying failed: {error}");
            }
            self.gateway.clock.sleep_until(now + SignedDuration::from_hours(TIDY_HOURS)).await;
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
                log_failure("look", shipment.id.as_str(), self.gateway.look(&shipment).await);
            })
            .await;
        Ok(count)
    }

    async fn judgements(&self) -> Result<usize, StoreError> {
        let now = self.gateway.now();
        let due = self.gateway.store.claim_judgements(now, now + self.limits.lease, BATCH).await?;
        for shipment in &due {
            log_failure("judgement", shipment.id.as_str(), self.gateway.judge(shipment).await);
        }
        Ok(due.len())
    }

    async fn timers(&self) -> Result<usize, StoreError> {
        let due = self.gateway.store.due_timers(self.gateway.now(), BATCH).await?;
        let count = due.len();
        stream::iter(due)
            .for_each_concurrent(TIMERS_AT_ONCE, |order| async move {
                log_failure("timer", &order, self.gateway.fire_timers(&order).await);
            })
            .await;
        Ok(count)
    }
}

/// Work that failed stays due: its lease ends and it is claimed again.
fn log_failure(what: &str, id: &str, result: Result<(), GatewayError>) {
    if let Err(error) = result {
        tracing::warn!(what, id, "{error}");
    }
}
