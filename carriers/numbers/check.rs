//! Check digits. Each routine takes the characters that are checked and says which one must follow; none of them
//! allocates, and each answers `None` for characters that it does not cover.

mod modulo_10;
mod modulo_11;
mod others;
#[cfg(test)]
mod tests;

use serde::Deserialize;

/// A published way to compute a check digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Algorithm {
    /// Weights 1, 2 from the left, products not folded, letters as (ASCII − 63) modulo 10.
    Ups,
    /// UPU S10: weights 8 6 4 2 3 5 9 7, modulo 11.
    S10,
    /// The whole number modulo 7.
    Mod7,
    /// GS1: weights 3, 1 from the right.
    Gs1,
    /// GS1 with the sum begun at 1.
    Gls,
    /// FedEx: weights 1, 3, 7 from the right, modulo 11, then modulo 10.
    Fx,
    /// Deutsche Post Identcode: weights 4, 9 from the left.
    #[serde(rename = "49")]
    FourNine,
    /// Payment cards and some parcels.
    Luhn,
    /// ISO/IEC 7064 MOD 37,36.
    M37,
    /// SF Express.
    Sf,
    /// Evri: UPS letter values, weights 2, 1, the sum itself.
    Evri,
    /// Correos of Spain: character codes modulo 23, as a letter.
    Es23,
}

impl Algorithm {
    /// The character that must follow `body`.
    pub(super) fn expected(self, body: &[u8]) -> Option<u8> {
        match self {
            Self::Ups => modulo_10::ups(body),
            Self::S10 => modulo_11::s10(body),
            Self::Mod7 => others::mod7(body),
            Self::Gs1 => modulo_10::gs1(body, 0),
            Self::Gls => modulo_10::gs1(body, 1),
            Self::Fx => modulo_11::fx(body),
            Self::FourNine => modulo_10::four_nine(body),
            Self::Luhn => modulo_10::luhn(body),
            Self::M37 => others::m37(body),
            Self::Sf => modulo_10::sf(body),
            Self::Evri => modulo_10::evri(body),
            Self::Es23 => others::es23(body),
        }
    }

    /// What people call it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Ups => "UPS modulo 10",
            Self::S10 => "UPU S10 modulo 11",
            Self::Mod7 => "modulo 7",
            Self::Gs1 => "GS1 modulo 10",
            Self::Gls => "GLS modulo 10",
            Self::Fx => "FedEx modulo 11",
            Self::FourNine => "Identcode 4-9 modulo 10",
            Self::Luhn => "Luhn modulo 10",
            Self::M37 => "ISO 7064 modulo 37,36",
            Self::Sf => "SF Express modulo 10",
            Self::Evri => "Evri modulo 10",
            Self::Es23 => "Correos modulo 23",
        }
    }
}

/// The value of a decimal digit.
fn digit(byte: u8) -> Option<u32> {
    byte.is_ascii_digit().then(|| u32::from(byte - b'0'))
}

/// A value below 10 as its digit.
fn as_digit(value: u32) -> Option<u8> {
    u8::try_from(value).ok().filter(|v| *v < 10).map(|v| v + b'0')
}
