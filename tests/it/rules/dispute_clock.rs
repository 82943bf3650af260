//! The dispute's clocks once more, told from the mission alone: a table of days walked by a loop, in whole numbers, that
//! knows neither states nor timers. Random histories must come out the same in both.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use waygate::domain::lifecycle::Input;
use waygate::domain::lifecycle::dispute::{Act as InDispute, Filing, Reason, Remedy, RuledFor, Side};
use waygate::domain::money::Money;
use waygate::domain::scenario::{Act, Scenario, Step, run};

/// How many random histories are compared.
const HISTORIES: u32 = 100_000;
/// Minutes of a day.
const DAY: i64 = 24 * 60;

/// What the parties do, in the words of the scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Do {
    Open(usize, i64),
    Modify(Option<usize>, Option<i64>),
    Accept(bool),
    Reject,
    Counter(i64),
    Escalate,
    Cancel,
    Rule(usize, i64),
}

const REASONS: [Reason; 3] = [Reason::GoodsInTransit, Reason::NotReceived, Reason::NotAsDescribed];
const OUTCOMES: [RuledFor; 3] = [RuledFor::Buyer, RuledFor::Seller, RuledFor::Divided];

#[derive(Debug, Clone)]
struct History {
    handling_days: i64,
    delivery_days: i64,
    steps: Vec<(i64, Do)>,
    until: i64,
}

