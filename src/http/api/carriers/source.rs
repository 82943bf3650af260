//! An official source as the API shows it.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;
use waygate_carriers::contract::SourceId;

use crate::domain::money::Money;
use crate::fetch::{BreakerState, SourceHealth, SourceState, money};
use crate::http::auth::Caller;
use crate::http::problem::Problem;
use crate::http::state::App;
use crate::store::{Incident, UnmappedCode};

/// An official source and how it does.
#[derive(Debug, Serialize, ToSchema)]
pub struct SourceView {
    /// `<carrier>.<source>`
    id: String,
    /// `on` or `off`.
    state: &'static str,
    /// Why it is off.
    why_off: Option<String>,
    /// `closed`, `open` or `probing`.
    breaker: &'static str,
    /// Until when an open breaker stays open.
    paused_until: Option<String>,
    /// Requests sent.
    asked: u64,
    /// Of those, answered.
    answered: u64,
    /// When it last answered.
    answered_at: Option<String>,
    /// How long ago that was, in seconds.
    answered_seconds_ago: Option<i64>,
    /// Its last failure.
    last_failure: Option<String>,
    /// When that was.
    last_failure_at: Option<String>,
    /// How long its last answer took, in milliseconds.
    last_took_ms: Option<u64>,
    /// The latest requests, at most 256.
    latest: LatestView,
    /// Requests left today, where there is a quota: all credentials together.
    left_today: Option<u32>,
    /// Each credential. For operators; null to others.
    credentials: Option<Vec<CredentialView>>,
    /// What its requests cost, by currency, in UTC. For operators; null to others.
    spent: Option<Vec<SpentView>>,
    /// How many codes of its answers nobody has mapped. For operators; null to others.
    unmapped_codes_count: Option<usize>,
    /// Those codes, the latest first. For operators who ask for the one carrier; null to others.
    unmapped_codes: Option<Vec<UnmappedCodeView>>,
    /// What was wrong with its answers beyond outages, the latest first, at most 100. For operators who ask for the one
    /// carrier; null to others.
    incidents: Option<Vec<IncidentView>>,
}

/// The latest requests in figures.
#[derive(Debug, Serialize, ToSchema)]
pub struct LatestView {
    /// How many they are.
    requests: usize,
    /// The share of those that were answered, from 0 to 1.
    answered_share: Option<f64>,
    /// What half of them stayed within, in milliseconds.
    p50_ms: Option<u64>,
    /// What nineteen of twenty stayed within, in milliseconds.
    p95_ms: Option<u64>,
}

/// A credential.
#[derive(Debug, Serialize, ToSchema)]
pub struct CredentialView {
    /// What the settings call it; null where there is but one.
    name: Option<String>,
    /// Requests left today, where there is a quota.
    left_today: Option<u32>,
    /// When its day ends, where one runs.
    day_ends_at: Option<String>,
    /// Until when it is left alone.
    aside_until: Option<String>,
    /// Why.
    aside_why: Option<String>,
}

/// What requests cost.
#[derive(Debug, Serialize, ToSchema)]
pub struct SpentView {
    /// Today.
    #[schema(value_type = Object)]
    today: Money,
    /// This month.
    #[schema(value_type = Object)]
    month: Money,
}

/// A code that nobody has mapped.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnmappedCodeView {
    /// Where it stands: `checkpoint`, or `status` for the parcel's own.
    namespace: String,
    /// The code; empty where the source sends words alone.
    code: String,
    /// Words that came with it.
    text: String,
    /// When it came first.
    first_seen: String,
    /// When it came last.
    last_seen: String,
    /// In how many recorded answers it stood.
    answers: u64,
}

/// Something that was wrong with an answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct IncidentView {
    /// When.
    at: String,
    /// Which kind, e.g. `wrong_number`, `redirect`, `too_long`.
    kind: String,
    /// What, in one sentence.
    what: String,
}

/// What a caller is told of the sources.
pub struct Told {
    now: Timestamp,
    health: BTreeMap<SourceId, SourceHealth>,
    for_operators: Option<(Vec<UnmappedCode>, Vec<Incident>)>,
}

