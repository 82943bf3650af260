//! How one official source is set up here: whether it is asked, where, with which secrets and limits.

use std::collections::BTreeMap;
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use waygate_carriers::contract::{Limits, Source, SourceFacts};

use super::waits::Shares;
use crate::domain::money::Money;

/// A source's secrets by name. Never printed.
#[derive(Default)]
pub struct Secrets(BTreeMap<String, SecretString>);

impl Secrets {
    /// Adds a secret.
    pub fn insert(&mut self, name: &str, secret: SecretString) {
        self.0.insert(name.to_owned(), secret);
    }

    /// The text of a secret, to be put into a request and nowhere else.
    pub fn expose(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(ExposeSecret::expose_secret)
    }

    /// The declared secrets that are missing.
    pub fn missing<'a>(&self, facts: &'a SourceFacts) -> Vec<&'a str> {
        facts.secrets.iter().map(String::as_str).filter(|name| !self.0.contains_key(*name)).collect()
    }
}

/// Whether a source is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceState {
    /// It is asked.
    On,
    /// It is not asked, for this reason.
    Off(String),
}

/// A source with its setup.
pub type ConfiguredSource = (Arc<dyn Source>, SourceSetup);

/// A source as configured.
pub struct SourceSetup {
    /// Whether it is asked.
    pub state: SourceState,
    /// Where requests go.
    pub base_url: String,
    /// Whether `base_url` is the sandbox: plain HTTP on loopback is allowed there and nowhere else.
    pub sandbox: bool,
    /// Pace, quota, time and size.
    pub limits: Limits,
    /// Its credentials by name, in the order in which they are used. One alone has no name; a source that needs no secrets
    /// may have none.
    pub credentials: Vec<(String, Secrets)>,
    /// How much of a day each urgency may use.
    pub shares: Shares,
    /// What one request costs, where the operator says so.
    pub cost_per_call: Option<Money>,
}
