//! An amount of money: decimal digits and a currency, never a float.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Why an amount was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not an amount of money: write digits, at most four decimals, and a currency of three capitals"
)]
pub struct MoneyError(String);

/// An amount that is not negative, e.g. 12.50 USD. Kept in ten-thousandths, so that sums are exact.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Wire", into = "Wire")]
pub struct Money {
    ten_thousandths: u64,
    decimals: u8,
    currency: [u8; 3],
}

/// Most decimals an amount may have.
const DECIMALS_MAX: u8 = 4;

#[derive(Serialize, Deserialize)]
struct Wire {
    amount: String,
    currency: String,
}

impl Money {
    /// Reads an amount such as `12.50` in a currency such as `USD`.
    pub fn new(amount: &str, currency: &str) -> Result<Self, MoneyError> {
        let wrong = || MoneyError(format!("{amount} {currency}").chars().take(64).collect());
        let (whole, fraction) = amount.split_once('.').unwrap_or((amount, ""));
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        let decimals = u8::try_from(fraction.len()).map_err(|_| wrong())?;
        let dangling = amount.contains('.') && fraction.is_empty();
        if whole.is_empty() || dangling || !digits(whole) || !digits(fraction) || decimals > DECIMALS_MAX {
            return Err(wrong());
        }
        let scale = 10_u64.pow(u32::from(DECIMALS_MAX - decimals));
        let ten_thousandths = format!("{whole}{fraction}")
            .parse::<u64>()
            .ok()
            .and_then(|n| n.checked_mul(scale))
            .ok_or_else(wrong)?;
        let currency: [u8; 3] = currency.as_bytes().try_into().map_err(|_| wrong())?;
        if !currency.iter().all(u8::is_ascii_uppercase) {
            return Err(wrong());
        }
        Ok(Self { ten_thousandths, decimals, currency })
    }

    /// The currency, three capitals of ISO 4217.
    pub fn currency(&self) -> &str {
        std::str::from_utf8(&self.currency).unwrap_or_default()
    }

    /// The amount in ten-thousandths of the currency's unit.
    pub fn ten_thousandths(&self) -> u64 {
        self.ten_thousandths
    }

    /// Whether it is nothing.
    pub fn is_zero(&self) -> bool {
        self.ten_thousandths == 0
    }

    /// What is left after a part is taken; nothing where the part is more or of another currency.
    pub fn minus(&self, part: &Self) -> Option<Self> {
        let ten_thousandths = self.ten_thousandths.checked_sub(part.ten_thousandths)?;
        let decimals = self.decimals.max(part.decimals);
        (self.currency == part.currency).then_some(Self {
            ten_thousandths,
            decimals,
            currency: self.currency,
        })
    }

    /// Nothing, in the same currency.
    #[must_use]
    pub fn none_of(&self) -> Self {
        Self { ten_thousandths: 0, decimals: self.decimals, currency: self.currency }
    }

    /// The amount as it was written, e.g. `12.50`.
    pub fn amount(&self) -> String {
        let unit = 10_u64.pow(u32::from(DECIMALS_MAX));
        let (whole, rest) = (self.ten_thousandths / unit, self.ten_thousandths % unit);
        let fraction = format!("{rest:04}");
        match self.decimals {
            0 => whole.to_string(),
            n => format!("{whole}.{}", &fraction[..usize::from(n)]),
        }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount(), self.currency())
    }
}

impl FromStr for Money {
    type Err = MoneyError;
    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let (amount, currency) =
            text.trim().split_once(' ').ok_or_else(|| MoneyError(text.chars().take(64).collect()))?;
        Self::new(amount, currency)
    }
}

impl TryFrom<Wire> for Money {
    type Error = MoneyError;
    fn try_from(wire: Wire) -> Result<Self, MoneyError> {
        Self::new(&wire.amount, &wire.currency)
    }
}

impl From<Money> for Wire {
    fn from(money: Money) -> Self {
        Self { amount: money.amount(), currency: money.currency().to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_kept_as_written() {
        for text in ["100.00 USD", "0.5 EUR", "7 JPY", "1.2345 KWD", "0.00 USD"] {
            assert_eq!(text.parse::<Money>().map(|m| m.to_string()), Ok(text.to_owned()));
        }
    }

    #[test]
    fn a_part_is_taken_exactly_or_not_at_all() {
        let money = |text: &str| text.parse::<Money>().ok();
        let less = |all: &str, part: &str| money(all)?.minus(&money(part)?).map(|m| m.to_string());
        assert_eq!(less("100.00 USD", "0.01 USD").as_deref(), Some("99.99 USD"));
        assert_eq!(less("100 USD", "0.005 USD").as_deref(), Some("99.995 USD"));
        assert_eq!(less("100 USD", "100.00 USD").as_deref(), Some("0.00 USD"));
        assert_eq!(less("100.00 USD", "100.01 USD"), None);
        assert_eq!(less("100.00 USD", "1.00 EUR"), None);
    }

    #[test]
    fn what_is_not_an_amount_is_refused() {
        for text in
            ["", "1", "1. USD", ".5 USD", "-1 USD", "1,00 USD", "1.23456 USD", "1 usd", "1 US", "1e3 USD"]
        {
            assert!(text.parse::<Money>().is_err(), "{text}");
        }
        assert!("99999999999999999999 USD".parse::<Money>().is_err(), "too large is refused, not wrapped");
    }
}
