//! The little language in which a format's shape is written, and its expansion into rows of character classes.
//!
//! A shape is parts with spaces between: `'1Z' shipper=X{6} service=X{2} package=X{7} check=9`. Classes: `9` a digit,
//! `A` a letter, `X` either, `[HJKTV]` or `[0-8]` a set, `'1Z'` these very characters. `{6}` repeats, `{8,11}` repeats
//! a varying number of times, `|` gives alternatives, `name=` names the part.

/// Longest tracking number of any format, in characters.
pub(super) const NUMBER_CHARS_MAX: usize = 50;
/// Most rows that one shape may expand to.
const ROWS_MAX: usize = 128;
/// Digits and capitals.
pub(super) const SYMBOLS: usize = 36;

const DIGITS: u64 = (1 << 10) - 1;
const LETTERS: u64 = ((1 << 26) - 1) << 10;

/// The place of a character among the 36 that numbers are made of.
pub(super) const fn symbol(byte: u8) -> Option<usize> {
    match byte {
        b'0'..=b'9' => Some((byte - b'0') as usize),
        b'A'..=b'Z' => Some((byte - b'A') as usize + 10),
        _ => None,
    }
}

/// A set of characters, one bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Class(u64);

impl Class {
    fn only(byte: u8) -> Option<Self> {
        symbol(byte).map(|s| Self(1 << s))
    }

    /// Whether the character is in the set.
    pub(super) fn has(self, byte: u8) -> bool {
        symbol(byte).is_some_and(|s| self.has_symbol(s))
    }

    /// Whether the character with this place is in the set.
    pub(super) fn has_symbol(self, symbol: usize) -> bool {
        self.0 >> symbol & 1 == 1
    }

    /// The only character of the set.
    pub(super) fn single(self) -> Option<u8> {
        self.0.is_power_of_two().then(|| {
            let place = u8::try_from(self.0.trailing_zeros()).unwrap_or_default();
            if place < 10 { b'0' + place } else { b'A' + place - 10 }
        })
    }

    /// Whether all of the set are digits.
    pub(super) fn is_digits(self) -> bool {
        self.0 & !DIGITS == 0
    }

    /// What belongs here, in words.
    pub(super) fn in_words(self) -> String {
        match self.single() {
            Some(byte) => char::from(byte).to_string(),
            None if self.is_digits() => "a digit".to_owned(),
            None if self.0 & !LETTERS == 0 => "a letter".to_owned(),
            None => "a letter or a digit".to_owned(),
        }
    }
}

/// Where a part lies in a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    /// The first character's place.
    pub(super) start: usize,
    /// One past the last.
    pub(super) end: usize,
}

/// One length and choice of alternatives of a shape.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Expansion {
    /// What may stand at each place.
    pub(super) classes: Vec<Class>,
    /// Where the parts lie, in the order of [`Shape::parts`].
    pub(super) spans: Vec<Span>,
}

/// A shape, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shape {
    /// The names of the named parts, in order.
    pub(super) parts: Vec<String>,
    /// Everything that it allows.
    pub(super) expansions: Vec<Expansion>,
}

impl Shape {
    /// Reads a shape.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let mut parts: Vec<String> = Vec::new();
        let mut expansions = vec![Expansion::default()];
        for element in text.split_whitespace() {
            let (name, rest) = split_name(element);
            if let Some(name) = name {
                if parts.iter().any(|p| p == name) {
                    return Err(format!("the part `{name}` is named twice"));
                }
                parts.push(name.to_owned());
            }
            let choices = choices(rest).map_err(|wrong| format!("in `{element}`: {wrong}"))?;
            let mut longer = Vec::with_capacity(expansions.len() * choices.len());
            for expansion in &expansions {
                for choice in &choices {
                    let mut next = expansion.clone();
                    let start = next.classes.len();
                    next.classes.extend_from_slice(choice);
                    if name.is_some() {
                        next.spans.push(Span { start, end: next.classes.len() });
                    }
                    longer.push(next);
                }
            }
            if longer.len() > ROWS_MAX {
                return Err(format!("expands to more than {ROWS_MAX} rows"));
            }
            expansions = longer;
        }
        if expansions.iter().all(|e| (1..=NUMBER_CHARS_MAX).contains(&e.classes.len())) {
            Ok(Self { parts, expansions })
        } else {
            Err(format!("numbers have 1 to {NUMBER_CHARS_MAX} characters"))
        }
    }

    /// The place of a named part.
    pub(super) fn part(&self, name: &str) -> Option<usize> {
        self.parts.iter().position(|p| p == name)
    }
}

fn split_name(element: &str) -> (Option<&str>, &str) {
    match element.split_once('=') {
        Some((name, rest)) if name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') => (Some(name), rest),
        _ => (None, element),
    }
}

/// Every string of classes that one part allows.
fn choices(text: &str) -> Result<Vec<Vec<Class>>, String> {
    let mut all = Vec::new();
    for alternative in text.split('|') {
        let (unit, rest) = unit(alternative)?;
        let (least, most) = repetition(rest)?;
        all.extend((least..=most).map(|times| unit.repeat(times)));
    }
    Ok(all)
}

