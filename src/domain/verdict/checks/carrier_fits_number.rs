//! The named carrier must be one that could have issued the number. Where the carrier knows the number, it is right.

use waygate_carriers::contract::CarrierId;
use waygate_carriers::numbers::CheckDigit;

use crate::domain::conversation::words;
use crate::domain::verdict::{Case, CheckOutcome, Effect, Finding};

/// The check's id.
pub const ID: &str = "carrier-fits-number";

/// Compares the named carrier with those that the number fits. What looks wrong waits for the first official answer.
pub fn check(case: &Case<'_>) -> Finding {
    let finding = compare(case);
    let looks_wrong = finding.outcome == CheckOutcome::Fail;
    if looks_wrong && case.awaits_answer && !case.evidence().has_been_asked() {
        finding.until_asked()
    } else {
        finding
    }
}

fn compare(case: &Case<'_>) -> Finding {
    let Some(named) = case.carrier() else {
        return Finding::not_applicable(ID, "the carrier is not recognized").by("claim");
    };
    let fits = case.identification.candidates.iter().any(|c| case.channels.is_issued_by(&named, c));
    let evidence = case.evidence();
    if let Some(answer) = evidence.named_carrier_knows() {
        let reason = if fits {
            format!("the number fits {named}, which knows it")
        } else {
            format!(
                "the number's form does not fit {named}, but the carrier knows it, and the carrier is right"
            )
        };
        return Finding::pass(ID, reason)
            .seller("The number belongs to this carrier.")
            .by("claim")
            .by(answer.name());
    }
    let not_found = evidence.not_found();
    if fits {
        if let (Some(denied), None, Some(elsewhere)) =
            (not_found, evidence.ruling(), evidence.known_elsewhere())
        {
            let likely = &elsewhere.observation.carrier;
            return wrong_carrier(Effect::Suspicion, &named, likely, "does not know it while the other does")
                .by(denied.name())
                .by(elsewhere.name());
        }
        return Finding::pass(ID, format!("the number fits {named}"))
            .seller("The number fits this carrier.")
            .by("claim");
    }
    let Some(best) = case.identification.candidates.first() else {
        return fits_nothing(case);
    };
    // Posts hand items to each other: another post's number is not false by its form.
    let among_posts = case.channels.is_postal(&named) && case.channels.is_postal(&best.carrier);
    match (best.check_digit, not_found) {
        (_, Some(denied)) if !among_posts => {
            wrong_carrier(Effect::Hard, &named, &best.carrier, "says itself that it does not know it")
                .by(denied.name())
        }
        (CheckDigit::Valid, _) if !among_posts => wrong_carrier(
            Effect::Hard,
            &named,
            &best.carrier,
            "cannot have issued it: its check digit says so",
        ),
        _ => wrong_carrier(Effect::Suspicion, &named, &best.carrier, "does not issue such numbers"),
    }
}

fn wrong_carrier(effect: Effect, named: &CarrierId, likely: &CarrierId, why: &str) -> Finding {
    Finding::fail(ID, effect, format!("the number is likely of {likely}; {named}, which was named, {why}"))
        .seller(format!("The number looks like one of {likely}, not of {named}."))
        .ask(words("check-carrier").replace("{likely}", likely.as_str()))
        .by("claim")
}

