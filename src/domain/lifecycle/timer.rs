//! Which timer is due next: it follows from the state alone.

use jiff::Timestamp;

use super::dispute::{Dispute, Stage};
use super::state::{OrderState, Phase, Terms};
use crate::domain::calendar::shifted;
use crate::domain::rules::id;

/// What time brings about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Timer {
    /// The handling time is up.
    Overdue,
    /// The seller is warned of protection's end.
    Warning,
    /// Protection ends, or is extended by itself.
    ProtectionEnd,
    /// The time to confirm after a delivery is up.
    ReceiptEnd,
    /// The funds go to the seller.
    Release,
    /// The seller did not answer.
    Silence,
    /// The promised delivery period is over.
    InTransit,
    /// The sixteenth day begins.
    Day16,
}

impl Timer {
    /// The rule that it is of.
    pub fn rule(self) -> &'static str {
        match self {
            Self::Overdue => id::OVERDUE,
            Self::Warning => id::WARNING,
            Self::ProtectionEnd => id::EXPIRY,
            Self::ReceiptEnd => id::RECEIPT,
            Self::Release => id::RELEASE,
            Self::Silence => id::SILENCE,
            Self::InTransit => id::IN_TRANSIT,
            Self::Day16 => id::DAY_16,
        }
    }
}

/// The next timer. Of two at one instant, the one whose rule stands first in the file.
pub(super) fn next(state: &OrderState, terms: Terms<'_>) -> Option<(Timestamp, Timer)> {
    match &state.dispute {
        // An open dispute holds the order: none of the order's own timers runs.
        Some(dispute) => of_dispute(dispute, terms),
        None => of_order(state, terms),
    }
}

fn of_dispute(dispute: &Dispute, terms: Terms<'_>) -> Option<(Timestamp, Timer)> {
    let silence = match dispute.stage {
        Stage::AwaitingAnswer { answer_due_at } => Some((answer_due_at, Timer::Silence)),
        Stage::Rejected | Stage::Submitted { .. } => None,
    };
    let submission = dispute
        .submission
        .as_ref()
        .map(|s| (s.due_at, if s.in_transit { Timer::InTransit } else { Timer::Day16 }));
    match (silence, submission) {
        (Some(a), Some(b)) if a.0 == b.0 => {
            let rank = |timer: Timer| terms.rules.rank(timer.rule());
            Some(if rank(b.1) < rank(a.1) { b } else { a })
        }
        (Some(a), Some(b)) => Some(if b.0 < a.0 { b } else { a }),
        (a, b) => a.or(b),
    }
}

fn of_order(state: &OrderState, terms: Terms<'_>) -> Option<(Timestamp, Timer)> {
    let (at, timer) = match state.phase {
        Phase::AwaitingShipment if state.overdue_told => (None, Timer::Overdue),
        Phase::AwaitingShipment => (Some(terms.shipment_due()), Timer::Overdue),
        Phase::Protected if state.ending_told => (state.protection_ends_at, Timer::ProtectionEnd),
        // Where protection is shorter than the warning's time, the warning comes when its end is set.
        Phase::Protected => {
            let warning = state.protection_ends_at.map(|end| shifted(end, -terms.rules.warning));
            (warning.max(state.end_set_at), Timer::Warning)
        }
        Phase::AwaitingReceipt => (state.receipt_due_at, Timer::ReceiptEnd),
        Phase::Completed => (state.release_due_at, Timer::Release),
        Phase::Released | Phase::Cancelled | Phase::Settled => (None, Timer::Release),
    };
    at.map(|at| (at, timer))
}
