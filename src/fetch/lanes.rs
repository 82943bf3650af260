//! Who may send to a source next: a steady pace with a burst, a number of requests under way at once, and a line in which
//! the more urgent stand in front. A pure state machine; times count from its beginning.

use std::time::Duration;

use super::share::{Asked, Lack, Share};
use super::waits::Waits;
use crate::store::replicas::PaceLeased;

/// Most that wait for one credential of a source.
pub const WAITING_MAX: usize = 256;
/// How often those of one urgency are passed over before it is their turn, whoever else waits. So nobody starves: of
/// every twelve requests at least one is routine, if routine waits.
pub const PASSED_OVER_MAX: u32 = 8;

/// The line is full of those who are as urgent or more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full;

/// What one who waits is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// To send.
    Go,
    /// To wait until then, or, without a time, until something changes.
    Wait(Option<Duration>),
    /// To ask the store for more of what replicas share, and then again whether it is its turn.
    Ask,
    /// That somebody more urgent took the place.
    Gone,
}

/// What is asked of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// A stretch of the source's time, where one is wanted.
    pub stretch: Option<Duration>,
    /// How long before its beginning it may be used.
    pub ahead: Duration,
    /// Requests that may be under way, by all.
    pub concurrent: u32,
    /// Those that are, by this process.
    pub under_way: u32,
    /// How many it would have.
    pub would_have: u32,
    /// Whether it makes room, where there are fewer than replicas.
    pub yields: bool,
}

#[derive(Debug, Clone, Copy)]
struct Waiter {
    ticket: u64,
    waits: Waits,
}

/// The line before one credential of a source.
#[derive(Debug)]
pub struct Lanes {
    interval: Duration,
    burst: u32,
    concurrent: u32,
    /// When the pace would be even, had all been sent evenly (the generic cell rate algorithm).
    even_at: Duration,
    under_way: u32,
    /// In order of arrival.
    waiting: Vec<Waiter>,
    passed_over: [u32; Waits::ALL.len()],
    tickets: u64,
    /// What this process holds of limits that it shares with others; none where they are its own.
    share: Option<Share>,
}

impl Lanes {
    /// A line with limits that are shared by replicas.
    pub fn shared(interval: Duration, burst: u32, concurrent: u32) -> Self {
        Self { share: Some(Share::new()), ..Self::new(interval, burst, concurrent) }
    }

    /// A line with a source's limits.
    pub fn new(interval: Duration, burst: u32, concurrent: u32) -> Self {
        Self {
            interval,
            burst: burst.max(1),
            concurrent: concurrent.max(1),
            even_at: Duration::ZERO,
            under_way: 0,
            waiting: Vec::new(),
            passed_over: [0; Waits::ALL.len()],
            tickets: 0,
            share: None,
        }
    }

    /// Stands in line. Where it is full, the last of those who are less urgent goes.
    pub fn join(&mut self, waits: Waits) -> Result<u64, Full> {
        if self.waiting.len() >= WAITING_MAX {
            let least = self.waiting.iter().enumerate().map(|(at, waiter)| (waiter.waits, at)).max();
            let (_, at) = least.filter(|(least, _)| *least > waits).ok_or(Full)?;
            self.waiting.remove(at);
        }
        self.tickets += 1;
        self.waiting.push(Waiter { ticket: self.tickets, waits });
        Ok(self.tickets)
    }

    /// Goes out of the line.
    pub fn leave(&mut self, ticket: u64) {
        self.waiting.retain(|w| w.ticket != ticket);
    }

    /// Somebody more urgent waits for the same.
    pub fn raise(&mut self, ticket: u64, waits: Waits) {
        if let Some(waiter) = self.waiting.iter_mut().find(|w| w.ticket == ticket) {
            waiter.waits = waiter.waits.min(waits);
        }
    }

    /// Whether it is this one's turn. `Go` takes it out of the line and counts it as under way until [`Self::done`].
    pub fn turn(&mut self, ticket: u64, now: Duration) -> Turn {
        if !self.waiting.iter().any(|w| w.ticket == ticket) {
            return Turn::Gone;
        }
        let Some(at) = self.next().filter(|at| self.waiting[*at].ticket == ticket) else {
            return Turn::Wait(None);
        };
        if self.under_way >= self.concurrent {
            return Turn::Wait(None);
        }
        let free_at = self.free_at();
        if now < free_at {
            return Turn::Wait(Some(free_at));
        }
        if let Some(share) = &self.share {
            match share.lacks(self.even_after(now), self.under_way, now) {
                Lack::Nothing => {}
                Lack::Wait(until) => return Turn::Wait(until),
                Lack::Ask => return Turn::Ask,
            }
        }
        let waits = self.waiting.remove(at).waits;
        self.even_at = self.even_after(now);
        self.under_way += 1;
        self.passed_over[waits.rank()] = 0;
        for less in &Waits::ALL[waits.rank() + 1..] {
            if self.waiting.iter().any(|w| w.waits == *less) {
                self.passed_over[less.rank()] += 1;
            }
        }
        Turn::Go
    }

