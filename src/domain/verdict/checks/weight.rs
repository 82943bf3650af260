//! The parcel's weight should be that of the goods: an empty envelope to the right address is a known trick.

use super::not_known_yet;
use crate::domain::conversation::words;
use crate::domain::shipment::OtherClaim;
use crate::domain::verdict::case::plain_number;
use crate::domain::verdict::{Case, Effect, Finding, Outcome};

/// The check's id.
pub const ID: &str = "weight";

/// The weight that the source tells, with that of the order's other parcels, against what was expected.
pub fn check(case: &Case<'_>) -> Finding {
    let Some(journey) = case.journey() else { return not_known_yet(ID) };
    let Some(own) = journey.tracking.weight_grams.filter(|g| *g > 0) else {
        return Finding::unknown(ID, "the source does not tell the weight")
            .seller("The carrier does not tell the weight.")
            .by(journey.answer.name());
    };
    if is_combined(case) {
        return Finding::not_applicable(ID, "the parcel carries another order's goods as well").by("claim");
    }
    let siblings = siblings(case);
    let others: Option<Vec<u32>> = siblings.iter().map(|(_, o)| o.weight_grams.filter(|g| *g > 0)).collect();
    let Some(others) = others else {
        return siblings.iter().fold(
            Finding::not_applicable(ID, "the order has several parcels, and not every weight is known"),
            |finding, (index, _)| finding.by(format!("other_claim:{index}")),
        );
    };
    let told = others.iter().map(|g| u64::from(*g)).sum::<u64>() + u64::from(own);
    let policy = case.policy;
    let expected = case.order.expected_weight_grams.filter(|g| *g > 0);
    let is_out = expected.is_some_and(|e| {
        let (told, e) = (told * 100, u64::from(e));
        told < e * u64::from(policy.weight_low_percent) || told > e * u64::from(policy.weight_high_percent)
    });
    let least = u64::from(policy.weight_least_grams);
    let is_nothing = told < least && expected.is_none_or(|e| u64::from(e) >= least);
    let what = match expected {
        Some(e) => format!("{told} g, where {e} g were expected"),
        None => format!("{told} g"),
    };
    let finding = if is_out || is_nothing {
        Finding::fail(ID, Effect::Suspicion, format!("the weight is {what}: these are not the goods"))
            .seller("The parcel's weight does not fit the goods.")
            .ask(words("show-goods"))
    } else {
        Finding::pass(ID, format!("the weight is {what}")).seller("The weight fits the goods.")
    };
    siblings.iter().fold(finding.by("order").by(journey.answer.name()), |finding, (index, _)| {
        finding.by(format!("other_claim:{index}"))
    })
}

/// Declared by either side as one parcel for two orders.
fn is_combined(case: &Case<'_>) -> bool {
    let number = case.number();
    case.claim.combined_with.is_some()
        || case.other_claims.iter().any(|other| {
            other.combined_with.as_ref() == Some(&case.order.id)
                && plain_number(&other.tracking_number) == number
        })
}

/// The same order's other parcels. A number that proved false carries nothing.
fn siblings<'a>(case: &Case<'a>) -> Vec<(usize, &'a OtherClaim)> {
    let number = case.number();
    let is_sibling = |other: &OtherClaim| {
        other.order == case.order.id
            && other.verdict != Some(Outcome::Rejected)
            && plain_number(&other.tracking_number) != number
    };
    case.other_claims.iter().enumerate().filter(|(_, other)| is_sibling(other)).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::domain::verdict::CheckOutcome;
    use crate::domain::verdict::samples::{Sample, other};

    fn weighing(expected: Option<u32>, told: u32) -> Sample {
        Sample::on_its_way()
            .but(|s| s.order.expected_weight_grams = expected)
            .told(|t| t.weight_grams = Some(told))
    }

    fn sibling(weight_grams: Option<u32>) -> OtherClaim {
        let mut claim = other("A-1", None);
        claim.tracking_number = "1Z999AA10123456785".to_owned();
        OtherClaim { weight_grams, ..claim }
    }

    #[test]
    fn half_to_double_of_what_was_expected() {
        for (told, verdict) in [
            (399, Outcome::Suspicious),
            (400, Outcome::Verified),
            (800, Outcome::Verified),
            (1600, Outcome::Verified),
            (1601, Outcome::Suspicious),
        ] {
            assert_eq!(weighing(Some(800), told).judge().verdict, verdict, "{told}");
        }
    }

    #[test]
    fn goods_weigh_something() {
        assert_eq!(weighing(None, 49).judge().verdict, Outcome::Suspicious);
        assert_eq!(weighing(None, 50).judge().verdict, Outcome::Verified);
        assert_eq!(weighing(Some(80), 45).judge().verdict, Outcome::Suspicious);
        assert_eq!(weighing(Some(30), 30).judge().verdict, Outcome::Verified, "so little was expected");
        assert_eq!(weighing(None, 0).check(check).outcome, CheckOutcome::Unknown, "nobody weighed it");
    }

    #[test]
    fn several_parcels_are_weighed_together_or_not_at_all() {
        let half = weighing(Some(800), 300);
        assert_eq!(half.check(check).effect, Effect::Suspicion);
        let unknown = half.clone().but(|s| s.others = vec![sibling(None)]);
        assert_eq!(unknown.check(check).outcome, CheckOutcome::NotApplicable);
        assert_eq!(unknown.judge().verdict, Outcome::Verified);
        let together = half.clone().but(|s| s.others = vec![sibling(Some(100))]);
        assert_eq!(together.check(check).outcome, CheckOutcome::Pass);
        assert_eq!(together.check(check).evidence, ["order", "observation:0", "other_claim:0"]);
        let false_one = OtherClaim { verdict: Some(Outcome::Rejected), ..sibling(None) };
        let alone = half.but(|s| s.others = vec![false_one]);
        assert_eq!(alone.check(check).effect, Effect::Suspicion);
    }

    #[test]
    fn a_combined_parcel_holds_more_than_the_order() {
        let sample = weighing(Some(800), 5000).but(|s| s.claim.combined_with = Some("A-2".to_owned()));
        assert_eq!(sample.check(check).outcome, CheckOutcome::NotApplicable);
    }
}
