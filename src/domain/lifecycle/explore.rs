//! Every state that an order can reach: all inputs, at every time at which something turns. What the diagrams show and the
//! exploration's test checks is found here by running the machine, never written down a second time.

use std::collections::{BTreeSet, HashSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::{SignedDuration, Timestamp};

use super::dispute::{Act, Filing, Kind, Reason, Remedy, RuledFor, Side, Stage};
use super::parcel::Stand;
use super::state::Terms;
use super::{Input, OrderState, Phase, Refused, Step, next_timer, step};
use crate::domain::calendar::shifted;
use crate::domain::money::Money;
use crate::domain::order::Order;
use crate::domain::rules::Rules;
use crate::domain::verdict::Outcome;

/// Just before a boundary.
const BEFORE: SignedDuration = SignedDuration::from_mins(1);
/// Protection that is longer is not followed.
const PROTECTION_MAX: SignedDuration = SignedDuration::from_hours(20 * 24);

/// A named input.
pub type Named = (&'static str, Input);

/// A step of the exploration.
#[derive(Debug)]
pub struct Visit<'a> {
    /// The state before.
    pub before: &'a OrderState,
    /// When the input comes.
    pub at: Timestamp,
    /// The input.
    pub input: &'a Named,
    /// What came of it.
    pub result: &'a Result<Step, Refused>,
    /// How many inputs led here.
    pub depth: u32,
}

/// How far an exploration came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Explored {
    /// States that differ.
    pub states: usize,
    /// Inputs that were tried.
    pub inputs: usize,
    /// The depth at which no new state was found; none where the limit came first.
    pub closed_at: Option<u32>,
}

/// What is explored.
pub struct Plan<'a> {
    /// The order.
    pub order: &'a Order,
    /// The rules.
    pub rules: &'a Rules,
    /// The side that is explored in full.
    pub side: Focus,
    /// Most inputs in a row.
    pub depth_max: u32,
}

/// Tries every input in every state that is reached by at most so many inputs, at every time at which something turns; just
/// before such a time too, without going on from there on the order's side. States that differ by the calendar alone are one.
pub fn explore(plan: &Plan<'_>, mut visit: impl FnMut(&Visit<'_>)) -> Explored {
    let Plan { order, rules, depth_max, .. } = *plan;
    let begun = OrderState::begin(order, rules);
    let mut seen = HashSet::from([fingerprint(&begun, order, order.paid_at)]);
    let mut queue = VecDeque::from([(begun, order.paid_at, 0_u32)]);
    let mut explored = Explored { states: 1, inputs: 0, closed_at: Some(0) };
    while let Some((state, now, depth)) = queue.pop_front() {
        if depth >= depth_max {
            explored.closed_at = None;
            continue;
        }
        explored.closed_at = explored.closed_at.map(|_| depth + 1);
        for (at, goes_on) in moments(&state, order, rules, now) {
            for named in &inputs(order, plan.side, at) {
                let result = step(&state, order, rules, &named.1, at);
                explored.inputs += 1;
                visit(&Visit { before: &state, at, input: named, result: &result, depth });
                let Ok(done) = result else { continue };
                // A dispute is small enough to go on from just before, too: there clocks cross that meet otherwise.
                if (goes_on || plan.side == Focus::Dispute)
                    && seen.insert(fingerprint(&done.state, order, at))
                {
                    explored.states += 1;
                    if is_bounded(&done.state, at) {
                        queue.push_back((done.state, at, depth + 1));
                    }
                }
            }
        }
    }
    explored
}

/// The times at which something turns, as seen from now: now, the opening of disputes, the next timer; and just before.
fn moments(state: &OrderState, order: &Order, rules: &Rules, now: Timestamp) -> Vec<(Timestamp, bool)> {
    let due = next_timer(state, order, rules).map(|(at, _)| at);
    let opens = state.confirmed_at.map(|at| Terms { order, rules }.disputes_open(at).0);
    let mut all = BTreeSet::from([(now, true)]);
    for boundary in [due, opens].into_iter().flatten() {
        all.extend([(shifted(boundary, -BEFORE), false), (boundary, true)]);
    }
    let last = due.unwrap_or(Timestamp::MAX);
    all.into_iter().filter(|(at, _)| *at >= now && *at <= last).collect()
}

