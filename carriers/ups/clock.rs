//! The times of UPS: a local date and time, beside them the same in GMT and the offset, each of which may be missing.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};

use super::wire::{Activity, Package};
use crate::contract::{LocalTime, OffsetTime};

/// Clocks on earth are at most so far from UTC.
const OFFSET_SECONDS_MAX: i32 = 14 * 3600;

/// Only the digits, where nothing else stands but the separators that UPS prints in some answers and not in others.
fn digits(text: &str) -> Option<String> {
    let known = text.chars().all(|c| c.is_ascii_digit() || matches!(c, ':' | '-' | '.'));
    known.then(|| text.chars().filter(char::is_ascii_digit).collect())
}

fn pair<T: std::str::FromStr>(digits: &str, at: usize) -> Option<T> {
    digits.get(at..at + 2)?.parse().ok()
}

/// `YYYYMMDD`.
pub fn date(text: Option<&String>) -> Option<Date> {
    let digits = digits(text?)?;
    if digits.len() != 8 {
        return None;
    }
    Date::new(digits.get(..4)?.parse().ok()?, pair(&digits, 4)?, pair(&digits, 6)?).ok()
}

/// `HHMMSS`, `HH:MM:SS`, or five digits where the leading zero got lost.
pub fn time(text: Option<&String>) -> Option<Time> {
    let mut digits = digits(text?)?;
    if digits.len() == 5 {
        digits.insert(0, '0');
    }
    if digits.len() != 6 {
        return None;
    }
    Time::new(pair(&digits, 0)?, pair(&digits, 2)?, pair(&digits, 4)?, 0).ok()
}

/// `+hh:mm`; in webhooks and some answers `-hh.mm`.
fn offset(text: Option<&String>) -> Option<Offset> {
    let (sign, rest) = match text?.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let digits = digits(rest)?;
    let seconds = pair::<i32>(&digits, 0)? * 3600 + pair::<i32>(&digits, 2)? * 60;
    let known = digits.len() == 4 && seconds <= OFFSET_SECONDS_MAX;
    known.then(|| Offset::from_seconds(sign * seconds).ok()).flatten()
}

/// The offset between a wall clock and the same moment in GMT, where it is one that clocks have.
fn offset_between(local: DateTime, gmt: DateTime) -> Option<Offset> {
    let seconds = i32::try_from(local.duration_since(gmt).as_secs()).ok()?;
    let known = seconds.abs() <= OFFSET_SECONDS_MAX && seconds % (15 * 60) == 0;
    known.then(|| Offset::from_seconds(seconds).ok()).flatten()
}

/// When an activity happened: the instant where an offset or the GMT time proves it, and the wall clock as printed.
/// Without either the instant stays unknown: the place of a label's record is not the place of its clock.
pub fn when(activity: &Activity) -> (Option<OffsetTime>, Option<LocalTime>) {
    let day = date(activity.date.as_ref());
    let hour = time(activity.time.as_ref());
    let local = day.zip(hour).map(|(day, hour)| day.to_datetime(hour));
    let printed = local.map(LocalTime::DateTime).or(day.map(LocalTime::Date));
    let gmt = date(activity.gmt_date.as_ref())
        .zip(time(activity.gmt_time.as_ref()))
        .map(|(day, hour)| day.to_datetime(hour));
    let given = offset(activity.gmt_offset.as_ref());
    let instant = match (local, given, gmt) {
        (Some(local), Some(offset), _) => OffsetTime::of_local(local, offset),
        (None, _, Some(gmt)) => of_gmt(gmt, given.unwrap_or(Offset::UTC)),
        (Some(local), None, Some(gmt)) => offset_between(local, gmt).and_then(|o| of_gmt(gmt, o)),
        (_, _, None) => None,
    };
    (instant, printed)
}

fn of_gmt(gmt: DateTime, offset: Offset) -> Option<OffsetTime> {
    Some(OffsetTime::new(TimeZone::UTC.to_timestamp(gmt).ok()?, offset))
}

/// The date of one type among a package's delivery dates.
pub fn delivery_date(package: &Package, kind: &str) -> Option<Date> {
    let mut dated = package.delivery_date.iter().filter(|d| d.kind.as_deref() == Some(kind));
    dated.find_map(|d| date(d.date.as_ref()))
}

/// When UPS expects to deliver: the rescheduled date before the scheduled one, with the end of the window where one
/// is told. The clock is the destination's and no offset is told. The actual delivery (DEL) is no estimate.
pub fn estimate(package: &Package) -> Option<LocalTime> {
    let day = delivery_date(package, "RDD").or_else(|| delivery_date(package, "SDD"))?;
    let window = matches!(package.delivery_time.kind.as_deref(), Some("CMT" | "EDW" | "CDW" | "IDW"));
    let end = time(package.delivery_time.end_time.as_ref()).filter(|_| window);
    Some(end.map_or(LocalTime::Date(day), |end| LocalTime::DateTime(day.to_datetime(end))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(fields: [&str; 5]) -> (Option<String>, Option<String>) {
        let [date, time, gmt_date, gmt_time, gmt_offset] =
            fields.map(|field| (!field.is_empty()).then(|| field.to_owned()));
        let activity = Activity { date, time, gmt_date, gmt_time, gmt_offset, ..Activity::default() };
        let (instant, local) = when(&activity);
        (instant.map(|t| t.to_string()), local.map(|t| t.to_string()))
    }

    #[test]
    fn the_instant_is_known_only_where_it_is_proven() {
        let is = |fields, instant: &str, local: &str| {
            let want = |text: &str| (!text.is_empty()).then(|| text.to_owned());
            assert_eq!(told(fields), (want(instant), want(local)), "{fields:?}");
        };
        let (with_offset, local) = ("2026-03-05T14:15:03-07:00", "2026-03-05T14:15:03");
        is(["20260305", "141503", "20260305", "21:15:03", "-07:00"], with_offset, local);
        is(["20260305", "141503", "", "", "-07.00"], with_offset, local);
        is(["20260305", "141503", "20260305", "211503", ""], with_offset, local);
        is(["20260305", "141503", "", "", ""], "", local);
        is(["20260305", "", "", "", "-07:00"], "", "2026-03-05");
        is(["", "", "20260305", "21:15:03", ""], "2026-03-05T21:15:03Z", "");
        // Five digits: the leading zero got lost.
        is(["20260305", "41503", "", "", "+01:00"], "2026-03-05T04:15:03+01:00", "2026-03-05T04:15:03");
        // Two clocks that no offset joins prove nothing.
        is(["20260305", "141503", "20260309", "21:15:03", ""], "", local);
        is(["20260399", "141503", "", "", "-07:00"], "", "");
        is(["20260305", "996199", "", "", "-07:00"], "", "2026-03-05");
        is(["20260305", "141503", "", "", "-99:00"], "", local);
    }
}
