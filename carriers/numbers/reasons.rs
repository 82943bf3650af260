//! Why a candidate stands, in plain words, strongest first.

use super::format::{Confidence, Rarity};
use super::s10::Use;
use super::{Look, Post};
use crate::contract::Country;

/// What speaks for a candidate beside its number.
#[derive(Debug, Clone, Copy)]
pub(super) struct Beside<'f> {
    /// The carrier's name, if the seller named it.
    pub(super) claimed: Option<&'f str>,
    pub(super) shipped_from: bool,
}

/// The reasons for one candidate.
pub(super) fn of(
    look: &Look<'_>,
    name: &str,
    number: &[u8],
    beside: Beside<'_>,
    country: Option<Country>,
) -> Vec<String> {
    let mut reasons = Vec::with_capacity(4);
    if let (Some(checked), Some(check)) = (look.checked, &look.format.check) {
        let digit = char::from(checked.printed);
        reasons.push(format!("check digit {digit} verified ({})", check.algorithm.name()));
    }
    match look.post {
        Some(post) => postal(&mut reasons, post, number),
        None => reasons.push(shape(look, name, number)),
    }
    if look.checked.is_none() {
        reasons.push("the format has no check digit that is known: any number of this shape fits".to_owned());
    }
    match look.format.confidence {
        Confidence::Spec | Confidence::Code => {}
        Confidence::One => reasons.push("the format is known from one source only".to_owned()),
        Confidence::Guess => reasons.push("the format is a guess".to_owned()),
    }
    if let Some(claimed) = beside.claimed {
        reasons.push(format!("the seller named {claimed}"));
    }
    if let (true, Some(country)) = (beside.shipped_from, country) {
        reasons.push(format!("it was shipped from {country}, where this carrier is at home"));
    }
    reasons
}

fn postal(reasons: &mut Vec<String>, post: Post<'_>, number: &[u8]) {
    let Post { country, operator, indicated, .. } = post;
    reasons.push(format!("ends with {country}: issued by {} ({})", operator.operator, operator.country));
    let letters = String::from_utf8_lossy(&number[..2]);
    reasons.push(match (indicated.use_is, indicated.service) {
        (Use::International, Some(service)) => format!("begins with {letters}: {service}"),
        (Use::Agreed, Some(service)) => {
            format!("begins with {letters}: {service}, used only where posts agreed on it")
        }
        (Use::Reserved, _) => format!("begins with {letters}, which the UPU keeps in reserve: unusual"),
        (Use::Unassigned, _) => format!("begins with {letters}, which the UPU gives to nothing: unusual"),
        (_, None) => format!("begins with {letters}: for use at home or where posts agreed on it"),
    });
    if operator.is_assumed() {
        reasons.push(format!("{country} is hardly ever seen on items"));
    }
}

/// Digits in a number of which half pass one of the carriers' rules by chance.
const CROWDED_LENGTH: usize = 12;

fn shape(look: &Look<'_>, name: &str, number: &[u8]) -> String {
    let length = number.len();
    let fixed = look.row.fixed_start();
    let start = String::from_utf8_lossy(&number[..fixed]);
    let format = &look.format.name;
    match (look.format.rarity, fixed) {
        (Rarity::Plain, _) if length == CROWDED_LENGTH && look.checked.is_some() => {
            format!(
                "fits {format}, but half of all {length}-digit numbers pass some carrier's check by chance"
            )
        }
        (Rarity::Plain, 0) => {
            format!("fits {format}, but several carriers print plain numbers of {length} digits")
        }
        (Rarity::Plain | Rarity::Shared, _) => {
            format!("fits {format}, a shape of {length} characters that several carriers print")
        }
        (Rarity::Unique, 0) => format!("fits {format}, a shape that only {name} uses"),
        (Rarity::Unique, _) => format!("begins with {start}, which only {name} uses at {length} characters"),
        (Rarity::Rare, 0) => format!("fits {format}, a shape that few carriers use"),
        (Rarity::Rare, _) => {
            format!(
                "begins with {start} and has {length} characters, as {format} does and hardly anyone else"
            )
        }
    }
}
