//! What another version of the policy would have said of claims that were judged: each verdict beside the one that is made
//! again on the same evidence, as of the same time, and what that comes to for all of them together.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::money::Money;
use super::order::Order;
use super::shipment::Claim;
use super::sums::Sums;
use super::verdict::{Check, CheckOutcome, Effect, Outcome, Verdict, checks};

/// What made a flip where no check came out differently: the order's tier demands other checks.
pub const DEMANDED: &str = "tier";

/// A verdict made again, beside the one that was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compared {
    /// The same in every field but the policy's name.
    Same,
    /// The same answer; a check, a time or a request to the seller differs.
    Changed,
    /// Another answer.
    Flipped,
}

/// Compares the verdict that was given with the one that was made again.
pub fn compare(given: &Verdict, made: &Verdict) -> Compared {
    if given.verdict != made.verdict {
        return Compared::Flipped;
    }
    let of_the_same = Verdict { policy: given.policy.clone(), ..made.clone() };
    if of_the_same == *given { Compared::Same } else { Compared::Changed }
}

/// A check that came out differently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Turned {
    /// The check.
    pub check: String,
    /// As it came out then.
    pub from: CheckOutcome,
    /// What it did to the verdict then.
    pub from_effect: Effect,
    /// As it comes out.
    pub to: CheckOutcome,
    /// What it does to the verdict.
    pub to_effect: Effect,
    /// Why, in its words under the other version.
    pub reason: String,
}

/// A claim that gets another verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Flip {
    /// The shipment's id.
    pub shipment: String,
    /// The verdict's id.
    pub verdict: String,
    /// The order.
    pub order: String,
    /// Its seller.
    pub seller: Option<String>,
    /// The carrier that was named.
    pub carrier: String,
    /// The number.
    pub tracking_number: String,
    /// When it was judged.
    pub judged_at: Timestamp,
    /// The version that judged.
    pub from_policy: String,
    /// What it said.
    pub from: Outcome,
    /// What the other version says.
    pub to: Outcome,
    /// The checks that made the difference; [`DEMANDED`] where it is what is demanded.
    pub made_by: Vec<String>,
    /// Every check that came out differently.
    pub checks: Vec<Turned>,
    /// What the order is worth, where that is known.
    pub amount: Option<Money>,
}

impl Flip {
    /// A claim's flip. `shipment` and `verdict` are the ids.
    pub fn of(
        (shipment, verdict): (&str, &str),
        (order, claim): (&Order, &Claim),
        judged_at: Timestamp,
        given: &Verdict,
        made: &Verdict,
    ) -> Self {
        Self {
            shipment: shipment.to_owned(),
            verdict: verdict.to_owned(),
            order: order.id.clone(),
            seller: order.seller.clone(),
            carrier: claim.carrier.clone(),
            tracking_number: claim.tracking_number.clone(),
            judged_at,
            from_policy: given.policy.clone(),
            from: given.verdict,
            to: made.verdict,
            made_by: made_by(given, made),
            checks: turned(given, made).map(|(_, turned)| turned).collect(),
            amount: order.amount.clone(),
        }
    }
}

/// Whether a check is one that gave a verdict its answer.
fn speaks(verdict: Outcome, check: &Check) -> bool {
    let fails = check.outcome == CheckOutcome::Fail;
    match verdict {
        Outcome::Unverifiable => fails && check.id == checks::channel::ID,
        Outcome::Rejected => fails && check.effect == Effect::Hard,
        Outcome::Suspicious => fails && check.effect == Effect::Suspicion,
        Outcome::Pending => !matches!(check.outcome, CheckOutcome::Pass | CheckOutcome::NotApplicable),
        Outcome::Verified => false,
    }
}

