//! How many numbers a second are told, in process on one core: the numbers of a file, every candidate of each, ranked.
//! `tests/oracles/compare.py` puts it beside what libraries do.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a measurement that cannot go on ends, and needs a clock"
)]

use std::time::Instant;

use waygate_carriers::numbers::Hint;
use waygate_carriers::registry::registry;

/// A blink is too short to be timed.
const TIMES: usize = 10;

fn main() {
    let path = std::env::args().nth(1).unwrap();
    let text = std::fs::read_to_string(path).unwrap();
    let numbers: Vec<&str> = text.lines().collect();
    let formats = registry().formats();
    let told = || {
        let of = |number: &&str| formats.find(number, Hint::default()).candidates().count();
        std::hint::black_box(numbers.iter().map(of).sum::<usize>())
    };
    told();
    let start = Instant::now();
    for _ in 0..TIMES {
        told();
    }
    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    let rate = (TIMES * numbers.len()) as f64 / start.elapsed().as_secs_f64();
    println!("{rate}");
}
