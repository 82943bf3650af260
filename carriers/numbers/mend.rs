//! Numbers that were probably meant: letters read as digits, neighbours swapped, one character mistyped. Only the first
//! is ever done, and only where a check digit proves it; the others are offered in words.

use super::shape::{NUMBER_CHARS_MAX, SYMBOLS};
use super::{Formats, Look, Row};

/// A number with look-alike characters set right.
pub(super) struct Mended {
    pub(super) number: String,
    pub(super) changes: Vec<String>,
}

/// The character that looks the same.
fn twin(byte: u8) -> Option<u8> {
    match byte {
        b'O' => Some(b'0'),
        b'0' => Some(b'O'),
        b'I' => Some(b'1'),
        b'1' => Some(b'I'),
        _ => None,
    }
}

/// Reads O as 0 and I as 1 (or the other way round) where a shape needs it and its check digit then is right. None
/// where that gives no number, or more than one.
pub(super) fn look_alikes(formats: &Formats, number: &[u8]) -> Option<Mended> {
    let mut found: Option<Vec<u8>> = None;
    for row in formats.table.of_length(number.len()) {
        let Some(read) = read_as(row, number).filter(|read| read != number) else { continue };
        let proven = formats.look(row, &read).is_some_and(|l| l.checked.is_some() && l.stands());
        if proven && found.as_ref() != Some(&read) {
            if found.is_some() {
                return None;
            }
            found = Some(read);
        }
    }
    let read = found?;
    let unlike = number.iter().zip(&read).enumerate().filter(|(_, (was, is))| was != is);
    let told = unlike.map(|(place, (was, is))| {
        let kind = |b: &u8| if b.is_ascii_digit() { "digit" } else { "letter" };
        let (a, b, place) = (kind(was), kind(is), place + 1);
        let (was, is) = (char::from(*was), char::from(*is));
        format!("read the {a} {was} at place {place} as the {b} {is}, which the check digit confirms")
    });
    let changes = told.collect();
    Some(Mended { number: String::from_utf8(read).ok()?, changes })
}

fn read_as(row: &Row, number: &[u8]) -> Option<Vec<u8>> {
    let read = number.iter().zip(&row.classes).map(|(byte, class)| {
        if class.has(*byte) { Some(*byte) } else { twin(*byte).filter(|twin| class.has(*twin)) }
    });
    read.collect()
}

/// Numbers that a mistyped one may have been meant to be.
#[derive(Debug, Default)]
pub(super) struct Meant {
    /// With one O and 0, or I and 1, confused.
    pub(super) look_alikes: Vec<String>,
    /// With two neighbours swapped.
    pub(super) swapped: Vec<String>,
    /// With one character wrong, other than the check digit.
    pub(super) mistyped: Vec<String>,
    /// With the check digit wrong.
    pub(super) check_digit: Option<String>,
}

/// Most numbers of one kind that are worth telling; finding one more ends the search.
pub(super) const OFFERED_MAX: usize = 3;

/// What a number whose check digit fails was probably meant to be, by the format that it nearly fits.
pub(super) fn meant(formats: &Formats, look: &Look<'_>, number: &[u8]) -> Meant {
    let Some(checked) = look.checked else { return Meant::default() };
    let mut tried = [0; NUMBER_CHARS_MAX];
    let Some(tried) = tried.get_mut(..number.len()) else { return Meant::default() };
    tried.copy_from_slice(number);
    let mut with = |changes: &[(usize, u8)]| {
        if changes.iter().any(|(place, byte)| !look.row.classes[*place].has(*byte)) {
            return None;
        }
        for (place, byte) in changes {
            tried[*place] = *byte;
        }
        let stands = formats.look(look.row, tried).is_some_and(|look| look.stands());
        let meant = stands.then(|| String::from_utf8_lossy(tried).into_owned());
        for (place, _) in changes {
            tried[*place] = number[*place];
        }
        meant
    };
    let places = 0..number.len();
    let look_alikes = places
        .clone()
        .filter_map(|p| Some((p, twin(number[p])?)))
        .filter_map(|change| with(&[change]))
        .take(OFFERED_MAX + 1)
        .collect();
    let swapped: Vec<String> = places
        .clone()
        .skip(1)
        .filter(|p| number[*p] != number[p - 1])
        .filter_map(|p| with(&[(p - 1, number[p]), (p, number[p - 1])]))
        .take(OFFERED_MAX + 1)
        .collect();
    let mistyped = places
        .filter(|p| *p != checked.place)
        .flat_map(|p| alphabet(number[p]).map(move |byte| (p, byte)))
        .filter(|(p, byte)| number[*p] != *byte)
        .filter_map(|change| with(&[change]))
        .take(OFFERED_MAX + 1 - swapped.len().min(OFFERED_MAX))
        .collect();
    let check_digit = checked.computed.and_then(|computed| with(&[(checked.place, computed)]));
    Meant { look_alikes, swapped, mistyped, check_digit }
}

/// The characters of the same kind.
fn alphabet(byte: u8) -> impl Iterator<Item = u8> {
    let kind = if byte.is_ascii_digit() { b'0'..=b'9' } else { b'A'..=b'Z' };
    kind.take(SYMBOLS)
}