/// The classes of one occurrence, and what follows it.
fn unit(text: &str) -> Result<(Vec<Class>, &str), String> {
    let Some(first) = text.chars().next() else { return Err("an alternative is empty".to_owned()) };
    let rest = &text[first.len_utf8()..];
    match first {
        '9' => Ok((vec![Class(DIGITS)], rest)),
        'A' => Ok((vec![Class(LETTERS)], rest)),
        'X' => Ok((vec![Class(DIGITS | LETTERS)], rest)),
        '\'' => {
            let (literal, rest) = rest.split_once('\'').ok_or("a quotation mark is not closed")?;
            let classes: Option<Vec<_>> = literal.bytes().map(Class::only).collect();
            match classes {
                Some(classes) if !classes.is_empty() => Ok((classes, rest)),
                _ => Err(format!("`{literal}` is not made of digits and capitals")),
            }
        }
        '[' => {
            let (set, rest) = rest.split_once(']').ok_or("a bracket is not closed")?;
            Ok((vec![class_of(set)?], rest))
        }
        other => Err(format!("`{other}` is no class: write 9, A, X, [...] or '...'")),
    }
}

fn class_of(set: &str) -> Result<Class, String> {
    let wrong = || format!("`[{set}]` is not a set of digits and capitals");
    let bytes = set.as_bytes();
    let mut class = 0;
    let mut at = 0;
    while let Some(first) = bytes.get(at) {
        let low = symbol(*first).ok_or_else(wrong)?;
        let high = match bytes.get(at + 1) {
            Some(b'-') => {
                at += 2;
                bytes.get(at).and_then(|b| symbol(*b)).filter(|high| *high >= low).ok_or_else(wrong)?
            }
            _ => low,
        };
        at += 1;
        class |= (low..=high).fold(0, |bits, s| bits | 1 << s);
    }
    if class == 0 { Err(wrong()) } else { Ok(Class(class)) }
}

/// The least and the most times.
fn repetition(text: &str) -> Result<(usize, usize), String> {
    if text.is_empty() {
        return Ok((1, 1));
    }
    let counts = text.strip_prefix('{').and_then(|t| t.strip_suffix('}'));
    let range = counts.and_then(|counts| {
        let (least, most) = counts.split_once(',').unwrap_or((counts, counts));
        Some((least.parse().ok()?, most.parse().ok()?))
    });
    match range {
        Some((least, most)) if least <= most && most <= NUMBER_CHARS_MAX => Ok((least, most)),
        _ => Err(format!("`{text}` is no repetition: write {{6}} or {{8,11}}")),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn fits(shape: &str, number: &str) -> bool {
        Shape::read(shape).unwrap().expansions.iter().any(|e| {
            e.classes.len() == number.len() && number.bytes().zip(&e.classes).all(|(b, class)| class.has(b))
        })
    }

    #[test]
    fn classes_sets_literals_and_repetitions_mean_what_they_say() {
        let cases = [
            ("'1Z' 9{2}", "1Z12", true),
            ("'1Z' 9{2}", "1Z1A", false),
            ("'1Z' 9{2}", "2Z12", false),
            ("A{2} X", "AB1", true),
            ("A{2} X", "A11", false),
            ("[HJ-LV] 9", "K1", true),
            ("[HJ-LV] 9", "I1", false),
            ("'92'|'93' 9{1,3}", "93123", true),
            ("'92'|'93' 9{1,3}", "93", false),
            ("'92'|'93' 9{1,3}", "94123", false),
            ("end='WW'|A{3}", "WW", true),
            ("end='WW'|A{3}", "WWW", true),
            ("end='WW'|A{3}", "WX", false),
        ];
        for (shape, number, want) in cases {
            assert_eq!(fits(shape, number), want, "{shape} on {number}");
        }
    }

    #[test]
    fn named_parts_know_where_they_lie_in_every_length() {
        let shape = Shape::read("'420' zip=9{5}|9{9} rest=9{2}").unwrap();
        assert_eq!(shape.parts, ["zip", "rest"]);
        let zips: Vec<_> = shape.expansions.iter().map(|e| (e.spans[0].start, e.spans[0].end)).collect();
        assert_eq!(zips, [(3, 8), (3, 12)]);
    }

    #[test]
    fn a_wrong_shape_says_what_is_wrong() {
        let cases = [
            ("", "1 to 50"),
            ("9{51}", "no repetition"),
            ("9{30} 9{30}", "1 to 50"),
            ("9{3,2}", "no repetition"),
            ("'1z'", "not made of"),
            ("'1Z", "not closed"),
            ("[9-0]", "not a set"),
            ("[]", "not a set"),
            ("Q", "no class"),
            ("a=9 a=9", "named twice"),
            ("9|", "empty"),
            ("9{1,12} 9{1,12}", "more than"),
        ];
        for (shape, want) in cases {
            let wrong = Shape::read(shape).unwrap_err();
            assert!(wrong.contains(want), "{shape}: {wrong}");
        }
    }
}
