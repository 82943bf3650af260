//! Who waits for an answer: where a source's pace, its concurrency or its day is short, the more urgent go first.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;
use tokio::sync::futures::Notified;
use waygate_carriers::contract::SourceId;

/// Who waits, the most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Waits {
    /// A person: at the API, the command line or the page.
    Person,
    /// An arbiter: the order is in dispute.
    Dispute,
    /// A clock: a verdict turns, or protection ends, soon.
    Deadline,
    /// Nobody in particular.
    Routine,
}

impl Waits {
    /// All of them, the most urgent first.
    pub const ALL: [Self; 4] = [Self::Person, Self::Dispute, Self::Deadline, Self::Routine];

    /// Its place in [`Self::ALL`].
    pub fn rank(self) -> usize {
        self as usize
    }
}

/// How much of a source's day each of them may use, in percent: near its end the less urgent yield first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shares {
    /// What disputes may use.
    pub dispute: u8,
    /// What deadlines may use.
    pub deadline: u8,
    /// What routine may use.
    pub routine: u8,
}

impl Default for Shares {
    fn default() -> Self {
        Self { dispute: 95, deadline: 90, routine: 80 }
    }
}

impl Shares {
    /// How many of a day's requests have to be used until these wait for the next day. At least one is theirs.
    pub fn of(self, per_day: u32, waits: Waits) -> u32 {
        let percent = match waits {
            Waits::Person => return per_day,
            Waits::Dispute => self.dispute,
            Waits::Deadline => self.deadline,
            Waits::Routine => self.routine,
        };
        let share = (u64::from(per_day) * u64::from(percent)).div_ceil(100);
        u32::try_from(share).unwrap_or(per_day).min(per_day)
    }
}

/// How urgent one flight is: as urgent as the most urgent of those who wait for it.
#[derive(Debug)]
pub struct Urgency {
    rank: AtomicU8,
    raised: Notify,
}

impl Urgency {
    /// Urgent for `waits`.
    pub fn new(waits: Waits) -> Self {
        Self { rank: AtomicU8::new(waits as u8), raised: Notify::new() }
    }

    /// The most urgent who waits.
    pub fn waits(&self) -> Waits {
        let rank = usize::from(self.rank.load(Ordering::SeqCst));
        Waits::ALL.get(rank).copied().unwrap_or(Waits::Routine)
    }

    /// Another one waits for the same.
    pub fn raise(&self, waits: Waits) {
        if self.rank.fetch_min(waits as u8, Ordering::SeqCst) > waits as u8 {
            self.raised.notify_waiters();
        }
    }

    /// Ends when somebody more urgent comes.
    pub fn raised(&self) -> Notified<'_> {
        self.raised.notified()
    }
}

/// A source and a number of it.
pub type Key = (SourceId, String);

/// The flights under way, so that a person who waits for a number that is asked for already makes haste of it.
#[derive(Debug, Default)]
pub struct Flights {
    by_key: Mutex<HashMap<Key, (Arc<Urgency>, usize)>>,
}

impl Flights {
    /// Waits for a number beside whoever waits for it already.
    pub fn board(&self, key: &Key, waits: Waits) -> Boarded<'_> {
        let mut by_key = self.by_key.lock().unwrap_or_else(PoisonError::into_inner);
        let (urgency, aboard) =
            by_key.entry(key.clone()).or_insert_with(|| (Arc::new(Urgency::new(waits)), 0));
        *aboard += 1;
        let urgency = Arc::clone(urgency);
        drop(by_key);
        urgency.raise(waits);
        Boarded { flights: self, key: key.clone(), urgency }
    }
}

/// One who waits for a flight, until dropped.
#[derive(Debug)]
pub struct Boarded<'a> {
    flights: &'a Flights,
    key: Key,
    /// How urgent the flight is.
    pub urgency: Arc<Urgency>,
}

impl Drop for Boarded<'_> {
    fn drop(&mut self) {
        let mut by_key = self.flights.by_key.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, aboard)) = by_key.get_mut(&self.key) {
            *aboard -= 1;
            if *aboard == 0 {
                by_key.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_less_urgent_yield_first_and_everybody_has_at_least_one() {
        let shares = Shares::default();
        let of = |per_day| Waits::ALL.map(|waits| shares.of(per_day, waits));
        assert_eq!(of(250), [250, 238, 225, 200]);
        assert_eq!(of(100), [100, 95, 90, 80]);
        assert_eq!(of(1), [1, 1, 1, 1]);
        assert_eq!(of(u32::MAX)[0], u32::MAX);
    }

    #[test]
    fn a_flight_is_as_urgent_as_the_most_urgent_who_waits_for_it() {
        let flights = Flights::default();
        let key = (SourceId::new("ups.track").unwrap(), "1Z".to_owned());
        let routine = flights.board(&key, Waits::Routine);
        assert_eq!(routine.urgency.waits(), Waits::Routine);
        let person = flights.board(&key, Waits::Person);
        assert_eq!(routine.urgency.waits(), Waits::Person);
        drop((routine, person));
        assert!(flights.by_key.lock().unwrap().is_empty());
        assert_eq!(flights.board(&key, Waits::Routine).urgency.waits(), Waits::Routine);
    }
}
