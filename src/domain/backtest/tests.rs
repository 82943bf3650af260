//! Which check made a flip, and what flips come to together.

use super::*;
use crate::domain::verdict::samples::Sample;

fn check(id: &str, outcome: CheckOutcome, effect: Effect) -> Check {
    Check {
        id: id.to_owned(),
        outcome,
        effect,
        reason: format!("{id} says so"),
        for_seller: String::new(),
        evidence: Vec::new(),
    }
}

fn verdict(policy: &str, outcome: Outcome, checks: &[Check]) -> Verdict {
    Verdict {
        verdict: outcome,
        policy: policy.to_owned(),
        turns_at: None,
        next_look_at: None,
        next_look_why: None,
        ask_seller: Vec::new(),
        delivered_at: None,
        checks: checks.to_vec(),
    }
}

const PASS: (CheckOutcome, Effect) = (CheckOutcome::Pass, Effect::None);
const HARD: (CheckOutcome, Effect) = (CheckOutcome::Fail, Effect::Hard);
const SUSPICION: (CheckOutcome, Effect) = (CheckOutcome::Fail, Effect::Suspicion);
const UNKNOWN: (CheckOutcome, Effect) = (CheckOutcome::Unknown, Effect::None);

type Said<'a> = (&'a str, (CheckOutcome, Effect));
type Given<'a> = (Outcome, &'a [Said<'a>]);

fn made(from: Given<'_>, to: Given<'_>) -> Vec<String> {
    let verdict = |policy, (outcome, said): Given<'_>| {
        let checks: Vec<_> = said.iter().map(|(id, (o, e))| check(id, *o, *e)).collect();
        verdict(policy, outcome, &checks)
    };
    made_by(&verdict("old", from), &verdict("new", to))
}

#[test]
fn the_check_that_speaks_made_the_flip_and_not_one_that_only_changed_beside_it() {
    use Outcome::{Pending, Rejected, Suspicious, Verified};
    let cases: [(Given<'_>, Given<'_>, &[&str]); 6] = [
        ((Verified, &[("weight", PASS)]), (Suspicious, &[("weight", SUSPICION)]), &["weight"]),
        (
            (Verified, &[("weight", PASS), ("redirected", PASS)]),
            (Rejected, &[("weight", SUSPICION), ("redirected", HARD)]),
            &["redirected"],
        ),
        ((Suspicious, &[("weight", SUSPICION)]), (Verified, &[("weight", PASS)]), &["weight"]),
        ((Verified, &[("returned", PASS)]), (Pending, &[("returned", UNKNOWN)]), &["returned"]),
        ((Verified, &[("weight", UNKNOWN)]), (Pending, &[("weight", UNKNOWN)]), &[DEMANDED]),
        ((Verified, &[]), (Suspicious, &[("new-check", SUSPICION)]), &["new-check"]),
    ];
    for (from, to, expected) in cases {
        assert_eq!(made(from, to), expected, "{from:?} to {to:?}");
    }
}

#[test]
fn the_policy_s_name_alone_is_no_difference_and_a_time_is_one() {
    let given = verdict("old", Outcome::Pending, &[check("weight", PASS.0, PASS.1)]);
    let mut again = Verdict { policy: "new".to_owned(), ..given.clone() };
    assert_eq!(compare(&given, &again), Compared::Same);
    again.turns_at = Some(Timestamp::UNIX_EPOCH);
    assert_eq!(compare(&given, &again), Compared::Changed);
    again.verdict = Outcome::Rejected;
    assert_eq!(compare(&given, &again), Compared::Flipped);
}

fn judged(compared: Compared, flip: Option<Box<Flip>>) -> Rejudged {
    Rejudged::Judged { from_policy: "old".to_owned(), from: Outcome::Verified, compared, flip }
}

#[test]
fn a_tally_counts_every_claim_once_and_sums_what_is_at_stake_by_cell() {
    let sample = Sample::delivered();
    let given = verdict("old", Outcome::Verified, &[check("weight", PASS.0, PASS.1)]);
    let turned = verdict("new", Outcome::Suspicious, &[check("weight", SUSPICION.0, SUSPICION.1)]);
    let flip = |amount: Option<&str>| {
        let mut order = sample.order.clone();
        order.amount = amount.map(|text| text.parse().unwrap());
        let flip = Flip::of(("shp", "vrd"), (&order, &sample.claim), sample.now, &given, &turned);
        judged(Compared::Flipped, Some(Box::new(flip)))
    };
    let mut tally = Tally::default();
    for result in [
        flip(Some("10.00 USD")),
        flip(Some("2.50 USD")),
        flip(Some("7 JPY")),
        flip(None),
        judged(Compared::Same, None),
        judged(Compared::Changed, None),
        Rejudged::Not(NotReplayed::NoBasis),
    ] {
        tally.count(&result);
    }
    assert_eq!((tally.claims, tally.same, tally.changed, tally.flipped), (7, 1, 1, 4));
    assert_eq!(tally.not_replayed, BTreeMap::from([(NotReplayed::NoBasis, 1)]));
    assert_eq!(tally.from_policies, BTreeMap::from([("old".to_owned(), 6)]));
    assert_eq!(tally.made_by, BTreeMap::from([("weight".to_owned(), 4)]));
    let cell = &tally.table[&(Outcome::Verified, Outcome::Suspicious)];
    let stake: Vec<_> = cell.at_stake.each().map(|(c, a)| format!("{a} {c}")).collect();
    assert_eq!(
        (cell.claims, cell.without_amount, stake),
        (4, 1, vec!["7.00 JPY".to_owned(), "12.50 USD".to_owned()])
    );
    assert_eq!(tally.table[&(Outcome::Verified, Outcome::Verified)].claims, 2);
}
