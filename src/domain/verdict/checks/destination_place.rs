//! The parcel must be bound for the order's postal code, or else its town, and be delivered there, as far as the source
//! tells. A standard order rests with the country where nothing finer is told; a high-value order waits.

use waygate_carriers::contract::{Place, Status, Tracking};

use super::not_known_yet;
use crate::domain::conversation::words;
use crate::domain::verdict::place::{self, Likeness, Nearness};
use crate::domain::verdict::{Case, Effect, Finding, Stand};

/// The check's id.
pub const ID: &str = "destination-place";

/// Where it was delivered, else where it is bound for, against the order's postal code and town.
pub fn check(case: &Case<'_>) -> Finding {
    let Some(journey) = case.journey() else { return not_known_yet(ID) };
    let to = &case.order.ship_to;
    if place::is_military(case.policy, to) {
        return Finding::not_applicable(
            ID,
            "the order goes to a military post, which shows no place of its own",
        )
        .by("order");
    }
    let named = journey.tracking.destination.as_ref();
    let is_foreign =
        |at: &Place| at.country.is_some() && place::compare(case.policy, to, at) == Likeness::Different;
    if journey.delivered_place().or(named).is_some_and(is_foreign) {
        return Finding::not_applicable(ID, "the country is another already").by(journey.answer.name());
    }
    if let Some(at) = journey.delivered_place().filter(|_| journey.stand == Stand::Delivered) {
        let evidence = journey.delivery.map(|d| journey.name(d)).unwrap_or_default();
        if let Some(nearness) = place::nearness(case.policy, to, at) {
            return delivered(case, at, nearness).by("order").by(evidence);
        }
        if place::is_same_city(case.policy, to, at) == Some(false)
            && !place::is_same_region(to, at)
            && named.and_then(|p| place::nearness(case.policy, to, p)).is_none()
        {
            return in_another_town(at).by("order").by(evidence);
        }
    }
    match named {
        Some(at) => bound(case, at).by("order").by(journey.answer.name()),
        None => nothing_finer(case).by("order").by(journey.answer.name()),
    }
}

/// Delivered, and a postal code says where.
fn delivered(case: &Case<'_>, at: &Place, nearness: Nearness) -> Finding {
    let there = at.postal_code.as_deref().unwrap_or_default();
    let fits = "The place of delivery fits the order.";
    match nearness {
        Nearness::Same => {
            Finding::pass(ID, format!("delivered at the order's postal code, {there}")).seller(fits)
        }
        Nearness::Near => Finding::noted(
            ID,
            format!("delivered near the order's postal code, at {there}, as at a counter or a neighbour's"),
        )
        .seller(fits),
        Nearness::Elsewhere | Nearness::FarOff => {
            // Once shown at the right place and left elsewhere is the carrier's doing, or a redirection; a person looks.
            let was_shown_here = was_shown_here(case);
            let other_town = place::is_same_city(case.policy, &case.order.ship_to, at) == Some(false);
            let is_hard =
                nearness == Nearness::FarOff && other_town && !was_shown_here && case.is_high_value();
            let effect = if is_hard { Effect::Hard } else { Effect::Suspicion };
            let but = if was_shown_here { ", though an official answer named the order's" } else { "" };
            Finding::fail(ID, effect, format!("delivered at postal code {there}, far from the order's{but}"))
                .seller("The parcel was delivered somewhere other than this order's address.")
                .ask(words("delivered-number"))
        }
    }
}

/// Whether any official answer showed the order's place as the parcel's.
fn was_shown_here(case: &Case<'_>) -> bool {
    let is_here = |at: &Place| {
        place::nearness(case.policy, &case.order.ship_to, at).is_some_and(|n| n <= Nearness::Near)
    };
    let shows = |tracking: &Tracking| {
        let delivered = tracking.checkpoints.iter().filter(|c| c.status == Status::Delivered);
        delivered.filter_map(|c| c.place.as_ref()).chain(&tracking.destination).any(is_here)
    };
    case.evidence().good().any(|(_, tracking)| shows(tracking))
}

/// Delivered in another town, and no postal code says how far that is.
fn in_another_town(at: &Place) -> Finding {
    let town = at.city.as_deref().unwrap_or_default();
    Finding::fail(ID, Effect::Suspicion, format!("delivered in {town}, which is not the order's town"))
        .seller("The parcel was delivered somewhere other than this order's address.")
        .ask(words("delivered-number"))
}

/// Not delivered yet, or nobody says where.
fn bound(case: &Case<'_>, at: &Place) -> Finding {
    let to = &case.order.ship_to;
    let there = at.postal_code.as_deref().unwrap_or_default();
    let fits = "The destination fits the order.";
    let waits = "The carrier names a destination that is not this order's address.";
    match place::nearness(case.policy, to, at) {
        Some(Nearness::Same) => {
            Finding::pass(ID, format!("bound for the order's postal code, {there}")).seller(fits)
        }
        Some(Nearness::Near) => {
            Finding::noted(ID, format!("bound for {there}, near the order's postal code")).seller(fits)
        }
        Some(Nearness::FarOff) if place::is_same_city(case.policy, to, at) != Some(true) => Finding::fail(
            ID,
            Effect::Suspicion,
            format!("bound for {there}, far from the order's postal code"),
        )
        .seller(waits)
        .ask(words("check-address")),
        Some(_) => Finding::unknown(
            ID,
            format!(
                "bound for {there}, which is not near the order's postal code; the delivery must show where"
            ),
        )
        .seller(waits),
        None => match place::is_same_city(case.policy, to, at) {
            Some(false) if !place::is_same_region(to, at) => Finding::unknown(
                ID,
                format!(
                    "bound for {}, which is not the order's town; a postal code is missing",
                    at.city.as_deref().unwrap_or_default()
                ),
            )
            .seller(waits),
            Some(true) if !case.is_high_value() => {
                Finding::pass(ID, "bound for the order's town").seller(fits)
            }
            _ => nothing_finer(case),
        },
    }
}

