//! The end of a process: whether it was asked to stop, and how long each thing may still take. What claims work asks here
//! first, so that nothing is begun that somebody else would have to wait for.

use std::time::Duration;

use tokio::sync::watch;

/// Longest wait for work under way: looks at sources, posts, what they lead to. What is left then is claimed by lease, and
/// is done again by whoever claims it next.
pub const WORK_SECONDS_MAX: u64 = 30;
/// What a request that uses up its time is given beyond it, until its answer is sent.
pub const ANSWER_SECONDS_MAX: u64 = 1;
/// Longest wait for the store to take back what was leased of the sources' days.
pub const GIVE_BACK_SECONDS_MAX: u64 = 5;

/// The longest time from being asked to stop until the process has ended by itself. Whoever asks ought to be more patient.
pub fn longest(drain_ms: u64, request_timeout_ms: u64) -> Duration {
    let requests = Duration::from_millis(drain_ms.saturating_add(request_timeout_ms))
        + Duration::from_secs(ANSWER_SECONDS_MAX);
    requests.max(Duration::from_secs(WORK_SECONDS_MAX)) + Duration::from_secs(GIVE_BACK_SECONDS_MAX)
}

/// Whether the process was asked to stop. All clones are one.
#[derive(Debug, Clone)]
pub struct Stopping {
    begun: watch::Sender<bool>,
}

impl Default for Stopping {
    fn default() -> Self {
        Self { begun: watch::Sender::new(false) }
    }
}

impl Stopping {
    /// Begins to stop; there is no way back.
    pub fn begin(&self) {
        self.begun.send_replace(true);
    }

    /// Whether it has begun.
    pub fn has_begun(&self) -> bool {
        *self.begun.borrow()
    }

    /// Waits until it begins.
    pub async fn begun(&self) {
        // The sender lives as long as `self`, so that the wait cannot fail.
        let _ = self.begun.subscribe().wait_for(|begun| *begun).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn all_clones_stop_together_and_who_asks_late_is_told_too() {
        let (stopping, other) = (Stopping::default(), Stopping::default());
        let same = stopping.clone();
        assert!(!same.has_begun());
        stopping.begin();
        same.begun().await;
        assert!(same.has_begun() && !other.has_begun());
    }

    #[test]
    fn whichever_takes_longest_bounds_the_end() {
        assert_eq!(longest(0, 1_000), Duration::from_secs(WORK_SECONDS_MAX + GIVE_BACK_SECONDS_MAX));
        let requests = Duration::from_secs(65) + Duration::from_secs(ANSWER_SECONDS_MAX);
        assert_eq!(longest(5_000, 60_000), requests + Duration::from_secs(GIVE_BACK_SECONDS_MAX));
    }
}
