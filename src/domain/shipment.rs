//! A seller's claim that a number belongs to an order, and the other claims that the same number carries.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use waygate_carriers::contract::Country;

/// What the seller says: this number carries this order's goods.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The carrier that the seller named, as named: it may be one that nobody knows.
    pub carrier: String,
    /// The number.
    pub tracking_number: String,
    /// A page that the seller named as proof.
    #[serde(default)]
    pub tracking_url: Option<String>,
    /// When the seller confirmed the shipment; taken as `submitted_at` where absent.
    #[serde(default)]
    pub confirmed_at: Option<Timestamp>,
    /// When the number was given; taken as `confirmed_at`, else as the time of judging, where absent.
    #[serde(default)]
    pub submitted_at: Option<Timestamp>,
    /// The id of the order that it is combined with, when the seller declares one parcel for two orders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub combined_with: Option<String>,
    /// The id of the shipment whose number this one corrects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corrects: Option<String>,
    /// After what it was given, that it should have come before, as far as was known then.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub late: Vec<Late>,
}

/// After what a number was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Late {
    /// The handling time that was promised.
    AfterHandlingTime,
    /// The opening of a dispute.
    AfterDispute,
    /// The delivery, as the official source tells it.
    AfterDelivery,
}

impl Late {
    /// The word as it is written in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AfterHandlingTime => "after_handling_time",
            Self::AfterDispute => "after_dispute",
            Self::AfterDelivery => "after_delivery",
        }
    }
}

impl Claim {
    /// After what the number was given, with what the official source has told of the delivery since.
    pub fn lateness(&self, delivered_at: Option<Timestamp>) -> Vec<Late> {
        let mut late = self.late.clone();
        let is_after =
            self.submitted_at.zip(delivered_at).is_some_and(|(given, delivered)| given > delivered);
        if is_after && !late.contains(&Late::AfterDelivery) {
            late.push(Late::AfterDelivery);
        }
        late
    }

    /// When the number was given.
    pub fn given_at(&self, now: Timestamp) -> Timestamp {
        self.submitted_at.or(self.confirmed_at).unwrap_or(now)
    }

    /// When the shipment was confirmed.
    pub fn shipped_at(&self, now: Timestamp) -> Timestamp {
        self.confirmed_at.or(self.submitted_at).unwrap_or(now)
    }
}

/// Where another claim's order goes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherAddress {
    /// ISO 3166-1 alpha-2.
    #[serde(default)]
    pub country: Option<Country>,
}

/// Another order that names the same number; or another parcel of the same order, with a number of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherClaim {
    /// The other order's id.
    pub order: String,
    /// Its seller.
    #[serde(default)]
    pub seller: Option<String>,
    /// Its buyer.
    #[serde(default)]
    pub buyer: Option<String>,
    /// The carrier named there.
    #[serde(default)]
    pub carrier: Option<String>,
    /// The number.
    pub tracking_number: String,
    /// When it was given there.
    #[serde(default)]
    pub submitted_at: Option<Timestamp>,
    /// Where that order goes.
    #[serde(default)]
    pub ship_to: Option<OtherAddress>,
    /// The id of the order that it was declared combined with.
    #[serde(default)]
    pub combined_with: Option<String>,
    /// What its parcel weighs, where a source told it: of use where it is another parcel of the same order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight_grams: Option<u32>,
    /// The verdict that the other claim has, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<super::verdict::Outcome>,
}

/// How the seller's claims went so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SellerRecord {
    /// Claims judged.
    pub claims: u32,
    /// Of those, rejected or suspicious.
    pub failed: u32,
}
