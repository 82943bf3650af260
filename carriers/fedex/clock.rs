//! The times of FedEx: a scan bears its place's offset, unless its hour is not known: then it stands at midnight without
//! one. Among the shipment's dates, midnight in Memphis is a date.

use jiff::civil::Time;

use super::wire::{ScanEvent, TrackResult};
use crate::contract::{Country, LocalTime, OffsetTime, printed};
use crate::places;

/// Offsets of the clock in Memphis, in seconds.
const MEMPHIS: [i32; 2] = [-6 * 3600, -5 * 3600];

fn is_midnight(local: LocalTime) -> bool {
    local.datetime().is_none_or(|time| time.time() == Time::midnight())
}

/// When a scan was made: the instant where the offset is given or its place keeps one clock, and the time as printed.
pub fn of_scan(scan: &ScanEvent, country: Option<Country>) -> (Option<OffsetTime>, Option<LocalTime>) {
    let Some(text) = scan.date.as_deref() else { return (None, None) };
    match printed(text) {
        (None, Some(local)) if is_midnight(local) => (None, Some(LocalTime::Date(local.date()))),
        (None, Some(local)) => (places::instant_in(country, local), Some(local)),
        told => told,
    }
}

/// A date of the shipment: an instant, or only a day.
pub fn of_shipment(text: &str) -> (Option<OffsetTime>, Option<LocalTime>) {
    let (instant, local) = printed(text);
    let in_memphis = instant.is_none_or(|at| MEMPHIS.contains(&at.offset().seconds()));
    match local {
        Some(local) if in_memphis && is_midnight(local) => (None, Some(LocalTime::Date(local.date()))),
        local => (instant, local),
    }
}

/// The first of the shipment's dates of a type.
pub fn dated(result: &TrackResult, kind: &str) -> (Option<OffsetTime>, Option<LocalTime>) {
    let mut of_kind = result.date_and_times.iter().filter(|d| d.kind.as_deref() == Some(kind));
    of_kind.find_map(|d| d.date_time.as_deref()).map_or((None, None), of_shipment)
}

/// When FedEx expects to deliver: the end of the window, else the estimated date, else the usual one.
pub fn estimate(result: &TrackResult) -> (Option<OffsetTime>, Option<LocalTime>) {
    let window = |ends: &Option<String>| ends.as_deref().map_or((None, None), of_shipment);
    let told =
        |(instant, local): &(Option<OffsetTime>, Option<LocalTime>)| instant.is_some() || local.is_some();
    let (instant, local) = Some(window(&result.estimated_delivery_time_window.window.ends))
        .filter(told)
        .or_else(|| Some(dated(result, "ESTIMATED_DELIVERY")).filter(told))
        .unwrap_or_else(|| window(&result.standard_transit_time_window.window.ends));
    (instant, local.filter(|_| instant.is_none()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print((instant, local): (Option<OffsetTime>, Option<LocalTime>)) -> [String; 2] {
        [instant.map(|t| t.to_string()).unwrap_or_default(), local.map(|t| t.to_string()).unwrap_or_default()]
    }

    #[test]
    fn a_scan_at_midnight_without_an_offset_is_a_date() {
        let is = |text: &str, country: &str, want: [&str; 2]| {
            let scan = ScanEvent { date: Some(text.to_owned()), ..ScanEvent::default() };
            assert_eq!(print(of_scan(&scan, Country::new(country).ok())), want, "{text}");
        };
        is("2026-03-05T12:41:57-07:00", "US", ["2026-03-05T12:41:57-07:00", "2026-03-05T12:41:57"]);
        is("2026-03-02T00:00:00", "NL", ["", "2026-03-02"]);
        is("2026-03-02T00:00:00-05:00", "US", ["2026-03-02T00:00:00-05:00", "2026-03-02T00:00:00"]);
        is("2026-03-02T10:00:00", "US", ["", "2026-03-02T10:00:00"]);
        is("2026-03-02T10:00:00", "NL", ["2026-03-02T10:00:00+01:00", "2026-03-02T10:00:00"]);
        is("soon", "NL", ["", ""]);
    }

    #[test]
    fn midnight_in_memphis_is_a_date() {
        let is = |text: &str, want: [&str; 2]| assert_eq!(print(of_shipment(text)), want, "{text}");
        is("2026-03-05T00:00:00-06:00", ["", "2026-03-05"]);
        is("2026-07-05T00:00:00-05:00", ["", "2026-07-05"]);
        is("2026-03-05T00:00:00", ["", "2026-03-05"]);
        is("2026-03-05", ["", "2026-03-05"]);
        is("2026-03-05T18:00:00-06:00", ["2026-03-05T18:00:00-06:00", "2026-03-05T18:00:00"]);
        is("2026-03-05T00:00:00+01:00", ["2026-03-05T00:00:00+01:00", "2026-03-05T00:00:00"]);
    }
}
