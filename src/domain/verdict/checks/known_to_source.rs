//! The official source must know the number. Only an answer `not found` that comes after the deadline speaks against
//! it; an outage, a quota or a refusal never does.

use crate::domain::calendar::{business_days_after, shifted};
use crate::domain::conversation::words;
use crate::domain::verdict::{Case, Effect, Finding};

/// The check's id.
pub const ID: &str = "known-to-source";

/// Found, not found in time, or not found too late.
pub fn check(case: &Case<'_>) -> Finding {
    let evidence = case.evidence();
    let latest = evidence.own().last();
    if let Some((answer, tracking)) = evidence.ruling() {
        let mut reason = format!(
            "the official source knows the number, as of {}: {}",
            answer.fetched_at(),
            tracking.status.as_str()
        );
        let mut finding = Finding::pass(ID, "").by(answer.name());
        if let Some(later) = latest.filter(|l| l.index != answer.index) {
            let said = later.observation.reading.outcome();
            reason = format!("{reason}; a later answer is `{said}`, the last good one stands");
            finding = finding.by(later.name());
        }
        finding.reason = reason;
        return finding.seller("The carrier knows the number.");
    }
    let given = case.given_at();
    let deadline = business_days_after(given, case.policy.not_found_business_days);
    let Some(denied) = evidence.not_found() else {
        let why = match latest {
            None => "the official source has not answered yet",
            Some(_) => "the official source could not answer; that says nothing about the number",
        };
        let finding = Finding::unknown(ID, why).seller("We have no answer from the carrier yet.");
        return latest.into_iter().fold(finding, |f, l| f.by(l.name()));
    };
    if denied.fetched_at() >= deadline {
        return Finding::fail(
            ID,
            Effect::Hard,
            format!(
                "the official source did not know the number on {}, after {deadline}",
                denied.fetched_at()
            ),
        )
        .seller("The carrier does not know this number.")
        .ask(words("issued-number"))
        .by(denied.name());
    }
    let mut finding = Finding::unknown(
        ID,
        format!(
            "the official source did not know the number on {}; that speaks against it from {deadline}",
            denied.fetched_at()
        ),
    )
    .seller("The carrier does not know the number yet.")
    .by(denied.name());
    if case.now >= shifted(given, case.policy.not_found_grace) {
        finding = finding.ask(words("check-and-hand-over"));
    }
    if case.now < deadline {
        finding = finding.turning(deadline);
    }
    finding
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use waygate_carriers::contract::FailureKind;

    use super::*;
    use crate::domain::verdict::samples::{Sample, at};
    use crate::domain::verdict::{CheckOutcome, Outcome};

    // Given on Monday 2026-03-02 at noon: grace until Tuesday noon, deadline on Monday 2026-03-09 at noon.

    #[test]
    fn a_day_long_not_found_is_no_news() {
        let verdict = Sample::new().not_found("2026-03-02T13:00:00Z").at("2026-03-03T11:59:59Z").judge();
        assert_eq!(verdict.verdict, Outcome::Pending);
        assert_eq!(verdict.ask_seller, [""; 0]);
        assert_eq!(verdict.turns_at, Some(at("2026-03-09T12:00:00Z")));
    }

    #[test]
    fn after_a_day_the_seller_is_told() {
        let verdict = Sample::new().not_found("2026-03-02T13:00:00Z").at("2026-03-03T12:00:00Z").judge();
        assert_eq!((verdict.verdict, verdict.ask_seller.len()), (Outcome::Pending, 1));
    }

    #[test]
    fn only_an_answer_fetched_after_five_business_days_rejects() {
        let before = Sample::new().not_found("2026-03-09T11:59:59Z").at("2026-03-20T00:00:00Z");
        assert_eq!(before.judge().verdict, Outcome::Pending, "asked too early, however late it is judged");
        let after = Sample::new().not_found("2026-03-09T12:00:00Z").at("2026-03-09T12:00:00Z");
        assert_eq!(after.judge().verdict, Outcome::Rejected);
    }

    #[test]
    fn what_is_no_answer_never_rejects() {
        for kind in [
            FailureKind::Inconclusive,
            FailureKind::Refused,
            FailureKind::RateLimited,
            FailureKind::Unavailable,
            FailureKind::Malformed,
        ] {
            let sample = Sample::new().failing("2026-04-20T00:00:00Z", kind).at("2026-04-20T00:00:00Z");
            assert_eq!(sample.check(check).outcome, CheckOutcome::Unknown, "{kind:?}");
            assert_eq!(sample.judge().verdict, Outcome::Pending, "{kind:?}");
        }
    }

    #[test]
    fn a_not_found_after_a_found_is_noted_and_the_found_stands() {
        let sample = Sample::on_its_way().not_found("2026-03-20T00:00:00Z").at("2026-03-20T00:00:00Z");
        let finding = sample.check(check);
        assert_eq!(finding.outcome, CheckOutcome::Pass);
        assert!(finding.reason.contains("`not_found`"), "{}", finding.reason);
        assert_eq!(sample.judge().verdict, Outcome::Verified);
    }
}
