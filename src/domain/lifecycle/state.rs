//! An order's state as the rules see it.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::cancellation::Cancellation;
use super::dispute::Dispute;
use super::parcel::Parcel;
use crate::domain::calendar::{days, shifted};
use crate::domain::money::Money;
use crate::domain::order::Order;
use crate::domain::rules::Rules;

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Paid; the seller has not confirmed the last part.
    AwaitingShipment,
    /// The promised delivery period and its extensions run.
    Protected,
    /// A delivery is verified; the buyer has time to confirm or dispute.
    AwaitingReceipt,
    /// Over for the buyer; the funds are held a while yet.
    Completed,
    /// The funds are with the seller. The end.
    Released,
    /// Cancelled before it was shipped; the buyer has everything back. The end.
    Cancelled,
    /// A dispute decided where the money went. The end.
    Settled,
}

impl Phase {
    /// Every phase.
    pub const ALL: [Self; 7] = [
        Self::AwaitingShipment,
        Self::Protected,
        Self::AwaitingReceipt,
        Self::Completed,
        Self::Released,
        Self::Cancelled,
        Self::Settled,
    ];

    /// Whether nothing follows any more.
    pub fn is_end(self) -> bool {
        matches!(self, Self::Released | Self::Cancelled | Self::Settled)
    }

    /// The phase as it is written in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AwaitingShipment => "awaiting_shipment",
            Self::Protected => "protected",
            Self::AwaitingReceipt => "awaiting_receipt",
            Self::Completed => "completed",
            Self::Released => "released",
            Self::Cancelled => "cancelled",
            Self::Settled => "settled",
        }
    }
}

/// An order's state. Changed only by [`super::step`] and [`super::fire_due`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderState {
    /// Where it stands.
    pub phase: Phase,
    /// The version of the rules that it began under.
    pub rules: String,
    /// Whether `order.overdue_shipment` has been told.
    pub overdue_told: bool,
    /// Whether the buyer asked to cancel, and what the seller said.
    #[serde(default)]
    pub cancellation: Cancellation,
    /// Whether a part was shipped.
    #[serde(default)]
    pub part_shipped: bool,
    /// When the shipment of the last part was confirmed.
    pub confirmed_at: Option<Timestamp>,
    /// When the promised delivery period ends, extensions left out.
    #[serde(default)]
    pub delivery_due_at: Option<Timestamp>,
    /// When protection ends, extensions included; while a dispute is open, when it would have without it.
    pub protection_ends_at: Option<Timestamp>,
    /// When that end was set: no warning of it comes before.
    #[serde(default)]
    pub end_set_at: Option<Timestamp>,
    /// How often protection was extended by itself.
    #[serde(default)]
    pub extensions: u32,
    /// Whether the warning before the end has been told.
    pub ending_told: bool,
    /// What the official sources show.
    #[serde(default)]
    pub parcel: Parcel,
    /// Whether the seller owes a shipment once more, after a dispute.
    #[serde(default)]
    pub goods_due_again: bool,
    /// When the verified delivery happened.
    pub delivered_at: Option<Timestamp>,
    /// Until when the buyer may confirm or dispute after a verified delivery; stands still like protection.
    pub receipt_due_at: Option<Timestamp>,
    /// When the order completed.
    pub completed_at: Option<Timestamp>,
    /// When the funds are released.
    pub release_due_at: Option<Timestamp>,
    /// The open dispute.
    #[serde(default)]
    pub dispute: Option<Dispute>,
    /// How many disputes were filed.
    #[serde(default)]
    pub disputes: u32,
    /// What the buyer got back.
    #[serde(default)]
    pub refunded: Option<Money>,
    /// What the seller got.
    #[serde(default)]
    pub released: Option<Money>,
}

impl OrderState {
    /// A paid order, nothing shipped.
    pub fn begin(_order: &Order, rules: &Rules) -> Self {
        Self {
            phase: Phase::AwaitingShipment,
            rules: rules.version.clone(),
            overdue_told: false,
            cancellation: Cancellation::None,
            part_shipped: false,
            confirmed_at: None,
            delivery_due_at: None,
            protection_ends_at: None,
            end_set_at: None,
            extensions: 0,
            ending_told: false,
            parcel: Parcel::default(),
            goods_due_again: false,
            delivered_at: None,
            receipt_due_at: None,
            completed_at: None,
            release_due_at: None,
            dispute: None,
            disputes: 0,
            refunded: None,
            released: None,
        }
    }
}

/// What was promised, and the rules that hold.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms<'a> {
    /// The order.
    pub order: &'a Order,
    /// The rules that it began under.
    pub rules: &'a Rules,
}

impl Terms<'_> {
    /// Days in which the seller promised to ship.
    pub fn handling_days(&self) -> u32 {
        self.order.handling_days.unwrap_or(self.rules.handling_days)
    }

    /// When the shipment is overdue.
    pub fn shipment_due(&self) -> Timestamp {
        shifted(self.order.paid_at, days(self.handling_days()))
    }

    /// The promised delivery period.
    pub fn delivery(&self) -> SignedDuration {
        days(self.order.delivery_days.unwrap_or(self.rules.delivery_days))
    }

    /// From when on the buyer may dispute, by which rule.
    pub fn disputes_open(&self, shipped: Timestamp) -> (Timestamp, &'static str) {
        use crate::domain::rules::id;
        if self.handling_days() <= self.rules.at_once_handling_days {
            (shipped, id::OPEN_AT_ONCE)
        } else {
            (shifted(shipped, self.rules.open_after), id::OPEN_AFTER)
        }
    }
}
