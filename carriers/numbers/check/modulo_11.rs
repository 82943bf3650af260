//! The routines that end in modulo 11.

use super::{as_digit, digit};

const S10_WEIGHTS: [u32; 8] = [8, 6, 4, 2, 3, 5, 9, 7];

/// UPU S10, over the eight digits of the serial number: 10 is written 0, and 11 is written 5.
pub(super) fn s10(body: &[u8]) -> Option<u8> {
    if body.len() != S10_WEIGHTS.len() {
        return None;
    }
    let mut sum = 0;
    for (byte, weight) in body.iter().zip(S10_WEIGHTS) {
        sum += digit(*byte)? * weight;
    }
    as_digit(match 11 - sum % 11 {
        10 => 0,
        11 => 5,
        check => check,
    })
}

/// FedEx: 1, 3, 7 … from the right; the remainder itself, 10 written 0.
pub(super) fn fx(body: &[u8]) -> Option<u8> {
    let mut sum = 0;
    for (byte, weight) in body.iter().rev().zip([1, 3, 7].into_iter().cycle()) {
        sum += digit(*byte)? * weight;
    }
    as_digit(sum % 11 % 10)
}
