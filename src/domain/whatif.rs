//! What other rules would have made of orders: the recorded inputs of an order are run again under another version, and
//! beside it under its own. The seam is [`Recorded`]: whatever comes to move an order's clocks is recorded as one, and is
//! run again like the rest.
//!
//! Inputs are taken as they came. Under other rules a buyer or a seller may have done other things; this does not guess.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::event::Happening;
use super::lifecycle::{self, Input, OrderState, Phase};
use super::money::Money;
use super::order::Order;
use super::rules::{Rule, Rules};
use super::sums::Sums;

/// What makes a difference where no rule does by itself.
pub const TOGETHER: &str = "several together";

/// Something that happened to an order from outside, as its rules took it in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// When.
    pub at: Timestamp,
    /// What.
    pub input: Input,
}

/// An order, run from its beginning.
#[derive(Debug, Clone, PartialEq)]
pub struct Played {
    /// Its state at the end.
    pub state: OrderState,
    /// What happened.
    pub happenings: Vec<Happening>,
    /// Inputs that these rules forbid, each with the rule that does.
    pub refused: Vec<(Timestamp, &'static str)>,
}

/// Runs an order's inputs under these rules, and its clocks on until a time that lies after them.
pub fn play(order: &Order, inputs: &[Recorded], rules: &Rules, until: Timestamp) -> Played {
    let begun = OrderState::begin(order, rules);
    let mut played = Played { state: begun, happenings: Vec::new(), refused: Vec::new() };
    for Recorded { at, input } in inputs {
        match lifecycle::step(&played.state, order, rules, input, *at) {
            Ok(done) => played.take(done),
            Err(refused) => played.refused.push((*at, refused.rule)),
        }
    }
    let due = lifecycle::fire_due(&played.state, order, rules, until);
    played.take(due);
    played
}

impl Played {
    fn take(&mut self, done: lifecycle::Step) {
        self.state = done.state;
        self.happenings.extend(done.happenings);
    }
}

/// A date that lies elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Moved {
    /// Which, e.g. `protection_ends_at`.
    pub date: &'static str,
    /// Under its own rules.
    pub from: Option<Timestamp>,
    /// Under the others.
    pub to: Option<Timestamp>,
}

/// Where an order stands, and where the money is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// Where it stands.
    pub phase: Phase,
    /// How far an open dispute has come.
    pub dispute: Option<&'static str>,
    /// What the buyer got back.
    pub to_buyer: Option<Money>,
    /// What the seller got.
    pub to_seller: Option<Money>,
}

impl Standing {
    fn of(state: &OrderState) -> Self {
        Self {
            phase: state.phase,
            dispute: state.dispute.as_ref().map(|dispute| dispute.stage.as_str()),
            to_buyer: state.refunded.clone(),
            to_seller: state.released.clone(),
        }
    }

    fn money(&self) -> [Option<&Money>; 2] {
        [&self.to_buyer, &self.to_seller].map(Option::as_ref)
    }
}

/// An order that other rules would have treated otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The order.
    pub order: String,
    /// Its seller.
    pub seller: Option<String>,
    /// What it is worth.
    pub amount: Option<Money>,
    /// The version that it began under.
    pub from_rules: String,
    /// The rules whose other numbers make a difference by themselves; none where only several together do.
    pub made_by: Vec<String>,
    /// When something happened otherwise for the first time, under whichever version had it first.
    pub since: Option<Timestamp>,
    /// Where it stands under its own rules.
    pub from: Standing,
    /// Where it would stand.
    pub to: Standing,
    /// Dates that lie elsewhere.
    pub moved: Vec<Moved>,
    /// Inputs that the other rules forbid, by the rule that does.
    pub refused: Vec<&'static str>,
}

/// What one order came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing that matters differs.
    Same,
    /// Something does.
    Differs(Box<Difference>),
    /// Its own rules, run over its inputs, do not give the state that is stored: it was not begun or not recorded whole.
    NotReproduced,
    /// The version that it began under is not one that this program knows.
    UnknownRules,
}

/// The version that orders began under, beside another.
#[derive(Debug, Clone)]
pub struct Pair<'a> {
    own: &'a Rules,
    other: &'a Rules,
    /// Its own rules with one row of the other's, for each row whose numbers differ.
    one_by_one: Vec<(String, Rules)>,
}

impl<'a> Pair<'a> {
    /// Two versions.
    pub fn of(own: &'a Rules, other: &'a Rules) -> Self {
        let differs = |row: &&Rule| own.rows.iter().any(|r| r.id == row.id && r.numbers != row.numbers);
        let rows = other.rows.iter().filter(differs);
        // A row that does not go with the others by itself has no part of its own in what differs.
        let one_by_one = rows.filter_map(|row| Some((row.id.clone(), own.with_row(row).ok()?))).collect();
        Self { own, other, one_by_one }
    }

