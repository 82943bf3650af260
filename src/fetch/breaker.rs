//! A breaker for each source: after several failures in a row the source is left alone for a while, then one probe
//! decides. A pure state machine over the clock's time.

use jiff::{SignedDuration, Timestamp};

/// Failures in a row that open the breaker.
const FAILURES_TO_OPEN: u32 = 5;
/// How long it stays open the first time; it doubles with each opening that follows without a success between.
const OPEN_SECONDS: i64 = 30;
/// Longest time that it stays open.
const OPEN_SECONDS_MAX: i64 = 15 * 60;

/// What a breaker shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakerState {
    /// Requests go through.
    Closed,
    /// No request until then.
    Open(Timestamp),
    /// One probe is under way.
    Probing,
}

/// The breaker of one source.
#[derive(Debug, Clone)]
pub struct Breaker {
    state: BreakerState,
    failures: u32,
    openings: u32,
}

impl Default for Breaker {
    fn default() -> Self {
        Self { state: BreakerState::Closed, failures: 0, openings: 0 }
    }
}

impl Breaker {
    /// Whether a request may go out now; if not, when to come back. Where the pause is over, the first asker becomes
    /// the probe and all others wait for its result.
    pub fn admit(&mut self, now: Timestamp) -> Result<(), Timestamp> {
        match self.state {
            BreakerState::Closed => Ok(()),
            BreakerState::Open(until) if now < until => Err(until),
            BreakerState::Open(_) => {
                self.state = BreakerState::Probing;
                Ok(())
            }
            BreakerState::Probing => Err(now + SignedDuration::from_secs(1)),
        }
    }

    /// The source answered, whatever it said about the number.
    pub fn succeeded(&mut self) {
        *self = Self::default();
    }

    /// The source failed.
    pub fn failed(&mut self, now: Timestamp) {
        self.failures = self.failures.saturating_add(1);
        if self.state == BreakerState::Probing || self.failures >= FAILURES_TO_OPEN {
            let seconds = OPEN_SECONDS.saturating_mul(1 << self.openings.min(10)).min(OPEN_SECONDS_MAX);
            self.openings = self.openings.saturating_add(1);
            self.state = BreakerState::Open(now + SignedDuration::from_secs(seconds));
        }
    }

    /// The source said when to come back.
    pub fn pause(&mut self, until: Timestamp) {
        self.state = BreakerState::Open(until);
    }

    /// A probe that never went out, so that another may.
    pub fn abandoned(&mut self, now: Timestamp) {
        if self.state == BreakerState::Probing {
            self.state = BreakerState::Open(now);
        }
    }

    /// What it shows.
    pub fn state(&self) -> BreakerState {
        self.state
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn opened() -> Breaker {
        let mut breaker = Breaker::default();
        for _ in 0..FAILURES_TO_OPEN {
            assert_eq!(breaker.admit(at(0)), Ok(()));
            breaker.failed(at(0));
        }
        breaker
    }

    #[test]
    fn four_failures_leave_it_closed_and_the_fifth_opens_it() {
        let mut breaker = Breaker::default();
        for _ in 0..4 {
            breaker.failed(at(0));
        }
        assert_eq!(breaker.admit(at(0)), Ok(()));
        breaker.failed(at(0));
        assert_eq!(breaker.admit(at(29)), Err(at(30)));
    }

    #[test]
    fn a_success_forgets_the_failures_before_it() {
        let mut breaker = Breaker::default();
        for _ in 0..4 {
            breaker.failed(at(0));
        }
        breaker.succeeded();
        breaker.failed(at(0));
        assert_eq!(breaker.admit(at(0)), Ok(()));
    }

    #[test]
    fn after_the_pause_one_probe_goes_out_and_only_one() {
        let mut breaker = opened();
        assert_eq!(breaker.admit(at(30)), Ok(()));
        assert!(breaker.admit(at(30)).is_err());
        breaker.succeeded();
        assert_eq!(breaker.admit(at(30)), Ok(()));
    }

    #[test]
    fn a_failed_probe_opens_it_for_twice_as_long_up_to_a_limit() {
        let mut breaker = opened();
        let mut now = 30;
        for pause in [60, 120, 240, 480, 900, 900] {
            assert_eq!(breaker.admit(at(now)), Ok(()));
            breaker.failed(at(now));
            assert_eq!(breaker.state(), BreakerState::Open(at(now + pause)));
            now += pause;
        }
    }

    #[test]
    fn a_probe_that_was_abandoned_leaves_room_for_another() {
        let mut breaker = opened();
        assert_eq!(breaker.admit(at(30)), Ok(()));
        breaker.abandoned(at(30));
        assert_eq!(breaker.admit(at(30)), Ok(()));
    }
}
