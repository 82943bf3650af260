//! How often a source may be asked: a steady pace with a burst (governor), a quota a day, and a number of requests under
//! way at once. Waiting for the pace is bounded; a spent quota says when it opens again.

use std::num::NonZeroU32;
use std::sync::Mutex;
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Semaphore, SemaphorePermit};
use waygate_carriers::contract::Limits;

/// The length of a quota's day.
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Why a source was not asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spent {
    /// The pace leaves no room in the time that the asker has.
    Pace,
    /// The day's quota is used up until then.
    Day(Timestamp),
}

#[derive(Debug, Clone, Copy, Default)]
struct Day {
    began: Option<Timestamp>,
    used: u32,
}

/// The budget of one source.
pub struct Budget {
    pace: RateLimiter<NotKeyed, InMemoryState, DefaultClock>,
    clock: DefaultClock,
    under_way: Semaphore,
    per_day: Option<u32>,
    day: Mutex<Day>,
}

impl Budget {
    /// A budget with a source's limits.
    pub fn new(limits: &Limits) -> Self {
        let clock = DefaultClock::default();
        let burst = NonZeroU32::new(limits.burst).unwrap_or(NonZeroU32::MIN);
        let interval = Duration::from_millis(u64::from(limits.interval_ms.max(1)));
        let quota = Quota::with_period(interval)
            .unwrap_or_else(|| Quota::per_second(NonZeroU32::MIN))
            .allow_burst(burst);
        Self {
            pace: RateLimiter::direct_with_clock(quota, clock.clone()),
            clock,
            under_way: Semaphore::new(usize::try_from(limits.concurrent.max(1)).unwrap_or(1)),
            per_day: limits.per_day,
            day: Mutex::new(Day::default()),
        }
    }

    /// Waits for leave to send one request, at most `patience`. The permit is held until the answer is complete.
    pub async fn spend(&self, now: Timestamp, patience: Duration) -> Result<SemaphorePermit<'_>, Spent> {
        let waiting = async {
            let permit = self.under_way.acquire().await.map_err(|_| Spent::Pace)?;
            while let Err(not_until) = self.pace.check() {
                tokio::time::sleep(not_until.wait_time_from(self.clock.now())).await;
            }
            Ok(permit)
        };
        let permit = tokio::time::timeout(patience, waiting).await.unwrap_or(Err(Spent::Pace))?;
        self.spend_of_day(now)?;
        Ok(permit)
    }

    fn spend_of_day(&self, now: Timestamp) -> Result<(), Spent> {
        let Some(quota) = self.per_day else { return Ok(()) };
        let mut day = self.day.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let began = match day.began {
            Some(began) if now < began + DAY => began,
            _ => {
                *day = Day { began: Some(now), used: 0 };
                now
            }
        };
        if day.used >= quota {
            return Err(Spent::Day(began + DAY));
        }
        day.used += 1;
        Ok(())
    }

    /// Requests left today, where there is a quota.
    pub fn left_today(&self, now: Timestamp) -> Option<u32> {
        let quota = self.per_day?;
        let day = self.day.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let used = day.began.filter(|began| now < *began + DAY).map_or(0, |_| day.used);
        Some(quota.saturating_sub(used))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NO_PATIENCE: Duration = Duration::ZERO;

    fn limits(interval_ms: u32, burst: u32, per_day: Option<u32>, concurrent: u32) -> Limits {
        Limits { interval_ms, burst, per_day, concurrent, timeout_ms: 1, body_bytes_max: 1 }
    }

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_second(hour * 3_600).unwrap()
    }

    #[tokio::test]
    async fn the_burst_goes_out_at_once_and_the_next_must_wait() {
        let budget = Budget::new(&limits(3_600_000, 2, None, 9));
        for _ in 0..2 {
            drop(budget.spend(at(0), Duration::from_secs(1)).await.unwrap());
        }
        assert_eq!(budget.spend(at(0), NO_PATIENCE).await.err(), Some(Spent::Pace));
    }

    #[tokio::test]
    async fn the_days_quota_is_kept_and_opens_a_day_after_its_first_use() {
        let budget = Budget::new(&limits(1, 100, Some(2), 9));
        for _ in 0..2 {
            drop(budget.spend(at(5), Duration::from_secs(1)).await.unwrap());
        }
        assert_eq!(budget.left_today(at(28)), Some(0));
        assert_eq!(budget.spend(at(28), Duration::from_secs(1)).await.err(), Some(Spent::Day(at(29))));
        assert_eq!(budget.left_today(at(29)), Some(2));
        assert!(budget.spend(at(29), Duration::from_secs(1)).await.is_ok());
    }

    #[tokio::test]
    async fn no_more_than_the_allowed_number_is_under_way_at_once() {
        let budget = Budget::new(&limits(1, 100, None, 1));
        let held = budget.spend(at(0), Duration::from_secs(1)).await.unwrap();
        assert_eq!(budget.spend(at(0), NO_PATIENCE).await.err(), Some(Spent::Pace));
        drop(held);
        assert!(budget.spend(at(0), Duration::from_secs(1)).await.is_ok());
    }
}
