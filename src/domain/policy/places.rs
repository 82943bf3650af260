//! Country codes that name one place, places on the way, and military posts.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use waygate_carriers::contract::Country;

use super::PolicyError;

/// A country whose parts have codes of their own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Territory {
    /// The country.
    pub country: Country,
    /// Its parts.
    pub parts: Vec<Part>,
}

/// A part of a country, with what tells it apart where a source prints the country's code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// The part's own code.
    pub code: Country,
    /// Names of the region, in capitals.
    pub regions: Vec<String>,
    /// Beginnings of its postal codes.
    pub postal: Vec<String>,
}

/// Places through which a country's parcels go without being their destination.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OnTheWay {
    /// The country of destination.
    pub country: Country,
    /// The places.
    pub places: Vec<Country>,
}

/// Military posts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Military {
    /// What is meant.
    pub says: String,
    /// The country that is the destination.
    pub country: Country,
    /// Regions, in capitals.
    pub regions: Vec<String>,
    /// Towns, in capitals.
    pub cities: Vec<String>,
    /// Beginnings of postal codes.
    pub postal: Vec<String>,
}

/// Each code stands once: a place is in one country.
pub(super) fn validate(territories: &[Territory], on_the_way: &[OnTheWay]) -> Result<(), PolicyError> {
    let mut seen = BTreeSet::new();
    for territory in territories {
        for code in std::iter::once(territory.country).chain(territory.parts.iter().map(|p| p.code)) {
            if !seen.insert(code) {
                return Err(PolicyError(format!("[[territory]] `{code}` stands twice")));
            }
        }
        if territory.parts.is_empty() {
            return Err(PolicyError(format!("[[territory]] `{}` has no parts", territory.country)));
        }
    }
    for row in on_the_way {
        if row.places.is_empty() || row.places.contains(&row.country) {
            return Err(PolicyError(format!("[[on_the_way]] `{}` needs other places", row.country)));
        }
    }
    Ok(())
}
