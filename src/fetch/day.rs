//! What one credential may still ask today. The count lies in the store, so that a restart does not forget it and
//! several processes can share it; a process leases a portion at a time, so that most requests need no round trip. A
//! process that dies loses at most one portion, which then counts as used.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use waygate_carriers::contract::{Limits, SourceId};

use super::waits::{Shares, Waits};
use crate::domain::money::Money;
use crate::store::{QuotaDay, QuotaLease, QuotaReturn, SourceBooks};

/// The length of a quota's day where the source does not say when it begins.
const DAY: SignedDuration = SignedDuration::from_hours(24);
/// Requests that are leased at once: a fiftieth of the quota, at most this many.
const PORTION_MAX: u32 = 100;
/// How much of a quota is leased at once.
const PORTIONS: u32 = 50;

/// Why nothing can be taken from the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoDay {
    /// The quota is used up until then.
    Spent(Timestamp),
    /// What is left until then is kept for those who are more urgent.
    Reserved(Timestamp),
    /// The store that keeps the count does not answer.
    Uncounted,
}

/// What was leased, as far as this process knows.
#[derive(Debug, Clone, Copy)]
struct Leased {
    began_at: Timestamp,
    ends_at: Timestamp,
    /// By all processes.
    requests: u32,
    /// By this one, and not used yet.
    in_hand: u32,
}

enum Draw {
    Taken,
    Lease,
    No(NoDay),
}

/// One credential's day.
pub struct Day {
    source: SourceId,
    credential: String,
    quota: Option<u32>,
    resets: Option<TimeZone>,
    shares: Shares,
    cost: Option<Money>,
    books: Option<Arc<dyn SourceBooks>>,
    leased: Mutex<Option<Leased>>,
    leasing: tokio::sync::Mutex<()>,
}

impl Day {
    /// The day of a credential. Without books the count lives in memory alone.
    pub fn new(
        source: &SourceId,
        credential: &str,
        limits: &Limits,
        shares: Shares,
        cost: Option<Money>,
        books: Option<Arc<dyn SourceBooks>>,
    ) -> Self {
        Self {
            source: source.clone(),
            credential: credential.to_owned(),
            quota: limits.per_day,
            resets: limits.day_resets.clone(),
            shares,
            cost,
            books,
            leased: Mutex::default(),
            leasing: tokio::sync::Mutex::default(),
        }
    }

    /// Takes up what the store remembers of a day that goes on.
    pub fn recall(&self, day: &QuotaDay) {
        self.leased().get_or_insert(Leased {
            began_at: day.began_at,
            ends_at: day.ends_at,
            requests: day.requests,
            in_hand: 0,
        });
    }

    /// Why one more request would not be let through now, as far as is known without asking the store.
    pub fn refusal(&self, waits: Waits, now: Timestamp) -> Option<NoDay> {
        match self.leased().as_ref() {
            Some(leased) if now < leased.ends_at => self.limit(leased, waits),
            _ => None,
        }
    }

    /// Takes one request from the day.
    pub async fn spend(&self, waits: Waits, now: Timestamp) -> Result<(), NoDay> {
        loop {
            match self.draw(waits, now) {
                Draw::Taken => return Ok(()),
                Draw::No(why) => return Err(why),
                Draw::Lease => {}
            }
            let _one_leases = self.leasing.lock().await;
            match self.draw(waits, now) {
                Draw::Taken => return Ok(()),
                Draw::No(why) => return Err(why),
                Draw::Lease => self.lease(now).await?,
            }
        }
    }

    fn draw(&self, waits: Waits, now: Timestamp) -> Draw {
        let mut leased = self.leased();
        let Some(leased) = leased.as_mut().filter(|leased| now < leased.ends_at) else { return Draw::Lease };
        if let Some(why) = self.limit(leased, waits) {
            return Draw::No(why);
        }
        if leased.in_hand == 0 {
            return Draw::Lease;
        }
        leased.in_hand -= 1;
        Draw::Taken
    }

