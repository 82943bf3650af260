//! From what was typed or pasted to one clean number: out of spaces and dashes, out of a web address, out of a line of
//! text. Which word is the number is decided by what fits a format, so that nothing is cut or joined blindly.

use std::borrow::Cow;

use super::address::{Address, address};
use super::fold::fold;
use super::scan::{self, Scan};
use super::shape::NUMBER_CHARS_MAX;
use super::{Level, Problem};

/// Longest input that is looked at, in bytes.
pub(super) const INPUT_BYTES_MAX: usize = 4096;
/// Most words that are joined to one number.
const WORDS_JOINED_MAX: usize = 16;
/// Digits from which on a word looks like a number.
const DIGITS_MIN: usize = 5;
/// Digits from which on two words look like two numbers.
const DIGITS_OF_TWO_MIN: usize = 8;
/// Words before a number that say what follows; never a part of it.
const LABELS: [&str; 15] = [
    "UPS", "DHL", "FEDEX", "TNT", "EMS", "USPS", "TOLL", "NO", "NR", "NUM", "NUMBER", "TRACKING", "PARCEL",
    "PACKAGE", "SHIPMENT",
];

/// What became of an input.
pub(super) enum Clean<'i> {
    /// One number, of capitals and digits, not empty and not too long.
    Number(Cow<'i, str>),
    /// No number to look at.
    Problem { normalized: String, problem: Problem },
}

/// The part of an input that is looked at.
pub(super) fn cut(input: &str) -> &str {
    let mut end = input.len().min(INPUT_BYTES_MAX);
    while !input.is_char_boundary(end) {
        end -= 1;
    }
    &input[..end]
}

/// A clean number or what is in the way, and how it came about.
pub(super) struct Cleaned<'i> {
    pub(super) clean: Clean<'i>,
    /// What was changed, in words.
    pub(super) changes: Vec<String>,
    /// The host of the web address that the number came in.
    pub(super) host: Option<String>,
}

impl<'i> Cleaned<'i> {
    fn of(clean: Clean<'i>, changes: Vec<String>) -> Self {
        Self { clean, changes, host: None }
    }
}

/// Makes an input clean, and says what was changed.
pub(super) fn normalize(was_cut: bool, input: &str, level: impl Fn(&[u8]) -> Level) -> Cleaned<'_> {
    if was_cut {
        return Cleaned::of(
            too_long("", "the input is longer than any line with one number in it"),
            Vec::new(),
        );
    }
    if (1..=NUMBER_CHARS_MAX).contains(&input.len()) && input.bytes().all(is_part) {
        return Cleaned::of(Clean::Number(Cow::Borrowed(input)), Vec::new());
    }
    match scan::read(input, &level) {
        Scan::No => typed(input, level),
        Scan::Prefixed(after) => {
            let mut cleaned = typed(after, level);
            cleaned.changes.insert(0, "removed the scanner's mark for the kind of barcode".to_owned());
            cleaned
        }
        Scan::Number { number, identifier } => {
            let what = match identifier {
                Some(identifier) => {
                    format!("took the number with the GS1 identifier {identifier} out of a barcode")
                }
                None => "removed the scanner's marks and separators".to_owned(),
            };
            Cleaned::of(Clean::Number(Cow::Owned(number)), vec![what])
        }
    }
}

/// Makes clean what was typed or pasted.
fn typed<'i>(input: &str, level: impl Fn(&[u8]) -> Level) -> Cleaned<'i> {
    let (plain, done) = fold(input);
    let mut changes: Vec<String> = done.in_words().map(str::to_owned).collect();
    let address = address(&plain);
    let mut picker = Picker { level, found: Vec::new() };
    let (path, around) = match &address {
        Some(Address { path, around, .. }) => (path.as_str(), around.as_str()),
        None => ("", plain.as_str()),
    };
    for segment in segments(path) {
        picker.look(&segment, false);
    }
    for segment in segments(around) {
        picker.look(&segment, true);
    }
    let mut choice = picker.decide();
    if matches!(choice, Picked::Nothing) {
        choice = if address.is_some() { guess_in_address(path) } else { picker.guess(around) };
    }
    let number = match choice {
        Picked::One(number) if number.len() > NUMBER_CHARS_MAX => {
            let kept = number.get(..NUMBER_CHARS_MAX).unwrap_or(&number);
            return Cleaned::of(too_long(kept, "the number is longer than any tracking number"), changes);
        }
        Picked::One(number) => number,
        Picked::Several(numbers) => return Cleaned::of(several(&numbers), changes),
        Picked::Nothing => return Cleaned::of(nothing(address.is_some()), changes),
    };
    let in_address = segments(path).any(|words| words.concat().contains(&number));
    if in_address {
        changes.push("took the number out of a web address".to_owned());
    } else if plain.bytes().filter(|b| is_part(*b)).count() != number.len() {
        changes.push("took the number out of a line of text".to_owned());
    } else if plain.len() != number.len() {
        changes.push("removed spaces and punctuation".to_owned());
    }
    let host = address.filter(|_| in_address).map(|address| address.host);
    Cleaned { clean: Clean::Number(Cow::Owned(number)), changes, host }
}

