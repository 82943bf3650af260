//! One parcel is in one place at a time, and its journey ends once. Carriers batch and correct their scans, so only
//! what no correction explains is suspicious.

use jiff::Timestamp;
use waygate_carriers::contract::{Country, Fault, Status};

use super::not_known_yet;
use crate::domain::calendar::shifted;
use crate::domain::conversation::words;
use crate::domain::verdict::journey::{Numbered, bounds};
use crate::domain::verdict::{Case, Effect, Finding, Journey, Stand};

/// The check's id.
pub const ID: &str = "journey-possible";

/// No movement after a delivery, no scan from the future, and no leap between countries.
pub fn check(case: &Case<'_>) -> Finding {
    let Some(journey) = case.journey() else { return not_known_yet(ID) };
    if let Some((delivered, moved)) = moves_after_delivery(case, journey) {
        return Finding::fail(ID, Effect::Suspicion, "scanned on its way long after it was delivered")
            .seller("The carrier shows the parcel under way after its delivery.")
            .ask(words("ask-scans"))
            .by(journey.name(delivered))
            .by(journey.name(moved));
    }
    if let Some(ahead) = from_the_future(case, journey) {
        return Finding::fail(ID, Effect::Suspicion, "scanned at a time that has not come yet")
            .seller("The carrier shows a scan that cannot have happened yet.")
            .ask(words("ask-scans"))
            .by(journey.name(ahead));
    }
    if let Some((before, after)) = leap(case, journey) {
        let there = |n: Numbered<'_>| country(n).map(|c| c.to_string()).unwrap_or_default();
        let reason = format!("scanned in {} and in {} at almost one time", there(before), there(after));
        return Finding::fail(ID, Effect::Suspicion, reason)
            .seller("The carrier shows the parcel in two countries at once.")
            .ask(words("ask-scans"))
            .by(journey.name(before))
            .by(journey.name(after));
    }
    Finding::pass(ID, "one parcel can have made this journey")
        .seller("The journey is possible.")
        .by(journey.answer.name())
}

fn moves(status: Status) -> bool {
    matches!(
        status,
        Status::Accepted
            | Status::InTransit
            | Status::OutForDelivery
            | Status::AvailableForPickup
            | Status::AttemptFailed
    )
}

/// A delivery and a movement after it that is no correction, no way back and no fault of the carrier's.
fn moves_after_delivery<'a>(case: &Case<'_>, journey: &Journey<'a>) -> Option<(Numbered<'a>, Numbered<'a>)> {
    let goes_back = |status| matches!(status, Status::Returning | Status::Returned);
    let was_sent_back = matches!(journey.stand, Stand::Returning | Stand::Returned)
        || journey.checkpoints.iter().any(|(_, c)| goes_back(c.status));
    let is_by_carrier = journey.checkpoints.iter().any(|(_, c)| c.fault == Some(Fault::Carrier));
    if was_sent_back || is_by_carrier {
        return None;
    }
    let of = |wanted: fn(Status) -> bool| {
        journey.checkpoints.iter().copied().filter(move |(_, c)| wanted(c.status))
    };
    // Times count where any offset would leave them in this order.
    let delivered = of(|s| s == Status::Delivered)
        .filter_map(|d| bounds(d.1).map(|b| (b.1, d)))
        .min_by_key(|(latest, _)| *latest)?;
    let limit = shifted(delivered.0, case.policy.journey_correction);
    of(moves).find(|(_, c)| bounds(c).is_some_and(|b| b.0 > limit)).map(|moved| (delivered.1, moved))
}

/// A physical scan dated well after the time of judging.
fn from_the_future<'a>(case: &Case<'_>, journey: &Journey<'a>) -> Option<Numbered<'a>> {
    let limit = shifted(case.now, case.policy.journey_future);
    let is_ahead = |n: &Numbered<'a>| {
        n.1.status.is_physical_scan() && bounds(n.1).is_some_and(|(earliest, _)| earliest > limit)
    };
    journey.checkpoints.iter().copied().find(is_ahead)
}

fn country((_, checkpoint): Numbered<'_>) -> Option<Country> {
    checkpoint.place.as_ref().and_then(|p| p.country)
}

