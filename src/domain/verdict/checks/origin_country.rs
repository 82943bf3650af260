//! The parcel should come from where the seller promised to ship from. A source that does not tell the origin says
//! nothing.

use waygate_carriers::contract::{Country, Status};

use super::not_known_yet;
use crate::domain::conversation::words;
use crate::domain::verdict::place::{self, Likeness};
use crate::domain::verdict::{Case, Effect, Finding};

/// The check's id.
pub const ID: &str = "origin-country";

/// The origin that the source names, else where the parcel was accepted, against the promise.
pub fn check(case: &Case<'_>) -> Finding {
    let Some(promised) = &case.order.ship_from else {
        return Finding::not_applicable(ID, "the order does not say where it ships from").by("order");
    };
    let Some(journey) = case.journey() else { return not_known_yet(ID) };
    let told = journey.tracking.origin.as_ref().filter(|at| at.country.is_some());
    let accepted = || {
        let (first, at) = journey
            .scans()
            .next()
            .filter(|(_, c)| c.status == Status::Accepted)
            .and_then(|scan| scan.1.place.as_ref().map(|at| (scan, at)))?;
        at.country.map(|_| (at, journey.name(first)))
    };
    let Some((at, evidence)) = told.map(|at| (at, journey.answer.name())).or_else(accepted) else {
        return Finding::unknown(ID, "the source does not tell where the parcel comes from")
            .seller("The carrier does not tell the parcel's origin.")
            .by(journey.answer.name());
    };
    let from = at.country.map(|c| c.to_string()).unwrap_or_default();
    let wanted = promised.country;
    let fits = "The parcel comes from where you ship.";
    let finding = match place::compare(case.policy, promised, at) {
        // The town of the sender is nobody's business here: a territory's code is enough.
        _ if is_one_place(case, wanted, at.country) => {
            Finding::pass(ID, format!("comes from {from}, as promised")).seller(fits)
        }
        Likeness::Same | Likeness::SameByTerritory | Likeness::Unclear => {
            Finding::pass(ID, format!("comes from {from}, as promised")).seller(fits)
        }
        Likeness::Different if is_on_the_way(case, wanted, at.country) => {
            Finding::noted(ID, format!("comes by way of {from}; {wanted} was promised")).seller(fits)
        }
        Likeness::Different => {
            Finding::fail(ID, Effect::Suspicion, format!("comes from {from}, but {wanted} was promised"))
                .seller("The parcel does not come from where the order ships from.")
                .ask(words("check-origin"))
        }
    };
    finding.by("order").by(evidence)
}

/// Whether two codes are of one country and its parts.
fn is_one_place(case: &Case<'_>, wanted: Country, from: Option<Country>) -> bool {
    let territory = case.policy.territory_of(wanted);
    from == Some(wanted)
        || (territory.is_some() && from.and_then(|c| case.policy.territory_of(c)) == territory)
}

fn is_on_the_way(case: &Case<'_>, wanted: Country, from: Option<Country>) -> bool {
    let passes = |row: &crate::domain::policy::OnTheWay| from.is_some_and(|c| row.places.contains(&c));
    case.policy.on_the_way.iter().any(|row| row.country == wanted && passes(row))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::domain::verdict::samples::{Sample, country, scan};
    use crate::domain::verdict::{CheckOutcome, Outcome};

    fn from(promised: &str, told: &str) -> Sample {
        Sample::on_its_way()
            .but(|s| s.order.ship_from.as_mut().unwrap().country = country(promised))
            .told(|t| t.origin = scan(Status::Info, "", told).place)
    }

    #[test]
    fn the_promised_country_passes_and_another_is_suspicious() {
        assert_eq!(from("CN", "CN").check(check).outcome, CheckOutcome::Pass);
        assert_eq!(from("CN", "US").judge().verdict, Outcome::Suspicious);
        assert_eq!(from("CN", "US").check(check).evidence, ["order", "observation:0"]);
        assert_eq!(from("PR", "US").check(check).outcome, CheckOutcome::Pass);
    }

    #[test]
    fn places_on_the_way_are_noted() {
        for place in ["HK", "MO", "TW"] {
            let sample = from("CN", place);
            assert!(sample.check(check).reason.starts_with("noted"), "{place}");
            assert_eq!(sample.judge().verdict, Outcome::Verified, "{place}");
        }
        assert_eq!(from("HK", "CN").judge().verdict, Outcome::Suspicious);
    }

    #[test]
    fn the_first_scan_tells_the_origin_only_where_it_is_the_acceptance() {
        let first = |status: Status, place: &str| {
            Sample::on_its_way().told(|t| {
                let accepted = t.checkpoints.len() - 2;
                t.checkpoints[accepted] = scan(status, "2026-03-03T01:00:00Z", place);
            })
        };
        assert_eq!(first(Status::Accepted, "CN").check(check).outcome, CheckOutcome::Pass);
        assert_eq!(first(Status::Accepted, "US").check(check).effect, Effect::Suspicion);
        assert_eq!(first(Status::InTransit, "US").check(check).outcome, CheckOutcome::Unknown, "handed over");
        assert_eq!(first(Status::InTransit, "US").judge().verdict, Outcome::Verified, "unknown is not fail");
    }

    #[test]
    fn without_a_promise_there_is_nothing_to_keep() {
        let sample = from("CN", "US").but(|s| s.order.ship_from = None);
        assert_eq!(sample.check(check).outcome, CheckOutcome::NotApplicable);
    }
}
