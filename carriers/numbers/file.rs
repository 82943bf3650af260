//! `numbers.toml` and the files of other lines: read, and every mistake named with its line.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::Line;
use super::check::Algorithm;
use super::format::{Check, Confidence, Format, Issuer, Rarity};
use super::rank;
use super::shape::{Expansion, Shape};
use crate::contract::FactsError;

/// `numbers.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NumbersFile {
    #[serde(default)]
    format: Vec<RawFormat>,
}

/// A file in which formats stand among other things.
#[derive(Deserialize)]
struct FormatsAmongOthers {
    #[serde(default)]
    format: Vec<RawFormat>,
}

/// `others/<id>.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OtherFile {
    name: String,
    #[serde(default)]
    domains: Vec<String>,
    tracking_url: Option<String>,
    source: Spanned<String>,
    #[serde(default)]
    format: Vec<RawFormat>,
}

/// What a file of `others/` declares beside its formats.
pub(super) struct OtherFacts {
    pub(super) name: String,
    pub(super) domains: Vec<String>,
    pub(super) tracking_url: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFormat {
    /// `<carrier>.<word>`; the UPU's own format has `upu.s10`.
    id: Spanned<String>,
    name: String,
    shape: Spanned<String>,
    check: Option<Spanned<RawCheck>>,
    service: Option<Spanned<RawService>>,
    /// The parts that make up the number to ask for, where the label prints more than that.
    tracked: Option<Spanned<Vec<String>>>,
    /// The carrier that delivers, where it is another one.
    handed_to: Option<Spanned<String>>,
    confidence: Confidence,
    rarity: Rarity,
    source: Spanned<String>,
    #[serde(default)]
    valid: Vec<Spanned<String>>,
    #[serde(default)]
    invalid: Vec<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCheck {
    algorithm: Algorithm,
    /// Characters that are put in front of the parts before computing.
    #[serde(default)]
    prefix: String,
    over: Vec<String>,
    digit: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawService {
    part: String,
    names: BTreeMap<String, String>,
}

/// A text and the name under which mistakes in it are told.
struct Place<'t> {
    file: &'t str,
    text: &'t str,
}

impl Place<'_> {
    fn wrong<T>(&self, at: &Spanned<T>, message: &str) -> FactsError {
        let line = self.text.get(..at.span().start).unwrap_or(self.text).matches('\n').count() + 1;
        FactsError { file: self.file.to_owned(), message: format!("line {line}: {message}") }
    }

    fn read<'t, T: Deserialize<'t>>(&self, text: &'t str) -> Result<T, FactsError> {
        toml::from_str(text).map_err(|e| FactsError { file: self.file.to_owned(), message: e.to_string() })
    }

    fn dated(&self, source: &Spanned<String>) -> Result<(), FactsError> {
        let is_date = |word: &str| {
            let word = word.trim_end_matches(['.', ';', ',', ')']);
            word.len() == 10
                && word.bytes().enumerate().all(
                    |(i, b)| {
                        if i == 4 || i == 7 { b == b'-' } else { b.is_ascii_digit() }
                    },
                )
        };
        if source.get_ref().split_whitespace().any(is_date) {
            Ok(())
        } else {
            Err(self.wrong(source, "a source needs a date, as 2026-11-23"))
        }
    }
}

/// A format and the rows of its shape.
pub(super) type Read = (Format, Vec<Expansion>);

/// Whose file it is.
#[derive(Clone, Copy)]
pub(super) struct Owner<'a> {
    pub(super) id: &'a str,
    /// Its place in the list of lines.
    pub(super) line: usize,
    /// The carriers that have folders.
    pub(super) carriers: &'a [Line],
}

/// Reads the formats of a carrier, which stand alone or among other things.
pub(super) fn numbers(
    file: &str,
    text: &str,
    stand_alone: bool,
    owner: Owner<'_>,
) -> Result<Vec<Read>, FactsError> {
    let place = Place { file, text };
    let read = if stand_alone {
        place.read::<NumbersFile>(text)?.format
    } else {
        place.read::<FormatsAmongOthers>(text)?.format
    };
    formats(&place, read, owner)
}

/// Reads a file of `others/`.
pub(super) fn other(file: &str, text: &str, owner: Owner<'_>) -> Result<(OtherFacts, Vec<Read>), FactsError> {
    let place = Place { file, text };
    let read: OtherFile = place.read(text)?;
    place.dated(&read.source)?;
    let facts = OtherFacts { name: read.name, domains: read.domains, tracking_url: read.tracking_url };
    Ok((facts, formats(&place, read.format, owner)?))
}

fn formats(place: &Place<'_>, raw: Vec<RawFormat>, owner: Owner<'_>) -> Result<Vec<Read>, FactsError> {
    let mut read: Vec<Read> = Vec::with_capacity(raw.len());
    for raw in raw {
        if read.iter().any(|(format, _)| format.id == *raw.id.get_ref()) {
            return Err(place.wrong(&raw.id, "another format of this file has the same id"));
        }
        read.push(format(place, raw, owner)?);
    }
    Ok(read)
}

/// The one format whose number says who issued it.
pub(super) const S10: &str = "upu.s10";

