//! What can happen to an order from outside, and what comes of it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::dispute::{Act, Filing};
use super::parcel::Parcel;
use super::state::OrderState;
use crate::domain::event::Happening;

/// What can happen to an order from outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Input {
    /// The seller confirms a shipment.
    ConfirmShipment {
        /// Whether it is the last part.
        all_goods: bool,
    },
    /// What the official sources show of the order's parcels, taken together, and the verdict on their numbers.
    Shown(Parcel),
    /// The seller extends protection.
    ExtendProtection {
        /// By so many days.
        days: u32,
    },
    /// The buyer has the goods.
    ConfirmReceipt,
    /// The buyer asks to cancel.
    RequestCancel,
    /// The seller agrees.
    AcceptCancel,
    /// The seller refuses.
    RefuseCancel,
    /// The buyer files a dispute.
    OpenDispute(Filing),
    /// Something happens in the open dispute.
    Dispute(Act),
    /// Nothing but time.
    Clock,
}

/// What a step means for the seller's standing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Signal {
    /// A dispute for goods not received was filed shortly before protection's end.
    ExpiringDispute,
    /// A ruling found the seller at fault.
    Fault,
    /// The order ended.
    Ended {
        /// Whether as a bad transaction.
        bad: bool,
    },
}

/// What came of an input.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The state after it.
    pub state: OrderState,
    /// What happened, in order of time.
    pub happenings: Vec<Happening>,
    /// What it means for the seller's standing, in the same order.
    pub signals: Vec<Signal>,
}

/// An input that the rules forbid. It changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why} ({rule})")]
pub struct Refused {
    /// The rule's id.
    pub rule: &'static str,
    /// Why, in words.
    pub why: String,
}

impl Refused {
    /// A refusal by a rule.
    pub fn new(rule: &'static str, why: impl Into<String>) -> Self {
        Self { rule, why: why.into() }
    }

    /// A refusal because the time has not come.
    pub(super) fn before(rule: &'static str, opens: Timestamp) -> Self {
        Self::new(rule, format!("possible from {opens} on"))
    }
}
