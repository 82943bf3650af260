//! Time comes in here and nowhere else: the system's clock, a clock that tests drive by hand, and one that runs faster
//! for the demo.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

/// A source of time.
pub trait Clock: Send + Sync + 'static {
    /// The time.
    fn now(&self) -> Timestamp;
    /// Waits until the clock shows `at` or later.
    fn sleep_until(&self, at: Timestamp) -> BoxFuture<'_, ()>;
}

/// A clock that can be handed around.
pub type SharedClock = Arc<dyn Clock>;

/// The system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

/// Longest single wait, so that a clock that is set back or forth is noticed.
const WAIT_MAX: Duration = Duration::from_mins(1);

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the system's clock")]
    fn now(&self) -> Timestamp {
        to_the_microsecond(Timestamp::now())
    }

    fn sleep_until(&self, at: Timestamp) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            while let Some(left) = left_until(self.now(), at) {
                tokio::time::sleep(left.min(WAIT_MAX)).await;
            }
        })
    }
}

/// The microsecond below: as exact as times are stored, so that what is judged now is what is read again later.
fn to_the_microsecond(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at)
}

fn left_until(now: Timestamp, at: Timestamp) -> Option<Duration> {
    Duration::try_from(at.duration_since(now)).ok().filter(|left| !left.is_zero())
}

/// A clock that moves only when it is told to.
#[derive(Debug, Clone)]
pub struct ManualClock {
    shown: watch::Sender<Timestamp>,
}

impl ManualClock {
    /// A clock that shows `start`.
    pub fn new(start: Timestamp) -> Self {
        Self { shown: watch::Sender::new(start) }
    }

    /// Moves the clock to `to`; never back.
    pub fn set(&self, to: Timestamp) {
        self.shown.send_if_modified(|shown| {
            let forward = to > *shown;
            if forward {
                *shown = to;
            }
            forward
        });
    }

    /// Moves the clock on.
    pub fn advance(&self, by: SignedDuration) {
        self.set(self.now() + by);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.shown.borrow()
    }

    fn sleep_until(&self, at: Timestamp) -> BoxFuture<'_, ()> {
        let mut shown = self.shown.subscribe();
        Box::pin(async move {
            // The sender lives as long as `self`, so that the wait cannot fail.
            let _ = shown.wait_for(|now| *now >= at).await;
        })
    }
}

/// A clock that runs faster than the system's, from a given beginning.
#[derive(Debug, Clone, Copy)]
pub struct FastClock {
    start: Timestamp,
    began: Instant,
    factor: u32,
}

impl FastClock {
    /// A clock that shows `start` now and passes `factor` seconds in each second.
    #[expect(clippy::disallowed_methods, reason = "a clock is where time is read")]
    pub fn new(start: Timestamp, factor: u32) -> Self {
        assert!(factor > 0, "a clock that stands still would wait forever");
        Self { start, began: Instant::now(), factor }
    }
}

impl Clock for FastClock {
    fn now(&self) -> Timestamp {
        let passed = SignedDuration::try_from(self.began.elapsed()).unwrap_or(SignedDuration::MAX);
        let scaled = passed.checked_mul(i32::try_from(self.factor).unwrap_or(i32::MAX));
        to_the_microsecond(scaled.and_then(|by| self.start.checked_add(by).ok()).unwrap_or(Timestamp::MAX))
    }

    fn sleep_until(&self, at: Timestamp) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            while let Some(left) = left_until(self.now(), at) {
                tokio::time::sleep(left / self.factor + Duration::from_millis(1)).await;
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_never_goes_back() {
        let clock = ManualClock::new(Timestamp::from_second(1_000).unwrap());
        clock.set(Timestamp::from_second(500).unwrap());
        assert_eq!(clock.now(), Timestamp::from_second(1_000).unwrap());
        clock.advance(SignedDuration::from_secs(5));
        assert_eq!(clock.now(), Timestamp::from_second(1_005).unwrap());
    }

    #[tokio::test]
    async fn a_sleeper_wakes_when_the_clock_is_moved_past_its_time() {
        let clock = ManualClock::new(Timestamp::from_second(0).unwrap());
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move { clock.sleep_until(Timestamp::from_second(10).unwrap()).await }
        });
        clock.set(Timestamp::from_second(10).unwrap());
        sleeper.await.unwrap();
    }
}
