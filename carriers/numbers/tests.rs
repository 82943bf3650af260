//! What a number is, through the whole of `identify`: every format's own examples, what was typed badly, what two
//! carriers share.

mod any;
mod chance;
mod examples;
mod generate;
mod input;
mod oracles;
mod page;
mod postal;
mod properties;

use super::*;
use crate::registry::registry;

fn identify(input: &str) -> Identification {
    registry().formats().identify(input, Hint::default())
}

fn best(input: &str) -> Candidate {
    let answer = identify(input);
    answer.candidates.first().unwrap_or_else(|| panic!("{input}: {:?}", answer.problem)).clone()
}

fn formats_of(input: &str) -> Vec<String> {
    identify(input).candidates.into_iter().map(|c| c.format).collect()
}

fn problem(input: &str) -> Problem {
    let answer = identify(input);
    assert!(answer.candidates.is_empty(), "{input}: {:?}", answer.candidates);
    answer.problem.unwrap_or_else(|| panic!("{input} has no problem"))
}

fn id(id: &str) -> CarrierId {
    CarrierId::new(id).unwrap_or_else(|e| panic!("{e}"))
}

/// Whether a format is that of a postal item, whosever it is.
fn is_postal(format: &str) -> bool {
    format.split_once('.').is_some_and(|(_, word)| word == "s10")
}
