//! What an order's value demands: from which amount on it is in the higher tier, and which checks each tier must pass.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::PolicyError;
use crate::domain::money::Money;

/// What one tier demands.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// What it means.
    pub says: String,
    /// The checks that must pass, or not apply, before a claim is verified.
    pub mandatory: Vec<String>,
}

/// Both tiers.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tiers {
    /// Below the amounts of the higher tier.
    pub standard: Tier,
    /// From them on.
    pub high: Tier,
}

impl Tiers {
    /// Refuses an empty tier, and a higher one that demands less.
    pub(super) fn checked(self) -> Result<Self, PolicyError> {
        if self.standard.mandatory.is_empty() {
            return Err(PolicyError("[tier.standard] demands nothing".to_owned()));
        }
        match self.standard.mandatory.iter().find(|id| !self.high.mandatory.contains(id)) {
            Some(id) => {
                Err(PolicyError(format!("[tier.high] does not demand `{id}`, which [tier.standard] does")))
            }
            None => Ok(self),
        }
    }
}

/// How much an order must be worth to be judged more strictly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HighValue {
    /// What it means.
    pub says: String,
    from: BTreeMap<String, Money>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WireHighValue {
    says: String,
    from: BTreeMap<String, String>,
}

impl HighValue {
    pub(super) fn read(wire: WireHighValue) -> Result<Self, PolicyError> {
        let mut from = BTreeMap::new();
        for (currency, amount) in wire.from {
            let money = Money::new(&amount, &currency)
                .map_err(|e| PolicyError(format!("[high_value.from] `{currency}`: {e}")))?;
            from.insert(currency, money);
        }
        Ok(Self { says: wire.says, from })
    }

    /// A currency whose row holds nothing, where there is one.
    pub(super) fn free(&self) -> Option<&str> {
        self.from.iter().find(|(_, from)| from.is_zero()).map(|(currency, _)| currency.as_str())
    }

    /// Whether an amount is in the higher tier; `None` where the currency has no row.
    pub fn holds(&self, amount: &Money) -> Option<bool> {
        self.from.get(amount.currency()).map(|from| amount.ten_thousandths() >= from.ten_thousandths())
    }
}
