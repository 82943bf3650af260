//! The rules of protection: numbers of days and their ids, as versioned data. An order is judged under the version
//! that it began under.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::calendar::days;

/// The ids of the rules, in the order in which timers of one instant fire.
pub mod id {
    /// A shipment that is not confirmed in time.
    pub const OVERDUE: &str = "shipment.overdue";
    /// Confirmation starts protection.
    pub const START: &str = "protection.start";
    /// The warning before the end.
    pub const WARNING: &str = "protection.warning";
    /// The end of protection.
    pub const EXPIRY: &str = "protection.expiry";
    /// The time to confirm after a verified delivery.
    pub const RECEIPT: &str = "delivery.receipt-period";
    /// Completion.
    pub const COMPLETION: &str = "order.completion";
    /// The funds go to the seller.
    pub const RELEASE: &str = "funds.release";
}

/// Every rule, and whether it has a number of days.
const KNOWN: [(&str, bool); 7] = [
    (id::OVERDUE, true),
    (id::START, true),
    (id::WARNING, true),
    (id::EXPIRY, false),
    (id::RECEIPT, true),
    (id::COMPLETION, false),
    (id::RELEASE, true),
];

/// The versions that are compiled in, oldest first.
const BUILT_IN: [&str; 1] = [include_str!("../../config/rules/protection.toml")];

/// Longest number of days in a rule.
const DAYS_MAX: u32 = 365;

/// Why a file of rules was refused; names the row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("rules: {0}")]
pub struct RulesError(String);

/// One rule as people read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its id, e.g. `protection.expiry`.
    pub id: String,
    /// What it says, in one sentence.
    pub says: String,
    /// Its number of days, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<u32>,
}

/// A version of the rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// The version, e.g. `2026-11`.
    pub version: String,
    /// From when on orders begin under it.
    pub applies_from: Timestamp,
    /// Every rule as it stands in the file.
    pub rows: Vec<Rule>,
    /// The handling time where none was promised, in days.
    pub handling_days: u32,
    /// The delivery period where none was promised, in days.
    pub delivery_days: u32,
    /// How long before the end of protection the warning comes.
    pub warning: SignedDuration,
    /// How long the buyer has after a verified delivery.
    pub receipt_period: SignedDuration,
    /// How long the funds are held after completion.
    pub release: SignedDuration,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    version: String,
    applies_from: Timestamp,
    rule: Vec<Rule>,
}

static RULES: LazyLock<Vec<Rules>> = LazyLock::new(|| {
    let read = |text: &&str| match Rules::read(text) {
        Ok(rules) => rules,
        Err(error) => panic!("a built-in file is wrong: {error}"),
    };
    BUILT_IN.iter().map(read).collect()
});

impl Rules {
    /// Every version that is compiled in, oldest first.
    pub fn all() -> &'static [Self] {
        &RULES
    }

    /// A version by its id.
    pub fn built_in(version: &str) -> Option<&'static Self> {
        RULES.iter().find(|r| r.version == version)
    }

    /// The newest version.
    pub fn current() -> &'static Self {
        &RULES[RULES.len() - 1]
    }

    /// Reads and checks a file of rules: every rule once, in its order, with days where it has some.
    pub fn read(text: &str) -> Result<Self, RulesError> {
        let wire: Wire = toml::from_str(text).map_err(|e| RulesError(e.to_string()))?;
        if wire.version.trim().is_empty() {
            return Err(RulesError("the version is empty".to_owned()));
        }
        let mut numbers = BTreeMap::new();
        for (position, (id, counts)) in KNOWN.iter().enumerate() {
            let Some(row) = wire.rule.get(position).filter(|row| row.id == *id) else {
                return Err(RulesError(format!("rule {} must be `{id}`", position + 1)));
            };
            if row.says.trim().is_empty() {
                return Err(RulesError(format!("`{id}` does not say what it means")));
            }
            match (row.days, counts) {
                (Some(n), true) if (1..=DAYS_MAX).contains(&n) => {
                    numbers.insert(*id, n);
                }
                (None, false) => {}
                (_, true) => return Err(RulesError(format!("`{id}` needs `days`, from 1 to {DAYS_MAX}"))),
                (_, false) => return Err(RulesError(format!("`{id}` has no number of days"))),
            }
        }
        if let Some(more) = wire.rule.get(KNOWN.len()) {
            return Err(RulesError(format!("`{}` stands twice or is not a rule that is known", more.id)));
        }
        Ok(Self {
            version: wire.version,
            applies_from: wire.applies_from,
            rows: wire.rule,
            handling_days: numbers[id::OVERDUE],
            delivery_days: numbers[id::START],
            warning: days(numbers[id::WARNING]),
            receipt_period: days(numbers[id::RECEIPT]),
            release: days(numbers[id::RELEASE]),
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const TEXT: &str = include_str!("../../config/rules/protection.toml");

    fn refused(from: &str, to: &str) -> String {
        assert!(TEXT.contains(from), "the file has changed: {from}");
        Rules::read(&TEXT.replacen(from, to, 1)).unwrap_err().to_string()
    }

    #[test]
    fn the_numbers_are_those_of_the_mission() {
        let rules = Rules::current();
        assert_eq!(rules.warning, days(5));
        assert_eq!(rules.receipt_period, days(15));
        assert_eq!(rules.release, days(15));
        assert_eq!(Rules::built_in(&rules.version), Some(rules));
        assert_eq!(Rules::built_in("2020-01"), None);
    }

    #[test]
    fn a_wrong_row_is_named() {
        assert!(
            refused("id = \"protection.warning\"", "id = \"protection.warn\"")
                .contains("`protection.warning`")
        );
        assert!(refused("days = 5", "days = 0").contains("`protection.warning` needs `days`"));
        assert!(refused("days = 5", "days = 366").contains("`protection.warning` needs `days`"));
        assert!(refused("days = 5", "hours = 5").contains("hours"));
        assert!(
            refused("verified delivery the order completes.\"", "x\"\ndays = 3")
                .contains("`protection.expiry`")
        );
        let more = format!("{TEXT}\n[[rule]]\nid = \"x\"\nsays = \"y\"\n");
        assert!(Rules::read(&more).unwrap_err().to_string().contains("`x`"));
    }
}
