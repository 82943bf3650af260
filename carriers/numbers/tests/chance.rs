//! What chance alone gives: random digits of every length, how many fit something, and how little that is worth.

use std::sync::LazyLock;

use super::generate::Random;
use super::*;

/// Random strings of each length.
pub(super) const EACH: usize = 100_000;
/// The lengths of what carriers print.
const LENGTHS: std::ops::RangeInclusive<usize> = 8..=34;
/// Scores up to which a share is told, in thousandths.
pub(super) const STEPS: [u32; 3] = [250, 500, 800];

/// What random digits of one length get.
#[derive(Debug, Default)]
pub(super) struct Chance {
    pub(super) length: usize,
    /// How many get any candidate.
    pub(super) any: usize,
    /// How many pass a check digit.
    pub(super) verified: usize,
    /// How many have a best score of up to each step, and above the last.
    pub(super) up_to: [usize; STEPS.len() + 1],
    /// The best of all, in thousandths.
    pub(super) best: u32,
}

/// All lengths, measured once.
pub(super) static MEASURED: LazyLock<Vec<Chance>> = LazyLock::new(measured);

/// Measures all lengths, on two cores.
fn measured() -> Vec<Chance> {
    let lengths: Vec<usize> = LENGTHS.collect();
    let (few, many) = lengths.split_at(lengths.len() / 2);
    std::thread::scope(|scope| {
        let first = scope.spawn(|| few.iter().map(|length| of_length(*length)).collect::<Vec<_>>());
        let mut rest: Vec<Chance> = many.iter().map(|length| of_length(*length)).collect();
        let mut all = first.join().unwrap_or_default();
        all.append(&mut rest);
        all
    })
}

fn of_length(length: usize) -> Chance {
    let formats = registry().formats();
    let mut random = Random(length as u64);
    let mut chance = Chance { length, ..Chance::default() };
    for _ in 0..EACH {
        let number = random.digits(length);
        let standing = formats.looks(number.as_bytes()).filter(Look::stands);
        let mut best = None;
        let mut verified = false;
        for look in standing {
            let score = rank::score(look.proved, look.format.confidence, Beside::default());
            verified |= look.checked.is_some();
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a score lies in [0, 1]"
            )]
            let thousandths = (score * 1000.0).round() as u32;
            best = best.max(Some(thousandths));
        }
        chance.verified += usize::from(verified);
        if let Some(best) = best {
            chance.any += 1;
            chance.best = chance.best.max(best);
            chance.up_to[STEPS.iter().position(|step| best <= *step).unwrap_or(STEPS.len())] += 1;
        }
    }
    chance
}

#[test]
fn scores_say_honestly_what_chance_gives() {
    for chance in &*MEASURED {
        let Chance { length, any, up_to, best, .. } = chance;
        // Only prefixes that hardly anyone else prints lift plain digits above what chance gives, and those are rare.
        assert!(up_to[STEPS.len()] * 100 <= EACH, "{chance:?}");
        match length {
            // Half of all pass some carrier's check, and everything has UPS's shape: so none of it may look sure.
            12 => assert!(*any == EACH && *best <= 500, "{chance:?}"),
            8..=11 | 14 | 16 => assert!(*best <= 500, "{chance:?}"),
            _ => {}
        }
    }
}

#[test]
fn a_random_number_looks_surer_only_with_a_reason_of_its_own() {
    let fedex = id("fedex");
    let mut random = Random(12);
    for _ in 0..500 {
        let number = random.digits(12);
        let claimed = registry().formats().identify(&number, Hint { claimed: Some(&fedex), ship_from: None });
        for candidate in &claimed.candidates {
            let most = if candidate.carrier == fedex { 0.65 } else { 0.5 };
            assert!(candidate.score <= most, "{candidate:?}");
        }
        let told =
            claimed.candidates.iter().all(|c| c.reasons.len() >= 2 || c.check_digit == CheckDigit::Valid);
        assert!(told, "{claimed:?}");
    }
}