/// Whether it goes on from a state: the seller may extend for ever, and evidence has no end.
fn is_bounded(state: &OrderState, now: Timestamp) -> bool {
    let from = state.dispute.as_ref().map_or(now, |d| d.filed_at);
    let left = state.protection_ends_at.map(|end| end.duration_since(from));
    let pieces = state.dispute.as_ref().map_or(0, |d| d.evidence.len() + d.requests.len());
    left.is_none_or(|left| left <= PROTECTION_MAX) && pieces < 2
}

/// What tells states apart: everything but the calendar. Times count from now; how long what is past lies back counts
/// only where a rule asks for it.
fn fingerprint(state: &OrderState, order: &Order, now: Timestamp) -> u64 {
    let since = |from: Timestamp, at: Option<Timestamp>| at.map(|at| at.duration_since(from).as_mins());
    let back_to =
        |days: i64, at: Option<Timestamp>| since(now, at).map(|minutes| minutes.max(-24 * 60 * days));
    let mut hasher = DefaultHasher::new();
    let h = &mut hasher;
    (state.phase, state.cancellation, &state.refunded, &state.released).hash(h);
    if state.phase.is_end() {
        return hasher.finish();
    }
    (state.overdue_told, state.part_shipped, state.ending_told, state.extensions, state.goods_due_again)
        .hash(h);
    if state.phase == Phase::AwaitingShipment {
        // How much of the handling time is left.
        back_to(i64::from(order.handling_days.unwrap_or(0)), Some(order.paid_at)).hash(h);
    }
    if matches!(state.phase, Phase::Protected | Phase::AwaitingReceipt) {
        (state.parcel.verdict, state.parcel.stand, back_to(10, state.parcel.moved_at)).hash(h);
    }
    (back_to(5, state.confirmed_at), back_to(0, state.delivery_due_at)).hash(h);
    // While a dispute is open these stand still: they count from its filing.
    let from = state.dispute.as_ref().map_or(now, |d| d.filed_at);
    let running = state.phase != Phase::Completed;
    let ends =
        [state.protection_ends_at, state.receipt_due_at].map(|end| since(from, end.filter(|_| running)));
    (ends, back_to(0, state.release_due_at)).hash(h);
    if let Some(dispute) = &state.dispute {
        (dispute.reason, &dispute.proposal, &dispute.counter_offer, dispute.stage.as_str()).hash(h);
        if let Stage::AwaitingAnswer { answer_due_at } = dispute.stage {
            since(now, Some(answer_due_at)).hash(h);
        }
        dispute.submission.map(|s| (since(now, Some(s.due_at)), s.in_transit)).hash(h);
        // A dispute's age counts up to its limit of submission.
        back_to(15, Some(dispute.filed_at).filter(|_| dispute.submission.is_some())).hash(h);
        (dispute.evidence.len(), dispute.requests.len()).hash(h);
    }
    hasher.finish()
}

/// Which side of an order is explored in full. A held order and its dispute hardly touch each other, and all of both at once
/// are more states than anybody waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Focus {
    /// Shipping, cancelling, protection and the parcel, with the plainest dispute.
    Order,
    /// All of the dispute, with the plainest order.
    Dispute,
}

/// What only the order's side is asked.
const ORDER_ONLY: [&str; 10] = [
    "a part is confirmed",
    "the buyer asks to cancel",
    "the seller agrees to cancel",
    "the seller refuses to cancel",
    "the seller extends",
    "a scan",
    "a verified delivery",
    "the parcel goes back",
    "the number is rejected",
    "the number is suspicious",
];
/// What only the dispute's side is asked.
const DISPUTE_ONLY: [&str; 12] = [
    "the buyer files: in transit",
    "the buyer changes the reason",
    "the buyer changes the amount",
    "the buyer accepts",
    "the seller makes a counter-offer",
    "the buyer submits",
    "the buyer gives evidence",
    "the seller gives evidence",
    "evidence is asked for",
    "ruled for the buyer",
    "ruled for the seller",
    "divided",
];

