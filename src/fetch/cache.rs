//! The one way to ask a source: through the cache, with a single flight for each number, then breaker, budget, token,
//! wire and reading.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use moka::future::Cache;
use tokio::sync::OnceCell;
use waygate_carriers::contract::{Ask, Failure, FailureKind, Reading, SourceId};

use super::Fetched;
use super::elsewhere::Tidied;
use super::gate::Peers;
use super::health::{SourceHealth, SpentBySource, spent_by};
use super::runner::Runner;
use super::source::{ConfiguredSource, SourceState};
use super::waits::{Flights, Key, Urgency, Waits};
use super::wire;
use crate::clock::SharedClock;
use crate::store::{SourceBooks, StoreError};

/// How long a tracking is served to others who ask.
const FOUND_SECONDS: i64 = 10 * 60;
/// How long "not found" and "inconclusive" are.
const NOT_FOUND_SECONDS: i64 = 60;
/// Most bytes that cached answers may take.
const CACHE_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// What an entry takes beside its body.
const ENTRY_BYTES: usize = 4 * 1024;

/// How old an answer may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// As old as the cache keeps it.
    Cached,
    /// At most this old.
    AtMost(SignedDuration),
}

/// How an answer is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// How old it may be.
    pub freshness: Freshness,
    /// Who waits for it.
    pub by: Waits,
}

/// Asks sources. Cheap to share.
pub struct Fetcher {
    runners: BTreeMap<SourceId, Runner>,
    cache: Cache<Key, Arc<Fetched>>,
    flights: Flights,
    recalled: OnceCell<()>,
    pub(super) client: reqwest::Client,
    pub(super) clock: SharedClock,
    pub(super) books: Option<Arc<dyn SourceBooks>>,
    pub(super) peers: Option<Peers>,
    pub(super) tidied: Tidied,
}

impl Fetcher {
    /// A fetcher for the given sources. Without books, days are counted in memory alone and nothing is kept of what
    /// sources do wrong.
    pub fn new(
        sources: Vec<ConfiguredSource>,
        clock: SharedClock,
        books: Option<Arc<dyn SourceBooks>>,
    ) -> Result<Self, reqwest::Error> {
        Self::among(None, sources, clock, books)
    }

    /// A fetcher that shares each source's pace with other replicas, and asks for a number once for all of them.
    pub fn among(
        peers: Option<Peers>,
        sources: Vec<ConfiguredSource>,
        clock: SharedClock,
        books: Option<Arc<dyn SourceBooks>>,
    ) -> Result<Self, reqwest::Error> {
        let runners = sources.into_iter().map(|(source, setup)| {
            let runner = Runner::new(source, setup, books.as_ref(), peers.as_ref());
            (runner.id().clone(), runner)
        });
        let weigh = |_: &Key, fetched: &Arc<Fetched>| {
            u32::try_from(fetched.body.len() + ENTRY_BYTES).unwrap_or(u32::MAX)
        };
        Ok(Self {
            runners: runners.collect(),
            cache: Cache::builder()
                .max_capacity(CACHE_BYTES_MAX)
                .weigher(weigh)
                .time_to_live(Duration::from_hours(1))
                .build(),
            flights: Flights::default(),
            recalled: OnceCell::new(),
            client: wire::client()?,
            clock,
            books,
            peers,
            tidied: Tidied::default(),
        })
    }

    /// Whether a source is set up and asked.
    pub fn is_on(&self, source: &SourceId) -> bool {
        self.runners.get(source).is_some_and(|r| r.setup.state == SourceState::On)
    }

    /// What is remembered about the sources, where anything is.
    pub fn books(&self) -> Option<&Arc<dyn SourceBooks>> {
        self.books.as_ref()
    }

