//! The tracking status that all carriers' codes are read into, and who is at fault where the code says so.

use serde::{Deserialize, Serialize};

/// Where a parcel stands, or what one checkpoint says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Announced to the carrier; nothing scanned.
    LabelCreated,
    /// The first physical scan: the carrier has the parcel.
    Accepted,
    /// Moving through the carrier's network.
    InTransit,
    /// In the hands of a customs authority.
    Customs,
    /// On the vehicle to the recipient.
    OutForDelivery,
    /// Waiting for the recipient at a counter, shop or locker.
    AvailableForPickup,
    /// A delivery was tried and failed.
    AttemptFailed,
    /// Handed over.
    Delivered,
    /// On its way back to the sender.
    Returning,
    /// Back with the sender.
    Returned,
    /// Something went wrong that no other status says.
    Exception,
    /// Lost or destroyed.
    Lost,
    /// The label was voided.
    Cancelled,
    /// A notice that moves nothing: a photo, a changed estimate.
    Info,
    /// The carrier's code is not mapped. Never guessed.
    #[serde(other)]
    Unknown,
}

impl Status {
    /// Whether the carrier must have had the parcel in its hands to say this.
    pub fn is_physical_scan(self) -> bool {
        match self {
            Self::Accepted
            | Self::InTransit
            | Self::Customs
            | Self::OutForDelivery
            | Self::AvailableForPickup
            | Self::AttemptFailed
            | Self::Delivered
            | Self::Returning
            | Self::Returned => true,
            Self::LabelCreated
            | Self::Exception
            | Self::Lost
            | Self::Cancelled
            | Self::Info
            | Self::Unknown => false,
        }
    }

    /// Whether a parcel normally has no further journey after this.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Delivered | Self::Returned | Self::Lost | Self::Cancelled)
    }

    /// The status as it is written in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LabelCreated => "label_created",
            Self::Accepted => "accepted",
            Self::InTransit => "in_transit",
            Self::Customs => "customs",
            Self::OutForDelivery => "out_for_delivery",
            Self::AvailableForPickup => "available_for_pickup",
            Self::AttemptFailed => "attempt_failed",
            Self::Delivered => "delivered",
            Self::Returning => "returning",
            Self::Returned => "returned",
            Self::Exception => "exception",
            Self::Lost => "lost",
            Self::Cancelled => "cancelled",
            Self::Info => "info",
            Self::Unknown => "unknown",
        }
    }
}

/// Who caused what a checkpoint reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the names say it
pub enum Fault {
    Carrier,
    Sender,
    Recipient,
    Customs,
    Weather,
    Other,
}
