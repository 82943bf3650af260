//! The routines that are neither modulo 10 nor modulo 11.

use super::super::shape::symbol;
use super::{as_digit, digit};

/// Digits that are taken before the rest is formed: as many as surely fit, with the rest in front.
const DIGITS_AT_ONCE: usize = 18;

/// The whole number modulo 7: DHL Express, Japan Post, air waybills.
pub(super) fn mod7(body: &[u8]) -> Option<u8> {
    let mut rest: u64 = 0;
    for digits in body.chunks(DIGITS_AT_ONCE) {
        for byte in digits {
            rest = rest * 10 + u64::from(digit(*byte)?);
        }
        rest %= 7;
    }
    as_digit(u32::try_from(rest).ok()?)
}

const ALPHANUMERIC: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// ISO/IEC 7064 MOD 37,36: DPD, Chronopost.
pub(super) fn m37(body: &[u8]) -> Option<u8> {
    let mut product = 36;
    for byte in body {
        let value = symbol(*byte)?;
        let sum = (product + value) % 36;
        product = if sum == 0 { 36 } else { sum } * 2 % 37;
    }
    ALPHANUMERIC.get((37 - product) % 36).copied()
}

const ES23_LETTERS: &[u8; 23] = b"TRWAGMYFPDXBNJZSQVHLCKE";

/// Correos: the sum of the character codes modulo 23, as the letter of Spanish identity cards.
pub(super) fn es23(body: &[u8]) -> Option<u8> {
    let sum: usize = body.iter().map(|byte| usize::from(*byte)).sum();
    ES23_LETTERS.get(sum % 23).copied()
}