    /// Asks a source for a number, or gives the answer that is fresh enough. However many ask at once, one request goes
    /// out, as urgent as the most urgent of them. Failures are given to those who waited for them and to nobody after.
    pub async fn ask(&self, source: &SourceId, ask: &Ask, wanted: Wanted) -> Arc<Fetched> {
        let now = self.clock.now();
        let Some(runner) = self.runners.get(source) else {
            let failure =
                Failure::new(FailureKind::Unavailable, "source_unknown", "this source is not set up here");
            return Arc::new(Fetched::not_asked(source.clone(), now, failure, None));
        };
        let key = (source.clone(), ask.tracking_number.clone());
        let stale = |kept: &Arc<Fetched>| is_stale(kept, wanted.freshness, now);
        if let Some(kept) = self.cache.get(&key).await.filter(|kept| !stale(kept)) {
            return kept;
        }
        let boarded = self.flights.board(&key, wanted.by);
        let flight = async {
            let fly = Box::pin(self.fly(runner, ask, &boarded.urgency));
            Arc::new(match &self.peers {
                Some(peers) => Box::pin(self.fly_once(peers, runner.id(), ask, wanted.freshness, fly)).await,
                None => fly.await,
            })
        };
        self.cache.entry(key).or_insert_with_if(flight, stale).await.into_value()
    }

    async fn fly(&self, runner: &Runner, ask: &Ask, urgency: &Urgency) -> Fetched {
        match &runner.gathering {
            Some(gathering) if urgency.waits() != Waits::Person => {
                self.fetch_together(runner, gathering, ask, urgency).await
            }
            _ => self.fetch_alone(runner, ask, urgency).await,
        }
    }

    /// How each source does.
    pub async fn health(&self) -> BTreeMap<SourceId, SourceHealth> {
        let now = self.clock.now();
        if let Err(error) = self.recall(now).await {
            tracing::warn!("what the sources used today cannot be read: {error}");
        }
        let spent = self.spent(now).await.unwrap_or_else(|error| {
            tracing::warn!("what the sources cost cannot be read: {error}");
            SpentBySource::new()
        });
        let health = self.runners.iter().map(|(id, runner)| {
            let mut health = runner.health(now);
            if let Some(spent) = spent.get(id) {
                health.spent.clone_from(spent);
            }
            (id.clone(), health)
        });
        health.collect()
    }

    /// Takes up the days that go on, once.
    async fn recall(&self, now: Timestamp) -> Result<(), StoreError> {
        let Some(books) = &self.books else { return Ok(()) };
        let recall = async || {
            for (source, credential, day) in books.quota_days(now).await? {
                let accounts = self.runners.get(&source).map(|runner| &runner.accounts.0);
                if let Some(account) = accounts.into_iter().flatten().find(|a| a.name == credential) {
                    account.day.recall(&day);
                }
            }
            Ok(())
        };
        self.recalled.get_or_try_init(recall).await.copied()
    }

    /// What the sources cost, without what this process has leased and not used.
    async fn spent(&self, now: Timestamp) -> Result<SpentBySource, StoreError> {
        let (Some(books), true) =
            (&self.books, self.runners.values().any(|r| r.setup.cost_per_call.is_some()))
        else {
            return Ok(SpentBySource::new());
        };
        let mut spent = spent_by(books.as_ref(), Offset::UTC.to_datetime(now).date()).await?;
        for (id, runner) in &self.runners {
            let Some(cost) = &runner.setup.cost_per_call else { continue };
            let in_hand: u64 = runner.accounts.0.iter().map(|a| u64::from(a.day.in_hand())).sum();
            let unused = cost.ten_thousandths().saturating_mul(in_hand);
            let spent = spent.entry(id.clone()).or_default().entry(cost.currency().to_owned()).or_default();
            spent.today = spent.today.saturating_sub(unused);
            spent.month = spent.month.saturating_sub(unused);
        }
        Ok(spent)
    }

    /// Gives back to the store what was leased of days and not used: for an orderly end.
    pub async fn give_back(&self) {
        let now = self.clock.now();
        for account in self.runners.values().flat_map(|runner| &runner.accounts.0) {
            account.give_back(now).await;
        }
    }
}

impl Fetched {
    /// Whether the cache would still give it to those who ask.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        !is_stale(self, Freshness::Cached, now)
    }
}

/// How long an answer is served to others who ask.
pub(super) fn kept(reading: &Reading) -> SignedDuration {
    SignedDuration::from_secs(match reading {
        Reading::Found(_) => FOUND_SECONDS,
        Reading::Failed(_) => NOT_FOUND_SECONDS,
    })
}

fn is_stale(fetched: &Fetched, freshness: Freshness, now: Timestamp) -> bool {
    let age = now.duration_since(fetched.fetched_at);
    let allowed = match freshness {
        Freshness::Cached => kept(&fetched.reading),
        Freshness::AtMost(age) => age,
    };
    !fetched.is_answer() || age >= allowed
}
