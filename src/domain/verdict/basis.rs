//! What a verdict was made on beside the order, the claim and the answers: with these it can be made again, bit for bit.

use std::sync::LazyLock;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use waygate_carriers::contract::CarrierId;
use waygate_carriers::numbers::Hint;
use waygate_carriers::registry::{Registry, fact_texts};

use super::{Case, Verdict, WorkedOut, judge};
use crate::domain::channels::Channels;
use crate::domain::log::Hash;
use crate::domain::observation::Observation;
use crate::domain::order::Order;
use crate::domain::policy::Policy;
use crate::domain::shipment::{Claim, OtherClaim, SellerRecord};

/// The rest of the evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Basis {
    /// When it was judged.
    pub now: Timestamp,
    /// The ids of the answers, in the order in which the verdict names them.
    pub observations: Vec<String>,
    /// Other orders' claims on the number, and the order's other parcels.
    pub other_claims: Vec<OtherClaim>,
    /// How the seller's claims went until then.
    pub seller_record: Option<SellerRecord>,
    /// When the buyer opened a dispute, where one did.
    pub dispute_opened_at: Option<Timestamp>,
    /// Whether an official source could be asked.
    pub source_can_answer: bool,
    /// Whether one was about to be asked for the first time.
    pub awaits_answer: bool,
    /// The facts about carriers that it was made with; none in verdicts of before they were told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facts: Option<FactsText>,
}

/// What is compiled in of carriers, by hash: number formats, names, domains, and who is recognized.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FactsText {
    /// SHA-256 over the carriers' files of names and numbers, each with its length before it.
    pub carriers: Hash,
    /// SHA-256 of the file of recognized channels.
    pub channels: Hash,
}

static COMPILED_IN: LazyLock<FactsText> = LazyLock::new(|| {
    let mut texts = Vec::new();
    for text in fact_texts() {
        texts.extend_from_slice(&(text.len() as u64).to_be_bytes());
        texts.extend_from_slice(text.as_bytes());
    }
    FactsText { carriers: Hash::of(&texts), channels: Hash::of(Channels::TEXT.as_bytes()) }
});

impl FactsText {
    /// Those of this program.
    pub fn compiled_in() -> Self {
        *COMPILED_IN
    }
}

/// The versions of all that a verdict is made with.
#[derive(Clone, Copy)]
pub struct Tables<'a> {
    /// What carriers are.
    pub registry: &'a Registry,
    /// Which are recognized.
    pub channels: &'a Channels,
    /// The thresholds.
    pub policy: &'a Policy,
}

impl Basis {
    /// Judges. `observations` are those that are named, in that order.
    pub fn judge(
        &self,
        tables: Tables<'_>,
        order: &Order,
        claim: &Claim,
        observations: &[Observation],
    ) -> Verdict {
        let claimed = CarrierId::new(&claim.carrier).ok();
        let ship_from = order.ship_from.as_ref().map(|a| a.country);
        let hint = Hint { claimed: claimed.as_ref(), ship_from };
        let identification = tables.registry.formats().identify(&claim.tracking_number, hint);
        judge(&Case {
            now: self.now,
            order,
            claim,
            identification: &identification,
            other_claims: &self.other_claims,
            observations,
            seller_record: self.seller_record,
            dispute_opened_at: self.dispute_opened_at,
            policy: tables.policy,
            channels: tables.channels,
            source_can_answer: self.source_can_answer,
            awaits_answer: self.awaits_answer,
            worked_out: WorkedOut::default(),
        })
    }
}
