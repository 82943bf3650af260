//! The clock's promises: both sides of every number, and random histories against a plain table of dates.

use jiff::SignedDuration;
use proptest::prelude::*;

use super::parcel::{Parcel, Stand};
use super::*;
use crate::domain::event::EventType;
use crate::domain::verdict::Outcome as Verdict;
use crate::domain::verdict::samples::Sample;

/// The seller confirms the last part.
const CONFIRM: Input = Input::ConfirmShipment { all_goods: true };

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Paid on 2026-03-02 at midnight; three days to ship, thirty to deliver; 100.00 USD.
fn order() -> Order {
    Sample::new().order
}

struct Run {
    order: Order,
    state: OrderState,
    told: Vec<Happening>,
}

impl Run {
    fn new(order: Order) -> Self {
        let state = OrderState::begin(&order, Rules::current());
        Self { order, state, told: Vec::new() }
    }

    fn go(&mut self, input: &Input, time: &str) -> Result<Vec<EventType>, Refused> {
        let done = step(&self.state, &self.order, Rules::current(), input, at(time))?;
        self.state = done.state;
        let kinds = done.happenings.iter().map(|h| h.kind).collect();
        self.told.extend(done.happenings);
        Ok(kinds)
    }

    fn clock(&mut self, time: &str) -> Vec<EventType> {
        self.go(&Input::Clock, time).unwrap()
    }

    fn due(&self) -> Option<String> {
        next_due(&self.state, &self.order, Rules::current()).map(|t| t.to_string())
    }
}

/// Confirmed on 2026-03-03: protection until 2026-04-02.
fn confirmed() -> Run {
    let mut run = Run::new(order());
    assert_eq!(run.go(&CONFIRM, "2026-03-03T00:00:00Z"), Ok(vec![EventType::ProtectionStarted]));
    run
}

fn arrived(time: Timestamp) -> Input {
    let (verdict, stand) = (Some(Verdict::Verified), Stand::Arrived);
    Input::Shown(Parcel { verdict, stand, moved_at: Some(time), arrived_at: Some(time) })
}

fn delivery(time: &str) -> Input {
    arrived(at(time))
}

#[test]
fn a_shipment_is_overdue_when_the_handling_time_is_up_and_that_is_told_once() {
    let mut run = Run::new(order());
    assert_eq!(run.due().as_deref(), Some("2026-03-05T00:00:00Z"));
    assert_eq!(run.clock("2026-03-04T23:59:59Z"), []);
    assert_eq!(run.clock("2026-03-05T00:00:00Z"), [EventType::OverdueShipment]);
    assert_eq!(run.clock("2026-06-05T00:00:00Z"), []);
    assert_eq!(run.due(), None);
    assert_eq!(run.go(&CONFIRM, "2026-06-05T00:00:00Z"), Ok(vec![EventType::ProtectionStarted]));
}

#[test]
fn a_timer_goes_before_an_input_of_the_same_instant() {
    let mut run = Run::new(order());
    let kinds = run.go(&CONFIRM, "2026-03-05T00:00:00Z").unwrap();
    assert_eq!(kinds, [EventType::OverdueShipment, EventType::ProtectionStarted]);
    let mut run = confirmed();
    let late = run.go(&delivery("2026-04-01T00:00:00Z"), "2026-04-02T00:00:00Z").unwrap();
    assert_eq!(late, [EventType::ProtectionEnding, EventType::ProtectionExpired, EventType::Completed]);
}

#[test]
fn the_warning_comes_five_days_before_the_end_and_the_end_completes() {
    let mut run = confirmed();
    assert_eq!(run.due().as_deref(), Some("2026-03-28T00:00:00Z"));
    assert_eq!(run.clock("2026-03-27T23:59:59Z"), []);
    assert_eq!(run.clock("2026-03-28T00:00:00Z"), [EventType::ProtectionEnding]);
    assert_eq!(run.due().as_deref(), Some("2026-04-02T00:00:00Z"));
    assert_eq!(run.clock("2026-04-01T23:59:59Z"), []);
    assert_eq!(run.clock("2026-04-02T00:00:00Z"), [EventType::ProtectionExpired, EventType::Completed]);
    assert_eq!(run.due().as_deref(), Some("2026-04-17T00:00:00Z"));
    assert_eq!(run.clock("2026-04-16T23:59:59Z"), []);
    assert_eq!(run.clock("2026-04-17T00:00:00Z"), [EventType::FundsReleased]);
    assert_eq!(run.due(), None);
    let money = &run.told.last().unwrap().data["amount"];
    assert_eq!(*money, serde_json::json!({ "amount": "100.00", "currency": "USD" }));
}

