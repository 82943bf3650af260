//! The clocks that run in a state: what each party waits for, until when, and by which rule.

use jiff::Timestamp;
use serde::Serialize;

use super::dispute::Stage;
use super::state::{OrderState, Phase, Terms};
use crate::domain::rules::id;

/// One clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Clock {
    /// What is due, e.g. `answer_due_at`.
    pub name: String,
    /// When.
    pub at: Timestamp,
    /// The rule that set it.
    pub rule: &'static str,
}

/// Every clock that runs. An open dispute holds the order: only its own run then.
pub(super) fn of(state: &OrderState, terms: Terms<'_>) -> Vec<Clock> {
    let mut all = Vec::new();
    let mut put = |name: &str, at: Option<Timestamp>, rule| {
        all.extend(at.map(|at| Clock { name: name.to_owned(), at, rule }));
    };
    if let Some(dispute) = &state.dispute {
        if let Stage::AwaitingAnswer { answer_due_at } = dispute.stage {
            put("answer_due_at", Some(answer_due_at), id::SILENCE);
        }
        if let Some(submission) = &dispute.submission {
            let rule = if submission.in_transit { id::IN_TRANSIT } else { id::DAY_16 };
            put("submission_due_at", Some(submission.due_at), rule);
        }
        for request in dispute.requests.iter().filter(|r| r.answered_at.is_none()) {
            let name = format!("evidence_due_at_{}", request.from.as_str());
            put(&name, Some(request.due_at), id::EVIDENCE_REQUEST);
        }
        return all;
    }
    match state.phase {
        Phase::AwaitingShipment => put("shipment_due_at", Some(terms.shipment_due()), id::OVERDUE),
        Phase::Protected => put("protection_ends_at", state.protection_ends_at, id::EXPIRY),
        Phase::AwaitingReceipt => put("receipt_due_at", state.receipt_due_at, id::RECEIPT),
        Phase::Completed => put("release_due_at", state.release_due_at, id::RELEASE),
        Phase::Released | Phase::Cancelled | Phase::Settled => {}
    }
    all
}
