//! What a barcode scanner sends: a symbology identifier in front (`]C1`), GS1 application identifiers with group
//! separators between them, or the same in brackets as it is printed under the bars: `(00)340434161094042557`.

use super::Level;
use super::shape::NUMBER_CHARS_MAX;

/// The group separator, as it is sent and as it is shown.
const SEPARATORS: [&str; 3] = ["\u{1d}", "\u{241d}", "<GS>"];
/// Symbologies whose data are GS1 elements: GS1-128, DataBar, DataMatrix, QR, DotCode.
const OF_GS1: [&str; 5] = ["]C1", "]e0", "]d2", "]Q3", "]J1"];
/// The serial shipping container code.
const SSCC: &str = "00";
const SSCC_DIGITS: usize = 18;

/// What was read.
pub(super) enum Scan<'i> {
    /// No scanner's.
    No,
    /// A symbology identifier, and what follows it.
    Prefixed(&'i str),
    /// A number, out of GS1 elements: all of them, or the one with this identifier.
    Number { number: String, identifier: Option<String> },
}

/// Reads what a scanner sent.
pub(super) fn read(input: &str, level: impl Fn(&[u8]) -> Level) -> Scan<'_> {
    let text = input.trim_matches([' ', '\t', '\r', '\n']);
    let after = symbology(text);
    let data = after.unwrap_or(text);
    let has_separators = SEPARATORS.iter().any(|separator| data.contains(separator));
    let is_gs1 = has_separators || OF_GS1.iter().any(|gs1| text.starts_with(gs1));
    let elements = if is_gs1 {
        let data =
            SEPARATORS.iter().fold(data.to_owned(), |data, separator| data.replace(separator, "\u{1d}"));
        let all: String = data.chars().filter(|c| *c != '\u{1d}').collect();
        if fits(&all, Level::Strong, &level) {
            return Scan::Number { number: all.to_ascii_uppercase(), identifier: None };
        }
        elements(&data)
    } else if data.starts_with('(') {
        bracketed(data)
    } else {
        None
    };
    let found = elements.and_then(|elements| number_in(&elements, level));
    match (found, after) {
        (Some((identifier, number)), _) => Scan::Number { number, identifier: Some(identifier) },
        (None, Some(after)) => Scan::Prefixed(after),
        (None, None) => Scan::No,
    }
}

/// What follows an identifier of the symbology (ISO/IEC 15424): a bracket, a letter, a letter or digit.
fn symbology(text: &str) -> Option<&str> {
    let bytes = text.as_bytes();
    let is_one = matches!(bytes, [b']', code, modifier, ..]
        if code.is_ascii_alphabetic() && modifier.is_ascii_alphanumeric());
    if is_one { text.get(3..) } else { None }
}

type Element = (String, String);

fn fits(number: &str, least: Level, level: &impl Fn(&[u8]) -> Level) -> bool {
    let number = number.to_ascii_uppercase();
    number.len() <= NUMBER_CHARS_MAX && level(number.as_bytes()) >= least
}

/// The element that holds the parcel's number: a container code, or whatever fits a carrier's format.
fn number_in(elements: &[Element], level: impl Fn(&[u8]) -> Level) -> Option<Element> {
    let joined = |(identifier, value): &Element| format!("{identifier}{value}");
    let element = |identifier: &str, number: String| (identifier.to_owned(), number.to_ascii_uppercase());
    let is_container =
        |(identifier, value): &&Element| identifier == SSCC && value.len() == SSCC_DIGITS && is_digits(value);
    if let Some(sscc) = elements.iter().find(is_container) {
        return Some(element(SSCC, joined(sscc)));
    }
    elements.iter().find_map(|one| {
        let (identifier, value) = one;
        [joined(one), value.clone()]
            .into_iter()
            .find(|number| fits(number, Level::Weak, &level))
            .map(|number| element(identifier, number))
    })
}

/// Elements as they are printed, identifiers in brackets.
fn bracketed(text: &str) -> Option<Vec<Element>> {
    let read = text.split('(').skip(1).map(|element| {
        let (identifier, value) = element.split_once(')')?;
        let is_identifier = (2..=4).contains(&identifier.len()) && is_digits(identifier);
        let value: String = value.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
        let is_value = !value.is_empty() && value.bytes().all(|b| b.is_ascii_alphanumeric());
        (is_identifier && is_value).then(|| (identifier.to_owned(), value))
    });
    read.collect()
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

/// Elements as they are sent: those of a fixed length follow each other, a separator ends the others.
fn elements(data: &str) -> Option<Vec<Element>> {
    let mut read = Vec::new();
    for mut rest in data.split('\u{1d}').filter(|group| !group.is_empty()) {
        while !rest.is_empty() {
            let (digits, length) = identifier(rest)?;
            let (identifier, after) = rest.split_at_checked(digits)?;
            let (value, after) = after.split_at_checked(length.unwrap_or(after.len()))?;
            if value.is_empty() || !value.bytes().all(|b| b.is_ascii_alphanumeric()) {
                return None;
            }
            read.push((identifier.to_owned(), value.to_owned()));
            rest = after;
        }
    }
    Some(read)
}

/// The digits of the identifier at the beginning, and the length of its value, if that is fixed (GS1 General
/// Specifications, section 3.2, read 2026-11-23).
fn identifier(text: &str) -> Option<(usize, Option<usize>)> {
    let [first, second] = *text.as_bytes().first_chunk()?;
    let third = text.as_bytes().get(2).copied().unwrap_or_default();
    if !first.is_ascii_digit() || !second.is_ascii_digit() {
        return None;
    }
    Some(match (first, second) {
        (b'0', b'0') => (2, Some(18)),
        (b'0', b'1'..=b'3') => (2, Some(14)),
        (b'0', b'4') => (2, Some(16)),
        (b'1', b'1'..=b'9') => (2, Some(6)),
        (b'2', b'0') => (2, Some(2)),
        (b'1', b'0') | (b'2', b'1' | b'2') | (b'3', b'0' | b'7') | (b'9', _) => (2, None),
        (b'3', b'1'..=b'6') => (4, Some(6)),
        (b'4', b'0') if third == b'2' => (3, Some(17)),
        (b'4', b'1') => (3, Some(13)),
        (b'4', b'2') if matches!(third, b'2' | b'4' | b'6') => (3, Some(3)),
        (b'2', b'4' | b'5') | (b'4', b'0' | b'2') => (3, None),
        (b'4', b'3') | (b'7' | b'8', _) => (4, None),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(elements: &[(&str, &str)]) -> Vec<Element> {
        elements.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
    }

    #[test]
    fn elements_are_cut_where_the_standard_says() {
        assert_eq!(elements("003404341610940425"), None, "a container code has 18 digits");
        assert_eq!(
            elements("0034043416109404255742012345\u{1d}21ABC"),
            Some(pairs(&[("00", "340434161094042557"), ("420", "12345"), ("21", "ABC")]))
        );
        assert_eq!(
            bracketed("(00) 3 4043416 1094042557 (420)12345"),
            Some(pairs(&[("00", "340434161094042557"), ("420", "12345")]))
        );
        assert_eq!(bracketed("(see 1Z999AA10123456784)"), None);
    }
}
