//! What the official source was asked: no more than the looks that were due, but for those whose lease was lost, and no
//! more in a day than it allows.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::{Rule, Violation, broken};
use crate::replicas::clock::LEASE;
use crate::replicas::history::{Asked, Fault, History};

/// Looks at one number are planned hours apart, so that two within this time are one look that was made twice. The
/// plan's shortest wait here is four hours, and a tenth less at worst (config/policies/2026-11.toml).
const ONE_LOOK: SignedDuration = SignedDuration::from_hours(2);

/// How often the source was asked though the answer to the question before may still have been on its way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Again {
    /// Questions whose answer was never recorded.
    pub unrecorded: usize,
    /// Questions within one look of another.
    pub within_a_look: usize,
    /// Questions whose answer may have been lost: so many may be asked again.
    pub lost: usize,
}

fn by_number(history: &History) -> BTreeMap<&str, Vec<&Asked>> {
    let mut numbers: BTreeMap<&str, Vec<&Asked>> = BTreeMap::new();
    for asked in &history.asked {
        numbers.entry(&asked.number).or_default().push(asked);
    }
    for all in numbers.values_mut() {
        all.sort_by_key(|asked| asked.at);
    }
    numbers
}

/// Whether something was done to a replica in a time.
fn is_hit(history: &History, replica: usize, (from, to): (Timestamp, Timestamp)) -> bool {
    let hits = |fault: &&Fault| fault.replica.is_none_or(|hit| hit == replica);
    history.faults.iter().filter(hits).any(|fault| fault.from <= to && from <= fault.to)
}

/// Whether the answer may never have been recorded: something was done to its replica while it may still have been at it. It
/// may have waited for another that was stopped, beyond its own lease.
fn is_lost(history: &History, asked: &Asked) -> bool {
    is_hit(history, asked.replica, (asked.at, asked.at + LEASE * 3))
}

/// Whether the lease under which it was asked may have ended before: its replica was stopped in it, or it was lost.
fn is_late(history: &History, asked: &Asked) -> bool {
    // The look was claimed a moment before it was asked, and perhaps not the moment before.
    let held = (asked.at - LEASE, asked.at + LEASE);
    is_hit(history, asked.replica, held)
}

/// Counts.
pub fn again(history: &History) -> Again {
    let mut again = Again::default();
    for (number, asked) in by_number(history) {
        let recorded = history.recorded.get(number).copied().unwrap_or_default();
        again.unrecorded += asked.len().saturating_sub(recorded);
        again.within_a_look += asked.windows(2).filter(|two| two[1].at - ONE_LOOK < two[0].at).count();
        again.lost += asked.iter().filter(|asked| is_lost(history, asked)).count();
    }
    again
}

/// What is wrong.
pub fn check(history: &History) -> Vec<Violation> {
    let mut wrong = Vec::new();
    for (number, asked) in by_number(history) {
        let recorded = history.recorded.get(number).copied().unwrap_or_default();
        let lost = asked.iter().filter(|asked| is_lost(history, asked)).count();
        if asked.len() > recorded + lost {
            let what =
                format!("{number}: asked {} times, {recorded} recorded, {lost} lost at most", asked.len());
            wrong.push(broken(Rule::Unaccounted, what));
        }
        if recorded > asked.len() {
            let what = format!("{number}: {recorded} answers to {} questions", asked.len());
            wrong.push(broken(Rule::Unaccounted, what));
        }
        for two in asked.windows(2).filter(|two| two[1].at - ONE_LOOK < two[0].at) {
            if !two.iter().any(|asked| is_late(history, asked)) {
                let (first, then) = (two[0], two[1]);
                let what = format!(
                    "{number}: by {} at {} and by {} at {}",
                    first.replica, first.at, then.replica, then.at
                );
                wrong.push(broken(Rule::AskedTwice, what));
            }
        }
    }
    wrong.extend(budget(history));
    wrong
}

fn budget(history: &History) -> Vec<Violation> {
    let mut wrong = Vec::new();
    let mut days: Vec<_> = history.days.iter().collect();
    days.sort_by_key(|day| day.began_at);
    for two in days.windows(2).filter(|two| two[1].began_at < two[0].ends_at) {
        wrong.push(broken(Rule::OverBudget, format!("two days at once: {two:?}")));
    }
    for day in &days {
        if day.leased > history.per_day {
            wrong.push(broken(
                Rule::OverBudget,
                format!("{} leased of {}: {day:?}", day.leased, history.per_day),
            ));
        }
        let within =
            history.asked.iter().filter(|a| day.began_at <= a.at && a.at < day.ends_at).count() as u64;
        // What was let through at the end of a day may arrive in the next.
        if within > history.per_day + history.under_way_max {
            wrong.push(broken(Rule::OverBudget, format!("asked {within} times within {day:?}")));
        }
    }
    let leased: u64 = days.iter().map(|day| day.leased).sum();
    if history.asked.len() as u64 > leased {
        let what = format!("asked {} times, {leased} were let through", history.asked.len());
        wrong.push(broken(Rule::OverBudget, what));
    }
    wrong
}