    /// The version that orders began under.
    pub fn own(&self) -> &'a Rules {
        self.own
    }

    /// Runs an order under both and compares. The clocks run until a time that lies after its last input.
    pub fn compare(
        &self,
        (order, stored, inputs): (&Order, &OrderState, &[Recorded]),
        until: Timestamp,
    ) -> Outcome {
        let before = play(order, inputs, self.own, until);
        if lifecycle::fire_due(stored, order, self.own, until).state != before.state {
            return Outcome::NotReproduced;
        }
        let after = play(order, inputs, self.other, until);
        let ends = |played: &Played, rules: &Rules| {
            (Standing::of(&played.state), dates(&played.state, order, rules), played.refused.clone())
        };
        let (from, to) = (ends(&before, self.own), ends(&after, self.other));
        if from == to {
            return Outcome::Same;
        }
        let made_by = self.one_by_one.iter().filter(|(_, rules)| {
            let alone = play(order, inputs, rules, until);
            ends(&alone, rules) != from
        });
        let refused: BTreeSet<_> = after.refused.iter().map(|(_, rule)| *rule).collect();
        Outcome::Differs(Box::new(Difference {
            order: order.id.clone(),
            seller: order.seller.clone(),
            amount: order.amount.clone(),
            from_rules: self.own.version.clone(),
            made_by: made_by.map(|(id, _)| id.clone()).collect(),
            since: first_difference(&before.happenings, &after.happenings),
            moved: moved(&from.1, &to.1),
            from: from.0,
            to: to.0,
            refused: refused.into_iter().collect(),
        }))
    }
}

/// When something happened otherwise for the first time: another thing, at another time, or by another rule; else with
/// other particulars.
fn first_difference(before: &[Happening], after: &[Happening]) -> Option<Timestamp> {
    let differs = |is_same: fn(&Happening, &Happening) -> bool| {
        let same = before.iter().zip(after).take_while(|(one, other)| is_same(one, other)).count();
        let both = [before.get(same), after.get(same)];
        both.into_iter().flatten().map(|happening| happening.at).min()
    };
    differs(|one, other| (one.kind, one.at, &one.rule) == (other.kind, other.at, &other.rule))
        .or_else(|| differs(|one, other| one == other))
}

type Dates = [(&'static str, Option<Timestamp>); 7];

fn dates(state: &OrderState, order: &Order, rules: &Rules) -> Dates {
    let dispute = state.dispute.as_ref();
    let is_end = state.phase.is_end();
    // Where an order has ended, what had been due plays no part any more.
    let while_it_runs = |at: Option<Timestamp>| at.filter(|_| !is_end);
    [
        ("protection_ends_at", while_it_runs(state.protection_ends_at)),
        ("receipt_due_at", while_it_runs(state.receipt_due_at)),
        ("completed_at", state.completed_at),
        ("release_due_at", state.release_due_at),
        ("dispute_filed_at", dispute.map(|d| d.filed_at)),
        ("submission_due_at", dispute.and_then(|d| d.submission.as_ref()).map(|s| s.due_at)),
        ("next_due_at", lifecycle::next_due(state, order, rules)),
    ]
}

fn moved(before: &Dates, after: &Dates) -> Vec<Moved> {
    let differing = before.iter().zip(after).filter(|(one, other)| one.1 != other.1);
    differing.map(|((date, from), (_, to))| Moved { date, from: *from, to: *to }).collect()
}

/// Money that goes elsewhere.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Shift {
    /// What somebody got and would not get.
    pub less: Sums,
    /// What somebody would get and did not.
    pub more: Sums,
}

impl Shift {
    fn add(&mut self, from: Option<&Money>, to: Option<&Money>) {
        if from != to {
            if let Some(money) = from {
                self.less.add(money);
            }
            if let Some(money) = to {
                self.more.add(money);
            }
        }
    }
}

/// All orders together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Orders that were looked at.
    pub orders: u64,
    /// Nothing differs.
    pub same: u64,
    /// Something does.
    pub differ: u64,
    /// Of those, that stand elsewhere.
    pub stand_elsewhere: u64,
    /// Of those, whose money is elsewhere.
    pub money_elsewhere: u64,
    /// Of those, with a date that lies elsewhere.
    pub dates_moved: u64,
    /// Of those, with an input that the other rules forbid.
    pub inputs_refused: u64,
    /// Their own rules do not give the state that is stored.
    pub not_reproduced: u64,
    /// Begun under rules that this program does not know.
    pub unknown_rules: u64,
    /// Differing orders by the rule that makes a difference; an order counts for each.
    pub by_rule: BTreeMap<String, u64>,
    /// From which phase to which, of all that were compared.
    pub table: BTreeMap<(Phase, Phase), u64>,
    /// Buyers' money.
    pub buyers: Shift,
    /// Sellers' money.
    pub sellers: Shift,
}

impl Tally {
    /// Counts one order. `phase` is where it stands under its own rules.
    pub fn count(&mut self, phase: Phase, outcome: &Outcome) {
        self.orders += 1;
        let difference = match outcome {
            Outcome::NotReproduced => return self.not_reproduced += 1,
            Outcome::UnknownRules => return self.unknown_rules += 1,
            Outcome::Same => {
                self.same += 1;
                *self.table.entry((phase, phase)).or_default() += 1;
                return;
            }
            Outcome::Differs(difference) => difference,
        };
        let Difference { from, to, .. } = difference.as_ref();
        self.differ += 1;
        *self.table.entry((from.phase, to.phase)).or_default() += 1;
        self.stand_elsewhere += u64::from((from.phase, from.dispute) != (to.phase, to.dispute));
        self.money_elsewhere += u64::from(from.money() != to.money());
        self.dates_moved += u64::from(!difference.moved.is_empty());
        self.inputs_refused += u64::from(!difference.refused.is_empty());
        self.buyers.add(from.to_buyer.as_ref(), to.to_buyer.as_ref());
        self.sellers.add(from.to_seller.as_ref(), to.to_seller.as_ref());
        let together = [TOGETHER.to_owned()];
        let made_by = if difference.made_by.is_empty() { &together[..] } else { &difference.made_by };
        for rule in made_by {
            *self.by_rule.entry(rule.clone()).or_default() += 1;
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
