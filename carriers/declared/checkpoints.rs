//! The list of checkpoints: where it lies, what one of them holds, and which status its code or words come to.

use regex::Regex;
use serde_json_borrow::Value;
use toml::Spanned;

use super::field::{Field, text_of};
use super::file::{Of, Order, RawCheckpoints, RawCorrection, RawField, RawLookup, RawStanding};
use super::mistake::Written;
use super::path::{Node, Path};
use super::place::{PlaceField, words};
use super::time::TimeField;
use crate::contract::{Body, Checkpoint, FactsError, Fault, Mapped, Place, Status, StatusTable};

/// Most checkpoints of a parcel; a long history comes to some hundreds.
const CHECKPOINTS_MAX: usize = 2000;

/// One form of the list.
#[derive(Debug)]
pub(super) struct Checkpoints {
    list: Path,
    row: Option<Row>,
    order: Order,
    time: TimeField,
    reported: Reported,
    place: Option<PlaceField>,
}

/// What is one checkpoint within the list.
#[derive(Debug)]
enum Row {
    /// Elements with one of these names.
    Elements(Vec<String>),
    Selected(scraper::Selector),
}

/// A code, words, and what they mean.
#[derive(Debug)]
pub(super) struct Reported {
    code: Option<Field>,
    text: Option<Field>,
    lookups: Vec<Lookup>,
}

/// Where a code or words are looked up.
#[derive(Debug)]
struct Lookup {
    table: String,
    of: Of,
    /// Characters up to which words count too, where they are not known whole.
    cut_at: String,
}

/// What words mean that a neutral code does not tell.
#[derive(Debug)]
pub(super) struct Correction {
    statuses: Vec<Status>,
    text: Regex,
    status: Status,
    fault: Option<Fault>,
}

/// The list is not of the declared shape.
pub(super) struct Shapeless;

impl Checkpoints {
    /// Reads one form of the list; says which mistake stands where.
    pub(super) fn read(
        text: &Written<'_>,
        raw: Spanned<RawCheckpoints>,
        statuses: &StatusTable,
    ) -> Result<Self, FactsError> {
        let span = Spanned::new(raw.span(), ());
        let RawCheckpoints { list, row, order, time, code, text: words, status, place } = raw.into_inner();
        let path = text.path(&list, list.get_ref())?;
        if path.is_of_attribute() {
            return Err(text.wrong(&list, "an attribute is no list"));
        }
        let row = match (text.body, row) {
            (Body::Json, None) => None,
            (Body::Json, Some(row)) => return Err(text.wrong(&row, "a list in JSON needs no `row`")),
            (_, None) => return Err(text.wrong(&span, "needs `row`: what is one checkpoint within the list")),
            (_, Some(row)) if row.get_ref().0.is_empty() => {
                return Err(text.wrong(&row, "names nothing that is a checkpoint"));
            }
            (Body::Xml, Some(row)) => Some(Row::Elements(row.into_inner().0)),
            // A selector has its own way to name several.
            (Body::Html, Some(row)) => match scraper::Selector::parse(&row.get_ref().0.join(", ")) {
                Ok(selector) => Some(Row::Selected(selector)),
                Err(error) => return Err(text.wrong(&row, format!("not a CSS selector: {error}"))),
            },
        };
        Ok(Self {
            list: path,
            row,
            order,
            time: TimeField::read(text, time)?,
            reported: Reported::read(text, code.as_ref(), words.as_ref(), &status, statuses)?,
            place: place.map(|place| PlaceField::read(text, place)).transpose()?,
        })
    }

    /// The checkpoints, newest first as far as the list tells; none where there is no such list.
    pub(super) fn find(
        &self,
        node: Node<'_>,
        statuses: &StatusTable,
        corrections: &[Correction],
    ) -> Result<Option<Vec<Checkpoint>>, Shapeless> {
        let Some(list) = self.list.find(node) else { return Ok(None) };
        let rows = self.rows(list)?;
        if rows.len() > CHECKPOINTS_MAX {
            return Err(Shapeless);
        }
        let read = |row: &Node<'_>| self.checkpoint(*row, statuses, corrections);
        let mut checkpoints: Vec<Checkpoint> = rows.iter().filter_map(read).collect();
        if self.order == Order::OldestFirst {
            checkpoints.reverse();
        }
        Ok(Some(checkpoints))
    }