impl Told {
    /// All that this caller may know.
    pub async fn to(app: &App, caller: &Caller) -> Result<Self, Problem> {
        let fetcher = &app.gateway.fetcher;
        let for_operators = match fetcher.books() {
            Some(books) if caller.is_operator() => {
                Some((books.unmapped_codes().await?, books.incidents().await?))
            }
            _ => None,
        };
        Ok(Self { now: app.gateway.now(), health: fetcher.health().await, for_operators })
    }

    /// A source, once.
    pub fn source(&mut self, id: &SourceId, in_full: bool) -> Option<SourceView> {
        let health = self.health.remove(id)?;
        let mut view = source(id, &health, self.now);
        if let Some((codes, incidents)) = &self.for_operators {
            let codes: Vec<_> = codes.iter().filter(|code| code.source == *id).collect();
            let incidents = incidents.iter().filter(|incident| incident.source == *id);
            view.credentials = Some(health.credentials.iter().map(credential).collect());
            view.spent = Some(health.spent.iter().filter_map(spent).collect());
            view.unmapped_codes_count = Some(codes.len());
            view.unmapped_codes = in_full.then(|| codes.into_iter().map(unmapped).collect());
            view.incidents = in_full.then(|| incidents.map(incident).collect());
        }
        Some(view)
    }
}

fn source(id: &SourceId, health: &SourceHealth, now: Timestamp) -> SourceView {
    let (state, why_off) = match &health.state {
        SourceState::On => ("on", None),
        SourceState::Off(why) => ("off", Some(why.clone())),
    };
    let (breaker, paused_until) = match health.breaker {
        BreakerState::Closed => ("closed", None),
        BreakerState::Open(until) => ("open", Some(until.to_string())),
        BreakerState::Probing => ("probing", None),
    };
    let (last_failure_at, last_failure) =
        health.last_failure.as_ref().map(|(at, text)| (at.to_string(), text.clone())).unzip();
    let age = |at: Timestamp| now.duration_since(at).max(SignedDuration::ZERO).as_secs();
    SourceView {
        id: id.to_string(),
        state,
        why_off,
        breaker,
        paused_until,
        asked: health.asked,
        answered: health.answered,
        answered_at: health.answered_at.map(|at| at.to_string()),
        answered_seconds_ago: health.answered_at.map(age),
        last_failure,
        last_failure_at,
        last_took_ms: health.latest.last_ms,
        latest: LatestView {
            requests: health.latest.requests,
            answered_share: health.latest.answered_share(),
            p50_ms: health.latest.p50_ms,
            p95_ms: health.latest.p95_ms,
        },
        left_today: health.left_today,
        credentials: None,
        spent: None,
        unmapped_codes_count: None,
        unmapped_codes: None,
        incidents: None,
    }
}

fn credential(health: &crate::fetch::CredentialHealth) -> CredentialView {
    let (aside_until, aside_why) =
        health.aside.as_ref().map(|(until, why)| (until.to_string(), why.clone())).unzip();
    CredentialView {
        name: Some(health.name.clone()).filter(|name| !name.is_empty()),
        left_today: health.left_today,
        day_ends_at: health.day_ends_at.map(|at| at.to_string()),
        aside_until,
        aside_why,
    }
}

fn spent((currency, spent): (&String, &crate::fetch::Spent)) -> Option<SpentView> {
    Some(SpentView { today: money(spent.today, currency)?, month: money(spent.month, currency)? })
}

fn unmapped(code: &UnmappedCode) -> UnmappedCodeView {
    UnmappedCodeView {
        namespace: code.namespace.clone(),
        code: code.code.clone(),
        text: code.text.clone(),
        first_seen: code.first_seen.to_string(),
        last_seen: code.last_seen.to_string(),
        answers: code.answers,
    }
}

fn incident(incident: &Incident) -> IncidentView {
    IncidentView { at: incident.at.to_string(), kind: incident.kind.clone(), what: incident.what.clone() }
}
