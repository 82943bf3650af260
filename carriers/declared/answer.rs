//! A source's answer, read by what its file declares. What is not of the declared shape is malformed or an outage, never
//! "not found"; an answer about another number is not believed.

use scraper::Html;
use serde_json_borrow::Value;
use toml::Spanned;

use super::checkpoints::{Checkpoints, Correction, Reported};
use super::failure::{Rule, Seen};
use super::field::{Field, text_of};
use super::file::{RawAnswer, RawCheckpoints, RawCorrection, RawFailure};
use super::mistake::Written;
use super::parcel::ParcelFields;
use super::path::{Node, Path};
use crate::contract::{
    Body, CarrierId, FactsError, Failure, FailureKind, Reading, Response, Status, StatusTable, Tracking,
};
use crate::xml::{self, Element};
use crate::{foreign, page};

/// What stands in a page that is complete, where the file does not say.
const PAGE_END: &str = "</html>";

/// Most parcels of one answer that are read.
const PARCELS_MAX: usize = 200;

/// Where everything lies in an answer.
#[derive(Debug)]
pub(super) struct Answer {
    body: Body,
    recognized_by: Vec<String>,
    ends_with: String,
    parcels: Option<Path>,
    /// None where the answer does not name the parcel.
    number: Option<Field>,
    standing: Option<Reported>,
    fields: ParcelFields,
    checkpoints: Vec<Checkpoints>,
    corrections: Vec<Correction>,
    failures: Vec<Rule>,
}

/// The lists of a file that belong to the answer.
pub(super) struct Lists {
    pub(super) failures: Vec<Spanned<RawFailure>>,
    pub(super) checkpoints: Vec<Spanned<RawCheckpoints>>,
    pub(super) corrections: Vec<Spanned<RawCorrection>>,
}

/// A body as it was read.
enum Document<'a> {
    Json(Value<'a>),
    Xml(Element<'a>),
    Html(Html),
}

impl Document<'_> {
    fn node(&self) -> Node<'_> {
        match self {
            Self::Json(value) => Node::Json(value),
            Self::Xml(root) => Node::Xml(root),
            Self::Html(page) => Node::Html(page.root_element()),
        }
    }
}

impl Answer {
    /// Reads what a file declares of answers; says which mistake stands where.
    pub(super) fn read(
        text: &Written<'_>,
        raw: Spanned<RawAnswer>,
        lists: Lists,
        statuses: &StatusTable,
    ) -> Result<Self, FactsError> {
        check(text, &raw, &lists)?;
        let mut raw = raw.into_inner();
        let number = Field::optional(text, raw.number.as_ref())?;
        let fields = ParcelFields::read(text, &mut raw)?;
        let rules = lists.failures.into_iter().map(|raw| Rule::read(text, raw));
        let corrections = lists.corrections.into_iter().map(|raw| Correction::read(text, raw));
        let checkpoints = lists.checkpoints.into_iter().map(|raw| Checkpoints::read(text, raw, statuses));
        Ok(Self {
            body: text.body,
            recognized_by: raw.recognized_by.into_inner(),
            ends_with: raw.ends_with.map_or(PAGE_END.to_owned(), |end| end.into_inner().to_ascii_lowercase()),
            parcels: raw.parcels.map(|parcels| text.path(&parcels, parcels.get_ref())).transpose()?,
            number,
            standing: raw.status.map(|raw| Reported::of_standing(text, raw, statuses)).transpose()?,
            fields,
            failures: rules.collect::<Result<_, _>>()?,
            corrections: corrections.collect::<Result<_, _>>()?,
            checkpoints: checkpoints.collect::<Result<_, _>>()?,
        })
    }

    /// Whether a body has one of the declared marks.
    pub(super) fn recognizes(&self, body: &[u8]) -> bool {
        let body = String::from_utf8_lossy(body);
        self.recognized_by.iter().any(|mark| body.contains(mark))
    }

    /// What an answer says: one reading for each parcel, never none.
    pub(super) fn readings(
        &self,
        carrier: &CarrierId,
        statuses: &StatusTable,
        response: Response<'_>,
    ) -> Result<Vec<Reading>, Failure> {
        let http = response.status;
        if response.body.trim_ascii().is_empty()
            && let Some(failure) = self.failure(Seen { http, node: None, no_checkpoints: false })
        {
            return Err(failure);
        }
        let document = self.document(response)?;
        let parcels = self.parcels(document.node());
        if parcels.is_empty() {
            let seen = Seen { http, node: Some(document.node()), no_checkpoints: false };
            return Err(self.failure(seen).unwrap_or_else(|| self.shapeless(http)));
        }
        let mut readings = Vec::new();
        let mut others = false;
        for parcel in parcels {
            let number = text_of(self.number.as_ref(), parcel);
            if response.asked.zip(number.as_deref()).is_some_and(|(a, n)| !foreign::same_number(a, n)) {
                // Under an error of HTTP it is the error that counts, whatever the body goes on about.
                if !foreign::is_success(http) {
                    return Err(self.shapeless(http));
                }
                others = true;
                continue;
            }
            readings.push(self.reading(parcel, number, carrier, statuses, response)?);
        }
        match (readings.is_empty(), others) {
            (false, _) => Ok(readings),
            (true, true) => Err(foreign::wrong_number()),
            (true, false) => Err(self.shapeless(http)),
        }
    }

