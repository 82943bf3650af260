//! The one way to ask a source: through the cache, with a single flight for each number, then breaker, budget, token,
//! wire and reading.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use moka::future::Cache;
use tokio::time::Instant;
use waygate_carriers::contract::{
    Ask, Body, Failure, FailureKind, Reading, Response, Source, SourceId, Token, TokenExchange,
};

use super::Fetched;
use super::breaker::{Breaker, BreakerState};
use super::budget::{Budget, Spent};
use super::retry::RetryAllowance;
use super::source::{ConfiguredSource, SourceSetup, SourceState};
use super::token::{Lent, TokenKeeper};
use super::wire::{self, Answer, WireError};
use crate::clock::SharedClock;
use crate::net::retry_after::retry_after;

/// How long a tracking is served to others who ask.
const FOUND_SECONDS: i64 = 10 * 60;
/// How long "not found" and "inconclusive" are.
const NOT_FOUND_SECONDS: i64 = 60;
/// Most bytes that cached answers may take.
const CACHE_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// What an entry takes beside its body.
const ENTRY_BYTES: usize = 4 * 1024;
/// How long an asker waits for leave from the source's budget.
const PATIENCE: Duration = Duration::from_secs(20);
/// Shortest and longest pause before the one retry.
const RETRY_MS: std::ops::Range<u64> = 100..400;
/// How long a source that says "too many requests" without a time is left alone.
const PAUSE: SignedDuration = SignedDuration::from_secs(60);
/// Longest pause that a source can ask for.
const PAUSE_MAX: SignedDuration = SignedDuration::from_hours(24);

/// How old an answer may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// As old as the cache keeps it.
    Cached,
    /// At most this old.
    AtMost(SignedDuration),
}

/// How a source does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceHealth {
    /// Whether it is asked.
    pub state: SourceState,
    /// Its breaker.
    pub breaker: BreakerState,
    /// Requests sent for trackings.
    pub asked: u64,
    /// Of those, answered (found, not found, or inconclusive).
    pub answered: u64,
    /// When it last answered.
    pub answered_at: Option<Timestamp>,
    /// Its last failure.
    pub last_failure: Option<(Timestamp, String)>,
    /// How long the last answer took, in milliseconds.
    pub last_took_ms: Option<u64>,
    /// Requests left today, where there is a quota.
    pub left_today: Option<u32>,
}

#[derive(Default)]
struct Counts {
    breaker: Breaker,
    asked: u64,
    answered: u64,
    answered_at: Option<Timestamp>,
    last_failure: Option<(Timestamp, String)>,
    last_took_ms: Option<u64>,
}

struct Runner {
    source: Arc<dyn Source>,
    setup: SourceSetup,
    budget: Budget,
    tokens: TokenKeeper,
    allowance: RetryAllowance,
    counts: Mutex<Counts>,
}

impl Runner {
    fn counts(&self) -> std::sync::MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Asks sources. Cheap to share.
pub struct Fetcher {
    runners: BTreeMap<SourceId, Runner>,
    cache: Cache<(SourceId, String), Arc<Fetched>>,
    client: reqwest::Client,
    clock: SharedClock,
}

impl Fetcher {
    /// A fetcher for the given sources.
    pub fn new(sources: Vec<ConfiguredSource>, clock: SharedClock) -> Result<Self, reqwest::Error> {
        let runners = sources.into_iter().map(|(source, setup)| {
            let runner = Runner {
                budget: Budget::new(&setup.limits),
                tokens: TokenKeeper::default(),
                allowance: RetryAllowance::default(),
                counts: Mutex::default(),
                source,
                setup,
            };
            (runner.source.facts().id.clone(), runner)
        });
        let weigh = |_: &(SourceId, String), fetched: &Arc<Fetched>| {
            u32::try_from(fetched.body.len() + ENTRY_BYTES).unwrap_or(u32::MAX)
        };
        Ok(Self {
            runners: runners.collect(),
            cache: Cache::builder()
                .max_capacity(CACHE_BYTES_MAX)
                .weigher(weigh)
                .time_to_live(Duration::from_hours(1))
                .build(),
            client: wire::client()?,
            clock,
        })
    }

    /// Whether a source is set up and asked.
    pub fn is_on(&self, source: &SourceId) -> bool {
        self.runners.get(source).is_some_and(|r| r.setup.state == SourceState::On)
    }

