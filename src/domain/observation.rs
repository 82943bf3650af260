//! One answer of a source, read: the evidence that verdicts are made from.

use jiff::Timestamp;
use waygate_carriers::contract::{CarrierId, Reading, SourceId};

/// What a source answered at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    /// Whose source it is.
    pub carrier: CarrierId,
    /// Which source, where known.
    pub source: Option<SourceId>,
    /// Whether it came from the carrier's own source. Recognition comes from the registry, not from here.
    pub official: bool,
    /// When the answer came.
    pub fetched_at: Timestamp,
    /// What it said.
    pub reading: Reading,
}