    /// One that was under way is done.
    pub fn done(&mut self) {
        self.under_way = self.under_way.saturating_sub(1);
    }

    /// How many wait or are under way.
    pub fn load(&self) -> usize {
        self.waiting.len() + usize::try_from(self.under_way).unwrap_or(usize::MAX)
    }

    /// When all who wait now would have been sent.
    pub fn clear_at(&self) -> Duration {
        let waiting = u32::try_from(self.waiting.len()).unwrap_or(u32::MAX);
        let heard = self.share.as_ref().map_or(Duration::ZERO, Share::not_before);
        self.free_at().max(heard) + self.interval.saturating_mul(waiting)
    }

    /// What to ask of the store, which somebody does from now on until [`Self::asked`].
    pub fn ask(&mut self, now: Duration) -> Option<Wanted> {
        let waiting = u32::try_from(self.waiting.len()).unwrap_or(u32::MAX);
        let (even, interval) = (self.even_after(now), self.interval);
        let share = self.share.as_mut()?;
        share.ask();
        let (stretch, yields) = (share.stretch(interval, waiting, even), share.yields(now));
        Some(Wanted {
            stretch,
            ahead: self.ahead(),
            concurrent: self.concurrent,
            under_way: self.under_way,
            would_have: self.under_way.saturating_add(waiting).min(self.concurrent),
            yields,
        })
    }

    /// The store's answer; without one nothing is sent until it is asked again.
    pub fn told(&mut self, asked: &Asked, leased: Option<&PaceLeased>, now: Duration) {
        let Some(share) = &mut self.share else { return };
        let Some(leased) = leased else { return share.unheard(now) };
        if let Some(from) = share.told(asked, leased, self.under_way, now) {
            self.even_at = self.even_at.max(from);
        }
    }

    /// Nobody asks the store any more.
    pub fn asked(&mut self) {
        if let Some(share) = &mut self.share {
            share.asked();
        }
    }

    /// Whether somebody asks the store, or gives back to it.
    pub fn is_asking(&self) -> bool {
        self.share.as_ref().is_some_and(Share::is_asking)
    }

    /// Whether there are permits to give back, since nobody waits and nothing is under way. They are given back until
    /// [`Self::asked`].
    pub fn give_back(&mut self) -> bool {
        self.load() == 0 && self.share.as_mut().is_some_and(Share::give_back)
    }

    /// How long before its time a request may go out.
    fn ahead(&self) -> Duration {
        self.interval.saturating_mul(self.burst - 1)
    }

    fn free_at(&self) -> Duration {
        self.even_at.saturating_sub(self.ahead())
    }

    /// When the pace would be even, were one sent now.
    fn even_after(&self, now: Duration) -> Duration {
        self.even_at.max(now) + self.interval
    }

