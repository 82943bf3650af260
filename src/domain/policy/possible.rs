//! What a policy's rows must be beside well formed: a draft that can never judge as it says is refused, row by row.

use std::collections::BTreeSet;

use super::{Policy, PolicyError};
use crate::domain::calendar::days;
use crate::domain::verdict::checks;

/// A share is a part of a hundred.
const PERCENT_MAX: u32 = 100;
/// Longest part of a postal code that can name an area, in characters.
const AREA_CHARS_MAX: usize = 10;
/// First digits of postal codes differ by at most so much.
const DIGITS_APART_MAX: u32 = 9;

fn wrong(message: String) -> Result<(), PolicyError> {
    Err(PolicyError(message))
}

/// Refuses what cannot be.
pub(super) fn validate(policy: &Policy) -> Result<(), PolicyError> {
    tiers(policy)?;
    thresholds(policy)?;
    tables(policy)
}

fn tiers(policy: &Policy) -> Result<(), PolicyError> {
    for (name, tier) in [("standard", &policy.tiers.standard), ("high", &policy.tiers.high)] {
        let mut seen = BTreeSet::new();
        for id in &tier.mandatory {
            if checks::ALL.iter().all(|(known, _)| known != id) {
                return wrong(format!("[tier.{name}] demands `{id}`, which is not a check"));
            }
            if !seen.insert(id) {
                return wrong(format!("[tier.{name}] demands `{id}` twice"));
            }
        }
    }
    Ok(())
}

fn thresholds(policy: &Policy) -> Result<(), PolicyError> {
    for (id, percent) in [
        ("seller-pattern.note", policy.seller_note_percent),
        ("seller-pattern.suspicion", policy.seller_suspicion_percent),
    ] {
        if percent > PERCENT_MAX {
            return wrong(format!("threshold `{id}` must be at most {PERCENT_MAX} percent"));
        }
    }
    // A weekend may lie between: business days are at least so many days of 24 hours.
    if policy.not_found_grace >= days(policy.not_found_business_days) {
        return wrong("`not-found.deadline` must be longer than `not-found.grace`".to_owned());
    }
    if policy.seller_run < 2 {
        return wrong("threshold `seller-pattern.run` must be at least 2: one number is no row".to_owned());
    }
    Ok(())
}

fn tables(policy: &Policy) -> Result<(), PolicyError> {
    for group in &policy.by_road {
        let countries: BTreeSet<_> = group.iter().collect();
        if group.len() < 2 || countries.len() < group.len() {
            let named: Vec<_> = group.iter().map(ToString::to_string).collect();
            let named = named.join(", ");
            return wrong(format!("by_road [{named}]: a group is two countries or more, each once"));
        }
    }
    let areas = &policy.postal_areas;
    if !(1..=AREA_CHARS_MAX).contains(&areas.chars) {
        return wrong(format!("[postal_area] chars must be 1 to {AREA_CHARS_MAX}"));
    }
    if let Some((country, _)) = areas.countries.iter().find(|(_, chars)| **chars > AREA_CHARS_MAX) {
        return wrong(format!("[postal_area.countries] `{country}` must be 0 to {AREA_CHARS_MAX}"));
    }
    if let Some((country, _)) =
        areas.far_off.iter().find(|(_, apart)| !(1..=DIGITS_APART_MAX).contains(*apart))
    {
        return wrong(format!("[postal_area.far_off] `{country}` must be 1 to {DIGITS_APART_MAX}"));
    }
    if let Some(group) = policy.towns.same.iter().find(|group| group.len() < 2) {
        return wrong(format!("[town] same [{}]: a town alone has no other name", group.join(", ")));
    }
    if let Some(currency) = policy.high_value.free() {
        return wrong(format!("[high_value.from] `{currency}` must be more than nothing"));
    }
    Ok(())
}
