//! The answer to "what is this number?" as it is found: borrowed from the formats and the input, so that a million
//! numbers cost a million answers and little else. [`Found::to_identification`] makes an answer that stands alone.

use std::borrow::Cow;

use super::reasons::{self, Parts, Reason};
use super::{Candidate, CheckDigit, Formats, Identification, Look, Problem, normalize, problem, rank};
use crate::contract::{CarrierId, Country};

/// What an input was found to be.
#[derive(Debug)]
pub struct Found<'a> {
    /// As it came (cut at the longest input that is looked at).
    pub input: &'a str,
    /// Clean: capitals and digits only.
    pub normalized: Cow<'a, str>,
    /// What was changed to get there, in words.
    pub changes: Vec<String>,
    /// Why there is no candidate, or what is needed to tell.
    pub(super) wrong: Wrong<'a>,
    /// Best first.
    pub(super) standing: Vec<Standing<'a>>,
    /// What the number nearly is, where nothing proves what it is.
    pub(super) near: Option<Reason<'a>>,
}

/// What is wrong with an input.
#[derive(Debug)]
pub(super) enum Wrong<'a> {
    /// Nothing.
    Nothing,
    /// It holds no number that could be looked at, or several.
    Unclean(Problem),
    /// No format fits. What the seller probably meant takes longer to find out than what a number is.
    Unfitting(&'a Formats, Option<&'a CarrierId>),
}

/// A format that a number fits, ranked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Standing<'f> {
    pub(super) look: Look<'f>,
    pub(super) carrier: &'f CarrierId,
    /// The format's id, as answers have it.
    pub(super) format: &'f str,
    /// What people call the carrier.
    pub(super) name: &'f str,
    /// The carrier's page for a number.
    pub(super) page: Option<&'f super::template::Template>,
    /// The country that stands for the carrier or in the number.
    pub(super) country: Option<Country>,
    pub(super) beside: rank::Beside,
    pub(super) score: f64,
}

/// One candidate of a [`Found`].
#[derive(Debug, Clone, Copy)]
pub struct Fit<'a> {
    standing: &'a Standing<'a>,
    number: &'a str,
    near: Option<Reason<'a>>,
}

impl<'a> Found<'a> {
    pub(super) fn new(input: &'a str) -> Self {
        Self {
            input: normalize::cut(input),
            normalized: Cow::Borrowed(""),
            changes: Vec::new(),
            wrong: Wrong::Nothing,
            standing: Vec::new(),
            near: None,
        }
    }

    /// Whether at least one candidate stands.
    pub fn is_valid(&self) -> bool {
        !self.standing.is_empty()
    }

    /// Why there is no candidate, and how to mend it.
    pub fn problem(&self) -> Option<Cow<'_, Problem>> {
        match &self.wrong {
            Wrong::Nothing => None,
            Wrong::Unclean(problem) => Some(Cow::Borrowed(problem)),
            Wrong::Unfitting(formats, claimed) => {
                Some(Cow::Owned(problem::of(formats, &self.normalized, *claimed)))
            }
        }
    }

    /// The candidates, best first. Those whose check digit fails are not among them.
    pub fn candidates(&self) -> impl Iterator<Item = Fit<'_>> {
        self.standing.iter().map(|standing| Fit { standing, number: &self.normalized, near: self.near })
    }

    /// An answer that stands alone.
    pub fn to_identification(&self) -> Identification {
        Identification {
            input: self.input.to_owned(),
            normalized: self.normalized.clone().into_owned(),
            changes: self.changes.clone(),
            candidates: self.candidates().map(Fit::to_candidate).collect(),
            problem: self.problem().map(Cow::into_owned),
        }
    }
}

impl<'a> Fit<'a> {
    /// The carrier's id.
    pub fn carrier(self) -> &'a CarrierId {
        self.standing.carrier
    }

    /// The format's id, e.g. `ups.1z`.
    pub fn format(self) -> &'a str {
        self.standing.format
    }

    /// The service that the number names.
    pub fn service(self) -> Option<&'a str> {
        let look = &self.standing.look;
        if let Some(post) = look.post {
            return post.indicated.service;
        }
        let (part, names) = look.format.service.as_ref()?;
        let span = look.row.spans.get(*part)?;
        names.get(self.number.get(span.start..span.end)?).map(String::as_str)
    }

    /// For postal items: the issuing operator.
    pub fn operator(self) -> Option<&'a str> {
        self.standing.look.post.map(|post| post.of.operator.operator.as_str())
    }

    /// The country that the number names.
    pub fn origin_country(self) -> Option<Country> {
        self.standing.look.post.map(|post| post.of.country)
    }

    /// Whether the check digit was verified.
    pub fn check_digit(self) -> CheckDigit {
        if self.standing.look.checked.is_some() { CheckDigit::Valid } else { CheckDigit::None }
    }

    /// How sure, in [0, 1], to three decimals.
    pub fn score(self) -> f64 {
        self.standing.score
    }

    /// Why, strongest first.
    pub fn reasons(self) -> impl Iterator<Item = Reason<'a>> {
        reasons::of(self.standing, self.number, self.near)
    }

    /// Whether the carrier's own page for the number is known.
    pub fn has_tracking_url(self) -> bool {
        self.standing.page.is_some()
    }

    /// Writes the carrier's own page for the number, if it is known.
    pub fn write_tracking_url(self, out: &mut String) {
        if let Some(page) = self.standing.page {
            let Self { standing: Standing { look, .. }, number, .. } = self;
            page.write(&Parts { format: look.format, row: look.row, number }.pieces(), out);
        }
    }

    fn to_candidate(self) -> Candidate {
        let tracking_url = self.has_tracking_url().then(|| {
            let mut url = String::new();
            self.write_tracking_url(&mut url);
            url
        });
        Candidate {
            carrier: self.carrier().clone(),
            format: self.format().to_owned(),
            service: self.service().map(str::to_owned),
            operator: self.operator().map(str::to_owned),
            origin_country: self.origin_country(),
            check_digit: self.check_digit(),
            score: self.score(),
            reasons: self.reasons().map(Reason::in_words).collect(),
            tracking_url,
        }
    }
}
