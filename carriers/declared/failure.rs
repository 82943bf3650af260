//! How a source says that it has nothing to show. Only what it says itself can mean that it does not know the number; what
//! no rule names is malformed or an outage.

use std::borrow::Cow;

use regex::Regex;
use toml::Spanned;

use super::file::{RawFailure, Texts};
use super::mistake::Written;
use super::path::{Node, Path};
use crate::contract::{FactsError, Failure, FailureKind, Reading};

/// Longest code that is passed on.
const CODE_CHARS_MAX: usize = 32;

/// One rule: what it looks for, and what that means.
#[derive(Debug)]
pub(super) struct Rule {
    http: Vec<Http>,
    at: Option<Look>,
    empty_body: bool,
    no_checkpoints: bool,
    kind: FailureKind,
    code: Option<String>,
    message: String,
    needs: Vec<String>,
}

#[derive(Debug)]
struct Look {
    paths: Vec<Path>,
    is: Vec<String>,
    matches: Option<Regex>,
}

/// An HTTP status, or all of one class.
#[derive(Debug, Clone, Copy)]
enum Http {
    One(u16),
    Class(u16),
}

/// What a rule looks at.
#[derive(Clone, Copy)]
pub(super) struct Seen<'a> {
    pub(super) http: u16,
    /// The parcel's part of the answer; none where the body is empty.
    pub(super) node: Option<Node<'a>>,
    /// Whether the list of checkpoints is there, and nothing in it.
    pub(super) no_checkpoints: bool,
}

impl Http {
    fn read(word: &str) -> Option<Self> {
        match word.strip_suffix("xx") {
            Some(class) => class.parse().ok().filter(|c| (2..=5).contains(c)).map(Self::Class),
            None => word.parse().ok().filter(|s| (200..600).contains(s)).map(Self::One),
        }
    }

    fn is(self, status: u16) -> bool {
        match self {
            Self::One(one) => one == status,
            Self::Class(class) => status / 100 == class,
        }
    }

    /// Whether an answer under it can speak about the number at all.
    fn may_speak(self) -> bool {
        !matches!(self, Self::One(401 | 403 | 429 | 500..) | Self::Class(5))
    }
}

impl Rule {
    /// Reads a rule; says which mistake stands where.
    pub(super) fn read(text: &Written<'_>, raw: Spanned<RawFailure>) -> Result<Self, FactsError> {
        let RawFailure { kind, http, at, is, matches, empty_body, no_checkpoints, code, message, needs } =
            raw.into_inner();
        let kind_is = *kind.get_ref();
        let http_is = match &http {
            None => vec![Http::Class(2)],
            Some(words) => {
                let wrong =
                    |word: &String| text.wrong(words, format!("`{word}` is no HTTP status, as 404 or 4xx"));
                let read = |word: &String| Http::read(word).ok_or_else(|| wrong(word));
                words.get_ref().iter().map(read).collect::<Result<_, _>>()?
            }
        };
        let at = match at {
            Some(at) => Some(Look::read(text, &at, is, matches)?),
            None if is.is_some() || matches.is_some() => {
                return Err(text.wrong(&kind, "`is` and `matches` are about what lies `at` a path"));
            }
            None => None,
        };
        let says_something = at.is_some() || empty_body || no_checkpoints;
        if !says_something && http.is_none() {
            return Err(text.wrong(&kind, "needs `http`, `at`, `empty_body` or `no_checkpoints`"));
        }
        if kind_is == FailureKind::NotFound && !(says_something && http_is.iter().all(|h| h.may_speak())) {
            let rule = "`not_found` needs what the source itself says: `at`, `empty_body` or `no_checkpoints`, and no \
                HTTP status that is about the request or an outage";
            return Err(text.wrong(&kind, rule));
        }
        if empty_body && (at.is_some() || no_checkpoints) {
            return Err(text.wrong(&kind, "nothing lies in an empty body"));
        }
        if !needs.is_empty() && kind_is != FailureKind::Inconclusive {
            return Err(text.wrong(&kind, "`needs` goes with `inconclusive`"));
        }
        if message.get_ref().trim().is_empty() {
            return Err(text.wrong(&message, "says in one sentence what happened"));
        }
        let message = message.into_inner();
        Ok(Self { http: http_is, at, empty_body, no_checkpoints, kind: kind_is, code, message, needs })
    }

    /// The failure, where the rule holds.
    pub(super) fn failure(&self, seen: Seen<'_>) -> Option<Failure> {
        if !self.http.iter().any(|http| http.is(seen.http)) || self.no_checkpoints && !seen.no_checkpoints {
            return None;
        }
        let said = match (&self.at, seen.node) {
            (_, None) => self.empty_body.then(String::new)?,
            (Some(look), Some(node)) => look.find(node)?,
            (None, Some(_)) if self.empty_body => return None,
            (None, Some(_)) => String::new(),
        };
        let code = self.code.clone().or_else(|| Some(said).filter(|said| !said.is_empty()));
        let code: String = match code {
            Some(code) => code.chars().take(CODE_CHARS_MAX).collect(),
            None => self.kind.as_str().to_owned(),
        };
        let mut failure = Failure::new(self.kind, code, self.message.clone());
        failure.needs.clone_from(&self.needs);
        Some(failure)
    }
}

impl Look {
    fn read(
        text: &Written<'_>,
        at: &Spanned<Texts>,
        is: Option<Spanned<Texts>>,
        matches: Option<Spanned<String>>,
    ) -> Result<Self, FactsError> {
        let Texts(paths) = at.get_ref();
        let paths: Vec<Path> = paths.iter().map(|path| text.path(at, path)).collect::<Result<_, _>>()?;
        if paths.is_empty() {
            return Err(text.wrong(at, "needs at least one path"));
        }
        let matches = matches.map(|matches| text.regex(&matches)).transpose()?;
        Ok(Self { paths, is: is.map(|is| is.into_inner().0).unwrap_or_default(), matches })
    }

    /// What lies there, where it is what is looked for.
    fn find(&self, node: Node<'_>) -> Option<String> {
        let is_it = |said: &Cow<'_, str>| {
            let any = self.is.is_empty() && self.matches.is_none();
            any || self.is.iter().any(|is| is == said)
                || self.matches.as_ref().is_some_and(|m| m.is_match(said))
        };
        self.paths.iter().filter_map(|path| path.text(node)).find(is_it).map(Cow::into_owned)
    }
}

/// A source that takes no credentials refuses none of ours.
pub(super) fn nothing_of_ours_was_refused(reading: &mut Reading) {
    if let Reading::Failed(failure) = reading
        && failure.kind == FailureKind::Refused
    {
        failure.kind = FailureKind::Unavailable;
    }
}
