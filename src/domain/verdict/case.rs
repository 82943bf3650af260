//! What a verdict is made from, and what one check finds.

use std::cell::OnceCell;

use jiff::Timestamp;
use waygate_carriers::contract::CarrierId;
use waygate_carriers::numbers::Identification;

use super::{Check, CheckOutcome, Effect, Evidence, Journey};
use crate::domain::channels::Channels;
use crate::domain::observation::Observation;
use crate::domain::order::Order;
use crate::domain::policy::{Policy, Tier};
use crate::domain::shipment::{Claim, OtherClaim, SellerRecord};

/// What a case comes to, worked out when it is first asked for: most checks ask.
#[derive(Default)]
pub struct WorkedOut<'a> {
    evidence: OnceCell<Evidence<'a>>,
    journey: OnceCell<Option<Journey<'a>>>,
}

/// A claim with all that is known of it at a time.
pub struct Case<'a> {
    /// When it is judged.
    pub now: Timestamp,
    /// The order.
    pub order: &'a Order,
    /// What the seller says.
    pub claim: &'a Claim,
    /// What the number is.
    pub identification: &'a Identification,
    /// Other orders that name the number, and the order's other parcels.
    pub other_claims: &'a [OtherClaim],
    /// The recorded answers, in any order.
    pub observations: &'a [Observation],
    /// How the seller's claims went so far.
    pub seller_record: Option<SellerRecord>,
    /// When the buyer opened a dispute, where that is known.
    pub dispute_opened_at: Option<Timestamp>,
    /// The thresholds.
    pub policy: &'a Policy,
    /// The recognized carriers.
    pub channels: &'a Channels,
    /// Whether an official source of the named carrier can be asked for this number.
    pub source_can_answer: bool,
    /// Whether one is about to be asked for the first time. A number that looks wrong waits for that answer: the
    /// carrier may know it.
    pub awaits_answer: bool,
    /// Nothing at first.
    pub worked_out: WorkedOut<'a>,
}

/// The carrier that a name means, where it is written as an id but for case, spaces and hyphens.
pub fn carrier_id(name: &str) -> Option<CarrierId> {
    let word: String = name
        .trim()
        .chars()
        .map(|c| if c == ' ' || c == '-' { '_' } else { c.to_ascii_lowercase() })
        .collect();
    CarrierId::new(&word).ok()
}

/// A number's letters and digits, in capitals.
pub(super) fn plain_number(number: &str) -> String {
    number.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
}

impl<'a> Case<'a> {
    /// The carrier that the seller named, where it is recognized.
    pub fn carrier(&self) -> Option<CarrierId> {
        carrier_id(&self.claim.carrier).filter(|id| self.channels.get(id).is_some())
    }

    /// The number, clean.
    pub fn number(&self) -> String {
        let normalized = plain_number(&self.identification.normalized);
        if normalized.is_empty() { plain_number(&self.claim.tracking_number) } else { normalized }
    }

    /// When the number was given.
    pub fn given_at(&self) -> Timestamp {
        self.claim.given_at(self.now)
    }

    /// When the shipment was confirmed.
    pub fn shipped_at(&self) -> Timestamp {
        self.claim.shipped_at(self.now)
    }

    /// The evidence, sorted out.
    pub fn evidence(&self) -> &Evidence<'a> {
        self.worked_out.evidence.get_or_init(|| Evidence::of(self))
    }

    /// The parcel's journey by the answer that rules.
    pub fn journey(&self) -> Option<&Journey<'a>> {
        let journey = || self.evidence().ruling().map(|answer| Journey::of(self, answer));
        self.worked_out.journey.get_or_init(journey).as_ref()
    }

    /// Whether the order is in the higher tier. An amount in a currency without a row cannot be told to be low.
    pub fn is_high_value(&self) -> bool {
        self.order.amount.as_ref().is_some_and(|a| self.policy.high_value.holds(a).unwrap_or(true))
    }

    /// What the order's value demands.
    pub fn tier(&self) -> &'a Tier {
        let tiers = &self.policy.tiers;
        if self.is_high_value() { &tiers.high } else { &tiers.standard }
    }
}

/// What one check finds: a [`Check`] and what follows from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The check's id.
    pub id: &'static str,
    /// How it came out.
    pub outcome: CheckOutcome,
    /// What it does to the verdict.
    pub effect: Effect,
    /// What an arbiter needs to know.
    pub reason: String,
    /// What the seller is told.
    pub for_seller: String,
    /// What was read.
    pub evidence: Vec<String>,
    /// What the seller is asked to do.
    pub ask: Option<String>,
    /// When it turns for the worse by itself.
    pub turns_at: Option<Timestamp>,
}

impl Finding {
    fn new(id: &'static str, outcome: CheckOutcome, effect: Effect, reason: String) -> Self {
        Self {
            id,
            outcome,
            effect,
            reason,
            for_seller: String::new(),
            evidence: Vec::new(),
            ask: None,
            turns_at: None,
        }
    }

    /// What the check demands is so.
    pub fn pass(id: &'static str, reason: impl Into<String>) -> Self {
        Self::new(id, CheckOutcome::Pass, Effect::None, reason.into())
    }

    /// The same, with something that an arbiter should know and that does nothing to the verdict.
    pub fn noted(id: &'static str, reason: impl AsRef<str>) -> Self {
        Self::pass(id, format!("noted: {}", reason.as_ref()))
    }

    /// Something speaks against the claim.
    pub fn fail(id: &'static str, effect: Effect, reason: impl Into<String>) -> Self {
        Self::new(id, CheckOutcome::Fail, effect, reason.into())
    }

    /// Not enough is known; the reason says what is missing.
    pub fn unknown(id: &'static str, missing: impl Into<String>) -> Self {
        Self::new(id, CheckOutcome::Unknown, Effect::None, missing.into())
    }

    /// The check has nothing to say here.
    pub fn not_applicable(id: &'static str, reason: impl Into<String>) -> Self {
        Self::new(id, CheckOutcome::NotApplicable, Effect::None, reason.into())
    }

    /// The same with words for the seller.
    #[must_use]
    pub fn seller(mut self, words: impl Into<String>) -> Self {
        self.for_seller = words.into();
        self
    }

    /// The same with something the seller is asked to do.
    #[must_use]
    pub fn ask(mut self, words: impl Into<String>) -> Self {
        self.ask = Some(words.into());
        self
    }

    /// The same with a piece of evidence.
    #[must_use]
    pub fn by(mut self, evidence: impl Into<String>) -> Self {
        self.evidence.push(evidence.into());
        self
    }

    /// A failure that is held back until the official source was asked: until then it is unknown.
    #[must_use]
    pub fn until_asked(mut self) -> Self {
        self.outcome = CheckOutcome::Unknown;
        self.effect = Effect::None;
        self.reason += "; the carrier's source is asked before that counts";
        self
    }

    /// The same with the time at which it turns.
    #[must_use]
    pub fn turning(mut self, at: Timestamp) -> Self {
        self.turns_at = Some(at);
        self
    }

    /// Whether it stands in nobody's way.
    pub fn is_content(&self) -> bool {
        matches!(self.outcome, CheckOutcome::Pass | CheckOutcome::NotApplicable)
    }
}

impl From<Finding> for Check {
    fn from(finding: Finding) -> Self {
        Self {
            id: finding.id.to_owned(),
            outcome: finding.outcome,
            effect: finding.effect,
            reason: finding.reason,
            for_seller: finding.for_seller,
            evidence: finding.evidence,
        }
    }
}
