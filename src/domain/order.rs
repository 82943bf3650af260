//! An order as the order system tells it: who, what for, from where, to where, and what was promised.

use jiff::Timestamp;
use jiff::tz::Offset;
use serde::{Deserialize, Serialize};
use waygate_carriers::contract::Country;

use super::money::Money;

/// Longest text in an order's fields, in bytes.
pub const TEXT_BYTES_MAX: usize = 256;
/// Longest promise in days.
pub const DAYS_MAX: u32 = 365;

/// Years in which anything that an order tells can have happened, the last one not included. Times outside are mistakes,
/// and arithmetic near the calendar's ends has no answer.
pub const YEARS: std::ops::Range<i16> = 2000..2100;

/// Why an order's field was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {rule}")]
pub struct InvalidField {
    /// The field, as a path.
    pub field: &'static str,
    /// What it must be.
    pub rule: String,
}

/// The shipping method that the buyer chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the names say it
pub enum ShippingMethod {
    Standard,
    Express,
    OnlineDelivery,
    SmallParcel,
}

/// An address as far as the order system tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// ISO 3166-1 alpha-2.
    pub country: Country,
    /// State or province.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Town.
    #[serde(default)]
    pub city: Option<String>,
    /// Postal code.
    #[serde(default)]
    pub postal_code: Option<String>,
}

/// An order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The order system's own id.
    pub id: String,
    /// The seller's id.
    #[serde(default)]
    pub seller: Option<String>,
    /// The buyer's id.
    #[serde(default)]
    pub buyer: Option<String>,
    /// When the buyer paid.
    pub paid_at: Timestamp,
    /// Days in which the seller promised to ship, from payment.
    #[serde(default)]
    pub handling_days: Option<u32>,
    /// Days of the promised delivery period, from confirmation of shipment.
    #[serde(default)]
    pub delivery_days: Option<u32>,
    /// What the buyer paid.
    #[serde(default)]
    pub amount: Option<Money>,
    /// The shipping method that the buyer chose.
    #[serde(default)]
    pub method: Option<ShippingMethod>,
    /// What the goods should weigh, in grams.
    #[serde(default)]
    pub expected_weight_grams: Option<u32>,
    /// Where the seller promised to ship from.
    #[serde(default)]
    pub ship_from: Option<Address>,
    /// Where the goods must go.
    pub ship_to: Address,
}

impl Order {
    /// Refuses ids and texts that are empty, too long or not printable, times outside [`YEARS`], and promises outside 0
    /// to 365 days.
    pub fn validate(&self) -> Result<(), InvalidField> {
        check_text("id", &self.id)?;
        check_time("paid_at", self.paid_at)?;
        let texts = [
            ("seller", self.seller.as_ref()),
            ("buyer", self.buyer.as_ref()),
            ("ship_to.city", self.ship_to.city.as_ref()),
            ("ship_to.region", self.ship_to.region.as_ref()),
            ("ship_to.postal_code", self.ship_to.postal_code.as_ref()),
            ("ship_from.city", self.ship_from.as_ref().and_then(|a| a.city.as_ref())),
            ("ship_from.region", self.ship_from.as_ref().and_then(|a| a.region.as_ref())),
            ("ship_from.postal_code", self.ship_from.as_ref().and_then(|a| a.postal_code.as_ref())),
        ];
        for (field, text) in texts {
            if let Some(text) = text {
                check_text(field, text)?;
            }
        }
        for (field, days) in [("handling_days", self.handling_days), ("delivery_days", self.delivery_days)] {
            if days.is_some_and(|d| d > DAYS_MAX) {
                return Err(InvalidField { field, rule: format!("at most {DAYS_MAX} days") });
            }
        }
        Ok(())
    }
}

/// A time that people gave: within [`YEARS`].
pub fn check_time(field: &'static str, at: Timestamp) -> Result<(), InvalidField> {
    if YEARS.contains(&Offset::UTC.to_datetime(at).year()) {
        Ok(())
    } else {
        let rule = format!("from {}-01-01 to before {}-01-01", YEARS.start, YEARS.end);
        Err(InvalidField { field, rule })
    }
}

/// A text that people wrote: not empty, not too long, no control characters.
pub fn check_text(field: &'static str, text: &str) -> Result<(), InvalidField> {
    if text.trim().is_empty() {
        Err(InvalidField { field, rule: "must not be empty".to_owned() })
    } else if text.len() > TEXT_BYTES_MAX {
        Err(InvalidField { field, rule: format!("at most {TEXT_BYTES_MAX} bytes") })
    } else if text.chars().any(char::is_control) {
        Err(InvalidField { field, rule: "no control characters".to_owned() })
    } else {
        Ok(())
    }
}
