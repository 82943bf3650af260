//! How sure a candidate is. A score is what a format proves on its own, times how well the format is known, and moved
//! by what else is known. It ranks candidates; it is not a probability.
//!
//! | what stands | check digit right | no check digit known |
//! |---|---|---|
//! | a shape that nobody else prints | 0.98 | 0.80 |
//! | letters or a prefix that hardly anyone else prints | 0.94 | 0.60 |
//! | a shape that several print | 0.75 | 0.40 |
//! | digits and nothing else | 0.50 | 0.25 |
//!
//! Published: ×1. Several programs: ×0.97. One: ×0.85. A guess: ×0.5, and never above 0.2, so that it stays below
//! every published format. The seller named the carrier: 30 % of the way to 1; the number came in a web address of the
//! carrier: 20 %; shipped from the carrier's country: 10 %.

use super::format::{Confidence, Rarity};
use super::found::Standing;
use super::s10::Use;

/// A guess never scores more, whatever speaks for it.
const GUESS_MAX: f64 = 0.2;
/// What the seller's word moves, of the way to certainty.
const CLAIMED: f64 = 0.3;
/// What the carrier's own web address around the number moves.
const LINKED: f64 = 0.2;
/// What a fitting place of dispatch moves.
const SHIPPED_FROM: f64 = 0.1;
/// From here on a candidate stands on its own among other words of a text.
pub(super) const STRONG: f64 = 0.6;

/// What speaks for a candidate beside its number.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Beside {
    pub(super) claimed: bool,
    pub(super) linked: bool,
    pub(super) shipped_from: bool,
}

/// What a format proves whose number fits it (and whose check digit, if any, is right).
pub(super) fn base(rarity: Rarity, has_check: bool, confidence: Confidence) -> f64 {
    let shape = match (rarity, has_check) {
        (Rarity::Unique, true) => 0.98,
        (Rarity::Unique, false) => 0.80,
        (Rarity::Rare, true) => 0.94,
        (Rarity::Rare, false) => 0.60,
        (Rarity::Shared, true) => 0.75,
        (Rarity::Shared, false) => 0.40,
        (Rarity::Plain, true) => 0.50,
        (Rarity::Plain, false) => 0.25,
    };
    shape * known(confidence)
}

fn known(confidence: Confidence) -> f64 {
    match confidence {
        Confidence::Spec => 1.0,
        Confidence::Code => 0.97,
        Confidence::One => 0.85,
        Confidence::Guess => 0.5,
    }
}

/// What an S10 item's letters take away: a reserved or unassigned indicator is a doubt, never a refusal.
pub(super) fn postal(use_is: Use, operator_assumed: bool) -> f64 {
    let indicator = match use_is {
        Use::International => 1.0,
        Use::Agreed => 0.95,
        Use::Reserved | Use::Unassigned => 0.7,
    };
    indicator * if operator_assumed { 0.8 } else { 1.0 }
}

/// The score, to three decimals.
pub(super) fn score(proved: f64, confidence: Confidence, beside: Beside) -> f64 {
    let mut score = proved;
    if beside.claimed {
        score += (1.0 - score) * CLAIMED;
    }
    if beside.linked {
        score += (1.0 - score) * LINKED;
    }
    if beside.shipped_from {
        score += (1.0 - score) * SHIPPED_FROM;
    }
    if confidence == Confidence::Guess {
        score = score.min(GUESS_MAX);
    }
    (score.clamp(0.0, 1.0) * 1000.0).round() / 1000.0
}

/// Best first.
pub(super) fn sort(standing: &mut [Standing<'_>]) {
    standing.sort_unstable_by(|a, b| {
        b.score.total_cmp(&a.score).then_with(|| (a.carrier, a.format).cmp(&(b.carrier, b.format)))
    });
}
