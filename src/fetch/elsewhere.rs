//! One request for a number over all replicas: who gets the flight asks and leaves the outcome in the store, whoever else
//! asks meanwhile waits for it there. Where the store does not answer each replica asks by itself: what may be asked at all
//! is then refused by the pace and the day.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;
use waygate_carriers::contract::{Ask, Failure, FailureKind, SourceId};

use super::cache::{Freshness, kept};
use super::gate::Peers;
use super::runner::PATIENCE;
use super::{Fetched, Fetcher};
use crate::store::StoreError;
use crate::store::replicas::{Flight, FlightOutcome, FlightWish};

/// How long nobody else asks after the last that was heard of who does.
const LEASE: SignedDuration = SignedDuration::from_secs(15);
/// How often who asks is heard of.
const HEARD_OF: Duration = Duration::from_secs(4);
/// Pauses between two looks for what another replica is told.
const LOOK_MIN: Duration = Duration::from_millis(10);
const LOOK_MAX: Duration = Duration::from_millis(500);
/// How long a failure lies there for those who waited for it; nobody else is given it.
const FAILURE_KEPT: SignedDuration = SignedDuration::from_secs(5);
/// How often flights that are over are forgotten.
const TIDIED_EVERY: SignedDuration = SignedDuration::from_secs(60);

/// When this process has last forgotten what is over.
#[derive(Debug, Default)]
pub struct Tidied(Mutex<Option<Timestamp>>);

impl Tidied {
    fn is_due(&self, now: Timestamp) -> bool {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let due = last.is_none_or(|last| now.duration_since(last) >= TIDIED_EVERY);
        if due {
            *last = Some(now);
        }
        due
    }
}

/// What came of waiting for another.
enum Waited {
    Told(Box<FlightOutcome>),
    /// Nothing is under way any more.
    Over,
    TooLong,
}

/// A flight of ours. Where whoever asked goes away before there is an outcome, the number is free for others.
struct Aboard {
    peers: Peers,
    source: SourceId,
    number: String,
    name: String,
    /// It may be under way: not another's.
    ours: bool,
}

impl Aboard {
    /// Leaves what came of it.
    async fn land(&mut self, outcome: Option<(FlightOutcome, Timestamp)>) -> Result<(), StoreError> {
        self.ours = false;
        let (source, number, name) = (self.source.clone(), self.number.clone(), self.name.clone());
        self.peers.replicas.land_flight(source, number, name, outcome).await
    }
}

impl Drop for Aboard {
    fn drop(&mut self) {
        // Outside of a runtime its lease ends.
        let (true, Ok(runtime)) = (self.ours, tokio::runtime::Handle::try_current()) else { return };
        let (source, number, name) = (self.source.clone(), self.number.clone(), self.name.clone());
        let peers = self.peers.clone();
        runtime.spawn(async move { peers.replicas.land_flight(source, number, name, None).await });
    }
}

impl Fetcher {
    /// Asks, unless another replica does or has just done so.
    pub(super) async fn fly_once(
        &self,
        peers: &Peers,
        source: &SourceId,
        ask: &Ask,
        freshness: Freshness,
        fly: impl Future<Output = Fetched>,
    ) -> Fetched {
        let fetched_after = match freshness {
            Freshness::Cached => None,
            Freshness::AtMost(age) => Some(self.clock.now().checked_sub(age).unwrap_or(Timestamp::MIN)),
        };
        let mut aboard = Aboard {
            peers: peers.clone(),
            source: source.clone(),
            number: ask.tracking_number.clone(),
            name: uuid::Uuid::now_v7().simple().to_string(),
            ours: false,
        };
        let (deadline, mut pause) = (Instant::now() + PATIENCE, LOOK_MIN);
        loop {
            aboard.ours = true;
            let waited = match self.board(&aboard, fetched_after).await {
                Ok(None) => return self.fly_for_all(aboard, fetched_after, fly).await,
                Ok(Some(other)) => {
                    aboard.ours = false;
                    self.wait_for(&aboard, other, deadline, &mut pause).await
                }
                Err(error) => Err(error),
            };
            match waited {
                Ok(Waited::Told(outcome)) => return fetched(source, *outcome),
                Ok(Waited::Over) => {}
                Ok(Waited::TooLong) => {
                    let message = "another replica asks for this number, and was not told in time";
                    let failure = Failure::new(FailureKind::Unavailable, "asked_elsewhere", message);
                    return Fetched::not_asked(source.clone(), self.clock.now(), failure, None);
                }
                Err(error) => {
                    tracing::warn!(%source, "what other replicas ask for cannot be known: {error}");
                    return fly.await;
                }
            }
        }
    }

