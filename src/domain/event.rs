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
    #[serde(rename = "order.protection_expired")]
    ProtectionExpired,
    #[serde(rename = "order.completed")]
    Completed,
    #[serde(rename = "order.funds_released")]
    FundsReleased,
    #[serde(rename = "order.overdue_shipment")]
    OverdueShipment,
}

impl EventType {
    /// All types, in the order of the contract.
    pub const ALL: [Self; 13] = [
        Self::ShipmentSubmitted,
        Self::ShipmentVerified,
        Self::ShipmentSuspicious,
        Self::ShipmentRejected,
        Self::ShipmentUnverifiable,
        Self::TrackingUpdated,
        Self::DeliveryVerified,
        Self::ProtectionStarted,
        Self::ProtectionEnding,
        Self::ProtectionExpired,
        Self::Completed,
        Self::FundsReleased,
        Self::OverdueShipment,
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
            Self::ProtectionExpired => "order.protection_expired",
            Self::Completed => "order.completed",
            Self::FundsReleased => "order.funds_released",
            Self::OverdueShipment => "order.overdue_shipment",
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
