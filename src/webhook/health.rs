//! When an endpoint that does nothing but fail is warned about, and when it is disabled. Pure.

use jiff::{SignedDuration, Timestamp};

use crate::store::LaneRecord;

/// Nothing but failures for so long, and its operator is warned.
pub const WARN_AFTER: SignedDuration = SignedDuration::from_hours(24);
/// Nothing but failures for so long, and it is disabled.
pub const DISABLE_AFTER: SignedDuration = SignedDuration::from_hours(5 * 24);
/// It is never disabled sooner after the warning, however quiet it was before.
pub const NOTICE: SignedDuration = SignedDuration::from_hours(24);

/// What a failure means for its endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Nothing yet.
    Kept,
    /// It is warned about now.
    Failing,
    /// It is disabled, for this reason.
    Disabled(String),
}

/// An attempt failed.
pub fn failed(lane: &mut LaneRecord, now: Timestamp) -> Standing {
    let since = *lane.failing_since.get_or_insert(now);
    let failing = now.duration_since(since);
    match lane.warned_at {
        Some(warned) if failing >= DISABLE_AFTER && now.duration_since(warned) >= NOTICE => {
            let days = DISABLE_AFTER.as_hours() / 24;
            Standing::Disabled(format!("nothing but failures for {days} days, since {since:.0}"))
        }
        None if failing >= WARN_AFTER => {
            lane.warned_at = Some(now);
            Standing::Failing
        }
        _ => Standing::Kept,
    }
}

/// An attempt succeeded; says whether that is news.
pub fn succeeded(lane: &mut LaneRecord) -> bool {
    let news = lane.failing_since.is_some() || lane.warned_at.is_some() || lane.held_until.is_some();
    (lane.failing_since, lane.warned_at, lane.held_until) = (None, None, None);
    news
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lane() -> LaneRecord {
        LaneRecord::new("whe_0190163d8694739b96e8bf1e2b3f1a11".parse().unwrap())
    }

    fn hour(hours: i64) -> Timestamp {
        Timestamp::from_second(1_770_000_000 + hours * 3_600).unwrap()
    }

    #[test]
    fn a_day_of_failures_warns_once_and_five_days_disable() {
        let mut lane = lane();
        for hours in [0, 5, 23] {
            assert_eq!(failed(&mut lane, hour(hours)), Standing::Kept);
        }
        assert_eq!(failed(&mut lane, hour(24)), Standing::Failing);
        for hours in [25, 60, 119] {
            assert_eq!(failed(&mut lane, hour(hours)), Standing::Kept);
        }
        let why = "nothing but failures for 5 days, since 2026-02-02T02:40:00Z".to_owned();
        assert_eq!(failed(&mut lane, hour(120)), Standing::Disabled(why));
    }

    #[test]
    fn one_success_forgets_all() {
        let mut lane = lane();
        assert!(!succeeded(&mut lane));
        failed(&mut lane, hour(0));
        failed(&mut lane, hour(30));
        assert!(succeeded(&mut lane));
        assert_eq!(lane, self::lane());
        assert_eq!(failed(&mut lane, hour(121)), Standing::Kept);
    }

    #[test]
    fn an_endpoint_that_was_asked_rarely_is_warned_before_it_is_disabled() {
        let mut lane = lane();
        failed(&mut lane, hour(0));
        assert_eq!(failed(&mut lane, hour(500)), Standing::Failing);
        assert_eq!(failed(&mut lane, hour(523)), Standing::Kept);
        assert!(matches!(failed(&mut lane, hour(524)), Standing::Disabled(_)));
    }
}