fn fits_nothing(case: &Case<'_>) -> Finding {
    let (reason, hint) = match &case.identification.problem {
        Some(problem) => (format!("{} ({})", problem.message, problem.code), problem.hint.clone()),
        None => ("the number fits no known format".to_owned(), String::new()),
    };
    let hint = hint.trim();
    let ask = if hint.is_empty() { words("check-number") } else { hint };
    Finding::fail(ID, Effect::Hard, format!("{reason}, and the carrier does not know it"))
        .seller("This is not a valid tracking number.")
        .ask(ask)
        .by("claim")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use waygate_carriers::contract::Status;

    use super::*;
    use crate::domain::verdict::Outcome;
    use crate::domain::verdict::samples::{Sample, candidate, carrier, found, parcel, problem};

    fn named(name: &str) -> Sample {
        Sample::new().but(|s| s.claim.carrier = name.to_owned())
    }

    fn wrong_digit() -> Sample {
        Sample::on_its_way().but(|s| {
            s.identification.candidates.clear();
            s.identification.problem = Some(problem("check_digit_wrong"));
        })
    }

    #[test]
    fn the_named_carrier_among_the_candidates_passes() {
        assert_eq!(named("ups").check(check).outcome, CheckOutcome::Pass);
    }

    #[test]
    fn a_wrong_check_digit_rejects_at_once_unless_the_carrier_knows_the_number() {
        assert_eq!(wrong_digit().check(check).outcome, CheckOutcome::Pass, "the carrier is right");
        assert_eq!(wrong_digit().judge().verdict, Outcome::Verified);
        let unknown = wrong_digit().but(|s| s.observations.clear());
        assert_eq!(unknown.check(check).effect, Effect::Hard);
        assert_eq!(unknown.judge().verdict, Outcome::Rejected);
        assert_eq!(unknown.judge().ask_seller, ["look again"]);
    }

    #[test]
    fn a_number_that_looks_wrong_waits_for_the_first_answer_where_one_is_on_its_way() {
        let waiting = wrong_digit().but(|s| s.observations.clear()).but(|s| s.awaits_answer = true);
        let verdict = waiting.judge();
        assert_eq!(verdict.verdict, Outcome::Pending);
        assert_eq!(verdict.ask_seller, ["look again"], "the seller is told at once");
        assert_eq!(waiting.not_found("2026-03-02T19:00:00Z").judge().verdict, Outcome::Rejected);
    }

    #[test]
    fn the_wrong_carrier_by_check_digit_is_rejected_and_the_likely_one_named() {
        let finding = named("fedex").check(check);
        assert_eq!((finding.outcome, finding.effect), (CheckOutcome::Fail, Effect::Hard));
        assert!(finding.ask.unwrap().contains("ups"));
    }

    #[test]
    fn the_wrong_carrier_without_a_check_digit_is_suspicious_until_its_source_denies_it() {
        let open = Sample::new().but(|s| {
            s.identification.candidates = vec![candidate("fedex", "fedex.12", CheckDigit::None, None)];
        });
        assert_eq!(open.check(check).effect, Effect::Suspicion);
        assert_eq!(open.judge().verdict, Outcome::Suspicious);
        let denied = open.clone().not_found("2026-03-02T19:00:00Z");
        assert_eq!(denied.check(check).effect, Effect::Hard);
        assert_eq!(denied.judge().verdict, Outcome::Rejected);
        let known = open.seen("2026-03-02T19:00:00Z", parcel(Status::InTransit, vec![]));
        assert_eq!(known.check(check).outcome, CheckOutcome::Pass, "the carrier is right");
    }

    #[test]
    fn a_number_that_two_carriers_share_is_suspicious_where_only_the_other_knows_it() {
        let mut elsewhere = found("2026-03-02T19:00:00Z", parcel(Status::InTransit, vec![]));
        elsewhere.carrier = carrier("fedex");
        let sample = Sample::new().not_found("2026-03-02T19:00:00Z").but(|s| s.observations.push(elsewhere));
        let finding = sample.check(check);
        assert_eq!(finding.effect, Effect::Suspicion);
        assert!(finding.reason.contains("fedex"), "{}", finding.reason);
    }

    #[test]
    fn posts_hand_items_to_each_other() {
        let item = |name: &str, issuer: &str| {
            named(name).but(|s| {
                s.identification.candidates =
                    vec![candidate(issuer, "postal.s10", CheckDigit::Valid, Some("CN"))];
            })
        };
        assert_eq!(item("china_post", "ems").check(check).outcome, CheckOutcome::Pass, "EMS of that country");
        assert_eq!(item("postal", "china_post").check(check).outcome, CheckOutcome::Pass);
        assert_eq!(item("usps", "china_post").check(check).effect, Effect::Suspicion);
        assert_eq!(item("fedex", "china_post").check(check).effect, Effect::Hard);
    }
}
