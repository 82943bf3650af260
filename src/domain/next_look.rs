//! When it is worth asking the source again: by what it said last, from the policy's table.

use jiff::{SignedDuration, Timestamp};
use waygate_carriers::contract::{FailureKind, Reading};

use super::calendar::{days, shifted};
use super::policy::{LookState, Quiet, row_for};
use super::verdict::{Answer, Case, Evidence, Journey};

/// The next time to ask, and why then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextLook {
    /// When; never before the time of judging.
    pub at: Timestamp,
    /// Why, in words.
    pub why: String,
}

/// The next look at a claim, or none where nothing more is to be expected.
pub fn next_look(case: &Case<'_>) -> Option<NextLook> {
    let evidence = case.evidence();
    let latest = evidence.own().last();
    let state = state_of(case, evidence, latest);
    let row = row_for(&case.policy.look, state, case.carrier().as_ref())?;
    let news = last_news(case);
    let asked = latest.map_or(case.now, Answer::fetched_at);
    let quiet = row.quiet.filter(|quiet| asked >= shifted(news, days(quiet.after_days)));
    let minutes = quiet.map_or(row.minutes, |quiet| quiet.minutes);
    let wait = match row.doubles_up_to_minutes {
        None => minutes,
        Some(most) => doubled(minutes, failures_in_a_row(evidence)).min(most),
    };
    let at = shifted(asked, SignedDuration::from_mins(i64::from(wait))).max(case.now);
    let stop = shifted(news, days(row.stop_days));
    (at < stop).then(|| NextLook { at, why: why(state, wait, quiet) })
}

/// E.g. "the parcel is on its way: asked every 6 h (look.in_transit)".
fn why(state: LookState, wait: u32, quiet: Option<Quiet>) -> String {
    let since = quiet.map(|quiet| format!(", as nothing was heard for {} days", quiet.after_days));
    let every = match (wait, wait % 60) {
        (0, _) => "asked at once".to_owned(),
        (_, 0) => format!("asked every {} h", wait / 60),
        _ => format!("asked every {wait} min"),
    };
    format!("{}: {every}{} (look.{})", state.words(), since.unwrap_or_default(), state.as_str())
}

fn state_of(case: &Case<'_>, evidence: &Evidence<'_>, latest: Option<&Answer<'_>>) -> LookState {
    let Some(latest) = latest else { return LookState::NeverAsked };
    match (&latest.observation.reading, evidence.ruling(), case.journey()) {
        (Reading::Failed(failure), None, _) if failure.kind == FailureKind::NotFound => LookState::NotFound,
        (Reading::Failed(failure), _, _) if failure.kind != FailureKind::NotFound => LookState::Failure,
        (_, _, Some(journey)) => LookState::of(journey.tracking.status),
        // Found, but another number.
        (_, _, None) => LookState::Failure,
    }
}

fn failures_in_a_row(evidence: &Evidence<'_>) -> u32 {
    let failed = |a: &&Answer<'_>| matches!(&a.observation.reading, Reading::Failed(f) if f.kind != FailureKind::NotFound);
    u32::try_from(evidence.own().iter().rev().take_while(failed).count()).unwrap_or(u32::MAX)
}

/// The wait after so many failures: the base after the first, twice that after the second.
fn doubled(minutes: u32, failures: u32) -> u32 {
    1_u32.checked_shl(failures.saturating_sub(1)).map_or(u32::MAX, |factor| minutes.saturating_mul(factor))
}

