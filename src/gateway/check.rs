//! "What is this number?": the answer of `waygate check` and of `POST /v1/numbers/check`.

pub mod json;

use std::borrow::Cow;

use serde::Serialize;
use utoipa::ToSchema;
use waygate_carriers::contract::{CarrierId, Country};
use waygate_carriers::numbers::{CheckDigit, Fit, Found, Hint, Problem, Reason};
use waygate_carriers::registry::Registry;

use crate::domain::channels::Channels;

/// A carrier and service that could have issued the number.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct NumberCandidate {
    /// The carrier's id.
    pub carrier: String,
    /// The format's id, e.g. `ups.1z`.
    pub format: String,
    /// The service that the number names.
    pub service: Option<String>,
    /// For postal items: the issuing operator.
    pub operator: Option<String>,
    /// ISO 3166-1 alpha-2.
    pub origin_country: Option<String>,
    /// Whether the platform recognizes this carrier's tracking.
    pub recognized: bool,
    /// `valid` or `none` (the format has none).
    pub check_digit: &'static str,
    /// How sure, from 0 to 1.
    pub score: f64,
    /// Why.
    pub reasons: Vec<String>,
    /// The carrier's own page for the number.
    pub tracking_url: Option<String>,
}

/// What is wrong with a number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct NumberProblem {
    /// Stable, in snake case.
    pub code: String,
    /// What is wrong.
    pub message: String,
    /// How to mend it.
    pub hint: String,
}

/// What a number is.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct NumberCheck {
    /// As it came.
    pub input: String,
    /// Clean.
    pub normalized: String,
    /// Whether at least one candidate stands.
    pub valid: bool,
    /// What was changed to make it clean.
    pub changes: Vec<String>,
    /// Best first.
    pub candidates: Vec<NumberCandidate>,
    /// Null when valid.
    pub problem: Option<NumberProblem>,
}

/// Says what an input is. A claimed carrier narrows and never overrides.
pub fn check_number(
    registry: &Registry,
    channels: &Channels,
    input: &str,
    claimed: Option<&CarrierId>,
    ship_from: Option<Country>,
) -> NumberCheck {
    NumberCheck::of(registry.formats().find(input, Hint { claimed, ship_from }), channels)
}

impl NumberCheck {
    /// What was found, made to stand alone.
    pub fn of(found: Found<'_>, channels: &Channels) -> Self {
        let problem = found.problem().map(Cow::into_owned).map(told);
        let candidates = found.candidates().map(|fit| candidate(fit, channels)).collect();
        Self {
            input: found.input.to_owned(),
            valid: found.is_valid(),
            candidates,
            normalized: found.normalized.into_owned(),
            changes: found.changes,
            problem,
        }
    }
}

/// Whether a check digit was verified, as answers say it.
fn check_digit(check_digit: CheckDigit) -> &'static str {
    match check_digit {
        CheckDigit::Valid => "valid",
        CheckDigit::None => "none",
    }
}

fn candidate(fit: Fit<'_>, channels: &Channels) -> NumberCandidate {
    NumberCandidate {
        recognized: channels.is_recognized(fit.carrier()),
        carrier: fit.carrier().to_string(),
        format: fit.format().to_owned(),
        service: fit.service().map(str::to_owned),
        operator: fit.operator().map(str::to_owned),
        origin_country: fit.origin_country().map(|country| country.to_string()),
        check_digit: check_digit(fit.check_digit()),
        score: fit.score(),
        reasons: fit.reasons().map(Reason::in_words).collect(),
        tracking_url: fit.has_tracking_url().then(|| {
            let mut url = String::new();
            fit.write_tracking_url(&mut url);
            url
        }),
    }
}

fn told(problem: Problem) -> NumberProblem {
    NumberProblem { code: problem.code, message: problem.message, hint: problem.hint }
}
