//! The dispute's transition function: an open dispute and an act, to what follows. An end is carried out by the order.

use jiff::Timestamp;

use super::filing::{proposal, submission, within};
use super::{
    Act, Cause, Dispute, EVIDENCE_MAX, Ending, Facts, Kind, Outcome, Piece, Proposal, REQUESTS_MAX, Reason,
    Refused, Remedy, Request, RuledFor, Side, Stage,
};
use crate::domain::calendar::{days, shifted};
use crate::domain::event::EventType;
use crate::domain::lifecycle::recommendation::recommend;
use crate::domain::lifecycle::telling::{By, Telling};
use crate::domain::lifecycle::timer::Timer;
use crate::domain::money::Money;
use crate::domain::rules::{Rules, id};

type Done = Result<Outcome, Refused>;

/// Applies an act, or time, to an open dispute.
pub fn step(dispute: &Dispute, cause: Cause<'_>, facts: &Facts<'_>, rules: &Rules, at: Timestamp) -> Done {
    match cause {
        Cause::Act(act) => done(dispute, act, facts, rules, at),
        Cause::Time(timer) => Ok(time_up(dispute, timer, facts, at)),
    }
}

fn time_up(dispute: &Dispute, timer: Timer, facts: &Facts<'_>, at: Timestamp) -> Outcome {
    let why = match timer {
        Timer::Silence => {
            let ending = Ending::Executed {
                proposal: dispute.proposal.clone(),
                rule: id::SILENCE,
                by: By::System,
                why: "the seller did not answer in time: the buyer's proposal is executed",
            };
            return Outcome::Ends { ending, tellings: Vec::new() };
        }
        Timer::InTransit => "the promised delivery period is over, and there is no agreement",
        _ => "the sixteenth day begins, and there is no agreement",
    };
    submit(dispute, facts, (timer.rule(), By::System, why), at)
}

fn done(dispute: &Dispute, act: &Act, facts: &Facts<'_>, rules: &Rules, at: Timestamp) -> Done {
    let submitted = matches!(dispute.stage, Stage::Submitted { .. });
    let is_for_arbitration = matches!(
        act,
        Act::Cancel | Act::SubmitEvidence { .. } | Act::RequestEvidence { .. } | Act::Rule { .. }
    );
    if submitted && !is_for_arbitration {
        let why = "the dispute is with the arbiter: only a ruling or the buyer's cancellation ends it";
        return Err(Refused::new(id::SUBMITTED, why));
    }
    match act {
        Act::Modify { reason, remedy, amount } => {
            modify(dispute, (*reason, *remedy, amount.as_ref()), facts, rules, at)
        }
        Act::Accept(side) => accept(dispute, *side),
        Act::Reject => reject(dispute, None),
        Act::CounterOffer { remedy, amount } => {
            reject(dispute, Some(proposal(*remedy, amount.as_ref(), facts.total)?))
        }
        Act::Escalate if dispute.stage == Stage::Rejected => {
            let why = "the seller rejected, and the buyer asks the arbiter";
            Ok(submit(dispute, facts, (id::ESCALATION, By::Buyer, why), at))
        }
        Act::Escalate => Err(Refused::new(id::ESCALATION, "the seller has not rejected it")),
        Act::Cancel => Ok(Outcome::Ends { ending: Ending::Cancelled, tellings: Vec::new() }),
        Act::SubmitEvidence { by, kind, text } => give(dispute, *by, *kind, text, at),
        Act::RequestEvidence { from, days } => ask(dispute, *from, *days, at),
        Act::Rule { outcome, amount, seller_at_fault } => {
            rule(dispute, (*outcome, amount.as_ref(), *seller_at_fault), facts)
        }
    }
}

fn goes(next: Dispute, telling: Telling) -> Outcome {
    Outcome::Goes { next, tellings: vec![telling] }
}

fn modify(
    dispute: &Dispute,
    (reason, remedy, amount): (Option<Reason>, Option<Remedy>, Option<&Money>),
    facts: &Facts<'_>,
    rules: &Rules,
    at: Timestamp,
) -> Done {
    let mut next = dispute.clone();
    if let Some(reason) = reason.filter(|r| *r != dispute.reason) {
        if facts.completed && reason.is_not_received() {
            let why = "the order is completed: only goods not as described can be disputed now";
            return Err(Refused::new(id::AFTER_COMPLETION, why));
        }
        next.reason = reason;
        next.submission = Some(submission(reason, dispute.filed_at, facts.delivery_due_at, rules, at));
    }
    let remedy = remedy.unwrap_or(dispute.proposal.remedy);
    // A full refund that names no amount is all of it; else the amount stays.
    let named = amount.or_else(|| {
        let stays = remedy == dispute.proposal.remedy || remedy == Remedy::PartialRefund;
        dispute.proposal.amount.as_ref().filter(|_| stays)
    });
    next.proposal = proposal(remedy, named, facts.total)?;
    next.counter_offer = None;
    next.stage = Stage::AwaitingAnswer { answer_due_at: shifted(at, rules.silence) };
    let why = "the buyer changes the dispute: the seller's time to answer starts again";
    let telling = Telling::new(EventType::DisputeModified, id::CHANGE, By::Buyer, why)
        .with("reason", next.reason)
        .with("proposal", &next.proposal);
    Ok(goes(next, telling))
}

