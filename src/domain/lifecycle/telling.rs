//! One thing that happened, before it has its time: who did it, by which rule, why, and the money that it moved.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::domain::event::{EventType, Happening};
use crate::domain::money::Money;

/// Who did it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the names say it
pub enum By {
    Buyer,
    Seller,
    Arbiter,
    System,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Telling {
    kind: EventType,
    rule: &'static str,
    data: Map<String, Value>,
}

impl Telling {
    /// Something happened, by a rule.
    pub fn new(kind: EventType, rule: &'static str, by: By, why: impl Into<String>) -> Self {
        let empty = Self { kind, rule, data: Map::new() };
        empty.with("by", by).with("why", why.into())
    }

    /// With a particular.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Serialize) -> Self {
        let value = serde_json::to_value(value).unwrap_or(Value::Null);
        self.data.insert(name.to_owned(), value);
        self
    }

    /// With a time.
    #[must_use]
    pub fn when(self, name: &str, at: Timestamp) -> Self {
        self.with(name, at.to_string())
    }

    /// With money that moves; nothing is not said.
    #[must_use]
    pub fn money(self, name: &str, amount: Option<&Money>) -> Self {
        match amount.filter(|a| !a.is_zero()) {
            Some(amount) => self.with(name, amount),
            None => self,
        }
    }

    /// The happening, with the deadlines that hold after it.
    pub fn at(mut self, at: Timestamp, deadlines: Map<String, Value>) -> Happening {
        if !deadlines.is_empty() {
            self.data.insert("deadlines".to_owned(), Value::Object(deadlines));
        }
        Happening { kind: self.kind, at, rule: Some(self.rule.to_owned()), data: self.data }
    }
}
