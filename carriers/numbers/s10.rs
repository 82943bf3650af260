//! UPU S10: who issued an item and what kind of item it is, from the letters around its serial number.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::template::Template;
use crate::contract::{CarrierId, Country, FactsError};

/// The carrier of every item whose service indicator begins with E.
pub(super) const EMS: &str = "ems";
/// The carrier of items of posts that have no folder.
pub(super) const POSTAL: &str = "postal";

const OPERATORS_FILE: &str = "postal/operators.toml";
const OPERATORS: &str = include_str!("../postal/operators.toml");

/// How an operator's name is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum NameIs {
    /// In the UPU's list of suffixes.
    Listed,
    /// A territory whose suffix is hardly ever seen.
    Assumed,
}

/// The operator that a suffix stands for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operator {
    /// The country or territory.
    pub country: String,
    /// The operator's name.
    pub operator: String,
    /// Whether the country is a member of the Universal Postal Union in its own right.
    pub member: bool,
    name: NameIs,
    pub(super) page: Option<String>,
    /// The operator's domain, as far as it is known.
    pub domain: Option<String>,
}

impl Operator {
    /// Whether the operator is only assumed.
    pub(super) fn is_assumed(&self) -> bool {
        self.name == NameIs::Assumed
    }
}

/// The post that a suffix stands for.
#[derive(Debug)]
pub(super) struct PostOf {
    pub(super) country: Country,
    pub(super) operator: Operator,
    /// The operator's own page, if it is known.
    pub(super) page: Option<Template>,
    carrier: CarrierId,
    format: String,
    words: String,
}

impl PostOf {
    /// What the suffix says.
    pub(super) fn words(&self) -> &str {
        &self.words
    }
}

/// All suffixes that name an operator, and whose folder an item belongs to.
#[derive(Debug)]
pub(super) struct Posts {
    /// By the suffix's letters.
    of: Vec<Option<PostOf>>,
    ems: CarrierId,
    ems_format: String,
}

const LETTERS: usize = 26;

fn place(suffix: [u8; 2]) -> Option<usize> {
    let letter = |byte: u8| byte.is_ascii_uppercase().then(|| usize::from(byte - b'A'));
    Some(letter(suffix[0])? * LETTERS + letter(suffix[1])?)
}

impl Posts {
    /// Reads the operators; `folders` says which country's post has a folder of its own.
    pub(super) fn read(folders: &BTreeMap<Country, CarrierId>) -> Result<Self, FactsError> {
        let wrong = |message: String| FactsError { file: OPERATORS_FILE.to_owned(), message };
        let operators: BTreeMap<Country, Operator> =
            toml::from_str(OPERATORS).map_err(|e| wrong(e.to_string()))?;
        let id = |id| CarrierId::new(id).map_err(|e| wrong(e.to_string()));
        let (ems, postal) = (id(EMS)?, id(POSTAL)?);
        let mut of: Vec<Option<PostOf>> = (0..LETTERS * LETTERS).map(|_| None).collect();
        for (country, operator) in operators {
            let carrier = folders.get(&country).unwrap_or(&postal).clone();
            let code = country.to_string();
            let post = PostOf {
                country,
                page: operator.page.as_deref().map(Template::read),
                format: format!("{carrier}.s10"),
                words: format!("ends with {code}: issued by {} ({})", operator.operator, operator.country),
                carrier,
                operator,
            };
            if let [first, second] = *code.as_bytes()
                && let Some(slot) = place([first, second]).and_then(|at| of.get_mut(at))
            {
                *slot = Some(post);
            }
        }
        Ok(Self { of, ems_format: format!("{ems}.s10"), ems })
    }

    /// The post of a suffix; none for a suffix that is not a post's.
    pub(super) fn of(&self, suffix: [u8; 2]) -> Option<&PostOf> {
        self.of.get(place(suffix)?)?.as_ref()
    }

    /// All operators, by suffix.
    pub(super) fn operators(&self) -> impl Iterator<Item = (Country, &Operator)> {
        self.of.iter().flatten().map(|post| (post.country, &post.operator))
    }

    /// The carrier of an item, and its format's id.
    pub(super) fn carrier<'p>(&'p self, letters: [u8; 2], post: &'p PostOf) -> (&'p CarrierId, &'p str) {
        match letters {
            [b'E', _] => (&self.ems, &self.ems_format),
            _ => (&post.carrier, &post.format),
        }
    }
}

/// What a service indicator says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Indicated {
    /// The kind of item.
    pub(super) service: Option<&'static str>,
    /// Whether the standard lets posts use it.
    pub(super) use_is: Use,
}

/// Whether the standard lets posts use an indicator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// Between all posts.
    International,
    /// At home or where posts agreed on it.
    Agreed,
    /// Kept back by the standard; seen on real items all the same.
    Reserved,
    /// Given to nothing; seen on real items all the same.
    Unassigned,
}

/// Reads a service indicator ("S10 (UPU standard)", the table of service indicators, read 2026-11-23).
pub(super) fn indicated(indicator: [u8; 2]) -> Indicated {
    let (service, use_is) = match indicator {
        [b'C', second] => (Some("parcel post"), bilateral(second, b'Z'..=b'Z')),
        [b'E', second] => (Some("EMS"), bilateral(second, b'X'..=b'Z')),
        [b'H', second] => (Some("e-commerce parcel"), bilateral(second, b'X'..=b'Z')),
        [b'L', second] => (Some("tracked letter post"), bilateral(second, b'Z'..=b'Z')),
        [b'M', _] => (Some("M-bag"), Use::International),
        [b'Q', b'A'..=b'M'] => (Some("international business reply"), Use::International),
        [b'R', second] => (Some("registered letter post"), bilateral(second, b'Z'..=b'Z')),
        [b'U', _] => (Some("letter post"), Use::International),
        [b'V', _] => (Some("insured letter post"), Use::International),
        [b'A', b'V'..=b'Z'] | [b'B' | b'D' | b'N' | b'P' | b'Z', _] | [b'G', b'A' | b'D'] => {
            (None, Use::Agreed)
        }
        [b'J' | b'K' | b'S' | b'T' | b'W', _] => (None, Use::Reserved),
        _ => (None, Use::Unassigned),
    };
    Indicated { service, use_is }
}

fn bilateral(second: u8, agreed: std::ops::RangeInclusive<u8>) -> Use {
    if agreed.contains(&second) { Use::Agreed } else { Use::International }
}
