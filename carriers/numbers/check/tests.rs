//! The routines against published samples, beyond the list of tests that every source has (`suite.rs`).

use proptest::prelude::*;

use super::Algorithm::{self, *};

/// Where a kind of number keeps what is checked, and its check digit.
fn holds(kind: &str, number: &str) -> bool {
    let last = number.len() - 1;
    let (algorithm, body, digit) = match kind {
        "ups1z" => (Ups, number[2..last].to_owned(), last),
        "upsletter" => (Ups, number[1..last].to_owned(), last),
        "ontrac" => {
            (Ups, format!("{}{}", if number.starts_with('C') { 4 } else { 5 }, &number[1..last]), last)
        }
        "fedex12" => (Fx, number[..last].to_owned(), last),
        "fedex34" => (Fx, number[20..last].to_owned(), last),
        "astra" => (Fx, number[16..27].to_owned(), 27),
        "fedex96" => (Gs1, number[7..last].to_owned(), last),
        "gs1" => (Gs1, number[..last].to_owned(), last),
        "smartpost20" => (Gs1, format!("92{}", &number[..last]), last),
        "usps420_22" => (Gs1, number[number.len() - 22..last].to_owned(), last),
        "usps420_26" => (Gs1, number[number.len() - 26..last].to_owned(), last),
        "laposte13" => (Gs1, number[2..last].to_owned(), last),
        "mod7" => (Mod7, number[..last].to_owned(), last),
        "ident49" => (FourNine, number[..last].to_owned(), last),
        "tnt9" => (S10, number[..last].to_owned(), last),
        "s10" => (S10, number[2..10].to_owned(), 10),
        "sf15" => (Sf, number[2..last].to_owned(), last),
        "sf12" => (Sf, number[..last].to_owned(), last),
        "luhn" => (Luhn, number[..last].to_owned(), last),
        "mod3736" => (M37, number[..last].to_owned(), last),
        "gls" => (Gls, number[..last].to_owned(), last),
        "evri" => (Evri, number[..last].to_owned(), last),
        "correos" => (Es23, number[..last].to_owned(), last),
        "usps20" => {
            let plain = Gs1.expected(&number.as_bytes()[..last]);
            let with_91 = Gs1.expected(format!("91{}", &number[..last]).as_bytes());
            return [plain, with_91].contains(&Some(number.as_bytes()[last]));
        }
        other => panic!("no rule for {other}"),
    };
    algorithm.expected(body.as_bytes()) == Some(number.as_bytes()[digit])
}

/// Kind, numbers that pass, numbers that fail.
#[rustfmt::skip]
const SAMPLES: &[(&str, &[&str], &[&str])] = &[
    ("ups1z",
     &["1Z5R89390357567127", "1Z879E930346834440", "1Z999AA10123456784", "1Z12345E1512345676", "1Z12345E6605272234", "1Z6V86420323794365", "1Z96F4R8D313969574", "1Z648616E192760718", "1ZWX0692YP40636269"],
     &["1Z12345E0205271688", "1Z12345E0305271640", "1Z12345E0393657226", "1Z12345E1305277940", "1Z12345E6205277936", "1Z12345E1505270452", "1Z9999W99999999999"]),
    ("upsletter",
     &["K1506235620", "K2479825491", "J4603636537", "V0490119172", "H9205817377"],
     &["T9999999999"]),
    ("fedex12",
     &["986578788855", "477179081230", "771613423732", "661377569221", "624893691092", "123456789012"],
     &[]),
    ("fedex34",
     &["1001921334250001000300779017972697", "1010095723370011139700578986681398"],
     &[]),
    ("fedex96",
     &["9611020987654312345672", "9611019012345612345671", "9611804010639001854878"],
     &[]),
    ("astra",
     &["32971514560102447849175802862014"],
     &[]),
    ("gs1",
     &["041441760228964", "568283610012000", "376738675175401", "997048950367429", "9400111206206406260787", "9400109699938860246573", "9202090339598350198298", "9274899992136003821767", "92748901790175543400811852", "92023901003036542400961407", "00340433836442636597", "00340434161094042557", "00340434161094038253", "00340434161094032954", "00340434161094027318", "00340434161094022115", "00340434161094015902", "00340435061352161527", "00340434633751428115", "0073938000549297", "7035114477138472", "2010505799436494", "7023210039414604", "1371134583769923", "00093275102553917621", "00573132901903503247", "00373400306297064918", "00794210320413344113", "370722152621578495", "99705173132901004300909", "09133131530724", "02180171003654", "14032168300008", "1207119765021"],
     &["9468930109345000192358", "993413796700168509", "996013273002019507", "9889510569807"]),
    ("smartpost20",
     &["61299998620341515252", "61299995669352455464", "61299995669151880177", "41999998135520738841", "61299998820821171811"],
     &[]),
    ("usps20",
     &["03071790000523483741", "71123456789123456787", "70131710000012912087", "02931503799192766595"],
     &[]),
    ("usps420_22",
     &["420787459400111206206406260787", "4201002334249200190132607600833457", "420773169261290283641500004181"],
     &[]),
    ("usps420_26",
     &["4205690192023901019233001401555746"],
     &[]),
    ("mod7",
     &["3318810025", "1656740256", "1042924260", "3436503836", "7051823505", "4026419596", "2551294465", "1815115363", "3180831640", "7740842550", "9053283201", "9356579890", "7777777770", "444413758703", "405548424886", "512547514334", "276571216773", "152515917783", "490913611252", "365729365455", "360889315032", "13112383852", "37267452460", "6867510008236"],
     &["1234567890"]),
    ("ident49",
     &["201298452277", "563102430313"],
     &["123456789012"]),
    ("tnt9",
     &["123456785", "223456788", "720111883", "962818633"],
     &["123456782"]),
    ("s10",
     &["GE950540524WW", "GE972056967LT", "GE971195415GB", "GD123456785WW", "RB123456785GB", "EE471108151FR", "RR473124829GB", "EB000717618HK", "RZ030057180PH", "VA456789015KG", "LZ449705219CN", "CL105844885JP", "MZ465962009GB", "RM419394835IN", "LA681049820NL", "EC207920162US", "RM999605013CH", "UL494089685YP", "VR344217874YP", "UG336196744YP", "AC550032883YN", "XW435801688JB", "HL123456785JB", "TQ071537693GB", "VU493136052GB"],
     &["NP989065909JB", "LX123456789DE", "EE123456789CA"]),
    ("sf15",
     &["SF6047789135544", "SF6042542297687", "SF6043310798724", "SF1125346238243", "SF1385628716739", "SF6043522735038"],
     &["SF8888888888888"]),
    ("sf12",
     &["133938675660"],
     &[]),
    ("luhn",
     &["320595463938", "320606146993", "520769802262", "333349271648"],
     &[]),
    ("laposte13",
     &["6A22770022266", "1Z00050675661", "1Z00052788154", "9V00001481952"],
     &[]),
    ("mod3736",
     &["88000019255788Y", "866509472154917", "09447104918387D", "01196812014637L", "09980000020033F"],
     &[]),
    ("gls",
     &["841225178292", "123416227171"],
     &[]),
    ("evri",
     &["H00RVD0551541466", "T002FA0079665708", "H01HYA0005747846"],
     &[]),
    ("correos",
     &["PK0DLC0000085800128009G", "PKBW0E072936634T", "CD0CBM0000904620028007A", "PK6Q1D0710032430128440H"],
     &[]),
    ("ontrac",
     &["C11031500001879", "C11235523929147", "C10999814714549", "D10011354453707"],
     &[]),
];

