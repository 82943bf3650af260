//! The words of a dispute: reasons, remedies, sides, sorts of evidence, rulings.

use serde::{Deserialize, Serialize};

use crate::domain::lifecycle::telling::By;

/// Why the buyer files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Not received: still on their way.
    GoodsInTransit,
    /// Not received.
    NotReceived,
    /// Received, but not as described.
    NotAsDescribed,
}

impl Reason {
    /// Whether the goods are said not to have come.
    pub fn is_not_received(self) -> bool {
        matches!(self, Self::GoodsInTransit | Self::NotReceived)
    }
}

/// What a side asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the names say it
pub enum Remedy {
    Refund,
    PartialRefund,
    Replacement,
    Resend,
}

impl Remedy {
    /// Whether money goes back, and not goods out again.
    pub fn is_money(self) -> bool {
        matches!(self, Self::Refund | Self::PartialRefund)
    }
}

/// A side of a dispute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the names say it
pub enum Side {
    Buyer,
    Seller,
}

impl Side {
    /// The side as it is written in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Buyer => "buyer",
            Self::Seller => "seller",
        }
    }

    /// The side as one who acts.
    pub fn by(self) -> By {
        match self {
            Self::Buyer => By::Buyer,
            Self::Seller => By::Seller,
        }
    }
}

/// What counts as evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the names say it
pub enum Kind {
    Photo,
    Video,
    Document,
    Message,
    Tracking,
}

/// For whom a ruling is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the names say it
pub enum RuledFor {
    Buyer,
    Seller,
    Divided,
}
