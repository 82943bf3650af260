//! Which fields are withheld. What they hold is replaced by a hash; all else can still be checked.

use serde_json::{Map, Value};

use crate::domain::log::Leaf;

/// What a certificate leaves out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Withhold {
    /// Nothing.
    Nothing,
    /// What tells of persons: who bought, where they live beyond the country, who signed, free text that may name them.
    Personal,
}

/// The fields that may tell of persons. `*` stands for one step.
const CLAIM: [&str; 6] = [
    "/input",
    "/claim/tracking_url",
    "/order/buyer",
    "/order/ship_to/region",
    "/order/ship_to/city",
    "/order/ship_to/postal_code",
];
const OBSERVATION: [&str; 10] = [
    "/url",
    "/reading/proof_of_delivery/*",
    "/reading/destination/region",
    "/reading/destination/city",
    "/reading/destination/postal_code",
    "/reading/status_text",
    "/reading/notes/*",
    "/reading/checkpoints/*/text",
    "/reading/checkpoints/*/place/city",
    "/reading/checkpoints/*/place/postal_code",
];
const VERDICT: [&str; 5] = [
    "/basis/other_claims/*/order",
    "/basis/other_claims/*/seller",
    "/basis/other_claims/*/buyer",
    "/verdict/checks/*/reason",
    "/verdict/checks/*/for_seller",
];

impl Withhold {
    /// Whether a field of this entry's document is withheld.
    pub fn withholds(self, entry: &Leaf, pointer: &str) -> bool {
        self == Self::Personal && Personal::of(entry).is_some_and(|kind| kind.is_personal(pointer))
    }
}

/// A kind of document that may tell of persons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Personal {
    /// A claim with its order.
    Claim,
    /// A source's answer.
    Observation,
    /// A verdict with its basis.
    Verdict,
}

impl Personal {
    /// What stands in place of a text that must be there and was erased.
    pub const ERASED: &'static str = "erased";

    /// The kind of an entry's document; none for one that tells of nobody.
    pub fn of(entry: &Leaf) -> Option<Self> {
        match entry {
            Leaf::Claim { .. } => Some(Self::Claim),
            Leaf::Observation { .. } => Some(Self::Observation),
            Leaf::Verdict { .. } => Some(Self::Verdict),
            Leaf::Erasure { .. } => None,
        }
    }

    /// Whether a field of such a document may tell of a person.
    pub fn is_personal(self, pointer: &str) -> bool {
        let patterns = match self {
            Self::Claim => CLAIM.as_slice(),
            Self::Observation => &OBSERVATION,
            Self::Verdict => &VERDICT,
        };
        patterns.iter().any(|pattern| fits(pattern, pointer))
    }

    /// Takes what may tell of a person out of such a document, or out of the part of it that stands at `at`. What may be
    /// absent is; of the rest [`Self::ERASED`] is left, so that a signature was given still shows.
    pub fn blank(self, at: &str, value: &mut Value) {
        match value {
            Value::Array(items) => {
                items.iter_mut().enumerate().for_each(|(n, item)| self.blank(&format!("{at}/{n}"), item));
            }
            Value::Object(members) => {
                members.iter_mut().for_each(|(name, member)| self.blank(&format!("{at}/{name}"), member));
            }
            Value::String(text) if self.is_personal(at) => {
                let must_be_there = MUST_BE_THERE.iter().any(|pattern| fits(pattern, at));
                if must_be_there { Self::ERASED.clone_into(text) } else { *value = Value::Null }
            }
            _ => {}
        }
    }

    /// Takes free texts and places out of an event's particulars.
    pub fn blank_event(data: &mut Map<String, Value>) {
        for (name, value) in data {
            match value {
                Value::Object(members) => Self::blank_event(members),
                Value::Array(items) => {
                    items.iter_mut().filter_map(Value::as_object_mut).for_each(Self::blank_event);
                }
                Value::String(text) if name == "reason" => Self::ERASED.clone_into(text),
                Value::String(_) if IN_EVENTS.contains(&name.as_str()) => *value = Value::Null,
                _ => {}
            }
        }
    }
}

/// Of the fields above those that cannot be absent, or whose being there is itself a fact.
const MUST_BE_THERE: [&str; 7] = [
    "/input",
    "/url",
    "/reading/proof_of_delivery/*",
    "/reading/notes/*",
    "/basis/other_claims/*/order",
    "/verdict/checks/*/reason",
    "/verdict/checks/*/for_seller",
];

/// Members of events' particulars that may tell of persons.
const IN_EVENTS: [&str; 7] = ["text", "status_text", "city", "postal_code", "signed_by", "left_at", "buyer"];

fn fits(pattern: &str, pointer: &str) -> bool {
    let mut steps = pointer.split('/');
    pattern.split('/').all(|expected| steps.next().is_some_and(|step| expected == "*" || step == expected))
        && steps.next().is_none()
}
