//! Filing a dispute: when it may be, for what, and what a proposal may be.

use jiff::Timestamp;

use super::{Dispute, Filing, Proposal, Reason, Refused, Remedy, Stage, Submission};
use crate::domain::calendar::shifted;
use crate::domain::event::EventType;
use crate::domain::lifecycle::state::{OrderState, Phase, Terms};
use crate::domain::lifecycle::telling::{By, Telling};
use crate::domain::money::Money;
use crate::domain::rules::{Rules, id};

/// A dispute that was filed.
pub(in crate::domain::lifecycle) struct Filed {
    /// The dispute.
    pub dispute: Dispute,
    /// What is told.
    pub telling: Telling,
    /// Whether it counts as caused by an expiring protection.
    pub by_expiring_protection: bool,
}

/// Files a dispute.
pub(in crate::domain::lifecycle) fn open(
    state: &OrderState,
    terms: Terms<'_>,
    filing: &Filing,
    at: Timestamp,
) -> Result<Filed, Refused> {
    let rule = may_open(state, terms, filing.reason, at)?;
    let proposal = proposal(filing.remedy, filing.amount.as_ref(), terms.order.amount.as_ref())?;
    let answer_due_at = shifted(at, terms.rules.silence);
    let submission = submission(filing.reason, at, state.delivery_due_at, terms.rules, at);
    let dispute = Dispute {
        number: state.disputes.saturating_add(1),
        filed_at: at,
        reason: filing.reason,
        proposal,
        counter_offer: None,
        stage: Stage::AwaitingAnswer { answer_due_at },
        submission: Some(submission),
        evidence: Vec::new(),
        requests: Vec::new(),
    };
    let last = terms.rules.small_parcels.last;
    let ends_soon = state.protection_ends_at.is_some_and(|end| shifted(end, -last) <= at);
    let by_expiring_protection =
        state.phase == Phase::Protected && filing.reason.is_not_received() && ends_soon;
    let why = "the buyer files for a refund or goods; the seller has time to answer, the order is held";
    let telling = Telling::new(EventType::DisputeOpened, rule, By::Buyer, why)
        .with("number", dispute.number)
        .with("reason", filing.reason)
        .with("proposal", &dispute.proposal);
    Ok(Filed { dispute, telling, by_expiring_protection })
}

fn may_open(
    state: &OrderState,
    terms: Terms<'_>,
    reason: Reason,
    at: Timestamp,
) -> Result<&'static str, Refused> {
    if state.dispute.is_some() {
        return Err(Refused::new(id::ONE_DISPUTE, "a dispute is open already"));
    }
    match state.phase {
        Phase::AwaitingShipment => {
            let (_, rule) = terms.disputes_open(at);
            Err(Refused::new(rule, "not all goods are shipped yet"))
        }
        Phase::Released => Err(Refused::new(id::AFTER_COMPLETION, "the funds are released: it is too late")),
        Phase::Cancelled => Err(Refused::new(id::CANCEL_ANSWER, "the order is cancelled")),
        Phase::Settled => Err(Refused::new(id::AGREEMENT, "the order is settled")),
        Phase::Completed if reason.is_not_received() => {
            let why = "the order is completed: only goods not as described can be disputed now";
            Err(Refused::new(id::AFTER_COMPLETION, why))
        }
        Phase::Protected | Phase::AwaitingReceipt | Phase::Completed => {
            let (opens, rule) = terms.disputes_open(state.confirmed_at.unwrap_or(at));
            if at < opens { Err(Refused::before(rule, opens)) } else { Ok(rule) }
        }
    }
}

/// A proposal, if it is one: money of more than nothing and at most what was paid, or goods.
pub(super) fn proposal(
    remedy: Remedy,
    amount: Option<&Money>,
    total: Option<&Money>,
) -> Result<Proposal, Refused> {
    if !remedy.is_money() {
        return Ok(Proposal { remedy, amount: None });
    }
    match (amount, remedy) {
        (None, Remedy::PartialRefund) => {
            Err(Refused::new(id::PROPOSAL, "a refund of a part must say how much"))
        }
        (None, _) => Ok(Proposal { remedy, amount: total.cloned() }),
        (Some(amount), _) => {
            within(amount, total, id::PROPOSAL)?;
            Ok(Proposal { remedy, amount: Some(amount.clone()) })
        }
    }
}

/// That an amount is more than nothing and at most the whole.
pub(super) fn within(amount: &Money, total: Option<&Money>, rule: &'static str) -> Result<(), Refused> {
    if amount.is_zero() {
        return Err(Refused::new(rule, "the amount must be more than nothing"));
    }
    match total {
        Some(total) if total.currency() != amount.currency() => {
            Err(Refused::new(rule, format!("the order was paid in {}", total.currency())))
        }
        Some(total) if total.minus(amount).is_none() => {
            Err(Refused::new(rule, format!("{amount} is more than the {total} that were paid")))
        }
        _ => Ok(()),
    }
}

/// When a dispute with this reason is submitted by itself, as seen at `now`.
pub(super) fn submission(
    reason: Reason,
    filed_at: Timestamp,
    delivery_due_at: Option<Timestamp>,
    rules: &Rules,
    now: Timestamp,
) -> Submission {
    match delivery_due_at {
        Some(end) if reason == Reason::GoodsInTransit && end > now => {
            Submission { due_at: end, in_transit: true }
        }
        _ => {
            let day_16 = shifted(filed_at, rules.submission);
            Submission { due_at: day_16.max(now), in_transit: false }
        }
    }
}
