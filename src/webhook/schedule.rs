//! When a delivery is tried again, as a function of how often it was tried and what came back.

use jiff::{SignedDuration, Timestamp};

use crate::store::AttemptResult;

/// The waits after the first attempt, the second, and so on, in seconds. The last attempt comes 72 hours after the
/// first (before jitter); after it the delivery is given up, and kept.
pub const WAITS_S: [i64; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 36_000, 86_400, 73_495];
/// From the first attempt to the last.
pub const SPAN_S: i64 = 72 * 3_600;
const _: () = {
    let (mut sum, mut i) = (0, 0);
    while i < WAITS_S.len() {
        sum += WAITS_S[i];
        i += 1;
    }
    assert!(sum == SPAN_S, "the waits must add up to the span");
};
/// The longest `Retry-After` that is obeyed.
pub const RETRY_AFTER_MAX: SignedDuration = SignedDuration::from_hours(24);
/// The share by which a wait may be shorter or longer, so that deliveries which failed together do not come back
/// together.
const JITTER: f64 = 0.2;

/// What came back from an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// An answer.
    Answered {
        /// Its HTTP status.
        status: u16,
        /// How long it asks to wait.
        retry_after: Option<SignedDuration>,
    },
    /// No answer: refused, unreachable, too slow.
    Unanswered,
}

/// What follows from an attempt that ended at `now`, with `attempts_before` before it. `jitter` is a number from 0 up
/// to 1, drawn for this attempt.
pub fn follows(outcome: Outcome, attempts_before: u32, now: Timestamp, jitter: f64) -> AttemptResult {
    let asked = match outcome {
        Outcome::Answered { status: 200..=299, .. } => return AttemptResult::Delivered,
        Outcome::Answered { status: 410, .. } => {
            return AttemptResult::DisableEndpoint("the endpoint answered 410 Gone".to_owned());
        }
        Outcome::Answered { retry_after, .. } => retry_after.unwrap_or_default(),
        Outcome::Unanswered => SignedDuration::ZERO,
    };
    let Some(wait) = usize::try_from(attempts_before).ok().and_then(|made| WAITS_S.get(made)) else {
        return AttemptResult::GiveUp;
    };
    // A shorter `Retry-After` does not hasten the schedule: it would use up the attempts in no time.
    let wait = SignedDuration::from_secs(*wait).mul_f64(1.0 - JITTER + 2.0 * JITTER * jitter);
    let wait = wait.max(asked.min(RETRY_AFTER_MAX));
    AttemptResult::RetryAt(now.checked_add(wait).unwrap_or(Timestamp::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600;

    fn now() -> Timestamp {
        "2026-11-23T10:00:00Z".parse().unwrap()
    }

    fn answered(status: u16) -> Outcome {
        Outcome::Answered { status, retry_after: None }
    }

    /// The wait in seconds before the next attempt, if there is one.
    fn wait(outcome: Outcome, attempts_before: u32, jitter: f64) -> Option<i64> {
        match follows(outcome, attempts_before, now(), jitter) {
            AttemptResult::RetryAt(at) => Some(at.duration_since(now()).as_secs()),
            AttemptResult::GiveUp => None,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_waits_grow_and_the_tenth_attempt_is_the_last() {
        let waits: Vec<_> = (0..12).map(|made| wait(Outcome::Unanswered, made, 0.5)).collect();
        let expected = [5, 5 * 60, 30 * 60, 2 * HOUR, 5 * HOUR, 10 * HOUR, 10 * HOUR, 24 * HOUR, 73_495];
        assert_eq!(waits[..9], expected.map(Some));
        assert_eq!(waits[9..], [None; 3]);
        assert_eq!(expected.iter().sum::<i64>(), 72 * HOUR);
        assert_eq!(wait(Outcome::Unanswered, u32::MAX, 0.5), None);
    }

    #[test]
    fn jitter_moves_a_wait_by_a_fifth_at_most() {
        assert_eq!(wait(answered(500), 1, 0.0), Some(240));
        assert_eq!(wait(answered(500), 1, 0.5), Some(300));
        assert_eq!(wait(answered(500), 1, 0.999_999), Some(359));
    }

    #[test]
    fn a_status_decides_what_follows() {
        for status in [200, 201, 202, 204, 299] {
            assert_eq!(follows(answered(status), 0, now(), 0.5), AttemptResult::Delivered, "{status}");
            assert_eq!(follows(answered(status), 9, now(), 0.5), AttemptResult::Delivered, "{status}");
        }
        for status in
            [100, 199, 300, 301, 302, 304, 307, 308, 400, 401, 404, 409, 411, 429, 500, 502, 503, 504]
        {
            assert_eq!(wait(answered(status), 0, 0.5), Some(5), "{status}");
            assert_eq!(wait(answered(status), 9, 0.5), None, "{status}");
        }
        for made in [0, 9] {
            let result = follows(answered(410), made, now(), 0.5);
            assert!(matches!(result, AttemptResult::DisableEndpoint(_)), "{result:?}");
        }
    }

    #[test]
    fn a_longer_retry_after_is_obeyed_up_to_a_day() {
        let asked = |seconds, made| {
            let retry_after = Some(SignedDuration::from_secs(seconds));
            wait(Outcome::Answered { status: 429, retry_after }, made, 0.5)
        };
        assert_eq!(asked(0, 0), Some(5));
        assert_eq!(asked(60, 0), Some(60));
        assert_eq!(asked(60, 1), Some(300));
        assert_eq!(asked(24 * HOUR, 0), Some(24 * HOUR));
        assert_eq!(asked(24 * HOUR + 1, 0), Some(24 * HOUR));
        assert_eq!(asked(i64::MAX, 0), Some(24 * HOUR));
        assert_eq!(asked(60, 9), None);
    }
}
