//! What becomes of an order: four stories that need weeks of the clock and nobody's hand but at their beginning.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// A story.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Plan {
    /// A number is given, and the buyer confirms receipt: completed at once, paid out fifteen days later.
    Received,
    /// A number is given that nobody knows: protection of a day ends, and the money goes out fifteen days later.
    Silent,
    /// No number is given: overdue after the handling time.
    Overdue,
    /// A number is given and the buyer files a dispute that nobody answers: executed after five days.
    Disputed,
}

const fn days(count: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * count)
}

/// `seller.rules`: so many days after completion the money goes out (docs/rules.md, funds.release).
pub const RELEASE: SignedDuration = days(15);
/// So many days after a dispute that nobody answers is filed it is executed (docs/rules.md, dispute.silence).
pub const SILENCE: SignedDuration = days(5);

impl Plan {
    /// The story of an order by its number.
    pub fn of(n: u64) -> Self {
        match n % 10 {
            0 | 3 | 6 => Self::Received,
            1 | 7 => Self::Disputed,
            2 | 8 => Self::Silent,
            _ => Self::Overdue,
        }
    }

    /// Whether a number is given for it.
    pub fn is_shipped(self) -> bool {
        self != Self::Overdue
    }

    /// What the seller promised for the handling.
    pub fn handling(self) -> SignedDuration {
        days(self.handling_days())
    }

    fn handling_days(self) -> i64 {
        match self {
            Self::Overdue => 1,
            Self::Disputed => 4,
            Self::Received | Self::Silent => 20,
        }
    }

    /// What the seller promised for the delivery.
    pub fn delivery(self) -> SignedDuration {
        days(self.delivery_days())
    }

    fn delivery_days(self) -> i64 {
        if self == Self::Silent { 1 } else { 30 }
    }

    /// An order with this story.
    pub fn order(self, id: &str, n: u64, paid_at: Timestamp) -> Value {
        json!({
            "id": id, "seller": format!("s-{}", n % 7), "buyer": format!("b-{n}"), "paid_at": paid_at.to_string(),
            "handling_days": self.handling_days(), "delivery_days": self.delivery_days(),
            "amount": {"amount": "40.00", "currency": "USD"}, "method": "standard", "ship_from": {"country": "DE"},
            "ship_to": {"country": "NL", "city": "Utrecht", "postal_code": "3511"},
        })
    }
}

/// The number of an order: DHL's ten digits, which are nine and what is left of them after division by seven.
pub fn number(n: u64) -> String {
    let nine = 331_000_000 + n;
    format!("{nine}{}", nine % 7)
}
