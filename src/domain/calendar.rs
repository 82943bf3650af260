//! Days as the rules count them: a day is 24 hours, a business day one of Monday to Friday in UTC.

use jiff::civil::Weekday;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};

/// Some days of 24 hours.
pub fn days(count: u32) -> SignedDuration {
    SignedDuration::from_hours(24 * i64::from(count))
}

/// A time moved on, or back; at the calendar's ends it stays there.
pub fn shifted(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(if by.is_negative() { Timestamp::MIN } else { Timestamp::MAX })
}

/// When so many business days have gone by. Saturday and Sunday do not count: what begins there begins on Monday.
pub fn business_days_after(from: Timestamp, count: u32) -> Timestamp {
    let one = SignedDuration::from_hours(24);
    let mut at = from;
    while is_weekend(at) {
        let local = Offset::UTC.to_datetime(at);
        let midnight = local.date().to_datetime(jiff::civil::Time::midnight());
        at = shifted(at, one - local.duration_since(midnight));
        if at == Timestamp::MAX {
            return at;
        }
    }
    for _ in 0..count {
        at = shifted(at, one);
        while is_weekend(at) && at != Timestamp::MAX {
            at = shifted(at, one);
        }
    }
    at
}

fn is_weekend(at: Timestamp) -> bool {
    matches!(Offset::UTC.to_datetime(at).weekday(), Weekday::Saturday | Weekday::Sunday)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn business_days_skip_the_weekend() {
        let cases = [
            // 2026-03-02 is a Monday.
            ("2026-03-02T10:00:00Z", 5, "2026-03-09T10:00:00Z"),
            ("2026-03-06T10:00:00Z", 1, "2026-03-09T10:00:00Z"),
            ("2026-03-04T10:00:00Z", 5, "2026-03-11T10:00:00Z"),
            ("2026-03-07T10:00:00Z", 5, "2026-03-16T00:00:00Z"),
            ("2026-03-08T23:59:59Z", 1, "2026-03-10T00:00:00Z"),
            ("2026-03-04T10:00:00Z", 0, "2026-03-04T10:00:00Z"),
        ];
        for (from, count, to) in cases {
            assert_eq!(business_days_after(at(from), count), at(to), "{count} after {from}");
        }
    }

    #[test]
    fn the_calendar_has_ends_and_no_panic() {
        assert_eq!(shifted(Timestamp::MAX, days(1)), Timestamp::MAX);
        assert_eq!(shifted(Timestamp::MIN, -days(1)), Timestamp::MIN);
        assert_eq!(business_days_after(Timestamp::MAX, 5), Timestamp::MAX);
    }
}