    fn rows<'a>(&self, list: Node<'a>) -> Result<Vec<Node<'a>>, Shapeless> {
        match (list, &self.row) {
            (Node::Json(Value::Null), _) => Ok(Vec::new()),
            (Node::Json(Value::Array(values)), _) if values.iter().all(Value::is_object) => {
                Ok(values.iter().map(Node::Json).collect())
            }
            // Where JSON is made of XML, a list of one is the one itself, and nothing is an empty object.
            (Node::Json(Value::Object(fields)), _) if fields.as_vec().is_empty() => Ok(Vec::new()),
            (Node::Json(single @ Value::Object(_)), _) => Ok(vec![Node::Json(single)]),
            (Node::Xml(list), Some(Row::Elements(names))) => Ok(list
                .children
                .iter()
                .filter(|e| names.iter().any(|name| e.name == *name))
                .map(Node::Xml)
                .collect()),
            (Node::Html(list), Some(Row::Selected(css))) => Ok(list.select(css).map(Node::Html).collect()),
            _ => Err(Shapeless),
        }
    }

    /// One checkpoint; none where a row says nothing at all.
    fn checkpoint(
        &self,
        row: Node<'_>,
        statuses: &StatusTable,
        corrections: &[Correction],
    ) -> Option<Checkpoint> {
        let report = self.reported.report(row, statuses, corrections);
        if report.code.is_none() && report.text.is_none() && !self.time.is_given(row) {
            return None;
        }
        let place = self.place.as_ref().map(|place| place.place(row, Some(report.status)));
        let country = place.as_ref().and_then(|place| place.country);
        let told = self.time.told(row, country);
        Some(Checkpoint {
            time: told.time,
            local_time: told.local,
            place: place.and_then(Place::known),
            ..report
        })
    }
}

impl Reported {
    pub(super) fn of_standing(
        text: &Written<'_>,
        raw: Spanned<RawStanding>,
        statuses: &StatusTable,
    ) -> Result<Self, FactsError> {
        let RawStanding { code, text: words, status } = raw.into_inner();
        Self::read(text, code.as_ref(), words.as_ref(), &status, statuses)
    }

    fn read(
        text: &Written<'_>,
        code: Option<&Spanned<RawField>>,
        words: Option<&Spanned<RawField>>,
        lookups: &Spanned<Vec<RawLookup>>,
        statuses: &StatusTable,
    ) -> Result<Self, FactsError> {
        if lookups.get_ref().is_empty() {
            return Err(text.wrong(lookups, "names no table in which the code or the words are looked up"));
        }
        for lookup in lookups.get_ref() {
            let table = lookup.table.get_ref();
            if !statuses.has_namespace(table) {
                return Err(text.wrong(&lookup.table, format!("there is no table `{table}` of statuses")));
            }
            let (is_given, name) = match lookup.of {
                Of::Code => (code.is_some(), "code"),
                Of::Text => (words.is_some(), "text"),
            };
            if !is_given {
                return Err(
                    text.wrong(&lookup.table, format!("looks up the `{name}`, which is not declared"))
                );
            }
        }
        let lookup = |raw: &RawLookup| Lookup {
            table: raw.table.get_ref().clone(),
            of: raw.of,
            cut_at: raw.cut_at.clone(),
        };
        Ok(Self {
            lookups: lookups.get_ref().iter().map(lookup).collect(),
            code: Field::optional(text, code)?,
            text: Field::optional(text, words)?,
        })
    }

    /// What is reported there, with neither time nor place.
    pub(super) fn report(
        &self,
        node: Node<'_>,
        statuses: &StatusTable,
        corrections: &[Correction],
    ) -> Checkpoint {
        let code = text_of(self.code.as_ref(), node);
        let said = text_of(self.text.as_ref(), node);
        let look = |lookup: &Lookup| lookup.find(statuses, code.as_deref(), said.as_deref());
        let mapped = self.lookups.iter().find_map(look).map(|mapped| {
            let corrected = corrections.iter().find(|c| c.holds(mapped.status, said.as_deref()));
            corrected.map_or(mapped, |c| Mapped { status: c.status, fault: c.fault.or(mapped.fault) })
        });
        Checkpoint {
            time: None,
            local_time: None,
            status: mapped.map_or(Status::Unknown, |mapped| mapped.status),
            text: words(self.text.as_ref(), node),
            code,
            fault: mapped.and_then(|mapped| mapped.fault),
            place: None,
        }
    }
}

impl Lookup {
    fn find(&self, statuses: &StatusTable, code: Option<&str>, text: Option<&str>) -> Option<Mapped> {
        let whole = match self.of {
            Of::Code => code,
            Of::Text => text,
        }?;
        let cuts = whole.char_indices().rev().filter(|(_, c)| self.cut_at.contains(*c));
        let shorter = cuts.map(|(at, _)| whole[..at].trim_end());
        std::iter::once(whole).chain(shorter).find_map(|text| statuses.get(&self.table, text))
    }
}

impl Correction {
    /// Reads a correction; says which mistake stands where.
    pub(super) fn read(text: &Written<'_>, raw: Spanned<RawCorrection>) -> Result<Self, FactsError> {
        let RawCorrection { statuses, text: words, status, fault } = raw.into_inner();
        if statuses.get_ref().is_empty() || statuses.get_ref().contains(&Status::Unknown) {
            return Err(
                text.wrong(&statuses, "names the statuses that words may correct; an unknown code stays so")
            );
        }
        if *status.get_ref() == Status::Unknown {
            return Err(text.wrong(&status, "is no status that words can have"));
        }
        let text = text.regex(&words)?;
        Ok(Self { statuses: statuses.into_inner(), text, status: status.into_inner(), fault })
    }

    fn holds(&self, status: Status, text: Option<&str>) -> bool {
        self.statuses.contains(&status) && text.is_some_and(|text| self.text.is_match(text))
    }
}
