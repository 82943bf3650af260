//! The policy: thresholds and tables of the verdict, as versioned data. A verdict names the version that it was made
//! under, so every version that has judged stays compiled in.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use waygate_carriers::contract::Country;

use super::calendar::days;
use super::money::Money;

mod look;
mod places;

pub use look::{LookRow, LookState};
pub use places::{Military, OnTheWay, Part, Territory};

/// The versions that are compiled in, oldest first.
const BUILT_IN: [(&str, &str); 1] = [("2026-11", include_str!("../../config/policies/2026-11.toml"))];

/// Longest threshold, in days.
const THRESHOLD_DAYS_MAX: u32 = 365;

/// Why a policy was refused; names the row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("policy: {0}")]
pub struct PolicyError(pub(super) String);

/// One threshold as people read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Threshold {
    /// Its id, e.g. `not-found.grace`.
    pub id: String,
    /// What it means, in one sentence.
    pub says: String,
    /// Its length in hours,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<u32>,
    /// or in days of 24 hours,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<u32>,
    /// or in business days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub business_days: Option<u32>,
}

/// How much an order must be worth to be judged more strictly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HighValue {
    /// What it means.
    pub says: String,
    from: BTreeMap<String, Money>,
}

/// All that a verdict is made with beside the evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The version, e.g. `2026-11`.
    pub id: String,
    /// From when on it judges.
    pub applies_from: Timestamp,
    /// Every threshold as it stands in the file.
    pub thresholds: Vec<Threshold>,
    /// For so long a `not found` is no news.
    pub not_found_grace: SignedDuration,
    /// After so many business days a `not found` rejects.
    pub not_found_business_days: u32,
    /// For so long from confirmation a label alone stays pending.
    pub label_only_pending: SignedDuration,
    /// So long from confirmation a label alone is rejected.
    pub label_only_rejected: SignedDuration,
    /// How long before payment a physical scan may be.
    pub scan_before_payment: SignedDuration,
    /// How long before payment a label may be.
    pub label_before_payment: SignedDuration,
    /// Silence after a final status that separates two uses of a number.
    pub epoch_gap: SignedDuration,
    /// Country codes that name one place.
    pub territories: Vec<Territory>,
    /// Places on the way.
    pub on_the_way: Vec<OnTheWay>,
    /// Military posts.
    pub military: Military,
    /// The higher tier.
    pub high_value: HighValue,
    /// When to ask again.
    pub look: Vec<LookRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    id: String,
    applies_from: Timestamp,
    threshold: Vec<Threshold>,
    territory: Vec<Territory>,
    on_the_way: Vec<OnTheWay>,
    military: Military,
    high_value: WireHighValue,
    look: Vec<LookRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireHighValue {
    says: String,
    from: BTreeMap<String, String>,
}

static POLICIES: LazyLock<Vec<Policy>> = LazyLock::new(|| {
    let read = |(id, text): &(&str, &str)| match Policy::read(text) {
        Ok(policy) if policy.id == *id => policy,
        Ok(policy) => panic!("the built-in policy `{id}` calls itself `{}`", policy.id),
        Err(error) => panic!("the built-in policy `{id}` is wrong: {error}"),
    };
    BUILT_IN.iter().map(read).collect()
});

