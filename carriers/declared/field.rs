//! One field of an answer: where it lies, and which part of the text there it is.

use std::borrow::Cow;

use regex::Regex;
use toml::Spanned;

use super::file::RawField;
use super::mistake::Written;
use super::path::{Node, Path};
use crate::contract::FactsError;
use crate::foreign;

/// A field.
#[derive(Debug)]
pub(super) struct Field {
    from: From,
    regex: Option<Regex>,
}

#[derive(Debug)]
enum From {
    /// Always this.
    Fixed(String),
    /// The first of these that leads to a text.
    First(Vec<Path>),
    /// The texts of all these, with this between them.
    Joined(Vec<Path>, String),
}

impl Field {
    /// Reads a field; says which mistake stands where.
    pub(super) fn read(text: &Written<'_>, raw: &Spanned<RawField>) -> Result<Self, FactsError> {
        let wrong = |message: &str| Err(text.wrong(raw, message));
        let field = raw.get_ref();
        let ways = [!field.at.is_empty(), !field.join.is_empty(), field.fixed.is_some()];
        if ways.iter().filter(|given| **given).count() != 1 {
            return wrong("a field needs one of `at`, `join`, `fixed`");
        }
        if field.with.is_some() && field.join.is_empty() {
            return wrong("`with` stands between the texts of `join`");
        }
        if field.regex.is_some() && field.fixed.is_some() {
            return wrong("what is fixed needs no `regex`");
        }
        let paths = |paths: &[String]| -> Result<Vec<Path>, FactsError> {
            paths.iter().map(|path| text.path(raw, path)).collect()
        };
        let from = match &field.fixed {
            Some(fixed) => From::Fixed(fixed.clone()),
            None if field.join.is_empty() => From::First(paths(&field.at)?),
            None => From::Joined(paths(&field.join)?, field.with.clone().unwrap_or_else(|| " ".to_owned())),
        };
        let regex = field.regex.as_ref().map(|regex| text.regex(regex)).transpose()?;
        Ok(Self { from, regex })
    }

    /// Reads a field that may be absent.
    pub(super) fn optional(
        text: &Written<'_>,
        raw: Option<&Spanned<RawField>>,
    ) -> Result<Option<Self>, FactsError> {
        raw.map(|raw| Self::read(text, raw)).transpose()
    }

    /// What it always is, where that is declared.
    pub(super) fn fixed(&self) -> Option<&str> {
        match &self.from {
            From::Fixed(text) => Some(text),
            _ => None,
        }
    }

    /// The field's text in an answer; none where there is none, and never an empty one.
    pub(super) fn text(&self, node: Node<'_>) -> Option<String> {
        match &self.from {
            From::Fixed(text) => Some(text.clone()),
            From::First(paths) => paths.iter().find_map(|path| self.part(path.text(node)?)),
            From::Joined(paths, with) => {
                let texts: Vec<_> = paths.iter().filter_map(|path| path.text(node)).collect();
                self.part(texts.join(with).into())
            }
        }
    }

    /// The expression's first group, or all that it matches.
    fn part(&self, text: Cow<'_, str>) -> Option<String> {
        let Some(regex) = &self.regex else { return Some(text.into_owned()).filter(|text| !text.is_empty()) };
        let found = regex.captures(&text)?;
        foreign::trimmed(found.get(1).or_else(|| found.get(0))?.as_str())
    }
}

/// The text of a field that may not be declared.
pub(super) fn text_of(field: Option<&Field>, node: Node<'_>) -> Option<String> {
    field.and_then(|field| field.text(node))
}
