//! Official sources without code: one TOML file says what is asked and where in the answer everything lies. Read once,
//! at start; a mistake names the file and the line, and what cannot be is refused there and not when a parcel is asked for.
//! The language is described in `docs/sources.md`.

mod answer;
mod checkpoints;
mod facts;
mod failure;
mod field;
mod file;
mod mistake;
mod names;
mod note;
mod parcel;
mod path;
mod pattern;
mod place;
mod request;
#[cfg(test)]
mod tests;
mod time;
mod token;

use std::sync::Arc;

use crate::contract::{
    Ask, CarrierFacts, CarrierId, FactsError, Reading, Request, Response, Source, SourceFacts, StatusTable,
    TokenExchange,
};
use answer::{Answer, Lists};
use file::RawFile;
use mistake::Written;
use request::Requests;
use token::DeclaredToken;

/// A file that declares an official source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredText {
    /// Where it lies, for messages.
    pub file: String,
    /// What it holds.
    pub text: String,
}

/// What a file declares.
pub(crate) struct Declared {
    /// The carrier, where the file declares one.
    pub(crate) carrier: Option<CarrierFacts>,
    /// Its official source.
    pub(crate) source: DeclaredSource,
}

/// An official source that is declared and not programmed.
pub(crate) struct DeclaredSource {
    carrier: CarrierId,
    facts: SourceFacts,
    statuses: Arc<StatusTable>,
    requests: Requests,
    token: Option<DeclaredToken>,
    answer: Answer,
}

impl Declared {
    /// Reads a file. The codes are the file's own, or else those that lie beside it.
    pub(crate) fn read(
        file: &str,
        text: &str,
        beside: Option<&Arc<StatusTable>>,
    ) -> Result<Self, FactsError> {
        let wrong = |message: String| FactsError { file: file.to_owned(), message };
        let raw: RawFile = toml::from_str(text).map_err(|e| wrong(e.to_string()))?;
        let text = Written { file, text, body: raw.official_source.get_ref().body };
        let carrier = facts::check(&text, &raw)?;
        let statuses = match beside {
            Some(beside) if raw.statuses.is_empty() => Arc::clone(beside),
            _ => Arc::new(StatusTable::of(file, text.text, raw.statuses)?),
        };
        let token = raw.token.map(|token| DeclaredToken::read(&text, token)).transpose()?;
        let requests = Requests::read(&text, raw.request, token.is_some())?;
        let mut used = requests.secrets();
        used.extend(token.iter().flat_map(DeclaredToken::secrets));
        facts::check_secrets(&text, &raw.official_source, &used)?;
        let (failures, corrections) = (raw.failure, raw.correction);
        let lists = Lists { failures, checkpoints: raw.checkpoints, corrections };
        let answer = Answer::read(&text, raw.answer, lists, &statuses)?;
        let facts = raw.official_source.into_inner();
        let source = DeclaredSource { carrier, facts, statuses, requests, token, answer };
        Ok(Self { carrier: raw.carrier.map(toml::Spanned::into_inner), source })
    }
}

impl DeclaredSource {
    /// Whose source it is.
    pub(crate) fn carrier(&self) -> &CarrierId {
        &self.carrier
    }
}

impl Source for DeclaredSource {
    fn facts(&self) -> &SourceFacts {
        &self.facts
    }

    fn request(&self, ask: &Ask) -> Request {
        self.requests.request(ask)
    }

    fn read(&self, response: Response<'_>) -> Vec<Reading> {
        let mut readings = self
            .answer
            .readings(&self.carrier, &self.statuses, response)
            .unwrap_or_else(|failure| vec![failure.into()]);
        if self.facts.secrets.is_empty() {
            readings.iter_mut().for_each(failure::nothing_of_ours_was_refused);
        }
        readings
    }

    fn recognizes(&self, body: &[u8]) -> bool {
        self.answer.recognizes(body)
    }

    fn token(&self) -> Option<&dyn TokenExchange> {
        self.token.as_ref().map(|token| token as &dyn TokenExchange)
    }
}
