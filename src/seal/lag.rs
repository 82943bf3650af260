//! How far the signed head is behind what the store holds, and for how long: what readiness asks.

use std::time::Duration;

use tokio::time::Instant;

/// Entries that wait longer than this to be sealed make the gateway not ready: a head is signed many times a second where
/// all is well.
pub const LAG_SECONDS_MAX: u64 = 30;

/// How far a log is behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Behind {
    /// Entries that are written and not sealed.
    pub entries: u64,
    /// For how long the oldest of them has been seen to wait, at least.
    pub waited: Duration,
    /// How old the newest head is; none where it was signed before this process began.
    pub head_age: Option<Duration>,
}

impl Behind {
    /// Whether entries wait longer than they may.
    pub fn is_too_far(&self) -> bool {
        self.waited > Duration::from_secs(LAG_SECONDS_MAX)
    }
}

/// What was seen of a log's lag.
#[derive(Debug, Default)]
pub(super) struct Lag {
    /// A size that had been written and not sealed, and when that was seen first.
    waiting: Option<(u64, Instant)>,
    signed_at: Option<Instant>,
}

impl Lag {
    /// A head was signed.
    pub(super) fn signed(&mut self, now: Instant) {
        self.signed_at = Some(now);
    }

    /// So many entries are sealed, and so many written.
    pub(super) fn seen(&mut self, sealed: u64, written: u64, now: Instant) -> Behind {
        let entries = written.saturating_sub(sealed);
        // While what was seen to wait is not sealed, its time goes on; then what waits now begins its own.
        self.waiting = match self.waiting.filter(|(size, _)| sealed < *size) {
            Some(waiting) => Some(waiting),
            None => (entries > 0).then_some((written, now)),
        };
        let waited = self.waiting.map_or(Duration::ZERO, |(_, since)| now.duration_since(since));
        Behind { entries, waited, head_age: self.signed_at.map(|at| now.duration_since(at)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn time_counts_while_what_was_seen_is_not_sealed() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut lag = Lag::default();
        let waited = |behind: Behind| (behind.entries, behind.waited.as_secs(), behind.is_too_far());
        assert_eq!(waited(lag.seen(0, 0, at(0))), (0, 0, false));
        assert_eq!(waited(lag.seen(0, 3, at(5))), (3, 0, false));
        assert_eq!(
            waited(lag.seen(2, 9, at(5 + LAG_SECONDS_MAX))),
            (7, LAG_SECONDS_MAX, false),
            "not all of it"
        );
        assert_eq!(waited(lag.seen(2, 9, at(6 + LAG_SECONDS_MAX))), (7, LAG_SECONDS_MAX + 1, true));
        // A busy log is always behind by something, and never for long.
        assert_eq!(waited(lag.seen(3, 12, at(70))), (9, 0, false));
        assert_eq!(waited(lag.seen(12, 20, at(71))), (8, 0, false));
        assert_eq!(waited(lag.seen(20, 20, at(72))), (0, 0, false));
        assert_eq!(lag.seen(20, 20, at(72)).head_age, None);
        lag.signed(at(72));
        assert_eq!(lag.seen(20, 20, at(75)).head_age, Some(Duration::from_secs(3)));
    }
}
