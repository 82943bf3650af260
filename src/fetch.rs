//! Asks official sources: politely (budgets), safely (official hosts, capped bodies, no redirects), once for many
//! askers (single flight), the more urgent first, and never trusting what comes back further than it can be read.

mod account;
mod breaker;
mod cache;
mod day;
mod elsewhere;
mod exchange;
mod gate;
mod gather;
mod health;
mod lanes;
mod push;
mod render;
mod retry;
mod runner;
mod share;
#[cfg(test)]
mod share_tests;
mod source;
mod token;
mod waits;
mod wire;

pub use breaker::{Breaker, BreakerState};
pub use cache::{Fetcher, Freshness, Wanted};
pub use gate::Peers;
pub use health::{CredentialHealth, Latest, SourceHealth, Spent, money, spent_by};
pub use push::PushSecrets;
pub use retry::RetryAllowance;
pub use source::{ConfiguredSource, Secrets, SourceSetup, SourceState};
pub use waits::{Shares, Waits};
pub use wire::WireError;

use std::sync::Arc;

use jiff::Timestamp;
use waygate_carriers::contract::{Failure, FailureKind, Reading, SourceId};

/// One answer of a source, with all that evidence needs.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// Which source.
    pub source: SourceId,
    /// The address that was asked, without secrets.
    pub url: String,
    /// When the answer was complete.
    pub fetched_at: Timestamp,
    /// HTTP status; none where no answer came.
    pub http_status: Option<u16>,
    /// The body as received (after content decoding).
    pub body: Arc<[u8]>,
    /// What it was read as.
    pub reading: Reading,
    /// Whether a request went out for it at all. A source that is paused or out of budget was not asked.
    pub asked: bool,
    /// When the source may be asked again, where it said so or its budget does.
    pub again_at: Option<Timestamp>,
}

impl Fetched {
    /// Whether this says something about the number, and may be kept for others who ask.
    pub fn is_answer(&self) -> bool {
        match &self.reading {
            Reading::Found(_) => true,
            Reading::Failed(failure) => {
                matches!(failure.kind, FailureKind::NotFound | FailureKind::Inconclusive)
            }
        }
    }

    /// An ask that never went out.
    fn not_asked(source: SourceId, now: Timestamp, failure: Failure, again_at: Option<Timestamp>) -> Self {
        Self {
            source,
            url: String::new(),
            fetched_at: now,
            http_status: None,
            body: Arc::from([]),
            reading: Reading::Failed(failure),
            asked: false,
            again_at,
        }
    }
}
