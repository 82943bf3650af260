//! The verdict: is the number true for this order? A pure function of the claim, the recorded evidence, the policy's
//! version and the time.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

mod basis;
mod case;
pub mod checks;
mod dispute;
mod evidence;
mod journey;
mod judge;
mod page;
mod place;
#[cfg(test)]
#[allow(clippy::unwrap_used, missing_docs)]
pub(crate) mod samples;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

pub use basis::{Basis, FactsText, Tables};
pub use case::{Case, Finding, WorkedOut, carrier_id};
pub use evidence::{Answer, Evidence};
pub use journey::{Journey, Stand};
pub use judge::judge;

/// The answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// All that the order demands has passed.
    Verified,
    /// Nothing wrong yet, not enough known.
    Pending,
    /// Something speaks against it; a person looks.
    Suspicious,
    /// It is false for this order.
    Rejected,
    /// No recognized official source can answer.
    Unverifiable,
}

impl Outcome {
    /// The outcome as it is written in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Pending => "pending",
            Self::Suspicious => "suspicious",
            Self::Rejected => "rejected",
            Self::Unverifiable => "unverifiable",
        }
    }
}

impl Verdict {
    /// Whether it counts against the seller's record: something but the record itself speaks against the claim.
    pub fn counts_against_seller(&self) -> bool {
        let speaks = |c: &Check| c.outcome == CheckOutcome::Fail && c.id != checks::seller_pattern::ID;
        matches!(self.verdict, Outcome::Rejected | Outcome::Suspicious) && self.checks.iter().any(speaks)
    }
}

/// How one check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the names say it
pub enum CheckOutcome {
    Pass,
    Fail,
    Unknown,
    NotApplicable,
}

/// What a check does to the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Rejects.
    Hard,
    /// Makes suspicious.
    Suspicion,
    /// Nothing by itself.
    None,
}

/// One check, explained.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// The check's id, e.g. `destination-country`.
    pub id: String,
    /// How it came out.
    pub outcome: CheckOutcome,
    /// What it does to the verdict.
    pub effect: Effect,
    /// What an arbiter needs to know.
    pub reason: String,
    /// What the seller is told.
    pub for_seller: String,
    /// The evidence that was read, e.g. `observation:1#checkpoint:0`, `claim`, `order`.
    pub evidence: Vec<String>,
}

/// The verdict with its reasons.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// The answer.
    pub verdict: Outcome,
    /// The policy's version that it was made under.
    pub policy: String,
    /// When a pending verdict turns by itself if nothing is heard.
    pub turns_at: Option<Timestamp>,
    /// When it is worth asking the source again.
    pub next_look_at: Option<Timestamp>,
    /// Why then, with the row of the policy that says so.
    #[serde(default)]
    pub next_look_why: Option<String>,
    /// What the seller can do.
    pub ask_seller: Vec<String>,
    /// The delivery that the official source proves, beside the question of truth.
    #[serde(default)]
    pub delivered_at: Option<Timestamp>,
    /// Every check, in the policy's order.
    pub checks: Vec<Check>,
}
