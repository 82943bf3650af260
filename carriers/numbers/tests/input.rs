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

#[test]
fn the_inner_number_of_a_barcode_is_told() {
    let fedex = best("1001921334250001000300779017972697");
    assert!(
        fedex.reasons.iter().any(|r| r.ends_with("the carrier tracks: 779017972697")),
        "{:?}",
        fedex.reasons
    );
}

#[test]
fn a_hand_over_number_names_both_carriers() {
    for (number, first, last) in [
        ("92748901790175543400811852", "ups", "usps"),
        ("9261292700768711948021", "fedex", "usps"),
        ("420773169261290283641500004181", "fedex", "usps"),
        ("61299998620341515252", "fedex", "usps"),
        ("420113859374869903508141282867", "dhl", "usps"),
        ("LX123456785DE", "dhl", "deutsche_post"),
    ] {
        let found = identify(number).candidates;
        let carrier =
            found.iter().find(|c| c.carrier == id(first)).unwrap_or_else(|| panic!("{number}: {found:?}"));
        let name = registry().formats().line(&id(last)).map(|line| line.name.clone()).unwrap_or_default();
        let told = format!(" hands it to {name}, which delivers it");
        assert!(carrier.reasons.iter().any(|r| r.ends_with(&told)), "{number}: {:?}", carrier.reasons);
    }
}

#[test]
fn what_any_number_would_fit_says_what_it_nearly_is() {
    let weak = best("1234567890");
    assert_eq!(weak.format, "ups.freight_10");
    assert!(weak.score <= 0.2);
    assert!(
        weak.reasons.iter().any(|r| r.contains("DHL Express waybill") && r.contains("mistyped")),
        "{weak:?}"
    );
}

#[test]
fn where_the_named_carriers_rule_refuses_a_number_plain_shapes_of_others_say_nothing() {
    let (dhl, ups) = (id("dhl"), id("ups"));
    let with = |claimed| {
        registry().formats().identify("1234567890", Hint { claimed: Some(claimed), ship_from: None })
    };
    assert!(with(&dhl).candidates.is_empty());
    let wrong = with(&dhl).problem.unwrap_or_else(|| panic!("no problem"));
    assert_eq!(wrong.code, "check_digit_wrong");
    assert!(wrong.message.contains("DHL Express waybill"), "{}", wrong.message);
    assert_eq!(with(&ups).candidates[0].carrier, ups);
}

#[test]
fn a_scanners_output_gives_the_number() {
    for (input, want, format) in [
        ("]C1420787459400111206206406260787", "420787459400111206206406260787", "usps.impb_zip"),
        ("]C142078745\u{1d}9400111206206406260787", "420787459400111206206406260787", "usps.impb_zip"),
        ("\u{1d}42078745\u{1d}9400111206206406260787", "420787459400111206206406260787", "usps.impb_zip"),
        ("]C100340434161094042557", "00340434161094042557", "dhl.paket"),
        ("]d20034043416109404255742012345\u{1d}21ABC", "00340434161094042557", "dhl.paket"),
        ("(00) 3 4043416 1094042557", "00340434161094042557", "dhl.paket"),
        ("(00)340434161094042557(420)12345", "00340434161094042557", "dhl.paket"),
        ("(420)78745(94)00111206206406260787", "9400111206206406260787", "usps.impb_94"),
        ("]C01Z999AA10123456784", UPS, "ups.1z"),
        ("]A0*1Z999AA10123456784*", UPS, "ups.1z"),
        ("]d2401<GS>", "401", ""),
    ] {
        let answer = identify(input);
        if format.is_empty() {
            assert!(answer.candidates.is_empty(), "{input}");
            continue;
        }
        assert_eq!(answer.normalized, want, "{input}: {:?}", answer.problem);
        assert_eq!(answer.candidates[0].format, format, "{input}");
        assert!(!answer.changes.is_empty(), "{input}");
    }
}

#[test]
fn every_carriers_own_address_gives_the_number_back() {
    let formats = registry().formats();
    let lines =
        formats.lines.iter().filter_map(|line| Some((line.tracking_url.clone()?, line.domains.clone())));
    let posts = formats.operators().filter_map(|(_, post)| Some((post.page.clone()?, Vec::new())));
    for (template, _) in lines.chain(posts).filter(|(template, _)| template.contains("{n}")) {
        for number in [UPS, "RR473124829GB", "00340434161094042557", "3318810025"] {
            let answer = identify(&template.replace("{n}", number));
            assert_eq!(answer.normalized, number, "{template}: {:?}", answer.problem);
        }
    }
}

#[test]
fn a_carriers_own_address_speaks_for_it() {
    let linked = identify("https://www.fedex.com/fedextrack/?trknbr=123456789012");
    assert_eq!(linked.candidates[0].carrier, id("fedex"));
    assert!(linked.candidates[0].reasons.iter().any(|r| r == "it came in a web address of FedEx"));
    let elsewhere = identify("https://fedex.com.example/?trknbr=123456789012");
    assert!(elsewhere.candidates.iter().all(|c| c.reasons.iter().all(|r| !r.contains("web address of"))));
}
