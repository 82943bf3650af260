//! How a source does: what was sent and answered, how fast of late, what it cost, and whether it is left alone.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use jiff::civil::Date;
use waygate_carriers::contract::SourceId;

use super::breaker::{Breaker, BreakerState};
use super::source::SourceState;
use crate::domain::money::Money;
use crate::store::{SourceBooks, StoreError};

/// Over how many of the latest requests success and latency are told.
const WINDOW: usize = 256;

/// How a source does.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceHealth {
    /// Whether it is asked.
    pub state: SourceState,
    /// Its breaker.
    pub breaker: BreakerState,
    /// Requests sent for trackings.
    pub asked: u64,
    /// Of those, answered (found, not found, or inconclusive).
    pub answered: u64,
    /// When it last answered.
    pub answered_at: Option<Timestamp>,
    /// Its last failure.
    pub last_failure: Option<(Timestamp, String)>,
    /// The latest requests.
    pub latest: Latest,
    /// Requests left today, where there is a quota: all credentials together.
    pub left_today: Option<u32>,
    /// Each credential.
    pub credentials: Vec<CredentialHealth>,
    /// What it cost, by currency.
    pub spent: BTreeMap<String, Spent>,
    /// Answers that were wrong beyond an outage, by kind, since the start.
    pub incidents: BTreeMap<String, u64>,
}

/// How a credential does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialHealth {
    /// Its name; empty where there is but one.
    pub name: String,
    /// Requests left today, where there is a quota.
    pub left_today: Option<u32>,
    /// When its day ends, where one runs.
    pub day_ends_at: Option<Timestamp>,
    /// Until when it is left alone, and why.
    pub aside: Option<(Timestamp, String)>,
}

/// What a source cost, in ten-thousandths of a currency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spent {
    /// Today, in UTC.
    pub today: u64,
    /// This month, in UTC.
    pub month: u64,
}

/// What each source cost, by currency.
pub type SpentBySource = BTreeMap<SourceId, BTreeMap<String, Spent>>;

/// What the sources cost by the books, on this day and in its month.
pub async fn spent_by(books: &dyn SourceBooks, today: Date) -> Result<SpentBySource, StoreError> {
    let mut spent = SpentBySource::new();
    for row in books.spending(today.first_of_month()).await? {
        let spent = spent.entry(row.source).or_default().entry(row.currency).or_default();
        spent.month += row.ten_thousandths;
        if row.date == today {
            spent.today += row.ten_thousandths;
        }
    }
    Ok(spent)
}

/// An amount of ten-thousandths.
pub fn money(ten_thousandths: u64, currency: &str) -> Option<Money> {
    let amount = format!("{}.{:04}", ten_thousandths / 10_000, ten_thousandths % 10_000);
    Money::new(&amount, currency).ok()
}

/// The latest requests in figures.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Latest {
    /// How many they are.
    pub requests: usize,
    /// Of those, answered.
    pub answered: usize,
    /// How long the last one took, in milliseconds.
    pub last_ms: Option<u64>,
    /// What half of them stayed within, in milliseconds.
    pub p50_ms: Option<u64>,
    /// What nineteen of twenty stayed within, in milliseconds.
    pub p95_ms: Option<u64>,
}

impl Latest {
    /// The share of those that were answered, from 0 to 1.
    pub fn answered_share(&self) -> Option<f64> {
        let number = |n: usize| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
        (self.requests > 0).then(|| number(self.answered) / number(self.requests))
    }
}

/// What is counted of a source.
#[derive(Debug, Default)]
pub struct Counts {
    /// Its breaker.
    pub breaker: Breaker,
    /// Requests sent for trackings.
    pub asked: u64,
    /// Of those, answered.
    pub answered: u64,
    /// When it last answered.
    pub answered_at: Option<Timestamp>,
    /// Its last failure.
    pub last_failure: Option<(Timestamp, String)>,
    /// Incidents by kind.
    pub incidents: BTreeMap<String, u64>,
    latest: VecDeque<(u64, bool)>,
}

impl Counts {
    /// Counts a request.
    pub fn count(&mut self, took_ms: u64, answered: bool) {
        self.asked += 1;
        self.answered += u64::from(answered);
        if self.latest.len() >= WINDOW {
            self.latest.pop_front();
        }
        self.latest.push_back((took_ms, answered));
    }

    /// The latest requests in figures.
    pub fn latest(&self) -> Latest {
        let mut times: Vec<u64> = self.latest.iter().map(|(ms, _)| *ms).collect();
        times.sort_unstable();
        // The nearest rank: the smallest that so many percent do not exceed.
        let percentile = |percent: usize| {
            let rank = (times.len() * percent).div_ceil(100);
            times.get(rank.saturating_sub(1)).copied()
        };
        Latest {
            requests: times.len(),
            answered: self.latest.iter().filter(|(_, answered)| *answered).count(),
            last_ms: self.latest.back().map(|(ms, _)| *ms),
            p50_ms: percentile(50),
            p95_ms: percentile(95),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_the_nearest_rank() {
        let mut counts = Counts::default();
        assert_eq!(counts.latest(), Latest::default());
        // 15, 20, 35, 40, 50: the textbook's example of the method; its 50th percentile is 35.
        for ms in [35, 15, 50, 20, 40] {
            counts.count(ms, ms != 50);
        }
        let latest = counts.latest();
        assert_eq!((latest.p50_ms, latest.p95_ms, latest.last_ms), (Some(35), Some(50), Some(40)));
        assert_eq!((latest.requests, latest.answered), (5, 4));
    }

    #[test]
    fn only_the_latest_requests_count() {
        let mut counts = Counts::default();
        for _ in 0..10 {
            counts.count(10_000, false);
        }
        for _ in 0..WINDOW {
            counts.count(1, true);
        }
        let latest = counts.latest();
        assert_eq!((latest.requests, latest.answered, latest.p95_ms), (WINDOW, WINDOW, Some(1)));
        assert_eq!((counts.asked, counts.answered), (266, 256));
    }
}
