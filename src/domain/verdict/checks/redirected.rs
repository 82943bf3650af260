//! A parcel that was sent on to another address after shipping no longer goes where the order goes. A counter near by,
//! a corrected address and the carrier's own error are no such thing.

use waygate_carriers::contract::{Checkpoint, Fault, Place};

use super::not_known_yet;
use crate::domain::conversation::words;
use crate::domain::verdict::place::{self, Likeness, Nearness};
use crate::domain::verdict::{Answer, Case, Effect, Finding, Journey, Stand};

/// The check's id.
pub const ID: &str = "redirected";

/// A carrier's word for it, else a destination that changed between two answers of one source.
pub fn check(case: &Case<'_>) -> Finding {
    let Some(journey) = case.journey() else { return not_known_yet(ID) };
    if let Some(scan) = journey.checkpoints.iter().copied().find(|(_, c)| tells_redirection(case, c)) {
        let ends_well = journey.delivered_place().or(journey.tracking.destination.as_ref());
        let is_by_carrier = scan.1.fault == Some(Fault::Carrier);
        return judged(
            "the carrier says that the parcel was sent on to another address",
            is_by_carrier,
            ends_well.is_some_and(|at| fits(case, at) == Some(true)),
        )
        .by(journey.name(scan));
    }
    if matches!(journey.stand, Stand::Returning | Stand::Returned) {
        return Finding::pass(ID, "not sent on to another address")
            .seller("The parcel was not redirected.")
            .by(journey.answer.name());
    }
    let Some((before, from, after, to)) = changed_destination(case, journey) else {
        return Finding::pass(ID, "not sent on to another address")
            .seller("The parcel was not redirected.")
            .by(journey.answer.name());
    };
    let is_by_carrier = journey.checkpoints.iter().any(|(_, c)| c.fault == Some(Fault::Carrier));
    let name = |at: &Place| {
        let country = at.country.map(|c| c.to_string());
        let parts = [country.as_deref(), at.city.as_deref(), at.postal_code.as_deref()];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
    };
    judged(
        &format!("the source changed the destination from `{}` to `{}`", name(from), name(to)),
        is_by_carrier,
        fits(case, to) == Some(true),
    )
    .by("order")
    .by(before.name())
    .by(after.name())
}

fn judged(what: &str, is_by_carrier: bool, fits_order: bool) -> Finding {
    if fits_order {
        return Finding::noted(ID, format!("{what}, which fits the order"))
            .seller("The destination fits the order.");
    }
    if is_by_carrier {
        return Finding::noted(ID, format!("{what}, by the carrier's own error"))
            .seller("The carrier sent the parcel elsewhere.");
    }
    Finding::fail(ID, Effect::Suspicion, what)
        .seller("The parcel was redirected to another address after shipping.")
        .ask(words("say-redirected"))
}

fn tells_redirection(case: &Case<'_>, checkpoint: &Checkpoint) -> bool {
    let words = &case.policy.redirect;
    let by_code = checkpoint.code.as_ref().is_some_and(|code| words.codes.iter().any(|c| c == code));
    let by_text = || {
        checkpoint.text.as_ref().is_some_and(|text| {
            let text = text.to_lowercase();
            words.phrases.iter().any(|phrase| text.contains(phrase.as_str()))
        })
    };
    by_code || by_text()
}

/// Whether a place is the order's; `None` where it cannot be told.
fn fits(case: &Case<'_>, at: &Place) -> Option<bool> {
    let to = &case.order.ship_to;
    if place::compare(case.policy, to, at) == Likeness::Different {
        return Some(false);
    }
    match place::nearness(case.policy, to, at) {
        Some(nearness) => Some(nearness <= Nearness::Near),
        None => place::is_same_city(case.policy, to, at),
    }
}

type Change<'a> = (Answer<'a>, &'a Place, Answer<'a>, &'a Place);

