//! What the bytes of an official source came to: a tracking, or why there is none.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::{CarrierId, Tracking};

/// Why an answer holds no tracking. The difference decides verdicts: only `NotFound` speaks about the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// The source does not know the number.
    NotFound,
    /// The source needs more than it was told, or cannot tell.
    Inconclusive,
    /// The source refuses the credentials.
    Refused,
    /// The source asks to come back later.
    RateLimited,
    /// The source is down, slow, or answers with something that is not its own.
    Unavailable,
    /// The source's answer cannot be read, or is about another number.
    Malformed,
}

impl FailureKind {
    /// The kind as it is written in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::Inconclusive => "inconclusive",
            Self::Refused => "refused",
            Self::RateLimited => "rate_limited",
            Self::Unavailable => "unavailable",
            Self::Malformed => "malformed",
        }
    }
}

/// An answer without a tracking.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {message} ({code})", kind.as_str())]
pub struct Failure {
    /// What it means.
    pub kind: FailureKind,
    /// The source's own code, or ours in snake case (`wrong_number`, `not_json`, `truncated`, …).
    pub code: String,
    /// What happened, in one sentence. Never a secret, never a person's name.
    pub message: String,
    /// For `Inconclusive`: what the source wants, e.g. `postal_code`.
    pub needs: Vec<String>,
    /// Whose source it was, once known.
    pub carrier: Option<CarrierId>,
    /// The number that it is about, where the answer says so.
    pub tracking_number: Option<String>,
}

impl Failure {
    /// A failure that needs nothing and names no number.
    pub fn new(kind: FailureKind, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            kind,
            code: code.into(),
            message: message.into(),
            needs: Vec::new(),
            carrier: None,
            tracking_number: None,
        }
    }
}

/// One answer about one number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// The source knows the number.
    Found(Box<Tracking>),
    /// It gives no tracking.
    Failed(Failure),
}

impl Reading {
    /// The tracking, where there is one.
    pub fn tracking(&self) -> Option<&Tracking> {
        match self {
            Self::Found(tracking) => Some(tracking),
            Self::Failed(_) => None,
        }
    }

    /// `found`, or the failure's kind, as it is written in JSON.
    pub fn outcome(&self) -> &'static str {
        match self {
            Self::Found(_) => "found",
            Self::Failed(failure) => failure.kind.as_str(),
        }
    }
}

impl From<Failure> for Reading {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<Tracking> for Reading {
    fn from(tracking: Tracking) -> Self {
        Self::Found(Box::new(tracking))
    }
}

/// `outcome` beside the tracking's own fields, or beside `error`.
#[derive(Serialize)]
#[serde(untagged)]
enum Written<'a> {
    Found {
        outcome: &'static str,
        #[serde(flatten)]
        tracking: &'a Tracking,
    },
    Failed {
        outcome: &'static str,
        carrier: &'a Option<CarrierId>,
        tracking_number: &'a Option<String>,
        error: WrittenError<'a>,
        #[serde(skip_serializing_if = "<[String]>::is_empty")]
        needs: &'a [String],
    },
}

#[derive(Serialize)]
struct WrittenError<'a> {
    code: &'a str,
    message: &'a str,
}

impl Serialize for Reading {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let outcome = self.outcome();
        match self {
            Self::Found(tracking) => Written::Found { outcome, tracking },
            Self::Failed(failure) => Written::Failed {
                outcome,
                carrier: &failure.carrier,
                tracking_number: &failure.tracking_number,
                error: WrittenError { code: &failure.code, message: &failure.message },
                needs: &failure.needs,
            },
        }
        .serialize(serializer)
    }
}

#[derive(Deserialize)]
struct ReadFailure {
    outcome: FailureKind,
    #[serde(default)]
    error: ReadError,
    #[serde(default)]
    needs: Vec<String>,
    #[serde(default)]
    carrier: Option<CarrierId>,
    #[serde(default)]
    tracking_number: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ReadError {
    code: String,
    message: String,
}

impl<'de> Deserialize<'de> for Reading {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        if value.get("outcome").and_then(Value::as_str) == Some("found") {
            return serde_json::from_value(value).map(|t| Self::Found(Box::new(t))).map_err(D::Error::custom);
        }
        let read: ReadFailure = serde_json::from_value(value).map_err(D::Error::custom)?;
        Ok(Self::Failed(Failure {
            kind: read.outcome,
            code: read.error.code,
            message: read.error.message,
            needs: read.needs,
            carrier: read.carrier,
            tracking_number: read.tracking_number,
        }))
    }
}
