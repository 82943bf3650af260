//! The deadlines that hold in a state: what each party and the clocks wait for.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::dispute::Stage;
use super::state::{OrderState, Phase, Terms};

/// Every deadline by its name.
pub(super) fn of(state: &OrderState, terms: Terms<'_>) -> Map<String, Value> {
    let mut all = Map::new();
    let mut put = |name: &str, at: Option<Timestamp>| {
        all.extend(at.map(|at| (name.to_owned(), Value::String(at.to_string()))));
    };
    if let Some(dispute) = &state.dispute {
        if let Stage::AwaitingAnswer { answer_due_at } = dispute.stage {
            put("answer_due_at", Some(answer_due_at));
        }
        put("submission_due_at", dispute.submission.as_ref().map(|s| s.due_at));
        for request in dispute.requests.iter().filter(|r| r.answered_at.is_none()) {
            put(&format!("evidence_due_at_{}", request.from.as_str()), Some(request.due_at));
        }
        return all;
    }
    match state.phase {
        Phase::AwaitingShipment => put("shipment_due_at", Some(terms.shipment_due())),
        Phase::Protected => put("protection_ends_at", state.protection_ends_at),
        Phase::AwaitingReceipt => put("receipt_due_at", state.receipt_due_at),
        Phase::Completed => put("release_due_at", state.release_due_at),
        Phase::Released | Phase::Cancelled | Phase::Settled => {}
    }
    all
}
