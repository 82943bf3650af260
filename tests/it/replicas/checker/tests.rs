//! The checker is shown a history in which all is well, and then each thing that must never be: it must name that, and
//! nothing where nothing is.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::Rule::{self, *};
use super::{check, log};
use crate::replicas::history::{
    Act, Answered, Asked, Day, Event, Fault, Found, Harm, Head, History, Post, Told,
};
use crate::replicas::plan::Plan;

fn at(text: &str) -> Timestamp {
    format!("2026-03-{text}:00Z").parse().unwrap()
}

fn told(order: &str, plan: Plan, act: Act, id: &str) -> Told {
    let answer = Answered { status: 200, id: Some(id.to_owned()) };
    Told {
        order: order.to_owned(),
        plan,
        act,
        paid_at: at("02T08:00"),
        answers: vec![answer.clone(), answer],
    }
}

fn event(order: &str, sequence: i64, kind: &str, time: &str) -> Event {
    Event { id: format!("evt_{order}_{sequence}"), sequence, kind: kind.to_owned(), at: at(time) }
}

fn asked(replica: usize, time: &str) -> Asked {
    Asked { number: "N-1".to_owned(), replica, at: at(time) }
}

fn fault(harm: Harm, replica: usize, from: &str, to: &str) -> Fault {
    Fault { replica: Some(replica), harm, from: at(from), to: at(to) }
}

/// An order of each story, lived to its end.
fn well() -> History {
    let lives = [
        (
            "S",
            vec![
                event("S", 1, "shipment.submitted", "02T09:00"),
                event("S", 2, "order.protection_started", "02T09:00"),
                event("S", 3, "order.protection_expired", "03T09:00"),
                event("S", 4, "order.completed", "03T09:00"),
                event("S", 5, "order.funds_released", "18T09:00"),
            ],
        ),
        (
            "R",
            vec![
                event("R", 1, "shipment.submitted", "02T09:00"),
                event("R", 2, "order.protection_started", "02T09:00"),
                event("R", 3, "order.completed", "02T10:00"),
                event("R", 4, "order.funds_released", "17T10:00"),
            ],
        ),
        ("O", vec![event("O", 1, "order.overdue_shipment", "03T08:00")]),
        (
            "D",
            vec![
                event("D", 1, "shipment.submitted", "02T09:00"),
                event("D", 2, "order.protection_started", "02T09:00"),
                event("D", 3, "dispute.opened", "02T10:00"),
                event("D", 4, "dispute.executed", "07T10:00"),
            ],
        ),
    ];
    let events: BTreeMap<_, _> =
        lives.into_iter().map(|(order, events)| (order.to_owned(), events)).collect();
    let post = |order: &str, event: &Event| Post {
        id: event.id.clone(),
        order: order.to_owned(),
        sequence: event.sequence,
        body: event.id.clone(),
        verified: true,
        taken: true,
    };
    let posts = events.iter().flat_map(|(order, events)| events.iter().map(move |event| post(order, event)));
    let found = |shipments: &[&str], disputes: &[&str]| {
        let owned = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
        Found { shipments: owned(shipments), disputes: owned(disputes) }
    };
    let entries: Vec<Vec<u8>> = (0..5).map(|n| vec![n]).collect();
    let leaves = log::leaves(&entries);
    let head = |size: u64| Head {
        replica: 0,
        size,
        root: log::root(&leaves[..usize::try_from(size).unwrap()]),
        proved: true,
    };
    History {
        told: vec![
            told("S", Plan::Silent, Act::Register, "S"),
            told("S", Plan::Silent, Act::Submit, "shp_S"),
            told("R", Plan::Received, Act::Register, "R"),
            told("R", Plan::Received, Act::Submit, "shp_R"),
            told("R", Plan::Received, Act::ConfirmReceipt, "R"),
            told("O", Plan::Overdue, Act::Register, "O"),
            told("D", Plan::Disputed, Act::Register, "D"),
            told("D", Plan::Disputed, Act::Submit, "shp_D"),
            told("D", Plan::Disputed, Act::Dispute, "dsp_D"),
        ],
        found: BTreeMap::from([
            ("S".to_owned(), found(&["shp_S"], &[])),
            ("R".to_owned(), found(&["shp_R"], &[])),
            ("O".to_owned(), found(&[], &[])),
            ("D".to_owned(), found(&["shp_D"], &["dsp_D"])),
        ]),
        posts: posts.collect(),
        events,
        asked: vec![asked(0, "02T09:00"), asked(1, "02T13:00"), asked(0, "03T17:00")],
        recorded: BTreeMap::from([("N-1".to_owned(), 3)]),
        faults: vec![fault(Harm::Killed, 2, "02T09:00", "02T20:00")],
        days: vec![
            Day { began_at: at("02T09:00"), ends_at: at("03T00:00"), leased: 3 },
            Day { began_at: at("03T00:00"), ends_at: at("04T00:00"), leased: 1 },
        ],
        per_day: 3,
        under_way_max: 1,
        heads: vec![head(1), head(3), head(5)],
        entries,
        logged: 5,
        settled: true,
        ..History::default()
    }
}