/// What a clean number is made of.
fn is_part(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit()
}

/// What people put inside a number.
fn is_soft(byte: u8) -> bool {
    matches!(byte, b' ' | b'-' | b'.' | b'_')
}

/// The words of every stretch that one number could fill; what no number crosses lies between them.
fn segments(text: &str) -> impl Iterator<Item = Vec<&str>> {
    text.split(|c: char| !c.is_ascii() || !(is_part(c as u8) || is_soft(c as u8))).filter_map(|stretch| {
        let mut words: Vec<&str> =
            stretch.split(|c: char| is_soft(c as u8)).filter(|word| !word.is_empty()).collect();
        let labels = words.iter().take_while(|word| LABELS.contains(word)).count();
        if labels < words.len() {
            words.drain(..labels);
        }
        (!words.is_empty()).then_some(words)
    })
}

fn digits(text: &str) -> usize {
    text.bytes().filter(u8::is_ascii_digit).count()
}

/// A word or several that may be the number.
struct Found {
    number: String,
    level: Level,
    /// Whether it fills its stretch of the text.
    whole: bool,
}

enum Picked {
    Nothing,
    One(String),
    Several(Vec<String>),
}

struct Picker<L> {
    level: L,
    found: Vec<Found>,
}

impl<L: Fn(&[u8]) -> Level> Picker<L> {
    fn level(&self, number: &str) -> Level {
        if number.len() > NUMBER_CHARS_MAX { Level::Nothing } else { (self.level)(number.as_bytes()) }
    }

    fn add(&mut self, number: String, level: Level, whole: bool) {
        if let Some(same) = self.found.iter_mut().find(|f| f.number == number) {
            same.whole |= whole;
        } else if level > Level::Nothing {
            self.found.push(Found { number, level, whole });
        }
    }

    /// Finds the numbers in one stretch of words.
    fn look(&mut self, words: &[&str], may_be_whole: bool) {
        let levels: Vec<Level> = words.iter().map(|word| self.level(word)).collect();
        if levels.iter().all(|level| *level >= Level::Weak) {
            for (word, level) in words.iter().zip(levels) {
                self.add((*word).to_owned(), level, may_be_whole);
            }
            return;
        }
        let joined = words.concat();
        let whole = self.level(&joined);
        let best = levels.iter().copied().max().unwrap_or(Level::Nothing);
        if whole == Level::Strong || (whole == Level::Weak && best < Level::Strong) {
            self.add(joined, whole, may_be_whole);
            return;
        }
        if !self.look_inside(words) {
            if matches!(whole, Level::CheckFails | Level::Faint) {
                self.add(joined, whole, may_be_whole);
            } else {
                for (word, level) in words.iter().zip(levels) {
                    self.add((*word).to_owned(), level, false);
                }
            }
        }
    }

    /// Finds numbers that stand among other words: single words, or words that join to something strong.
    fn look_inside(&mut self, words: &[&str]) -> bool {
        let mut any = false;
        let mut from = 0;
        while from < words.len() {
            let most = words.len().min(from + WORDS_JOINED_MAX);
            let run = (from + 1..=most).rev().find_map(|to| {
                if words[from..to].iter().map(|w| w.len()).sum::<usize>() > NUMBER_CHARS_MAX {
                    return None;
                }
                let joined = words[from..to].concat();
                let level = self.level(&joined);
                let least = if to == from + 1 { Level::Weak } else { Level::Strong };
                (level >= least).then_some((joined, level, to))
            });
            from += 1;
            if let Some((joined, level, to)) = run {
                self.add(joined, level, false);
                any = true;
                from = to;
            }
        }
        any
    }

