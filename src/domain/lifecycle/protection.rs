//! The order's protection: confirmation of parts and of all goods, the clock with its warning and extensions, verified
//! deliveries, receipt, completion, release of the funds.

use jiff::Timestamp;
use serde_json::json;

use super::cancellation::Cancellation;
use super::input::{Input, Refused};
use super::parcel::{Parcel, Stand};
use super::state::{OrderState, Phase, Terms};
use super::telling::{By, Telling};
use super::timer::Timer;
use crate::domain::calendar::{days, shifted};
use crate::domain::event::EventType;
use crate::domain::rules::id;

/// Applies an input. A refusal leaves the state as it was.
pub(super) fn step(
    state: &mut OrderState,
    terms: Terms<'_>,
    input: &Input,
    at: Timestamp,
) -> Result<Vec<Telling>, Refused> {
    match input {
        Input::ConfirmShipment { all_goods } => confirm(state, terms, *all_goods, at),
        Input::Shown(parcel) => Ok(show(state, terms, parcel, at)),
        Input::ExtendProtection { days } => extend(state, terms, *days, at).map(|t| vec![t]),
        Input::ConfirmReceipt => receive(state, terms, at).map(|t| vec![t]),
        _ => Ok(Vec::new()),
    }
}

fn confirm(
    state: &mut OrderState,
    terms: Terms<'_>,
    all_goods: bool,
    at: Timestamp,
) -> Result<Vec<Telling>, Refused> {
    match state.phase {
        Phase::AwaitingShipment if !all_goods => {
            state.part_shipped = true;
            Ok(Vec::new())
        }
        Phase::AwaitingShipment => {
            state.confirmed_at = Some(at);
            state.cancellation = Cancellation::None;
            Ok(vec![protect(state, terms, at, id::START, By::Seller)])
        }
        Phase::Protected if all_goods && state.goods_due_again => {
            if state.dispute.is_some() {
                return Err(Refused::new(id::HOLDS, "a dispute is open: the order is held"));
            }
            state.confirmed_at = Some(at);
            state.goods_due_again = false;
            Ok(vec![protect(state, terms, at, id::GOODS_AGAIN, By::Seller)])
        }
        // One more number, such as a corrected one, moves no clock.
        Phase::Protected | Phase::AwaitingReceipt if !all_goods => Ok(Vec::new()),
        Phase::Protected | Phase::AwaitingReceipt | Phase::Completed | Phase::Released => {
            Err(Refused::new(id::START, "the shipment is confirmed already"))
        }
        Phase::Cancelled => Err(Refused::new(id::CANCEL_ANSWER, "the order is cancelled")),
        Phase::Settled => Err(Refused::new(id::AGREEMENT, "the order is settled")),
    }
}

/// Starts the promised delivery period.
pub(super) fn protect(
    state: &mut OrderState,
    terms: Terms<'_>,
    at: Timestamp,
    rule: &'static str,
    by: By,
) -> Telling {
    let end = shifted(at, terms.delivery());
    state.phase = Phase::Protected;
    state.delivery_due_at = Some(end);
    state.protection_ends_at = Some(end);
    state.end_set_at = Some(at);
    state.extensions = 0;
    state.ending_told = false;
    state.delivered_at = None;
    state.receipt_due_at = None;
    state.completed_at = None;
    state.release_due_at = None;
    let why = match by {
        By::Seller => "all goods are shipped: the promised delivery period runs",
        _ => "goods are due again: the promised delivery period runs anew",
    };
    Telling::new(EventType::ProtectionStarted, rule, by, why)
        .with("confirmed_at", state.confirmed_at)
        .when("protection_ends_at", end)
}

/// Takes over what the sources show. It is never refused: what is no longer of use changes no clock.
fn show(state: &mut OrderState, terms: Terms<'_>, parcel: &Parcel, at: Timestamp) -> Vec<Telling> {
    if state.phase.is_end() {
        return Vec::new();
    }
    state.parcel = parcel.clone();
    match state.phase {
        // Before the last part is confirmed it is not known whether all have arrived.
        Phase::Protected if parcel.is_delivered() && !state.goods_due_again => {
            let from = state.dispute.as_ref().map_or(at, |d| d.filed_at);
            let delivered = parcel.arrived_at.unwrap_or(at);
            state.phase = Phase::AwaitingReceipt;
            state.delivered_at = Some(delivered);
            state.receipt_due_at = Some(shifted(from, terms.rules.receipt_period));
            let why = if state.dispute.is_some() {
                "the official source proves the delivery; the time to confirm runs once the dispute ends"
            } else {
                "the official source proves the delivery; the buyer has time to confirm or dispute"
            };
            let told = Telling::new(EventType::DeliveryVerified, id::RECEIPT, By::System, why);
            let due = state.receipt_due_at.filter(|_| state.dispute.is_none());
            vec![told.when("delivered_at", delivered).with("receipt_due_at", due)]
        }
        Phase::AwaitingReceipt if parcel.takes_back_delivery() => vec![withdraw(state, at)],
        _ => Vec::new(),
    }
}

/// A delivery stands no longer: protection is back, with the later of the two ends.
fn withdraw(state: &mut OrderState, at: Timestamp) -> Telling {
    let end = state.protection_ends_at.max(state.receipt_due_at).unwrap_or(at);
    let end = end.max(at);
    state.phase = Phase::Protected;
    state.protection_ends_at = Some(end);
    state.end_set_at = Some(at);
    state.delivered_at = None;
    state.receipt_due_at = None;
    let why = match state.parcel.stand {
        Stand::Arrived => "the number is rejected, so that its delivery proves nothing",
        Stand::WentBack => "the parcel went back",
        _ => "the source shows no delivery any more",
    };
    Telling::new(EventType::ProtectionExtended, id::WITHDRAWN, By::System, why)
        .when("protection_ends_at", end)
}