fn accept(dispute: &Dispute, side: Side) -> Done {
    let (accepted, why) = match side {
        Side::Seller => (Some(&dispute.proposal), "the seller accepts the buyer's proposal"),
        Side::Buyer => (dispute.counter_offer.as_ref(), "the buyer accepts the seller's counter-offer"),
    };
    let Some(accepted) = accepted else {
        return Err(Refused::new(id::ANSWER, "the seller has made no counter-offer that stands"));
    };
    let telling =
        Telling::new(EventType::DisputeAccepted, id::ANSWER, side.by(), why).with("proposal", accepted);
    let ending = Ending::Executed {
        proposal: accepted.clone(),
        rule: id::AGREEMENT,
        by: By::System,
        why: "both sides agree, and the agreement is executed",
    };
    Ok(Outcome::Ends { ending, tellings: vec![telling] })
}

fn reject(dispute: &Dispute, counter_offer: Option<Proposal>) -> Done {
    if dispute.stage == Stage::Rejected && counter_offer.is_none() {
        return Err(Refused::new(id::ANSWER, "the seller has rejected it already"));
    }
    let (rule, why) = match &counter_offer {
        Some(_) => (id::COUNTER_OFFER, "the seller rejects and offers something else"),
        None => (id::ANSWER, "the seller rejects; the buyer may change, ask the arbiter, or cancel"),
    };
    let telling = Telling::new(EventType::DisputeRejected, rule, By::Seller, why);
    let telling = match &counter_offer {
        Some(offer) => telling.with("counter_offer", offer),
        None => telling,
    };
    Ok(goes(Dispute { stage: Stage::Rejected, counter_offer, ..dispute.clone() }, telling))
}

fn submit(
    dispute: &Dispute,
    facts: &Facts<'_>,
    (rule, by, why): (&'static str, By, &str),
    at: Timestamp,
) -> Outcome {
    let telling = Telling::new(EventType::DisputeSubmitted, rule, by, why)
        .with("recommendation", recommend(dispute, facts, at));
    let stage = Stage::Submitted { submitted_at: at };
    goes(Dispute { stage, submission: None, counter_offer: None, ..dispute.clone() }, telling)
}

fn give(dispute: &Dispute, by: Side, kind: Kind, text: &str, at: Timestamp) -> Done {
    if dispute.evidence.len() >= EVIDENCE_MAX {
        let why = format!("a dispute takes at most {EVIDENCE_MAX} pieces of evidence");
        return Err(Refused::new(id::EVIDENCE, why));
    }
    let mut next = dispute.clone();
    let mut late = false;
    for request in next.requests.iter_mut().filter(|r| r.from == by && r.answered_at.is_none()) {
        request.answered_at = Some(at);
        late |= at >= request.due_at;
    }
    next.evidence.push(Piece { by, kind, at, late });
    let why = if late { "evidence after its deadline" } else { "evidence, for the arbiter to weigh" };
    let telling = Telling::new(EventType::EvidenceSubmitted, id::EVIDENCE, by.by(), why)
        .with("kind", kind)
        .with("text", text)
        .with("late", late);
    Ok(goes(next, telling))
}

fn ask(dispute: &Dispute, from: Side, count: u32, at: Timestamp) -> Done {
    if !matches!(dispute.stage, Stage::Submitted { .. }) {
        return Err(Refused::new(id::EVIDENCE_REQUEST, "the dispute is not submitted to the arbiter"));
    }
    if dispute.requests.len() >= REQUESTS_MAX {
        let why = format!("a dispute takes at most {REQUESTS_MAX} requests for evidence");
        return Err(Refused::new(id::EVIDENCE_REQUEST, why));
    }
    let due_at = shifted(at, days(count));
    let mut next = dispute.clone();
    next.requests.push(Request { from, due_at, answered_at: None });
    let why = "the arbiter asks for evidence; a deadline that passes unanswered speaks against that side";
    let telling = Telling::new(EventType::EvidenceRequested, id::EVIDENCE_REQUEST, By::Arbiter, why)
        .with("from", from)
        .when("due_at", due_at);
    Ok(goes(next, telling))
}

fn rule(
    dispute: &Dispute,
    (outcome, amount, seller_at_fault): (RuledFor, Option<&Money>, bool),
    facts: &Facts<'_>,
) -> Done {
    if !matches!(dispute.stage, Stage::Submitted { .. }) {
        return Err(Refused::new(id::RULING, "the dispute is not submitted to the arbiter"));
    }
    let amount = match outcome {
        RuledFor::Buyer => match amount {
            Some(amount) => {
                within(amount, facts.total, id::RULING)?;
                Some(amount.clone())
            }
            // What the buyer asked for, or all of it where that is goods.
            None => dispute.proposal.amount.clone().or_else(|| facts.total.cloned()),
        },
        RuledFor::Seller if amount.is_some_and(|a| !a.is_zero()) => {
            return Err(Refused::new(id::RULING, "a ruling for the seller gives the buyer nothing"));
        }
        RuledFor::Seller => facts.total.map(Money::none_of),
        RuledFor::Divided => {
            let Some(amount) = amount else {
                return Err(Refused::new(id::RULING, "a divided ruling says how much goes to the buyer"));
            };
            within(amount, facts.total, id::RULING)?;
            if facts.total.is_some_and(|total| total.minus(amount).is_some_and(|rest| rest.is_zero())) {
                return Err(Refused::new(id::RULING, "that is all of it: such a ruling is for the buyer"));
            }
            Some(amount.clone())
        }
    };
    Ok(Outcome::Ends { ending: Ending::Ruled { outcome, amount, seller_at_fault }, tellings: Vec::new() })
}