#[test]
fn published_samples_pass_and_fail_as_printed() {
    for (kind, right, wrong) in SAMPLES {
        for number in *right {
            assert!(holds(kind, number), "{kind} {number} is right");
        }
        for number in *wrong {
            assert!(!holds(kind, number), "{kind} {number} is wrong");
        }
    }
}

#[test]
fn s10_writes_10_as_0_and_11_as_5() {
    assert_eq!(S10.expected(b"03005718"), Some(b'0'));
    assert_eq!(S10.expected(b"45678901"), Some(b'5'));
    assert_eq!(S10.expected(b"4731248"), None, "seven digits are no serial number");
}

#[test]
fn a_character_that_a_routine_does_not_cover_has_no_check_digit() {
    for algorithm in [S10, Mod7, Gs1, Gls, Fx, FourNine, Luhn, Sf] {
        assert_eq!(algorithm.expected(b"1234567A"), None, "{algorithm:?}");
    }
    for algorithm in [Ups, M37, Evri] {
        assert_eq!(algorithm.expected(b"1234-678"), None, "{algorithm:?}");
    }
}

/// How one routine sees a wrong digit: every one of them catches it, or it does not promise to.
fn catches(algorithm: Algorithm, body: &str, place: usize, digit: u8) -> bool {
    let mut wrong = body.as_bytes().to_vec();
    wrong[place] = digit;
    algorithm.expected(&wrong) != algorithm.expected(body.as_bytes())
}

proptest! {
    /// GS1, Luhn and MOD 37,36 catch every single wrong digit. Identcode's weight 4 and UPS's 2 cannot tell digits
    /// that are 5 apart, S10 writes two remainders alike, and modulo 7 cannot tell digits that are 7 apart.
    #[test]
    fn a_single_wrong_digit_is_caught_where_the_routine_promises_it(
        body in "[0-9]{8}", place in 0usize..8, away in 1u8..10,
    ) {
        let was = body.as_bytes()[place];
        let digit = (was - b'0' + away) % 10 + b'0';
        for algorithm in [Gs1, Gls, Luhn, FourNine, M37] {
            let even_weight = algorithm == FourNine && place % 2 == 0 && was.abs_diff(digit) == 5;
            prop_assert!(even_weight || catches(algorithm, &body, place, digit), "{algorithm:?}");
        }
        prop_assert!(was.abs_diff(digit) == 7 || catches(Mod7, &body, place, digit));
        prop_assert!((place % 2 == 1 && was.abs_diff(digit) == 5) || catches(Ups, &body, place, digit));
        prop_assert!(catches_s10(&body, place, digit));
    }
}

/// S10's remainders 0 and 6 are both written 5, and 1 and none other 0: only those two can hide a wrong digit.
fn catches_s10(body: &str, place: usize, digit: u8) -> bool {
    catches(S10, body, place, digit) || S10.expected(body.as_bytes()) == Some(b'5')
}