#[test]
fn a_protection_of_five_days_or_less_is_warned_of_at_its_beginning() {
    for delivery_days in [5, 3] {
        let mut run = Run::new(Order { delivery_days: Some(delivery_days), ..order() });
        run.go(&CONFIRM, "2026-03-03T00:00:00Z").unwrap();
        assert_eq!(run.due().as_deref(), Some("2026-03-03T00:00:00Z"));
        assert_eq!(run.clock("2026-03-03T00:00:00Z"), [EventType::ProtectionEnding]);
    }
}

#[test]
fn after_a_verified_delivery_the_buyer_has_fifteen_days() {
    let mut run = confirmed();
    assert_eq!(
        run.go(&delivery("2026-03-10T17:00:00Z"), "2026-03-11T00:00:00Z"),
        Ok(vec![EventType::DeliveryVerified])
    );
    assert_eq!(run.told.last().unwrap().data["receipt_due_at"], "2026-03-26T00:00:00Z");
    assert_eq!(run.go(&delivery("2026-03-12T00:00:00Z"), "2026-03-12T00:00:00Z"), Ok(vec![]), "said once");
    assert_eq!(run.state.delivered_at, Some(at("2026-03-10T17:00:00Z")));
    assert_eq!(run.clock("2026-03-25T23:59:59Z"), []);
    assert_eq!(run.clock("2026-03-26T00:00:00Z"), [EventType::Completed]);
    assert_eq!(run.told.last().unwrap().data["cause"], "receipt_period_ended");
    assert_eq!(run.clock("2026-05-01T00:00:00Z"), [EventType::FundsReleased], "and no protection expires");
}

#[test]
fn receipt_completes_at_once() {
    let mut run = confirmed();
    assert_eq!(run.go(&Input::ConfirmReceipt, "2026-03-05T00:00:00Z"), Ok(vec![EventType::Completed]));
    assert_eq!(run.due().as_deref(), Some("2026-03-20T00:00:00Z"));
    let mut run = confirmed();
    run.go(&delivery("2026-03-10T17:00:00Z"), "2026-03-11T00:00:00Z").unwrap();
    assert_eq!(run.go(&Input::ConfirmReceipt, "2026-03-12T00:00:00Z"), Ok(vec![EventType::Completed]));
}

#[test]
fn what_the_rules_forbid_is_refused_and_names_its_rule() {
    let mut run = Run::new(order());
    let time = "2026-03-03T00:00:00Z";
    assert_eq!(run.go(&Input::ConfirmReceipt, time).unwrap_err().rule, id::COMPLETION);
    assert_eq!(run.go(&delivery(time), time), Ok(vec![]), "before the last part nothing has arrived");
    let mut run = confirmed();
    let before = run.state.clone();
    assert_eq!(run.go(&CONFIRM, "2026-03-09T00:00:00Z").unwrap_err().rule, id::START);
    assert_eq!(run.state, before, "a later part restarts nothing");
    run.go(&Input::ConfirmReceipt, "2026-03-09T00:00:00Z").unwrap();
    assert_eq!(run.go(&Input::ConfirmReceipt, "2026-03-09T00:00:00Z").unwrap_err().rule, id::COMPLETION);
}

#[test]
fn without_promises_the_rules_own_days_hold() {
    let mut run = Run::new(Order { handling_days: None, delivery_days: None, ..order() });
    assert_eq!(run.due().as_deref(), Some("2026-03-09T00:00:00Z"));
    run.go(&CONFIRM, "2026-03-03T00:00:00Z").unwrap();
    assert_eq!(run.state.protection_ends_at, Some(at("2026-04-02T00:00:00Z")));
}

#[test]
fn at_the_end_of_the_calendar_nothing_panics() {
    let mut run = Run::new(Order { paid_at: Timestamp::MAX, ..order() });
    let done = step(&run.state, &run.order, Rules::current(), &CONFIRM, Timestamp::MAX);
    run.state = done.unwrap().state;
    let end = fire_due(&run.state, &run.order, Rules::current(), Timestamp::MAX);
    assert_eq!(end.state.phase, Phase::Released);
}

