//! One line of what the rules did, as it is printed.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::domain::event::Happening;
use crate::domain::lifecycle::Refused;

/// A step that the rules forbid, as a line's event.
const REFUSED: &str = "step.refused";

/// One line.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Line {
    /// When.
    pub at: Timestamp,
    /// The event's type, or `step.refused`.
    pub event: &'static str,
    /// Who did it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<Value>,
    /// The rule that made it.
    pub rule: Option<String>,
    /// Why, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<Value>,
    /// The order that it concerns.
    pub order: String,
    /// What goes to the buyer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refund: Option<Value>,
    /// What goes to the seller.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub release: Option<Value>,
    /// What is due after it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deadlines: Option<Value>,
    /// The particulars.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl Line {
    pub(super) fn of(order: &str, mut happening: Happening) -> Self {
        let mut take = |name: &str| happening.data.remove(name);
        let (by, why) = (take("by"), take("why"));
        let (refund, release, deadlines) = (take("refund"), take("release"), take("deadlines"));
        Self {
            at: happening.at,
            event: happening.kind.as_str(),
            by,
            rule: happening.rule,
            why,
            order: order.to_owned(),
            refund,
            release,
            deadlines,
            rest: happening.data,
        }
    }

    pub(super) fn refused(order: &str, step: &str, refused: &Refused, at: Timestamp) -> Self {
        Self {
            at,
            event: REFUSED,
            by: None,
            rule: Some(refused.rule.to_owned()),
            why: Some(refused.why.clone().into()),
            order: order.to_owned(),
            refund: None,
            release: None,
            deadlines: None,
            rest: Map::from_iter([("step".to_owned(), step.into())]),
        }
    }

    /// Whether it says that a step was refused.
    pub fn is_refusal(&self) -> bool {
        self.event == REFUSED
    }
}
