//! Sums of money, each currency by itself: amounts of two currencies are never added.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};
use serde_json::json;

use super::money::Money;

/// Ten-thousandths of a currency's unit.
const UNIT: u128 = 10_000;

/// A sum for each currency.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sums(BTreeMap<String, u128>);

impl Sums {
    /// Adds an amount.
    pub fn add(&mut self, money: &Money) {
        *self.0.entry(money.currency().to_owned()).or_default() += u128::from(money.ten_thousandths());
    }

    /// Adds all of another.
    pub fn add_all(&mut self, other: &Self) {
        for (currency, sum) in &other.0 {
            *self.0.entry(currency.clone()).or_default() += sum;
        }
    }

    /// Whether nothing was added.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each currency with its sum, e.g. `USD`, `12.50`.
    pub fn each(&self) -> impl Iterator<Item = (&str, String)> {
        self.0.iter().map(|(currency, sum)| (currency.as_str(), amount(*sum)))
    }
}

/// Two decimals, more where there are more.
fn amount(sum: u128) -> String {
    let decimals = format!("{:04}", sum % UNIT);
    let more = decimals.trim_end_matches('0').len().max(2);
    format!("{}.{}", sum / UNIT, &decimals[..more])
}

/// As a list of amounts of money.
impl Serialize for Sums {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(
            self.each().map(|(currency, amount)| json!({"amount": amount, "currency": currency})),
        )
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn each_currency_is_summed_exactly_and_by_itself() {
        let mut sums = Sums::default();
        for text in ["0.10 USD", "0.20 USD", "1.0005 KWD", "7 JPY"] {
            sums.add(&text.parse().unwrap());
        }
        let mut twice = sums.clone();
        twice.add_all(&sums);
        let told: Vec<_> = twice.each().map(|(currency, amount)| format!("{amount} {currency}")).collect();
        assert_eq!(told, ["14.00 JPY", "2.001 KWD", "0.60 USD"]);
        assert_eq!(serde_json::to_value(&sums).unwrap()[2], json!({"amount": "0.30", "currency": "USD"}));
    }
}
