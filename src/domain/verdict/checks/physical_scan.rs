//! The carrier must have had the parcel in its hands. A label is an announcement and proves nothing.

use waygate_carriers::contract::Status;

use super::not_known_yet;
use crate::domain::calendar::{days, shifted};
use crate::domain::conversation::words;
use crate::domain::verdict::{Case, Effect, Finding};

/// The check's id.
pub const ID: &str = "physical-scan";

/// A scan passes; a label alone is pending, then suspicious, then rejected.
pub fn check(case: &Case<'_>) -> Finding {
    let Some(journey) = case.journey() else { return not_known_yet(ID) };
    if let Some(first) = journey.scans().next() {
        return Finding::pass(ID, format!("first physical scan: {}", first.1.status.as_str()))
            .seller("The carrier has scanned the parcel.")
            .by(journey.name(first));
    }
    let told = journey.tracking.status;
    if told.is_physical_scan() || told == Status::Lost {
        return Finding::unknown(
            ID,
            format!("the source says `{}` and shows no scan; a scan with its time is missing", told.as_str()),
        )
        .seller("The carrier shows no scan of the parcel yet.")
        .by(journey.answer.name());
    }
    let shipped = case.shipped_at();
    let longest = shifted(shipped, case.policy.label_only_pending);
    let promised = case.order.handling_days.map(|n| shifted(case.order.paid_at, days(n)));
    let pending_until = promised.map_or(longest, |p| p.min(longest));
    let rejected_at = shifted(shipped, case.policy.label_only_rejected);
    let label = if told == Status::Cancelled { "the label was voided" } else { "there is a label" };
    let seller = "The parcel is announced, and the carrier has not scanned it yet.";
    let ask = words("hand-over");
    let finding = if case.now >= rejected_at {
        Finding::fail(ID, Effect::Hard, format!("{label} and was no physical scan until {rejected_at}"))
            .seller("The carrier never scanned the parcel.")
            .ask(words("shipped-number"))
    } else if case.now >= pending_until {
        Finding::fail(
            ID,
            Effect::Suspicion,
            format!("{label} and was no physical scan until {pending_until}"),
        )
        .seller(seller)
        .ask(ask)
    } else {
        Finding::unknown(ID, format!("{label} and no physical scan yet; suspicious from {pending_until}"))
            .seller(seller)
            .turning(pending_until)
    };
    finding.by(journey.answer.name())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::domain::verdict::samples::{Sample, at, parcel};
    use crate::domain::verdict::{CheckOutcome, Outcome};

    fn outcome(sample: &Sample, now: &str) -> Outcome {
        sample.clone().at(now).judge().verdict
    }

    #[test]
    fn a_scan_passes() {
        let finding = Sample::on_its_way().check(check);
        assert_eq!(finding.outcome, CheckOutcome::Pass);
        assert_eq!(finding.evidence, ["observation:0#checkpoint:1"]);
    }

    #[test]
    fn a_label_is_pending_inside_the_handling_time() {
        // Paid on the 2nd at midnight, three days to ship.
        let sample = Sample::label_only();
        assert_eq!(outcome(&sample, "2026-03-04T23:59:59Z"), Outcome::Pending);
        assert_eq!(outcome(&sample, "2026-03-05T00:00:00Z"), Outcome::Suspicious);
        assert_eq!(sample.judge().turns_at, Some(at("2026-03-05T00:00:00Z")));
    }

    #[test]
    fn at_most_seven_days_from_confirmation() {
        // Confirmed on the 2nd at noon.
        for handling in [Some(20), None] {
            let sample = Sample::label_only().but(|s| s.order.handling_days = handling);
            assert_eq!(outcome(&sample, "2026-03-09T11:59:59Z"), Outcome::Pending);
            assert_eq!(outcome(&sample, "2026-03-09T12:00:00Z"), Outcome::Suspicious);
        }
    }

    #[test]
    fn thirty_days_from_confirmation_a_label_is_rejected() {
        let sample = Sample::label_only();
        assert_eq!(outcome(&sample, "2026-04-01T11:59:59Z"), Outcome::Suspicious);
        assert_eq!(outcome(&sample, "2026-04-01T12:00:00Z"), Outcome::Rejected);
    }

    #[test]
    fn a_status_without_a_scan_is_not_a_scan() {
        let sample = Sample::new().seen("2026-03-02T19:00:00Z", parcel(Status::Delivered, vec![]));
        assert_eq!(sample.check(check).outcome, CheckOutcome::Unknown);
        assert_ne!(sample.judge().verdict, Outcome::Verified);
    }
}
