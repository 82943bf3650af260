//! The parcel must be bound for the order's country, as far as the source tells: by where it was delivered, else by
//! the destination that the source names, else by where it moves. The postal code and the town have a check of their own.

use waygate_carriers::contract::{Place, Status};

use super::not_known_yet;
use crate::domain::conversation::words;
use crate::domain::verdict::dispute::{self, About};
use crate::domain::verdict::place::{self, Likeness};
use crate::domain::verdict::{Case, Effect, Finding, Journey, Stand};

/// The check's id.
pub const ID: &str = "destination-country";

/// The best place that the source tells against the order's.
pub fn check(case: &Case<'_>) -> Finding {
    let finding = compare(case);
    if finding.effect == Effect::None {
        return finding;
    }
    match dispute::between(case).filter(|d| d.about == About::Destination) {
        // A source that another one contradicts rejects nobody.
        Some(disagreement) => {
            let [_, (other, _)] = &disagreement.sides;
            Finding::unknown(ID, format!("{}; another official source tells otherwise", finding.reason))
                .seller("The carrier's own answers about the destination do not agree.")
                .by("order")
                .by(disagreement.sides[0].0.name())
                .by(other.name())
        }
        None => finding,
    }
}

fn compare(case: &Case<'_>) -> Finding {
    let Some(journey) = case.journey() else { return not_known_yet(ID) };
    let military = place::is_military(case.policy, &case.order.ship_to);
    let delivered = journey.delivered_place().filter(|p| p.country.is_some());
    let named = journey.tracking.destination.as_ref().filter(|p| p.country.is_some());
    let (at, what, evidence) = match (delivered, named) {
        // The host country of a military post says nothing: the destination that is named does.
        (Some(at), _) if !military => {
            let delivery = journey.delivery.map(|d| journey.name(d)).unwrap_or_default();
            (at, "delivered in", delivery)
        }
        (_, Some(at)) => (at, "bound for", journey.answer.name()),
        (Some(_), None) if military => {
            return Finding::pass(
                ID,
                "delivered; the order goes to a military post, whose host country may show",
            )
            .seller("The destination fits the order.")
            .by("order")
            .by(journey.answer.name());
        }
        _ => return by_movement(case, journey, military),
    };
    let country = at.country.map(|c| c.to_string()).unwrap_or_default();
    let wanted = case.order.ship_to.country;
    let note = match place::compare(case.policy, &case.order.ship_to, at) {
        Likeness::Different => {
            let town = at.city.as_ref().map(|c| format!(" ({c})")).unwrap_or_default();
            return Finding::fail(
                ID,
                Effect::Hard,
                format!("{what} {country}{town}, but the order goes to {wanted}{}", town_of(case)),
            )
            .seller("The parcel goes somewhere other than this order.")
            .ask(words("address-number"))
            .by("order")
            .by(evidence);
        }
        Likeness::SameByTerritory => format!(", which names one place with {wanted}"),
        Likeness::Same | Likeness::Unclear if military => ", from where a military post is served".to_owned(),
        Likeness::Same | Likeness::Unclear => String::new(),
    };
    Finding::pass(ID, format!("{what} {country}{note}"))
        .seller("The destination fits the order.")
        .by("order")
        .by(evidence)
}

/// Without a destination: the newest scan in a known country.
fn by_movement(case: &Case<'_>, journey: &Journey<'_>, military: bool) -> Finding {
    let unknown = || {
        Finding::unknown(
            ID,
            "the source does not tell where the parcel is bound for; a destination is missing",
        )
        .seller("The carrier does not tell the destination yet.")
        .by(journey.answer.name())
    };
    if matches!(journey.stand, Stand::Returning | Stand::Returned) {
        return unknown();
    }
    let country = |at: &Place| at.country;
    let newest = journey
        .scans()
        .rev()
        .find_map(|n| n.1.place.as_ref().filter(|p| country(p).is_some()).map(|p| (n, p)));
    let Some((scan, at)) = newest else { return unknown() };
    let wanted = case.order.ship_to.country;
    if at.country == Some(wanted)
        || place::compare(case.policy, &case.order.ship_to, at) != Likeness::Different
    {
        return Finding::pass(ID, format!("moving in {wanted}"))
            .seller("The parcel moves in the order's country.")
            .by("order")
            .by(journey.name(scan));
    }
    let last_mile =
        matches!(scan.1.status, Status::OutForDelivery | Status::AvailableForPickup | Status::AttemptFailed);
    let on_the_way = case
        .policy
        .on_the_way
        .iter()
        .any(|row| row.country == wanted && at.country.is_some_and(|c| row.places.contains(&c)));
    if last_mile && !military && !on_the_way {
        let there = at.country.map(|c| c.to_string()).unwrap_or_default();
        return Finding::fail(
            ID,
            Effect::Suspicion,
            format!("about to be delivered in {there}, but the order goes to {wanted}"),
        )
        .seller("The parcel seems to go somewhere other than this order.")
        .ask(words("check-address"))
        .by("order")
        .by(journey.name(scan));
    }
    unknown()
}

