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
        _ => same_code || !is_other_town(policy, to, place),
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

/// How near a postal code is to the order's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Nearness {
    /// The same, or one is the beginning of the other.
    Same,
    /// In the same area or the next, as a counter round the corner may be.
    Near,
    /// In another area.
    Elsewhere,
    /// So far that no counter explains it.
    FarOff,
}

/// Compares postal codes; `None` where one of them is not known.
pub fn nearness(policy: &Policy, to: &Address, place: &Place) -> Option<Nearness> {
    let code = |text: &Option<String>| text.as_deref().map(plain).filter(|c| !c.is_empty());
    let (wanted, found) = (code(&to.postal_code)?, code(&place.postal_code)?);
    if wanted.starts_with(&found) || found.starts_with(&wanted) {
        return Some(Nearness::Same);
    }
    let rows = &policy.postal_areas;
    let chars = rows.countries.get(&to.country).copied().unwrap_or(rows.chars);
    let area = |code: &str| -> String {
        if rows.letters.contains(&to.country) {
            code.chars().take_while(|c| c.is_alphabetic()).collect()
        } else {
            code.chars().take(chars).collect()
        }
    };
    let (wanted_area, found_area) = (area(&wanted), area(&found));
    let is_next = match (wanted_area.parse::<u16>(), found_area.parse::<u16>()) {
        (Ok(wanted), Ok(found)) => wanted.abs_diff(found) <= 1,
        _ => false,
    };
    if is_next || wanted_area.starts_with(&found_area) || found_area.starts_with(&wanted_area) {
        return Some(Nearness::Near);
    }
    let first = |code: &str| code.chars().next().and_then(|c| c.to_digit(10));
    let apart = rows.far_off.get(&to.country).zip(first(&wanted).zip(first(&found)));
    Some(match apart {
        Some((least, (a, b))) if a.abs_diff(b) >= *least => Nearness::FarOff,
        _ => Nearness::Elsewhere,
    })
}

/// Whether both name a town, and the same one; `None` where that cannot be told.
pub fn is_same_city(policy: &Policy, to: &Address, place: &Place) -> Option<bool> {
    let (wanted, found) = (town(policy, to.city.as_deref()?), town(policy, place.city.as_deref()?));
    let is_comparable = |name: &str| !name.is_empty() && name.is_ascii();
    if wanted == found {
        return (!wanted.is_empty()).then_some(true);
    }
    if !is_comparable(&wanted) || !is_comparable(&found) {
        return None; // written in other letters
    }
    let solid = |name: &str| name.replace(' ', "");
    let part_of = |long: &str, short: &str| format!(" {long} ").contains(&format!(" {short} "));
    let one_town = || {
        let is_in = |names: &&Vec<String>| {
            let has = |name: &str| names.iter().any(|n| n == name);
            has(&wanted) && has(&found)
        };
        policy.towns.same.iter().any(|names| is_in(&names))
    };
    Some(
        solid(&wanted) == solid(&found) || part_of(&wanted, &found) || part_of(&found, &wanted) || one_town(),
    )
}

/// Whether both name a region, and the same one in the same words.
pub fn is_same_region(to: &Address, place: &Place) -> bool {
    matches!((&to.region, &place.region), (Some(wanted), Some(found)) if words(wanted) == words(found))
}

/// Whether both name a town, and not the same.
fn is_other_town(policy: &Policy, to: &Address, place: &Place) -> bool {
    is_same_city(policy, to, place) == Some(false)
}