    /// The one number, if there is one. Weak fits are chance beside a strong one, unless they fill their own stretch.
    fn decide(&mut self) -> Picked {
        let wholes: Vec<String> = self
            .found
            .iter()
            .filter(|f| f.whole && f.level >= Level::Weak)
            .map(|f| f.number.clone())
            .collect();
        if wholes.len() > 1 {
            return Picked::Several(wholes);
        }
        let Some(best) = self.found.iter().map(|f| f.level).max() else { return Picked::Nothing };
        let mut numbers: Vec<String> =
            self.found.iter().filter(|f| f.level == best).map(|f| f.number.clone()).collect();
        if numbers.len() > 1 {
            Picked::Several(numbers)
        } else {
            numbers.pop().map_or(Picked::Nothing, Picked::One)
        }
    }

    /// Nothing fits: what was probably meant to be the number.
    fn guess(&self, text: &str) -> Picked {
        let all: Vec<Vec<&str>> = segments(text).collect();
        let everything = all.concat().concat();
        if self.level(&everything) >= Level::Weak {
            return Picked::One(everything);
        }
        let rich: Vec<&Vec<&str>> = all.iter().filter(|words| is_rich(words, DIGITS_MIN)).collect();
        match rich.as_slice() {
            [words] => Picked::One(likely_word(words).map_or_else(|| words.concat(), str::to_owned)),
            [_, _, ..] if rich.iter().all(|words| is_rich(words, DIGITS_OF_TWO_MIN)) => {
                Picked::Several(rich.iter().map(|words| words.concat()).collect())
            }
            _ if everything.is_empty() => Picked::Nothing,
            _ => Picked::One(everything),
        }
    }
}

/// Nothing in a web address fits: its last part with many digits.
fn guess_in_address(path: &str) -> Picked {
    let last = segments(path).filter(|words| is_rich(words, DIGITS_MIN)).last();
    last.map_or(Picked::Nothing, |words| Picked::One(words.concat()))
}

fn is_rich(words: &[&str], least: usize) -> bool {
    words.iter().map(|word| digits(word)).sum::<usize>() >= least
}

/// The only word with many digits, among others that are plainly prose.
fn likely_word<'t>(words: &[&'t str]) -> Option<&'t str> {
    let prose = words.iter().any(|w| w.len() > 3 && digits(w) == 0);
    let mut rich = words.iter().filter(|w| digits(w) >= DIGITS_MIN);
    match (rich.next(), rich.next()) {
        (Some(word), None) if prose => Some(word),
        _ => None,
    }
}

fn too_long(kept: &str, message: &str) -> Clean<'static> {
    let problem = Problem {
        code: "too_long".to_owned(),
        message: format!("{message} ({NUMBER_CHARS_MAX} characters at most)"),
        hint: "Give one tracking number and nothing else.".to_owned(),
    };
    Clean::Problem { normalized: kept.to_owned(), problem }
}

/// How many numbers a message repeats.
const TOLD_MAX: usize = 3;

fn several(numbers: &[String]) -> Clean<'static> {
    let mut told = numbers.iter().take(TOLD_MAX).map(String::as_str).collect::<Vec<_>>().join(", ");
    if numbers.len() > TOLD_MAX {
        told.push_str(", …");
    }
    let problem = Problem {
        code: "several_numbers".to_owned(),
        message: format!("there are {} numbers here: {told}", numbers.len()),
        hint: "Give each number on its own.".to_owned(),
    };
    Clean::Problem { normalized: String::new(), problem }
}

fn nothing(in_address: bool) -> Clean<'static> {
    let problem = if in_address {
        Problem {
            code: "unknown_format".to_owned(),
            message: "the web address has no tracking number in it".to_owned(),
            hint: "Give the number itself, as the carrier printed it.".to_owned(),
        }
    } else {
        Problem {
            code: "empty".to_owned(),
            message: "there is no number here".to_owned(),
            hint: "Give the tracking number, as the carrier printed it.".to_owned(),
        }
    };
    Clean::Problem { normalized: String::new(), problem }
}
