//! Every state that an order can reach, by every input at every time at which something turns.

use std::collections::BTreeSet;

use jiff::Timestamp;
use waygate::domain::calendar::{days, shifted};
use waygate::domain::event::{EventType, Happening};
use waygate::domain::lifecycle::diagram::{DEPTH, sample, transitions};
use waygate::domain::lifecycle::dispute::Stage;
use waygate::domain::lifecycle::explore::{Focus, Plan, Visit, all_inputs, explore};
use waygate::domain::lifecycle::{Input, OrderState, Phase, fire_due, next_due, step};
use waygate::domain::money::Money;
use waygate::domain::order::Order;
use waygate::domain::rules::Rules;

/// More inputs in a row than any state lies deep: the exploration ends by itself before.
const DEPTH_MAX: u32 = 60;

fn cents(amount: Option<&Money>) -> u64 {
    amount.map_or(0, |money| money.ten_thousandths() / 100)
}

/// What the lines say that moved, in cents.
fn moved(told: &[Happening]) -> u64 {
    let amount = |h: &Happening, name: &str| {
        h.data.get(name).map_or(0, |m| m["amount"].as_str().unwrap().replace('.', "").parse().unwrap())
    };
    told.iter().map(|h| amount(h, "refund") + amount(h, "release")).sum()
}

/// What must hold of every step.
fn check(visit: &Visit<'_>, order: &Order, rules: &Rules) {
    let before = visit.before;
    let total = cents(order.amount.as_ref());
    let Ok(done) = visit.result else {
        // A refused step changes nothing but what the clock would have done anyway: it gives no state at all. It names
        // its rule and says why.
        let refused = visit.result.as_ref().unwrap_err();
        assert!(rules.rows.iter().any(|r| r.id == refused.rule), "{refused}");
        assert!(!refused.why.is_empty());
        return;
    };
    let after = &done.state;
    // Money moves once, as the order ends, and adds up.
    let paid = cents(after.refunded.as_ref()) + cents(after.released.as_ref());
    assert_eq!(paid, if after.phase.is_end() { total } else { 0 }, "{visit:?}");
    let moves = if before.phase.is_end() { 0 } else { paid };
    assert_eq!(moved(&done.happenings), moves, "{visit:?}");
    if before.phase.is_end() {
        assert_eq!((after, done.happenings.len()), (before, 0), "nothing follows the end: {visit:?}");
    }
    // Whatever was due has fired, as of its time, in order.
    assert!(done.happenings.iter().all(|h| h.at <= visit.at), "{visit:?}");
    assert!(done.happenings.is_sorted_by_key(|h| h.at), "{visit:?}");
    // An order that is held neither completes nor pays.
    if let (Some(open), Some(still)) = (&before.dispute, &after.dispute)
        && open.number == still.number
    {
        assert_eq!(before.completed_at, after.completed_at, "{visit:?}");
        assert_eq!(before.protection_ends_at.is_some(), after.protection_ends_at.is_some());
    }
    if let Some(dispute) = &after.dispute {
        // A dispute is with the arbiter by its sixteenth day, or when the promised delivery period ends.
        let latest = shifted(dispute.filed_at, rules.submission).max(after.delivery_due_at.unwrap());
        let submitted = matches!(dispute.stage, Stage::Submitted { .. });
        assert!(
            submitted || visit.at <= latest || next_due(after, order, rules) <= Some(visit.at),
            "{visit:?}"
        );
        assert!(!submitted || next_due(after, order, rules).is_none(), "nothing executes there by itself");
    }
}

/// From every state the order comes to its end: by time alone, or by what the party that has the word does.
fn comes_to_an_end(state: &OrderState, order: &Order, rules: &Rules, mut at: Timestamp) {
    let all = all_inputs(order, at);
    let named = |name: &str| &all.iter().find(|(n, _)| *n == name).unwrap().1;
    let mut state = state.clone();
    for _ in 0..40 {
        if state.phase.is_end() {
            return;
        }
        if let Some(due) = next_due(&state, order, rules) {
            at = at.max(due);
            state = fire_due(&state, order, rules, at).state;
            continue;
        }
        let next = if state.dispute.is_some() { "ruled for the seller" } else { "the buyer asks to cancel" };
        state = step(&state, order, rules, named(next), at).unwrap().state;
    }
    panic!("no end: {state:?}");
}

