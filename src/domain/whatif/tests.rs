//! Small orders under other numbers, worked out by hand.

use super::*;
use crate::domain::lifecycle::dispute::{Filing, Reason, Remedy};
use crate::domain::order::Address;

const TEXT: &str = include_str!("../../../config/rules/2026-11.toml");

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn order() -> Order {
    Order {
        id: "A-1".to_owned(),
        seller: Some("s-1".to_owned()),
        buyer: None,
        paid_at: at("2026-01-01T00:00:00Z"),
        handling_days: Some(3),
        delivery_days: None,
        amount: Some("100.00 USD".parse().unwrap()),
        method: None,
        expected_weight_grams: None,
        ship_from: None,
        ship_to: Address {
            country: waygate_carriers::contract::Country::new("US").unwrap(),
            region: None,
            city: None,
            postal_code: None,
        },
    }
}

/// The rules with a text in a rule's row put in the place of another.
fn rules(id: &str, from: &str, to: &str) -> Rules {
    let begin = TEXT.find(&format!("id = \"{id}\"")).unwrap();
    let (head, row) = TEXT.split_at(begin);
    assert!(row.contains(from));
    let text = format!("{head}{}", row.replacen(from, to, 1));
    Rules::read(&text.replacen("version = \"2026-11\"", "version = \"draft\"", 1)).unwrap()
}

fn recorded(time: &str, input: Input) -> Recorded {
    Recorded { at: at(time), input }
}

/// Confirmed on 2 January: with the 30 days of the rules, protection ends on 1 February; funds are released 15 days on.
fn shipped() -> Vec<Recorded> {
    vec![recorded("2026-01-02T00:00:00Z", Input::ConfirmShipment { all_goods: true })]
}

fn filed() -> Vec<Recorded> {
    let filing = Filing { reason: Reason::NotReceived, remedy: Remedy::Refund, amount: None };
    let mut inputs = shipped();
    inputs.push(recorded("2026-01-10T00:00:00Z", Input::OpenDispute(filing)));
    inputs
}

fn compared(inputs: &[Recorded], other: &Rules, until: &str) -> Outcome {
    let own = Rules::current();
    let stored = play(&order(), inputs, own, at(until)).state;
    Pair::of(own, other).compare((&order(), &stored, inputs), at(until))
}

#[track_caller]
fn difference(outcome: Outcome) -> Difference {
    match outcome {
        Outcome::Differs(difference) => *difference,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_longer_period_moves_the_end_before_and_keeps_the_money_after_it() {
    let longer = rules("protection.start", "default_days = 30", "default_days = 60");
    let early = difference(compared(&shipped(), &longer, "2026-01-15T00:00:00Z"));
    assert_eq!(early.made_by, ["protection.start"]);
    assert_eq!(early.from, early.to);
    let end = early.moved.iter().find(|m| m.date == "protection_ends_at").unwrap();
    assert_eq!((end.from, end.to), (Some(at("2026-02-01T00:00:00Z")), Some(at("2026-03-03T00:00:00Z"))));

    // On 20 February its own rules have paid the seller out; under the others it is still protected.
    let late = difference(compared(&shipped(), &longer, "2026-02-20T00:00:00Z"));
    assert_eq!((late.from.phase, late.to.phase), (Phase::Released, Phase::Protected));
    assert_eq!((late.from.to_seller, late.to.to_seller), (order().amount, None));
    assert_eq!(late.made_by, ["protection.start"]);
    assert_eq!(late.since, Some(at("2026-01-27T00:00:00Z")), "the warning came five days before the end");
}

#[test]
fn a_longer_silence_keeps_the_refund_and_is_named() {
    let patient = rules("dispute.silence", "days = 5", "days = 8");
    // Silence executes on 15 January; with eight days on the 18th.
    let before = compared(&filed(), &patient, "2026-01-14T00:00:00Z");
    assert_eq!(difference(before).from.phase, Phase::Protected);
    let between = difference(compared(&filed(), &patient, "2026-01-16T00:00:00Z"));
    assert_eq!((between.from.phase, between.to.phase), (Phase::Settled, Phase::Protected));
    assert_eq!(between.made_by, ["dispute.silence"]);
    assert_eq!(between.since, Some(at("2026-01-15T00:00:00Z")));
    let after = compared(&filed(), &patient, "2026-01-20T00:00:00Z");
    assert_eq!(after, Outcome::Same, "the same end, with the same money");
}

#[test]
fn what_other_rules_forbid_is_told_and_changes_nothing() {
    let once = TEXT.replacen("handling_days_to = 4", "handling_days_to = 2", 1);
    let late = once.replacen("handling_days_from = 5\ndays = 5", "handling_days_from = 3\ndays = 20", 1);
    let late = Rules::read(&late).unwrap();
    let refused = difference(compared(&filed(), &late, "2026-01-16T00:00:00Z"));
    assert_eq!(refused.made_by, [""; 0], "neither row goes with the others by itself");
    assert_eq!(refused.refused, ["dispute.open-after"]);
    assert_eq!((refused.from.phase, refused.to.phase), (Phase::Settled, Phase::Protected));
}

#[test]
fn an_order_that_its_own_rules_do_not_give_again_is_not_compared() {
    let own = Rules::current();
    let until = at("2026-01-15T00:00:00Z");
    let stored = play(&order(), &shipped(), own, until).state;
    let both = Pair::of(own, own);
    assert_eq!(both.compare((&order(), &stored, &[]), until), Outcome::NotReproduced);
    assert_eq!(both.compare((&order(), &stored, &shipped()), until), Outcome::Same);
}

#[test]
fn a_tally_counts_each_order_once_and_says_where_the_money_went() {
    let longer = rules("protection.start", "default_days = 30", "default_days = 60");
    let mut tally = Tally::default();
    tally.count(Phase::Released, &compared(&shipped(), &longer, "2026-02-20T00:00:00Z"));
    tally.count(Phase::Protected, &compared(&shipped(), &longer, "2026-01-15T00:00:00Z"));
    tally.count(
        Phase::Settled,
        &compared(&filed(), &rules("dispute.silence", "days = 5", "days = 8"), "2026-01-16T00:00:00Z"),
    );
    tally.count(Phase::Cancelled, &Outcome::Same);
    tally.count(Phase::Protected, &Outcome::NotReproduced);
    assert_eq!((tally.orders, tally.same, tally.differ, tally.not_reproduced), (5, 1, 3, 1));
    assert_eq!((tally.stand_elsewhere, tally.money_elsewhere, tally.dates_moved), (2, 2, 3));
    assert_eq!(tally.by_rule.values().sum::<u64>(), 3);
    assert_eq!(tally.table[&(Phase::Released, Phase::Protected)], 1);
    let told = |sums: &Sums| sums.each().map(|(c, a)| format!("{a} {c}")).collect::<Vec<_>>();
    assert_eq!(
        (told(&tally.sellers.less), told(&tally.sellers.more)),
        (vec!["100.00 USD".to_owned()], vec![])
    );
    assert_eq!(told(&tally.buyers.less), ["100.00 USD"]);
}
