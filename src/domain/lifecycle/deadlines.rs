//! The deadlines that hold in a state, as what is told carries them.

use serde_json::{Map, Value};

use super::clocks;
use super::state::{OrderState, Terms};

/// Every deadline by its name.
pub(super) fn of(state: &OrderState, terms: Terms<'_>) -> Map<String, Value> {
    let clocks = clocks::of(state, terms).into_iter();
    clocks.map(|clock| (clock.name, Value::String(clock.at.to_string()))).collect()
}