fn town_of(case: &Case<'_>) -> String {
    case.order.ship_to.city.as_ref().map(|c| format!(" ({c})")).unwrap_or_default()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::domain::verdict::samples::{Sample, country, scan};
    use crate::domain::verdict::{CheckOutcome, Outcome};

    fn bound_for(place: &str) -> Sample {
        let place = scan(Status::Info, "", place).place;
        Sample::on_its_way().told(|t| t.destination = place)
    }

    fn delivered_in(place: &str) -> Sample {
        let place = scan(Status::Info, "", place).place;
        Sample::delivered().told(|t| {
            t.destination = None;
            t.checkpoints[0].place = place;
        })
    }

    fn order_to(sample: Sample, place: &str) -> Sample {
        let place = scan(Status::Info, "", place).place.unwrap();
        sample.but(|s| {
            s.order.ship_to.country = place.country.unwrap();
            s.order.ship_to.city = place.city;
            s.order.ship_to.postal_code = place.postal_code;
        })
    }

    #[test]
    fn the_order_s_country_passes_and_another_is_rejected() {
        assert_eq!(bound_for("US").judge().verdict, Outcome::Verified);
        assert_eq!(bound_for("CA").judge().verdict, Outcome::Rejected);
        assert_eq!(delivered_in("US").judge().verdict, Outcome::Verified);
        let other = delivered_in("DE Berlin");
        assert_eq!(other.judge().verdict, Outcome::Rejected);
        assert_eq!(other.check(check).evidence, ["order", "observation:0#checkpoint:0"]);
    }

    #[test]
    fn nothing_told_is_unknown_and_movement_in_the_country_is_enough() {
        let silent = Sample::on_its_way().told(|t| t.destination = None);
        assert_eq!(silent.check(check).outcome, CheckOutcome::Unknown);
        assert_eq!(silent.judge().verdict, Outcome::Pending);
        let there = silent.told(|t| {
            t.checkpoints.insert(0, scan(Status::InTransit, "2026-03-04T23:00:00Z", "US"));
        });
        assert_eq!(there.judge().verdict, Outcome::Verified);
    }

    #[test]
    fn out_for_delivery_in_another_country_is_suspicious() {
        let sample = Sample::on_its_way().told(|t| {
            t.destination = None;
            t.checkpoints.insert(0, scan(Status::OutForDelivery, "2026-03-04T23:00:00Z", "CA"));
        });
        assert_eq!(sample.judge().verdict, Outcome::Suspicious);
    }

    #[test]
    fn territories_match_both_ways_with_a_note() {
        for (to, at) in [("PR", "US"), ("US", "PR"), ("JE", "GB"), ("FR", "RE"), ("ES", "IC")] {
            let sample = order_to(bound_for(at), to);
            let finding = sample.check(check);
            assert_eq!(finding.outcome, CheckOutcome::Pass, "{to} {at}");
            assert!(finding.reason.contains("one place"), "{}", finding.reason);
        }
        assert_eq!(order_to(bound_for("GU"), "PR").check(check).effect, Effect::Hard);
    }

    #[test]
    fn another_town_far_off_is_a_mismatch_all_the_same() {
        let san_juan = order_to(delivered_in("US SanJuan 00901"), "PR SanJuan 00901");
        assert_eq!(san_juan.judge().verdict, Outcome::Verified);
        for elsewhere in ["US NewYork 10001", "US NewYork"] {
            let new_york = order_to(delivered_in(elsewhere), "PR SanJuan 00901");
            assert_eq!(new_york.judge().verdict, Outcome::Rejected, "{elsewhere}");
        }
    }

    #[test]
    fn places_on_the_way_to_china_are_no_destination() {
        for at in ["HK", "MO", "TW"] {
            assert_eq!(order_to(bound_for(at), "CN").check(check).effect, Effect::Hard, "{at}");
            let passing = order_to(bound_for("CN"), "CN").told(|t| {
                t.checkpoints.insert(0, scan(Status::InTransit, "2026-03-04T23:00:00Z", at));
            });
            assert_eq!(passing.check(check).outcome, CheckOutcome::Pass, "{at}");
        }
    }

    #[test]
    fn a_military_post_may_show_its_host_country() {
        let post = |sample: Sample| {
            sample.but(|s| {
                s.order.ship_to.city = Some("APO".to_owned());
                s.order.ship_to.region = Some("AE".to_owned());
                s.order.ship_to.postal_code = Some("09012".to_owned());
            })
        };
        assert_eq!(post(delivered_in("DE Ramstein")).check(check).outcome, CheckOutcome::Pass);
        assert_eq!(post(bound_for("US")).check(check).outcome, CheckOutcome::Pass);
        assert_eq!(post(bound_for("FR")).check(check).effect, Effect::Hard);
    }

    #[test]
    fn a_country_that_iso_lacks_is_compared_like_any_other() {
        let sample = bound_for("ZZ").but(|s| s.order.ship_to.country = country("ZZ"));
        assert_eq!(sample.check(check).outcome, CheckOutcome::Pass);
    }
}
