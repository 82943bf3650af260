//! The machines as diagrams, made by running them: every transition that the exploration finds, drawn in Mermaid.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use waygate_carriers::contract::Country;

use super::explore::{Focus, Plan, Visit, explore};
use super::{OrderState, Phase, next_due};
use crate::domain::lifecycle::Signal;
use crate::domain::order::{Address, Order};
use crate::domain::rules::Rules;
use crate::domain::standing::{self, Standing};

/// Enough inputs in a row to find every transition; a test goes on until there is no new state.
pub const DEPTH: u32 = 7;
/// Outside a machine: before its first state, after its last.
const OUTSIDE: &str = "[*]";

/// A transition of a machine.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Transition {
    /// The machine.
    pub machine: &'static str,
    /// The state before.
    pub from: String,
    /// The state after.
    pub to: String,
    /// What brings it about.
    pub by: String,
}

/// The order that is explored: it knows every rule but the one for short handling times.
pub fn sample() -> Order {
    Order {
        id: "sample".to_owned(),
        seller: None,
        buyer: None,
        paid_at: Timestamp::UNIX_EPOCH,
        handling_days: Some(5),
        delivery_days: Some(10),
        amount: "100.00 USD".parse().ok(),
        method: None,
        expected_weight_grams: None,
        ship_from: None,
        ship_to: Address {
            country: Country::new("US").expect("two letters are a code"),
            region: None,
            city: None,
            postal_code: None,
        },
    }
}

/// Every transition of every machine, found by running them.
pub fn transitions(rules: &Rules, depth: u32) -> BTreeSet<Transition> {
    let mut found = BTreeSet::new();
    let order = sample();
    // A short promise, which ends while a dispute still waits for its answer.
    let short = Order { handling_days: Some(0), delivery_days: Some(2), ..sample() };
    for (order, side) in [(&order, Focus::Order), (&order, Focus::Dispute), (&short, Focus::Dispute)] {
        let plan = Plan { order, rules, side, depth_max: depth };
        explore(&plan, |visit| found.extend(seen(visit, order, rules)));
    }
    found.extend(of_sellers(rules));
    found
}

/// The transitions of one step. A step that fires a timer first is left to the step of time alone.
fn seen(visit: &Visit<'_>, order: &Order, rules: &Rules) -> Vec<Transition> {
    let Ok(done) = visit.result else { return Vec::new() };
    let (name, input) = visit.input;
    let time = *input == super::Input::Clock;
    let fires = next_due(visit.before, order, rules).is_some_and(|due| due <= visit.at);
    if fires != time {
        return Vec::new();
    }
    let by = if time {
        let rules: BTreeSet<_> = done.happenings.iter().filter_map(|h| h.rule.clone()).collect();
        rules.into_iter().collect::<Vec<_>>().join(", ")
    } else {
        (*name).to_owned()
    };
    let (before, after) = (visit.before, &done.state);
    let mut found = Vec::new();
    let mut add = |machine, from: &str, to: &str| {
        found.push(Transition { machine, from: from.to_owned(), to: to.to_owned(), by: by.clone() });
    };
    if before.phase != after.phase {
        add("order", before.phase.as_str(), after.phase.as_str());
    }
    if before.cancellation != after.cancellation && !after.phase.is_end() {
        add("cancellation", before.cancellation.as_str(), after.cancellation.as_str());
    } else if after.phase == Phase::Cancelled && before.phase != Phase::Cancelled {
        add("cancellation", before.cancellation.as_str(), "cancelled");
    }
    let told = done.happenings.iter().rev().map(|h| h.kind.as_str()).find(|k| k.starts_with("dispute."));
    if let Some(told) = told {
        let end = told.trim_start_matches("dispute.");
        let stage = |state: &OrderState| state.dispute.as_ref().map(|d| d.stage.as_str());
        add("dispute", stage(before).unwrap_or(OUTSIDE), stage(after).unwrap_or(end));
    }
    found
}

/// The seller's standing, explored in the same way: every signal, now and a day later, and every time out.
fn of_sellers(rules: &Rules) -> BTreeSet<Transition> {
    let penalty =
        |s: &Standing| s.penalty.map_or_else(|| "none".to_owned(), |p| format!("{p:?}").to_lowercase());
    let parcels =
        |s: &Standing| if s.barred { "small_parcels_barred" } else { "small_parcels_allowed" }.to_owned();
    let mut found = BTreeSet::new();
    let mut add = |before: &Standing, after: &Standing, by: &str| {
        let both = [
            ("seller's penalties", penalty(before), penalty(after)),
            ("seller's small parcels", parcels(before), parcels(after)),
        ];
        for (machine, from, to) in both.into_iter().filter(|(_, from, to)| from != to) {
            found.insert(Transition { machine, from, to, by: by.to_owned() });
        }
    };
    let day = SignedDuration::from_hours(24);
    let mut queue = vec![(Standing::default(), Timestamp::UNIX_EPOCH, 0)];
    while let Some((before, now, depth)) = queue.pop() {
        let signals =
            [("a fault", Signal::Fault), ("a dispute by expiring protection", Signal::ExpiringDispute)];
        for (at, (name, signal)) in
            [now, now + day, now + day * 181].iter().flat_map(|at| signals.map(|s| (*at, s)))
        {
            let (quiet, _) = standing::fire_due(&before, rules, at);
            add(&before, &quiet, "time passes");
            let (after, _) = standing::step(&quiet, signal, rules, at);
            add(&quiet, &after, name);
            if depth < 4 {
                queue.push((after, at, depth + 1));
            }
        }
    }
    found
}

/// The transitions as Mermaid diagrams, one for each machine.
pub fn mermaid(transitions: &BTreeSet<Transition>) -> String {
    let mut machines: BTreeMap<&str, BTreeMap<(&str, &str), Vec<&str>>> = BTreeMap::new();
    for t in transitions {
        machines.entry(t.machine).or_default().entry((&t.from, &t.to)).or_default().push(&t.by);
    }
    let mut text = String::new();
    for (machine, arrows) in machines {
        let _ = writeln!(text, "\n## The {machine}\n\n```mermaid\nstateDiagram-v2");
        for ((from, to), by) in arrows {
            let _ = writeln!(text, "    {from} --> {to}: {}", by.join("; "));
        }
        text += "```\n";
    }
    text
}
