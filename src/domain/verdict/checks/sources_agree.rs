//! Two official sources that disagree are both shown, and nothing is averaged: one of them may be behind for a while,
//! after that a person looks.

use super::not_known_yet;
use crate::domain::conversation::words;
use crate::domain::verdict::dispute::{self, About};
use crate::domain::verdict::{Case, Effect, Finding};

/// The check's id.
pub const ID: &str = "sources-agree";

/// The latest answers of each official source of the named carrier against each other.
pub fn check(case: &Case<'_>) -> Finding {
    let evidence = case.evidence();
    let Some((answer, _)) = evidence.ruling() else { return not_known_yet(ID) };
    let Some(disagreement) = dispute::between(case) else {
        return Finding::pass(ID, "the official answers agree")
            .seller("The carrier's answers agree.")
            .by(answer.name());
    };
    let about = match disagreement.about {
        About::Destination => "the destination",
        About::End => "how the journey ended",
    };
    let [(ruling, here), (other, there)] = &disagreement.sides;
    let reason = format!("two official sources disagree about {about}: `{here}` and `{there}`");
    let finding = if disagreement.may_pass(case) {
        let turns = disagreement.turns_at(case);
        Finding::unknown(ID, format!("{reason}; one of them may be behind until {turns}")).turning(turns)
    } else {
        Finding::fail(ID, Effect::Suspicion, reason).ask(words("ask-answers"))
    };
    finding
        .seller("The carrier's own answers about the parcel do not agree.")
        .by(ruling.name())
        .by(other.name())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use waygate_carriers::contract::{SourceId, Status, Tracking};

    use super::*;
    use crate::domain::verdict::Outcome;
    use crate::domain::verdict::samples::{Sample, at, carrier, found, scan};

    /// The same answer by another source of the carrier, changed.
    fn second(sample: &Sample, fetched_at: &str, change: impl FnOnce(&mut Tracking)) -> Sample {
        let mut tracking = sample.tracking().clone();
        change(&mut tracking);
        let mut observation = found(fetched_at, tracking);
        observation.source = SourceId::new("ups.other").ok();
        sample.clone().but(|s| s.observations.push(observation))
    }

    fn elsewhere(t: &mut Tracking) {
        t.destination = scan(Status::Info, "", "DE Berlin").place;
    }

    fn on_its_way(t: &mut Tracking) {
        t.status = Status::InTransit;
        t.checkpoints.remove(0);
    }

    fn returned(t: &mut Tracking) {
        t.status = Status::Returned;
        t.checkpoints[0].status = Status::Returned;
        t.checkpoints[0].place = scan(Status::Info, "", "CN").place;
    }

    #[test]
    fn a_disagreement_is_pending_for_three_days_and_then_suspicious() {
        let base = Sample::on_its_way();
        let destination = second(&base, "2026-03-05T06:00:00Z", elsewhere);
        let end = second(&Sample::delivered(), "2026-03-11T06:00:00Z", on_its_way);
        let back = second(&Sample::delivered(), "2026-03-11T06:00:00Z", returned);
        for (sample, before, after) in [
            (destination, "2026-03-08T05:59:59Z", "2026-03-08T06:00:00Z"),
            (end, "2026-03-14T05:59:59Z", "2026-03-14T06:00:00Z"),
            (back, "2026-03-14T05:59:59Z", "2026-03-14T06:00:00Z"),
        ] {
            let pending = sample.clone().at(before).judge();
            assert_eq!(pending.verdict, Outcome::Pending, "{pending:#?}");
            assert_eq!(pending.turns_at, Some(at(after)));
            let turned = sample.at(after).judge();
            assert_eq!(turned.verdict, Outcome::Suspicious, "{turned:#?}");
            let shown = turned.checks.iter().find(|c| c.id == ID).unwrap();
            assert_eq!(shown.evidence, ["observation:1", "observation:0"], "both are shown");
        }
    }

    #[test]
    fn what_was_told_before_the_end_is_merely_older() {
        let older = second(&Sample::delivered(), "2026-03-10T19:00:00Z", on_its_way);
        assert_eq!(older.judge().verdict, Outcome::Verified);
    }

    #[test]
    fn sources_that_agree_and_one_source_that_changes_its_mind() {
        let agreed = second(&Sample::delivered(), "2026-03-11T06:00:00Z", |_| {});
        assert_eq!(agreed.judge().verdict, Outcome::Verified);
        let mut changed = Sample::on_its_way().tracking().clone();
        elsewhere(&mut changed);
        let changed =
            Sample::on_its_way().but(|s| s.observations.insert(0, found("2026-03-04T00:00:00Z", changed)));
        assert!(dispute::between(&changed.case()).is_none(), "the newer answer of one source counts");
    }

    #[test]
    fn a_post_that_the_parcel_has_left_does_not_contradict_the_one_that_delivers() {
        let two_posts = |sample: Sample| {
            sample
                .but(|s| s.claim.carrier = "china_post".to_owned())
                .but(|s| s.observations[0].carrier = carrier("usps"))
                .but(|s| s.observations[1].carrier = carrier("china_post"))
        };
        let left = two_posts(second(&Sample::delivered(), "2026-03-11T06:00:00Z", on_its_way));
        assert!(dispute::between(&left.case()).is_none());
        let back = two_posts(second(&Sample::delivered(), "2026-03-11T06:00:00Z", returned));
        assert!(dispute::between(&back.case()).is_some());
    }
}
