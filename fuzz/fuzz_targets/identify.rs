//! `cargo +nightly fuzz run identify -- -runs=1000000`: no input makes the numbers panic, and clean stays clean.
#![no_main]

use libfuzzer_sys::fuzz_target;
use waygate_carriers::numbers::Hint;
use waygate_carriers::registry::registry;

fuzz_target!(|input: &str| {
    let formats = registry().formats();
    let answer = formats.identify(input, Hint::default());
    assert_eq!(answer.candidates.is_empty(), answer.problem.is_some());
    if !answer.normalized.is_empty() {
        assert_eq!(formats.identify(&answer.normalized, Hint::default()).normalized, answer.normalized);
    }
});