/// Whether postal codes, or else towns, are the same.
pub fn is_same_town(policy: &Policy, to: &Address, place: &Place) -> bool {
    match nearness(policy, to, place) {
        Some(nearness) => nearness == Nearness::Same,
        None => is_same_city(policy, to, place) == Some(true),
    }
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

/// A town's name as it is compared: in capitals, without accents, abbreviations spelt out.
fn town(policy: &Policy, name: &str) -> String {
    let folded: String = words(name).chars().flat_map(unaccented).collect();
    let spelt = |word: &str| policy.towns.abbreviations.get(word).cloned().unwrap_or_else(|| word.to_owned());
    let whole = folded.split(' ').map(spelt).collect::<Vec<_>>().join(" ");
    // Some print an umlaut as two letters.
    whole.replace("AE", "A").replace("OE", "O").replace("UE", "U")
}

/// A capital without its accent, as carriers print it.
fn unaccented(c: char) -> impl Iterator<Item = char> {
    let (first, second) = match c {
        'À'..='Å' | 'Ā' | 'Ă' | 'Ą' => ('A', None),
        'Æ' => ('A', Some('E')),
        'Ç' | 'Ć' | 'Ĉ' | 'Ċ' | 'Č' => ('C', None),
        'Ď' | 'Đ' | 'Ð' => ('D', None),
        'È'..='Ë' | 'Ē' | 'Ė' | 'Ę' | 'Ě' => ('E', None),
        'Ğ' | 'Ģ' => ('G', None),
        'Ì'..='Ï' | 'Ī' | 'Į' | 'İ' => ('I', None),
        'Ķ' => ('K', None),
        'Ĺ' | 'Ļ' | 'Ľ' | 'Ł' => ('L', None),
        'Ñ' | 'Ń' | 'Ņ' | 'Ň' => ('N', None),
        'Ò'..='Ö' | 'Ø' | 'Ō' | 'Ő' => ('O', None),
        'Œ' => ('O', Some('E')),
        'Ŕ' | 'Ř' => ('R', None),
        'Ś' | 'Ş' | 'Š' | 'Ș' => ('S', None),
        'ß' | 'ẞ' => ('S', Some('S')),
        'Ţ' | 'Ť' | 'Ț' => ('T', None),
        'Ù'..='Ü' | 'Ū' | 'Ů' | 'Ű' | 'Ų' => ('U', None),
        'Ý' | 'Ÿ' => ('Y', None),
        'Ź' | 'Ż' | 'Ž' => ('Z', None),
        other => (other, None),
    };
    std::iter::once(first).chain(second)
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
    fn towns_are_compared_as_people_write_them() {
        let same = |wanted: &str, found: &str| {
            is_same_city(Policy::current(), &address("US", wanted, ""), &place("US", found, "", ""))
        };
        for (wanted, found) in [
            ("Oakland", "OAKLAND"),
            ("São Paulo", "SAO PAULO"),
            ("St. Louis", "Saint Louis"),
            ("Köln", "KOELN"),
            ("Köln", "Cologne"),
            ("San Juan", "SANJUAN"),
            ("Paris", "PARIS 15"),
            ("San Francisco", "SAN FRANCISCO NDC"),
            ("Łódź", "Lodz"),
            ("Brooklyn", "NEW YORK"),
            ("Москва", "Москва"),
        ] {
            assert_eq!(same(wanted, found), Some(true), "{wanted} {found}");
            assert_eq!(same(found, wanted), Some(true), "{found} {wanted}");
        }
        assert_eq!(same("Oakland", "New York"), Some(false));
        assert_eq!(same("Oakland", "Москва"), None, "other letters cannot be compared");
        assert_eq!(same("", "Oakland"), None);
    }

    #[test]
    fn postal_codes_are_near_in_their_area_and_the_next() {
        use Nearness::{Elsewhere, FarOff, Near, Same};
        let rows = [
            ("US", "94607", "94607-1234", Some(Same)),
            ("US", "94607", "946", Some(Same)),
            ("US", "94607", "94699", Some(Near)),
            ("US", "94607", "94704", Some(Near)),
            ("US", "94607", "94801", Some(Elsewhere)),
            ("US", "94607", "10001", Some(FarOff)),
            ("US", "94607", "40001", Some(FarOff)),
            ("US", "94607", "50001", Some(Elsewhere)),
            ("GB", "N1 9GU", "N16 5AB", Some(Near)),
            ("GB", "SW1A 1AA", "SW1A", Some(Same)),
            ("GB", "SW1A 1AA", "M1 1AE", Some(Elsewhere)),
            ("CA", "M5V 2T6", "M5H 1A1", Some(Near)),
            ("CA", "M5V 2T6", "V5K 0A1", Some(Elsewhere)),
            ("NL", "1012 AB", "1105AZ", Some(Near)),
            ("NL", "1012 AB", "3011", Some(Elsewhere)),
            ("DE", "10115", "10999", Some(Near)),
            ("DE", "10115", "80331", Some(Elsewhere)),
            ("SG", "018956", "730001", Some(Near)),
            ("US", "94607", "", None),
            ("US", "", "94607", None),
        ];
        for (country, wanted, found, expected) in rows {
            let nearness =
                nearness(Policy::current(), &address(country, "", wanted), &place(country, "", "", found));
            assert_eq!(nearness, expected, "{country} {wanted} {found}");
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