    /// Asks a source for a number, or gives the answer that is fresh enough. However many ask at once, one request goes
    /// out. Failures are given to those who waited for them and to nobody after.
    pub async fn ask(&self, source: &SourceId, ask: &Ask, freshness: Freshness) -> Arc<Fetched> {
        let now = self.clock.now();
        let Some(runner) = self.runners.get(source) else {
            let failure =
                Failure::new(FailureKind::Unavailable, "source_unknown", "this source is not set up here");
            return Arc::new(Fetched::not_asked(source.clone(), now, failure, None));
        };
        let key = (source.clone(), ask.tracking_number.clone());
        let flight = async { Arc::new(self.fetch(runner, ask).await) };
        let stale = |kept: &Arc<Fetched>| is_stale(kept, freshness, now);
        self.cache.entry(key).or_insert_with_if(flight, stale).await.into_value()
    }

    /// How each source does.
    pub fn health(&self) -> BTreeMap<SourceId, SourceHealth> {
        let now = self.clock.now();
        let health = self.runners.iter().map(|(id, runner)| {
            let counts = runner.counts();
            let health = SourceHealth {
                state: runner.setup.state.clone(),
                breaker: counts.breaker.state(),
                asked: counts.asked,
                answered: counts.answered,
                answered_at: counts.answered_at,
                last_failure: counts.last_failure.clone(),
                last_took_ms: counts.last_took_ms,
                left_today: runner.budget.left_today(now),
            };
            (id.clone(), health)
        });
        health.collect()
    }

    async fn fetch(&self, runner: &Runner, ask: &Ask) -> Fetched {
        let now = self.clock.now();
        let id = runner.source.facts().id.clone();
        let not_asked = |kind, code: &str, message: String, again_at| {
            Fetched::not_asked(id.clone(), now, Failure::new(kind, code, message), again_at)
        };
        if let SourceState::Off(why) = &runner.setup.state {
            return not_asked(FailureKind::Unavailable, "source_off", why.clone(), None);
        }
        if let Err(until) = runner.counts().breaker.admit(now) {
            let message = "the source failed repeatedly and is left alone for a while".to_owned();
            return not_asked(FailureKind::Unavailable, "source_paused", message, Some(until));
        }
        let permit = match runner.budget.spend(now, PATIENCE).await {
            Ok(permit) => permit,
            Err(spent) => {
                runner.counts().breaker.abandoned(now);
                let (message, until) = match spent {
                    Spent::Pace => ("the source's pace leaves no room now", None),
                    Spent::Day(until) => ("the source's quota for today is used up", Some(until)),
                };
                return not_asked(FailureKind::RateLimited, "budget_spent", message.to_owned(), until);
            }
        };
        let began = Instant::now();
        let fetched = self.exchange(runner, ask).await;
        drop(permit);
        self.count(runner, &fetched, began.elapsed());
        fetched
    }

    fn count(&self, runner: &Runner, fetched: &Fetched, took: Duration) {
        let now = self.clock.now();
        let mut counts = runner.counts();
        counts.asked += 1;
        counts.last_took_ms = Some(u64::try_from(took.as_millis()).unwrap_or(u64::MAX));
        if fetched.is_answer() {
            counts.answered += 1;
            counts.answered_at = Some(now);
            counts.breaker.succeeded();
        } else {
            if let Reading::Failed(failure) = &fetched.reading {
                tracing::warn!(source = %fetched.source, code = failure.code, "{failure}");
                counts.last_failure = Some((now, failure.to_string()));
            }
            match fetched.again_at {
                Some(until) => counts.breaker.pause(until),
                None => counts.breaker.failed(now),
            }
        }
    }

    async fn exchange(&self, runner: &Runner, ask: &Ask) -> Fetched {
        let request = runner.source.request(ask);
        let facts = runner.source.facts();
        let mut fetched = Fetched {
            source: facts.id.clone(),
            url: String::new(),
            fetched_at: self.clock.now(),
            http_status: None,
            body: Arc::from([]),
            reading: Failure::new(FailureKind::Unavailable, "no_answer", "no answer").into(),
            asked: true,
            again_at: None,
        };
        let result = match wire::address(facts, &runner.setup, &request) {
            Ok(url) => {
                fetched.url = wire::recorded(&url, &request);
                self.send(runner, ask, url, &request).await
            }
            Err(error) => Err(Outcome::Wire(error)),
        };
        fetched.fetched_at = self.clock.now();
        match result {
            Ok(answer) => {
                fetched.http_status = Some(answer.status);
                fetched.reading = read(runner, &answer, &ask.tracking_number).await;
                fetched.again_at = self.again_at(&fetched.reading, &answer);
                fetched.body = answer.body.into();
            }
            Err(Outcome::Wire(error)) => {
                let kind = match error {
                    WireError::NoSecret(_) => FailureKind::Refused,
                    WireError::TooLong(_) | WireError::Redirect(_) => FailureKind::Malformed,
                    _ => FailureKind::Unavailable,
                };
                fetched.reading = Failure::new(kind, error.code(), error.to_string()).into();
            }
            Err(Outcome::Token(failure)) => fetched.reading = failure.into(),
        }
        if let Reading::Failed(failure) = &mut fetched.reading {
            failure.carrier = Some(ask.carrier.clone());
            failure.tracking_number.get_or_insert_with(|| ask.tracking_number.clone());
        }
        fetched
    }

