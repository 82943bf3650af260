//! The first physical scan should come within the handling time. A late one is a matter of the seller's promise and not
//! of the number's truth.

use super::not_known_yet;
use crate::domain::calendar::{days, shifted};
use crate::domain::verdict::journey::bounds;
use crate::domain::verdict::{Case, Finding};

/// The check's id.
pub const ID: &str = "handling-time";

/// A late first scan is noted.
pub fn check(case: &Case<'_>) -> Finding {
    let Some(handling) = case.order.handling_days else {
        return Finding::not_applicable(ID, "no handling time was promised").by("order");
    };
    let Some(journey) = case.journey() else { return not_known_yet(ID) };
    // A wall clock without an offset is late only where no offset could save it.
    let first = journey.scans().filter_map(|scan| bounds(scan.1).map(|b| (b.0, scan))).min_by_key(|f| f.0);
    let Some((at, scan)) = first else {
        return Finding::unknown(ID, "a physical scan with its time is missing")
            .seller("The carrier has not scanned the parcel yet.")
            .by(journey.answer.name());
    };
    let promised = shifted(case.order.paid_at, days(handling));
    let finding = if at > shifted(promised, case.policy.handling_tolerance) {
        Finding::noted(
            ID,
            format!("first scanned on {at}, later than the handling time, which ended on {promised}"),
        )
        .seller("The carrier scanned the parcel after the handling time.")
    } else {
        Finding::pass(ID, "scanned within the handling time").seller("The parcel was handed over in time.")
    };
    finding.by("order").by(journey.name(scan))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use waygate_carriers::contract::Status;

    use super::*;
    use crate::domain::verdict::samples::{Sample, scan};
    use crate::domain::verdict::{CheckOutcome, Outcome};

    /// Paid on 2026-03-02 with three days of handling: until the 5th, and a day more.
    fn first_scan(time: &str) -> Sample {
        Sample::on_its_way().at("2026-03-20T00:00:00Z").told(|t| {
            t.checkpoints.remove(0);
            t.checkpoints[0] = scan(Status::Accepted, time, "CN");
        })
    }

    #[test]
    fn a_late_first_scan_is_noted_and_nothing_more() {
        assert_eq!(first_scan("2026-03-06T00:00:00Z").check(check).outcome, CheckOutcome::Pass);
        assert!(!first_scan("2026-03-06T00:00:00Z").check(check).reason.starts_with("noted"));
        let late = first_scan("2026-03-06T00:00:01Z");
        assert!(late.check(check).reason.starts_with("noted"));
        assert_eq!(late.judge().verdict, Outcome::Verified);
    }

    #[test]
    fn without_a_promise_or_a_scan_nothing_is_late() {
        let free = first_scan("2026-03-12T00:00:00Z").but(|s| s.order.handling_days = None);
        assert_eq!(free.check(check).outcome, CheckOutcome::NotApplicable);
        assert_eq!(Sample::label_only().check(check).outcome, CheckOutcome::Unknown);
    }
}