/// Two scans in a row in countries that no road joins, sooner after each other than anything flies.
fn leap<'a>(case: &Case<'_>, journey: &Journey<'a>) -> Option<(Numbered<'a>, Numbered<'a>)> {
    let mut scans: Vec<(Timestamp, Numbered<'a>)> = journey
        .checkpoints
        .iter()
        .copied()
        .filter(|(_, c)| moves(c.status) || c.status == Status::Delivered)
        .filter(|n| country(*n).is_some())
        .filter_map(|n| n.1.time.map(|t| (t.timestamp(), n)))
        .collect();
    scans.sort_by_key(|(at, _)| *at);
    let is_leap = |pair: &&[(Timestamp, Numbered<'a>)]| {
        let (Some(from), Some(to)) = (country(pair[0].1), country(pair[1].1)) else { return false };
        pair[1].0.duration_since(pair[0].0) < case.policy.journey_between_countries
            && !is_joined(case, from, to)
    };
    scans.windows(2).find(is_leap).map(|pair| (pair[0].1, pair[1].1))
}

/// One country, its parts, or countries that a road joins.
fn is_joined(case: &Case<'_>, a: Country, b: Country) -> bool {
    let territory = case.policy.territory_of(a);
    a == b
        || (territory.is_some() && territory == case.policy.territory_of(b))
        || case.policy.by_road.iter().any(|group| group.contains(&a) && group.contains(&b))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::domain::verdict::Outcome;
    use crate::domain::verdict::samples::{Sample, scan};

    /// Delivered on 2026-03-10 at 17:00 UTC, and one more scan.
    fn and_then(status: Status, time: &str) -> Sample {
        Sample::delivered().at("2026-03-20T00:00:00Z").told(|t| {
            t.checkpoints.insert(0, scan(status, time, "US Oakland 94607"));
        })
    }

    fn leaping(second: &str, place: &str) -> Sample {
        Sample::on_its_way().told(|t| {
            t.checkpoints[0] = scan(Status::InTransit, "2026-03-04T12:00:00Z", "CN");
            t.checkpoints.insert(0, scan(Status::InTransit, second, place));
        })
    }

    #[test]
    fn a_scan_long_after_the_delivery_is_suspicious() {
        assert_eq!(and_then(Status::InTransit, "2026-03-11T05:00:00Z").judge().verdict, Outcome::Verified);
        assert_eq!(and_then(Status::InTransit, "2026-03-11T05:00:01Z").judge().verdict, Outcome::Suspicious);
        assert_eq!(and_then(Status::Delivered, "2026-03-12T00:00:00Z").judge().verdict, Outcome::Verified);
        assert_eq!(and_then(Status::Info, "2026-03-15T00:00:00Z").judge().verdict, Outcome::Verified);
    }

    #[test]
    fn a_scan_from_the_future_is_suspicious_beyond_what_clocks_differ() {
        let seen = |time: &str| {
            Sample::on_its_way()
                .told(|t| t.checkpoints.insert(0, scan(Status::InTransit, time, "US Oakland 94607")))
        };
        let now = Sample::on_its_way().now;
        let later = |seconds| shifted(now, jiff::SignedDuration::from_secs(seconds)).to_string();
        assert_eq!(seen(&later(24 * 3_600)).judge().verdict, Outcome::Verified);
        assert_eq!(seen(&later(24 * 3_600 + 1)).judge().verdict, Outcome::Suspicious);
    }

    #[test]
    fn a_way_back_and_the_carrier_s_error_explain_it() {
        let late = || and_then(Status::InTransit, "2026-03-15T00:00:00Z");
        assert_eq!(late().check(check).effect, Effect::Suspicion);
        let back = late().told(|t| {
            t.checkpoints.insert(0, scan(Status::Returning, "2026-03-16T00:00:00Z", "US"));
        });
        assert_eq!(back.check(check).effect, Effect::None);
        let error = late().told(|t| t.checkpoints[0].fault = Some(Fault::Carrier));
        assert_eq!(error.check(check).effect, Effect::None);
    }

    #[test]
    fn delivered_before_it_was_accepted_is_suspicious() {
        let sample = Sample::delivered().told(|t| {
            let accepted = t.checkpoints.len() - 2;
            t.checkpoints[accepted] = scan(Status::Accepted, "2026-03-12T00:00:00Z", "CN");
            t.checkpoints.retain(|c| c.status != Status::InTransit);
        });
        assert_eq!(sample.check(check).effect, Effect::Suspicion);
    }

    #[test]
    fn two_countries_within_the_hour_are_suspicious_unless_a_road_joins_them() {
        assert_eq!(leaping("2026-03-04T12:59:59Z", "US").judge().verdict, Outcome::Suspicious);
        assert_eq!(leaping("2026-03-04T13:00:00Z", "US").judge().verdict, Outcome::Verified);
        assert_eq!(leaping("2026-03-04T12:10:00Z", "HK").check(check).effect, Effect::None);
        let no_offset = leaping("", "US").told(|t| {
            t.checkpoints[0].local_time = "2026-03-04T12:10:00".parse().ok();
        });
        assert_eq!(no_offset.check(check).effect, Effect::None, "the instant is not known");
    }
}