/// What one side is asked at a time.
fn inputs(order: &Order, side: Focus, at: Timestamp) -> Vec<Named> {
    let other: &[&str] = if side == Focus::Order { &DISPUTE_ONLY } else { &ORDER_ONLY };
    all_inputs(order, at).into_iter().filter(|(name, _)| !other.contains(name)).collect()
}

/// Every input that an order knows.
pub fn all_inputs(order: &Order, at: Timestamp) -> Vec<Named> {
    let part: Money = "40.00 USD".parse().expect("an amount");
    let total = order.amount.as_ref().unwrap_or(&part);
    acts(total, &part).into_iter().chain(shown(at)).collect()
}

/// What the parties and the arbiter may do.
fn acts(total: &Money, part: &Money) -> Vec<Named> {
    let filing = |reason, remedy, amount: &Money| {
        Input::OpenDispute(Filing { reason, remedy, amount: Some(amount.clone()) })
    };
    let modify = |reason, amount: Option<&Money>| {
        Input::Dispute(Act::Modify { reason, remedy: None, amount: amount.cloned() })
    };
    let rule = |outcome, amount: Option<&Money>| {
        Input::Dispute(Act::Rule { outcome, amount: amount.cloned(), seller_at_fault: false })
    };
    let evidence =
        |by| Input::Dispute(Act::SubmitEvidence { by, kind: Kind::Photo, text: "a photo".to_owned() });
    vec![
        ("time passes", Input::Clock),
        ("a part is confirmed", Input::ConfirmShipment { all_goods: false }),
        ("all goods are confirmed", Input::ConfirmShipment { all_goods: true }),
        ("the buyer asks to cancel", Input::RequestCancel),
        ("the seller agrees to cancel", Input::AcceptCancel),
        ("the seller refuses to cancel", Input::RefuseCancel),
        ("the seller extends", Input::ExtendProtection { days: 10 }),
        ("the buyer confirms receipt", Input::ConfirmReceipt),
        ("the buyer files: in transit", filing(Reason::GoodsInTransit, Remedy::Refund, total)),
        ("the buyer files: not received", filing(Reason::NotReceived, Remedy::PartialRefund, part)),
        ("the buyer files: not as described", filing(Reason::NotAsDescribed, Remedy::Resend, total)),
        ("the buyer changes the reason", modify(Some(Reason::NotAsDescribed), None)),
        ("the buyer changes the amount", modify(None, Some(part))),
        ("the seller accepts", Input::Dispute(Act::Accept(Side::Seller))),
        ("the buyer accepts", Input::Dispute(Act::Accept(Side::Buyer))),
        ("the seller rejects", Input::Dispute(Act::Reject)),
        (
            "the seller makes a counter-offer",
            Input::Dispute(Act::CounterOffer { remedy: Remedy::PartialRefund, amount: Some(part.clone()) }),
        ),
        ("the buyer submits", Input::Dispute(Act::Escalate)),
        ("the buyer cancels the dispute", Input::Dispute(Act::Cancel)),
        ("the buyer gives evidence", evidence(Side::Buyer)),
        ("the seller gives evidence", evidence(Side::Seller)),
        ("evidence is asked for", Input::Dispute(Act::RequestEvidence { from: Side::Seller, days: 3 })),
        ("ruled for the buyer", rule(RuledFor::Buyer, None)),
        ("ruled for the seller", rule(RuledFor::Seller, None)),
        ("divided", rule(RuledFor::Divided, Some(part))),
    ]
}

/// What the official sources may show at a time.
fn shown(at: Timestamp) -> Vec<Named> {
    let parcel = |verdict, stand| super::parcel::Parcel {
        verdict: Some(verdict),
        stand,
        moved_at: Some(at),
        arrived_at: (stand == Stand::Arrived).then_some(at),
    };
    vec![
        ("a scan", Input::Shown(parcel(Outcome::Pending, Stand::Moving))),
        ("a verified delivery", Input::Shown(parcel(Outcome::Verified, Stand::Arrived))),
        ("the parcel goes back", Input::Shown(parcel(Outcome::Verified, Stand::WentBack))),
        ("the number is rejected", Input::Shown(parcel(Outcome::Rejected, Stand::Moving))),
        ("the number is suspicious", Input::Shown(parcel(Outcome::Suspicious, Stand::Arrived))),
    ]
}
