//! `GET /metrics`: how the official sources and webhook deliveries do, and how long the evidence log is, in the Prometheus text format.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header;
use jiff::Timestamp;
use waygate_carriers::contract::SourceId;

use crate::config::ReplicaRole;
use crate::fetch::{BreakerState, SourceHealth, SourceState, money};
use crate::http::state::App;
use crate::seal::Sealer;
use crate::webhook::notices::{Notice, Notices};

/// Metrics in the Prometheus text format.
#[utoipa::path(get, path = "/metrics", tag = "health", responses((status = 200, description = "Prometheus text format")))]
pub async fn metrics(State(app): State<App>) -> Response {
    let health = app.gateway.fetcher.health().await;
    let mut unmapped = BTreeMap::<SourceId, u64>::new();
    if let Some(books) = app.gateway.fetcher.books() {
        // Where the store does not answer, the figure is left out and the others are told.
        for code in books.unmapped_codes().await.unwrap_or_default() {
            *unmapped.entry(code.source).or_default() += 1;
        }
    }
    let mut text = write(&health, &unmapped, app.gateway.now());
    if app.roles.has(ReplicaRole::Api) {
        write_log(&mut text, &app.gateway.log).await;
    }
    write_deliveries(&mut text, &app.webhook_notices);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}

async fn write_log(text: &mut String, log: &Sealer) {
    let entries = log.head().checkpoint.size;
    let _ = writeln!(
        text,
        "# HELP waygate_log_entries Entries of the evidence log under its signed head.\n\
         # TYPE waygate_log_entries gauge\nwaygate_log_entries {entries}"
    );
    // Where the store does not answer, the figures are left out.
    if let Ok(behind) = log.behind().await {
        let _ = writeln!(
            text,
            "# HELP waygate_log_unsealed Entries that are written and not sealed.\n\
             # TYPE waygate_log_unsealed gauge\nwaygate_log_unsealed {}\n\
             # HELP waygate_log_unsealed_seconds For how long some of them have been seen to wait.\n\
             # TYPE waygate_log_unsealed_seconds gauge\nwaygate_log_unsealed_seconds {}",
            behind.entries,
            behind.waited.as_secs_f64()
        );
    }
}

fn write_deliveries(text: &mut String, notices: &Notices) {
    let (delivered, failed) = notices.attempts();
    let attempts = "waygate_webhook_attempts_total";
    let _ = writeln!(
        text,
        "# HELP {attempts} Attempts to deliver a webhook, by what came of them.\n# TYPE {attempts} counter\n\
         {attempts}{{outcome=\"delivered\"}} {delivered}\n{attempts}{{outcome=\"failed\"}} {failed}"
    );
    let name = "waygate_webhook_endpoint_notices_total";
    let _ = writeln!(text, "# HELP {name} Notices about webhook endpoints, by type.\n# TYPE {name} counter");
    for notice in Notice::ALL {
        let _ = writeln!(text, "{name}{{type=\"{}\"}} {}", notice.as_str(), notices.told(notice));
    }
}

/// One sample: further labels, and the value as it is written.
type Sample = (String, String);

/// What a family tells of one source.
type Tell<'a> = &'a dyn Fn(&SourceId, &SourceHealth) -> Vec<Sample>;

fn write(
    health: &BTreeMap<SourceId, SourceHealth>,
    unmapped: &BTreeMap<SourceId, u64>,
    now: Timestamp,
) -> String {
    let mut text = String::new();
    let mut family = |name: &str, kind: &str, help: &str, tell: Tell<'_>| {
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for (source, health) in health {
            for (labels, value) in tell(source, health) {
                let _ = writeln!(text, "{name}{{source=\"{source}\"{labels}}} {value}");
            }
        }
    };
    family("waygate_source_requests_total", "counter", "Requests sent to the official source.", &|_, h| {
        one(Some(h.asked))
    });
    family(
        "waygate_source_answers_total",
        "counter",
        "Requests that the official source answered.",
        &|_, h| one(Some(h.answered)),
    );
    family("waygate_source_on", "gauge", "Whether the source is asked (1) or not (0).", &|_, h| {
        one(Some(u64::from(h.state == SourceState::On)))
    });
    family(
        "waygate_source_breaker_open",
        "gauge",
        "Whether the source's breaker is open (1) or not (0).",
        &|_, h| one(Some(u64::from(h.breaker != BreakerState::Closed))),
    );
    family("waygate_source_quota_left", "gauge", "Requests left in the source's day.", &|_, h| {
        one(h.left_today)
    });
    family(
        "waygate_source_answered_ratio",
        "gauge",
        "The share of the latest requests (at most 256) that were answered.",
        &|_, h| one(h.latest.answered_share()),
    );
    family(
        "waygate_source_latency_seconds",
        "gauge",
        "What half (0.5) and nineteen of twenty (0.95) of the latest requests stayed within.",
        &|_, h| {
            let seconds = |ms: u64| format!("{}.{:03}", ms / 1_000, ms % 1_000);
            let quantiles = [("0.5", h.latest.p50_ms), ("0.95", h.latest.p95_ms)];
            let told = quantiles.into_iter().filter_map(|(q, ms)| Some((q, ms?)));
            told.map(|(q, ms)| (format!(",quantile=\"{q}\""), seconds(ms))).collect()
        },
    );
    family(
        "waygate_source_answer_age_seconds",
        "gauge",
        "How long ago the source last answered.",
        &|_, h| one(h.answered_at.map(|at| now.duration_since(at).as_secs().max(0))),
    );
    for (name, help, this_month) in [
        ("waygate_source_spent_today", "What the source's requests cost today, in UTC.", false),
        ("waygate_source_spent_month", "What the source's requests cost this month, in UTC.", true),
    ] {
        family(name, "gauge", help, &|_, h| {
            let amount = |(currency, spent): (&String, &crate::fetch::Spent)| {
                let amount = if this_month { spent.month } else { spent.today };
                Some((format!(",currency=\"{currency}\""), money(amount, currency)?.amount()))
            };
            h.spent.iter().filter_map(amount).collect()
        });
    }
    family(
        "waygate_source_unmapped_codes",
        "gauge",
        "Codes of the source that nobody has mapped.",
        &|source, h| {
            let known = unmapped.get(source).copied();
            one(known.or((h.state == SourceState::On).then_some(0)))
        },
    );
    family(
        "waygate_source_incidents_total",
        "counter",
        "Answers that were wrong beyond an outage, by kind.",
        &|_, h| {
            h.incidents
                .iter()
                .map(|(kind, n)| (format!(",kind=\"{}\"", label(kind)), n.to_string()))
                .collect()
        },
    );
    text
}

fn one(value: Option<impl ToString>) -> Vec<Sample> {
    value.into_iter().map(|value| (String::new(), value.to_string())).collect()
}

/// A kind may be a source's own code: what would end a label is left out.
fn label(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_alphanumeric() || "._-".contains(*c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deliveries_and_notices_are_counted_from_the_start() {
        let mut text = String::new();
        write_deliveries(&mut text, &Notices::default());
        for line in [
            "# TYPE waygate_webhook_attempts_total counter",
            "waygate_webhook_attempts_total{outcome=\"delivered\"} 0",
            "waygate_webhook_attempts_total{outcome=\"failed\"} 0",
            "waygate_webhook_endpoint_notices_total{type=\"webhook_endpoint.failing\"} 0",
            "waygate_webhook_endpoint_notices_total{type=\"webhook_endpoint.disabled\"} 0",
        ] {
            assert!(text.lines().any(|written| written == line), "{text}");
        }
    }
}
