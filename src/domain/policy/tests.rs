//! The policy's numbers as the readings of verdicts state them, and what a wrong file is told.

use super::*;
use crate::domain::calendar::days;

const TEXT: &str = include_str!("../../../config/policies/2026-11.toml");

fn country(code: &str) -> Country {
    Country::new(code).unwrap()
}

fn refused(from: &str, to: &str) -> String {
    assert!(TEXT.contains(from), "the file has changed: {from}");
    Policy::read(&TEXT.replacen(from, to, 1)).unwrap_err().to_string()
}

#[test]
fn the_numbers_are_those_of_the_readings() {
    let policy = Policy::current();
    assert_eq!(policy.id, "2026-11");
    assert_eq!(policy.not_found_grace, SignedDuration::from_hours(24));
    assert_eq!(policy.not_found_business_days, 5);
    assert_eq!(policy.label_only_pending, days(7));
    assert_eq!(policy.label_only_rejected, days(30));
    assert_eq!(policy.scan_before_payment, SignedDuration::from_hours(24));
    assert_eq!(policy.label_before_payment, SignedDuration::from_hours(72));
    assert_eq!(policy.epoch_gap, days(60));
    assert_eq!(policy.journey_correction, SignedDuration::from_hours(12));
    assert_eq!((policy.weight_low_percent, policy.weight_high_percent), (50, 200));
    assert_eq!(policy.weight_least_grams, 50);
    assert_eq!(policy.sources_behind, days(3));
    assert_eq!(policy.seller_claims, 20);
    assert_eq!((policy.seller_note_percent, policy.seller_suspicion_percent), (5, 10));
}

#[test]
fn a_version_is_found_by_its_id() {
    assert!(Policy::built_in("2026-11").is_some());
    assert!(Policy::built_in("2026").is_none());
    assert!(Policy::built_in("").is_none());
}

#[test]
fn the_higher_tier_begins_at_750_dollars() {
    let holds = |text: &str| Policy::current().high_value.holds(&text.parse().unwrap());
    assert_eq!(holds("749.99 USD"), Some(false));
    assert_eq!(holds("750 USD"), Some(true));
    assert_eq!(holds("750.00 USD"), Some(true));
    assert_eq!(holds("750.00 XXX"), None);
}

#[test]
fn territories_are_those_of_the_readings() {
    let rows = [
        ("US", "PR GU VI AS MP UM"),
        ("GB", "JE GG IM"),
        ("FR", "RE GP MQ GF YT PM BL MF WF PF NC"),
        ("FI", "AX"),
        ("NO", "SJ"),
        ("DK", "FO GL"),
        ("NL", "AW CW SX BQ"),
        ("ES", "IC"),
    ];
    assert_eq!(Policy::current().territories.len(), rows.len());
    for (whole, parts) in rows {
        let territory = Policy::current().territory_of(country(whole)).unwrap();
        let mut expected: Vec<Country> = parts.split(' ').map(country).collect();
        let mut found: Vec<Country> = territory.parts.iter().map(|p| p.code).collect();
        expected.sort();
        found.sort();
        assert_eq!(found, expected, "{whole}");
    }
    assert!(Policy::current().territory_of(country("HK")).is_none(), "on the way only");
}

#[test]
fn a_wrong_row_is_named() {
    assert!(refused("hours = 24", "hours = 0").contains("`not-found.grace`"));
    assert!(refused("hours = 24", "minutes = 24").contains("minutes"), "unknown unit");
    assert!(refused("business_days = 5", "days = 5").contains("`not-found.deadline` needs `business_days`"));
    assert!(refused("id = \"epoch.gap\"", "id = \"epoch.gape\"").contains("`epoch.gap` is missing"));
    assert!(refused("id = \"epoch.gap\"", "id = \"not-found.grace\"").contains("stands twice"));
    assert!(refused("days = 30", "days = 7").contains("longer than"));
    assert!(refused("USD = \"750\"", "USD = \"many\"").contains("`USD`"));
    assert!(refused("percent = 200", "percent = 50").contains("`weight.high` must be more"));
    assert!(refused("percent = 50", "grams = 50").contains("`weight.low` needs `percent`"));
    assert!(refused("percent = 50", "percent = 50\ngrams = 50").contains("`weight.low` needs `percent`"));
    assert!(refused("code = \"PR\"", "code = \"GB\"").contains("`GB` stands twice"));
    assert!(refused("minutes = 240", "minutes = 0").contains("`not_found`"));
    assert!(refused("state = \"not_found\"", "state = \"customs\"").contains("[[look]]"));
    assert!(refused("\"ups\", \"fedex\"", "\"fedex\", \"fedex\"").contains("two rows for `in_transit`"));
    assert!(refused("after_days = 5", "after_days = 400").contains("`label_created`"));
}

#[test]
fn what_cannot_be_is_refused_with_its_row() {
    for (from, to, row) in [
        ("\"proof-of-delivery\"", "\"proof-of-delivry\"", "[tier.high] demands `proof-of-delivry`"),
        ("  \"channel\",\n", "  \"channel\",\n  \"channel\",\n", "[tier.standard] demands `channel` twice"),
        ("percent = 10\n", "percent = 101\n", "`seller-pattern.suspicion`"),
        (
            "business_days = 5",
            "business_days = 1",
            "`not-found.deadline` must be longer than `not-found.grace`",
        ),
        ("count = 3", "count = 1", "`seller-pattern.run`"),
        ("[\"MX\", \"US\"]", "[\"US\"]", "by_road [US]"),
        ("[\"MX\", \"US\"]", "[\"US\", \"US\"]", "by_road [US, US]"),
        ("chars = 3", "chars = 0", "[postal_area] chars"),
        ("HK = 0", "HK = 11", "[postal_area.countries] `HK`"),
        ("US = 5", "US = 0", "[postal_area.far_off] `US`"),
        ("[\"VIENNA\", \"WIEN\"]", "[\"VIENNA\"]", "[town] same [VIENNA]"),
        ("USD = \"750\"", "USD = \"0\"", "[high_value.from] `USD`"),
        ("[military]", "[millitary]", "millitary"),
        ("chars = 3", "chars = 3\nchar = 3", "char"),
    ] {
        let told = refused(from, to);
        assert!(told.contains(row), "{to}: {told}");
    }
}

#[test]
fn a_row_that_is_left_out_is_named() {
    let blocks: Vec<&str> = TEXT.split("\n[[threshold]]\n").skip(1).collect();
    assert_eq!(blocks.len(), Policy::current().thresholds.len());
    for block in blocks {
        let row = block.split("\n\n").next().unwrap();
        let id = row.split('"').nth(1).unwrap();
        let without = TEXT.replacen(&format!("\n[[threshold]]\n{row}"), "", 1);
        let told = Policy::read(&without).unwrap_err().to_string();
        assert!(told.contains(&format!("threshold `{id}` is missing")), "{id}: {told}");
    }
}
