//! A seller's standing: faults and their penalties, small parcels barred and allowed again, the rate of bad transactions.
//! Pure: a standing, a signal from an order and a time in; the next standing and what is told out.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Map;

use super::calendar::shifted;
use super::event::{EventType, Happening};
use super::lifecycle::{By, Refused, Signal, Telling};
use super::order::ShippingMethod;
use super::rules::{Ladder, Penalty, Rules, id};

/// A seller's standing. Changed only by [`step`] and [`fire_due`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Standing {
    /// Faults that may still count, oldest first.
    pub faults: Vec<Timestamp>,
    /// Disputes by an expiring protection that still count, oldest first.
    pub expiring: Vec<Timestamp>,
    /// Whether small parcels are barred.
    pub barred: bool,
    /// The latest penalty.
    pub penalty: Option<Penalty>,
    /// Orders that ended.
    pub ended: u64,
    /// Of those, the bad ones.
    pub bad: u64,
}

impl Standing {
    /// The share of bad transactions, in hundredths of a percent.
    pub fn bad_rate_basis_points(&self) -> u64 {
        self.bad.saturating_mul(10_000).checked_div(self.ended).unwrap_or(0)
    }

    /// Whether the seller may send by a method.
    pub fn may_ship(&self, method: Option<ShippingMethod>) -> Result<(), Refused> {
        if self.barred && method == Some(ShippingMethod::SmallParcel) {
            let why = "the seller may not send small parcels: too many disputes by expiring protection";
            return Err(Refused::new(id::SMALL_PARCELS, why));
        }
        Ok(())
    }
}

/// When the seller may send small parcels again: as soon as fewer disputes count than bar them.
pub fn next_due(standing: &Standing, rules: &Rules) -> Option<Timestamp> {
    let bars = usize::try_from(rules.small_parcels.disputes).unwrap_or(usize::MAX);
    let oldest_that_bars = standing.expiring.len().checked_sub(bars)?;
    let falls_out = shifted(*standing.expiring.get(oldest_that_bars)?, rules.small_parcels.within);
    standing.barred.then_some(falls_out)
}

/// Lets the seller send small parcels again where that is due.
pub fn fire_due(standing: &Standing, rules: &Rules, now: Timestamp) -> (Standing, Vec<Happening>) {
    let mut next = standing.clone();
    let Some(due) = next_due(standing, rules).filter(|due| *due <= now) else {
        return (next, Vec::new());
    };
    next.barred = false;
    drop_old(&mut next.expiring, rules.small_parcels.within, due);
    let why = "fewer disputes by expiring protection lie within the last days than bar small parcels";
    let telling = Telling::new(EventType::SellerUnrestricted, id::SMALL_PARCELS_AGAIN, By::System, why);
    (next, vec![telling.at(due, Map::new())])
}

/// Applies what an order means for its seller, after what was due by then.
pub fn step(standing: &Standing, signal: Signal, rules: &Rules, at: Timestamp) -> (Standing, Vec<Happening>) {
    let (mut next, mut told) = fire_due(standing, rules, at);
    match signal {
        Signal::Ended { bad } => {
            next.ended = next.ended.saturating_add(1);
            next.bad = next.bad.saturating_add(u64::from(bad));
        }
        Signal::ExpiringDispute => {
            next.expiring.push(at);
            drop_old(&mut next.expiring, rules.small_parcels.within, at);
            let bars = usize::try_from(rules.small_parcels.disputes).unwrap_or(usize::MAX);
            if !next.barred && next.expiring.len() >= bars {
                next.barred = true;
                let again = next_due(&next, rules);
                let why = "so many disputes by expiring protection within the last days bar small parcels";
                let telling = Telling::new(EventType::SellerRestricted, id::SMALL_PARCELS, By::System, why)
                    .with("barred", "small_parcel")
                    .with("disputes", next.expiring.len());
                let deadlines = again.map(|at| ("unrestricted_at".to_owned(), at.to_string().into()));
                told.push(telling.at(at, deadlines.into_iter().collect()));
            }
        }
        Signal::Fault => {
            next.faults.push(at);
            let longest = rules.ladder.iter().map(|l| l.within).max().unwrap_or(SignedDuration::ZERO);
            drop_old(&mut next.faults, longest, at);
            let reached = |rung: &&Ladder| count_within(&next.faults, rung.within, at) >= rung.from;
            if let Some(rung) = rules.ladder.iter().rev().find(reached) {
                next.penalty = Some(rung.penalty);
                let faults = count_within(&next.faults, rung.within, at);
                let why = "a ruling finds the seller at fault";
                let telling = Telling::new(EventType::SellerPenalized, rung.rule, By::System, why)
                    .with("penalty", rung.penalty)
                    .with("faults", faults);
                told.push(telling.at(at, Map::new()));
            }
        }
    }
    (next, told)
}

/// What happened counts for so long from its moment; at the very end, time is up.
fn counts(since: Timestamp, within: SignedDuration, now: Timestamp) -> bool {
    now < shifted(since, within)
}

fn drop_old(times: &mut Vec<Timestamp>, within: SignedDuration, now: Timestamp) {
    times.retain(|since| counts(*since, within, now));
}

fn count_within(times: &[Timestamp], within: SignedDuration, now: Timestamp) -> u32 {
    let count = times.iter().filter(|since| counts(**since, within, now)).count();
    u32::try_from(count).unwrap_or(u32::MAX)
}