/// All numbers of the rules and of these orders are multiples of five days, so that times meet, and states close.
#[test]
fn every_state_keeps_the_promises() {
    let rules = Rules::current();
    let mut kinds = BTreeSet::new();
    let mut reached = BTreeSet::new();
    for (side, handling_days, delivery_days, states_min) in [
        (Focus::Order, 5, 10, 20_000),
        (Focus::Order, 0, 5, 8_000),
        (Focus::Dispute, 5, 10, 10_000),
        (Focus::Dispute, 0, 2, 5_000),
    ] {
        let order =
            Order { handling_days: Some(handling_days), delivery_days: Some(delivery_days), ..sample() };
        let plan = Plan { order: &order, rules, side, depth_max: DEPTH_MAX };
        let explored = explore(&plan, |visit| {
            check(visit, &order, rules);
            if let Ok(done) = visit.result {
                let s = &done.state;
                reached.insert((s.phase, s.dispute.as_ref().map(|d| d.stage.as_str())));
                kinds.extend(done.happenings.iter().map(|h| h.kind.as_str()));
                if visit.input.1 == Input::Clock {
                    comes_to_an_end(s, &order, rules, visit.at);
                }
            }
        });
        assert!(explored.closed_at.is_some(), "deeper lie more states: {explored:?}");
        assert!(explored.states >= states_min, "{explored:?}");
    }
    let stages = [None, Some("awaiting_answer"), Some("rejected"), Some("submitted")];
    for phase in [Phase::Protected, Phase::AwaitingReceipt, Phase::Completed] {
        assert!(stages.iter().all(|stage| reached.contains(&(phase, *stage))), "{phase:?}: {reached:?}");
    }
    assert!(Phase::ALL.iter().all(|phase| reached.contains(&(*phase, None))), "{reached:?}");
    let of_the_order = |kind: &&str| kind.starts_with("order.") || kind.starts_with("dispute.");
    let unseen: Vec<_> = EventType::ALL
        .iter()
        .map(|k| k.as_str())
        .filter(of_the_order)
        .filter(|k| !kinds.contains(k))
        .collect();
    assert!(unseen.is_empty(), "never told: {unseen:?}");
}

#[test]
fn the_diagrams_show_every_transition() {
    let rules = Rules::current();
    let drawn = transitions(rules, DEPTH);
    assert!(drawn.len() > 40, "{drawn:#?}");
    let more: Vec<_> = transitions(rules, DEPTH_MAX).into_iter().filter(|t| !drawn.contains(t)).collect();
    assert!(more.is_empty(), "deeper lie more: {more:#?}");
}

/// The log of an order's inputs gives its state again, from nothing.
#[test]
fn a_log_of_inputs_gives_the_state_again() {
    let (order, rules) = (sample(), Rules::current());
    let mut seed = 42_u64;
    let mut next = move |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % below
    };
    for _ in 0..500 {
        let (mut state, mut at, mut log) = (OrderState::begin(&order, rules), order.paid_at, Vec::new());
        for _ in 0..40 {
            at = shifted(at, days(u32::try_from(next(5)).unwrap()));
            let inputs = all_inputs(&order, at);
            let input = inputs[next(inputs.len())].1.clone();
            if let Ok(done) = step(&state, &order, rules, &input, at) {
                // The log is written down and read again.
                log.push(serde_json::to_string(&(at, input)).unwrap());
                state = serde_json::from_str(&serde_json::to_string(&done.state).unwrap()).unwrap();
                assert_eq!(state, done.state, "a state is kept whole");
            }
        }
        let mut again = OrderState::begin(&order, rules);
        for line in &log {
            let (at, input) = serde_json::from_str(line).unwrap();
            again = step(&again, &order, rules, &input, at).unwrap().state;
        }
        assert_eq!(again, state);
    }
}