impl Policy {
    /// Every version that is compiled in, oldest first.
    pub fn all() -> &'static [Self] {
        &POLICIES
    }

    /// A version by its id.
    pub fn built_in(id: &str) -> Option<&'static Self> {
        POLICIES.iter().find(|p| p.id == id)
    }

    /// The newest version.
    pub fn current() -> &'static Self {
        &POLICIES[POLICIES.len() - 1]
    }

    /// Reads and checks a policy file.
    pub fn read(text: &str) -> Result<Self, PolicyError> {
        let wire: Wire = toml::from_str(text).map_err(|e| PolicyError(e.to_string()))?;
        if wire.id.trim().is_empty() {
            return Err(PolicyError("the id is empty".to_owned()));
        }
        let mut rows = Rows::new(&wire.threshold)?;
        let policy = Self {
            not_found_grace: rows.time("not-found.grace")?,
            not_found_business_days: rows.business_days("not-found.deadline")?,
            label_only_pending: rows.time("label-only.pending")?,
            label_only_rejected: rows.time("label-only.rejected")?,
            scan_before_payment: rows.time("scan-before-payment.tolerance")?,
            label_before_payment: rows.time("label-before-payment.tolerance")?,
            epoch_gap: rows.time("epoch.gap")?,
            high_value: HighValue::read(wire.high_value)?,
            id: wire.id,
            applies_from: wire.applies_from,
            thresholds: wire.threshold.clone(),
            territories: wire.territory,
            on_the_way: wire.on_the_way,
            military: wire.military,
            look: wire.look,
        };
        rows.all_used()?;
        if policy.label_only_pending >= policy.label_only_rejected {
            return Err(PolicyError(
                "`label-only.rejected` must be longer than `label-only.pending`".to_owned(),
            ));
        }
        places::validate(&policy.territories, &policy.on_the_way)?;
        look::validate(&policy.look)?;
        Ok(policy)
    }

    /// The territories' country and part that a code belongs to, where it is in the table.
    pub fn territory_of(&self, code: Country) -> Option<&Territory> {
        self.territories.iter().find(|t| t.country == code || t.parts.iter().any(|p| p.code == code))
    }
}

impl HighValue {
    fn read(wire: WireHighValue) -> Result<Self, PolicyError> {
        let mut from = BTreeMap::new();
        for (currency, amount) in wire.from {
            let money = Money::new(&amount, &currency)
                .map_err(|e| PolicyError(format!("[high_value.from] `{currency}`: {e}")))?;
            from.insert(currency, money);
        }
        Ok(Self { says: wire.says, from })
    }

    /// Whether an amount is in the higher tier; `None` where the currency has no row.
    pub fn holds(&self, amount: &Money) -> Option<bool> {
        self.from.get(amount.currency()).map(|from| amount.ten_thousandths() >= from.ten_thousandths())
    }
}

/// The thresholds on their way into the policy: each is there once, with one length, and used.
struct Rows<'a> {
    rows: BTreeMap<&'a str, &'a Threshold>,
    left: BTreeSet<&'a str>,
}

impl<'a> Rows<'a> {
    fn new(thresholds: &'a [Threshold]) -> Result<Self, PolicyError> {
        let mut rows = BTreeMap::new();
        for row in thresholds {
            if row.says.trim().is_empty() {
                return Err(PolicyError(format!("threshold `{}` does not say what it means", row.id)));
            }
            if rows.insert(row.id.as_str(), row).is_some() {
                return Err(PolicyError(format!("threshold `{}` stands twice", row.id)));
            }
        }
        let left = rows.keys().copied().collect();
        Ok(Self { rows, left })
    }

    fn get(&mut self, id: &str) -> Result<&'a Threshold, PolicyError> {
        self.left.remove(id);
        self.rows.get(id).copied().ok_or_else(|| PolicyError(format!("threshold `{id}` is missing")))
    }

    fn time(&mut self, id: &str) -> Result<SignedDuration, PolicyError> {
        let length = match self.get(id)? {
            Threshold { hours: Some(n), days: None, business_days: None, .. } => {
                SignedDuration::from_hours(i64::from(*n))
            }
            Threshold { hours: None, days: Some(n), business_days: None, .. } => days(*n),
            _ => return Err(PolicyError(format!("threshold `{id}` needs either `hours` or `days`"))),
        };
        if length.is_zero() || length > days(THRESHOLD_DAYS_MAX) {
            return Err(PolicyError(format!("threshold `{id}` must be 1 hour to {THRESHOLD_DAYS_MAX} days")));
        }
        Ok(length)
    }

    fn business_days(&mut self, id: &str) -> Result<u32, PolicyError> {
        match self.get(id)? {
            Threshold { hours: None, days: None, business_days: Some(n), .. }
                if (1..=THRESHOLD_DAYS_MAX).contains(n) =>
            {
                Ok(*n)
            }
            _ => Err(PolicyError(format!(
                "threshold `{id}` needs `business_days`, from 1 to {THRESHOLD_DAYS_MAX}"
            ))),
        }
    }

    fn all_used(&self) -> Result<(), PolicyError> {
        match self.left.first() {
            None => Ok(()),
            Some(id) => Err(PolicyError(format!("threshold `{id}` is not one that is known"))),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