    /// What others have leased counts as used: they may use it at any time.
    fn limit(&self, leased: &Leased, waits: Waits) -> Option<NoDay> {
        let per_day = self.quota?;
        let used = leased.requests.saturating_sub(leased.in_hand);
        if used >= per_day {
            Some(NoDay::Spent(leased.ends_at))
        } else if used >= self.shares.of(per_day, waits) {
            Some(NoDay::Reserved(leased.ends_at))
        } else {
            None
        }
    }

    async fn lease(&self, now: Timestamp) -> Result<(), NoDay> {
        self.close(now).await;
        let portion = self.quota.map_or(PORTION_MAX, |quota| (quota / PORTIONS).clamp(1, PORTION_MAX));
        let lease = QuotaLease {
            source: self.source.clone(),
            credential: self.credential.clone(),
            at: now,
            ends_at: self.end_of_a_day_that_begins(now),
            portion,
            per_day: self.quota,
            cost: self.cost.clone(),
        };
        let got = match &self.books {
            Some(books) => books.lease_quota(lease).await.map_err(|error| {
                tracing::error!(source = %self.source, "the day's quota cannot be counted: {error}");
                NoDay::Uncounted
            })?,
            None => self.lease_from_memory(&lease),
        };
        let mut leased = self.leased();
        let kept = leased.filter(|leased| leased.began_at == got.began_at).map_or(0, |leased| leased.in_hand);
        *leased = Some(Leased {
            began_at: got.began_at,
            ends_at: got.ends_at,
            requests: got.requests,
            in_hand: kept + got.granted,
        });
        Ok(())
    }

    fn lease_from_memory(&self, lease: &QuotaLease) -> QuotaDay {
        let before = self.leased().filter(|leased| lease.at < leased.ends_at);
        let (began_at, ends_at, used) =
            before.map_or((lease.at, lease.ends_at, 0), |l| (l.began_at, l.ends_at, l.requests));
        let granted = lease.granted(used);
        QuotaDay { began_at, ends_at, requests: used + granted, granted }
    }

    fn end_of_a_day_that_begins(&self, now: Timestamp) -> Timestamp {
        let next_midnight = self.resets.as_ref().and_then(|zone| {
            let tomorrow = zone.to_datetime(now).date().tomorrow().ok()?;
            zone.to_timestamp(tomorrow.to_datetime(Time::midnight())).ok()
        });
        next_midnight.unwrap_or(now + DAY)
    }

    /// Requests left today, where there is a quota.
    pub fn left(&self, now: Timestamp) -> Option<u32> {
        let quota = self.quota?;
        let leased = self.leased().filter(|leased| now < leased.ends_at);
        Some(quota.saturating_sub(leased.map_or(0, |l| l.requests.saturating_sub(l.in_hand))))
    }

    /// When the day ends, where one runs.
    pub fn ends_at(&self, now: Timestamp) -> Option<Timestamp> {
        self.leased().map(|leased| leased.ends_at).filter(|end| now < *end)
    }

    /// Requests of this process that are leased and not used.
    pub fn in_hand(&self) -> u32 {
        self.leased().map_or(0, |leased| leased.in_hand)
    }

    /// Gives back what was not used of a day that is over, so that it costs nothing.
    async fn close(&self, now: Timestamp) {
        if self.leased().is_some_and(|leased| leased.ends_at <= now) {
            self.give_back(now).await;
        }
    }

    /// Gives back what is not used: for an orderly end, of a day or of the process.
    pub async fn give_back(&self, now: Timestamp) {
        let unused = {
            let mut leased = self.leased();
            let Some(leased) = leased.as_mut().filter(|l| l.in_hand > 0) else { return };
            // Booked on the day that it was leased from.
            let last = leased.ends_at - SignedDuration::from_secs(1);
            let at = now.min(last);
            let requests = std::mem::take(&mut leased.in_hand);
            leased.requests = leased.requests.saturating_sub(requests);
            QuotaReturn {
                source: self.source.clone(),
                credential: self.credential.clone(),
                began_at: leased.began_at,
                at,
                requests,
                cost: self.cost.clone(),
            }
        };
        if let Some(books) = &self.books
            && let Err(error) = books.return_quota(unused).await
        {
            tracing::warn!(source = %self.source, "unused quota was not given back: {error}");
        }
    }