    fn document<'a>(&self, response: Response<'a>) -> Result<Document<'a>, Failure> {
        match self.body {
            Body::Json => foreign::json_tree(response).map(Document::Json),
            Body::Xml => xml::document(response).map(Document::Xml),
            Body::Html => page::read(response, &self.ends_with).map(Document::Html),
        }
    }

    fn parcels<'a>(&self, root: Node<'a>) -> Vec<Node<'a>> {
        match (&self.parcels, root) {
            (None, root) => vec![root],
            (Some(path), root) => match path.find(root) {
                Some(Node::Json(Value::Array(values))) => {
                    values.iter().take(PARCELS_MAX).map(Node::Json).collect()
                }
                Some(Node::Json(Value::Null)) | None => Vec::new(),
                Some(Node::Xml(first)) => {
                    path.siblings(root, first).take(PARCELS_MAX).map(Node::Xml).collect()
                }
                Some(single) => vec![single],
            },
        }
    }

    fn reading(
        &self,
        parcel: Node<'_>,
        number: Option<String>,
        carrier: &CarrierId,
        statuses: &StatusTable,
        response: Response<'_>,
    ) -> Result<Reading, Failure> {
        let http = response.status;
        if !parcel.holds_fields() {
            return Err(self.shapeless(http));
        }
        let mut found = self.checkpoints.iter().map(|form| form.find(parcel, statuses, &self.corrections));
        let list = found.find_map(Result::transpose).transpose();
        let list = list.map_err(|_| self.shapeless(http))?;
        let no_checkpoints = list.as_ref().is_some_and(Vec::is_empty);
        if let Some(mut failure) = self.failure(Seen { http, node: Some(parcel), no_checkpoints }) {
            failure.tracking_number = number;
            return Ok(failure.into());
        }
        if !foreign::is_success(http) {
            return Err(self.shapeless(http));
        }
        let stands = self.standing.as_ref().map(|own| own.report(parcel, statuses, &self.corrections));
        let stands = stands.filter(|own| own.code.is_some() || own.text.is_some());
        if list.is_none() && stands.is_none() {
            return Err(self.shapeless(http));
        }
        let number = match (&self.number, number) {
            (_, Some(number)) => number,
            (None, None) => response.asked.unwrap_or_default().to_owned(),
            (Some(_), None) => return Err(foreign::unexpected_shape(http)),
        };
        let mut tracking = Tracking::new(carrier.clone(), number, Status::Unknown);
        self.fields.settle(&mut tracking, parcel, list.unwrap_or_default(), stands);
        if self.number.is_none() {
            let note = "the answer does not name the item: whose events these are is not proven";
            tracking.notes.push(note.to_owned());
        }
        Ok(tracking.into())
    }

    fn failure(&self, seen: Seen<'_>) -> Option<Failure> {
        self.failures.iter().find_map(|rule| rule.failure(seen))
    }

    /// What an answer means that is not of the declared shape. A page that shows none of what it should is one that the
    /// site put in its place.
    fn shapeless(&self, http: u16) -> Failure {
        match (self.body, foreign::is_success(http)) {
            (Body::Html, true) => Failure::new(
                FailureKind::Unavailable,
                "unexpected_shape",
                "the page shows none of what the source's pages show",
            ),
            (Body::Html, false) => page::not_shown(http),
            (Body::Json | Body::Xml, _) => foreign::unexpected_shape(http),
        }
    }
}

/// What cannot be in an answer as a whole.
fn check(text: &Written<'_>, raw: &Spanned<RawAnswer>, lists: &Lists) -> Result<(), FactsError> {
    let answer = raw.get_ref();
    if answer.recognized_by.get_ref().iter().all(|mark| mark.trim().is_empty()) {
        return Err(text.wrong(&answer.recognized_by, "needs a text by which an answer is known"));
    }
    if answer.number.is_some() == answer.number_not_told {
        let rule = "needs `number`, or `number_not_told = true` where the answer does not name the parcel";
        return Err(text.wrong(raw, rule));
    }
    if let Some(fixed) = answer.number.as_ref().filter(|number| number.get_ref().fixed.is_some()) {
        return Err(text.wrong(fixed, "the number is what the answer says, never a fixed one"));
    }
    if lists.checkpoints.is_empty() && answer.status.is_none() {
        return Err(text.wrong(raw, "says neither where the checkpoints lie nor the `status`"));
    }
    match (text.body, &answer.ends_with, &answer.parcels) {
        (Body::Json | Body::Xml, Some(end), _) => Err(text.wrong(end, "`ends_with` is for pages")),
        (Body::Html, _, Some(parcels)) => Err(text.wrong(parcels, "a page is about one parcel")),
        _ => Ok(()),
    }
}