/// What the checker says, each rule once.
fn found(change: impl FnOnce(&mut History)) -> Vec<Rule> {
    let mut history = well();
    change(&mut history);
    let mut rules: Vec<_> = check(&history).into_iter().map(|violation| violation.rule).collect();
    rules.sort();
    rules.dedup();
    rules
}

fn events<'h>(history: &'h mut History, order: &str) -> &'h mut Vec<Event> {
    history.events.get_mut(order).unwrap()
}

/// Adds an event at the end of an order, delivered too.
fn add(history: &mut History, order: &str, kind: &str, time: &str) {
    let sequence = i64::try_from(events(history, order).len()).unwrap() + 1;
    let event = event(order, sequence, kind, time);
    let like = history.posts[0].clone();
    let (id, body) = (event.id.clone(), event.id.clone());
    history.posts.push(Post { id, body, order: order.to_owned(), sequence, ..like });
    events(history, order).push(event);
}

/// Takes an order's last event away, and its post.
fn cut(history: &mut History, order: &str) {
    let last = events(history, order).pop().unwrap();
    history.posts.retain(|post| post.id != last.id);
}

#[test]
fn a_history_in_which_all_is_well_is_found_so() {
    assert_eq!(check(&well()), []);
}

#[test]
fn what_was_acknowledged_and_is_not_there_is_lost() {
    assert_eq!(found(|h| drop(h.found.remove("O"))), [Lost]);
    assert_eq!(found(|h| h.found.get_mut("S").unwrap().shipments.clear()), [Lost]);
    assert_eq!(found(|h| h.found.get_mut("D").unwrap().disputes[0] += "x"), [Lost]);
    // Carried out twice.
    assert_eq!(found(|h| h.found.get_mut("S").unwrap().shipments.push("shp_T".to_owned())), [Lost]);
    assert_eq!(
        found(|h| events(h, "S")[1].kind = "tracking.updated".to_owned()),
        [Lost, TimerMissed, TimerAtWrongTime]
    );
    // Receipt that another's stale change wiped out: protection ends as if nobody had confirmed anything.
    assert_eq!(found(|h| events(h, "R")[0].kind = "order.protection_expired".to_owned()), [Lost]);
    assert_eq!(found(|h| events(h, "D")[2].kind = "tracking.updated".to_owned()), [Lost]);
}

#[test]
fn what_was_not_acknowledged_may_be_there_or_not() {
    let unheard = |history: &mut History| history.told[1].answers.clear();
    assert_eq!(found(unheard), []);
    let refused = |history: &mut History| history.told[1].answers.iter_mut().for_each(|a| a.status = 409);
    assert_eq!(found(refused), []);
}

