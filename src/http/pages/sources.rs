//! How the official sources do: on, paused after failures, or off.

use std::collections::BTreeMap;

use jiff::Timestamp;
use waygate_carriers::contract::SourceId;

use super::when::{When, distance};
use super::words::{self, Badge};
use crate::fetch::{BreakerState, SourceHealth, SourceState, Spent, money};
use crate::store::UnmappedCode;

/// One source.
pub struct SourceRow {
    /// Its id.
    pub id: String,
    /// Whether it is asked.
    pub state: Badge,
    /// Requests sent.
    pub asked: u64,
    /// Of those, answered.
    pub answered: u64,
    /// When it last answered.
    pub answered_at: Option<When>,
    /// Requests left today.
    pub left_today: Option<u32>,
    /// How long requests take of late.
    pub latency: String,
    /// What it cost.
    pub spent: String,
    /// What somebody ought to look into.
    pub to_mend: String,
    /// What else there is to know.
    pub note: String,
}

/// All sources.
pub struct Sources {
    /// Those that are asked, or would be.
    pub on: Vec<SourceRow>,
    /// Those that are off, by name.
    pub off: Vec<SourceRow>,
    /// How many of `on` are paused.
    pub paused: usize,
}

impl Sources {
    /// All sources, those that are paused first.
    pub fn of(
        health: BTreeMap<SourceId, SourceHealth>,
        unmapped: &[UnmappedCode],
        now: Timestamp,
        particulars: bool,
    ) -> Self {
        let rows = health.into_iter().map(|(id, health)| {
            let codes = unmapped.iter().filter(|code| code.source == id).count();
            row(&id, health, codes, now, particulars)
        });
        let (off, mut on): (Vec<_>, Vec<_>) = rows.partition(|row| row.state == words::OFF);
        on.sort_by_key(|row| row.state != words::PAUSED);
        let paused = on.iter().filter(|row| row.state == words::PAUSED).count();
        Self { on, off, paused }
    }

    /// Sources that are asked now.
    pub fn asked(&self) -> usize {
        self.on.len() - self.paused
    }
}

/// What `GET /v1/carriers/{carrier}` lists to operators.
fn to_mend(incidents: &BTreeMap<String, u64>, unmapped: usize) -> String {
    let incidents: u64 = incidents.values().sum();
    let counted = |n: u64, one: &str, several: &str| match n {
        0 => None,
        1 => Some(format!("1 {one}")),
        n => Some(format!("{n} {several}")),
    };
    let codes = u64::try_from(unmapped).unwrap_or(u64::MAX);
    let told = [
        counted(codes, "code without a meaning", "codes without a meaning"),
        counted(incidents, "wrong answer since the start", "wrong answers since the start"),
    ];
    told.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn row(id: &SourceId, health: SourceHealth, unmapped: usize, now: Timestamp, particulars: bool) -> SourceRow {
    let failure = health.last_failure.filter(|_| particulars);
    let (state, note) = match (health.state, health.breaker) {
        (SourceState::Off(why), _) => (words::OFF, if particulars { why } else { String::new() }),
        (SourceState::On, BreakerState::Open(until)) if until > now => {
            let why = failure.map_or_else(String::new, |(_, why)| format!(": {why}"));
            (words::PAUSED, format!("asked again {}{why}", distance(until, now)))
        }
        (SourceState::On, BreakerState::Closed) => {
            let note = failure.map(|(at, why)| format!("last failure {}: {why}", distance(at, now)));
            (words::ON, note.unwrap_or_default())
        }
        // The pause is over; the next request shows whether it answers.
        (SourceState::On, _) => (words::PAUSED, "the next request is a trial".to_owned()),
    };
    SourceRow {
        id: id.to_string(),
        state,
        asked: health.asked,
        answered: health.answered,
        answered_at: health.answered_at.map(When::short),
        left_today: health.left_today.filter(|_| particulars),
        latency: match (health.latest.p50_ms, health.latest.p95_ms) {
            (Some(p50), Some(p95)) => format!("{p50} ms, at most {p95} ms of 19 in 20"),
            _ => String::new(),
        },
        spent: if particulars { spent(&health.spent) } else { String::new() },
        to_mend: if particulars { to_mend(&health.incidents, unmapped) } else { String::new() },
        note,
    }
}

fn spent(spent: &BTreeMap<String, Spent>) -> String {
    let one = |(currency, spent): (&String, &Spent)| {
        let (today, month) = (money(spent.today, currency)?, money(spent.month, currency)?);
        Some(format!("{today} today, {month} this month"))
    };
    spent.iter().filter_map(one).collect::<Vec<_>>().join("; ")
}
