//! The recorded answers, sorted out: whose they are, which of them rules. The order of arrival plays no part.

use std::cmp::Ordering;

use jiff::Timestamp;
use waygate_carriers::contract::{CarrierId, FailureKind, Reading, Tracking};

use super::Case;
use super::case::plain_number;
use crate::domain::observation::Observation;

/// Shortest number that counts as the tail of a longer spelling of itself.
const TAIL_CHARS_MIN: usize = 8;

/// One recorded answer with its place among the case's observations.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// The index in the case's observations.
    pub index: usize,
    /// The answer.
    pub observation: &'a Observation,
}

impl<'a> Answer<'a> {
    /// When it was fetched.
    pub fn fetched_at(&self) -> Timestamp {
        self.observation.fetched_at
    }

    /// How evidence names it.
    pub fn name(&self) -> String {
        format!("observation:{}", self.index)
    }

    fn tracking(&self, number: &str) -> Option<&'a Tracking> {
        self.observation.reading.tracking().filter(|t| is_same_number(&t.tracking_number, number))
    }

    fn is_failure(&self, kind: FailureKind) -> bool {
        matches!(&self.observation.reading, Reading::Failed(failure) if failure.kind == kind)
    }
}

/// A source may print a number with a routing prefix or without; an answer about another number proves nothing.
fn is_same_number(echoed: &str, number: &str) -> bool {
    let echoed = plain_number(echoed);
    let tail = |long: &str, short: &str| short.len() >= TAIL_CHARS_MIN && long.ends_with(short);
    echoed == number || tail(&echoed, number) || tail(number, &echoed)
}

/// All answers that count, in order of time.
#[derive(Debug, Clone)]
pub struct Evidence<'a> {
    number: String,
    named: Option<CarrierId>,
    /// Official answers of the named carrier, oldest first.
    own: Vec<Answer<'a>>,
    /// Official answers of other recognized carriers, oldest first.
    foreign: Vec<Answer<'a>>,
    /// Answers that do not count: not official, or of a carrier that is not recognized.
    ignored: Vec<Answer<'a>>,
}

impl<'a> Evidence<'a> {
    /// Sorts a case's observations.
    pub fn of(case: &Case<'a>) -> Self {
        let mut all: Vec<Answer<'a>> = case
            .observations
            .iter()
            .enumerate()
            .map(|(index, observation)| Answer { index, observation })
            .collect();
        all.sort_by(by_time_then_content);
        let named = case.carrier();
        let mut sorted = Self {
            number: case.number(),
            named: named.clone(),
            own: Vec::new(),
            foreign: Vec::new(),
            ignored: Vec::new(),
        };
        for answer in all {
            let whose = &answer.observation.carrier;
            if !answer.observation.official || case.channels.get(whose).is_none() {
                sorted.ignored.push(answer);
            } else if named.as_ref().is_some_and(|n| speaks_for(case, n, &answer)) {
                sorted.own.push(answer);
            } else {
                sorted.foreign.push(answer);
            }
        }
        sorted
    }

    /// The named carrier's answers, oldest first.
    pub fn own(&self) -> &[Answer<'a>] {
        &self.own
    }

    /// Answers that do not count.
    pub fn ignored(&self) -> &[Answer<'a>] {
        &self.ignored
    }

    /// The latest good answer of the named carrier, which rules until a later good one.
    pub fn ruling(&self) -> Option<(Answer<'a>, &'a Tracking)> {
        self.own.iter().rev().find_map(|answer| answer.tracking(&self.number).map(|t| (*answer, t)))
    }

    /// Every good answer of the named carrier, oldest first.
    pub fn good(&self) -> impl Iterator<Item = (Answer<'a>, &'a Tracking)> + '_ {
        self.own.iter().filter_map(|answer| answer.tracking(&self.number).map(|t| (*answer, t)))
    }

    /// Whether the named carrier itself, not a post that it works with, knows the number.
    pub fn named_carrier_knows(&self) -> Option<Answer<'a>> {
        let itself = |a: &&Answer<'a>| {
            Some(&a.observation.carrier) == self.named.as_ref() && a.tracking(&self.number).is_some()
        };
        self.own.iter().rev().find(itself).copied()
    }

    /// The latest `not found` of the named carrier.
    pub fn not_found(&self) -> Option<Answer<'a>> {
        self.own.iter().rev().find(|a| a.is_failure(FailureKind::NotFound)).copied()
    }

    /// The latest good answer of another recognized carrier.
    pub fn known_elsewhere(&self) -> Option<Answer<'a>> {
        self.foreign.iter().rev().find(|a| a.tracking(&self.number).is_some()).copied()
    }

    /// Whether the named carrier's source was asked and gave any answer of its own, even that it cannot tell.
    pub fn has_been_asked(&self) -> bool {
        self.has_spoken() || self.own.iter().any(|a| a.is_failure(FailureKind::Inconclusive))
    }

    /// Whether the named carrier's source has spoken about the number at all.
    pub fn has_spoken(&self) -> bool {
        self.ruling().is_some() || self.not_found().is_some()
    }
}

/// The named carrier's own source; among posts, which hand parcels to each other, also the issuing post's, and any
/// post that knows the item.
fn speaks_for(case: &Case<'_>, named: &CarrierId, answer: &Answer<'_>) -> bool {
    let whose = &answer.observation.carrier;
    let issues = || case.identification.candidates.iter().any(|c| c.carrier == *whose);
    let knows = || answer.tracking(&case.number()).is_some();
    whose == named
        || (case.channels.is_postal(named) && case.channels.is_postal(whose) && (issues() || knows()))
}

/// By the time of fetching; answers of one instant in an order that their content alone decides.
fn by_time_then_content(a: &Answer<'_>, b: &Answer<'_>) -> Ordering {
    let content = |answer: &Answer<'_>| {
        let o = answer.observation;
        let reading = serde_json::to_string(&o.reading).unwrap_or_default();
        (o.reading.tracking().is_some(), o.carrier.clone(), o.source.clone(), o.official, reading)
    };
    a.fetched_at().cmp(&b.fetched_at()).then_with(|| content(a).cmp(&content(b)))
}
