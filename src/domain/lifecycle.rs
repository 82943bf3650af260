//! An order from payment to its end: protection, cancellation and disputes as machines. Pure: a state, an input and a time
//! in; the next state and what happened out. No timer is kept: what is due next follows from the state.

pub mod cancellation;
mod clocks;
mod deadlines;
pub mod diagram;
pub mod dispute;
pub mod explore;
mod input;
pub mod parcel;
mod protection;
mod recommendation;
mod settlement;
mod state;
mod telling;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
mod timer;

use jiff::Timestamp;

pub use clocks::Clock;
pub use input::{Input, Refused, Signal, Step};
pub use recommendation::{Recommendation, recommend};
pub use state::{OrderState, Phase};
pub use telling::{By, Telling};
pub use timer::Timer;

use super::event::Happening;
use super::order::Order;
use super::rules::{Rules, id};
use cancellation::Act as CancelAct;
use dispute::Outcome;
use state::Terms;

/// When the order's next timer is due. There is one at a time; each state has the timers that it needs.
pub fn next_due(state: &OrderState, order: &Order, rules: &Rules) -> Option<Timestamp> {
    timer::next(state, Terms { order, rules }).map(|(at, _)| at)
}

/// What the next timer is, and when it is due.
pub fn next_timer(state: &OrderState, order: &Order, rules: &Rules) -> Option<(Timestamp, Timer)> {
    timer::next(state, Terms { order, rules })
}

/// Fires every timer that is due at `now` or was due before, in order, each as of when it was due: after a downtime
/// the same comes out as without one.
pub fn fire_due(state: &OrderState, order: &Order, rules: &Rules, now: Timestamp) -> Step {
    let mut desk = Desk::new(state, Terms { order, rules });
    desk.fire_due(now);
    desk.step()
}

/// Applies an input at a time, after the timers that are due by then: at one instant the timer goes first. A refusal
/// changes nothing, not even for those timers: they are still due and fire with the next step.
pub fn step(
    state: &OrderState,
    order: &Order,
    rules: &Rules,
    input: &Input,
    at: Timestamp,
) -> Result<Step, Refused> {
    let mut desk = Desk::new(state, Terms { order, rules });
    desk.fire_due(at);
    desk.take(input, at)?;
    Ok(desk.step())
}

/// The clocks that run for an order, each with its rule.
pub fn clocks(state: &OrderState, order: &Order, rules: &Rules) -> Vec<Clock> {
    clocks::of(state, Terms { order, rules })
}

/// What is recommended to the arbiter of the open dispute, as things stand at a time.
pub fn recommendation(
    state: &OrderState,
    order: &Order,
    rules: &Rules,
    at: Timestamp,
) -> Option<Recommendation> {
    let facts = dispute::Facts::of(state, Terms { order, rules });
    state.dispute.as_ref().map(|open| recommend(open, &facts, at))
}

/// The same, had the sources shown this of the order's parcels by then.
pub fn recommendation_had_been(
    state: &OrderState,
    order: &Order,
    rules: &Rules,
    parcel: &parcel::Parcel,
    at: Timestamp,
) -> Option<Recommendation> {
    let facts = dispute::Facts { parcel, ..dispute::Facts::of(state, Terms { order, rules }) };
    state.dispute.as_ref().map(|open| recommend(open, &facts, at))
}

/// The last state in which a dispute was open, from an order's inputs; none where they are not those of such an order.
pub fn last_open<'a>(
    order: &Order,
    rules: &Rules,
    inputs: impl IntoIterator<Item = (Timestamp, &'a Input)>,
    dispute: u32,
) -> Option<OrderState> {
    let mut state = OrderState::begin(order, rules);
    let mut open = None;
    for (at, input) in inputs {
        state = step(&state, order, rules, input, at).ok()?.state;
        if state.dispute.as_ref().is_some_and(|d| d.number == dispute) {
            open = Some(state.clone());
        }
    }
    open
}

/// An order's state from nothing but its inputs, each with its time.
pub fn replay<'a>(
    order: &Order,
    rules: &Rules,
    inputs: impl IntoIterator<Item = (Timestamp, &'a Input)>,
) -> Result<OrderState, Refused> {
    let mut inputs = inputs.into_iter();
    inputs.try_fold(OrderState::begin(order, rules), |state, (at, input)| {
        step(&state, order, rules, input, at).map(|step| step.state)
    })
}

