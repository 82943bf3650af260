//! One parcel carries one order. The first claim of a number that fits is judged on its own; a later one is false if
//! the first is verified, and as long as neither is, both are suspicious. Declared combined parcels pass.

use std::cmp::Ordering;

use crate::domain::conversation::words;
use crate::domain::order::Address;
use crate::domain::shipment::OtherClaim;
use crate::domain::verdict::case::plain_number;
use crate::domain::verdict::place::{self, Likeness};
use crate::domain::verdict::{Case, Effect, Finding, Journey, Outcome, carrier_id, judge};

/// The check's id.
pub const ID: &str = "number-unique";

const TOLD: &str = "This tracking number is in use elsewhere.";
const ASK: &str = "other-parcel-number";

/// Compares with every other order that names this number in this use of it.
pub fn check(case: &Case<'_>) -> Finding {
    let journey = case.journey();
    let number = case.number();
    let mut combined = Vec::new();
    let mut rivals = Vec::new();
    for (index, other) in case.other_claims.iter().enumerate() {
        if other.order == case.order.id || !is_same_parcel(case, &number, other) {
            continue;
        }
        let evidence = format!("other_claim:{index}");
        if is_earlier_use(journey, other) || !fits(case, journey, other) {
            continue;
        }
        if is_combined(case, other) {
            combined.push(evidence);
        } else {
            rivals.push((other, evidence));
        }
    }
    if rivals.is_empty() {
        let reason = if combined.is_empty() {
            "no other order names this number"
        } else {
            "declared as one parcel with another order of the same seller, buyer and country"
        };
        let finding =
            Finding::pass(ID, reason).seller("The number is used for this order alone.").by("claim");
        return combined.into_iter().fold(finding, Finding::by);
    }
    let is_later = |other: &OtherClaim| other.submitted_at.map(|at| at.cmp(&case.given_at()));
    let all_later = rivals.iter().all(|(other, _)| is_later(other) == Some(Ordering::Greater));
    let first_verified = rivals.iter().any(|(other, _)| {
        other.verdict == Some(Outcome::Verified) && is_later(other) != Some(Ordering::Greater)
    });
    let finding = if first_verified {
        Finding::fail(ID, Effect::Hard, "an order that named this number before is verified with it")
            .seller(TOLD)
            .ask(words(ASK))
    } else if all_later && judge::stands_on_its_own(case) {
        Finding::pass(
            ID,
            "other orders name this number too; this one was the first and is judged on its own",
        )
        .seller("The number was given for this order first.")
    } else {
        Finding::fail(
            ID,
            Effect::Suspicion,
            "other orders name this number too, and the first of them is not verified",
        )
        .seller(TOLD)
        .ask(words(ASK))
    };
    rivals.into_iter().map(|(_, evidence)| evidence).fold(finding.by("claim"), Finding::by)
}

/// The same number of the same carrier; posts share theirs.
fn is_same_parcel(case: &Case<'_>, number: &str, other: &OtherClaim) -> bool {
    if plain_number(&other.tracking_number) != number {
        return false;
    }
    let (Some(theirs), Some(ours)) = (other.carrier.as_deref().and_then(carrier_id), case.carrier()) else {
        return true;
    };
    theirs == ours || (case.channels.is_postal(&theirs) && case.channels.is_postal(&ours))
}

/// Given for the parcel that had the number before: the carrier uses numbers again.
fn is_earlier_use(journey: Option<&Journey<'_>>, other: &OtherClaim) -> bool {
    match (journey.and_then(|j| j.parted_at), other.submitted_at) {
        (Some(parted), Some(given)) => given < parted,
        _ => false,
    }
}

/// Whether the other claim can be true: it is not rejected, and the parcel does not go to another country.
fn fits(case: &Case<'_>, journey: Option<&Journey<'_>>, other: &OtherClaim) -> bool {
    if other.verdict == Some(Outcome::Rejected) {
        return false;
    }
    let bound = journey.and_then(|j| j.delivered_place().or(j.tracking.destination.as_ref()));
    match (bound, other.ship_to.as_ref().and_then(|to| to.country)) {
        (Some(bound), Some(country)) => {
            let to = Address { country, region: None, city: None, postal_code: None };
            place::compare(case.policy, &to, bound) != Likeness::Different
        }
        _ => true,
    }
}

