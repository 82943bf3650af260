//! The checker of histories: what clients were told and what the outside saw, held against what is there. Pure, so that
//! its own tests can show it each thing that must never be.

mod log;
mod looks;
#[cfg(test)]
mod tests;
mod timers;

use std::collections::{BTreeMap, HashMap};
use std::fmt;

pub use self::looks::{Again, again};
use super::history::{Act, History};

/// What was promised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// What was acknowledged is there.
    Lost,
    /// Who asks again with the same key hears the same.
    ToldOtherwise,
    /// Events are numbered from 1 without a gap.
    Gap,
    /// Every event is delivered.
    Undelivered,
    /// Nothing is delivered that did not happen, and nothing without a signature.
    Invented,
    /// An order's events are delivered in order.
    OutOfOrder,
    /// What is delivered twice is the same.
    Changed,
    /// The source is not asked again while a lease holds.
    AskedTwice,
    /// Every question to the source is accounted for.
    Unaccounted,
    /// A timer fires.
    TimerMissed,
    /// It fires once.
    TimerDoubled,
    /// It fires as of its due time.
    TimerAtWrongTime,
    /// Money goes out once.
    PaidTwice,
    /// The log only grows, and every entry stays what it is.
    LogForked,
    /// Each claim, answer and verdict is one entry.
    LogMiscounted,
    /// A source's day is never exceeded.
    OverBudget,
    /// All work is done in the end.
    Unfinished,
    /// No replica ends by itself.
    Died,
}

/// A promise that was broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    pub rule: Rule,
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.rule, self.what)
    }
}

fn broken(rule: Rule, what: impl Into<String>) -> Violation {
    Violation { rule, what: what.into() }
}

/// Everything that is wrong with a history.
pub fn check(history: &History) -> Vec<Violation> {
    let mut wrong = acknowledged(history);
    wrong.extend(delivered(history));
    wrong.extend(looks::check(history));
    wrong.extend(timers::check(history));
    wrong.extend(log::check(history));
    wrong.extend(history.unfinished.iter().map(|what| broken(Rule::Unfinished, what)));
    wrong.extend(history.ended_by_themselves.iter().map(|what| broken(Rule::Died, what)));
    wrong
}

/// What was acknowledged is there, under the id that was told, and was told the same each time.
fn acknowledged(history: &History) -> Vec<Violation> {
    let mut wrong = Vec::new();
    for told in &history.told {
        let about = format!("{:?} of {}", told.act, told.order);
        if let Some(other) = told.answers.iter().find(|answer| **answer != told.answers[0]) {
            wrong.push(broken(
                Rule::ToldOtherwise,
                format!("{about}: first {:?}, then {other:?}", told.answers[0]),
            ));
        }
        let Some(answer) = told.acknowledged() else { continue };
        let Some(found) = history.found.get(&told.order) else {
            wrong.push(broken(Rule::Lost, format!("{about}: there is no such order")));
            continue;
        };
        let there: Option<&Vec<String>> = match told.act {
            Act::Submit => Some(&found.shipments),
            Act::Dispute => Some(&found.disputes),
            Act::Register | Act::ConfirmReceipt => None,
        };
        if let Some(there) = there
            && there.iter().ne(&answer.id)
        {
            wrong.push(broken(Rule::Lost, format!("{about}: told {:?}, there is {there:?}", answer.id)));
        }
    }
    wrong
}

/// Every event is delivered, in order per order; what comes again is the same.
fn delivered(history: &History) -> Vec<Violation> {
    let mut wrong = Vec::new();
    let mut ids: HashMap<&str, (&str, i64)> = HashMap::new();
    for (order, events) in &history.events {
        for (place, event) in (1..).zip(events) {
            if event.sequence != place {
                wrong.push(broken(Rule::Gap, format!("{order}: {} stands at {place}", event.sequence)));
            }
            if ids.insert(&event.id, (order, event.sequence)).is_some() {
                wrong.push(broken(Rule::Changed, format!("{} stands twice", event.id)));
            }
        }
    }
    let mut taken: BTreeMap<(&str, i64), &str> = BTreeMap::new();
    let mut bodies: HashMap<&str, &str> = HashMap::new();
    for post in &history.posts {
        let place = (post.order.as_str(), post.sequence);
        if !post.verified || ids.get(post.id.as_str()) != Some(&place) {
            wrong.push(broken(Rule::Invented, format!("{}, said to be {place:?}", post.id)));
        }
        if bodies.insert(&post.id, &post.body).is_some_and(|before| before != post.body) {
            wrong.push(broken(Rule::Changed, format!("{} came with other bytes", post.id)));
        }
        if post.sequence > 1 && !taken.contains_key(&(place.0, place.1 - 1)) {
            wrong
                .push(broken(Rule::OutOfOrder, format!("{place:?} came before the one before it was taken")));
        }
        if post.taken {
            taken.insert(place, &post.id);
        }
    }
    if history.settled {
        for (order, event) in
            history.events.iter().flat_map(|(order, all)| all.iter().map(move |e| (order, e)))
        {
            if taken.get(&(order.as_str(), event.sequence)) != Some(&event.id.as_str()) {
                let what = format!("{order}: {} ({})", event.sequence, event.kind);
                wrong.push(broken(Rule::Undelivered, what));
            }
        }
    }
    wrong
}
