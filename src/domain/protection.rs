//! An order's clock: protection from confirmation of shipment to completion and release of funds. Pure: a state, an
//! input and a time in; the next state and what happened out. An interval holds its beginning and not its end.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::calendar::{days, shifted};
use super::event::{EventType, Happening};
use super::order::Order;
use super::rules::{Rules, id};

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Paid; the seller has not confirmed the shipment.
    AwaitingShipment,
    /// The promised delivery period runs.
    Protected,
    /// A delivery is verified; the buyer has time to confirm or dispute.
    AwaitingReceipt,
    /// Over for the buyer; the funds are held a while yet.
    Completed,
    /// The funds are with the seller.
    Released,
}

/// An order's state as the rules see it. Changed only by [`step`] and [`fire_due`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderState {
    /// Where it stands.
    pub phase: Phase,
    /// The version of the rules that it began under.
    pub rules: String,
    /// Whether `order.overdue_shipment` has been told.
    pub overdue_told: bool,
    /// When the shipment of the last part was confirmed.
    pub confirmed_at: Option<Timestamp>,
    /// When protection ends.
    pub protection_ends_at: Option<Timestamp>,
    /// Whether the warning before the end has been told.
    pub ending_told: bool,
    /// When the verified delivery happened.
    pub delivered_at: Option<Timestamp>,
    /// Until when the buyer may confirm or dispute after a verified delivery.
    pub receipt_due_at: Option<Timestamp>,
    /// When the order completed.
    pub completed_at: Option<Timestamp>,
    /// When the funds are released.
    pub release_due_at: Option<Timestamp>,
}

/// What can happen to an order from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// The seller confirms that the last part was shipped.
    ConfirmShipment,
    /// A verdict is verified and the official source proves the delivery.
    DeliveryVerified {
        /// When the delivery happened.
        delivered_at: Timestamp,
    },
    /// The buyer has the goods.
    ConfirmReceipt,
    /// Nothing but time.
    Clock,
}

/// What came of an input.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The state after it.
    pub state: OrderState,
    /// What happened, in order of time.
    pub happenings: Vec<Happening>,
}

/// An input that the rules forbid. It changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why} ({rule})")]
pub struct Refused {
    /// The rule's id.
    pub rule: &'static str,
    /// Why, in words.
    pub why: &'static str,
}

impl OrderState {
    /// A paid order, nothing shipped.
    pub fn begin(_order: &Order, rules: &Rules) -> Self {
        Self {
            phase: Phase::AwaitingShipment,
            rules: rules.version.clone(),
            overdue_told: false,
            confirmed_at: None,
            protection_ends_at: None,
            ending_told: false,
            delivered_at: None,
            receipt_due_at: None,
            completed_at: None,
            release_due_at: None,
        }
    }
}

/// When the order's next timer is due. There is one at a time; each state has the timers that its phase needs.
pub fn next_due(state: &OrderState, order: &Order, rules: &Rules) -> Option<Timestamp> {
    match state.phase {
        Phase::AwaitingShipment => (!state.overdue_told)
            .then(|| shifted(order.paid_at, days(order.handling_days.unwrap_or(rules.handling_days)))),
        Phase::Protected if state.ending_told => state.protection_ends_at,
        // Where protection is shorter than the warning's time, the warning comes at its beginning.
        Phase::Protected => {
            let warning = state.protection_ends_at.map(|end| shifted(end, -rules.warning));
            warning.max(state.confirmed_at)
        }
        Phase::AwaitingReceipt => state.receipt_due_at,
        Phase::Completed => state.release_due_at,
        Phase::Released => None,
    }
}

/// Fires every timer that is due at `now` or was due before, in order, each as of when it was due: after a downtime
/// the same comes out as without one.
pub fn fire_due(state: &OrderState, order: &Order, rules: &Rules, now: Timestamp) -> Step {
    let mut state = state.clone();
    let mut happenings = Vec::new();
    // Each firing tells a warning or leaves a phase, so this ends.
    while let Some(due) = next_due(&state, order, rules).filter(|due| *due <= now) {
        fire(&mut state, order, rules, due, &mut happenings);
    }
    Step { state, happenings }
}