#[test]
fn who_asks_again_must_hear_the_same() {
    assert_eq!(found(|h| h.told[1].answers[1].id = Some("shp_T".to_owned())), [ToldOtherwise]);
    assert_eq!(found(|h| h.told[1].answers[1].status = 409), [ToldOtherwise]);
}

#[test]
fn events_have_no_gap_and_are_all_delivered() {
    assert_eq!(found(|h| events(h, "O")[0].sequence = 2), [Gap, Undelivered, Invented]);
    assert_eq!(found(|h| h.posts.retain(|post| post.order != "O")), [Undelivered]);
    assert_eq!(found(|h| h.posts.iter_mut().for_each(|post| post.taken &= post.order != "O")), [Undelivered]);
    // Nobody waited for the rest.
    let cut_short = |h: &mut History| {
        h.posts.retain(|post| post.order != "O");
        h.settled = false;
    };
    assert_eq!(found(cut_short), []);
}

#[test]
fn what_did_not_happen_is_not_delivered() {
    assert_eq!(found(|h| h.posts[0].verified = false), [Invented]);
    let invented = |h: &mut History| {
        let post = h.posts[0].clone();
        h.posts.push(Post { id: "evt_other".to_owned(), ..post });
    };
    assert!(found(invented).contains(&Invented));
}

#[test]
fn deliveries_keep_the_order_and_come_again_only_as_they_were() {
    let again = |h: &mut History| h.posts.push(h.posts[0].clone());
    assert_eq!(found(again), []);
    let late = |h: &mut History| {
        let place = h.posts.iter().position(|post| post.id == "evt_S_2").unwrap();
        h.posts.swap(place, place + 1);
    };
    assert_eq!(found(late), [OutOfOrder]);
    let too_early = |h: &mut History| {
        let place = h.posts.iter().position(|post| post.id == "evt_S_1").unwrap();
        let first = h.posts[place].clone();
        h.posts[place].taken = false;
        h.posts.push(first);
    };
    assert_eq!(found(too_early), [OutOfOrder]);
    let changed = |h: &mut History| h.posts.push(Post { body: "other".to_owned(), ..h.posts[0].clone() });
    assert_eq!(found(changed), [Changed]);
    assert!(found(|h| events(h, "S")[1].id = "evt_S_1".to_owned()).contains(&Changed));
}

#[test]
fn a_look_is_made_again_only_where_its_lease_was_lost() {
    let twice = |h: &mut History| {
        h.asked.push(asked(1, "03T17:30"));
        *h.recorded.get_mut("N-1").unwrap() += 1;
    };
    assert_eq!(found(twice), [AskedTwice]);
    for (harm, replica, expected) in [
        (Harm::Stopped, 0, &[][..]),
        (Harm::Stopped, 1, &[]),
        (Harm::Killed, 0, &[]),
        (Harm::Stopped, 2, &[AskedTwice]),
    ] {
        let excused = |h: &mut History| {
            twice(h);
            h.faults.push(fault(harm, replica, "03T12:00", "05T20:00"));
        };
        assert_eq!(found(excused), expected, "{harm:?} of {replica}");
    }
}

#[test]
fn an_answer_is_lost_only_with_its_replica_or_the_database() {
    let unrecorded = |h: &mut History| *h.recorded.get_mut("N-1").unwrap() = 2;
    assert_eq!(found(unrecorded), [Unaccounted]);
    assert_eq!(found(|h| *h.recorded.get_mut("N-1").unwrap() = 4), [Unaccounted]);
    let with = |harm, from: &str, to: &str| {
        let fault = fault(harm, 0, from, to);
        found(|h| {
            unrecorded(h);
            h.faults.push(fault);
        })
    };
    assert_eq!(with(Harm::Killed, "03T18:00", "03T20:00"), []);
    assert_eq!(with(Harm::Database, "04T18:00", "04T20:00"), []);
    // Long after its lease, or before it was asked.
    assert_eq!(with(Harm::Killed, "18T18:00", "18T20:00"), [Unaccounted]);
    assert_eq!(with(Harm::Killed, "01T08:00", "01T20:00"), [Unaccounted]);
}

