//! Whether a place that a source prints is the order's destination, as far as both tell.

use waygate_carriers::contract::{Country, Place};

use crate::domain::order::Address;
use crate::domain::policy::{Policy, Territory};

/// How a place compares with a destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Likeness {
    /// The same country.
    Same,
    /// Another code that names the same place.
    SameByTerritory,
    /// Somewhere else.
    Different,
    /// The place names no country.
    Unclear,
}

/// Compares a place where a parcel ends, or is bound for, with a destination.
pub fn compare(policy: &Policy, to: &Address, place: &Place) -> Likeness {
    let Some(country) = place.country else { return Likeness::Unclear };
    let Some(territory) = policy.territory_of(to.country) else {
        return if country == to.country { Likeness::Same } else { Likeness::Different };
    };
    if policy.territory_of(country) != Some(territory) {
        return Likeness::Different;
    }
    let same_code = country == to.country;
    let wanted = locate(territory, to.country, to.region.as_deref(), to.postal_code.as_deref());
    let found = locate(territory, country, place.region.as_deref(), place.postal_code.as_deref());
    let alike = match (wanted, found) {
        (Some(wanted), Some(found)) => wanted == found,
        // Nothing but the town can tell whether the country's code means the part.
        _ => same_code || !is_other_town(to, place),
    };
    match (alike, same_code) {
        (false, _) => Likeness::Different,
        (true, true) => Likeness::Same,
        (true, false) => Likeness::SameByTerritory,
    }
}

/// The part of a territory that an address lies in, or the country itself; `None` where its code alone is known.
fn locate(
    territory: &Territory,
    country: Country,
    region: Option<&str>,
    postal_code: Option<&str>,
) -> Option<Country> {
    if country != territory.country {
        return Some(country);
    }
    let postal = postal_code.map(plain).filter(|p| !p.is_empty());
    let region = region.map(words).filter(|r| !r.is_empty());
    let by_postal = |postal: &String| {
        territory.parts.iter().find(|part| part.postal.iter().any(|beginning| postal.starts_with(beginning)))
    };
    let by_region =
        |region: &String| territory.parts.iter().find(|part| part.regions.iter().any(|name| name == region));
    let part = postal.as_ref().and_then(by_postal).or_else(|| region.as_ref().and_then(by_region));
    match part {
        Some(part) => Some(part.code),
        None => (postal.is_some() || region.is_some()).then_some(territory.country),
    }
}

/// Whether both name a town, and not the same.
fn is_other_town(to: &Address, place: &Place) -> bool {
    match (&to.city, &place.city) {
        (Some(wanted), Some(found)) => words(wanted) != words(found),
        _ => false,
    }
}

/// Whether postal codes, or else towns, are the same.
pub fn is_same_town(to: &Address, place: &Place) -> bool {
    match (&to.postal_code, &place.postal_code) {
        (Some(wanted), Some(found)) => {
            let (wanted, found) = (plain(wanted), plain(found));
            !wanted.is_empty()
                && !found.is_empty()
                && (wanted.starts_with(&found) || found.starts_with(&wanted))
        }
        _ => matches!((&to.city, &place.city), (Some(wanted), Some(found)) if words(wanted) == words(found)),
    }
}

/// Characters of a postal code that name an area.
const AREA_CHARS: usize = 3;

/// Whether two postal codes begin alike or next to each other, as a counter round the corner may have them. Where one
/// of them is not known nothing says that they are apart.
pub fn is_near(to: &Address, place: &Place) -> bool {
    let area = |code: &Option<String>| -> Option<String> {
        code.as_deref()
            .map(|c| plain(c).chars().take(AREA_CHARS).collect())
            .filter(|c: &String| !c.is_empty())
    };
    let (Some(wanted), Some(found)) = (area(&to.postal_code), area(&place.postal_code)) else { return true };
    let next = match (wanted.parse::<u16>(), found.parse::<u16>()) {
        (Ok(wanted), Ok(found)) => wanted.abs_diff(found) <= 1,
        _ => false,
    };
    next || wanted.starts_with(&found) || found.starts_with(&wanted)
}

/// Whether an address is a military post.
pub fn is_military(policy: &Policy, to: &Address) -> bool {
    let military = &policy.military;
    let is_in =
        |list: &[String], text: &Option<String>| text.as_deref().is_some_and(|t| list.contains(&words(t)));
    let by_postal = || {
        let postal = to.postal_code.as_deref().map(plain).unwrap_or_default();
        military.postal.iter().any(|beginning| postal.starts_with(beginning))
    };
    to.country == military.country
        && (is_in(&military.regions, &to.region) || is_in(&military.cities, &to.city) || by_postal())
}

/// Letters and digits, in capitals.
fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect()
}

/// Words in capitals, one space between them.
fn words(text: &str) -> String {
    let spaced: String = text
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { ' ' })
        .flat_map(char::to_uppercase)
        .collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn address(country: &str, city: &str, postal_code: &str) -> Address {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Address {
            country: Country::new(country).unwrap(),
            region: None,
            city: some(city),
            postal_code: some(postal_code),
        }
    }

    fn place(country: &str, city: &str, region: &str, postal_code: &str) -> Place {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Place {
            country: Country::new(country).ok(),
            city: some(city),
            region: some(region),
            postal_code: some(postal_code),
        }
    }

    #[test]
    fn codes_that_name_one_place() {
        use Likeness::{Different, Same, SameByTerritory, Unclear};
        let san_juan = address("PR", "San Juan", "00901");
        let puerto_rico = address("PR", "", "");
        let oakland = address("US", "Oakland", "94607");
        let saint_denis = address("FR", "Saint-Denis", "97400");
        let shanghai = address("CN", "Shanghai", "");
        let rows = [
            (&san_juan, place("US", "SAN JUAN", "", "00901"), SameByTerritory),
            (&san_juan, place("PR", "", "", ""), Same),
            (&san_juan, place("US", "", "", ""), SameByTerritory),
            (&san_juan, place("US", "New York", "NY", "10001"), Different),
            (&san_juan, place("US", "New York", "", ""), Different),
            (&puerto_rico, place("US", "New York", "NY", ""), Different),
            (&puerto_rico, place("US", "", "PR", ""), SameByTerritory),
            (&oakland, place("US", "Oakland", "CA", "94607"), Same),
            (&oakland, place("PR", "San Juan", "", "00901"), Different),
            (&oakland, place("US", "San Juan", "", "00901"), Different),
            (&oakland, place("", "Oakland", "", ""), Unclear),
            (&address("GU", "", ""), place("PR", "", "", ""), Different),
            (&saint_denis, place("RE", "", "", ""), SameByTerritory),
            (&address("JE", "", "JE2 3AB"), place("GB", "", "", "JE2"), SameByTerritory),
            (&shanghai, place("HK", "", "", ""), Different),
            (&shanghai, place("CN", "", "", ""), Same),
        ];
        for (to, place, likeness) in rows {
            assert_eq!(compare(Policy::current(), to, &place), likeness, "{to:?} and {place:?}");
        }
    }

    #[test]
    fn military_posts_are_told_by_region_town_or_postal_code() {
        let policy = Policy::current();
        assert!(is_military(policy, &address("US", "APO", "")));
        assert!(is_military(policy, &address("US", "", "09012")));
        assert!(is_military(policy, &address("US", "", "96350")));
        assert!(is_military(policy, &Address { region: Some("ae".to_owned()), ..address("US", "", "") }));
        assert!(!is_military(policy, &address("US", "Oakland", "94607")));
        assert!(!is_military(policy, &address("DE", "Berlin", "09012")));
    }
}
