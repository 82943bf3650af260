//! The named carrier must be recognized, and an official source of it must be able to answer.

use crate::domain::conversation::words;
use crate::domain::verdict::{Case, Effect, Finding, carrier_id};

/// The check's id.
pub const ID: &str = "channel";

/// Recognized and answerable, or the claim is unverifiable. What an observation says of itself plays no part.
pub fn check(case: &Case<'_>) -> Finding {
    let named: String = case.claim.carrier.chars().take(64).collect();
    let channel = carrier_id(&case.claim.carrier).and_then(|id| case.channels.get(&id));
    let Some(channel) = channel else {
        return Finding::fail(ID, Effect::None, format!("`{named}` is not a recognized carrier"))
            .seller("This carrier is not recognized: its tracking cannot be checked.")
            .ask(words("recognized-carrier"))
            .by("claim");
    };
    let evidence = case.evidence();
    if !case.source_can_answer && !evidence.has_spoken() {
        return Finding::fail(
            ID,
            Effect::None,
            format!("`{named}` is recognized, but no official source of it can answer for this number"),
        )
        .seller("The carrier's official tracking cannot be asked for this number.")
        .by("claim");
    }
    let ignored = evidence.ignored();
    let note = match ignored.len() {
        0 => String::new(),
        1 => "; one answer is not from a recognized official source and counts for nothing".to_owned(),
        n => format!("; {n} answers are not from a recognized official source and count for nothing"),
    };
    ignored.iter().fold(
        Finding::pass(ID, format!("recognized: {}{note}", channel.why))
            .seller("The carrier is recognized.")
            .by("claim"),
        |finding, answer| finding.by(answer.name()),
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::domain::verdict::samples::{Sample, carrier};
    use crate::domain::verdict::{CheckOutcome, Outcome};

    #[test]
    fn a_recognized_carrier_passes_however_its_id_is_written() {
        for name in ["ups", "UPS", " Ups "] {
            let sample = Sample::new().but(|s| s.claim.carrier = name.to_owned());
            assert_eq!(sample.check(check).outcome, CheckOutcome::Pass, "{name}");
        }
    }

    #[test]
    fn an_unknown_carrier_is_unverifiable_whatever_an_observation_says() {
        for name in ["yunexpress", "dpd", "", "../ups", "a b c"] {
            let sample = Sample::on_its_way().but(|s| s.claim.carrier = name.to_owned()).but(|s| {
                if name == "yunexpress" {
                    s.observations[0].carrier = carrier("yunexpress");
                }
            });
            assert_eq!(sample.check(check).outcome, CheckOutcome::Fail, "{name}");
            assert_eq!(sample.judge().verdict, Outcome::Unverifiable, "{name}");
        }
    }

    #[test]
    fn without_a_source_that_can_answer_nothing_can_be_verified() {
        let sample = Sample::new().but(|s| s.source_can_answer = false);
        assert_eq!(sample.judge().verdict, Outcome::Unverifiable);
        let answered = Sample::on_its_way().but(|s| s.source_can_answer = false);
        assert_eq!(answered.judge().verdict, Outcome::Verified, "a recorded official answer is an answer");
    }

    #[test]
    fn unofficial_answers_are_named_and_count_for_nothing() {
        let sample = Sample::on_its_way().but(|s| s.observations[0].official = false);
        let finding = sample.check(check);
        assert!(finding.reason.contains("counts for nothing"), "{}", finding.reason);
        assert!(finding.evidence.contains(&"observation:0".to_owned()));
        assert_eq!(sample.judge().verdict, Outcome::Pending);
    }
}
