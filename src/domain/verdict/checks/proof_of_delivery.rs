//! A delivered parcel of high value needs a signature or a proof of delivery.

use crate::domain::conversation::words;
use crate::domain::verdict::{Case, Finding, Stand};

/// The check's id.
pub const ID: &str = "proof-of-delivery";

/// Asked only of delivered parcels of the higher tier.
pub fn check(case: &Case<'_>) -> Finding {
    if !case.is_high_value() {
        return Finding::not_applicable(ID, "the order's value does not ask for it").by("order");
    }
    let delivered = case.journey().filter(|j| j.stand == Stand::Delivered);
    let Some(journey) = delivered else {
        return Finding::not_applicable(ID, "the parcel is not delivered");
    };
    let is_told = |text: &Option<String>| text.as_ref().is_some_and(|t| !t.trim().is_empty());
    let proof = journey.tracking.proof_of_delivery.as_ref();
    if proof.is_some_and(|p| is_told(&p.signed_by) || is_told(&p.left_at)) {
        return Finding::pass(ID, "the source shows who took it, or where it was left")
            .seller("The carrier shows a proof of delivery.")
            .by("order")
            .by(journey.answer.name());
    }
    Finding::unknown(ID, "for an order of this value a signature or proof of delivery is missing")
        .seller("For this order the carrier must show a signature or proof of delivery.")
        .ask(words("ask-proof"))
        .by("order")
        .by(journey.answer.name())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::domain::verdict::samples::Sample;
    use crate::domain::verdict::{CheckOutcome, Outcome};

    #[test]
    fn a_delivered_parcel_of_high_value_waits_for_its_proof() {
        let dear = Sample::delivered().worth("750.00 USD");
        assert_eq!(dear.judge().verdict, Outcome::Pending);
        assert!(dear.check(check).reason.contains("signature"));
        assert_eq!(dear.signed().judge().verdict, Outcome::Verified);
    }

    #[test]
    fn below_it_none_is_needed() {
        let sample = Sample::delivered().worth("749.99 USD");
        assert_eq!(sample.check(check).outcome, CheckOutcome::NotApplicable);
        assert_eq!(sample.judge().verdict, Outcome::Verified);
    }

    #[test]
    fn on_its_way_none_is_needed_yet() {
        assert_eq!(Sample::on_its_way().worth("750.00 USD").judge().verdict, Outcome::Verified);
    }

    #[test]
    fn a_currency_without_a_row_is_not_taken_for_low() {
        assert_eq!(Sample::delivered().worth("1.00 XXX").judge().verdict, Outcome::Pending);
    }
}
