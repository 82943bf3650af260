//! "What is this number?": the answer of `waygate check` and of `POST /v1/numbers/check`.

use serde::Serialize;
use utoipa::ToSchema;
use waygate_carriers::contract::{CarrierId, Country};
use waygate_carriers::numbers::{Candidate, CheckDigit, Hint, Problem};
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
    let found = registry.formats().identify(input, Hint { claimed, ship_from });
    NumberCheck {
        input: found.input,
        normalized: found.normalized,
        valid: !found.candidates.is_empty(),
        changes: found.changes,
        candidates: found.candidates.into_iter().map(|c| candidate(c, channels)).collect(),
        problem: found.problem.map(problem),
    }
}

fn candidate(candidate: Candidate, channels: &Channels) -> NumberCandidate {
    NumberCandidate {
        recognized: channels.is_recognized(&candidate.carrier),
        carrier: candidate.carrier.to_string(),
        format: candidate.format,
        service: candidate.service,
        operator: candidate.operator,
        origin_country: candidate.origin_country.map(|c| c.to_string()),
        check_digit: match candidate.check_digit {
            CheckDigit::Valid => "valid",
            CheckDigit::None => "none",
        },
        score: candidate.score,
        reasons: candidate.reasons,
        tracking_url: candidate.tracking_url,
    }
}

fn problem(problem: Problem) -> NumberProblem {
    NumberProblem { code: problem.code, message: problem.message, hint: problem.hint }
}
