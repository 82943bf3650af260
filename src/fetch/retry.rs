//! One more try for a request that failed on the way, and an allowance that keeps such tries under a tenth of the load,
//! so that a source in trouble is not helped under.

use std::sync::Mutex;

/// What one request adds to the allowance, in hundredths of a retry.
const EARNED: u32 = 10;
/// What one retry takes, in hundredths.
const COST: u32 = 100;
/// Most that is saved up, in hundredths.
const SAVED_MAX: u32 = 10 * COST;

/// The allowance of one source.
#[derive(Debug)]
pub struct RetryAllowance {
    saved: Mutex<u32>,
}

impl Default for RetryAllowance {
    fn default() -> Self {
        Self { saved: Mutex::new(3 * COST) }
    }
}

impl RetryAllowance {
    /// Counts a first try.
    pub fn earn(&self) {
        let mut saved = self.saved.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *saved = (*saved + EARNED).min(SAVED_MAX);
    }

    /// Whether one more try may be made; takes it from the allowance.
    pub fn take(&self) -> bool {
        let mut saved = self.saved.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let enough = *saved >= COST;
        if enough {
            *saved -= COST;
        }
        enough
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_stay_under_a_tenth_of_the_load_in_the_long_run() {
        let allowance = RetryAllowance::default();
        let retries = (0..10_000).filter(|_| {
            allowance.earn();
            allowance.take()
        });
        assert!(retries.count() <= 1_000 + 3);
    }
}
