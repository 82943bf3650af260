//! One source at work: the line before it, the breaker, its credentials one after the other, and what is counted.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;
use waygate_carriers::contract::{Ask, Failure, FailureKind, Reading, Source, SourceId};

use super::account::{Account, Accounts, REFUSED_ASIDE, Spent};
use super::breaker::BreakerState;
use super::gate::Peers;
use super::gather::Gathering;
use super::health::{Counts, CredentialHealth, SourceHealth};
use super::retry::RetryAllowance;
use super::source::{SourceSetup, SourceState};
use super::waits::Urgency;
use super::{Fetched, Fetcher};
use crate::store::{Incident, SourceBooks};

/// How long an asker waits for leave from the source's budget.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// One source.
pub struct Runner {
    /// What it is.
    pub source: Arc<dyn Source>,
    /// How it is set up.
    pub setup: SourceSetup,
    /// Its credentials.
    pub accounts: Accounts,
    /// What it may be asked again.
    pub allowance: RetryAllowance,
    /// Where numbers wait for each other, if it takes several in one request.
    pub gathering: Option<Gathering>,
    counts: Mutex<Counts>,
}

impl Runner {
    /// A source as set up.
    pub fn new(
        source: Arc<dyn Source>,
        mut setup: SourceSetup,
        books: Option<&Arc<dyn SourceBooks>>,
        peers: Option<&Peers>,
    ) -> Self {
        Self {
            accounts: Accounts::new(&source.facts().id, &mut setup, books, peers),
            allowance: RetryAllowance::default(),
            gathering: source.batch().map(|batch| Gathering::new(batch.max)),
            counts: Mutex::default(),
            source,
            setup,
        }
    }

    /// Its id.
    pub fn id(&self) -> &SourceId {
        &self.source.facts().id
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How it does, but for what it cost.
    pub fn health(&self, now: Timestamp) -> SourceHealth {
        let credentials: Vec<CredentialHealth> = self
            .accounts
            .0
            .iter()
            .map(|account| CredentialHealth {
                name: account.name.clone(),
                left_today: account.day.left(now),
                day_ends_at: account.day.ends_at(now),
                aside: account.aside(now),
            })
            .collect();
        let counts = self.counts();
        SourceHealth {
            state: self.setup.state.clone(),
            breaker: counts.breaker.state(),
            asked: counts.asked,
            answered: counts.answered,
            answered_at: counts.answered_at,
            last_failure: counts.last_failure.clone(),
            latest: counts.latest(),
            left_today: credentials.iter().map(|c| c.left_today).sum(),
            credentials,
            spent: std::collections::BTreeMap::new(),
            incidents: counts.incidents.clone(),
        }
    }

    fn admit(&self, now: Timestamp) -> Result<Option<Probe<'_>>, Timestamp> {
        let mut counts = self.counts();
        counts.breaker.admit(now)?;
        let probes = counts.breaker.state() == BreakerState::Probing;
        drop(counts);
        Ok(probes.then(|| Probe { runner: self, now, done: false }))
    }
}

/// The one request that shows whether a source is back. Where it never comes to an end, another may try.
struct Probe<'a> {
    runner: &'a Runner,
    now: Timestamp,
    done: bool,
}

impl Drop for Probe<'_> {
    fn drop(&mut self) {
        if !self.done {
            self.runner.counts().breaker.abandoned(self.now);
        }
    }
}

/// What a credential is set aside for: until when, and why.
fn trouble(fetched: &Fetched, now: Timestamp) -> Option<(Timestamp, String)> {
    let Reading::Failed(failure) = &fetched.reading else { return None };
    match failure.kind {
        FailureKind::Refused => Some((now + REFUSED_ASIDE, failure.to_string())),
        FailureKind::RateLimited => fetched.again_at.map(|until| (until, failure.to_string())),
        _ => None,
    }
}

