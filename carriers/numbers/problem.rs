//! What is wrong with a number that nothing fits, and how to mend it.

use super::mend::{self, Meant, OFFERED_MAX};
use super::rank::STRONG;
use super::shape::NUMBER_CHARS_MAX;
use super::{Formats, Look, Problem, Row};
use crate::contract::CarrierId;

/// Most characters by which a number's length may miss a shape's for the shape to be named.
const LENGTH_OFF_MAX: usize = 2;
/// Most places at which a number may miss a shape of its own length and beginning for the shape to be named.
const PLACES_OFF_MAX: usize = 2;

/// The problem of a clean number that has no candidate. Of several shapes that it has, the named carrier's is told.
pub(super) fn of(formats: &Formats, number: &str, claimed: Option<&CarrierId>) -> Problem {
    let is_claimed = |look: &Look<'_>| claimed.is_some_and(|claimed| formats.issuer(look).0 == claimed);
    let failing = formats
        .looks(number.as_bytes())
        .filter(|look| !look.stands())
        .max_by(|a, b| is_claimed(a).cmp(&is_claimed(b)).then(a.proved.total_cmp(&b.proved)));
    match failing {
        Some(look) => check_digit_wrong(formats, &look, number),
        None => unknown_format(formats, number),
    }
}

fn check_digit_wrong(formats: &Formats, look: &Look<'_>, number: &str) -> Problem {
    let (name, issuer) = (&look.format.name, formats.name(look));
    let mut message = format!("this has the shape of {name} ({issuer}), but its check digit is wrong");
    if let Some(checked) = look.checked
        && let Some(computed) = checked.computed
    {
        let (printed, computed, place) =
            (char::from(checked.printed), char::from(computed), checked.place + 1);
        message = format!(
            "this has the shape of {name} ({issuer}), but its check digit, at place {place}, is {printed} and \
             ought to be {computed}"
        );
    }
    let hint = offered(&mend::meant(formats, look, number.as_bytes()));
    Problem { code: "check_digit_wrong".to_owned(), message, hint }
}

/// What was probably meant. A check digit tells that something is wrong, seldom where: long lists are left out.
fn offered(meant: &Meant) -> String {
    let few = |numbers: &[String]| (1..=OFFERED_MAX).contains(&numbers.len());
    let mut guesses = Vec::new();
    if few(&meant.look_alikes) {
        guesses.push(format!("if O and 0, or I and 1, were confused, {}", meant.look_alikes.join(" or ")));
    }
    if few(&meant.swapped) {
        guesses.push(format!("if two neighbours were swapped, {}", meant.swapped.join(" or ")));
    }
    if few(&meant.mistyped) && meant.mistyped.len() + meant.swapped.len() <= OFFERED_MAX {
        guesses.push(format!("if one character was mistyped, {}", meant.mistyped.join(" or ")));
    }
    if let Some(number) = &meant.check_digit {
        guesses.push(format!("if only the check digit was mistyped, {number}"));
    }
    if guesses.is_empty() {
        "Copy the number again from the label or the carrier's message.".to_owned()
    } else {
        format!("Copy the number again from the label. It was probably meant to be: {}.", guesses.join("; "))
    }
}

fn unknown_format(formats: &Formats, number: &str) -> Problem {
    let length = number.len();
    let hint = private_suffix(formats, number)
        .or_else(|| places_off(formats, number, PLACES_OFF_MAX, true))
        .or_else(|| length_off(formats, number))
        .or_else(|| places_off(formats, number, 1, false))
        .unwrap_or_else(|| "Copy the number as the carrier printed it, without other words.".to_owned());
    Problem {
        code: "unknown_format".to_owned(),
        message: format!("no known carrier's numbers look like this ({length} characters)"),
        hint,
    }
}

/// The shape of the UPU, with letters at the end that no post has.
fn private_suffix(formats: &Formats, number: &str) -> Option<String> {
    let row = formats.table.fitting(number.as_bytes()).next()?;
    let suffix = number.get(number.len().checked_sub(2)?..)?;
    let name = &formats.all[row.format].name;
    Some(format!(
        "It has the shape of {name}, but `{suffix}` at its end stands for no post: a private line's number?"
    ))
}

/// Rows that tell enough to be named, of one length.
fn telling(formats: &Formats, length: usize) -> impl Iterator<Item = (&Row, &str)> {
    formats
        .table
        .of_length(length)
        .iter()
        .map(|row| (row, &formats.all[row.format]))
        .filter(|(_, format)| format.base >= STRONG)
        .map(|(row, format)| (row, format.name.as_str()))
}

/// A shape of the same length that misses at few places; with `begins`, none of them among its fixed first characters.
fn places_off(formats: &Formats, number: &str, most: usize, begins: bool) -> Option<String> {
    // How many places miss, and the first of them; `None` as soon as they are too many.
    let off = |row: &Row| -> Option<(usize, usize)> {
        let mut missing = None;
        for (place, (byte, class)) in number.bytes().zip(&row.classes).enumerate() {
            if !class.has(byte) {
                let (count, first) = missing.unwrap_or((0, place));
                if count == most || (begins && place < row.fixed_start()) {
                    return None;
                }
                missing = Some((count + 1, first));
            }
        }
        missing
    };
    let (row, name, (_, place)) = telling(formats, number.len())
        .filter_map(|(row, name)| Some((row, name, off(row)?)))
        .min_by_key(|(_, _, (count, _))| *count)?;
    let (is, ought) = (number.get(place..=place)?, row.classes.get(place)?.in_words());
    Some(format!("It resembles {name}, but at place {} stands {is} where {ought} belongs.", place + 1))
}

/// A shape of nearly the same length that fits from both ends.
fn length_off(formats: &Formats, number: &str) -> Option<String> {
    let length = number.len();
    let lengths = (length.saturating_sub(LENGTH_OFF_MAX)..=(length + LENGTH_OFF_MAX).min(NUMBER_CHARS_MAX))
        .filter(|other| *other != length);
    let (row, name) = lengths
        .flat_map(|other| telling(formats, other))
        .filter(|(row, _)| fits_from_both_ends(row, number))
        .min_by_key(|(row, _)| (row.classes.len().abs_diff(length), row.classes.len()))?;
    let ought = row.classes.len();
    let what = if ought > length { "missing" } else { "too many" };
    let off = ought.abs_diff(length);
    let characters = if off == 1 { "character is" } else { "characters are" };
    Some(format!(
        "It resembles {name}, which has {ought} characters; this has {length}: {off} {characters} {what}."
    ))
}

fn fits_from_both_ends(row: &Row, number: &str) -> bool {
    let fits = |(byte, class): &(u8, &super::shape::Class)| class.has(*byte);
    let front = number.bytes().zip(&row.classes).take_while(fits).count();
    let back = number.bytes().rev().zip(row.classes.iter().rev()).take_while(fits).count();
    let fixed = row.fixed_start();
    front >= fixed.max(1) && front + back >= number.len().min(row.classes.len())
}
