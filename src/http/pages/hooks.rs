//! The webhooks that were sent: state, answer, attempts.

use jiff::Timestamp;
use url::Url;

use super::overview::address;
use super::when::{When, distance};
use super::words::{self, Badge};
use crate::store::{DeliveryState, DeliverySummary, Endpoint};

/// Most deliveries that are shown.
pub const SHOWN_MAX: usize = 50;
/// Most deliveries that are read to find those of one order or seller.
pub const READ_MAX: u32 = 500;

/// One delivery.
pub struct Hook {
    /// What tells it from others.
    pub key: String,
    /// The order.
    pub order: String,
    /// Its case.
    pub address: String,
    /// The event's number in the order's sequence.
    pub sequence: i64,
    /// The event's type.
    pub kind: &'static str,
    /// Where it stands.
    pub state: Badge,
    /// What the endpoint answered.
    pub status: Option<u16>,
    /// Attempts so far.
    pub attempts: u32,
    /// When it was last tried.
    pub tried_at: Option<When>,
    /// When it is tried next, from now.
    pub next: Option<String>,
    /// Why the last attempt failed.
    pub error: Option<String>,
    /// The endpoint's host.
    pub host: String,
}

/// The deliveries that are shown.
pub struct Hooks {
    /// They, newest first.
    pub shown: Vec<Hook>,
    /// Whether there are more.
    pub cut: bool,
}

impl Hooks {
    /// The newest of the deliveries that `wanted` lets through.
    pub fn of(
        deliveries: Vec<DeliverySummary>,
        endpoints: &[Endpoint],
        wanted: impl Fn(&str) -> bool,
        now: Timestamp,
    ) -> Self {
        let read_all = deliveries.len() < usize::try_from(READ_MAX).unwrap_or(usize::MAX);
        let mut found = deliveries.into_iter().filter(|d| wanted(&d.event.order));
        let shown: Vec<_> = found.by_ref().take(SHOWN_MAX).map(|d| hook(d, endpoints, now)).collect();
        Self { shown, cut: found.next().is_some() || !read_all }
    }
}

fn hook(delivery: DeliverySummary, endpoints: &[Endpoint], now: Timestamp) -> Hook {
    let event = delivery.event;
    let endpoint = endpoints.iter().find(|e| e.id == delivery.endpoint);
    // The host alone: a path or a query may hold what only the receiver should know.
    let host = endpoint.and_then(|e| Url::parse(&e.url).ok());
    let host = host.and_then(|url| {
        let port = url.port().map(|p| format!(":{p}")).unwrap_or_default();
        url.host_str().map(|host| format!("{host}{port}"))
    });
    let pending = delivery.state == DeliveryState::Pending;
    Hook {
        key: format!("{}-{}", event.id, delivery.endpoint),
        address: address(&event.order),
        order: event.order,
        sequence: event.sequence,
        kind: event.kind.as_str(),
        state: words::delivery(delivery.state),
        status: delivery.last_http_status,
        attempts: delivery.attempts,
        tried_at: delivery.last_attempt_at.map(When::short),
        next: delivery
            .next_attempt_at
            .filter(|_| pending && delivery.attempts > 0)
            .map(|at| distance(at, now)),
        error: delivery.last_error.filter(|_| delivery.state != DeliveryState::Delivered),
        host: host.unwrap_or_else(|| delivery.endpoint.to_string()),
    }
}
