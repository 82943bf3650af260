//! Country codes that name one place, places on the way, and military posts.

use std::collections::{BTreeMap, BTreeSet};

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

/// How much of a postal code names an area, in which a counter or a neighbour may be.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PostalAreas {
    /// What is meant.
    pub says: String,
    /// So many characters name an area,
    pub chars: usize,
    /// but other numbers in these countries; 0 where the whole country is near.
    pub countries: BTreeMap<Country, usize>,
    /// Countries where the letters at the beginning name it.
    pub letters: Vec<Country>,
    /// Countries where codes whose first digits are so far apart are far apart on the ground.
    pub far_off: BTreeMap<Country, u32>,
}

/// How towns' names are compared.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Towns {
    /// What is meant.
    pub says: String,
    /// Words for their abbreviations, in capitals.
    pub abbreviations: BTreeMap<String, String>,
    /// Names of one town, in capitals.
    pub same: Vec<Vec<String>>,
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
