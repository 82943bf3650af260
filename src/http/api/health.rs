//! Probes and metrics.

use std::fmt::Write as _;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header;

use crate::fetch::{BreakerState, SourceState};
use crate::http::problem::Problem;
use crate::http::state::App;

/// The process lives.
#[utoipa::path(get, path = "/healthz", tag = "health", responses((status = 200, description = "The process lives")))]
pub async fn live() -> &'static str {
    "ok\n"
}

/// The store takes writes.
#[utoipa::path(get, path = "/readyz", tag = "health", responses((status = 200, description = "The store takes writes"),
    (status = 503, body = Problem)))]
pub async fn ready(State(app): State<App>) -> Result<&'static str, Problem> {
    app.gateway.store.ping().await?;
    Ok("ready\n")
}

/// Metrics in the Prometheus text format.
#[utoipa::path(get, path = "/metrics", tag = "health", responses((status = 200, description = "Prometheus text format")))]
pub async fn metrics(State(app): State<App>) -> Response {
    let health = app.gateway.fetcher.health();
    let mut text = String::from(
        "# HELP waygate_log_entries Entries of the evidence log under its signed head.\n# TYPE waygate_log_entries gauge\n",
    );
    let _ = writeln!(text, "waygate_log_entries {}", app.gateway.log.head().checkpoint.size);
    let mut family =
        |name: &str, kind: &str, help: &str, value: &dyn Fn(&crate::fetch::SourceHealth) -> Option<u64>| {
            let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
            for (source, health) in &health {
                if let Some(value) = value(health) {
                    let _ = writeln!(text, "{name}{{source=\"{source}\"}} {value}");
                }
            }
        };
    family("waygate_source_requests_total", "counter", "Requests sent to the official source.", &|h| {
        Some(h.asked)
    });
    family("waygate_source_answers_total", "counter", "Requests that the official source answered.", &|h| {
        Some(h.answered)
    });
    family("waygate_source_on", "gauge", "Whether the source is asked (1) or not (0).", &|h| {
        Some(u64::from(h.state == SourceState::On))
    });
    family(
        "waygate_source_breaker_open",
        "gauge",
        "Whether the source's breaker is open (1) or not (0).",
        &|h| Some(u64::from(h.breaker != BreakerState::Closed)),
    );
    family("waygate_source_quota_left", "gauge", "Requests left in the source's day.", &|h| {
        h.left_today.map(u64::from)
    });
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}