/// The checks that came out differently, each with whether it gave one of the two verdicts its answer. A check that only
/// one of them has came out as not applicable in the other.
fn turned<'a>(given: &'a Verdict, made: &'a Verdict) -> impl Iterator<Item = (bool, Turned)> + 'a {
    let find = |verdict: &'a Verdict, id: &str| verdict.checks.iter().find(|c| c.id == id);
    let gone = given.checks.iter().filter(move |c| find(made, &c.id).is_none());
    let ids = made.checks.iter().chain(gone).map(|c| c.id.as_str());
    ids.filter_map(move |id| {
        let (before, after) = (find(given, id), find(made, id));
        let said = |check: Option<&Check>| {
            check.map_or((CheckOutcome::NotApplicable, Effect::None), |c| (c.outcome, c.effect))
        };
        let ((from, from_effect), (to, to_effect)) = (said(before), said(after));
        let counts = before.is_some_and(|c| speaks(given.verdict, c))
            || after.is_some_and(|c| speaks(made.verdict, c));
        let reason = after.map(|c| c.reason.clone()).unwrap_or_default();
        let turned = Turned { check: id.to_owned(), from, from_effect, to, to_effect, reason };
        ((from, from_effect) != (to, to_effect)).then_some((counts, turned))
    })
}

fn made_by(given: &Verdict, made: &Verdict) -> Vec<String> {
    let all: Vec<_> = turned(given, made).collect();
    let counting = all.iter().any(|(counts, _)| *counts);
    let made_it = all.into_iter().filter(|(counts, _)| *counts || !counting).map(|(_, turned)| turned.check);
    let made_it: Vec<String> = made_it.collect();
    if made_it.is_empty() { vec![DEMANDED.to_owned()] } else { made_it }
}

/// Why a stored verdict could not be made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NotReplayed {
    /// What it was made on was not recorded, or was erased.
    NoBasis,
    /// An answer that it was made on is not there any more.
    AnswerGone,
    /// What is stored cannot be read by this program.
    Unreadable,
}

/// What one claim came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rejudged {
    /// It was judged again.
    Judged {
        /// The version that judged then.
        from_policy: String,
        /// What was said then.
        from: Outcome,
        /// What is said now, and how that compares.
        compared: Compared,
        /// The flip, where it is one.
        flip: Option<Box<Flip>>,
    },
    /// It could not be.
    Not(NotReplayed),
}

/// Claims that went from one answer to another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cell {
    /// How many.
    pub claims: u64,
    /// What their orders are worth; of flips only.
    pub at_stake: Sums,
    /// How many of the flips have an order whose worth is not known.
    pub without_amount: u64,
}

/// All claims together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Claims that were looked at.
    pub claims: u64,
    /// Judged the same in every field.
    pub same: u64,
    /// The same answer, otherwise not the same.
    pub changed: u64,
    /// Another answer.
    pub flipped: u64,
    /// Could not be judged again.
    pub not_replayed: BTreeMap<NotReplayed, u64>,
    /// The versions that judged.
    pub from_policies: BTreeMap<String, u64>,
    /// From which answer to which.
    pub table: BTreeMap<(Outcome, Outcome), Cell>,
    /// Flips by the check that made them; a flip that several made counts for each.
    pub made_by: BTreeMap<String, u64>,
}

impl Tally {
    /// Counts one claim.
    pub fn count(&mut self, result: &Rejudged) {
        self.claims += 1;
        let (from_policy, from, compared, flip) = match result {
            Rejudged::Not(why) => {
                *self.not_replayed.entry(*why).or_default() += 1;
                return;
            }
            Rejudged::Judged { from_policy, from, compared, flip } => (from_policy, *from, *compared, flip),
        };
        match self.from_policies.get_mut(from_policy) {
            Some(count) => *count += 1,
            None => drop(self.from_policies.insert(from_policy.clone(), 1)),
        }
        match compared {
            Compared::Same => self.same += 1,
            Compared::Changed => self.changed += 1,
            Compared::Flipped => self.flipped += 1,
        }
        let to = flip.as_ref().map_or(from, |flip| flip.to);
        let cell = self.table.entry((from, to)).or_default();
        cell.claims += 1;
        let Some(flip) = flip else { return };
        match &flip.amount {
            Some(amount) => cell.at_stake.add(amount),
            None => cell.without_amount += 1,
        }
        for check in &flip.made_by {
            *self.made_by.entry(check.clone()).or_default() += 1;
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
