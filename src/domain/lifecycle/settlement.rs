//! Where money goes when a cancellation or a dispute ends an order: to the buyer what was decided, to the seller the rest.
//! Nothing is paid twice, and together it is what was paid.

use jiff::{SignedDuration, Timestamp};

use super::dispute::{Ending, Remedy, RuledFor};
use super::input::Signal;
use super::protection;
use super::state::{OrderState, Phase, Terms};
use super::telling::{By, Telling};
use crate::domain::calendar::shifted;
use crate::domain::event::EventType;
use crate::domain::money::Money;
use crate::domain::rules::id;

/// What a dispute's end comes to.
pub(super) struct Ended {
    /// What is told.
    pub tellings: Vec<Telling>,
    /// What it means for the seller.
    pub signals: Vec<Signal>,
}

/// Cancels an order: the buyer gets everything back.
pub(super) fn cancelled(state: &mut OrderState, terms: Terms<'_>, rule: &'static str) -> Telling {
    let (by, why) = if rule == id::CANCEL_OVERDUE {
        (By::Buyer, "the shipment is overdue: the buyer cancels without the seller's consent")
    } else {
        (By::Seller, "the seller agrees to cancel")
    };
    let telling = Telling::new(EventType::Cancelled, rule, by, why);
    pay(state, terms, terms.order.amount.clone(), Phase::Cancelled, telling)
}

/// Ends the open dispute.
pub(super) fn end_dispute(state: &mut OrderState, terms: Terms<'_>, ending: Ending, at: Timestamp) -> Ended {
    let stood_still = state.dispute.take().map_or(SignedDuration::ZERO, |d| at.duration_since(d.filed_at));
    match ending {
        Ending::Cancelled => {
            go_on(state, stood_still, at);
            let why = "the buyer cancels the dispute; the order goes on where it stood";
            let told = Telling::new(EventType::DisputeCancelled, id::CANCEL_DISPUTE, By::Buyer, why);
            Ended { tellings: vec![told], signals: Vec::new() }
        }
        Ending::Executed { proposal, rule, by, why } => {
            let told =
                Telling::new(EventType::DisputeExecuted, rule, by, why).with("remedy", proposal.remedy);
            if matches!(proposal.remedy, Remedy::Replacement | Remedy::Resend) {
                state.goods_due_again = true;
                state.parcel = super::parcel::Parcel::default();
                let again = protection::protect(state, terms, at, id::GOODS_AGAIN, By::System);
                return Ended { tellings: vec![told, again], signals: Vec::new() };
            }
            let told = pay(state, terms, proposal.amount, Phase::Settled, told);
            Ended { tellings: vec![told], signals: vec![Signal::Ended { bad: true }] }
        }
        Ending::Ruled { outcome, amount, seller_at_fault } => {
            let why = match outcome {
                RuledFor::Buyer => "the arbiter rules for the buyer",
                RuledFor::Seller => "the arbiter rules for the seller",
                RuledFor::Divided => "the arbiter divides",
            };
            let told = Telling::new(EventType::DisputeRuled, id::RULING, By::Arbiter, why)
                .with("outcome", outcome)
                .with("seller_at_fault", seller_at_fault);
            let told = pay(state, terms, amount, Phase::Settled, told);
            let fault = seller_at_fault.then_some(Signal::Fault);
            let ended = Signal::Ended { bad: outcome != RuledFor::Seller };
            Ended { tellings: vec![told], signals: fault.into_iter().chain([ended]).collect() }
        }
    }
}

/// The order goes on after a dispute without money: what stood still runs again.
fn go_on(state: &mut OrderState, stood_still: SignedDuration, at: Timestamp) {
    if matches!(state.phase, Phase::Protected | Phase::AwaitingReceipt) {
        state.protection_ends_at = state.protection_ends_at.map(|end| shifted(end, stood_still));
        state.receipt_due_at = state.receipt_due_at.map(|end| shifted(end, stood_still));
        state.end_set_at = state.end_set_at.map(|_| at);
    }
    // The release is not moved; where it fell due meanwhile, it is due now.
    state.release_due_at = state.release_due_at.map(|due| due.max(at));
}

/// Pays out: this to the buyer, the rest to the seller, and the order has ended.
fn pay(
    state: &mut OrderState,
    terms: Terms<'_>,
    refund: Option<Money>,
    phase: Phase,
    telling: Telling,
) -> Telling {
    let total = terms.order.amount.as_ref();
    // No amount means all of it, known or not.
    let refund = refund.or_else(|| total.cloned());
    let release = total.zip(refund.as_ref()).and_then(|(total, refund)| total.minus(refund));
    state.phase = phase;
    state.release_due_at = None;
    let told = telling.money("refund", refund.as_ref()).money("release", release.as_ref());
    state.refunded = refund;
    state.released = release;
    told
}
