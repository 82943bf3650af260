//! Runs every stored order again under other rules, from its recorded inputs, on all cores, from a snapshot of the store.

use jiff::Timestamp;

use super::at_once::work_through;
use crate::domain::lifecycle::Phase;
use crate::domain::rules::Rules;
use crate::domain::whatif::{Difference, Outcome, Pair, Tally};
use crate::store::StoreError;
use crate::store::history::{PastOrder, Selection};
use crate::store::sqlite::History;

/// Runs the orders again, their clocks on until a time that lies after all that is stored. Each order that differs is
/// shown, in the order of registration; what all come to is told at the end.
pub fn whatif<E: From<StoreError>>(
    history: History,
    which: &Selection,
    other: &Rules,
    until: Timestamp,
    mut show: impl FnMut(&Difference) -> Result<(), E>,
) -> Result<Tally, E> {
    let pairs: Vec<Pair<'_>> = Rules::all().iter().map(|own| Pair::of(own, other)).collect();
    let mut tally = Tally::default();
    work_through(
        move |give| history.orders(which, give),
        |past| run_again(past, &pairs, until),
        |ran| {
            let (phase, outcome) = ran?;
            tally.count(phase, &outcome);
            match &outcome {
                Outcome::Differs(difference) => show(difference),
                _ => Ok(()),
            }
        },
    )?;
    Ok(tally)
}

fn run_again(past: &PastOrder, pairs: &[Pair<'_>], until: Timestamp) -> Result<(Phase, Outcome), StoreError> {
    let (order, stored, inputs) = past.open()?;
    let outcome = match pairs.iter().find(|pair| pair.own().version == stored.rules) {
        Some(pair) => pair.compare((&order, &stored, &inputs), until),
        None => Outcome::UnknownRules,
    };
    Ok((stored.phase, outcome))
}
