//! Words and codes of carriers that checks look for: of redirected parcels and of services.

use serde::Deserialize;

/// What tells a parcel that was sent on to another address.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RedirectWords {
    /// What is meant.
    pub says: String,
    /// Carriers' codes.
    pub codes: Vec<String>,
    /// Phrases in a carrier's words, in small letters.
    pub phrases: Vec<String>,
}

/// What tells a service by its name.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceWords {
    /// What is meant.
    pub says: String,
    /// Words of services for letters, in capitals.
    pub letter: Vec<String>,
    /// Words of slow services, in capitals.
    pub economy: Vec<String>,
    /// Words that make a service a fast one whatever else it is called, in capitals.
    pub express: Vec<String>,
}
