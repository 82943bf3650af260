//! The file as it is written. Unknown fields are refused; every value that can be wrong knows where it stands.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use toml::Spanned;

use crate::contract::{CarrierFacts, FailureKind, Fault, Namespace, SourceFacts, Status};

/// A whole file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawFile {
    pub(super) carrier: Option<Spanned<CarrierFacts>>,
    /// Read by `numbers`, in the words of `numbers.toml`.
    #[serde(default)]
    pub(super) format: Vec<Spanned<IgnoredAny>>,
    pub(super) official_source: Spanned<SourceFacts>,
    pub(super) request: Vec<Spanned<RawRequest>>,
    pub(super) token: Option<Spanned<RawToken>>,
    pub(super) answer: Spanned<RawAnswer>,
    #[serde(default)]
    pub(super) failure: Vec<Spanned<RawFailure>>,
    #[serde(default)]
    pub(super) checkpoints: Vec<Spanned<RawCheckpoints>>,
    #[serde(default)]
    pub(super) correction: Vec<Spanned<RawCorrection>>,
    #[serde(default)]
    pub(super) statuses: HashMap<String, Namespace>,
}

/// Texts by name; the order is that in which they stand.
pub(super) type Named = BTreeMap<Spanned<String>, Spanned<String>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRequest {
    pub(super) numbers: Option<Spanned<String>>,
    pub(super) path: Spanned<String>,
    #[serde(default)]
    pub(super) query: Named,
    #[serde(default)]
    pub(super) headers: Named,
    pub(super) auth: Option<Spanned<RawAuth>>,
    pub(super) form: Option<Spanned<Named>>,
    pub(super) json: Option<Spanned<String>>,
    pub(super) xml: Option<Spanned<String>>,
    pub(super) content_type: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum RawAuth {
    /// The names of two secrets.
    Basic([String; 2]),
    /// The name of a secret that is a token itself.
    Bearer(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawToken {
    pub(super) path: Spanned<String>,
    #[serde(default)]
    pub(super) headers: Named,
    pub(super) auth: Option<Spanned<RawAuth>>,
    pub(super) form: Option<Spanned<Named>>,
    pub(super) json: Option<Spanned<String>>,
    pub(super) text: Option<Spanned<String>>,
    pub(super) seconds: Option<Spanned<String>>,
    pub(super) lasts_seconds: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawAnswer {
    pub(super) recognized_by: Spanned<Vec<String>>,
    pub(super) ends_with: Option<Spanned<String>>,
    pub(super) parcels: Option<Spanned<String>>,
    pub(super) number: Option<Spanned<RawField>>,
    #[serde(default)]
    pub(super) number_not_told: bool,
    pub(super) service: Option<Spanned<RawField>>,
    pub(super) status: Option<Spanned<RawStanding>>,
    pub(super) weight: Option<Spanned<RawWeight>>,
    pub(super) origin: Option<Spanned<RawPlace>>,
    pub(super) destination: Option<Spanned<RawPlace>>,
    pub(super) estimated_delivery: Option<Spanned<RawTime>>,
    pub(super) delivered_at: Option<Spanned<RawTime>>,
    pub(super) signed_by: Option<Spanned<RawField>>,
    pub(super) left_at: Option<Spanned<RawField>>,
    #[serde(default)]
    pub(super) notes: Vec<Spanned<Vec<String>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawFailure {
    pub(super) kind: Spanned<FailureKind>,
    pub(super) http: Option<Spanned<Vec<String>>>,
    pub(super) at: Option<Spanned<Texts>>,
    pub(super) is: Option<Spanned<Texts>>,
    pub(super) matches: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) empty_body: bool,
    #[serde(default)]
    pub(super) no_checkpoints: bool,
    pub(super) code: Option<String>,
    pub(super) message: Spanned<String>,
    #[serde(default)]
    pub(super) needs: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCheckpoints {
    pub(super) list: Spanned<String>,
    pub(super) row: Option<Spanned<Texts>>,
    pub(super) order: Order,
    pub(super) time: Spanned<RawTime>,
    pub(super) code: Option<Spanned<RawField>>,
    pub(super) text: Option<Spanned<RawField>>,
    pub(super) status: Spanned<Vec<RawLookup>>,
    pub(super) place: Option<Spanned<RawPlace>>,
}

/// How a list stands in the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Order {
    NewestFirst,
    OldestFirst,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawLookup {
    pub(super) table: Spanned<String>,
    pub(super) of: Of,
    #[serde(default)]
    pub(super) cut_at: String,
}

/// What is looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Of {
    Code,
    Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawStanding {
    pub(super) code: Option<Spanned<RawField>>,
    pub(super) text: Option<Spanned<RawField>>,
    pub(super) status: Spanned<Vec<RawLookup>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCorrection {
    pub(super) statuses: Spanned<Vec<Status>>,
    pub(super) text: Spanned<String>,
    pub(super) status: Spanned<Status>,
    pub(super) fault: Option<Fault>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPlace {
    pub(super) country: Option<Spanned<RawField>>,
    pub(super) city: Option<Spanned<RawField>>,
    pub(super) region: Option<Spanned<RawField>>,
    pub(super) postal_code: Option<Spanned<RawField>>,
    pub(super) country_where: Option<Spanned<Vec<Status>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawWeight {
    pub(super) figure: Spanned<RawField>,
    pub(super) unit: Spanned<RawField>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTime {
    pub(super) at: Spanned<RawField>,
    pub(super) formats: Spanned<Vec<String>>,
    pub(super) clock: Spanned<String>,
}

/// One path, several of which the first that leads somewhere counts, or a table that says more.
#[derive(Default)]
pub(super) struct RawField {
    pub(super) at: Vec<String>,
    pub(super) join: Vec<String>,
    pub(super) with: Option<String>,
    pub(super) regex: Option<Spanned<String>>,
    pub(super) fixed: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldTable {
    #[serde(default)]
    at: Texts,
    #[serde(default)]
    join: Vec<String>,
    with: Option<String>,
    regex: Option<Spanned<String>>,
    fixed: Option<String>,
}

/// One text or several.
#[derive(Default)]
pub(super) struct Texts(pub(super) Vec<String>);

struct TextsVisitor;
struct FieldVisitor;

impl<'de> Visitor<'de> for TextsVisitor {
    type Value = Texts;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or a list of texts")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Texts, E> {
        Ok(Texts(vec![text.to_owned()]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Texts, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(list)).map(Texts)
    }
}

impl<'de> Visitor<'de> for FieldVisitor {
    type Value = RawField;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a path, a list of paths, or a table with `at`, `join`, `with`, `regex`, `fixed`")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<RawField, E> {
        Ok(RawField { at: vec![text.to_owned()], ..RawField::default() })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<RawField, A::Error> {
        TextsVisitor.visit_seq(list).map(|Texts(at)| RawField { at, ..RawField::default() })
    }

    fn visit_map<A: MapAccess<'de>>(self, table: A) -> Result<RawField, A::Error> {
        let FieldTable { at: Texts(at), join, with, regex, fixed } =
            FieldTable::deserialize(MapAccessDeserializer::new(table))?;
        Ok(RawField { at, join, with, regex, fixed })
    }
}

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextsVisitor)
    }
}

impl<'de> Deserialize<'de> for RawField {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FieldVisitor)
    }
}