/// Declared as one parcel by either side, and rightly: same seller, same buyer, same country.
fn is_combined(case: &Case<'_>, other: &OtherClaim) -> bool {
    let declared = other.combined_with.as_ref() == Some(&case.order.id)
        || case.claim.combined_with.as_ref() == Some(&other.order);
    let same = |a: &Option<String>, b: &Option<String>| a.is_some() && a == b;
    let country = other.ship_to.as_ref().and_then(|to| to.country);
    declared
        && same(&other.seller, &case.order.seller)
        && same(&other.buyer, &case.order.buyer)
        && country == Some(case.order.ship_to.country)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use waygate_carriers::contract::Status;

    use super::*;
    use crate::domain::shipment::OtherAddress;
    use crate::domain::verdict::CheckOutcome;
    use crate::domain::verdict::samples::{Sample, country, other, parcel, scan};

    // Our claim is of 2026-03-02T12:00:00Z.
    const BEFORE: Option<&str> = Some("2026-03-02T11:59:59Z");
    const AFTER: Option<&str> = Some("2026-03-02T12:00:01Z");

    fn beside(sample: Sample, others: Vec<OtherClaim>) -> Sample {
        sample.but(|s| s.others = others)
    }

    fn judged(verdict: Outcome, claim: OtherClaim) -> OtherClaim {
        OtherClaim { verdict: Some(verdict), ..claim }
    }

    #[test]
    fn the_first_claim_is_judged_on_its_own() {
        assert_eq!(
            beside(Sample::on_its_way(), vec![other("A-2", AFTER)]).judge().verdict,
            Outcome::Verified
        );
        let label = beside(Sample::label_only(), vec![other("A-2", AFTER)]);
        assert_eq!(label.judge().verdict, Outcome::Suspicious, "not verified: both are suspicious");
    }

    #[test]
    fn the_second_is_rejected_where_the_first_is_verified_and_else_suspicious() {
        let second = |claim| beside(Sample::on_its_way(), vec![claim]).judge().verdict;
        assert_eq!(second(judged(Outcome::Verified, other("A-2", BEFORE))), Outcome::Rejected);
        assert_eq!(second(judged(Outcome::Pending, other("A-2", BEFORE))), Outcome::Suspicious);
        assert_eq!(second(other("A-2", BEFORE)), Outcome::Suspicious, "not known");
        assert_eq!(
            second(judged(Outcome::Rejected, other("A-2", BEFORE))),
            Outcome::Verified,
            "it does not fit"
        );
        assert_eq!(second(other("A-2", None)), Outcome::Suspicious, "nobody knows which was first");
        assert_eq!(second(other("A-2", Some("2026-03-02T12:00:00Z"))), Outcome::Suspicious, "at one instant");
    }

    #[test]
    fn a_claim_for_another_country_does_not_fit() {
        let abroad = OtherClaim {
            ship_to: Some(OtherAddress { country: Some(country("DE")) }),
            ..other("A-2", BEFORE)
        };
        assert_eq!(beside(Sample::on_its_way(), vec![abroad]).judge().verdict, Outcome::Verified);
    }

    #[test]
    fn other_numbers_other_carriers_and_the_same_order_do_not_matter() {
        let number = OtherClaim { tracking_number: "1Z999AA10123456785".to_owned(), ..other("A-2", BEFORE) };
        let carrier = OtherClaim { carrier: Some("fedex".to_owned()), ..other("A-2", BEFORE) };
        for claim in [number, carrier, other("A-1", BEFORE)] {
            assert_eq!(beside(Sample::on_its_way(), vec![claim]).judge().verdict, Outcome::Verified);
        }
        let spaced =
            OtherClaim { tracking_number: "1z 999-AA1 01 2345 6784".to_owned(), ..other("A-2", BEFORE) };
        assert_eq!(beside(Sample::on_its_way(), vec![spaced]).judge().verdict, Outcome::Suspicious);
    }

    #[test]
    fn combined_parcels_need_the_same_seller_buyer_and_country() {
        let combined = OtherClaim {
            buyer: Some("b-1".to_owned()),
            combined_with: Some("A-1".to_owned()),
            ..other("A-2", BEFORE)
        };
        let verdict = |claim: OtherClaim| beside(Sample::on_its_way(), vec![claim]).judge().verdict;
        assert_eq!(verdict(combined.clone()), Outcome::Verified);
        let spoiled = [
            OtherClaim { seller: Some("s-2".to_owned()), ..combined.clone() },
            OtherClaim { seller: None, ..combined.clone() },
            OtherClaim { buyer: Some("b-9".to_owned()), ..combined.clone() },
            OtherClaim { combined_with: Some("A-3".to_owned()), ..combined.clone() },
            OtherClaim { combined_with: None, ..combined.clone() },
            OtherClaim { ship_to: None, ..combined.clone() },
        ];
        for claim in spoiled {
            assert_eq!(verdict(claim.clone()), Outcome::Suspicious, "{claim:?}");
        }
        let ours = beside(Sample::on_its_way(), vec![OtherClaim { combined_with: None, ..combined }])
            .but(|s| s.claim.combined_with = Some("A-2".to_owned()));
        assert_eq!(ours.judge().verdict, Outcome::Verified, "declared on our side");
    }

    #[test]
    fn the_number_s_earlier_use_is_another_parcel() {
        let mut tracking = parcel(
            Status::InTransit,
            vec![
                scan(Status::Accepted, "2025-11-20T00:00:00Z", "US"),
                scan(Status::Delivered, "2025-12-01T00:00:00Z", "US Boston 02101"),
                scan(Status::Accepted, "2026-03-03T00:00:00Z", "CN"),
            ],
        );
        tracking.destination = scan(Status::Info, "", "US Oakland 94607").place;
        let sample = Sample::new().at("2026-03-04T00:00:00Z").seen("2026-03-04T00:00:00Z", tracking);
        let old = judged(Outcome::Verified, other("A-0", Some("2025-11-20T00:00:00Z")));
        assert_eq!(beside(sample.clone(), vec![old]).judge().verdict, Outcome::Verified);
        let new = judged(Outcome::Verified, other("A-0", Some("2026-03-01T00:00:00Z")));
        assert_eq!(beside(sample, vec![new]).judge().verdict, Outcome::Rejected);
    }

    #[test]
    fn the_seller_learns_nothing_of_the_other_order() {
        let finding = beside(Sample::on_its_way(), vec![other("A-2", BEFORE)]).check(check);
        assert_eq!(finding.outcome, CheckOutcome::Fail);
        assert_eq!(finding.evidence, ["claim", "other_claim:0"]);
        assert!(!finding.for_seller.contains("A-2") && !finding.ask.unwrap().contains("A-2"));
    }
}
