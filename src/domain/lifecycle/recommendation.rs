//! What is recommended to the arbiter, by a named rule, with what speaks for each side. It moves nothing.

use jiff::Timestamp;
use serde::Serialize;

use super::dispute::{Dispute, Facts, Kind, Side};
use super::parcel::Stand;
use crate::domain::rules::id;
use crate::domain::verdict::Outcome;

/// A recommendation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Recommendation {
    /// For which side; none where the arbiter must weigh.
    #[serde(rename = "for")]
    pub side: Option<Side>,
    /// The rule.
    pub rule: &'static str,
    /// What speaks for the buyer.
    pub for_buyer: Vec<&'static str>,
    /// What speaks for the seller.
    pub for_seller: Vec<&'static str>,
}

/// The recommendation at a time.
pub fn recommend(dispute: &Dispute, facts: &Facts<'_>, at: Timestamp) -> Recommendation {
    let (side, rule) = first_that_fits(dispute, facts, at);
    Recommendation {
        side,
        rule,
        for_buyer: for_buyer(dispute, facts, at),
        for_seller: for_seller(dispute, facts, at),
    }
}

fn first_that_fits(dispute: &Dispute, facts: &Facts<'_>, at: Timestamp) -> (Option<Side>, &'static str) {
    let parcel = facts.parcel;
    if parcel.verdict == Some(Outcome::Rejected) {
        return (Some(Side::Buyer), id::REC_NOT_THIS_ORDER);
    }
    if matches!(parcel.stand, Stand::WentBack | Stand::Lost | Stand::Elsewhere) {
        return (Some(Side::Buyer), id::REC_WENT_BACK);
    }
    if dispute.reason.is_not_received() && parcel.is_delivered() {
        return (Some(Side::Seller), id::REC_DELIVERED);
    }
    match (left_unanswered(dispute, Side::Buyer, at), left_unanswered(dispute, Side::Seller, at)) {
        (true, false) => return (Some(Side::Seller), id::REC_UNANSWERED),
        (false, true) => return (Some(Side::Buyer), id::REC_UNANSWERED),
        _ => {}
    }
    if parcel.verdict == Some(Outcome::Suspicious) {
        return (None, id::REC_SUSPICIOUS);
    }
    if dispute.reason.is_not_received() {
        let over = facts.delivery_due_at.is_some_and(|end| end <= at);
        return (over.then_some(Side::Buyer), id::REC_NOT_ARRIVED);
    }
    match (shows(dispute, Side::Buyer), shows(dispute, Side::Seller)) {
        (true, false) => (Some(Side::Buyer), id::REC_SHOWN),
        (false, true) => (Some(Side::Seller), id::REC_SHOWN),
        _ => (None, id::REC_SHOWN),
    }
}

fn for_buyer(dispute: &Dispute, facts: &Facts<'_>, at: Timestamp) -> Vec<&'static str> {
    let parcel = facts.parcel;
    let not_received = dispute.reason.is_not_received();
    listed([
        (parcel.verdict == Some(Outcome::Rejected), "the number is false for this order"),
        (parcel.verdict == Some(Outcome::Suspicious), "the number is suspicious"),
        (parcel.verdict == Some(Outcome::Unverifiable), "no recognized official source shows the parcel"),
        (parcel.stand == Stand::WentBack, "the parcel went back"),
        (parcel.stand == Stand::Lost, "the carrier reports the parcel lost"),
        (parcel.stand == Stand::Elsewhere, "the parcel was delivered in another country"),
        (not_received && parcel.stand == Stand::Unseen, "no scan was ever shown"),
        (
            not_received
                && parcel.stand != Stand::Arrived
                && facts.delivery_due_at.is_some_and(|end| end <= at),
            "the promised delivery period is over, and nothing arrived",
        ),
        (shows(dispute, Side::Buyer), "the buyer shows evidence"),
        (left_unanswered(dispute, Side::Seller, at), "the seller left a request for evidence unanswered"),
    ])
}

fn for_seller(dispute: &Dispute, facts: &Facts<'_>, at: Timestamp) -> Vec<&'static str> {
    let parcel = facts.parcel;
    listed([
        (parcel.verdict == Some(Outcome::Verified), "the number is true for this order"),
        (parcel.is_delivered(), "the official source proves the delivery"),
        (
            parcel.verdict == Some(Outcome::Verified) && parcel.stand == Stand::Moving,
            "the parcel is on its way",
        ),
        (facts.delivery_due_at.is_some_and(|end| at < end), "the promised delivery period is not over"),
        (shows(dispute, Side::Seller), "the seller shows evidence"),
        (left_unanswered(dispute, Side::Buyer, at), "the buyer left a request for evidence unanswered"),
    ])
}

fn listed<const N: usize>(all: [(bool, &'static str); N]) -> Vec<&'static str> {
    all.into_iter().filter(|(holds, _)| *holds).map(|(_, words)| words).collect()
}

fn shows(dispute: &Dispute, side: Side) -> bool {
    let counts = |kind| matches!(kind, Kind::Photo | Kind::Video | Kind::Document);
    dispute.evidence.iter().any(|piece| piece.by == side && counts(piece.kind))
}

fn left_unanswered(dispute: &Dispute, side: Side, at: Timestamp) -> bool {
    dispute.requests.iter().any(|r| r.from == side && r.answered_at.is_none() && r.due_at <= at)
}