    fn again_at(&self, reading: &Reading, answer: &Answer) -> Option<Timestamp> {
        let Reading::Failed(Failure { kind: FailureKind::RateLimited, .. }) = reading else { return None };
        let now = self.clock.now();
        let asked = answer.retry_after.as_deref().and_then(|value| retry_after(value, now));
        Some(now + asked.unwrap_or(PAUSE).min(PAUSE_MAX))
    }

    /// Sends with one more try where the connection failed, and one more where the token is no longer good.
    async fn send(
        &self,
        runner: &Runner,
        ask: &Ask,
        url: url::Url,
        request: &waygate_carriers::contract::Request,
    ) -> Result<Answer, Outcome> {
        runner.allowance.earn();
        let mut retried = false;
        let mut renewed = false;
        loop {
            let lent = match runner.source.token() {
                Some(exchange) => Some(self.token(runner, exchange).await?),
                None => None,
            };
            let token = lent.as_ref().map(|l| &l.text);
            match wire::exchange(&self.client, url.clone(), request, &runner.setup, token).await {
                Ok(answer) => {
                    let response = Response {
                        status: answer.status,
                        body: &answer.body,
                        asked: Some(&ask.tracking_number),
                    };
                    let rejected = runner.source.token().is_some_and(|t| t.is_token_rejected(response));
                    match lent {
                        Some(lent) if rejected && !renewed => {
                            renewed = true;
                            runner.tokens.reject(lent.generation).await;
                        }
                        _ => return Ok(answer),
                    }
                }
                Err(error) if error.is_passing() && !retried && runner.allowance.take() => {
                    retried = true;
                    tokio::time::sleep(Duration::from_millis(rand::random_range(RETRY_MS))).await;
                }
                Err(error) => return Err(Outcome::Wire(error)),
            }
        }
    }

    async fn token(&self, runner: &Runner, exchange: &dyn TokenExchange) -> Result<Lent, Outcome> {
        let renew = async || -> Result<Token, Outcome> {
            let request = exchange.request();
            let url = wire::address(runner.source.facts(), &runner.setup, &request).map_err(Outcome::Wire)?;
            let answer = wire::exchange(&self.client, url, &request, &runner.setup, None)
                .await
                .map_err(Outcome::Wire)?;
            let response = Response { status: answer.status, body: &answer.body, asked: None };
            exchange.read(response).map_err(Outcome::Token)
        };
        runner.tokens.get(self.clock.now(), renew).await
    }
}

/// Why there is no answer to read.
enum Outcome {
    Wire(WireError),
    Token(Failure),
}

impl Fetched {
    /// Whether the cache would still give it to those who ask.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        !is_stale(self, Freshness::Cached, now)
    }
}

fn is_stale(kept: &Fetched, freshness: Freshness, now: Timestamp) -> bool {
    let kept_seconds = match kept.reading {
        Reading::Found(_) => FOUND_SECONDS,
        Reading::Failed(_) => NOT_FOUND_SECONDS,
    };
    let age = now.duration_since(kept.fetched_at);
    let allowed = match freshness {
        Freshness::Cached => SignedDuration::from_secs(kept_seconds),
        Freshness::AtMost(age) => age,
    };
    !kept.is_answer() || age >= allowed
}

/// Reads an answer. A page is parsed on a thread of its own: a large one takes milliseconds.
async fn read(runner: &Runner, answer: &Answer, asked: &str) -> Reading {
    let source = Arc::clone(&runner.source);
    let status = answer.status;
    let readings = if source.facts().body == Body::Html {
        let (body, asked) = (answer.body.clone(), asked.to_owned());
        let parsing = tokio::task::spawn_blocking(move || {
            source.read(Response { status, body: &body, asked: Some(&asked) })
        });
        parsing.await.unwrap_or_default()
    } else {
        source.read(Response { status, body: &answer.body, asked: Some(asked) })
    };
    readings.into_iter().next().unwrap_or_else(|| {
        Failure::new(FailureKind::Malformed, "no_reading", "the answer could not be read at all").into()
    })
}