/// A state that is being worked on, and what has come of it so far.
struct Desk<'a> {
    terms: Terms<'a>,
    state: OrderState,
    told: Vec<Happening>,
    signals: Vec<Signal>,
}

impl<'a> Desk<'a> {
    fn new(state: &OrderState, terms: Terms<'a>) -> Self {
        Self { terms, state: state.clone(), told: Vec::new(), signals: Vec::new() }
    }

    fn step(self) -> Step {
        Step { state: self.state, happenings: self.told, signals: self.signals }
    }

    fn tell(&mut self, at: Timestamp, tellings: impl IntoIterator<Item = Telling>) {
        let mut tellings = tellings.into_iter().peekable();
        if tellings.peek().is_none() {
            return;
        }
        let deadlines = deadlines::of(&self.state, self.terms);
        self.told.extend(tellings.map(|telling| telling.at(at, deadlines.clone())));
    }

    fn fire_due(&mut self, now: Timestamp) {
        // Each firing tells a warning, counts an extension, ends a stage or leaves a phase, so this ends.
        while let Some((due, timer)) = timer::next(&self.state, self.terms).filter(|(due, _)| *due <= now) {
            self.fire(timer, due);
        }
    }

    fn fire(&mut self, timer: Timer, at: Timestamp) {
        match timer {
            // A timer is due only where its step is allowed.
            Timer::Silence | Timer::InTransit | Timer::Day16 => {
                let _ = self.dispute(dispute::Cause::Time(timer), timer.rule(), at);
            }
            _ => {
                let tellings = protection::fire(&mut self.state, self.terms, timer, at);
                self.after_protection(tellings, at);
            }
        }
    }

    fn take(&mut self, input: &Input, at: Timestamp) -> Result<(), Refused> {
        match input {
            Input::Clock => {}
            Input::RequestCancel => self.cancel(CancelAct::Request, at)?,
            Input::AcceptCancel => self.cancel(CancelAct::Accept, at)?,
            Input::RefuseCancel => self.cancel(CancelAct::Refuse, at)?,
            Input::OpenDispute(filing) => {
                let filed = dispute::open(&self.state, self.terms, filing, at)?;
                self.signals.extend(filed.by_expiring_protection.then_some(Signal::ExpiringDispute));
                self.state.disputes = self.state.disputes.saturating_add(1);
                self.state.dispute = Some(filed.dispute);
                self.tell(at, [filed.telling]);
            }
            Input::Dispute(act) => self.dispute(dispute::Cause::Act(act), act.rule(), at)?,
            other => {
                let tellings = protection::step(&mut self.state, self.terms, other, at)?;
                self.after_protection(tellings, at);
            }
        }
        Ok(())
    }

    fn after_protection(&mut self, tellings: Vec<Telling>, at: Timestamp) {
        if self.state.phase == Phase::Released {
            self.signals.push(Signal::Ended { bad: false });
        }
        self.tell(at, tellings);
    }

    fn cancel(&mut self, act: CancelAct, at: Timestamp) -> Result<(), Refused> {
        let done = cancellation::step(&self.state, act)?;
        self.state.cancellation = done.next;
        if let Some(rule) = done.cancels {
            let telling = settlement::cancelled(&mut self.state, self.terms, rule);
            self.signals.push(Signal::Ended { bad: rule == id::CANCEL_OVERDUE });
            self.tell(at, [telling]);
        } else {
            self.tell(at, done.telling);
        }
        Ok(())
    }

    fn dispute(
        &mut self,
        cause: dispute::Cause<'_>,
        rule: &'static str,
        at: Timestamp,
    ) -> Result<(), Refused> {
        let facts = dispute::Facts::of(&self.state, self.terms);
        let Some(open) = &self.state.dispute else {
            return Err(Refused::new(rule, "no dispute is open"));
        };
        match dispute::step(open, cause, &facts, self.terms.rules, at)? {
            Outcome::Goes { next, tellings } => {
                self.state.dispute = Some(next);
                self.tell(at, tellings);
            }
            Outcome::Ends { ending, tellings } => {
                self.tell(at, tellings);
                let ended = settlement::end_dispute(&mut self.state, self.terms, ending, at);
                self.signals.extend(ended.signals);
                self.tell(at, ended.tellings);
            }
        }
        Ok(())
    }
}