/// The last change of destination between two answers of the source that rules, for this use of the number.
fn changed_destination<'a>(case: &Case<'a>, journey: &Journey<'a>) -> Option<Change<'a>> {
    let ruling = journey.answer.observation;
    let evidence = case.evidence();
    let told: Vec<(Answer<'a>, &'a Place)> = evidence
        .good()
        .filter(|(a, _)| a.observation.carrier == ruling.carrier && a.observation.source == ruling.source)
        .filter(|(a, _)| journey.parted_at.is_none_or(|parted| a.fetched_at() >= parted))
        .filter_map(|(a, t)| t.destination.as_ref().map(|at| (a, at)))
        .collect();
    told.windows(2).rev().find_map(|pair| {
        let ((before, from), (after, to)) = (pair[0], pair[1]);
        is_elsewhere(case, from, to).then_some((before, from, after, to))
    })
}

/// Whether two destinations are truly apart: another country, or another postal area. Towns are spelt in many ways.
fn is_elsewhere(case: &Case<'_>, from: &Place, to: &Place) -> bool {
    let (Some(before), Some(after)) = (from.country, to.country) else { return false };
    let former = crate::domain::order::Address {
        country: before,
        region: from.region.clone(),
        city: None,
        postal_code: from.postal_code.clone(),
    };
    let other_country = before != after && place::compare(case.policy, &former, to) == Likeness::Different;
    other_country || place::nearness(case.policy, &former, to).is_some_and(|n| n > Nearness::Near)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use waygate_carriers::contract::Status;

    use super::*;
    use crate::domain::verdict::Outcome;
    use crate::domain::verdict::samples::{Sample, found, scan};

    fn told(place: &str, code: Option<&str>, text: Option<&str>, fault: Option<Fault>) -> Sample {
        Sample::on_its_way().told(|t| {
            t.destination = scan(Status::Info, "", place).place;
            t.checkpoints[0].code = code.map(str::to_owned);
            t.checkpoints[0].text = text.map(str::to_owned);
            t.checkpoints[0].fault = fault;
        })
    }

    /// Bound for one place a day ago and for another now.
    fn changed(before: &str, now: &str) -> Sample {
        let sample = told(now, None, None, None);
        let mut earlier = sample.tracking().clone();
        earlier.destination = scan(Status::Info, "", before).place;
        sample.but(|s| s.observations.push(found("2026-03-04T13:00:00Z", earlier)))
    }

    #[test]
    fn a_carrier_s_word_for_it_is_suspicious() {
        let by_code = told("US", Some("FORWARDED_TO_DIFFERENT_ADDRESS"), None, None);
        assert_eq!(by_code.judge().verdict, Outcome::Suspicious);
        let by_text = told("US", None, Some("Shipment FORWARDED to a different address"), None);
        assert_eq!(by_text.judge().verdict, Outcome::Suspicious);
        let other = told("US", Some("FORWARD_TO_DIFFERENT_PARCELSHOP"), Some("Rerouted in the hub"), None);
        assert_eq!(other.judge().verdict, Outcome::Verified);
    }

    #[test]
    fn the_carrier_s_own_error_and_a_place_near_the_order_s_are_noted() {
        let code = Some("FORWARDED_TO_DIFFERENT_ADDRESS");
        let error = told("US", code, None, Some(Fault::Carrier));
        assert_eq!(error.judge().verdict, Outcome::Verified);
        let near = told("US Oakland 94612", code, None, None);
        assert!(near.check(check).reason.starts_with("noted"));
        assert_eq!(near.judge().verdict, Outcome::Verified);
    }

    #[test]
    fn a_destination_that_changes_is_suspicious_unless_it_becomes_the_order_s() {
        let away = changed("US Oakland 94607", "US Reno 89501");
        assert_eq!(away.check(check).effect, Effect::Suspicion);
        assert_eq!(away.judge().verdict, Outcome::Suspicious);
        assert_eq!(away.check(check).evidence, ["order", "observation:1", "observation:0"]);
        let corrected = changed("US Reno 89501", "US Oakland 94607");
        assert!(corrected.check(check).reason.starts_with("noted"));
        assert_eq!(corrected.judge().verdict, Outcome::Verified);
    }

    #[test]
    fn a_counter_near_by_or_a_finer_address_is_no_change() {
        for (before, now) in [
            ("US Oakland 94607", "US Berkeley 94704"),
            ("US", "US Oakland 94607"),
            ("US Oakland 94607", "US OAKLAND 94607-1234"),
            ("PR", "US SanJuan 00901"),
        ] {
            assert!(!changed(before, now).check(check).reason.contains("changed"), "{before} {now}");
        }
    }
}