impl Fetcher {
    /// One request for these numbers, of which there is at least one; one answer for each, in their order.
    pub(super) async fn fetch(&self, runner: &Runner, asks: &[Ask], urgency: &Urgency) -> Vec<Fetched> {
        let now = self.clock.now();
        let not_asked = |kind, code: &str, message: &str, again_at| -> Vec<Fetched> {
            let failure = || Failure::new(kind, code, message);
            asks.iter().map(|_| Fetched::not_asked(runner.id().clone(), now, failure(), again_at)).collect()
        };
        if let SourceState::Off(why) = &runner.setup.state {
            return not_asked(FailureKind::Unavailable, "source_off", why, None);
        }
        let mut probe = match runner.admit(now) {
            Ok(probe) => probe,
            Err(until) => {
                let message = "the source failed repeatedly and is left alone for a while";
                return not_asked(FailureKind::Unavailable, "source_paused", message, Some(until));
            }
        };
        let mut tried = Vec::new();
        let mut refusal: Option<Spent> = None;
        loop {
            let chosen = runner.accounts.choose(urgency.waits(), self.clock.now(), &tried);
            let entered = match chosen {
                Ok((at, account)) => {
                    tried.push(at);
                    account.enter(urgency, PATIENCE, self.clock.now()).await.map(|pass| (account, pass))
                }
                Err(why) => {
                    let spent = [why, refusal].into_iter().flatten().min_by_key(|why| why.again_at());
                    let spent = spent.unwrap_or(Spent::Aside(now + REFUSED_ASIDE));
                    let again_at = Some(spent.again_at());
                    return not_asked(FailureKind::RateLimited, "budget_spent", spent.in_words(), again_at);
                }
            };
            let (account, pass) = match entered {
                Ok(entered) => entered,
                Err(why @ Spent::Pace(again_at)) => {
                    let again_at = Some(again_at);
                    return not_asked(FailureKind::RateLimited, "budget_spent", why.in_words(), again_at);
                }
                // Another credential may have something left.
                Err(why) => {
                    refusal = [refusal, Some(why)].into_iter().flatten().min_by_key(|why| why.again_at());
                    continue;
                }
            };
            let began = Instant::now();
            let fetched = self.exchange(runner, account, pass, urgency, asks).await;
            let now = self.clock.now();
            let trouble = fetched.first().and_then(|first| trouble(first, now));
            let another = trouble.is_some() && runner.accounts.choose(urgency.waits(), now, &tried).is_ok();
            self.count(runner, &fetched, began.elapsed(), another).await;
            if let Some(probe) = &mut probe {
                probe.done = !another;
            }
            match trouble {
                Some((until, why)) if another => set_aside(runner, account, until, why),
                _ => return fetched,
            }
        }
    }

    /// Counts a request. Where `another` credential is tried next, the source itself is not blamed.
    async fn count(&self, runner: &Runner, fetched: &[Fetched], took: Duration, another: bool) {
        let now = self.clock.now();
        let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        let answered = fetched.iter().any(Fetched::is_answer);
        let mut incidents: Vec<Incident> = Vec::new();
        {
            let mut counts = runner.counts();
            counts.count(took_ms, answered);
            if answered {
                counts.answered_at = Some(now);
                counts.breaker.succeeded();
            } else if let Some(first) = fetched.first() {
                if let Reading::Failed(failure) = &first.reading {
                    tracing::warn!(source = %first.source, code = failure.code, "{failure}");
                    counts.last_failure = Some((now, failure.to_string()));
                }
                match first.again_at {
                    _ if another => {}
                    Some(until) => counts.breaker.pause(until),
                    None => counts.breaker.failed(now),
                }
            }
            for incident in fetched.iter().filter_map(Fetched::incident) {
                if !incidents.iter().any(|known| known.kind == incident.kind) {
                    *counts.incidents.entry(incident.kind.clone()).or_default() += 1;
                    incidents.push(incident);
                }
            }
        }
        for incident in incidents {
            if let Some(books) = &self.books
                && let Err(error) = books.note_incident(incident).await
            {
                tracing::warn!("an incident was not recorded: {error}");
            }
        }
    }
}

fn set_aside(runner: &Runner, account: &Account, until: Timestamp, why: String) {
    tracing::warn!(source = %runner.id(), credential = account.name, "set aside: {why}");
    account.set_aside(until, why);
}

impl Fetched {
    /// What was wrong beyond an outage: an answer that is not the source's own or not about the number, or an address
    /// that is not the source's.
    fn incident(&self) -> Option<Incident> {
        let Reading::Failed(failure) = &self.reading else { return None };
        let is_one = failure.kind == FailureKind::Malformed || failure.code == "not_official";
        (is_one && failure.code != super::gather::NO_READING).then(|| Incident {
            source: self.source.clone(),
            at: self.fetched_at,
            kind: failure.code.clone(),
            what: failure.message.clone(),
        })
    }
}

/// How long a source that says "too many requests" without a time is left alone.
pub const PAUSE: SignedDuration = SignedDuration::from_secs(60);
/// Longest pause that a source can ask for.
pub const PAUSE_MAX: SignedDuration = SignedDuration::from_hours(24);