#[test]
fn timers_fire_once_as_of_their_time() {
    assert_eq!(found(|h| add(h, "S", "order.protection_expired", "03T09:00")), [TimerDoubled]);
    assert_eq!(found(|h| add(h, "O", "order.overdue_shipment", "03T08:00")), [TimerDoubled]);
    assert_eq!(found(|h| add(h, "D", "dispute.executed", "07T10:00")), [TimerDoubled]);
    assert_eq!(found(|h| cut(h, "O")), [TimerMissed]);
    assert_eq!(found(|h| cut(h, "D")), [TimerMissed]);
    assert_eq!(found(|h| cut(h, "R")), [TimerMissed]);
    assert_eq!(found(|h| events(h, "O")[0].at += SignedDuration::from_secs(1)), [TimerAtWrongTime]);
    assert_eq!(found(|h| events(h, "D")[3].at = at("07T09:59")), [TimerAtWrongTime]);
    // Overdue, though the number came in time.
    assert_eq!(found(|h| add(h, "R", "order.overdue_shipment", "22T08:00")), [TimerAtWrongTime]);
}

#[test]
fn money_goes_out_once() {
    assert_eq!(found(|h| add(h, "S", "order.funds_released", "18T09:00")), [PaidTwice]);
}

#[test]
fn the_log_only_grows_and_holds_each_thing_once() {
    assert_eq!(found(|h| h.heads[1].root[0] ^= 1), [LogForked]);
    assert_eq!(found(|h| h.heads[1].proved = false), [LogForked]);
    assert_eq!(found(|h| h.entries[0] = vec![9]), [LogForked]);
    assert_eq!(found(|h| h.entries.swap(3, 4)), [LogForked]);
    let cut_back = |h: &mut History| {
        h.entries.pop();
        h.logged -= 1;
    };
    assert_eq!(found(cut_back), [LogForked]);
    assert_eq!(found(|h| h.logged += 1), [LogMiscounted]);
    assert_eq!(found(|h| h.entries.push(vec![7])), [LogMiscounted]);
}

#[test]
fn the_root_is_that_of_the_published_tree() {
    // The tree of the empty list (RFC 6962, section 2.1): SHA-256 of nothing.
    assert_eq!(log::root(&[])[..4], [0xe3, 0xb0, 0xc4, 0x42]);
    // A tree of seven leaves, as certificate-transparency's own test vectors have it.
    let entries: Vec<Vec<u8>> = [
        &[][..],
        &[0x00],
        &[0x10],
        &[0x20, 0x21],
        &[0x30, 0x31],
        &[0x40, 0x41, 0x42, 0x43],
        &[0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57],
    ]
    .map(<[u8]>::to_vec)
    .to_vec();
    let root = log::root(&log::leaves(&entries));
    assert_eq!(
        waygate::domain::log::Hash(root).to_string(),
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"
    );
}

#[test]
fn no_day_is_exceeded() {
    assert_eq!(found(|h| h.days[0].leased = 4), [OverBudget]);
    assert_eq!(found(|h| h.days[1].began_at = at("02T23:00")), [OverBudget]);
    assert_eq!(found(|h| h.days[0].leased = 1), [OverBudget]);
    let hasty = |h: &mut History| {
        (h.per_day, h.under_way_max) = (1, 0);
        h.days.iter_mut().for_each(|day| day.leased = 1);
        h.asked.pop();
        *h.recorded.get_mut("N-1").unwrap() -= 1;
    };
    assert_eq!(found(hasty), [OverBudget]);
}

#[test]
fn work_that_is_left_and_replicas_that_end_are_named() {
    assert_eq!(found(|h| h.unfinished.push("1 delivery".to_owned())), [Unfinished]);
    assert_eq!(found(|h| h.ended_by_themselves.push("replica 1".to_owned())), [Died]);
}