fn extend(state: &mut OrderState, terms: Terms<'_>, count: u32, at: Timestamp) -> Result<Telling, Refused> {
    let why = match state.phase {
        Phase::Protected => {
            lengthen(state, terms, days(count), at);
            let end = state.protection_ends_at.unwrap_or(at);
            let why = format!("the seller gives the buyer {count} days more");
            return Ok(Telling::new(EventType::ProtectionExtended, id::EXTENSION, By::Seller, why)
                .when("protection_ends_at", end));
        }
        Phase::AwaitingShipment => "protection has not begun",
        Phase::AwaitingReceipt => "a delivery is verified: the time to confirm runs in protection's place",
        Phase::Completed | Phase::Released => "protection has ended",
        Phase::Cancelled | Phase::Settled => "the order has ended",
    };
    Err(Refused::new(id::EXTENSION, why))
}

/// Puts protection's end further off. A warning is due again where it lies in the future.
fn lengthen(state: &mut OrderState, terms: Terms<'_>, by: jiff::SignedDuration, at: Timestamp) {
    let end = shifted(state.protection_ends_at.unwrap_or(at), by);
    state.protection_ends_at = Some(end);
    // While a dispute is open the clock stands where it stood at the filing.
    let now = state.dispute.as_ref().map_or(at, |d| d.filed_at);
    if shifted(end, -terms.rules.warning) > now {
        state.ending_told = false;
    }
}

fn receive(state: &mut OrderState, terms: Terms<'_>, at: Timestamp) -> Result<Telling, Refused> {
    if state.dispute.is_some() {
        return Err(Refused::new(id::HOLDS, "a dispute is open: the buyer cancels it first"));
    }
    let why = match state.phase {
        Phase::Protected | Phase::AwaitingReceipt => {
            return Ok(complete(state, terms, at, By::Buyer, "receipt", "the buyer has the goods"));
        }
        Phase::AwaitingShipment => "the shipment is not confirmed yet",
        Phase::Completed | Phase::Released => "the order is completed already",
        Phase::Cancelled | Phase::Settled => "the order has ended",
    };
    Err(Refused::new(id::COMPLETION, why))
}

fn complete(
    state: &mut OrderState,
    terms: Terms<'_>,
    at: Timestamp,
    by: By,
    cause: &str,
    why: &str,
) -> Telling {
    let due = shifted(at, terms.rules.release);
    state.phase = Phase::Completed;
    state.completed_at = Some(at);
    state.release_due_at = Some(due);
    state.goods_due_again = false;
    Telling::new(EventType::Completed, id::COMPLETION, by, why)
        .with("cause", cause)
        .when("completed_at", at)
        .when("release_due_at", due)
}

/// Fires one of the order's own timers.
pub(super) fn fire(state: &mut OrderState, terms: Terms<'_>, timer: Timer, at: Timestamp) -> Vec<Telling> {
    let system = |kind, rule, why: &str| Telling::new(kind, rule, By::System, why);
    match timer {
        Timer::Overdue => {
            state.overdue_told = true;
            let why = "the handling time is up and not all goods are shipped: the buyer may cancel alone";
            vec![system(EventType::OverdueShipment, id::OVERDUE, why).when("shipment_due_at", at)]
        }
        Timer::Warning => {
            state.ending_told = true;
            let why = "protection ends soon and the buyer has not confirmed: the seller ought to ask";
            let end = state.protection_ends_at.unwrap_or(at);
            vec![system(EventType::ProtectionEnding, id::WARNING, why).when("protection_ends_at", end)]
        }
        Timer::ProtectionEnd if may_extend(state, terms, at) => {
            state.extensions += 1;
            lengthen(state, terms, terms.rules.extension, at);
            let why = "the parcel moved a short while ago and has not arrived";
            vec![
                system(EventType::ProtectionExtended, id::AUTO_EXTENSION, why)
                    .with("protection_ends_at", state.protection_ends_at)
                    .with(
                        "extension",
                        json!({"number": state.extensions, "most": terms.rules.extensions_max}),
                    ),
            ]
        }
        Timer::ProtectionEnd => {
            let why = "protection is over, no delivery is verified and no dispute is open";
            let expired =
                system(EventType::ProtectionExpired, id::EXPIRY, why).when("protection_ended_at", at);
            let why = "protection has expired";
            vec![expired, complete(state, terms, at, By::System, "protection_expired", why)]
        }
        Timer::ReceiptEnd => {
            let why = "the buyer neither confirmed nor disputed the verified delivery in time";
            vec![complete(state, terms, at, By::System, "receipt_period_ended", why)]
        }
        Timer::Release => {
            state.phase = Phase::Released;
            state.released.clone_from(&terms.order.amount);
            let why = "the time to dispute after completion is over";
            vec![
                system(EventType::FundsReleased, id::RELEASE, why)
                    .with("amount", &terms.order.amount)
                    .money("release", terms.order.amount.as_ref())
                    .when("released_at", at),
            ]
        }
        Timer::Silence | Timer::InTransit | Timer::Day16 => Vec::new(), // the dispute's
    }
}

fn may_extend(state: &OrderState, terms: Terms<'_>, at: Timestamp) -> bool {
    state.extensions < terms.rules.extensions_max && state.parcel.moves(terms.rules.moved_within, at)
}
