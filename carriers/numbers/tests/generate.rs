//! Numbers made from the formats: of every shape, with the check digit that its rule gives.

use super::*;
use crate::numbers::shape::SYMBOLS;
pub(super) use crate::trial::Random;

/// A format and its rows.
pub(super) struct Shaped<'f> {
    pub(super) format: &'f Format,
    pub(super) rows: Vec<&'f Row>,
}

/// Every format, in order.
pub(super) fn formats() -> Vec<Shaped<'static>> {
    let formats = registry().formats();
    let all = formats.all.iter().enumerate().map(|(at, format)| {
        let rows = (0..=shape::NUMBER_CHARS_MAX).flat_map(|length| formats.table.of_length(length));
        Shaped { format, rows: rows.filter(|row| row.format == at).collect() }
    });
    all.collect()
}

impl Shaped<'_> {
    /// A number of this format, its check digit right.
    pub(super) fn number(&self, random: &mut Random) -> (String, &Row) {
        loop {
            let row = self.rows[random.below(self.rows.len())];
            let mut number: Vec<u8> = row.classes.iter().map(|class| one_of(*class, random)).collect();
            if self.format.issuer == Issuer::S10 {
                let suffixes: Vec<String> =
                    registry().formats().operators().map(|(c, _)| c.to_string()).collect();
                number[11..].copy_from_slice(suffixes[random.below(suffixes.len())].as_bytes());
            }
            if let Some(check) = &self.format.check {
                let checked = check.of(&row.spans, &number);
                match checked.computed {
                    Some(digit) if row.classes[checked.place].has(digit) => number[checked.place] = digit,
                    _ => continue,
                }
            }
            return (String::from_utf8_lossy(&number).into_owned(), row);
        }
    }
}

fn one_of(class: shape::Class, random: &mut Random) -> u8 {
    loop {
        let symbol = random.below(SYMBOLS);
        if class.has_symbol(symbol) {
            return b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[symbol];
        }
    }
}

/// Numbers of each format in this test.
const EACH: usize = 200;

#[test]
fn generated_numbers_of_every_format_come_back_as_that_format() {
    let mut random = Random(1);
    for shaped in formats() {
        for _ in 0..EACH {
            let (number, _) = shaped.number(&mut random);
            let answer = identify(&number);
            assert_eq!((&answer.normalized, answer.changes.len()), (&number, 0));
            let is_it = |id: &str| id == shaped.format.id || (shaped.format.id == "upu.s10" && is_postal(id));
            assert!(
                answer.candidates.iter().any(|c| is_it(&c.format)),
                "{} {number}: {answer:?}",
                shaped.format.id
            );
        }
    }
}

/// Of wrong digits at places that a rule covers; SF Express's passes over the first three.
const CAUGHT_PERCENT_MIN: u32 = 45;

/// Whether a routine never takes a digit for another, at any place that it covers.
fn promises_every_digit(algorithm: check::Algorithm) -> bool {
    use check::Algorithm::{Es23, Evri, FourNine, Fx, Gls, Gs1, Luhn, M37, Mod7, S10, Sf, Ups};
    match algorithm {
        Gs1 | Gls | Luhn | M37 => true,
        // 5 apart under an even weight, 7 apart modulo 7, two remainders written alike, weights that fold.
        Ups | FourNine | Evri | Mod7 | S10 | Fx | Sf | Es23 => false,
    }
}

#[test]
fn a_single_wrong_digit_is_caught_wherever_the_rule_promises_it() {
    let mut random = Random(2);
    for shaped in formats() {
        let Some(check) = &shaped.format.check else { continue };
        let (mut tried, mut caught) = (0u32, 0u32);
        for _ in 0..EACH {
            let (number, row) = shaped.number(&mut random);
            let covered: Vec<usize> =
                check.over.iter().flat_map(|part| row.spans[*part].start..row.spans[*part].end).collect();
            let place = covered[random.below(covered.len())];
            let mut wrong = number.clone().into_bytes();
            if !wrong[place].is_ascii_digit() || row.classes[place].single().is_some() {
                continue;
            }
            wrong[place] = b'0'
                + u8::try_from((usize::from(wrong[place] - b'0') + 1 + random.below(9)) % 10)
                    .unwrap_or_default();
            if !row.classes[place].has(wrong[place]) {
                continue;
            }
            tried += 1;
            let is_caught = !check.of(&row.spans, &wrong).is_right();
            caught += u32::from(is_caught);
            assert!(is_caught || !promises_every_digit(check.algorithm), "{} {number}", shaped.format.id);
        }
        assert!(
            tried > 20 && caught * 100 >= tried * CAUGHT_PERCENT_MIN,
            "{}: {caught} of {tried}",
            shaped.format.id
        );
    }
}
