//! The papers of an order's case: what was done and by whom, its disputes, the evidence with its files, and the standing
//! of its seller. All of it is written with the change that it belongs to.

use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::domain::lifecycle::dispute::{Dispute, Kind, Remedy, Side, Stage};
use crate::domain::lifecycle::{By, Input};
use crate::domain::media::Media;
use crate::domain::shipment::SellerRecord;
use crate::domain::standing::Standing;
use crate::ids::{DisputeId, EvidenceId, KeyId};

/// One input of an order's machines, as stored: all of them together make its state anew.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActionRecord {
    /// When, to the nanosecond: the clocks read it.
    pub at: Timestamp,
    /// Who acts.
    pub by: By,
    /// By which API key; none where nobody asked.
    pub key: Option<KeyId>,
    /// What.
    pub input: Input,
    /// What whoever acts says of it.
    pub statement: Option<String>,
    /// The number of the dispute that was open, or was opened by it.
    pub dispute: Option<u32>,
}

/// How far a dispute has come, its end included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisputeState {
    /// The seller has time to answer.
    AwaitingAnswer,
    /// The seller rejected.
    Rejected,
    /// The arbiter has it.
    Submitted,
    /// A proposal was carried out.
    Executed,
    /// The arbiter ruled.
    Ruled,
    /// The buyer took it back.
    Cancelled,
}

impl DisputeState {
    /// Every state.
    pub const ALL: [Self; 6] =
        [Self::AwaitingAnswer, Self::Rejected, Self::Submitted, Self::Executed, Self::Ruled, Self::Cancelled];

    /// The state as it is written in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AwaitingAnswer => "awaiting_answer",
            Self::Rejected => "rejected",
            Self::Submitted => "submitted",
            Self::Executed => "executed",
            Self::Ruled => "ruled",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether anything can follow.
    pub fn is_open(self) -> bool {
        matches!(self, Self::AwaitingAnswer | Self::Rejected | Self::Submitted)
    }
}

impl From<Stage> for DisputeState {
    fn from(stage: Stage) -> Self {
        match stage {
            Stage::AwaitingAnswer { .. } => Self::AwaitingAnswer,
            Stage::Rejected => Self::Rejected,
            Stage::Submitted { .. } => Self::Submitted,
        }
    }
}

/// How a dispute ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DisputeEnd {
    /// When.
    pub at: Timestamp,
    /// By which rule.
    pub rule: Option<String>,
    /// What its event tells: who, why, the money.
    pub data: Map<String, Value>,
}

/// A dispute as stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DisputeRecord {
    /// Its id.
    pub id: DisputeId,
    /// Its order.
    pub order: String,
    /// How it stands, or stood when it ended.
    pub dispute: Dispute,
    /// How far it has come.
    pub state: DisputeState,
    /// When it last changed.
    pub changed_at: Timestamp,
    /// Its end.
    pub end: Option<DisputeEnd>,
    /// How many bytes of files it holds.
    pub file_bytes: u64,
}

impl DisputeRecord {
    /// When goods were promised again by its end.
    pub fn goods_again_since(&self) -> Option<Timestamp> {
        let end = self.end.as_ref().filter(|_| self.state == DisputeState::Executed)?;
        let remedy: Remedy = serde_json::from_value(end.data.get("remedy")?.clone()).ok()?;
        (!remedy.is_money()).then_some(end.at)
    }
}

/// A file that was given as evidence; its bytes lie beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRecord {
    /// SHA-256 of the bytes, in hexadecimal.
    pub sha256: String,
    /// What the bytes are.
    pub media_type: Media,
    /// How many.
    pub bytes: u64,
    /// What whoever gave it calls it.
    pub name: Option<String>,
}

/// A piece of evidence as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceRecord {
    /// Its id.
    pub id: EvidenceId,
    /// The order.
    pub order: String,
    /// The number of the order's dispute.
    pub dispute: u32,
    /// Whose.
    pub by: Side,
    /// What sort.
    pub kind: Kind,
    /// What it shows, in that side's words.
    pub text: String,
    /// The file.
    pub file: Option<FileRecord>,
    /// When it was given.
    pub at: Timestamp,
    /// Whether after the deadline of the request that it answers.
    pub late: bool,
    /// By which API key.
    pub key: Option<KeyId>,
}

/// Evidence to store, with its file's bytes.
#[derive(Debug, Clone)]
pub struct NewEvidence {
    /// The record.
    pub record: EvidenceRecord,
    /// The bytes; none where there is no file.
    pub bytes: Option<Bytes>,
}

/// Somebody looked at a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileLook {
    /// At which.
    pub evidence: EvidenceId,
    /// By which API key.
    pub key: KeyId,
    /// When.
    pub at: Timestamp,
}

/// A seller's standing as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandingRecord {
    /// The seller.
    pub seller: String,
    /// The standing.
    pub standing: Standing,
    /// Grows by one with each change; 0 before the first. A change that was computed from another one is a conflict.
    pub revision: i64,
    /// The version of the rules that it last changed under.
    pub rules: String,
    /// The order whose dispute last counted against the seller: there the end of a bar is told.
    pub order: Option<String>,
    /// When a bar falls.
    pub due_at: Option<Timestamp>,
}

/// What a change adds to the papers.
#[derive(Debug, Clone, Default)]
pub struct Docket {
    /// What was done, in order.
    pub actions: Vec<ActionRecord>,
    /// Disputes that are new or changed, whole.
    pub disputes: Vec<DisputeRecord>,
    /// New evidence.
    pub evidence: Vec<NewEvidence>,
    /// The seller's standing after it, at the revision that it was computed from.
    pub standing: Option<StandingRecord>,
}

/// What was done about an order, and what was shown.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Papers {
    /// Every input of its machines, in order.
    pub actions: Vec<ActionRecord>,
    /// The evidence, oldest first.
    pub evidence: Vec<EvidenceRecord>,
    /// Who looked at its files, in order.
    pub looks: Vec<FileLook>,
}

/// Which disputes a list holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DisputeFilter {
    /// All.
    #[default]
    All,
    /// Those that have not ended.
    Open,
    /// Those of one state.
    State(DisputeState),
}

/// What is known of a seller.
#[derive(Debug, Clone, PartialEq)]
pub struct SellerFile {
    /// The standing, where an order's end or dispute has touched it.
    pub standing: Option<StandingRecord>,
    /// How the seller's claims went.
    pub claims: SellerRecord,
}
