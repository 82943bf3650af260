//! What holds for every input.

use proptest::prelude::*;

use super::*;

/// UPS's rule once more, written apart: letters as (code − 63) modulo 10, odd places once, even places twice.
fn ups_check(body: &str) -> u32 {
    let value = |c: char| c.to_digit(10).unwrap_or_else(|| (u32::from(c) - 63) % 10);
    let sum: u32 = body.chars().zip([1, 2].iter().cycle()).map(|(c, weight)| value(c) * weight).sum();
    (1000 - sum) % 10
}

/// The UPU's rule once more, written apart.
fn s10_check(serial: &str) -> u32 {
    let sum: u32 =
        serial.chars().zip([8, 6, 4, 2, 3, 5, 9, 7]).map(|(c, w)| c.to_digit(10).unwrap_or(0) * w).sum();
    match 11 - sum % 11 {
        10 => 0,
        11 => 5,
        check => check,
    }
}

proptest! {
    #[test]
    fn no_input_makes_it_panic_and_every_answer_is_whole(input in "\\PC{0,80}|(?s).{0,40}") {
        let answer = identify(&input);
        prop_assert_eq!(answer.candidates.is_empty(), answer.problem.is_some());
        if let Some(problem) = &answer.problem {
            prop_assert!(!problem.message.is_empty() && !problem.hint.is_empty());
        }
        prop_assert!(answer.normalized.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()));
        prop_assert!(answer.candidates.iter().all(|c| (0.0..=1.0).contains(&c.score) && !c.reasons.is_empty()));
        prop_assert!(answer.candidates.windows(2).all(|pair| pair[0].score >= pair[1].score));
    }

    #[test]
    fn a_clean_number_stays_as_it_is(input in "[0-9A-Za-z ./:?=&%О０\\-]{1,60}") {
        let once = identify(&input);
        let twice = identify(&once.normalized);
        prop_assert_eq!(&twice.normalized, &once.normalized);
        prop_assert!(twice.changes.is_empty(), "{:?}", twice.changes);
        if once.problem.is_none() {
            prop_assert_eq!(twice.candidates, once.candidates);
        }
    }

    #[test]
    fn a_number_that_stands_is_never_turned_into_another(input in "[0-9A-Z01OI]{4,26}") {
        let formats = registry().formats();
        if formats.fits(&input) {
            let answer = identify(&input);
            prop_assert_eq!(answer.normalized, input);
            prop_assert!(answer.changes.is_empty());
        }
    }

    #[test]
    fn every_1z_with_its_check_digit_is_ups(body in "[0-9A-Z]{8}[0-9]{7}", wrong in 1u32..10) {
        let check = ups_check(&body);
        prop_assert_eq!(best(&format!("1Z{body}{check}")).format, "ups.1z");
        let wrong = identify(&format!("1Z{body}{}", (check + wrong) % 10));
        prop_assert!(wrong.candidates.iter().all(|c| c.format != "ups.1z"));
    }

    #[test]
    fn every_item_with_its_check_digit_is_the_posts(letters in "[CLRUV][A-Y]", serial in "[0-9]{8}", wrong in 1u32..10) {
        let check = s10_check(&serial);
        prop_assert_eq!(best(&format!("{letters}{serial}{check}GB")).format, "royal_mail.s10");
        let wrong = identify(&format!("{letters}{serial}{}GB", (check + wrong) % 10));
        prop_assert_eq!(wrong.problem.map(|p| p.code), Some("check_digit_wrong".to_owned()));
    }

    #[test]
    fn every_waybill_with_its_check_digit_is_dhls(body in 100_000_000u64..1_000_000_000) {
        let found = formats_of(&format!("{body}{}", body % 7));
        prop_assert!(found.iter().any(|f| f == "dhl.express"));
    }
}