    async fn board(
        &self,
        aboard: &Aboard,
        fetched_after: Option<Timestamp>,
    ) -> Result<Option<Flight>, StoreError> {
        let at = self.clock.now();
        let wish = FlightWish {
            source: aboard.source.clone(),
            number: aboard.number.clone(),
            flight: aboard.name.clone(),
            at,
            until: at + LEASE,
            fetched_after,
        };
        aboard.peers.replicas.board_flight(wish).await
    }

    /// Waits for what another is told.
    async fn wait_for(
        &self,
        aboard: &Aboard,
        other: Flight,
        deadline: Instant,
        pause: &mut Duration,
    ) -> Result<Waited, StoreError> {
        let name = other.flight.clone();
        let mut seen = Some(other);
        loop {
            // Where another took its place, or nothing was left, there is nothing to wait for.
            let Some(flight) = seen.filter(|flight| flight.flight == name) else { return Ok(Waited::Over) };
            if let Some(outcome) = flight.outcome {
                return Ok(Waited::Told(Box::new(outcome)));
            }
            if flight.until <= self.clock.now() {
                return Ok(Waited::Over);
            }
            if Instant::now() + *pause > deadline {
                return Ok(Waited::TooLong);
            }
            tokio::time::sleep(*pause).await;
            *pause = (*pause * 2).min(LOOK_MAX);
            seen = aboard.peers.replicas.flight(aboard.source.clone(), aboard.number.clone()).await?;
        }
    }

    /// Asks, is heard of meanwhile, and leaves what came of it.
    async fn fly_for_all(
        &self,
        mut aboard: Aboard,
        fetched_after: Option<Timestamp>,
        fly: impl Future<Output = Fetched>,
    ) -> Fetched {
        let heard_of = async {
            loop {
                tokio::time::sleep(HEARD_OF).await;
                if let Err(error) = self.board(&aboard, fetched_after).await {
                    tracing::warn!("other replicas were not told that a number is asked for: {error}");
                }
            }
        };
        let fetched = tokio::select! {
            fetched = fly => fetched,
            () = heard_of => unreachable!("it goes on for as long as the flight"),
        };
        if let Err(error) = aboard.land(landed(&fetched)).await {
            tracing::warn!("other replicas were not told what a source answered: {error}");
        }
        fetched
    }

    /// Forgets what was kept for other replicas and is over; does so once in a while, however often it is called.
    pub async fn forget_flights(&self) {
        let now = self.clock.now();
        if let Some(peers) = &self.peers
            && self.tidied.is_due(now)
            && let Err(error) = peers.replicas.forget_flights(now).await
        {
            tracing::warn!("answers kept for other replicas were not forgotten: {error}");
        }
    }
}

/// What is left for others, and until when: nothing, where no request went out, since that is this replica's own affair.
fn landed(fetched: &Fetched) -> Option<(FlightOutcome, Timestamp)> {
    let later = |by: SignedDuration| fetched.fetched_at.checked_add(by).unwrap_or(Timestamp::MAX);
    let is_answer = fetched.is_answer();
    let fresh_until = if is_answer { later(kept(&fetched.reading)) } else { fetched.fetched_at };
    let outcome = FlightOutcome {
        url: fetched.url.clone(),
        fetched_at: fetched.fetched_at,
        fresh_until,
        http_status: fetched.http_status,
        reading: fetched.reading.clone(),
        again_at: fetched.again_at,
        body: fetched.body.to_vec(),
    };
    fetched.asked.then(|| (outcome, if is_answer { fresh_until } else { later(FAILURE_KEPT) }))
}

fn fetched(source: &SourceId, outcome: FlightOutcome) -> Fetched {
    Fetched {
        source: source.clone(),
        url: outcome.url,
        fetched_at: outcome.fetched_at,
        http_status: outcome.http_status,
        body: outcome.body.into(),
        reading: outcome.reading,
        asked: true,
        again_at: outcome.again_at,
    }
}