/// What happens, minute, name, cents to the buyer, cents to the seller.
type Row = (i64, &'static str, i64, i64);

/// The mission's table. Goods are confirmed on the first day; protection does not end within the history.
fn table(history: &History) -> Vec<Row> {
    let shipped = DAY;
    let opens = if history.handling_days < 5 { shipped } else { shipped + 5 * DAY };
    let period_ends = shipped + history.delivery_days * DAY;
    let mut rows: Vec<Row> = Vec::new();
    // The columns of the one dispute that is open; -1: this clock does not run.
    let (mut filed, mut reason, mut asks, mut offer) = (-1, 0, 0, -1);
    let (mut silent_from, mut limit, mut rejected, mut with_arbiter) = (-1, -1, false, false);
    let mut settled = false;
    let moments = history.steps.iter().map(|(at, what)| (*at, Some(*what))).chain([(history.until, None)]);
    for (now, what) in moments {
        // Which of the two clocks comes first until now; silence where both come at once.
        let silence = if silent_from >= 0 { silent_from + 5 * DAY } else { i64::MAX };
        let day_16 = if limit >= 0 { limit } else { i64::MAX };
        if silence <= day_16 && silence <= now {
            rows.push((silence, "dispute.executed", asks, 10_000 - asks));
            (filed, silent_from, limit, settled) = (-1, -1, -1, true);
        } else if day_16 < silence && day_16 <= now {
            rows.push((day_16, "dispute.submitted", 0, 0));
            (silent_from, limit, with_arbiter, offer) = (-1, -1, true, -1);
        }
        let Some(what) = what else { break };
        let open = filed >= 0;
        let talking = open && !with_arbiter;
        let row = match what {
            Do::Open(why, amount) if !open && !settled && now >= opens => {
                (filed, reason, asks, offer) = (now, why, amount, -1);
                (silent_from, rejected, with_arbiter) = (now, false, false);
                limit = if why == 0 && period_ends > now { period_ends } else { now + 15 * DAY };
                (now, "dispute.opened", 0, 0)
            }
            Do::Modify(why, amount) if talking => {
                if let Some(why) = why.filter(|why| *why != reason) {
                    reason = why;
                    let waits = why == 0 && period_ends > now;
                    limit = if waits { period_ends } else { (filed + 15 * DAY).max(now) };
                }
                asks = amount.unwrap_or(asks);
                (silent_from, rejected, offer) = (now, false, -1);
                (now, "dispute.modified", 0, 0)
            }
            Do::Accept(by_buyer) if talking && (!by_buyer || offer >= 0) => {
                let agreed = if by_buyer { offer } else { asks };
                rows.push((now, "dispute.accepted", 0, 0));
                (filed, silent_from, limit, settled) = (-1, -1, -1, true);
                (now, "dispute.executed", agreed, 10_000 - agreed)
            }
            Do::Reject if talking && !rejected => {
                (silent_from, rejected) = (-1, true);
                (now, "dispute.rejected", 0, 0)
            }
            Do::Counter(amount) if talking => {
                (silent_from, rejected, offer) = (-1, true, amount);
                (now, "dispute.rejected", 0, 0)
            }
            Do::Escalate if talking && rejected => {
                (silent_from, limit, with_arbiter, offer) = (-1, -1, true, -1);
                (now, "dispute.submitted", 0, 0)
            }
            Do::Cancel if open => {
                (filed, silent_from, limit, with_arbiter) = (-1, -1, -1, false);
                (now, "dispute.cancelled", 0, 0)
            }
            Do::Rule(outcome, amount) if open && with_arbiter => {
                let to_buyer = [asks, 0, amount][outcome];
                (filed, with_arbiter, settled) = (-1, false, true);
                (now, "dispute.ruled", to_buyer, 10_000 - to_buyer)
            }
            _ => (now, "step.refused", 0, 0),
        };
        rows.push(row);
    }
    rows
}

/// The same history as a scenario.
fn scenario(history: &History) -> Scenario {
    let frame = Scenario::read(&format!(
        "[order]\nid = \"A-1\"\npaid_at = \"2027-12-01T00:00:00Z\"\nhandling_days = {}\ndelivery_days = {}\n\
         amount = \"100.00 USD\"\n",
        history.handling_days, history.delivery_days
    ));
    let mut scenario = frame.unwrap();
    let paid = scenario.orders[0].paid_at;
    let money = |cents: i64| format!("{}.{:02} USD", cents / 100, cents % 100).parse::<Money>().unwrap();
    let mut add = |minute: i64, act: Act| {
        let at = paid + SignedDuration::from_mins(minute);
        scenario.steps.push(Step { order: 0, at, name: "step".to_owned(), act });
    };
    let (carrier, number) = ("ems".to_owned(), "EE123456785CN".to_owned());
    add(DAY, Act::Confirm { carrier, number, all_goods: true });
    // The seller extends protection so far that it never ends here: this is about disputes alone.
    add(DAY, Act::Input(Input::ExtendProtection { days: 365 }));
    let remedy = Remedy::PartialRefund;
    for (at, what) in &history.steps {
        let act = match *what {
            Do::Open(why, cents) => {
                let amount = Some(money(cents));
                let filing = Filing { reason: REASONS[why], remedy, amount };
                add(*at, Act::Input(Input::OpenDispute(filing)));
                continue;
            }
            Do::Modify(why, cents) => {
                let (reason, amount) = (why.map(|why| REASONS[why]), cents.map(money));
                InDispute::Modify { reason, remedy: None, amount }
            }
            Do::Accept(by_buyer) => InDispute::Accept(if by_buyer { Side::Buyer } else { Side::Seller }),
            Do::Reject => InDispute::Reject,
            Do::Counter(cents) => InDispute::CounterOffer { remedy, amount: Some(money(cents)) },
            Do::Escalate => InDispute::Escalate,
            Do::Cancel => InDispute::Cancel,
            Do::Rule(outcome, cents) => {
                let amount = (outcome == 2).then(|| money(cents));
                InDispute::Rule { outcome: OUTCOMES[outcome], amount, seller_at_fault: false }
            }
        };
        add(*at, Act::Input(Input::Dispute(act)));
    }
    add(history.until, Act::End);
    scenario
}

fn cents(money: Option<&serde_json::Value>) -> i64 {
    money.map_or(0, |m| m["amount"].as_str().unwrap().replace('.', "").parse().unwrap())
}

/// What the machines tell, and what the table tells.
fn both(history: &History) -> (Vec<Row>, Vec<Row>) {
    let scenario = scenario(history);
    let paid = scenario.orders[0].paid_at;
    let lines = run(&scenario, None);
    let told =
        lines.iter().filter(|line| line.event.starts_with("dispute.") || line.is_refusal()).map(|line| {
            let minute = line.at.duration_since(paid).as_mins();
            (minute, line.event, cents(line.refund.as_ref()), cents(line.release.as_ref()))
        });
    (told.collect(), table(history))
}

/// A plain generator of numbers (splitmix64), so that every run compares the same histories.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: i64) -> i64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        i64::try_from((z ^ (z >> 31)) >> 1).unwrap() % below
    }

    fn index(&mut self, below: i64) -> usize {
        usize::try_from(self.roll(below)).unwrap()
    }

    fn what(&mut self) -> Do {
        let amount = 1 + self.roll(9_999);
        match self.roll(19) {
            0..=3 => Do::Open(self.index(3), amount),
            4..=6 => {
                let why = self.index(6);
                Do::Modify((why < 3).then_some(why), Some(amount))
            }
            7 => Do::Modify(Some(self.index(3)), None),
            8 => Do::Accept(self.roll(2) == 0),
            9..=12 => Do::Reject,
            13 | 14 => Do::Counter(amount),
            15 => Do::Escalate,
            16 => Do::Cancel,
            _ => Do::Rule(self.index(3), amount),
        }
    }

    /// Times lie on a clock's boundary more often than not: whole days, and a minute beside them.
    fn history(&mut self) -> History {
        let mut at = DAY;
        let steps = (0..=self.roll(8)).map(|place| {
            at += match self.roll(7) {
                0..=2 => self.roll(7) * DAY,
                3 | 4 => (1 + self.roll(6)) * DAY - 1,
                5 => self.roll(7) * DAY + 1,
                _ => self.roll(3 * DAY),
            };
            // Most histories begin with a dispute: without one everything is refused.
            let opens = place == 0 && self.roll(4) > 0;
            (at, if opens { Do::Open(self.index(3), 1 + self.roll(9_999)) } else { self.what() })
        });
        let steps: Vec<_> = steps.collect();
        let until = steps.last().map_or(DAY, |(at, _)| *at) + self.roll(40 * DAY);
        History { handling_days: self.roll(8), delivery_days: 1 + self.roll(39), steps, until }
    }
}

#[test]
fn the_clocks_agree_with_the_mission_s_table() {
    let mut dice = Dice(0);
    let mut kinds: BTreeMap<&str, u32> = BTreeMap::new();
    for _ in 0..HISTORIES {
        let mut history = dice.history();
        if let (told, expected) = both(&history)
            && told != expected
        {
            // The last steps that are not needed for the difference only stand in the reader's way.
            while let Some(last) = history.steps.pop() {
                if let (told, expected) = both(&history)
                    && told == expected
                {
                    history.steps.push(last);
                    break;
                }
            }
            let (told, expected) = both(&history);
            panic!("{history:#?}\ntold:     {told:?}\nexpected: {expected:?}");
        }
        for (_, kind, ..) in table(&history) {
            *kinds.entry(kind).or_default() += 1;
        }
    }
    // Each kind of line stood in the balance often enough.
    assert!(kinds.len() >= 9 && kinds.values().all(|count| *count > 1_000), "{kinds:?}");
}
