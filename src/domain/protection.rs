//! An order's clock: protection from confirmation of shipment to completion and release of funds.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Paid; the seller has not confirmed the shipment.
    AwaitingShipment,
    /// The promised delivery period runs.
    Protected,
    /// A delivery is verified; the buyer has time to confirm or dispute.
    AwaitingReceipt,
    /// Over for the buyer; the funds are held a while yet.
    Completed,
    /// The funds are with the seller.
    Released,
}

/// An order's state as the rules see it. Changed only by [`step`](super::protection).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderState {
    /// Where it stands.
    pub phase: Phase,
    /// The version of the rules that it began under.
    pub rules: String,
    /// Whether `order.overdue_shipment` has been told.
    pub overdue_told: bool,
    /// When the shipment of the last part was confirmed.
    pub confirmed_at: Option<Timestamp>,
    /// When protection ends.
    pub protection_ends_at: Option<Timestamp>,
    /// Whether the warning before the end has been told.
    pub ending_told: bool,
    /// When the verified delivery happened.
    pub delivered_at: Option<Timestamp>,
    /// Until when the buyer may confirm or dispute after a verified delivery.
    pub receipt_due_at: Option<Timestamp>,
    /// When the order completed.
    pub completed_at: Option<Timestamp>,
    /// When the funds are released.
    pub release_due_at: Option<Timestamp>,
}
