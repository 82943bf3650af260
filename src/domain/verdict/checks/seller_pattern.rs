//! How the seller's other claims went, and whether their numbers run in a row. A pattern alone never rejects.

use crate::domain::verdict::case::plain_number;
use crate::domain::verdict::{Case, Effect, Finding};

/// The check's id.
pub const ID: &str = "seller-pattern";

/// The share of failed claims, and runs of numbers.
pub fn check(case: &Case<'_>) -> Finding {
    let run = numbers_in_a_row(case);
    let record = case.seller_record.filter(|r| r.claims > 0 && r.claims >= case.policy.seller_claims);
    let failed_at_least = |percent: u32| {
        record.is_some_and(|r| u64::from(r.failed) * 100 >= u64::from(r.claims) * u64::from(percent))
    };
    let share = record.map(|r| format!("{} of the seller's {} claims failed", r.failed, r.claims));
    let share = share.unwrap_or_default();
    let finding = if failed_at_least(case.policy.seller_suspicion_percent) {
        Finding::fail(ID, Effect::Suspicion, share)
            .seller("Many of your tracking numbers could not be confirmed, so a person looks at this one.")
            .by("seller_record")
    } else if failed_at_least(case.policy.seller_note_percent) {
        Finding::noted(ID, share)
            .seller("Some of your tracking numbers could not be confirmed.")
            .by("seller_record")
    } else if !run.is_empty() {
        Finding::noted(ID, "the number stands in a row with other numbers of the seller")
            .seller("Nothing speaks against it.")
    } else if case.seller_record.is_none() {
        Finding::not_applicable(ID, "nothing is known of the seller's other claims")
    } else {
        Finding::pass(ID, "no pattern in the seller's other claims")
            .seller("Nothing speaks against it.")
            .by("seller_record")
    };
    run.into_iter().fold(finding, |finding, index| finding.by(format!("other_claim:{index}")))
}

/// The seller's other claims whose numbers make a run with this one that is long enough to be noted.
fn numbers_in_a_row(case: &Case<'_>) -> Vec<usize> {
    let Some(own) = serial(&case.number()) else { return Vec::new() };
    let same_seller = |seller: &Option<String>| seller.is_some() && *seller == case.order.seller;
    let mut others: Vec<(u128, usize)> = case
        .other_claims
        .iter()
        .enumerate()
        .filter(|(_, other)| same_seller(&other.seller))
        .filter_map(|(index, other)| {
            serial(&plain_number(&other.tracking_number))
                .filter(|s| s.frame == own.frame && s.value != own.value)
                .map(|s| (s.value, index))
        })
        .collect();
    others.sort_unstable();
    others.dedup_by_key(|(value, _)| *value);
    let position = others.partition_point(|(value, _)| *value < own.value);
    let mut row = Vec::new();
    for (step, (value, index)) in others[position..].iter().enumerate() {
        if *value != own.value + step as u128 + 1 {
            break;
        }
        row.push(*index);
    }
    for (step, (value, index)) in others[..position].iter().rev().enumerate() {
        if value + step as u128 + 1 != own.value {
            break;
        }
        row.push(*index);
    }
    let least = usize::try_from(case.policy.seller_run).unwrap_or(usize::MAX);
    if row.len() + 1 < least {
        row.clear();
    }
    row.sort_unstable();
    row
}

/// A number's running part, and what stands around it.
struct Serial {
    frame: String,
    value: u128,
}

/// The last run of digits without its last one, which in most formats is the check digit.
fn serial(number: &str) -> Option<Serial> {
    let end = number.rfind(|c: char| c.is_ascii_digit())?;
    let begin = number[..end].rfind(|c: char| !c.is_ascii_digit()).map_or(0, |at| at + 1);
    let value = number.get(begin..end)?.parse().ok()?;
    Some(Serial { frame: format!("{}#{}{}", &number[..begin], end - begin, &number[end + 1..]), value })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::domain::shipment::SellerRecord;
    use crate::domain::verdict::samples::{Sample, other};
    use crate::domain::verdict::{CheckOutcome, Outcome};

    fn record(claims: u32, failed: u32) -> Sample {
        Sample::on_its_way().but(|s| s.seller_record = Some(SellerRecord { claims, failed }))
    }

    #[test]
    fn a_share_is_noted_and_then_suspicious() {
        for (claims, failed, noted, verdict) in [
            (19, 19, false, Outcome::Verified),
            (20, 0, false, Outcome::Verified),
            (20, 1, true, Outcome::Verified),
            (20, 2, false, Outcome::Suspicious),
            (100, 4, false, Outcome::Verified),
            (100, 5, true, Outcome::Verified),
            (100, 9, true, Outcome::Verified),
            (100, 10, false, Outcome::Suspicious),
        ] {
            let sample = record(claims, failed);
            assert_eq!(sample.check(check).reason.starts_with("noted"), noted, "{failed} of {claims}");
            assert_eq!(sample.judge().verdict, verdict, "{failed} of {claims}");
        }
        assert_eq!(Sample::on_its_way().check(check).outcome, CheckOutcome::NotApplicable);
    }

    #[test]
    fn numbers_in_a_row_are_noted_alone() {
        let beside = |numbers: &[&str]| {
            Sample::on_its_way().but(|s| {
                s.others = numbers
                    .iter()
                    .map(|n| {
                        let mut claim = other("A-2", None);
                        claim.tracking_number = (*n).to_owned();
                        claim
                    })
                    .collect();
            })
        };
        // The serial without its check digit is one more, and two more.
        let row = ["1Z999AA10123456793", "1Z999AA10123456800"];
        let sample = beside(&row);
        assert!(sample.check(check).reason.starts_with("noted"));
        assert_eq!(sample.check(check).evidence, ["other_claim:0", "other_claim:1"]);
        assert_eq!(sample.judge().verdict, Outcome::Verified);
        assert_eq!(beside(&row[..1]).check(check).outcome, CheckOutcome::NotApplicable, "two are no run");
        let gap = ["1Z999AA10123456793", "1Z999AA10123456819"];
        assert_eq!(beside(&gap).check(check).outcome, CheckOutcome::NotApplicable);
        let strangers = beside(&row).but(|s| s.others.iter_mut().for_each(|o| o.seller = None));
        assert_eq!(strangers.check(check).outcome, CheckOutcome::NotApplicable);
    }
}
