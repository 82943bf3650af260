//! What operators hear of webhook endpoints, and counts of what was delivered. These notices are about an endpoint and no
//! order, so that they are no events of an order: they stand in the log, in the counts, and at the endpoint.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::ids::EndpointId;

/// What is told of an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// It does nothing but fail, and will be disabled if that goes on.
    Failing,
    /// It was disabled.
    Disabled,
}

impl Notice {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Failing, Self::Disabled];

    /// Its type, named like the types of events.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Failing => "webhook_endpoint.failing",
            Self::Disabled => "webhook_endpoint.disabled",
        }
    }
}

/// Counts since the start.
#[derive(Debug, Default)]
pub struct Notices {
    delivered: AtomicU64,
    failed: AtomicU64,
    told: [AtomicU64; Notice::ALL.len()],
}

impl Notices {
    /// Tells of an endpoint: the one way by which all such notices go.
    pub(super) fn tell(&self, notice: Notice, endpoint: &EndpointId, why: &str) {
        self.told[notice as usize].fetch_add(1, Ordering::Relaxed);
        tracing::warn!(%endpoint, why, "{}", notice.as_str());
    }

    /// Counts an attempt.
    pub(super) fn attempted(&self, delivered: bool) {
        let count = if delivered { &self.delivered } else { &self.failed };
        count.fetch_add(1, Ordering::Relaxed);
    }

    /// Attempts that delivered, and those that failed.
    pub fn attempts(&self) -> (u64, u64) {
        (self.delivered.load(Ordering::Relaxed), self.failed.load(Ordering::Relaxed))
    }

    /// How often a notice was told.
    pub fn told(&self, notice: Notice) -> u64 {
        self.told[notice as usize].load(Ordering::Relaxed)
    }
}
