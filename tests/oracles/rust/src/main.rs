//! How many numbers a second the crate `tracking-numbers` tells: the file's numbers, told once to warm up and once timed.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement that cannot go on ends")]

use std::time::Instant;

fn main() {
    let path = std::env::args().nth(1).unwrap();
    let text = std::fs::read_to_string(path).unwrap();
    let numbers: Vec<&str> = text.lines().collect();
    let told = || numbers.iter().filter(|number| tracking_numbers::track(number).is_some()).count();
    std::hint::black_box(numbers.iter().take(1_000).filter(|n| tracking_numbers::track(n).is_some()).count());
    let start = Instant::now();
    std::hint::black_box(told());
    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    let rate = numbers.len() as f64 / start.elapsed().as_secs_f64();
    println!("{rate}");
}
