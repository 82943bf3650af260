//! What is masked, and what stays.

use proptest::prelude::*;
use serde_json::json;
use waygate_carriers::contract::{CarrierId, ProofOfDelivery, Reading, Status, Tracking};

use super::{Veil, masked_name, masked_page, masked_postal_code, masked_text, masked_typing};

#[test]
fn names_in_many_scripts_keep_the_first_sign_of_each_word() {
    for (name, masked) in [
        ("John Doe", "J*** D**"),
        (" j. doe-smith ", "j. d**-s****"),
        ("MÜLLER", "M*****"),
        ("李四", "李*"),
        ("王小明", "王**"),
        ("山田 太郎", "山* 太*"),
        ("김민수", "김**"),
        ("Иван Петров", "И*** П*****"),
        ("Γιώργος", "Γ******"),
        ("محمد علي", "م*** ع**"),
        ("דוד כהן", "ד** כ**"),
        ("प्रिया शर्मा", "प***** श****"),
        ("Nguyễn Văn An", "N***** V** A*"),
        ("สมชาย", "ส****"),
        ("O'Brien", "O'B****"),
        ("X", "X"),
        ("", ""),
        ("A very-longlonglonglongname", "A v***-l************"),
    ] {
        assert_eq!(masked_name(name), masked);
        assert_eq!(masked_name(&masked_name(name)), masked, "masking again changes nothing");
    }
}

#[test]
fn a_postal_code_keeps_its_region_and_a_page_its_host() {
    for (code, masked) in
        [("94607", "94***"), ("SW1A 2AA", "SW** ***"), ("10115", "10***"), ("〒100-0001", "〒1**-****")]
    {
        assert_eq!(masked_postal_code(code), masked);
    }
    for (page, masked) in [
        ("https://www.ups.com/track?name=Doe", "https://www.ups.com/***"),
        ("https://doe@ups.com/", "https://ups.com/***"),
        ("https://www.ups.com", "https://www.ups.com"),
        ("call Jane", "c*** J***"),
    ] {
        assert_eq!(masked_page(page), masked);
    }
}

#[test]
fn what_was_typed_shows_the_number_and_nothing_beside_it() {
    let number = "1Z999AA10123456784";
    for (typed, masked) in [
        ("1z 999-AA1 01 2345 6784", "1z 999-AA1 01 2345 6784"),
        ("1Z999AA10123456784 for Jane Doe", "1Z999AA10123456784 f** J*** D**"),
    ] {
        assert_eq!(masked_typing(typed, number), masked);
    }
}

#[test]
fn phones_and_addresses_are_hidden_and_times_numbers_and_weights_stay() {
    for (text, masked) in [
        ("Call +1 415 555 0132 first", "Call +* *** *** **32 first"),
        ("快递员：李四，电话13800138000。", "快递员：李*，电话*********00。"),
        ("Tel. 030/1234567", "Tel. ***/*****67"),
        ("(415) 555-0132", "(***) ***-**32"),
        ("mail jane.doe@example.com now", "mail j*******@*********** now"),
        ("At 2026-03-10T10:11:00-05:00", "At 2026-03-10T10:11:00-05:00"),
        ("On 10.03.2026 10:11", "On 10.03.2026 10:11"),
        ("parcel 00340434161094015902", "parcel 00340434161094015902"),
        ("1Z999AA10123456784 weighs 1200 g", "1Z999AA10123456784 weighs 1200 g"),
        ("vrd_0190163d8694739b96e8bf1e2b3f1a11", "vrd_0190163d8694739b96e8bf1e2b3f1a11"),
        ("Delivered", "Delivered"),
        ("Oakland, CA, US 94607", "Oakland, CA, US 94607"),
    ] {
        assert_eq!(masked_text(text), masked);
    }
}

#[test]
fn a_name_that_the_text_announces_is_hidden() {
    for (text, masked) in [
        ("Delivered, signed by: SMITH.", "Delivered, signed by: S****."),
        ("Signed for by J. DOE at 10:11", "Signed for by J. D** at 10:11"),
        ("Left with neighbour", "Left with neighbour"),
        ("Received by Anna-Lena; front door", "Received by A***-L***; front door"),
        ("已签收，签收人：王小明。", "已签收，签收人：王**。"),
        ("快递员正在派送", "快递员正在派送"),
        ("Signature required", "Signature required"),
        ("Reçu par MARTIN", "Reçu par M*****"),
    ] {
        assert_eq!(masked_text(text), masked);
        assert_eq!(masked_text(masked), masked, "masking again changes nothing");
    }
}

