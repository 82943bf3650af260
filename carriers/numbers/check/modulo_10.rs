//! The routines that end in modulo 10.

use super::{as_digit, digit};

/// What is missing to the next ten.
fn complement(sum: u32) -> Option<u8> {
    as_digit((10 - sum % 10) % 10)
}

/// UPS's value of a character: digits as they are, A = 2 … H = 9, I = 0, J = 1 … Z = 7.
fn ups_value(byte: u8) -> Option<u32> {
    match byte {
        b'A'..=b'Z' => Some(u32::from(byte - 63) % 10),
        _ => digit(byte),
    }
}

/// UPS 1Z, over the 15 characters after `1Z`.
pub(super) fn ups(body: &[u8]) -> Option<u8> {
    let mut sum = 0;
    for (place, byte) in body.iter().enumerate() {
        sum += ups_value(*byte)? * if place % 2 == 0 { 1 } else { 2 };
    }
    complement(sum)
}

/// GS1 (SSCC, IMpb, EAN): 3, 1, 3, 1 … from the right, with a sum that begins at `start`.
pub(super) fn gs1(body: &[u8], start: u32) -> Option<u8> {
    let mut sum = start;
    for (place, byte) in body.iter().rev().enumerate() {
        sum += digit(*byte)? * if place % 2 == 0 { 3 } else { 1 };
    }
    complement(sum)
}

/// Identcode and Leitcode of Deutsche Post: 4, 9, 4, 9 … from the left.
pub(super) fn four_nine(body: &[u8]) -> Option<u8> {
    let mut sum = 0;
    for (place, byte) in body.iter().enumerate() {
        sum += digit(*byte)? * if place % 2 == 0 { 4 } else { 9 };
    }
    complement(sum)
}

/// Luhn: every second digit from the right doubled, its digits added.
pub(super) fn luhn(body: &[u8]) -> Option<u8> {
    let mut sum = 0;
    for (place, byte) in body.iter().rev().enumerate() {
        let value = digit(*byte)?;
        sum += if place % 2 == 0 { value * 2 / 10 + value * 2 % 10 } else { value };
    }
    complement(sum)
}

/// Digits at the start of an SF Express number that are not checked.
const SF_UNCHECKED: usize = 3;

/// SF Express: from the right 1, 3, 5, 7 …, the last two decimal digits of each product added.
pub(super) fn sf(body: &[u8]) -> Option<u8> {
    let mut sum = 0;
    let mut weight = 1;
    for byte in body.get(SF_UNCHECKED..)?.iter().rev() {
        let product = digit(*byte)? * weight;
        sum += product / 10 % 10 + product % 10;
        weight += 2;
    }
    complement(sum)
}

/// Evri: 2, 1, 2, 1 … from the left; the sum's last digit, not its complement.
pub(super) fn evri(body: &[u8]) -> Option<u8> {
    let mut sum = 0;
    for (place, byte) in body.iter().enumerate() {
        sum += ups_value(*byte)? * if place % 2 == 0 { 2 } else { 1 };
    }
    as_digit(sum % 10)
}
