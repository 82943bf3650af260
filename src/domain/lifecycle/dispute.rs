//! A dispute: who asks for what, and how far it has come. Its transition function is in `act`.

mod act;
mod filing;
mod words;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::input::Refused;
use super::parcel::Parcel;
use super::state::{OrderState, Phase, Terms};
use super::telling::{By, Telling};
use super::timer::Timer;
use crate::domain::money::Money;
use crate::domain::rules::id;

pub use act::step;
pub(super) use filing::open;
pub use words::{Kind, Reason, Remedy, RuledFor, Side};

/// Most pieces of evidence in a dispute.
pub const EVIDENCE_MAX: usize = 200;
/// Most requests for evidence in a dispute.
pub const REQUESTS_MAX: usize = 20;

/// A proposal. The amount is missing where goods are asked for, or where all is and the order tells no amount.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Proposal {
    /// What is asked for.
    pub remedy: Remedy,
    /// How much goes to the buyer.
    pub amount: Option<Money>,
}

/// What the buyer files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filing {
    /// Why.
    pub reason: Reason,
    /// What for.
    pub remedy: Remedy,
    /// How much; all of it where a refund names none.
    pub amount: Option<Money>,
}

/// How far a dispute has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "stage")]
pub enum Stage {
    /// The seller has time to answer.
    AwaitingAnswer {
        /// Until then.
        answer_due_at: Timestamp,
    },
    /// The seller rejected; the buyer has the word.
    Rejected,
    /// The arbiter has it.
    Submitted {
        /// Since then.
        submitted_at: Timestamp,
    },
}

impl Stage {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AwaitingAnswer { .. } => "awaiting_answer",
            Self::Rejected => "rejected",
            Self::Submitted { .. } => "submitted",
        }
    }
}

/// When a dispute is submitted by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Submission {
    /// Then.
    pub due_at: Timestamp,
    /// Whether because the promised delivery period ends; else because the sixteenth day begins.
    pub in_transit: bool,
}

/// A piece of evidence; what it shows lies in its event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Piece {
    /// Whose.
    pub by: Side,
    /// What sort.
    pub kind: Kind,
    /// When it was given.
    pub at: Timestamp,
    /// Whether after the deadline of the request that it answers.
    pub late: bool,
}

/// A request for evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Request {
    /// Who is asked.
    pub from: Side,
    /// By when.
    pub due_at: Timestamp,
    /// When that side gave evidence.
    pub answered_at: Option<Timestamp>,
}

/// An open dispute.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Dispute {
    /// The first of its order is 1.
    pub number: u32,
    /// When it was filed; protection stands still since then.
    pub filed_at: Timestamp,
    /// Why.
    pub reason: Reason,
    /// What the buyer asks for.
    pub proposal: Proposal,
    /// What the seller offers instead.
    pub counter_offer: Option<Proposal>,
    /// How far it has come.
    #[serde(flatten)]
    pub stage: Stage,
    /// When it is submitted by itself; none once it is.
    pub submission: Option<Submission>,
    /// The evidence, oldest first.
    pub evidence: Vec<Piece>,
    /// The requests for evidence, oldest first.
    pub requests: Vec<Request>,
}

/// What happens in an open dispute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// The buyer changes reason or proposal.
    Modify {
        /// The new reason.
        reason: Option<Reason>,
        /// The new remedy.
        remedy: Option<Remedy>,
        /// The new amount.
        amount: Option<Money>,
    },
    /// A side accepts what the other proposes.
    Accept(Side),
    /// The seller rejects.
    Reject,
    /// The seller rejects and proposes something else.
    CounterOffer {
        /// What.
        remedy: Remedy,
        /// How much.
        amount: Option<Money>,
    },
    /// The buyer submits it to arbitration.
    Escalate,
    /// The buyer takes it back.
    Cancel,
    /// A side gives evidence.
    SubmitEvidence {
        /// Which side.
        by: Side,
        /// What sort.
        kind: Kind,
        /// What it shows, in that side's words.
        text: String,
    },
    /// The arbiter asks for evidence.
    RequestEvidence {
        /// Whom.
        from: Side,
        /// Within so many days.
        days: u32,
    },
    /// The arbiter rules.
    Rule {
        /// For whom.
        outcome: RuledFor,
        /// How much goes to the buyer.
        amount: Option<Money>,
        /// Whether the seller is at fault.
        seller_at_fault: bool,
    },
}

/// What moves a dispute: an act, or time.
#[derive(Debug, Clone, Copy)]
pub enum Cause<'a> {
    /// Somebody does something.
    Act(&'a Act),
    /// One of its timers is due.
    Time(Timer),
}

impl Act {
    /// The rule that it falls under.
    pub fn rule(&self) -> &'static str {
        match self {
            Self::Modify { .. } => id::CHANGE,
            Self::Accept(_) | Self::Reject => id::ANSWER,
            Self::CounterOffer { .. } => id::COUNTER_OFFER,
            Self::Escalate => id::ESCALATION,
            Self::Cancel => id::CANCEL_DISPUTE,
            Self::SubmitEvidence { .. } => id::EVIDENCE,
            Self::RequestEvidence { .. } => id::EVIDENCE_REQUEST,
            Self::Rule { .. } => id::RULING,
        }
    }
}

/// What a dispute needs to know of its order.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// What was paid.
    pub total: Option<&'a Money>,
    /// When the promised delivery period ends.
    pub delivery_due_at: Option<Timestamp>,
    /// Whether the order is completed.
    pub completed: bool,
    /// What the official sources show.
    pub parcel: &'a Parcel,
}

impl<'a> Facts<'a> {
    pub(super) fn of(state: &'a OrderState, terms: Terms<'a>) -> Self {
        Self {
            total: terms.order.amount.as_ref(),
            delivery_due_at: state.delivery_due_at,
            completed: state.phase == Phase::Completed,
            parcel: &state.parcel,
        }
    }
}

/// How a dispute ends.
#[derive(Debug, Clone, PartialEq)]
pub enum Ending {
    /// The buyer took it back.
    Cancelled,
    /// A proposal is carried out.
    Executed {
        /// Which.
        proposal: Proposal,
        /// By which rule.
        rule: &'static str,
        /// By whom.
        by: By,
        /// Why, in words.
        why: &'static str,
    },
    /// The arbiter ruled.
    Ruled {
        /// For whom.
        outcome: RuledFor,
        /// How much goes to the buyer; none for all of it.
        amount: Option<Money>,
        /// Whether the seller is at fault.
        seller_at_fault: bool,
    },
}

/// What an act comes to.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The dispute goes on.
    Goes {
        /// As this.
        next: Dispute,
        /// What is told.
        tellings: Vec<Telling>,
    },
    /// It ends.
    Ends {
        /// How.
        ending: Ending,
        /// What is told before.
        tellings: Vec<Telling>,
    },
}
