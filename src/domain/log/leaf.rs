//! What the log holds: one entry for each claim, each official answer, each verdict and each erasure. An entry names the thing, when
//! it was, and the hash of its document; nothing in it tells of a person, so that entries can be public.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::canonical::{NotCanonical, canonical_of};
use super::hash::Hash;

/// The form of entries.
pub const VERSION: u8 = 1;

/// An entry of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Leaf {
    /// A number was given for an order. Its document holds the claim and the order.
    Claim {
        /// [`VERSION`].
        v: u8,
        /// The shipment's id.
        id: String,
        /// When.
        time: Timestamp,
        /// The document's hash.
        document: Hash,
    },
    /// A source answered. Its document holds the reading, the address, and the hash of the body.
    Observation {
        /// [`VERSION`].
        v: u8,
        /// The observation's id.
        id: String,
        /// The shipment that was asked for.
        shipment: String,
        /// Whose source.
        carrier: String,
        /// Which source.
        source: String,
        /// When the answer was complete.
        time: Timestamp,
        /// HTTP status; none where no answer came.
        http_status: Option<u16>,
        /// The document's hash.
        document: Hash,
    },
    /// A verdict was given. Its document holds the verdict and what it was made on beside the order, the claim and the
    /// answers.
    Verdict {
        /// [`VERSION`].
        v: u8,
        /// The verdict's id.
        id: String,
        /// The shipment.
        shipment: String,
        /// When.
        time: Timestamp,
        /// The policy's version.
        policy: String,
        /// SHA-256 of the policy's text; none for a version that is not compiled in.
        policy_sha256: Option<Hash>,
        /// The document's hash.
        document: Hash,
    },
    /// What told of persons was erased. Its document names the fields and why, and nothing of what they held.
    Erasure {
        /// [`VERSION`].
        v: u8,
        /// The erasure's id.
        id: String,
        /// The shipment.
        shipment: String,
        /// When.
        time: Timestamp,
        /// The document's hash.
        document: Hash,
    },
}

impl Leaf {
    /// The thing that it is about.
    pub fn id(&self) -> &str {
        match self {
            Self::Claim { id, .. }
            | Self::Observation { id, .. }
            | Self::Verdict { id, .. }
            | Self::Erasure { id, .. } => id,
        }
    }

    /// The shipment that it is about.
    pub fn shipment(&self) -> &str {
        match self {
            Self::Claim { id, .. } => id,
            Self::Observation { shipment, .. }
            | Self::Verdict { shipment, .. }
            | Self::Erasure { shipment, .. } => shipment,
        }
    }

    /// The hash of its document.
    pub fn document(&self) -> Hash {
        match self {
            Self::Claim { document, .. }
            | Self::Observation { document, .. }
            | Self::Verdict { document, .. }
            | Self::Erasure { document, .. } => *document,
        }
    }

    /// The entry's bytes.
    pub fn entry(&self) -> Result<Vec<u8>, NotCanonical> {
        canonical_of(self).map(String::into_bytes)
    }
}
