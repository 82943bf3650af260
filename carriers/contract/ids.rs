//! Identities: a carrier, one of its official sources, a country.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// What is wrong with an identity that came from outside.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} `{value}` is not valid: {rule}")]
pub struct InvalidId {
    what: &'static str,
    value: String,
    rule: &'static str,
}

/// Longest carrier or source id, in bytes.
const ID_BYTES_MAX: usize = 64;

fn is_word(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= ID_BYTES_MAX
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// A carrier's id: the name of its folder, e.g. `ups`, `japan_post`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CarrierId(Arc<str>);

impl CarrierId {
    /// An id of lower-case letters, digits and underscores, at most 64 bytes.
    pub fn new(id: &str) -> Result<Self, InvalidId> {
        if is_word(id) {
            Ok(Self(id.into()))
        } else {
            Err(InvalidId {
                what: "carrier id",
                value: id.chars().take(ID_BYTES_MAX).collect(),
                rule: "lower-case letters, digits and underscores, at most 64 bytes",
            })
        }
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CarrierId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for CarrierId {
    type Error = InvalidId;
    fn try_from(id: String) -> Result<Self, InvalidId> {
        Self::new(&id)
    }
}

impl From<CarrierId> for String {
    fn from(id: CarrierId) -> Self {
        id.0.as_ref().to_owned()
    }
}

/// An official source's id, `<carrier>.<source>`, e.g. `ups.track`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SourceId(Arc<str>);

impl SourceId {
    /// Two words joined by one full stop.
    pub fn new(id: &str) -> Result<Self, InvalidId> {
        match id.split_once('.') {
            Some((carrier, source)) if is_word(carrier) && is_word(source) => Ok(Self(id.into())),
            _ => Err(InvalidId {
                what: "source id",
                value: id.chars().take(ID_BYTES_MAX).collect(),
                rule: "<carrier>.<source>, each of lower-case letters, digits and underscores",
            }),
        }
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for SourceId {
    type Error = InvalidId;
    fn try_from(id: String) -> Result<Self, InvalidId> {
        Self::new(&id)
    }
}

impl From<SourceId> for String {
    fn from(id: SourceId) -> Self {
        id.0.as_ref().to_owned()
    }
}

impl SourceId {
    /// The carrier whose source it is.
    pub fn carrier(&self) -> CarrierId {
        CarrierId(self.0.split('.').next().unwrap_or_default().into())
    }
}

/// An ISO 3166-1 alpha-2 country code, in capitals. Any two letters are kept: carriers print codes that ISO lacks.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Country([u8; 2]);

impl Country {
    /// Two ASCII letters, in either case.
    pub fn new(code: &str) -> Result<Self, InvalidId> {
        match *code.as_bytes() {
            [a, b] if a.is_ascii_alphabetic() && b.is_ascii_alphabetic() => {
                Ok(Self([a.to_ascii_uppercase(), b.to_ascii_uppercase()]))
            }
            _ => Err(InvalidId {
                what: "country",
                value: code.chars().take(ID_BYTES_MAX).collect(),
                rule: "two letters of ISO 3166-1 alpha-2",
            }),
        }
    }

    /// The code as text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl TryFrom<String> for Country {
    type Error = InvalidId;
    fn try_from(code: String) -> Result<Self, InvalidId> {
        Self::new(&code)
    }
}

impl From<Country> for String {
    fn from(country: Country) -> Self {
        country.as_str().to_owned()
    }
}
