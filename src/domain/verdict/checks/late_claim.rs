//! A number that is given only after the buyer has opened a dispute is marked: it may be true all the same.

use crate::domain::conversation::words;
use crate::domain::verdict::{Case, Effect, Finding};

/// The check's id.
pub const ID: &str = "late-claim";

/// Given after a dispute was opened, where that is known; or, in place of another number, that of a parcel which had been
/// delivered by then.
pub fn check(case: &Case<'_>) -> Finding {
    if let Some(found) = corrected_after_delivery(case) {
        return found;
    }
    let Some(opened) = case.dispute_opened_at else {
        return Finding::not_applicable(ID, "no dispute is known");
    };
    let given = case.given_at();
    let finding = if given > opened {
        Finding::noted(ID, format!("the number was given on {given}, after a dispute was opened on {opened}"))
            .seller("The number was given after the dispute was opened.")
    } else {
        Finding::pass(ID, "the number was given before the dispute was opened")
            .seller("The number was given in time.")
    };
    finding.by("claim").by("order")
}

/// Numbers of parcels that were delivered to somebody near are for sale. An honest seller who mends a typing error late
/// can say so.
fn corrected_after_delivery(case: &Case<'_>) -> Option<Finding> {
    case.claim.corrects.as_ref()?;
    let journey = case.journey()?;
    let delivered = journey.delivered_at()?;
    let given = case.given_at();
    (given > delivered).then(|| {
        let why = format!("the number was given in place of another on {given}, after its parcel was delivered on {delivered}");
        Finding::fail(ID, Effect::Suspicion, why)
            .seller("The number was given only after its parcel had been delivered.")
            .ask(words("say-late"))
            .by("claim")
            .by(journey.answer.name())
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::domain::verdict::samples::{Sample, at};
    use crate::domain::verdict::{CheckOutcome, Outcome};

    #[test]
    fn a_number_given_after_the_dispute_is_noted() {
        // The number was given at noon.
        let opened = |time: &str| Sample::on_its_way().but(|s| s.dispute_opened_at = Some(at(time)));
        assert!(opened("2026-03-02T11:59:59Z").check(check).reason.starts_with("noted"));
        assert_eq!(opened("2026-03-02T11:59:59Z").judge().verdict, Outcome::Verified);
        assert!(!opened("2026-03-02T12:00:00Z").check(check).reason.starts_with("noted"));
        assert_eq!(Sample::on_its_way().check(check).outcome, CheckOutcome::NotApplicable);
    }
}
