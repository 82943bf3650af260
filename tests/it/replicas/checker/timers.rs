//! Timers: each transition that time makes happened once, as of its due time. What is due when is taken from the printed
//! rules (docs/rules.md) and the order's promises, and not from the machine that is under test.

use jiff::{SignedDuration, Timestamp};

use super::{Rule, Violation, broken};
use crate::replicas::history::{Act, Event, History, Told};
use crate::replicas::plan::{Plan, RELEASE, SILENCE};

const STARTED: &str = "order.protection_started";
const EXPIRED: &str = "order.protection_expired";
const COMPLETED: &str = "order.completed";
const RELEASED: &str = "order.funds_released";
const OVERDUE: &str = "order.overdue_shipment";
const OPENED: &str = "dispute.opened";
const EXECUTED: &str = "dispute.executed";

/// What happens to an order of these stories at most once.
const ONCE: [&str; 6] = [STARTED, EXPIRED, COMPLETED, OVERDUE, OPENED, EXECUTED];

struct Life<'a> {
    order: &'a str,
    events: &'a [Event],
    wrong: Vec<Violation>,
    settled: bool,
}

impl Life<'_> {
    fn times(&self, kind: &str) -> Vec<Timestamp> {
        self.events.iter().filter(|event| event.kind == kind).map(|event| event.at).collect()
    }

    fn first(&self, kind: &str) -> Option<Timestamp> {
        self.times(kind).first().copied()
    }

    fn note(&mut self, rule: Rule, what: &str) {
        self.wrong.push(broken(rule, format!("{}: {what}", self.order)));
    }

    /// It happened then; or it never was to happen.
    fn is_due(&mut self, kind: &str, due: Option<Timestamp>) {
        match (self.first(kind), due) {
            (None, Some(due)) if self.settled => {
                self.note(Rule::TimerMissed, &format!("{kind} was due at {due}"));
            }
            (Some(at), Some(due)) if at != due => {
                self.note(Rule::TimerAtWrongTime, &format!("{kind} at {at}, was due at {due}"));
            }
            (Some(at), None) => self.note(Rule::TimerAtWrongTime, &format!("{kind} at {at}, was never due")),
            _ => {}
        }
    }
}

/// What is wrong.
pub fn check(history: &History) -> Vec<Violation> {
    let registered = history.told.iter().filter(|told| told.act == Act::Register);
    registered.flat_map(|told| of_order(history, told)).collect()
}

fn of_order(history: &History, told: &Told) -> Vec<Violation> {
    let events = history.events.get(&told.order).map_or(&[][..], Vec::as_slice);
    let mut life = Life { order: &told.order, events, wrong: Vec::new(), settled: history.settled };
    for kind in ONCE {
        let times = life.times(kind);
        if times.len() > 1 {
            life.note(Rule::TimerDoubled, &format!("{kind} {} times: {times:?}", times.len()));
        }
    }
    if life.times(RELEASED).len() > 1 {
        life.note(Rule::PaidTwice, &format!("at {:?}", life.times(RELEASED)));
    }
    let acknowledged = |act| {
        let of = |other: &&Told| other.order == told.order && other.act == act;
        history.told.iter().find(of).is_some_and(|told| told.acknowledged().is_some())
    };
    let is_there = told.acknowledged().is_some();
    let after = |at: Option<Timestamp>, by: SignedDuration| at.map(|at| at + by);
    let (started, opened) = (life.first(STARTED), life.first(OPENED));
    if acknowledged(Act::Submit) && started.is_none() {
        life.note(Rule::Lost, "a number was taken, and protection never started");
    }
    let overdue = told.paid_at + told.plan.handling();
    let is_overdue = is_there && started.is_none_or(|started| started > overdue);
    life.is_due(OVERDUE, is_overdue.then_some(overdue));
    match told.plan {
        Plan::Silent => {
            life.is_due(EXPIRED, after(started, told.plan.delivery()));
            life.is_due(COMPLETED, after(started, told.plan.delivery()));
        }
        Plan::Disputed if opened.is_some() => life.is_due(EXECUTED, after(opened, SILENCE)),
        Plan::Received if acknowledged(Act::ConfirmReceipt) => {
            if life.first(COMPLETED).is_none() || life.first(EXPIRED).is_some() {
                life.note(Rule::Lost, "receipt was confirmed, and is forgotten");
            }
        }
        Plan::Received | Plan::Disputed | Plan::Overdue => {}
    }
    if acknowledged(Act::Dispute) && opened.is_none() {
        life.note(Rule::Lost, "a dispute was opened, and is forgotten");
    }
    let completed = life.first(COMPLETED);
    life.is_due(RELEASED, after(completed, RELEASE));
    life.wrong
}
