//! The question and the answer: what is known beside a number, and what the number turns out to be.

use serde::Serialize;

use crate::contract::{CarrierId, Country};

/// What is known beside the number.
#[derive(Debug, Clone, Copy, Default)]
pub struct Hint<'a> {
    /// The carrier that the seller named: narrows, never overrides.
    pub claimed: Option<&'a CarrierId>,
    /// Where the seller ships from.
    pub ship_from: Option<Country>,
}

/// Whether a candidate's check digit was verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckDigit {
    /// The format has one and it is right.
    Valid,
    /// The format has none that is known.
    None,
}

/// A carrier and service that could have issued the number.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Candidate {
    /// The carrier's id.
    pub carrier: CarrierId,
    /// The format's id, e.g. `ups.1z`.
    pub format: String,
    /// The service that the number names.
    pub service: Option<String>,
    /// For postal items: the issuing operator.
    pub operator: Option<String>,
    /// The country that the number names.
    pub origin_country: Option<Country>,
    /// Whether the check digit was verified.
    pub check_digit: CheckDigit,
    /// How sure, in [0, 1].
    pub score: f64,
    /// Why, in words, strongest first.
    pub reasons: Vec<String>,
    /// The carrier's own page for the number.
    pub tracking_url: Option<String>,
}

/// What is wrong with an input that fits nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Stable: `empty`, `too_long`, `several_numbers`, `check_digit_wrong`, `unknown_format`, ….
    pub code: String,
    /// What is wrong.
    pub message: String,
    /// How to mend it.
    pub hint: String,
}

/// The answer to "what is this number?".
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Identification {
    /// As it came (cut at the longest input that is looked at).
    pub input: String,
    /// Clean: capitals and digits only.
    pub normalized: String,
    /// What was changed to get there, in words.
    pub changes: Vec<String>,
    /// Best first. Those whose check digit fails are not candidates.
    pub candidates: Vec<Candidate>,
    /// Why there is no candidate.
    pub problem: Option<Problem>,
}
