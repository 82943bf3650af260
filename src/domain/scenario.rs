//! A scenario: orders and what happens to them, as a file tells it, to what the rules did. Pure: the file holds all times.

mod line;
mod read;
mod run;
mod steps;

use jiff::Timestamp;
use waygate_carriers::contract::{Country, Status};

use super::lifecycle::Input;
use super::order::Order;
use super::verdict::Outcome;

pub use super::located::Wrong;
pub use line::Line;
pub use run::run;

/// Most orders of a scenario.
pub const ORDERS_MAX: usize = 1_000;
/// Most steps of a scenario.
pub const STEPS_MAX: usize = 20_000;

/// A scenario as it was read.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// The orders.
    pub orders: Vec<Order>,
    /// What happens to them, in order of time.
    pub steps: Vec<Step>,
}

/// One step.
#[derive(Debug, Clone)]
pub struct Step {
    /// The order that it is of, by its place.
    pub order: usize,
    /// When.
    pub at: Timestamp,
    /// Its name in the file.
    pub name: String,
    /// What is done.
    pub act: Act,
}

/// What a step does.
#[derive(Debug, Clone)]
pub enum Act {
    /// The seller gives a number.
    Confirm {
        /// The carrier, as named.
        carrier: String,
        /// The number, as typed.
        number: String,
        /// Whether it is the last part.
        all_goods: bool,
    },
    /// The official source reports a status.
    Tracking {
        /// Which.
        status: Status,
        /// Where.
        country: Option<Country>,
    },
    /// A verdict on the number.
    Verdict(Outcome),
    /// Anything else that happens to an order.
    Input(Input),
    /// The clock runs until here.
    End,
}

impl Scenario {
    /// Reads a scenario. What cannot be read is named with its line, and nothing is run.
    pub fn read(text: &str) -> Result<Self, Wrong> {
        read::scenario(text)
    }
}
