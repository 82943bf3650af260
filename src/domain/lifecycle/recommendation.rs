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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::domain::calendar::{days, shifted};
    use crate::domain::lifecycle::dispute::{Piece, Proposal, Reason, Remedy, Request, Stage, Submission};
    use crate::domain::lifecycle::parcel::Parcel;

    const FILED: Timestamp = Timestamp::UNIX_EPOCH;

    fn day(count: u32) -> Timestamp {
        shifted(FILED, days(count))
    }

    fn dispute(reason: Reason) -> Dispute {
        Dispute {
            number: 1,
            filed_at: FILED,
            reason,
            proposal: Proposal { remedy: Remedy::Refund, amount: None },
            counter_offer: None,
            stage: Stage::Submitted { submitted_at: FILED },
            submission: None::<Submission>,
            evidence: Vec::new(),
            requests: Vec::new(),
        }
    }

    /// The promised delivery period ends on the tenth day.
    fn asked(dispute: &Dispute, verdict: Option<Outcome>, stand: Stand, at: Timestamp) -> Recommendation {
        let parcel = Parcel { verdict, stand, moved_at: None, arrived_at: None };
        let facts = Facts { total: None, delivery_due_at: Some(day(10)), completed: false, parcel: &parcel };
        recommend(dispute, &facts, at)
    }

    #[test]
    fn tracking_decides_by_the_first_rule_that_fits() {
        use Outcome::{Rejected, Suspicious, Unverifiable, Verified};
        use Reason::{NotAsDescribed, NotReceived};
        let (buyer, seller) = (Some(Side::Buyer), Some(Side::Seller));
        for (reason, verdict, stand, at, side, rule) in [
            (NotReceived, Some(Rejected), Stand::Arrived, 1, buyer, id::REC_NOT_THIS_ORDER),
            (NotAsDescribed, Some(Rejected), Stand::Arrived, 1, buyer, id::REC_NOT_THIS_ORDER),
            (NotReceived, Some(Verified), Stand::WentBack, 1, buyer, id::REC_WENT_BACK),
            (NotReceived, Some(Verified), Stand::Lost, 1, buyer, id::REC_WENT_BACK),
            (NotReceived, Some(Verified), Stand::Elsewhere, 1, buyer, id::REC_WENT_BACK),
            (NotReceived, Some(Verified), Stand::Arrived, 1, seller, id::REC_DELIVERED),
            (NotReceived, Some(Suspicious), Stand::Arrived, 20, None, id::REC_SUSPICIOUS),
            (NotReceived, Some(Verified), Stand::Moving, 9, None, id::REC_NOT_ARRIVED),
            (NotReceived, Some(Verified), Stand::Moving, 10, buyer, id::REC_NOT_ARRIVED),
            (NotReceived, Some(Unverifiable), Stand::Unseen, 10, buyer, id::REC_NOT_ARRIVED),
            (NotReceived, None, Stand::Unseen, 9, None, id::REC_NOT_ARRIVED),
            (NotAsDescribed, Some(Verified), Stand::Arrived, 20, None, id::REC_SHOWN),
        ] {
            let told = asked(&dispute(reason), verdict, stand, day(at));
            assert_eq!((told.side, told.rule), (side, rule), "{reason:?} {verdict:?} {stand:?} {at}");
            assert!(rule != id::REC_DELIVERED || told.for_seller.len() >= 2, "{told:?}");
        }
    }

    #[test]
    fn evidence_and_its_deadlines_speak_for_a_side() {
        let piece = |by, kind| Piece { by, kind, at: FILED, late: false };
        let told = |dispute: &Dispute, at| asked(dispute, Some(Outcome::Verified), Stand::Arrived, day(at));
        let mut photo = dispute(Reason::NotAsDescribed);
        photo.evidence.push(piece(Side::Buyer, Kind::Photo));
        assert_eq!(told(&photo, 1).side, Some(Side::Buyer));
        photo.evidence.push(piece(Side::Seller, Kind::Message));
        assert_eq!(told(&photo, 1).side, Some(Side::Buyer), "words alone show nothing");
        photo.evidence.push(piece(Side::Seller, Kind::Video));
        assert_eq!(told(&photo, 1).side, None, "both show something: the arbiter weighs");
        photo.requests.push(Request { from: Side::Seller, due_at: day(3), answered_at: None });
        assert_eq!(told(&photo, 2).side, None, "there is time yet");
        let late = told(&photo, 3);
        assert_eq!((late.side, late.rule), (Some(Side::Buyer), id::REC_UNANSWERED));
        photo.requests.push(Request { from: Side::Buyer, due_at: day(3), answered_at: None });
        assert_eq!(told(&photo, 3).rule, id::REC_SHOWN, "both left one unanswered");
    }
}
