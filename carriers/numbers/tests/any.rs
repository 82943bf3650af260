//! Any bytes at all: pieces of real inputs, cut, joined and spoiled. The ordinary run is short; a long one is
//! `WAYGATE_RUNS=1000000 cargo test --release -p waygate-carriers --lib no_input`.

use super::generate::{Random, formats};
use super::*;

const RUNS: usize = 20_000;

/// What inputs are made of, beside numbers.
const PIECES: [&str; 24] = [
    " ",
    "-",
    "\n",
    ",",
    "]C1",
    "\u{1d}",
    "(00)",
    "(420)",
    "https://www.ups.com/track?tracknum=",
    "%20",
    "%",
    "www.",
    "/",
    "1Z",
    "420",
    "Ｚ",
    "О",
    "é",
    "\u{200b}",
    "单号",
    "\u{0}",
    "🚚",
    "ß",
    "<GS>",
];

fn input(random: &mut Random, numbers: &[String]) -> String {
    let mut text = String::new();
    for _ in 0..=random.below(5) {
        match random.below(4) {
            0 => text.push_str(PIECES[random.below(PIECES.len())]),
            1 => text.extend(char::from_u32(u32::try_from(random.below(0x11_0000)).unwrap_or_default())),
            _ => text.push_str(&numbers[random.below(numbers.len())]),
        }
    }
    let mut chars: Vec<char> = text.chars().collect();
    for _ in 0..random.below(3).min(chars.len()) {
        let (from, to) = (random.below(chars.len()), random.below(chars.len()));
        chars.swap(from, to);
    }
    chars.truncate(1 + random.below(60));
    chars.into_iter().collect()
}

fn run(runs: usize) {
    let mut random = Random(9);
    let numbers: Vec<String> = formats().iter().map(|shaped| shaped.number(&mut random).0).collect();
    for _ in 0..runs {
        let input = input(&mut random, &numbers);
        let answer = identify(&input);
        assert_eq!(answer.candidates.is_empty(), answer.problem.is_some(), "{input:?}");
        assert!(answer.candidates.is_empty() || !answer.normalized.is_empty(), "{input:?}");
        if !answer.normalized.is_empty() {
            let again = identify(&answer.normalized);
            assert_eq!(again.normalized, answer.normalized, "{input:?}");
        }
    }
}

#[test]
fn no_input_makes_it_panic_and_clean_stays_clean() {
    let asked = std::env::var("WAYGATE_RUNS").ok().and_then(|runs| runs.parse().ok());
    run(asked.unwrap_or(RUNS));
}