/// The newest thing that is known to have happened. A time in the future is a source's mistake, and no news.
fn last_news(case: &Case<'_>) -> Timestamp {
    let given = case.given_at();
    let newest = case.journey().and_then(Journey::newest_at).filter(|at| *at <= case.now);
    newest.map_or(given, |at| at.max(given))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use waygate_carriers::contract::Status;

    use super::*;
    use crate::domain::verdict::samples::{Sample, at};

    fn next(sample: &Sample) -> Option<String> {
        next_look(&sample.case()).map(|look| look.at.to_string())
    }

    #[test]
    fn who_was_never_asked_is_asked_at_once() {
        assert_eq!(next(&Sample::new()).as_deref(), Some("2026-03-02T20:00:00Z"));
    }

    #[test]
    fn the_state_decides_the_wait() {
        let sample = Sample::on_its_way(); // fetched on the 5th at midnight
        assert_eq!(next(&sample).as_deref(), Some("2026-03-05T04:00:00Z"));
        let near = sample.clone().told(|t| t.status = Status::OutForDelivery);
        assert_eq!(next(&near).as_deref(), Some("2026-03-05T01:00:00Z"));
        let customs = sample.told(|t| t.status = Status::Customs);
        assert_eq!(next(&customs).as_deref(), Some("2026-03-05T12:00:00Z"));
        let unknown = Sample::new().not_found("2026-03-02T19:00:00Z");
        assert_eq!(next(&unknown).as_deref(), Some("2026-03-02T23:00:00Z"));
    }

    #[test]
    fn a_carriers_own_pace_comes_first() {
        let mut post = Sample::on_its_way();
        let ups = next(&post);
        post.claim.carrier = "usps".to_owned();
        for observation in &mut post.observations {
            observation.carrier = waygate_carriers::contract::CarrierId::new("usps").unwrap();
        }
        assert_eq!(
            (ups.as_deref(), next(&post).as_deref()),
            (Some("2026-03-05T04:00:00Z"), Some("2026-03-05T06:00:00Z"))
        );
    }

    #[test]
    fn a_parcel_of_which_nothing_is_heard_is_asked_for_less_often() {
        // The last scan is of the 4th; ten days later the source was asked again and said the same.
        let mut quiet = Sample::on_its_way().at("2026-03-14T12:00:00Z");
        for observation in &mut quiet.observations {
            observation.fetched_at = at("2026-03-14T12:00:00Z");
        }
        let look = next_look(&quiet.case()).unwrap();
        assert_eq!(look.at.to_string(), "2026-03-15T00:00:00Z");
        assert_eq!(
            look.why,
            "the parcel is on its way: asked every 12 h, as nothing was heard for 7 days (look.in_transit)"
        );
    }

    #[test]
    fn failures_back_off_up_to_half_a_day() {
        let mut sample = Sample::new();
        for (count, wait) in [(1, 30), (2, 60), (3, 120), (4, 240), (5, 480), (6, 720), (40, 720)] {
            while sample.observations.len() < count {
                sample = sample.failing("2026-03-02T20:00:00Z", FailureKind::Unavailable);
            }
            let due = shifted(at("2026-03-02T20:00:00Z"), SignedDuration::from_mins(wait));
            assert_eq!(next(&sample), Some(due.to_string()), "{count}");
        }
    }

    #[test]
    fn a_look_that_was_missed_is_due_now() {
        let sample = Sample::on_its_way().at("2026-03-08T00:00:00Z");
        assert_eq!(next(&sample).as_deref(), Some("2026-03-08T00:00:00Z"));
    }

    #[test]
    fn the_asking_stops() {
        // Delivered on the 10th at 17:00 UTC: three days of looking again.
        let delivered = Sample::delivered();
        assert!(next(&delivered).is_some());
        assert!(next(&delivered.at("2026-03-13T16:59:59Z")).is_some());
        assert_eq!(next(&Sample::delivered().at("2026-03-13T17:00:00Z")), None);
        assert_eq!(next(&Sample::new().at("2026-06-02T00:00:00Z")), None, "nobody answers for ever");
    }

    #[test]
    fn a_rejected_claim_is_not_asked_for_again() {
        let sample = Sample::new().not_found("2026-03-09T12:00:00Z").at("2026-03-09T12:00:00Z");
        assert_eq!(sample.judge().next_look_at, None);
    }
}
