//! Goods that went back to the sender are not with the buyer. Sent again, what came last counts.

use super::not_known_yet;
use crate::domain::conversation::words;
use crate::domain::verdict::dispute::{self, About};
use crate::domain::verdict::{Case, Effect, Finding, Stand};

/// The check's id.
pub const ID: &str = "returned";

/// Back with the sender is suspicious; on the way back is noted.
pub fn check(case: &Case<'_>) -> Finding {
    let Some(journey) = case.journey() else { return not_known_yet(ID) };
    let is_disputed = || dispute::between(case).is_some_and(|d| d.about == About::End && d.may_pass(case));
    let finding = match journey.stand {
        Stand::Returned if is_disputed() => {
            Finding::unknown(ID, "one official source says that the goods went back, and another does not")
                .seller("The carrier's own answers about the parcel do not agree.")
        }
        Stand::Returned => {
            Finding::fail(ID, Effect::Suspicion, "the goods went back to the sender and were not sent again")
                .seller("The parcel came back to you.")
                .ask(words("send-again"))
        }
        Stand::Returning => Finding::pass(ID, "on its way back; the number's truth is untouched")
            .seller("The parcel is on its way back."),
        Stand::Unscanned | Stand::Moving | Stand::Delivered | Stand::Ended => {
            Finding::pass(ID, "not returned").seller("The parcel was not returned.")
        }
    };
    finding.by(journey.answer.name())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use waygate_carriers::contract::Status;

    use super::*;
    use crate::domain::verdict::samples::{Sample, scan};
    use crate::domain::verdict::{CheckOutcome, Outcome};

    /// On its way, and then these scans of the following days.
    fn then(status: Status, scans: &[(Status, &str)]) -> Sample {
        Sample::on_its_way().at("2026-03-15T00:00:00Z").told(|t| {
            t.status = status;
            for (day, (status, place)) in scans.iter().enumerate() {
                t.checkpoints.insert(0, scan(*status, &format!("2026-03-1{day}T00:00:00Z"), place));
            }
        })
    }

    #[test]
    fn returned_and_not_sent_again_is_suspicious() {
        let sample = then(Status::Returned, &[(Status::Returning, "US"), (Status::Returned, "CN")]);
        assert_eq!(sample.check(check).effect, Effect::Suspicion);
        assert_eq!(sample.judge().verdict, Outcome::Suspicious);
    }

    #[test]
    fn sent_again_counts_as_what_came_last() {
        let scans = [(Status::Returned, "CN"), (Status::Accepted, "CN"), (Status::InTransit, "US")];
        assert_eq!(then(Status::InTransit, &scans).judge().verdict, Outcome::Verified);
        let scans = [(Status::Returned, "CN"), (Status::InTransit, "CN"), (Status::InTransit, "US")];
        assert_eq!(
            then(Status::InTransit, &scans).judge().verdict,
            Outcome::Verified,
            "without a new acceptance"
        );
    }

    #[test]
    fn on_the_way_back_leaves_the_number_true() {
        let sample = then(Status::Returning, &[(Status::AttemptFailed, "US"), (Status::Returning, "US")]);
        assert_eq!(sample.check(check).outcome, CheckOutcome::Pass);
    }

    #[test]
    fn a_delivery_to_the_sender_is_a_return() {
        let back = [(Status::Returning, "US"), (Status::InTransit, "CN"), (Status::Delivered, "CN Shenzhen")];
        let sample = then(Status::Delivered, &back);
        assert_eq!(sample.check(check).effect, Effect::Suspicion);
        assert_eq!(sample.judge().delivered_at, None);
        let handed =
            [(Status::Returning, "US"), (Status::Returned, "CN"), (Status::Delivered, "CN Shenzhen")];
        assert_eq!(then(Status::Delivered, &handed).check(check).effect, Effect::Suspicion);
        let turned = [(Status::Returning, "US"), (Status::Delivered, "US Oakland 94607")];
        let sample = then(Status::Delivered, &turned);
        assert_eq!(sample.check(check).outcome, CheckOutcome::Pass, "it reached the recipient after all");
        assert!(sample.judge().delivered_at.is_some());
    }

    #[test]
    fn a_voided_delivery_is_no_delivery() {
        let scans = [(Status::Delivered, "US Oakland 94607"), (Status::Cancelled, "US")];
        assert_eq!(then(Status::Delivered, &scans).judge().delivered_at, None);
        let scans = [(Status::Delivered, "US Oakland 94607"), (Status::InTransit, "US")];
        assert_eq!(
            then(Status::InTransit, &scans).judge().delivered_at,
            None,
            "the source no longer says so"
        );
        assert!(
            then(Status::Delivered, &scans).judge().delivered_at.is_some(),
            "a late scan changes nothing"
        );
    }
}
