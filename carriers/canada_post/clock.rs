//! The clocks of Canada Post's events: a wall clock at the site, and a label that names standard time all year. The
//! province tells the zone, the label that it is that part of the province, and together they tell the instant.

use jiff::civil::{Date, DateTime, Time, date};
use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};

use super::wire::Occurrence;
use crate::contract::{LocalTime, OffsetTime};

/// A province, its zone, and whether all of it keeps that zone.
const PROVINCES: [(&str, &str, bool); 12] = [
    ("AB", "America/Edmonton", true),
    ("BC", "America/Vancouver", false),
    ("MB", "America/Winnipeg", true),
    ("NB", "America/Moncton", true),
    ("NL", "America/St_Johns", false),
    ("NS", "America/Halifax", true),
    ("NT", "America/Yellowknife", true),
    ("ON", "America/Toronto", false),
    ("PE", "America/Halifax", true),
    ("QC", "America/Toronto", false),
    ("SK", "America/Regina", false),
    ("YT", "America/Whitehorse", true),
];

/// A label, its standard time in minutes from UTC, and the zone that most of those under it keep.
const LABELS: [(&str, i32, &str); 6] = [
    ("NST", -210, "America/St_Johns"),
    ("AST", -240, "America/Halifax"),
    ("EST", -300, "America/Toronto"),
    ("CST", -360, "America/Winnipeg"),
    ("MST", -420, "America/Edmonton"),
    ("PST", -480, "America/Vancouver"),
];

/// Whether a code is one of a province or territory of Canada.
pub fn is_province(code: &str) -> bool {
    code == "NU" || PROVINCES.iter().any(|(province, ..)| *province == code)
}

/// When an event happened: the instant where it is proven, and the wall clock as printed.
pub fn when(event: &Occurrence) -> (Option<OffsetTime>, Option<LocalTime>) {
    let day = event.event_date.as_deref().and_then(|text| text.parse::<Date>().ok());
    let hour = event.event_time.as_deref().and_then(|text| text.parse::<Time>().ok());
    match (day, hour) {
        (Some(day), Some(hour)) => {
            let local = day.to_datetime(hour);
            let label = event.event_time_zone.as_deref().unwrap_or_default();
            let province = event.event_province.as_deref().unwrap_or_default();
            (instant(local, province, label), Some(LocalTime::DateTime(local)))
        }
        (Some(day), None) => (None, Some(LocalTime::Date(day))),
        (None, _) => (None, None),
    }
}

fn zone(name: &str) -> Option<TimeZone> {
    TimeZoneDatabase::bundled().get(name).ok()
}

/// What a zone is from UTC outside summer time.
fn standard(zone: &TimeZone, year: i16) -> Option<Offset> {
    Some(OffsetTime::of_zone(date(year, 1, 1).to_datetime(Time::midnight()), zone)?.offset())
}

fn instant(local: DateTime, province: &str, label: &str) -> Option<OffsetTime> {
    let label = LABELS.iter().find(|(name, ..)| *name == label);
    let labelled = label.and_then(|(_, minutes, _)| Offset::from_seconds(minutes * 60).ok());
    if let Some((_, name, whole)) = PROVINCES.iter().find(|(code, ..)| *code == province) {
        let zone = zone(name)?;
        let agrees = match labelled {
            Some(offset) => standard(&zone, local.year()) == Some(offset),
            None => *whole,
        };
        return if agrees { OffsetTime::of_zone(local, &zone) } else { None };
    }
    // Without a province the label holds in winter alone: in summer some of those under it change their clocks.
    let at = OffsetTime::of_zone(local, &zone(label?.2)?)?;
    (Some(at.offset()) == labelled).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_province_and_the_label_prove_the_instant_together() {
        let is = |local: &str, province, label, want: &str| {
            let local: DateTime = local.parse().expect("a time");
            let told = instant(local, province, label).map(|t| t.to_string()).unwrap_or_default();
            assert_eq!(told, want, "{local} {province} {label}");
        };
        is("2026-01-15T12:00:00", "ON", "EST", "2026-01-15T12:00:00-05:00");
        // The label stays that of standard time in summer.
        is("2026-09-15T12:00:00", "AB", "MST", "2026-09-15T12:00:00-06:00");
        is("2026-09-15T12:00:00", "NL", "NST", "2026-09-15T12:00:00-02:30");
        is("2026-09-15T12:00:00", "SK", "CST", "2026-09-15T12:00:00-06:00");
        // Another part of the province, which may or may not change its clocks.
        is("2026-09-15T12:00:00", "BC", "MST", "");
        is("2026-09-15T12:00:00", "AB", "", "2026-09-15T12:00:00-06:00");
        is("2026-09-15T12:00:00", "ON", "", "");
        is("2026-01-15T12:00:00", "", "PST", "2026-01-15T12:00:00-08:00");
        is("2026-09-15T12:00:00", "", "PST", "");
        is("2026-01-15T12:00:00", "", "", "");
        is("2026-01-15T12:00:00", "NU", "", "");
    }

    #[test]
    fn every_zone_exists() {
        for name in PROVINCES.iter().map(|p| p.1).chain(LABELS.iter().map(|l| l.2)) {
            assert!(zone(name).is_some(), "{name}");
        }
    }
}
