//! Why a candidate stands, in plain words, strongest first. A reason borrows what it tells of and is written where it
//! is needed, so that an answer costs no more than its text.

use super::format::{Confidence, Format, Rarity};
use super::found::Standing;
use super::s10::{Indicated, Use};
use super::table::Row;
use crate::contract::Country;

/// Most reasons of one candidate.
const REASONS_MAX: usize = 10;
/// Digits in a number of which half pass one of the carriers' rules by chance.
const CROWDED_LENGTH: usize = 12;

/// One reason.
#[derive(Debug, Clone, Copy)]
pub enum Reason<'a> {
    /// Something that is always told with the same words.
    Words(&'a str),
    /// The check digit is right.
    CheckDigit {
        /// As printed.
        digit: u8,
        /// The rule's name.
        rule: &'static str,
    },
    /// What the first letters of a postal item say.
    Letters([u8; 2], Indicated),
    /// A suffix that is hardly ever seen.
    HardlySeen(Country),
    /// The number that the carrier tracks is a part of this one.
    Holds(Parts<'a>),
    /// Another carrier delivers.
    HandedTo(&'a str, &'a str),
    /// What it nearly is.
    Near {
        /// The format that it misses.
        format: &'a str,
        /// Who issues that.
        issuer: &'a str,
        /// What the check digit would be.
        digit: u8,
    },
    /// The seller named the carrier.
    Claimed(&'a str),
    /// It came out of the carrier's own web address.
    Linked(&'a str),
    /// It was shipped from the carrier's country.
    ShippedFrom(Country),
}

/// Pieces of a number that follow each other.
#[derive(Debug, Clone, Copy)]
pub struct Parts<'a> {
    pub(super) format: &'a Format,
    pub(super) row: &'a Row,
    pub(super) number: &'a str,
}

impl<'a> Parts<'a> {
    /// The pieces: what the carrier tracks, or all of the number.
    pub(super) fn pieces(self) -> impl Iterator<Item = &'a str> + Clone {
        let Self { format, row, number } = self;
        let whole = format.tracked.is_empty().then_some(number);
        let span = move |part: &usize| row.spans.get(*part).and_then(|s| number.get(s.start..s.end));
        whole.into_iter().chain(format.tracked.iter().filter_map(span))
    }
}

impl Reason<'_> {
    /// Writes the reason in words.
    pub fn write(self, out: &mut String) {
        let mut say = |words: &[&str]| out.extend(words.iter().copied());
        match self {
            Self::Words(words) => say(&[words]),
            Self::CheckDigit { digit, rule } => {
                out.push_str("check digit ");
                out.push(char::from(digit));
                out.extend([" verified (", rule, ")"]);
            }
            Self::Letters(letters, indicated) => {
                out.push_str("begins with ");
                out.extend(letters.map(char::from));
                let (before, service, after) = match (indicated.use_is, indicated.service) {
                    (Use::International, Some(service)) => (": ", service, ""),
                    (Use::Agreed, Some(service)) => (": ", service, ", used only where posts agreed on it"),
                    (Use::Reserved, _) => (", which the UPU keeps in reserve: unusual", "", ""),
                    (Use::Unassigned, _) => (", which the UPU gives to nothing: unusual", "", ""),
                    (_, None) => (": for use at home or where posts agreed on it", "", ""),
                };
                out.extend([before, service, after]);
            }
            Self::HardlySeen(country) => {
                say(&[country.as_str(), " is hardly ever seen on items"]);
            }
            Self::Holds(parts) => {
                out.push_str("holds the number that the carrier tracks: ");
                out.extend(parts.pieces());
            }
            Self::HandedTo(who, whom) => say(&[who, " hands it to ", whom, ", which delivers it"]),
            Self::Near { format, issuer, digit } => {
                say(&["it also has the shape of ", format, " (", issuer, "), whose check digit would be "]);
                out.push(char::from(digit));
                out.push_str(" here: was it mistyped?");
            }
            Self::Claimed(name) => say(&["the seller named ", name]),
            Self::Linked(name) => say(&["it came in a web address of ", name]),
            Self::ShippedFrom(country) => {
                say(&["it was shipped from ", country.as_str(), ", where this carrier is at home"]);
            }
        }
    }

    /// The reason in words.
    pub fn in_words(self) -> String {
        let mut words = String::with_capacity(96);
        self.write(&mut words);
        words
    }
}

/// The reasons for one candidate.
pub(super) fn of<'a>(
    standing: &'a Standing<'a>,
    number: &'a str,
    near: Option<Reason<'a>>,
) -> impl Iterator<Item = Reason<'a>> {
    let look = &standing.look;
    let format = look.format;
    let mut reasons: [Option<Reason<'a>>; REASONS_MAX] = [None; REASONS_MAX];
    if let (Some(checked), Some(check)) = (look.checked, &format.check) {
        reasons[0] = Some(Reason::CheckDigit { digit: checked.printed, rule: check.algorithm.name() });
    }
    if let Some(post) = look.post {
        reasons[1] = Some(Reason::Words(post.of.words()));
        reasons[2] = Some(Reason::Letters(post.letters, post.indicated));
        if post.of.operator.is_assumed() {
            reasons[3] = Some(Reason::HardlySeen(post.of.country));
        }
    } else {
        reasons[1] = Some(Reason::Words(&look.row.why));
        if !format.tracked.is_empty() {
            reasons[2] = Some(Reason::Holds(Parts { format, row: look.row, number }));
        }
        reasons[3] = format.handed_to.as_deref().map(|whom| Reason::HandedTo(standing.name, whom));
    }
    if look.checked.is_none() {
        let none = "the format has no check digit that is known: any number of this shape fits";
        reasons[4] = Some(Reason::Words(none));
        reasons[6] = near;
    }
    reasons[5] = match format.confidence {
        Confidence::Spec | Confidence::Code => None,
        Confidence::One => Some(Reason::Words("the format is known from one source only")),
        Confidence::Guess => Some(Reason::Words("the format is a guess")),
    };
    let beside = standing.beside;
    reasons[7] = beside.claimed.then_some(Reason::Claimed(standing.name));
    reasons[8] = beside.linked.then_some(Reason::Linked(standing.name));
    if beside.shipped_from {
        reasons[9] = standing.country.map(Reason::ShippedFrom);
    }
    reasons.into_iter().flatten()
}

/// What a row's shape says; the same for every number that fits it.
pub(super) fn shape(format: &Format, row: &Row, name: &str) -> String {
    let length = row.classes.len();
    let fixed = row.fixed_start();
    let start: String = row.classes.iter().take(fixed).filter_map(|c| c.single()).map(char::from).collect();
    let called = &format.name;
    match (format.rarity, fixed) {
        (Rarity::Plain, _) if length == CROWDED_LENGTH && format.check.is_some() => {
            format!(
                "fits {called}, but half of all {length}-digit numbers pass some carrier's check by chance"
            )
        }
        (Rarity::Plain, 0) => {
            format!("fits {called}, but several carriers print plain numbers of {length} digits")
        }
        (Rarity::Plain | Rarity::Shared, _) => {
            format!("fits {called}, a shape of {length} characters that several carriers print")
        }
        (Rarity::Unique, 0) => format!("fits {called}, a shape that only {name} uses"),
        (Rarity::Unique, _) => format!("begins with {start}, which only {name} uses at {length} characters"),
        (Rarity::Rare, 0) => format!("fits {called}, a shape that few carriers use"),
        (Rarity::Rare, _) => {
            format!(
                "begins with {start} and has {length} characters, as {called} does and hardly anyone else"
            )
        }
    }
}
