//! What people type and paste.

use super::*;

const UPS: &str = "1Z999AA10123456784";

#[test]
fn the_number_is_found_in_whatever_was_typed() {
    for input in [
        "1z 999-AA1 01 2345 6784",
        "  1Z999AA10123456784\n",
        "1Z999AA10123456784",
        "１Ｚ９９９ＡＡ１０１２３４５６７８４",
        "1Z999\u{200b}AA1\u{feff}0123456784",
        "1Z999АА10123456784", // two Cyrillic А
        "1Z.999.AA1.0123.456.784",
        "1Z\u{2011}999\u{a0}AA10123456784",
        "UPS: 1Z999AA10123456784",
        "Tracking number 1Z999AA10123456784, thank you!",
        "Shipped with UPS 1Z 999 AA1 01 2345 6784 on Monday",
        "call 4155551234 about 1Z999AA10123456784 please",
        "单号：1Z999AA10123456784",
        "*1Z999AA10123456784*",
        "1Z999AA10123456784 1Z999AA10123456784",
        "https://www.ups.com/track?loc=en_US&tracknum=1Z999AA10123456784&requester=WT/trackdetails",
        "https://wwwapps.ups.com/WebTracking/track?track=yes&trackNums=1z999aa10123456784",
        "www.ups.com/track/1Z999AA10123456784/",
        "see https://example.com/a%20b#/t/1Z999AA10123456784?x=1",
        "https://example.com/?n=1Z%20999%20AA1%2001%202345%206784",
        "see www.ups.com for 1Z999AA10123456784",
        "1Z999AA10123456784 https://www.ups.com/track?tracknum=1Z999AA10123456784",
    ] {
        let answer = identify(input);
        assert_eq!(answer.normalized, UPS, "{input}: {:?}", answer.problem);
        assert_eq!(answer.candidates[0].format, "ups.1z", "{input}");
        assert_eq!(answer.problem, None);
        assert_eq!(answer.changes.is_empty(), input == UPS, "{input}: {:?}", answer.changes);
        assert_eq!(answer.input, input);
    }
}

#[test]
fn grouped_digits_are_one_number() {
    for (input, want, format) in [
        ("0034 0434 1610 9404 2557", "00340434161094042557", "dhl.paket"),
        ("9400 1112 0620 6406 2607 87", "9400111206206406260787", "usps.impb_94"),
        ("99.34.137967.00168509", "993413796700168509", "swiss_post.domestic"),
        ("33 1881 0025", "3318810025", "dhl.express"),
        ("RR 473 124 829 GB", "RR473124829GB", "royal_mail.s10"),
        ("SF 6047 7891 3554 4", "SF6047789135544", "sf_express.sf"),
        ("EMS EE 123 456 785 CN", "EE123456785CN", "ems.s10"),
    ] {
        let answer = identify(input);
        assert_eq!(answer.normalized, want);
        assert_eq!(answer.candidates[0].format, format, "{input}");
    }
}

#[test]
fn several_numbers_are_never_joined_or_chosen_from() {
    for input in [
        "1Z999AA10123456784 RR473124829GB",
        "1Z999AA10123456784, 986578788855",
        "3318810025 1656740256",
        "3318810025\n1656740256",
        "RR473124829GB;EE123456785CN",
        "https://tools.usps.com/go/TrackConfirmAction?tLabels=9400111206206406260787,9400109699938860246573",
        "1Z999AA10123456784 https://www.ups.com/track?tracknum=1Z5R89390357567127",
        "parcels 1Z999AA10123456784 and 1Z5R89390357567127",
    ] {
        assert_eq!(problem(input).code, "several_numbers", "{input}");
    }
}

#[test]
fn nothing_and_too_much_are_said() {
    for input in ["", "   ", "\u{200b}", "-- . --", "\n\t"] {
        assert_eq!(problem(input).code, "empty", "{input:?}");
    }
    for input in ["1".repeat(51), "1".repeat(4097), "1Z".repeat(40), "é".repeat(3000), " ".repeat(5000)] {
        let problem = problem(&input);
        assert_eq!(problem.code, "too_long");
        assert!(!problem.message.is_empty() && !problem.hint.is_empty());
    }
    assert_eq!(identify(&"é".repeat(3000)).input.len(), 4096);
}

#[test]
fn a_look_alike_is_read_only_where_the_check_digit_proves_it() {
    for (input, want, change) in [
        ("RR47312482OGB", None, ""), // with 0 the check digit is still wrong
        ("RZO30057180PH", Some("RZ030057180PH"), "read the letter O at place 3 as the digit 0"),
        ("RR473I24829GB", Some("RR473124829GB"), "read the letter I at place 6 as the digit 1"),
        ("IZ999AA10123456784", Some(UPS), "read the letter I at place 1 as the digit 1"),
        ("SF6O47789135544", Some("SF6047789135544"), "read the letter O at place 4 as the digit 0"),
        ("SF6O47789135545", None, ""),
        ("0073938000549298", None, ""), // Canada Post, mistyped: no reason to read the 0 as a letter
    ] {
        let answer = identify(input);
        match want {
            Some(want) => {
                assert_eq!(answer.normalized, want, "{input}");
                assert!(answer.changes.iter().any(|c| c.starts_with(change)), "{:?}", answer.changes);
                assert!(answer.candidates.iter().all(|c| c.check_digit == CheckDigit::Valid));
            }
            None => assert!(answer.candidates.is_empty() && answer.normalized == input, "{input}"),
        }
    }
}