    fn leased(&self) -> MutexGuard<'_, Option<Leased>> {
        self.leased.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(per_day: Option<u32>, resets: Option<&str>) -> Day {
        let limits = Limits {
            interval_ms: 1,
            burst: 1,
            per_day,
            day_resets: resets.map(|zone| TimeZone::get(zone).unwrap()),
            concurrent: 1,
            timeout_ms: 1,
            body_bytes_max: 1,
        };
        let source = SourceId::new("dhl.unified").unwrap();
        Day::new(&source, "", &limits, Shares::default(), None, None)
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[tokio::test]
    async fn a_day_opens_24_hours_after_its_first_use() {
        let day = day(Some(2), None);
        let first = at("2026-03-02T08:00:00Z");
        for _ in 0..2 {
            day.spend(Waits::Person, first).await.unwrap();
        }
        let end = at("2026-03-03T08:00:00Z");
        assert_eq!(day.left(at("2026-03-03T07:59:59Z")), Some(0));
        assert_eq!(day.spend(Waits::Person, at("2026-03-03T07:59:59Z")).await, Err(NoDay::Spent(end)));
        assert_eq!(day.left(end), Some(2));
        assert_eq!(day.spend(Waits::Person, end).await, Ok(()));
    }

    #[tokio::test]
    async fn a_day_that_the_source_resets_ends_at_its_midnight() {
        for (zone, end) in [("UTC", "2026-03-29T00:00:00Z"), ("Europe/Berlin", "2026-03-28T23:00:00Z")] {
            let day = day(Some(1), Some(zone));
            day.spend(Waits::Person, at("2026-03-28T08:00:00Z")).await.unwrap();
            assert_eq!(
                day.spend(Waits::Person, at("2026-03-28T09:00:00Z")).await,
                Err(NoDay::Spent(at(end)))
            );
        }
        // The night in which the clocks go forward: that day has 23 hours.
        let berlin = day(Some(1), Some("Europe/Berlin"));
        berlin.spend(Waits::Person, at("2026-03-28T23:00:00Z")).await.unwrap();
        assert_eq!(berlin.ends_at(at("2026-03-28T23:00:00Z")), Some(at("2026-03-29T22:00:00Z")));
    }

    #[tokio::test]
    async fn without_a_quota_nothing_is_refused() {
        let day = day(None, None);
        for _ in 0..1_000 {
            day.spend(Waits::Routine, at("2026-03-02T08:00:00Z")).await.unwrap();
        }
        assert_eq!(day.left(at("2026-03-02T08:00:00Z")), None);
    }

    proptest! {
        /// Whoever asks, in whatever order: no more than the quota goes out in a day, and of the less urgent no request
        /// goes out once their share is used.
        #[test]
        fn a_days_quota_is_never_exceeded(
            per_day in 1_u32..400,
            asks in prop::collection::vec((0_usize..4, 0_i64..4_000), 0..900),
        ) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let day = day(Some(per_day), Some("UTC"));
            let mut now = at("2026-03-02T00:00:00Z");
            let mut sent = std::collections::BTreeMap::<_, u32>::new();
            for (rank, seconds) in asks {
                now += SignedDuration::from_secs(seconds);
                let waits = Waits::ALL[rank];
                let date = TimeZone::UTC.to_datetime(now).date();
                let used = sent.entry(date).or_default();
                let goes = runtime.block_on(day.spend(waits, now)).is_ok();
                // What ought to be, counted apart.
                let share = [100, 95, 90, 80][rank];
                let ought = u64::from(*used) * 100 < u64::from(per_day) * share;
                prop_assert_eq!(goes, ought, "{:?} at {} of {}", waits, used, per_day);
                *used += u32::from(goes);
                prop_assert!(*used <= per_day);
                prop_assert_eq!(day.left(now), Some(per_day - *used));
            }
        }
    }
}
