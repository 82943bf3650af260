//! The run's time: a day of its clock is a second of the wall's, for all processes alike. So orders live through weeks within
//! a run, and a lease that lasts three days is three seconds of a replica's life.

use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use waygate::clock::{Clock, SystemClock};

use crate::support::START;

/// Seconds of the clock in a second of the wall's.
const RATE: i32 = 86_400;
/// How long claimed work is kept from others, on the clock.
pub const LEASE: SignedDuration = SignedDuration::from_hours(72);
/// Shortest wait. Whoever waits thirty seconds of this clock would ask the store thousands of times in each second.
const WAIT_MIN: Duration = Duration::from_millis(100);
/// What comes by the hour, which is tidying, comes this often.
const HOURLY: Duration = Duration::from_secs(3);

/// A duration of the clock in real time.
pub fn real(duration: SignedDuration) -> Duration {
    Duration::try_from(duration / RATE).unwrap_or_default()
}

/// A clock that is a function of the wall's alone.
#[derive(Debug, Clone, Copy)]
pub struct RunClock {
    /// When the run began, by the wall's clock.
    pub began: Timestamp,
}

impl RunClock {
    /// A run that begins now.
    pub fn begin() -> Self {
        Self { began: SystemClock.now() }
    }

    /// The same clock as another process has it.
    pub fn from_microsecond(began: i64) -> Self {
        Self { began: Timestamp::from_microsecond(began).unwrap() }
    }
}

impl Clock for RunClock {
    fn now(&self) -> Timestamp {
        let start: Timestamp = START.parse().unwrap();
        start + SystemClock.now().duration_since(self.began) * RATE
    }

    fn sleep_until(&self, at: Timestamp) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            loop {
                let left = at.duration_since(self.now());
                if left <= SignedDuration::ZERO {
                    return;
                }
                let least = if left >= SignedDuration::from_mins(59) { HOURLY } else { WAIT_MIN };
                tokio::time::sleep(real(left).max(least)).await;
            }
        })
    }
}
