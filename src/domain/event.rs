//! What Waygate tells the order system: an event of one order, before it has its id and its sequence number.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The types of events. A closed list: see `docs/contracts.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[allow(missing_docs)] // the names say it
pub enum EventType {
    #[serde(rename = "shipment.submitted")]
    ShipmentSubmitted,
    #[serde(rename = "shipment.verified")]
    ShipmentVerified,
    #[serde(rename = "shipment.suspicious")]
    ShipmentSuspicious,
    #[serde(rename = "shipment.rejected")]
    ShipmentRejected,
    #[serde(rename = "shipment.unverifiable")]
    ShipmentUnverifiable,
    #[serde(rename = "tracking.updated")]
    TrackingUpdated,
    #[serde(rename = "delivery.verified")]
    DeliveryVerified,
    #[serde(rename = "order.protection_started")]
    ProtectionStarted,
    #[serde(rename = "order.protection_ending")]
    ProtectionEnding,
    #[serde(rename = "order.protection_extended")]
    ProtectionExtended,
    #[serde(rename = "order.protection_expired")]
    ProtectionExpired,
    #[serde(rename = "order.completed")]
    Completed,
    #[serde(rename = "order.funds_released")]
    FundsReleased,
    #[serde(rename = "order.cancel_requested")]
    CancelRequested,
    #[serde(rename = "order.cancelled")]
    Cancelled,
    #[serde(rename = "order.overdue_shipment")]
    OverdueShipment,
    #[serde(rename = "dispute.opened")]
    DisputeOpened,
    #[serde(rename = "dispute.modified")]
    DisputeModified,
    #[serde(rename = "dispute.accepted")]
    DisputeAccepted,
    #[serde(rename = "dispute.rejected")]
    DisputeRejected,
    #[serde(rename = "dispute.executed")]
    DisputeExecuted,
    #[serde(rename = "dispute.submitted")]
    DisputeSubmitted,
    #[serde(rename = "dispute.evidence_requested")]
    EvidenceRequested,
    #[serde(rename = "dispute.evidence_submitted")]
    EvidenceSubmitted,
    #[serde(rename = "dispute.ruled")]
    DisputeRuled,
    #[serde(rename = "dispute.cancelled")]
    DisputeCancelled,
    #[serde(rename = "seller.restricted")]
    SellerRestricted,
    #[serde(rename = "seller.unrestricted")]
    SellerUnrestricted,
    #[serde(rename = "seller.penalized")]
    SellerPenalized,
}

impl EventType {
    /// All types, in the order of the contract.
    pub const ALL: [Self; 29] = [
        Self::ShipmentSubmitted,
        Self::ShipmentVerified,
        Self::ShipmentSuspicious,
        Self::ShipmentRejected,
        Self::ShipmentUnverifiable,
        Self::TrackingUpdated,
        Self::DeliveryVerified,
        Self::ProtectionStarted,
        Self::ProtectionEnding,
        Self::ProtectionExtended,
        Self::ProtectionExpired,
        Self::Completed,
        Self::FundsReleased,
        Self::CancelRequested,
        Self::Cancelled,
        Self::OverdueShipment,
        Self::DisputeOpened,
        Self::DisputeModified,
        Self::DisputeAccepted,
        Self::DisputeRejected,
        Self::DisputeExecuted,
        Self::DisputeSubmitted,
        Self::EvidenceRequested,
        Self::EvidenceSubmitted,
        Self::DisputeRuled,
        Self::DisputeCancelled,
        Self::SellerRestricted,
        Self::SellerUnrestricted,
        Self::SellerPenalized,
    ];

    /// The type as it is written in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ShipmentSubmitted => "shipment.submitted",
            Self::ShipmentVerified => "shipment.verified",
            Self::ShipmentSuspicious => "shipment.suspicious",
            Self::ShipmentRejected => "shipment.rejected",
            Self::ShipmentUnverifiable => "shipment.unverifiable",
            Self::TrackingUpdated => "tracking.updated",
            Self::DeliveryVerified => "delivery.verified",
            Self::ProtectionStarted => "order.protection_started",
            Self::ProtectionEnding => "order.protection_ending",
            Self::ProtectionExtended => "order.protection_extended",
            Self::ProtectionExpired => "order.protection_expired",
            Self::Completed => "order.completed",
            Self::FundsReleased => "order.funds_released",
            Self::CancelRequested => "order.cancel_requested",
            Self::Cancelled => "order.cancelled",
            Self::OverdueShipment => "order.overdue_shipment",
            Self::DisputeOpened => "dispute.opened",
            Self::DisputeModified => "dispute.modified",
            Self::DisputeAccepted => "dispute.accepted",
            Self::DisputeRejected => "dispute.rejected",
            Self::DisputeExecuted => "dispute.executed",
            Self::DisputeSubmitted => "dispute.submitted",
            Self::EvidenceRequested => "dispute.evidence_requested",
            Self::EvidenceSubmitted => "dispute.evidence_submitted",
            Self::DisputeRuled => "dispute.ruled",
            Self::DisputeCancelled => "dispute.cancelled",
            Self::SellerRestricted => "seller.restricted",
            Self::SellerUnrestricted => "seller.unrestricted",
            Self::SellerPenalized => "seller.penalized",
        }
    }
}

/// An event that happened to an order at a time, with the rule that made it where one did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Happening {
    /// What happened.
    #[serde(rename = "type")]
    pub kind: EventType,
    /// When, as of the rules: a timer's due time, not the time at which it was looked at.
    pub at: Timestamp,
    /// The id of the rule that made it, e.g. `protection.expiry`.
    pub rule: Option<String>,
    /// The particulars.
    pub data: Map<String, Value>,
}
