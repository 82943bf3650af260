//! An order's clock: the milestones of its protection, what is done and what is due.

use jiff::Timestamp;

use super::timeline::Milestone;
use super::when::{When, distance};
use crate::domain::calendar::{days, shifted};
use crate::domain::lifecycle::{OrderState, Phase};
use crate::domain::order::Order;
use crate::domain::rules::Rules;

/// Of a clock that does not run.
const STANDS_STILL: &str = "stands still while the dispute is open";

/// One milestone.
pub struct Mark {
    /// Its name.
    pub name: &'static str,
    /// `done`, `due`, `late` or `open`.
    pub state: &'static str,
    /// When it was, or is due.
    pub at: Option<When>,
    /// How far that is, or what it waits for.
    pub note: String,
}

/// All milestones, in their order.
pub fn marks(order: &Order, state: &OrderState, rules: &Rules, now: Timestamp) -> Vec<Mark> {
    let mut marks = vec![done("Paid", order.paid_at, now)];
    let shipment_due = shifted(order.paid_at, days(order.handling_days.unwrap_or(rules.handling_days)));
    marks.push(
        state
            .confirmed_at
            .map_or_else(|| due("Shipment due", shipment_due, now), |at| done("Shipment confirmed", at, now)),
    );
    if matches!(state.phase, Phase::Cancelled | Phase::Settled) {
        let name = if state.phase == Phase::Cancelled { "Cancelled" } else { "Settled by a dispute" };
        marks.push(Mark { name, state: "done", at: None, note: "the money is paid out".to_owned() });
        return marks;
    }
    marks.push(match (state.delivered_at, state.phase) {
        (Some(at), _) => done("Delivered, verified", at, now),
        (None, Phase::Completed | Phase::Released) => {
            open("Delivery not verified", "the order ended without it")
        }
        (None, _) => open("Delivery verified", "waits for the official proof"),
    });
    let is_held = state.dispute.is_some();
    match state.phase {
        Phase::Protected if is_held => marks.push(open("Protection ends", STANDS_STILL)),
        Phase::AwaitingReceipt if is_held => marks.push(open("Receipt due", STANDS_STILL)),
        // A verified delivery puts the receipt in the place of the end of protection.
        Phase::AwaitingReceipt => marks.extend(state.receipt_due_at.map(|at| due("Receipt due", at, now))),
        _ if state.completed_at.is_none() => marks.push(match state.protection_ends_at {
            Some(at) => due("Protection ends", at, now),
            None => open("Protection ends", "begins with the shipment"),
        }),
        _ => {}
    }
    marks.push(match state.completed_at {
        Some(at) => done("Completed", at, now),
        None => open("Completed", "by receipt, or when its time is over"),
    });
    marks.push(match (state.phase, state.release_due_at) {
        (Phase::Released, Some(at)) => done("Funds released", at, now),
        (_, Some(_)) if is_held => open("Funds released", STANDS_STILL),
        (_, Some(at)) => due("Funds released", at, now),
        (_, None) => open("Funds released", "some days after completion"),
    });
    marks
}

fn done(name: &'static str, at: Timestamp, now: Timestamp) -> Mark {
    Mark { name, state: "done", at: Some(When::utc(at)), note: distance(at, now) }
}

fn due(name: &'static str, at: Timestamp, now: Timestamp) -> Mark {
    let state = if at < now { "late" } else { "due" };
    Mark { name, state, at: Some(When::utc(at)), note: distance(at, now) }
}

fn open(name: &'static str, note: &str) -> Mark {
    Mark { name, state: "open", at: None, note: note.to_owned() }
}

/// The milestones that stand among a parcel's scans.
pub fn among_scans(order: &Order, state: &OrderState, given_at: Timestamp) -> Vec<Milestone> {
    let mut milestones = vec![
        Milestone { at: order.paid_at, title: "Order paid" },
        Milestone { at: given_at, title: "Number given" },
    ];
    let confirmed = state.confirmed_at.filter(|at| *at != given_at);
    milestones.extend(confirmed.map(|at| Milestone { at, title: "Shipment confirmed" }));
    milestones.extend(state.completed_at.map(|at| Milestone { at, title: "Order completed" }));
    milestones
}
