//! The file that is being read: mistakes in it are told by its name and the line.

use regex::{Regex, RegexBuilder};
use toml::Spanned;

use super::path::Path;
use crate::contract::{Body, FactsError};

/// Largest compiled regular expression, in bytes.
const REGEX_BYTES_MAX: usize = 1 << 20;

/// The file's name and text, and the form of the bodies that it speaks of.
#[derive(Clone, Copy)]
pub(super) struct Written<'t> {
    pub(super) file: &'t str,
    pub(super) text: &'t str,
    pub(super) body: Body,
}

impl Written<'_> {
    /// A mistake in a value.
    pub(super) fn wrong<T>(&self, at: &Spanned<T>, message: impl AsRef<str>) -> FactsError {
        self.wrong_at(at.span().start, message.as_ref())
    }

    /// A mistake in what stands under a key of a table.
    pub(super) fn wrong_key<T>(&self, table: &Spanned<T>, key: &str, message: impl AsRef<str>) -> FactsError {
        let start = table.span().start;
        let rest = self.text.get(start..).unwrap_or_default();
        let is_key = |at: usize| {
            let (before, after) = (&rest[..at], &rest[at + key.len()..]);
            (before.is_empty() || before.ends_with([' ', '\t', '\n', '{', ',']))
                && after.trim_start_matches([' ', '\t']).starts_with('=')
        };
        let found = rest.match_indices(key).map(|(at, _)| at).find(|at| is_key(*at));
        self.wrong_at(start + found.unwrap_or(0), message.as_ref())
    }

    fn wrong_at(&self, byte: usize, message: &str) -> FactsError {
        let line = self.text.get(..byte).unwrap_or(self.text).matches('\n').count() + 1;
        FactsError { file: self.file.to_owned(), message: format!("line {line}: {message}") }
    }

    /// A path into a body.
    pub(super) fn path<T>(&self, at: &Spanned<T>, path: &str) -> Result<Path, FactsError> {
        Path::read(self.body, path).map_err(|why| self.wrong(at, format!("`{path}`: {why}")))
    }

    /// A regular expression.
    pub(super) fn regex(&self, at: &Spanned<String>) -> Result<Regex, FactsError> {
        self.regex_of(at, at.get_ref())
    }

    /// A regular expression that the whole text must fit.
    pub(super) fn whole(&self, at: &Spanned<String>) -> Result<Regex, FactsError> {
        self.regex_of(at, &format!("^(?:{})$", at.get_ref()))
    }

    fn regex_of(&self, at: &Spanned<String>, pattern: &str) -> Result<Regex, FactsError> {
        let built = RegexBuilder::new(pattern).size_limit(REGEX_BYTES_MAX).build();
        built.map_err(|error| self.wrong(at, format!("not a regular expression: {error}")))
    }
}
