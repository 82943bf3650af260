//! A carrier's codes read into our statuses: `statuses.toml` as a table that can be looked up.
//!
//! The file holds one table per namespace of codes (a carrier's code may mean different things in different fields):
//!
//! ```toml
//! [activity_status_code]
//! source = "where the rows are from, with the date"
//! rows = [
//!   ["011", "delivered"],
//!   ["022", "attempt_failed", "recipient"],   # code, status, who is at fault
//! ]
//! ```

use std::collections::HashMap;
use std::sync::OnceLock;

use serde::Deserialize;

use super::{FactsError, Fault, Status};

/// What a code means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mapped {
    /// The status.
    pub status: Status,
    /// Who is at fault, where the code tells it.
    pub fault: Option<Fault>,
}

type Namespaces = HashMap<String, HashMap<String, Mapped>>;

/// All of a carrier's codes.
#[derive(Debug, Clone, Default)]
pub struct StatusTable {
    /// A built-in file that is read when a code is looked up for the first time: its name and what it holds. Most runs
    /// of a command read no carrier's answer at all.
    later: Option<(String, &'static str)>,
    namespaces: OnceLock<Namespaces>,
}

/// A namespace of codes, as a file has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Namespace {
    source: String,
    rows: Vec<toml::Spanned<Vec<String>>>,
}

/// A word as the value that it names. `unknown` is no status that a row may give: a code that is not understood has
/// no row.
fn word<T: for<'de> Deserialize<'de>>(text: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::String(text.to_owned())).ok()
}

fn read_row(row: Vec<String>) -> Result<(String, Mapped), String> {
    let mut words = row.into_iter();
    let (Some(code), Some(status), fault, None) = (words.next(), words.next(), words.next(), words.next())
    else {
        return Err("a row is [code, status] or [code, status, fault]".to_owned());
    };
    let status = match word::<Status>(&status) {
        Some(known) if known != Status::Unknown => known,
        _ => return Err(format!("`{status}` is not a status that a code can have")),
    };
    let fault = match fault {
        None => None,
        Some(fault) => Some(word(&fault).ok_or_else(|| format!("nobody called `{fault}` can be at fault"))?),
    };
    Ok((code, Mapped { status, fault }))
}

fn namespaces(file: &str, text: &str) -> Result<Namespaces, FactsError> {
    let read = toml::from_str(text);
    check(file, text, read.map_err(|e| FactsError { file: file.to_owned(), message: e.to_string() })?)
}

fn check(file: &str, text: &str, read: HashMap<String, Namespace>) -> Result<Namespaces, FactsError> {
    let wrong = |message: String| FactsError { file: file.to_owned(), message };
    let mut namespaces = HashMap::with_capacity(read.len());
    for (name, namespace) in read {
        if namespace.source.trim().is_empty() {
            return Err(wrong(format!("[{name}] does not say where its rows are from")));
        }
        let mut codes = HashMap::with_capacity(namespace.rows.len());
        for row in namespace.rows {
            let start = row.span().start;
            let line = || text[..start].matches('\n').count() + 1;
            let (code, mapped) = read_row(row.into_inner())
                .map_err(|why| wrong(format!("line {}: [{name}] {why}", line())))?;
            if codes.insert(code.clone(), mapped).is_some() {
                return Err(wrong(format!("line {}: [{name}] has the code `{code}` twice", line())));
            }
        }
        namespaces.insert(name, codes);
    }
    Ok(namespaces)
}

impl From<Namespaces> for StatusTable {
    fn from(read: Namespaces) -> Self {
        Self { later: None, namespaces: OnceLock::from(read) }
    }
}

impl StatusTable {
    /// Reads a `statuses.toml`. Refuses a row that stands twice, an unknown status, and a namespace without a source.
    pub fn read(file: &str, text: &str) -> Result<Self, FactsError> {
        namespaces(file, text).map(Self::from)
    }

    /// A built-in `statuses.toml`, read when it is needed. A test reads each, so that a shipped binary never meets a wrong one.
    pub(crate) fn built_in(file: String, text: &'static str) -> Self {
        Self { later: Some((file, text)), namespaces: OnceLock::new() }
    }

    /// The namespaces that stand in a text.
    pub(crate) fn of(file: &str, text: &str, read: HashMap<String, Namespace>) -> Result<Self, FactsError> {
        check(file, text, read).map(Self::from)
    }

    fn namespaces(&self) -> &Namespaces {
        self.namespaces.get_or_init(|| match &self.later {
            None => Namespaces::default(),
            Some((file, text)) => match namespaces(file, text) {
                Ok(read) => read,
                Err(error) => panic!("a built-in carrier file is wrong: {error}"),
            },
        })
    }

    /// What a code means in a namespace; `None` where it is not mapped. The code is matched as it stands: leading
    /// zeros count.
    pub fn get(&self, namespace: &str, code: &str) -> Option<Mapped> {
        self.namespaces().get(namespace)?.get(code).copied()
    }

    /// Whether a namespace is declared.
    pub fn has_namespace(&self, namespace: &str) -> bool {
        self.namespaces().contains_key(namespace)
    }
}
