//! The thresholds of a policy on their way from its file: each is there once, with one length, and used.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::PolicyError;
use crate::domain::calendar::days;

/// Longest threshold, in days.
const THRESHOLD_DAYS_MAX: u32 = 365;
/// Largest number of another unit.
const NUMBER_MAX: u32 = 10_000;

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
    /// or in business days,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub business_days: Option<u32>,
    /// or its size in percent,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<u32>,
    /// or in grams,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grams: Option<u32>,
    /// or as a plain count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
}

impl Threshold {
    /// Its one unit and number.
    fn only(&self) -> Option<(&'static str, u32)> {
        let units = [
            ("hours", self.hours),
            ("days", self.days),
            ("business_days", self.business_days),
            ("percent", self.percent),
            ("grams", self.grams),
            ("count", self.count),
        ];
        let mut told = units.into_iter().filter_map(|(unit, number)| number.map(|n| (unit, n)));
        let only = told.next();
        only.filter(|_| told.next().is_none())
    }
}

/// All rows of a file, and those that nothing has asked for yet.
pub(super) struct Rows<'a> {
    rows: BTreeMap<&'a str, &'a Threshold>,
    left: BTreeSet<&'a str>,
}

impl<'a> Rows<'a> {
    pub(super) fn new(thresholds: &'a [Threshold]) -> Result<Self, PolicyError> {
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

    /// A length of time.
    pub(super) fn time(&mut self, id: &str) -> Result<SignedDuration, PolicyError> {
        let length = match self.get(id)?.only() {
            Some(("hours", n)) => SignedDuration::from_hours(i64::from(n)),
            Some(("days", n)) => days(n),
            _ => return Err(PolicyError(format!("threshold `{id}` needs either `hours` or `days`"))),
        };
        if length.is_zero() || length > days(THRESHOLD_DAYS_MAX) {
            return Err(PolicyError(format!("threshold `{id}` must be 1 hour to {THRESHOLD_DAYS_MAX} days")));
        }
        Ok(length)
    }

    /// A number of some other unit.
    pub(super) fn number(&mut self, id: &str, unit: &str) -> Result<u32, PolicyError> {
        let max = if unit == "business_days" { THRESHOLD_DAYS_MAX } else { NUMBER_MAX };
        match self.get(id)?.only() {
            Some((told, n)) if told == unit && (1..=max).contains(&n) => Ok(n),
            _ => Err(PolicyError(format!("threshold `{id}` needs `{unit}`, from 1 to {max}"))),
        }
    }

    /// Refuses a row that nothing asked for.
    pub(super) fn all_used(&self) -> Result<(), PolicyError> {
        match self.left.first() {
            None => Ok(()),
            Some(id) => Err(PolicyError(format!("threshold `{id}` is not one that is known"))),
        }
    }
}