fn delivered(name: &str, text: &str) -> Reading {
    let mut tracking = Tracking::new(CarrierId::new("ups").unwrap(), "1Z", Status::Delivered);
    tracking.proof_of_delivery = Some(ProofOfDelivery { signed_by: Some(name.to_owned()), left_at: None });
    tracking.status_text = Some(text.to_owned());
    tracking.into()
}

/// The longest run of a name's letters that stands in a text, the first letter of each word left out.
fn longest_run(name: &str, text: &str) -> usize {
    let lower = |text: &str| text.to_lowercase().chars().collect::<Vec<_>>();
    let text = lower(text);
    let runs = name.split_whitespace().flat_map(|word| {
        let word: Vec<char> = lower(word).into_iter().skip(1).collect();
        (0..word.len()).flat_map(move |from| {
            let word = word.clone();
            (from + 1..=word.len()).map(move |to| word[from..to].to_vec())
        })
    });
    runs.filter(|run| text.windows(run.len()).any(|window| window == run))
        .map(|run| run.len())
        .max()
        .unwrap_or(0)
}

proptest! {
    #[test]
    fn no_three_letters_of_a_name_are_left_beyond_the_first(name in "\\p{L}{1,12}( \\p{L}{1,12}){0,3}") {
        prop_assert!(longest_run(&name, &masked_name(&name)) < 3);
    }

    #[test]
    fn a_name_is_hidden_wherever_the_source_repeats_it(name in "[A-Z][a-z]{2,9}( [A-Z][a-z]{2,9}){0,2}", before in "[0-9 ,.;]{0,8}") {
        let reading = delivered(&name, &format!("{before} {name}, {} and {}", name.to_uppercase(), name.to_lowercase()));
        let veil = Veil::of(None, [&reading]);
        let mut hidden = reading.clone();
        veil.reading(&mut hidden);
        let text = hidden.tracking().unwrap().status_text.clone().unwrap();
        for word in name.split_whitespace() {
            prop_assert!(!text.to_lowercase().contains(&word.to_lowercase()), "{text} shows {word}");
        }
    }

    #[test]
    fn masking_never_fails_and_changes_no_length(text in "\\PC{0,80}") {
        prop_assert_eq!(masked_text(&text).chars().count(), text.chars().count());
    }
}

#[test]
fn an_events_particulars_keep_what_programs_read() {
    let veil = Veil::of(None, [&delivered("Jane Roe", "")]);
    let data = json!({
        "shipment": "shp_0190163d8694739b96e8bf1e2b3f1a11", "carrier": "ups", "tracking_number": "1415555013299",
        "status": "delivered", "status_text": "Left with ROE", "turns_at": "2026-03-10T00:00:00Z",
        "latest_checkpoint": {"text": "JANE ROE, +1 415 555 0132", "code": "011", "time": "2026-03-10T00:00:00Z"},
        "refund": {"amount": "1234567.50", "currency": "USD"},
        "failed_checks": [{"id": "weight", "reason": "Jane says no"}], "parcels": 2
    });
    let serde_json::Value::Object(mut hidden) = data.clone() else { unreachable!() };
    veil.data(&mut hidden);
    let expected = json!({
        "shipment": "shp_0190163d8694739b96e8bf1e2b3f1a11", "carrier": "ups", "tracking_number": "1415555013299",
        "status": "delivered", "status_text": "Left with R**", "turns_at": "2026-03-10T00:00:00Z",
        "latest_checkpoint": {"text": "J*** R**, +* *** *** **32", "code": "011", "time": "2026-03-10T00:00:00Z"},
        "refund": {"amount": "1234567.50", "currency": "USD"},
        "failed_checks": [{"id": "weight", "reason": "J*** says no"}], "parcels": 2
    });
    assert_eq!(serde_json::Value::Object(hidden), expected);
}