/// No postal code, and no town that says more than the country.
fn nothing_finer(case: &Case<'_>) -> Finding {
    if case.is_high_value() {
        return Finding::unknown(ID, "for an order of this value the destination's postal code is missing")
            .seller("For this order the carrier must show the destination's postal code.")
            .ask(words("ask-postal-code"));
    }
    Finding::pass(ID, "nothing finer than the country is told, which is enough for an order of this value")
        .seller("Nothing speaks against the destination.")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::domain::verdict::samples::{Sample, scan};
    use crate::domain::verdict::{CheckOutcome, Outcome};

    const CHEAP: &str = "749.99 USD";
    const DEAR: &str = "750.00 USD";

    fn at(place: &str) -> Option<Place> {
        scan(Status::Info, "", place).place
    }

    fn bound_for(place: &str) -> Sample {
        Sample::on_its_way().told(|t| t.destination = at(place))
    }

    fn delivered_in(place: &str) -> Sample {
        Sample::delivered().signed().told(|t| {
            t.destination = None;
            t.checkpoints[0].place = at(place);
        })
    }

    #[test]
    fn a_high_value_order_needs_the_postal_code() {
        assert_eq!(bound_for("US").worth(CHEAP).judge().verdict, Outcome::Verified);
        let dear = bound_for("US").worth(DEAR);
        assert_eq!(dear.judge().verdict, Outcome::Pending);
        assert!(dear.check(check).reason.contains("postal code"));
        for near in ["US Oakland 94607", "US Oakland 94607-1234", "US Oakland 94699", "US Berkeley 94704"] {
            assert_eq!(bound_for(near).worth(DEAR).judge().verdict, Outcome::Verified, "{near}");
        }
        assert_eq!(bound_for("US Reno 89501").worth(DEAR).judge().verdict, Outcome::Pending);
    }

    #[test]
    fn delivered_in_the_area_or_the_next_passes_with_a_note() {
        for (place, verdict) in [
            ("US Oakland 94607", Outcome::Verified),
            ("US Oakland 94699", Outcome::Verified),
            ("US Berkeley 94704", Outcome::Verified),
            ("US Alameda 94501", Outcome::Verified),
            ("US Richmond 94801", Outcome::Suspicious),
            ("US Reno 89501", Outcome::Suspicious),
            ("US NewYork 10001", Outcome::Suspicious),
        ] {
            assert_eq!(delivered_in(place).judge().verdict, verdict, "{place}");
        }
        assert!(delivered_in("US Oakland 94699").check(check).reason.starts_with("noted"));
    }

    #[test]
    fn only_far_off_and_of_high_value_it_is_rejected() {
        let dear = |place: &str| delivered_in(place).worth(DEAR);
        assert_eq!(dear("US NewYork 10001").judge().verdict, Outcome::Rejected);
        assert_eq!(dear("US Reno 89501").judge().verdict, Outcome::Suspicious);
        assert_eq!(dear("US Oakland 10001").judge().verdict, Outcome::Suspicious, "the order's town");
        let astray = dear("US NewYork 10001").told(|t| t.destination = at("US Oakland 94607"));
        assert_eq!(astray.judge().verdict, Outcome::Suspicious, "the carrier left it elsewhere");
    }

    #[test]
    fn towns_speak_only_where_no_postal_code_does() {
        assert_eq!(delivered_in("US OAKLAND").judge().verdict, Outcome::Verified);
        assert_eq!(delivered_in("US Reno").judge().verdict, Outcome::Suspicious);
        assert_eq!(delivered_in("US Reno 94607").judge().verdict, Outcome::Verified);
        assert_eq!(delivered_in("US").judge().verdict, Outcome::Verified);
        assert_eq!(bound_for("US Reno").judge().verdict, Outcome::Pending);
        let region = |code: &str| {
            let mut place = at("US Emeryville").unwrap();
            place.region = Some(code.to_owned());
            delivered_in("US").but(|s| s.order.ship_to.region = Some("CA".to_owned())).told(|t| {
                t.checkpoints[0].place = Some(place);
            })
        };
        assert_eq!(region("CA").judge().verdict, Outcome::Verified, "a suburb");
        assert_eq!(region("NV").judge().verdict, Outcome::Suspicious);
    }

    #[test]
    fn bound_elsewhere_waits_for_the_delivery() {
        assert_eq!(bound_for("US Richmond 94801").check(check).outcome, CheckOutcome::Unknown);
        assert_eq!(bound_for("US Richmond 94801").judge().verdict, Outcome::Pending);
        assert_eq!(bound_for("US NewYork 10001").judge().verdict, Outcome::Suspicious);
    }

    #[test]
    fn another_country_is_said_once() {
        assert_eq!(bound_for("CA Toronto M5V").check(check).outcome, CheckOutcome::NotApplicable);
    }
}
