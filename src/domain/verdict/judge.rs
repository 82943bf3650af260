//! The combination of the checks, in a fixed order and without a score: not recognized, then any hard failure, then
//! any suspicion, then all that the order's tier demands, else
//! pending.

use super::checks::{self, ALL};
use super::{Case, Check, CheckOutcome, Effect, Finding, Journey, Outcome, Verdict};
use crate::domain::next_look::next_look;

/// Judges a case. The same case gives the same verdict, in whatever order its observations arrived.
///
/// `delivered_at` is what the official source proves of the delivery, beside the question of truth: a delivery of a
/// false parcel is said too, and only a verified one may move an order's clock.
pub fn judge(case: &Case<'_>) -> Verdict {
    let findings: Vec<Finding> = ALL.iter().map(|(_, check)| check(case)).collect();
    let verdict = combine(case, &findings);
    let turns_at = match verdict {
        Outcome::Pending => findings.iter().filter_map(|f| f.turns_at).min(),
        _ => None,
    };
    let look = match verdict {
        Outcome::Rejected | Outcome::Unverifiable => None,
        Outcome::Verified | Outcome::Pending | Outcome::Suspicious => next_look(case),
    };
    let mut ask_seller: Vec<String> = Vec::new();
    for ask in findings.iter().filter_map(|f| f.ask.as_ref()) {
        if !ask_seller.contains(ask) {
            ask_seller.push(ask.clone());
        }
    }
    Verdict {
        verdict,
        policy: case.policy.id.clone(),
        turns_at,
        next_look_at: look.as_ref().map(|look| look.at),
        next_look_why: look.map(|look| look.why),
        ask_seller,
        delivered_at: case.journey().and_then(Journey::delivered_at),
        checks: findings.into_iter().map(Check::from).collect(),
    }
}

/// `findings` are all of them, or all but those that are left out of the question; what the order's tier does not
/// demand may be unknown.
fn combine(case: &Case<'_>, findings: &[Finding]) -> Outcome {
    let mandatory = &case.tier().mandatory;
    let failed = |f: &&Finding| f.outcome == CheckOutcome::Fail;
    let with = |effect| move |f: &Finding| f.effect == effect;
    if findings.iter().filter(failed).any(|f| f.id == checks::channel::ID) {
        Outcome::Unverifiable
    } else if findings.iter().filter(failed).any(with(Effect::Hard)) {
        Outcome::Rejected
    } else if findings.iter().filter(failed).any(with(Effect::Suspicion)) {
        Outcome::Suspicious
    } else if findings.iter().all(|f| f.is_content() || !mandatory.iter().any(|id| id == f.id)) {
        Outcome::Verified
    } else {
        Outcome::Pending
    }
}

/// Whether a case would be verified if nobody else named its number.
pub(super) fn stands_on_its_own(case: &Case<'_>) -> bool {
    let others = ALL.iter().filter(|(id, _)| *id != checks::number_unique::ID);
    combine(case, &others.map(|(_, check)| check(case)).collect::<Vec<_>>()) == Outcome::Verified
}