#[test]
fn a_look_alike_that_both_readings_allow_is_only_offered() {
    let wrong = problem("1Z999AA1O123456784");
    assert_eq!(wrong.code, "check_digit_wrong");
    assert!(wrong.hint.contains(UPS), "{}", wrong.hint);
}

#[test]
fn a_mistyped_number_is_told_from_no_number() {
    let wrong = problem("1Z999AA10123456785");
    assert_eq!(wrong.code, "check_digit_wrong");
    assert!(wrong.message.contains("UPS 1Z") && wrong.message.contains("ought to be 4"), "{}", wrong.message);
    assert!(wrong.hint.contains(UPS), "{}", wrong.hint);
    assert_eq!(problem("1234567890").code, "check_digit_wrong");
    assert_eq!(problem("tracking: 1Z999AA10123456785").code, "check_digit_wrong");
}

#[test]
fn what_resembles_a_format_is_told_which() {
    for (input, word) in [
        ("1Z999AA1012345678", "18 characters"),
        ("1Z999AA101234567844", "18 characters"),
        ("RR47312482GB", "13 characters"),
        ("SF604778913554", "SF Express waybill, which has 15 characters"),
        ("RR4731248Z9GB", "at place 10"),
        ("hello", "as the carrier printed it"),
    ] {
        let problem = problem(input);
        assert_eq!(problem.code, "unknown_format", "{input}");
        assert!(problem.hint.contains(word), "{input}: {}", problem.hint);
    }
}

#[test]
fn a_web_address_without_a_number_says_so() {
    assert!(problem("https://www.ups.com/track?loc=en_US").message.contains("web address"));
    assert_eq!(problem("https://www.ups.com/track?tracknum=1Z999AA10123456785").code, "check_digit_wrong");
}

#[test]
fn the_best_candidate_says_everything() {
    let ups = best("1z 999-AA1 01 2345 6784");
    assert_eq!(ups.carrier, id("ups"));
    assert!((ups.score - 0.98).abs() < 1e-9);
    assert_eq!(ups.reasons[0], "check digit 4 verified (UPS modulo 10)");
    assert_eq!(ups.reasons[1], "begins with 1Z, which only UPS uses at 18 characters");
    assert_eq!(ups.tracking_url.as_deref(), Some("https://www.ups.com/track?tracknum=1Z999AA10123456784"));
    assert_eq!(best("1Z5R89390357567127").service.as_deref(), Some("Ground"));
}

#[test]
fn the_sellers_word_narrows_and_never_overrides() {
    let with = |number, carrier: &str| {
        let claimed = id(carrier);
        let hint = Hint { claimed: Some(&claimed), ship_from: None };
        registry().formats().identify(number, hint).candidates
    };
    assert_eq!(with("405548424886", "japan_post")[0].carrier, id("japan_post"));
    assert_eq!(with("405548424886", "sagawa")[0].carrier, id("sagawa"));
    assert!(with("405548424886", "sagawa")[0].reasons.iter().any(|r| r.contains("the seller named Sagawa")));
    let ups = with(UPS, "fedex");
    assert_eq!((ups.len(), ups[0].carrier.as_str()), (1, "ups"));
}

#[test]
fn a_fitting_place_of_dispatch_speaks_for_a_carrier() {
    let from = |country| Hint { claimed: None, ship_from: Country::new(country).ok() };
    let score = |hint| registry().formats().identify("405548424886", hint).candidates[0].clone();
    assert_eq!(score(from("JP")).carrier, id("japan_post"));
    assert!(score(from("JP")).score > score(from("US")).score);
}

#[test]
fn colissimo_begins_with_1z_too() {
    assert_eq!(best("1Z00050675661").carrier, id("la_poste"));
    assert!(identify("1Z00050675661").candidates.iter().all(|c| c.carrier != id("ups")));
}

#[test]
fn plain_digits_score_low_and_say_why() {
    let found = best("986578788855");
    assert!(found.score <= 0.5, "{}", found.score);
    assert!(found.reasons.iter().any(|r| r.contains("by chance")), "{:?}", found.reasons);
}

#[test]
fn a_barcode_gives_the_number_to_ask_for() {
    let fedex = best("1001921334250001000300779017972697");
    assert_eq!(fedex.tracking_url.as_deref(), Some("https://www.fedex.com/fedextrack/?trknbr=779017972697"));
    let usps = best("420787459400111206206406260787");
    assert_eq!(
        usps.tracking_url.as_deref(),
        Some("https://tools.usps.com/go/TrackConfirmAction?tLabels=9400111206206406260787")
    );
    assert_eq!(usps.carrier, id("usps"));
}
