//! What was scanned before the order was paid for is another parcel. A short while is noise of time zones.

use jiff::Timestamp;
use waygate_carriers::contract::Status;

use super::not_known_yet;
use crate::domain::calendar::shifted;
use crate::domain::conversation::words;
use crate::domain::verdict::journey::{about, bounds};
use crate::domain::verdict::{Case, Effect, Finding};

/// The check's id.
pub const ID: &str = "scan-after-payment";

/// The earliest scan and the earliest label against the time of payment.
pub fn check(case: &Case<'_>) -> Finding {
    let Some(journey) = case.journey() else { return not_known_yet(ID) };
    let paid = case.order.paid_at;
    // A wall clock without an offset counts only where no offset could save it.
    let latest = |c| bounds(c).map_or(Timestamp::MAX, |(_, latest)| latest);
    let too_early = |finding: Finding| {
        finding
            .seller("The parcel was with the carrier before the order was paid for.")
            .ask(words("order-number"))
            .by("order")
    };
    let scan_limit = shifted(paid, -case.policy.scan_before_payment);
    let first = journey.scans().filter(|(_, c)| bounds(c).is_some()).min_by_key(|(_, c)| latest(c));
    if let Some(first) = first.filter(|(_, c)| latest(c) < scan_limit) {
        let reason = format!("scanned physically by {}, payment was at {paid}", latest(first.1));
        return too_early(Finding::fail(ID, Effect::Hard, reason).by(journey.name(first)));
    }
    let label_limit = shifted(paid, -case.policy.label_before_payment);
    let label =
        journey.checkpoints.iter().find(|(_, c)| c.status == Status::LabelCreated && latest(c) < label_limit);
    if let Some(label) = label {
        let reason = format!("the label was made by {}, payment was at {paid}", latest(label.1));
        return too_early(Finding::fail(ID, Effect::Hard, reason).by(journey.name(*label)));
    }
    let Some(first) = first else {
        return Finding::unknown(ID, "a physical scan with its time is missing")
            .seller("The carrier has not scanned the parcel yet.")
            .by(journey.answer.name());
    };
    let again =
        if journey.is_used_again { "; the number was used before, its newest use counts" } else { "" };
    let noise = if about(first.1).is_some_and(|at| at < paid) {
        "a little before payment, as time zones may make it"
    } else {
        "after payment"
    };
    Finding::pass(ID, format!("first scanned physically {noise}{again}"))
        .seller("The parcel was shipped after payment.")
        .by("order")
        .by(journey.name(first))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::domain::verdict::samples::{Sample, parcel, scan};
    use crate::domain::verdict::{CheckOutcome, Outcome};

    // Paid on 2026-03-02 at midnight UTC.
    fn first_seen(status: Status, time: &str) -> Finding {
        let scans = vec![scan(status, time, "CN"), scan(Status::InTransit, "2026-03-04T00:00:00Z", "US")];
        Sample::new().seen("2026-03-05T00:00:00Z", parcel(Status::InTransit, scans)).check(check)
    }

    #[test]
    fn a_day_before_payment_is_noise_and_noted() {
        let finding = first_seen(Status::Accepted, "2026-03-01T00:00:00Z");
        assert_eq!(finding.outcome, CheckOutcome::Pass);
        assert!(finding.reason.contains("before payment"), "{}", finding.reason);
        let after = first_seen(Status::Accepted, "2026-03-02T00:00:00Z");
        assert!(after.reason.contains("after payment"), "{}", after.reason);
    }

    #[test]
    fn more_than_a_day_before_payment_is_another_parcel() {
        let finding = first_seen(Status::Accepted, "2026-02-28T23:59:59Z");
        assert_eq!((finding.outcome, finding.effect), (CheckOutcome::Fail, Effect::Hard));
        assert_eq!(finding.evidence, ["observation:0#checkpoint:1", "order"]);
    }

    #[test]
    fn a_label_may_be_older_by_three_days() {
        assert_eq!(first_seen(Status::LabelCreated, "2026-02-27T00:00:00Z").outcome, CheckOutcome::Pass);
        assert_eq!(first_seen(Status::LabelCreated, "2026-02-26T23:59:59Z").effect, Effect::Hard);
    }

    #[test]
    fn a_wall_clock_without_an_offset_fails_only_where_no_offset_saves_it() {
        // At the clock that is furthest behind, 2026-02-28T12:00 is 2026-03-01T00:00 UTC: still a day before payment.
        assert_eq!(first_seen(Status::Accepted, "2026-02-28T12:00:00").outcome, CheckOutcome::Pass);
        assert_eq!(first_seen(Status::Accepted, "2026-02-28T11:59:59").effect, Effect::Hard);
        assert_eq!(first_seen(Status::Accepted, "2026-02-27").effect, Effect::Hard);
        assert_eq!(first_seen(Status::Accepted, "2026-02-28").outcome, CheckOutcome::Pass);
    }

    fn used_before(silence_ends: &str) -> Sample {
        let mut tracking = parcel(
            Status::InTransit,
            vec![
                scan(Status::Accepted, "2025-12-20T00:00:00Z", "US"),
                scan(Status::Delivered, "2026-01-01T00:00:00Z", "US Boston 02101"),
                scan(Status::Accepted, silence_ends, "CN"),
            ],
        );
        tracking.destination = scan(Status::Info, "", "US Oakland 94607").place;
        Sample::new()
            .but(|s| s.order.paid_at = "2026-03-01T00:00:00Z".parse().unwrap())
            .but(|s| s.order.handling_days = Some(20))
            .at("2026-03-05T00:00:00Z")
            .seen("2026-03-05T00:00:00Z", tracking)
    }

    #[test]
    fn sixty_days_of_silence_after_the_end_separate_two_uses() {
        // 2026-01-01 and sixty days is 2026-03-02.
        assert_eq!(used_before("2026-03-02T00:00:00Z").judge().verdict, Outcome::Verified);
        assert_eq!(used_before("2026-03-01T23:59:59Z").judge().verdict, Outcome::Rejected);
    }

    #[test]
    fn an_old_use_alone_does_not_fit_the_order() {
        let old = parcel(
            Status::Delivered,
            vec![
                scan(Status::Accepted, "2025-12-20T00:00:00Z", "US"),
                scan(Status::Delivered, "2026-01-01T00:00:00Z", "US Oakland 94607"),
            ],
        );
        assert_eq!(Sample::new().seen("2026-03-02T19:00:00Z", old).judge().verdict, Outcome::Rejected);
    }
}
