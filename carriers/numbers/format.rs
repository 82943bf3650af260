//! One format, compiled: who issues it, how its check digit is computed, how much it proves.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::check::Algorithm;
use super::shape::{Expansion, NUMBER_CHARS_MAX, Span};
use super::table::{Checking, Row};

/// How well a format is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Confidence {
    /// The carrier or a standard publishes it.
    Spec,
    /// Several independent programs have it, and it holds on real numbers.
    Code,
    /// One program, or a few numbers.
    One,
    /// Unproven.
    Guess,
}

/// How telling a shape is, the check digit aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Rarity {
    /// Nobody else prints it.
    Unique,
    /// Letters or a prefix that hardly anyone else prints.
    Rare,
    /// Several carriers print it.
    Shared,
    /// Digits and nothing else.
    Plain,
}

/// Who issues a format's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Issuer {
    /// The carrier whose file it stands in, by its place in the list.
    Own(usize),
    /// The post that the number names.
    S10,
}

/// A check digit: what it is computed over, and where it stands.
#[derive(Debug)]
pub(super) struct Check {
    pub(super) algorithm: Algorithm,
    pub(super) prefix: Vec<u8>,
    pub(super) over: Vec<usize>,
    pub(super) digit: usize,
}

/// What a number's check digit is, and what it ought to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Checked {
    /// Where it stands.
    pub(super) place: usize,
    /// As printed.
    pub(super) printed: u8,
    /// As computed.
    pub(super) computed: Option<u8>,
}

impl Checked {
    pub(super) fn is_right(self) -> bool {
        self.computed == Some(self.printed)
    }
}

impl Check {
    /// How numbers with parts in these places are checked.
    pub(super) fn at(&self, spans: &[Span]) -> Checking {
        Checking {
            algorithm: self.algorithm,
            place: spans[self.digit].start,
            piece: self.in_one_piece(spans),
            names_post: false,
        }
    }

    /// Computes the check digit of a number that fits.
    pub(super) fn of(&self, spans: &[Span], number: &[u8]) -> Checked {
        self.of_row(self.at(spans), spans, number)
    }

    /// The same, where it is known already how.
    pub(super) fn of_row(&self, checking: Checking, spans: &[Span], number: &[u8]) -> Checked {
        let Checking { algorithm, place, piece, .. } = checking;
        let printed = number.get(place).copied().unwrap_or_default();
        let computed = match piece {
            Some(Span { start, end }) => number.get(start..end).and_then(|body| algorithm.expected(body)),
            None => self.of_pieces(spans, number),
        };
        Checked { place, printed, computed }
    }

    /// What is checked, where it is printed in one piece: most formats.
    fn in_one_piece(&self, spans: &[Span]) -> Option<Span> {
        let (first, others) = self.over.split_first()?;
        if !self.prefix.is_empty() {
            return None;
        }
        let mut piece = spans[*first];
        for part in others {
            let Span { start, end } = spans[*part];
            if start != piece.end {
                return None;
            }
            piece.end = end;
        }
        Some(piece)
    }

    fn of_pieces(&self, spans: &[Span], number: &[u8]) -> Option<u8> {
        let mut body = [0; 2 * NUMBER_CHARS_MAX];
        let mut length = 0;
        let parts = self.over.iter().map(|part| number.get(spans[*part].start..spans[*part].end));
        for bytes in std::iter::once(Some(self.prefix.as_slice())).chain(parts).flatten() {
            if let Some(room) = body.get_mut(length..length + bytes.len()) {
                room.copy_from_slice(bytes);
                length += bytes.len();
            }
        }
        self.algorithm.expected(&body[..length])
    }
}

/// One way in which a carrier writes its numbers.
#[derive(Debug)]
pub(super) struct Format {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) issuer: Issuer,
    pub(super) check: Option<Check>,
    /// The part that names the service, and the names.
    pub(super) service: Option<(usize, BTreeMap<String, String>)>,
    /// The parts that make up the number to ask for; all of it where none is named.
    pub(super) tracked: Vec<usize>,
    /// What people call the carrier that delivers, where it is another one.
    pub(super) handed_to: Option<String>,
    pub(super) confidence: Confidence,
    pub(super) rarity: Rarity,
    /// What it proves whose number fits.
    pub(super) base: f64,
}

impl Format {
    /// The check digit of a number that fits a row of this format.
    pub(super) fn checked(&self, row: &Row, number: &[u8]) -> Option<Checked> {
        let (check, checking) = self.check.as_ref().zip(row.check)?;
        Some(check.of_row(checking, &row.spans, number))
    }

    /// Whether a number fits this format alone, check digit included.
    pub(super) fn accepts(&self, expansions: &[Expansion], number: &[u8]) -> bool {
        expansions.iter().any(|e| {
            e.classes.len() == number.len()
                && number.iter().zip(&e.classes).all(|(byte, class)| class.has(*byte))
                && self.check.as_ref().is_none_or(|check| check.of(&e.spans, number).is_right())
        })
    }
}
