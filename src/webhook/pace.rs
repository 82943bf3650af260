//! How often one endpoint is posted to, where a rate is set for it. A pure state machine over time (the generic cell rate
//! algorithm).

use std::num::NonZeroU32;

use jiff::{SignedDuration, Timestamp};

/// The share of a second's posts that may follow each other at once: timers are no finer than that.
const BURSTS_PER_SECOND: u32 = 20;

/// The pace of posts to one endpoint.
#[derive(Debug, Clone)]
pub(super) struct Pace {
    rate: NonZeroU32,
    interval: SignedDuration,
    ahead: SignedDuration,
    /// When the pace would be even, had all been posted evenly.
    even_at: Timestamp,
}

impl Pace {
    /// So many posts a second, evenly.
    pub(super) fn new(rate: NonZeroU32) -> Self {
        let interval = SignedDuration::from_secs(1) / i32::try_from(rate.get()).unwrap_or(i32::MAX);
        let burst = (rate.get() / BURSTS_PER_SECOND).max(1);
        let ahead = interval * i32::try_from(burst - 1).unwrap_or(i32::MAX);
        Self { rate, interval, ahead, even_at: Timestamp::MIN }
    }

    /// Posts a second.
    pub(super) fn rate(&self) -> NonZeroU32 {
        self.rate
    }

    /// Takes a post's turn; where it is too early, says when to come back.
    pub(super) fn take(&mut self, now: Timestamp) -> Result<(), Timestamp> {
        let free_at = self.even_at.checked_sub(self.ahead).unwrap_or(Timestamp::MIN);
        if now < free_at {
            return Err(free_at);
        }
        self.even_at = self.even_at.max(now).checked_add(self.interval).unwrap_or(Timestamp::MAX);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use governor::clock::FakeRelativeClock;
    use governor::{Quota, RateLimiter};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_a_second_is_one_a_second() {
        let at = |ms: i64| Timestamp::from_millisecond(1_770_000_000_000 + ms).unwrap();
        let mut pace = Pace::new(NonZeroU32::MIN);
        assert_eq!(pace.take(at(0)), Ok(()));
        assert_eq!(pace.take(at(1)), Err(at(1_000)));
        assert_eq!(pace.take(at(999)), Err(at(1_000)));
        assert_eq!(pace.take(at(1_000)), Ok(()));
        // A pause saves nothing up.
        assert_eq!(pace.take(at(9_000)), Ok(()));
        assert!(pace.take(at(9_001)).is_err());
    }

    proptest! {
        /// Against another implementation of the same algorithm.
        #[test]
        fn the_pace_is_that_of_governor(
            rate in 1_u32..2_000,
            gaps in prop::collection::vec(0_u64..200_000, 1..200),
        ) {
            let rate = NonZeroU32::new(rate).unwrap();
            let mut pace = Pace::new(rate);
            let interval = pace.interval.unsigned_abs();
            let burst = NonZeroU32::new((rate.get() / BURSTS_PER_SECOND).max(1)).unwrap();
            let clock = FakeRelativeClock::default();
            let quota = Quota::with_period(interval).unwrap().allow_burst(burst);
            let governor = RateLimiter::direct_with_clock(quota, clock.clone());
            let mut now = Timestamp::from_second(1_770_000_000).unwrap();
            for gap in gaps {
                let gap = std::time::Duration::from_micros(gap);
                clock.advance(gap);
                now += gap;
                prop_assert_eq!(pace.take(now).is_ok(), governor.check().is_ok());
            }
        }
    }
}