/// The rules once more, told as dates: which day each thing happens, given the days of the inputs. Inputs that come
/// too late, too early or twice are simply not in it.
fn table(handling: i64, delivery: i64, inputs: &[(i64, u8)], until: i64) -> Vec<(i64, EventType)> {
    let first = |kind: u8, from: i64, before: i64| {
        inputs
            .iter()
            .filter(|(day, k)| *k == kind && *day >= from && *day < before)
            .map(|(day, _)| *day)
            .next()
    };
    let mut rows = Vec::new();
    let confirmed = first(0, 0, i64::MAX);
    if confirmed.is_none_or(|day| day >= handling) {
        rows.push((handling, EventType::OverdueShipment));
    }
    if let Some(start) = confirmed {
        rows.push((start, EventType::ProtectionStarted));
        // An input of the confirmation's own day counts only if it stands behind it.
        let behind = inputs.iter().position(|(_, k)| *k == 0).map_or(0, |p| p + 1);
        let later = |kind: u8, before: i64| {
            inputs[behind..].iter().filter(|(day, k)| *k == kind && *day < before).map(|(day, _)| *day).next()
        };
        let place = |kind: u8| inputs[behind..].iter().position(|(_, k)| *k == kind);
        let end = start + delivery;
        let warning = start.max(end - 5);
        let mut receipt = later(2, end);
        let arrived = later(1, end).filter(|day| receipt.is_none_or(|r| (*day, place(1)) < (r, place(2))));
        let mut stops = receipt.unwrap_or(end);
        let mut by_expiry = receipt.is_none();
        if let Some(day) = arrived {
            receipt = later(2, day + 15);
            stops = receipt.unwrap_or(day + 15);
            by_expiry = false;
            rows.push((day, EventType::DeliveryVerified));
        }
        let quiet_until = arrived.or(receipt).unwrap_or(end);
        // At one instant the timer goes before the input, except an input of the confirmation's own instant that
        // finds the timer due only after the confirmation: that one too comes after the timer.
        if warning <= quiet_until {
            rows.push((warning, EventType::ProtectionEnding));
        }
        if by_expiry {
            rows.push((end, EventType::ProtectionExpired));
        }
        rows.push((stops, EventType::Completed));
        rows.push((stops + 15, EventType::FundsReleased));
    }
    rows.retain(|(day, _)| *day <= until);
    rows.sort_by_key(|(day, kind)| (*day, rank(*kind)));
    rows
}

fn rank(kind: EventType) -> usize {
    let order = [
        EventType::OverdueShipment,
        EventType::ProtectionStarted,
        EventType::ProtectionEnding,
        EventType::DeliveryVerified,
        EventType::ProtectionExpired,
        EventType::Completed,
        EventType::FundsReleased,
    ];
    order.iter().position(|k| *k == kind).unwrap()
}

fn day(count: i64) -> Timestamp {
    order().paid_at + SignedDuration::from_hours(24 * count)
}

proptest! {
    /// Any history, fired on time or late, gives what the table of dates gives.
    #[test]
    fn any_history_agrees_with_the_table(
        handling in 0_u32..6,
        delivery in 1_u32..40,
        mut inputs in proptest::collection::vec((0_i64..70, 0_u8..4), 0..8),
        until in 70_i64..140,
    ) {
        inputs.sort_by_key(|(day, _)| *day);
        let order = Order { handling_days: Some(handling), delivery_days: Some(delivery), ..order() };
        let rules = Rules::current();
        let mut state = OrderState::begin(&order, rules);
        let mut told = Vec::new();
        for (count, kind) in &inputs {
            let input = match kind {
                0 => CONFIRM,
                1 => arrived(day(*count)),
                2 => Input::ConfirmReceipt,
                _ => Input::Clock,
            };
            if let Ok(done) = step(&state, &order, rules, &input, day(*count)) {
                state = done.state;
                told.extend(done.happenings);
            }
        }
        let rest = fire_due(&state, &order, rules, day(until));
        told.extend(rest.happenings);
        let mut told: Vec<(Timestamp, EventType)> = told.iter().map(|h| (h.at, h.kind)).collect();
        prop_assert!(told.is_sorted_by_key(|(at, _)| *at), "in order of time: {told:?}");
        told.sort_by_key(|(at, kind)| (*at, rank(*kind)));
        let expected: Vec<(Timestamp, EventType)> = table(i64::from(handling), i64::from(delivery), &inputs, until)
            .into_iter()
            .map(|(count, kind)| (day(count), kind))
            .collect();
        prop_assert_eq!(told, expected);
    }

    /// A downtime changes nothing: firing once late gives what firing at every hour gives.
    #[test]
    fn late_is_like_on_time(delivery in 0_u32..40, confirm in 0_i64..10, until in 0_i64..2400) {
        let order = Order { delivery_days: Some(delivery), ..order() };
        let rules = Rules::current();
        let begun = OrderState::begin(&order, rules);
        let start = step(&begun, &order, rules, &CONFIRM, day(confirm)).unwrap().state;
        let end = day(confirm) + SignedDuration::from_hours(until);
        let late = fire_due(&start, &order, rules, end);
        let mut on_time = Step { state: start, happenings: Vec::new(), signals: Vec::new() };
        for hour in 0..=until {
            let now = day(confirm) + SignedDuration::from_hours(hour);
            let next = fire_due(&on_time.state, &order, rules, now);
            on_time.state = next.state;
            on_time.happenings.extend(next.happenings);
            on_time.signals.extend(next.signals);
        }
        prop_assert_eq!(late, on_time);
    }
}