/// Applies an input at a time, after the timers that are due by then: at one instant the timer goes first. A refusal
/// changes nothing, not even for those timers: they are still due and fire with the next step.
pub fn step(
    state: &OrderState,
    order: &Order,
    rules: &Rules,
    input: &Input,
    at: Timestamp,
) -> Result<Step, Refused> {
    let Step { mut state, mut happenings } = fire_due(state, order, rules, at);
    match input {
        Input::Clock => {}
        Input::ConfirmShipment => confirm(&mut state, order, rules, at, &mut happenings)?,
        Input::DeliveryVerified { delivered_at } => {
            delivered(&mut state, rules, *delivered_at, at, &mut happenings)?;
        }
        Input::ConfirmReceipt => match state.phase {
            Phase::Protected | Phase::AwaitingReceipt => {
                complete(&mut state, rules, at, "receipt", &mut happenings);
            }
            Phase::AwaitingShipment => {
                return Err(refused(id::COMPLETION, "the shipment is not confirmed yet"));
            }
            Phase::Completed | Phase::Released => {
                return Err(refused(id::COMPLETION, "the order is completed already"));
            }
        },
    }
    Ok(Step { state, happenings })
}

fn refused(rule: &'static str, why: &'static str) -> Refused {
    Refused { rule, why }
}

fn happening(kind: EventType, at: Timestamp, rule: &str, data: &[(&str, Value)]) -> Happening {
    let data: Map<String, Value> =
        data.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    Happening { kind, at, rule: Some(rule.to_owned()), data }
}

fn time(at: Timestamp) -> Value {
    Value::String(at.to_string())
}

fn confirm(
    state: &mut OrderState,
    order: &Order,
    rules: &Rules,
    at: Timestamp,
    out: &mut Vec<Happening>,
) -> Result<(), Refused> {
    if state.phase != Phase::AwaitingShipment {
        return Err(refused(id::START, "the shipment is confirmed already"));
    }
    let end = shifted(at, days(order.delivery_days.unwrap_or(rules.delivery_days)));
    state.phase = Phase::Protected;
    state.confirmed_at = Some(at);
    state.protection_ends_at = Some(end);
    let data = [("confirmed_at", time(at)), ("protection_ends_at", time(end))];
    out.push(happening(EventType::ProtectionStarted, at, id::START, &data));
    Ok(())
}

/// Only the first verified delivery counts, and none after completion.
fn delivered(
    state: &mut OrderState,
    rules: &Rules,
    delivered_at: Timestamp,
    at: Timestamp,
    out: &mut Vec<Happening>,
) -> Result<(), Refused> {
    match state.phase {
        Phase::AwaitingShipment => Err(refused(id::START, "the shipment is not confirmed yet")),
        Phase::AwaitingReceipt | Phase::Completed | Phase::Released => Ok(()),
        Phase::Protected => {
            let due = shifted(at, rules.receipt_period);
            state.phase = Phase::AwaitingReceipt;
            state.delivered_at = Some(delivered_at);
            state.receipt_due_at = Some(due);
            let data = [("delivered_at", time(delivered_at)), ("receipt_due_at", time(due))];
            out.push(happening(EventType::DeliveryVerified, at, id::RECEIPT, &data));
            Ok(())
        }
    }
}

fn complete(state: &mut OrderState, rules: &Rules, at: Timestamp, by: &str, out: &mut Vec<Happening>) {
    let due = shifted(at, rules.release);
    state.phase = Phase::Completed;
    state.completed_at = Some(at);
    state.release_due_at = Some(due);
    let data = [("by", Value::from(by)), ("completed_at", time(at)), ("release_due_at", time(due))];
    out.push(happening(EventType::Completed, at, id::COMPLETION, &data));
}

fn fire(state: &mut OrderState, order: &Order, rules: &Rules, at: Timestamp, out: &mut Vec<Happening>) {
    match state.phase {
        Phase::AwaitingShipment => {
            state.overdue_told = true;
            let data = [("shipment_due_at", time(at))];
            out.push(happening(EventType::OverdueShipment, at, id::OVERDUE, &data));
        }
        Phase::Protected if !state.ending_told => {
            state.ending_told = true;
            let end = state.protection_ends_at.unwrap_or(at);
            let data = [("protection_ends_at", time(end))];
            out.push(happening(EventType::ProtectionEnding, at, id::WARNING, &data));
        }
        Phase::Protected => {
            let data = [("protection_ended_at", time(at))];
            out.push(happening(EventType::ProtectionExpired, at, id::EXPIRY, &data));
            complete(state, rules, at, "protection_expired", out);
        }
        Phase::AwaitingReceipt => complete(state, rules, at, "receipt_period_ended", out),
        Phase::Completed => {
            state.phase = Phase::Released;
            let amount =
                order.amount.clone().and_then(|a| serde_json::to_value(a).ok()).unwrap_or(Value::Null);
            let data = [("amount", amount), ("released_at", time(at))];
            out.push(happening(EventType::FundsReleased, at, id::RELEASE, &data));
        }
        Phase::Released => {}
    }
}
