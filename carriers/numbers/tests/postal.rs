//! UPU S10: operators, kinds of items, and what has the shape but is no post's.

use super::*;

const SERIAL: &str = "473124829"; // check digit included

#[test]
fn every_member_of_the_union_resolves_to_its_operator() {
    let mut members = 0;
    for (country, operator) in registry().formats().operators() {
        let found = identify(&format!("RR{SERIAL}{country}"));
        let item = found.candidates.iter().find(|c| is_postal(&c.format));
        let item = item.unwrap_or_else(|| panic!("{country}: {:?}", found.problem));
        assert_eq!(item.operator.as_ref(), Some(&operator.operator));
        assert_eq!(item.origin_country, Some(country));
        assert_eq!(item.format, format!("{}.s10", item.carrier));
        members += usize::from(operator.member);
    }
    assert_eq!(members, 190);
}

#[test]
fn an_item_belongs_to_ems_or_to_the_post_of_its_origin() {
    let cases = [
        ("EE123456785CN", "ems", "China Post / China EMS", "CN"),
        ("EB000717618HK", "ems", "Hongkong Post", "HK"),
        ("RR473124829GB", "royal_mail", "Royal Mail", "GB"),
        ("LZ449705219CN", "china_post", "China Post / China EMS", "CN"),
        ("RM999605013CH", "swiss_post", "Swiss Post", "CH"),
        ("CL105844885JP", "japan_post", "Japan Post", "JP"),
        ("RZ030057180PH", "postal", "Philippine Postal Corporation (PHLPost)", "PH"),
        ("EE471108151FR", "ems", "La Poste", "FR"),
    ];
    for (number, carrier, operator, country) in cases {
        let best = best(number);
        assert_eq!(
            (best.carrier.as_str(), best.origin_country),
            (carrier, Country::new(country).ok()),
            "{number}"
        );
        if carrier != "postal" {
            assert_eq!(best.operator.as_deref(), Some(operator), "{number}");
        }
        assert!(best.operator.is_some());
        assert_eq!(best.check_digit, CheckDigit::Valid);
    }
}

#[test]
fn the_operators_own_page_is_given() {
    let page = |number| best(number).tracking_url.unwrap_or_default();
    assert_eq!(
        page("RR473124829GB"),
        "https://www.royalmail.com/track-your-item#/tracking-results/RR473124829GB"
    );
    assert_eq!(page("EC207920162US"), "https://tools.usps.com/go/TrackConfirmAction?tLabels=EC207920162US");
}

#[test]
fn an_unusual_indicator_is_a_doubt_and_no_refusal() {
    let usual = best("RR473124829GB").score;
    for (number, word) in [("TQ071537693GB", "reserve"), ("OS473124829BR", "gives to nothing")] {
        let found = best(number);
        assert!(found.score < usual, "{number}");
        assert!(found.reasons.iter().any(|r| r.contains(word)), "{number}: {:?}", found.reasons);
    }
}

#[test]
fn private_suffixes_are_no_post() {
    for (number, carrier) in [
        ("UG336196744YP", "yanwen"),
        ("AC550032883YN", "yanwen"),
        ("GE950540524WW", "tnt"),
        ("XW435801688JB", "chronopost"),
    ] {
        let found = identify(number).candidates;
        assert_eq!(found[0].carrier, id(carrier), "{number}");
        assert!(found.iter().all(|c| c.operator.is_none()), "{number}");
    }
    let private = problem("UA473124829YQ");
    assert_eq!(private.code, "unknown_format");
    assert!(private.hint.contains("`YQ`"), "{}", private.hint);
}

#[test]
fn tnt_stands_before_the_post_whose_country_its_number_ends_with() {
    let found = identify("GE971195415GB").candidates;
    let carriers: Vec<_> = found.iter().map(|c| c.carrier.as_str()).collect();
    assert_eq!(carriers, ["tnt", "royal_mail"]);
}

#[test]
fn a_wrong_check_digit_names_the_number_that_was_probably_meant() {
    let wrong = problem("RR473124828GB");
    assert_eq!(wrong.code, "check_digit_wrong");
    assert!(wrong.message.contains("Royal Mail"), "{}", wrong.message);
    assert!(wrong.hint.contains("if only the check digit was mistyped, RR473124829GB"), "{}", wrong.hint);
    let swapped = problem("RR431724829GB"); // 73 and 31 swapped: 7312 -> 3172
    assert!(swapped.hint.contains("RR"), "{}", swapped.hint);
    for (number, code) in [("EE123456789CA", "check_digit_wrong"), ("LX123456789DE", "check_digit_wrong")] {
        assert_eq!(problem(number).code, code, "{number}");
    }
}