fn format(place: &Place<'_>, raw: RawFormat, owner: Owner<'_>) -> Result<Read, FactsError> {
    place.dated(&raw.source)?;
    let id = raw.id.get_ref();
    let issuer = if id == S10 {
        Issuer::S10
    } else if id.split_once('.').is_some_and(|(whose, word)| whose == owner.id && !word.is_empty()) {
        Issuer::Own(owner.line)
    } else {
        return Err(place.wrong(&raw.id, &format!("the id must be `{}.` and a word", owner.id)));
    };
    let shape = Shape::read(raw.shape.get_ref()).map_err(|wrong| place.wrong(&raw.shape, &wrong))?;
    if issuer == Issuer::S10 && shape.parts != ["indicator", "serial", "check", "country"] {
        return Err(place.wrong(&raw.shape, "the parts must be indicator, serial, check, country"));
    }
    let check = raw.check.as_ref().map(|c| check(place, &shape, c)).transpose()?;
    let service = match raw.service {
        None => None,
        Some(service) => {
            let part = part(place, &shape, &service, &service.get_ref().part)?;
            Some((part, service.into_inner().names))
        }
    };
    let tracked = match &raw.tracked {
        None => Vec::new(),
        Some(names) => {
            names.get_ref().iter().map(|n| part(place, &shape, names, n)).collect::<Result<_, _>>()?
        }
    };
    let handed_to = match &raw.handed_to {
        None => None,
        Some(whom) => match owner.carriers.iter().find(|line| line.id.as_str() == whom.get_ref()) {
            Some(line) => Some(line.name.clone()),
            None => return Err(place.wrong(whom, &format!("`{}` is no carrier", whom.get_ref()))),
        },
    };
    let (confidence, rarity) = (raw.confidence, raw.rarity);
    let base = rank::base(rarity, check.is_some(), confidence);
    let format = Format {
        id: id.clone(),
        name: raw.name,
        issuer,
        check,
        service,
        tracked,
        handed_to,
        confidence,
        rarity,
        base,
    };
    for (examples, want) in [(&raw.valid, true), (&raw.invalid, false)] {
        for example in examples {
            if format.accepts(&shape.expansions, example.get_ref().as_bytes()) != want {
                let message = if want { "this number does not fit" } else { "this number fits" };
                return Err(place.wrong(example, message));
            }
        }
    }
    if raw.valid.is_empty() {
        return Err(place.wrong(&raw.id, "needs at least one valid number"));
    }
    Ok((format, shape.expansions))
}

fn part<T>(place: &Place<'_>, shape: &Shape, at: &Spanned<T>, name: &str) -> Result<usize, FactsError> {
    shape.part(name).ok_or_else(|| place.wrong(at, &format!("the shape has no part `{name}`")))
}

fn check(place: &Place<'_>, shape: &Shape, raw: &Spanned<RawCheck>) -> Result<Check, FactsError> {
    let RawCheck { algorithm, prefix, over, digit } = raw.get_ref();
    let over = over.iter().map(|name| part(place, shape, raw, name)).collect::<Result<_, _>>()?;
    let digit = part(place, shape, raw, digit)?;
    if shape.expansions.iter().any(|e| e.spans.get(digit).is_none_or(|s| s.end - s.start != 1)) {
        return Err(place.wrong(raw, "the check digit must be one character"));
    }
    Ok(Check { algorithm: *algorithm, prefix: prefix.clone().into_bytes(), over, digit })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
[[format]]
id = "x.y"
name = "X"
shape = "'Q' body=9{3} check=9"
check = { algorithm = "mod7", over = ["body"], digit = "check" }
confidence = "one"
rarity = "plain"
source = "X's page, read 2026-11-23"
valid = ["Q1002"]
invalid = ["Q1003"]
"#;

    const X: Owner<'_> = Owner { id: "x", line: 0, carriers: &[] };

    #[test]
    fn a_right_file_is_read() {
        let read = numbers("x/numbers.toml", GOOD, true, X).unwrap();
        assert_eq!((read.len(), read[0].0.id.as_str()), (1, "x.y"));
    }

    #[test]
    fn a_mistake_names_the_file_and_the_line() {
        let cases = [
            ("id = \"x.y\"", "id = \"z.y\"", "line 3: the id must be `x.`"),
            ("9{3} check", "7{3} check", "line 5: in `body=7{3}`"),
            ("[\"body\"]", "[\"bodi\"]", "line 6: the shape has no part `bodi`"),
            ("digit = \"check\"", "digit = \"body\"", "line 6: the check digit must be one"),
            ("mod7", "mod8", "line 6"),
            ("\"one\"", "\"sure\"", "line 7"),
            ("2026-11-23", "today", "line 9: a source needs a date"),
            ("Q1002", "Q1003", "line 10: this number does not fit"),
            ("invalid = [\"Q1003\"]", "invalid = [\"Q1002\"]", "line 11: this number fits"),
            ("rarity =", "rarety =", "line 8"),
            ("rarity =", "handed_to = \"nobody\"\nrarity =", "line 8: `nobody` is no carrier"),
        ];
        for (right, wrong, want) in cases {
            let text = GOOD.replacen(right, wrong, 1);
            let error = numbers("x/numbers.toml", &text, true, X).err().unwrap();
            assert_eq!(error.file, "x/numbers.toml");
            assert!(error.message.contains(want), "{wrong}: {}", error.message);
        }
    }

    #[test]
    fn two_formats_of_one_id_are_a_mistake() {
        let error = numbers("x/numbers.toml", &GOOD.repeat(2), true, X).err().unwrap();
        assert!(error.message.starts_with("line 14: another format"), "{}", error.message);
    }
}
