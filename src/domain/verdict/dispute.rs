//! Where two official sources of the named carrier tell different things of one parcel: since when, and about what.

use jiff::Timestamp;
use waygate_carriers::contract::{Country, SourceId};

use super::{Answer, Case, Journey, Stand};
use crate::domain::calendar::shifted;

/// What two sources disagree about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// The country of destination.
    Destination,
    /// How the journey ended, or whether it has.
    End,
}

/// A disagreement.
#[derive(Debug, Clone)]
pub struct Disagreement<'a> {
    /// What about.
    pub about: About,
    /// Both answers, the one that rules first, each with what it says.
    pub sides: [(Answer<'a>, String); 2],
    /// When both were on record.
    pub since: Timestamp,
}

impl Disagreement<'_> {
    /// When neither can be behind any more.
    pub fn turns_at(&self, case: &Case<'_>) -> Timestamp {
        shifted(self.since, case.policy.sources_behind)
    }

    /// Whether one of them may still be behind.
    pub fn may_pass(&self, case: &Case<'_>) -> bool {
        case.now < self.turns_at(case)
    }
}

/// What one answer says.
#[derive(Debug, Clone, Copy)]
struct Statement<'a> {
    answer: Answer<'a>,
    country: Option<Country>,
    stand: Stand,
}

/// The first thing that another official source tells otherwise than the one that rules.
pub fn between<'a>(case: &Case<'a>) -> Option<Disagreement<'a>> {
    let evidence = case.evidence();
    let mut sources = evidence.good().map(|(answer, _)| source_of(answer));
    let first = sources.next()?;
    if sources.all(|source| source == first) {
        return None; // one source cannot disagree with itself: its newest answer counts
    }
    let statements: Vec<Statement<'a>> = evidence
        .good()
        .map(|(answer, tracking)| {
            let journey = Journey::of(case, (answer, tracking));
            let at = journey.delivered_place().or(tracking.destination.as_ref());
            Statement { answer, country: at.and_then(|p| p.country), stand: journey.stand }
        })
        .collect();
    let ruling = *statements.last()?;
    let mut others: Vec<Statement<'a>> = Vec::new();
    for statement in statements.iter().rev().filter(|s| source_of(s.answer) != source_of(ruling.answer)) {
        if others.iter().all(|o| source_of(o.answer) != source_of(statement.answer)) {
            others.push(*statement);
        }
    }
    others.iter().find_map(|other| compare(case, &statements, ruling, *other))
}

fn compare<'a>(
    case: &Case<'a>,
    all: &[Statement<'a>],
    ruling: Statement<'a>,
    other: Statement<'a>,
) -> Option<Disagreement<'a>> {
    let disagreement = |about,
                        words: fn(&Statement<'_>) -> String,
                        same: &dyn Fn(&Statement<'_>, &Statement<'_>) -> bool| {
        let first = |side: Statement<'a>| first_of_the_same(all, side, same).answer.fetched_at();
        Disagreement {
            about,
            sides: [(ruling.answer, words(&ruling)), (other.answer, words(&other))],
            since: first(ruling).max(first(other)),
        }
    };
    if let (Some(a), Some(b)) = (ruling.country, other.country)
        && !is_one_place(case, a, b)
    {
        let words =
            |s: &Statement<'_>| format!("to {}", s.country.map(|c| c.to_string()).unwrap_or_default());
        return Some(disagreement(About::Destination, words, &|x, y| x.country == y.country));
    }
    let same_stand = |x: &Statement<'_>, y: &Statement<'_>| x.stand == y.stand;
    let ends_apart = match (end(ruling.stand), end(other.stand)) {
        (Some(a), Some(b)) => a != b,
        (None, None) => false,
        // Another post that stops telling is no contradiction: the parcel has left it.
        _ if ruling.answer.observation.carrier != other.answer.observation.carrier => false,
        // What was told before the end is merely older.
        (Some(_), None) => {
            other.answer.fetched_at() >= first_of_the_same(all, ruling, &same_stand).answer.fetched_at()
        }
        (None, Some(_)) => true,
    };
    let words = |s: &Statement<'_>| stand_words(s.stand).to_owned();
    ends_apart.then(|| disagreement(About::End, words, &same_stand))
}

/// The first of the unbroken row of answers of one source that say the same as its latest.
fn first_of_the_same<'a>(
    all: &[Statement<'a>],
    latest: Statement<'a>,
    same: &dyn Fn(&Statement<'_>, &Statement<'_>) -> bool,
) -> Statement<'a> {
    let own = all.iter().rev().filter(|s| source_of(s.answer) == source_of(latest.answer));
    own.take_while(|s| same(s, &latest)).last().copied().unwrap_or(latest)
}

fn source_of(answer: Answer<'_>) -> (&str, Option<&str>) {
    let observation = answer.observation;
    (observation.carrier.as_str(), observation.source.as_ref().map(SourceId::as_str))
}

fn is_one_place(case: &Case<'_>, a: Country, b: Country) -> bool {
    let territory = case.policy.territory_of(a);
    a == b || (territory.is_some() && territory == case.policy.territory_of(b))
}

/// How a journey ended, if it has.
fn end(stand: Stand) -> Option<Stand> {
    match stand {
        Stand::Delivered | Stand::Returned | Stand::Ended => Some(stand),
        Stand::Unscanned | Stand::Moving | Stand::Returning => None,
    }
}

fn stand_words(stand: Stand) -> &'static str {
    match stand {
        Stand::Unscanned => "not scanned",
        Stand::Moving => "on its way",
        Stand::Delivered => "delivered",
        Stand::Returning => "on its way back",
        Stand::Returned => "returned",
        Stand::Ended => "lost or voided",
    }
}