    /// Who is next: those who were passed over often enough, else the most urgent; among equals the first.
    fn next(&self) -> Option<usize> {
        let first = |waits: Waits| self.waiting.iter().position(|w| w.waits == waits);
        let due = |waits: &&Waits| self.passed_over[waits.rank()] >= PASSED_OVER_MAX;
        let overdue = Waits::ALL.iter().filter(due).find_map(|waits| first(*waits));
        overdue.or_else(|| Waits::ALL.iter().find_map(|waits| first(*waits)))
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use governor::clock::FakeRelativeClock;
    use governor::{Quota, RateLimiter};
    use proptest::prelude::*;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// All who wait go as soon as they may; in which order, and when.
    fn drain(lanes: &mut Lanes, tickets: &[(u64, Waits)], mut now: Duration) -> Vec<(Waits, Duration)> {
        let mut left = tickets.to_vec();
        let mut order = Vec::new();
        while !left.is_empty() {
            let mut until = None;
            for at in 0..left.len() {
                match lanes.turn(left[at].0, now) {
                    Turn::Go => {
                        lanes.done();
                        order.push((left.remove(at).1, now));
                        until = Some(now);
                        break;
                    }
                    Turn::Wait(Some(at)) => until = Some(at),
                    Turn::Wait(None) => {}
                    Turn::Gone | Turn::Ask => panic!("nobody was sent away"),
                }
            }
            now = until.unwrap();
        }
        order
    }

    fn joined(lanes: &mut Lanes, all: &[Waits]) -> Vec<(u64, Waits)> {
        all.iter().map(|waits| (lanes.join(*waits).unwrap(), *waits)).collect()
    }

    #[test]
    fn the_more_urgent_go_first_and_equals_in_order_of_arrival() {
        use Waits::{Deadline, Dispute, Person, Routine};
        let mut lanes = Lanes::new(SECOND, 1, 1);
        let tickets = joined(&mut lanes, &[Routine, Deadline, Routine, Person, Dispute, Person]);
        let order: Vec<_> = drain(&mut lanes, &tickets, SECOND).into_iter().map(|(w, _)| w).collect();
        assert_eq!(order, [Person, Person, Dispute, Deadline, Routine, Routine]);
    }

    #[test]
    fn who_is_passed_over_eight_times_goes_next() {
        let mut lanes = Lanes::new(SECOND, 1, 1);
        let all: Vec<_> = std::iter::once(Waits::Routine).chain([Waits::Person; 20]).collect();
        let tickets = joined(&mut lanes, &all);
        let order = drain(&mut lanes, &tickets, SECOND);
        assert_eq!(order.iter().position(|(w, _)| *w == Waits::Routine), Some(8));
    }

    #[test]
    fn it_is_not_forgotten_that_one_who_gave_up_was_passed_over() {
        let mut lanes = Lanes::new(SECOND, 1, 1);
        for round in 0..8 {
            let routine = lanes.join(Waits::Routine).unwrap();
            let person = joined(&mut lanes, &[Waits::Person]);
            drain(&mut lanes, &person, SECOND * (round + 1));
            lanes.leave(routine);
        }
        let tickets = joined(&mut lanes, &[Waits::Person, Waits::Routine]);
        assert_eq!(drain(&mut lanes, &tickets, SECOND * 20)[0].0, Waits::Routine);
    }

    #[test]
    fn a_full_line_takes_a_person_in_the_place_of_the_last_routine() {
        let mut lanes = Lanes::new(SECOND, 1, 1);
        let tickets = joined(&mut lanes, &[Waits::Routine; WAITING_MAX]);
        assert_eq!(lanes.join(Waits::Routine), Err(Full));
        let person = lanes.join(Waits::Person).unwrap();
        assert_eq!(lanes.turn(tickets[WAITING_MAX - 1].0, SECOND), Turn::Gone);
        assert_eq!(lanes.turn(person, SECOND), Turn::Go);
    }

    #[test]
    fn who_becomes_urgent_while_waiting_goes_ahead() {
        let mut lanes = Lanes::new(SECOND, 1, 1);
        let tickets = joined(&mut lanes, &[Waits::Routine, Waits::Routine]);
        lanes.raise(tickets[1].0, Waits::Person);
        assert_eq!(lanes.turn(tickets[0].0, SECOND), Turn::Wait(None));
        assert_eq!(lanes.turn(tickets[1].0, SECOND), Turn::Go);
    }

    #[test]
    fn no_more_are_under_way_than_allowed() {
        let mut lanes = Lanes::new(Duration::ZERO, 100, 2);
        let tickets = joined(&mut lanes, &[Waits::Person; 3]);
        assert_eq!([0, 1].map(|n| lanes.turn(tickets[n].0, SECOND)), [Turn::Go, Turn::Go]);
        assert_eq!(lanes.turn(tickets[2].0, SECOND), Turn::Wait(None));
        lanes.done();
        assert_eq!(lanes.turn(tickets[2].0, SECOND), Turn::Go);
    }

    fn waits() -> impl Strategy<Value = Waits> {
        prop::sample::select(Waits::ALL.to_vec())
    }

    proptest! {
        /// However many ask, and whoever waits: in no window go more than the burst and what the pace gives; and those of
        /// each urgency that wait get at least one of twelve.
        #[test]
        fn the_budget_is_never_exceeded_and_nobody_starves(
            all in prop::collection::vec(waits(), 1..200),
            interval_ms in 1_u64..5_000,
            burst in 1_u32..8,
        ) {
            let interval = Duration::from_millis(interval_ms);
            let mut lanes = Lanes::new(interval, burst, 1);
            let tickets = joined(&mut lanes, &all);
            let order = drain(&mut lanes, &tickets, SECOND);
            prop_assert_eq!(order.len(), all.len());
            for (first, (_, from)) in order.iter().enumerate() {
                for (last, (_, to)) in order.iter().enumerate().skip(first) {
                    let allowed = u128::from(burst) + to.saturating_sub(*from).as_nanos() / interval.as_nanos();
                    prop_assert!((last - first + 1) as u128 <= allowed);
                }
            }
            for waits in Waits::ALL {
                let at: Vec<_> = (0..order.len()).filter(|n| order[*n].0 == waits).collect();
                let longest = at.iter().scan(0, |from, to| {
                    let gap = to - *from;
                    *from = *to;
                    Some(gap)
                });
                prop_assert!(longest.max().unwrap_or(0) <= 12);
            }
        }

        /// The pace is that of another implementation of the same algorithm.
        #[test]
        fn the_pace_is_that_of_governor(
            steps in prop::collection::vec(0_u64..3_000, 1..60),
            interval_ms in 1_u64..1_000,
            burst in 1_u32..6,
        ) {
            let interval = Duration::from_millis(interval_ms);
            let clock = FakeRelativeClock::default();
            let quota = Quota::with_period(interval).unwrap().allow_burst(NonZeroU32::new(burst).unwrap());
            let governor = RateLimiter::direct_with_clock(quota, clock.clone());
            let mut lanes = Lanes::new(interval, burst, 1);
            let mut now = Duration::ZERO;
            for step in steps {
                let step = Duration::from_millis(step);
                clock.advance(step);
                now += step;
                let ticket = lanes.join(Waits::Person).unwrap();
                let goes = lanes.turn(ticket, now) == Turn::Go;
                prop_assert_eq!(goes, governor.check().is_ok());
                lanes.leave(ticket);
                lanes.done();
            }
        }
    }
}
