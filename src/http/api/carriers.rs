//! `GET /v1/carriers`: every carrier, whether it is recognized, and how its official sources do.

use axum::Json as Answer;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::views::ListView;
use crate::fetch::{BreakerState, SourceHealth, SourceState};
use crate::http::auth::Caller;
use crate::http::problem::Problem;
use crate::http::state::App;

/// A carrier.
#[derive(Debug, Serialize, ToSchema)]
pub struct CarrierView {
    /// Its id.
    id: String,
    /// What people call it.
    name: String,
    /// Whether the platform recognizes its tracking.
    recognized: bool,
    /// Domains on which it shows trackings itself.
    domains: Vec<String>,
    /// Its page for a number; `{n}` stands for the number.
    tracking_url: Option<String>,
    /// Its official sources.
    sources: Vec<SourceView>,
}

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
    /// Its last failure.
    last_failure: Option<String>,
    /// When that was.
    last_failure_at: Option<String>,
    /// How long its last answer took, in milliseconds.
    last_took_ms: Option<u64>,
    /// Requests left today, where there is a quota.
    left_today: Option<u32>,
}

fn source(id: String, health: SourceHealth) -> SourceView {
    let (state, why_off) = match health.state {
        SourceState::On => ("on", None),
        SourceState::Off(why) => ("off", Some(why)),
    };
    let (breaker, paused_until) = match health.breaker {
        BreakerState::Closed => ("closed", None),
        BreakerState::Open(until) => ("open", Some(until.to_string())),
        BreakerState::Probing => ("probing", None),
    };
    let (last_failure_at, last_failure) =
        health.last_failure.map(|(at, text)| (at.to_string(), text)).unzip();
    SourceView {
        id,
        state,
        why_off,
        breaker,
        paused_until,
        asked: health.asked,
        answered: health.answered,
        answered_at: health.answered_at.map(|t| t.to_string()),
        last_failure,
        last_failure_at,
        last_took_ms: health.last_took_ms,
        left_today: health.left_today,
    }
}

/// Every carrier, in order of id.
#[utoipa::path(get, path = "/v1/carriers", tag = "carriers",
    responses((status = 200, body = ListView<CarrierView>), (status = "4XX", body = Problem)))]
pub async fn list(State(app): State<App>, _caller: Caller) -> Result<Answer<ListView<CarrierView>>, Problem> {
    let mut health = app.gateway.fetcher.health();
    let book = app.gateway.book;
    let carriers = book.registry.carriers().map(|facts| CarrierView {
        id: facts.id.to_string(),
        name: facts.name.clone(),
        recognized: book.channels.is_recognized(&facts.id),
        domains: facts.domains.clone(),
        tracking_url: facts.tracking_url.clone(),
        sources: facts
            .sources
            .iter()
            .filter_map(|s| health.remove(&s.id).map(|health| source(s.id.to_string(), health)))
            .collect(),
    });
    Ok(Answer(ListView::whole(carriers.collect())))
}
